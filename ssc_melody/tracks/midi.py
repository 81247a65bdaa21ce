"""Notes of several instruments as the MIDI file that note-seq writes for them, byte for byte.

Follows note_sequence_to_pretty_midi of note_seq/midi_io.py (0.0.5); the bytes are put by
`midi.write`. An instrument is a track; the first has one even if it does not play.

Where stock loses music, this goes on: notes of the first instrument that have another program, or
are drums (a primer's), overwrite each other in stock's file, and are tracks of their own here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ssc_melody.constants import DEFAULT_QPM, MIDI_TICKS_PER_QUARTER
from ssc_melody.midi.moves import Key, Move
from ssc_melody.midi.programs import program_name
from ssc_melody.midi.write import (
    DRUM_CHANNEL,
    KeySignature,
    Metre,
    MidiTrack,
    TrackMove,
    TrackNote,
    midi_bytes,
    tempo_of,
)
from ssc_melody.tracks.notes import Note

_CHANNELS = [channel for channel in range(16) if channel != DRUM_CHANNEL]


_SHARPS = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5), (-3, 4, -1, 6, 1, -4, 3, -2, 5, 0, -5, 2)
"""Of the major and the minor keys from C on, as pretty_midi spells them."""


def _spelt(key: Key, seconds_per_tick: float) -> KeySignature:
    tonic = (7 * key.sharps + 9 * key.minor) % 12
    return KeySignature(round(key.time / seconds_per_tick), _SHARPS[key.minor][tonic], key.minor)


def to_midi(
    notes: Iterable[Note],
    qpm: float = DEFAULT_QPM,
    *,
    ticks_per_quarter: int = MIDI_TICKS_PER_QUARTER,
    metres: Sequence[tuple[float, int, int]] = (),
    names: Mapping[int, str] = {},
    moves: Iterable[Move] = (),
    keys: Iterable[Key] = (),
) -> bytes:
    """Returns the MIDI file of notes.

    Args:
        notes: In seconds.
        qpm: Quarter notes per minute.
        ticks_per_quarter: The file's resolution.
        metres: (second, numerator, denominator); 4/4 where none is at 0.
        names: Of instruments, by their number; else those of their programs.
        moves: Controllers and bends of the instruments.
        keys: Key signatures.

    Raises:
        OptionError: qpm is not a tempo of a MIDI file.
        MidiError: A number has no place in a MIDI file.
    """
    seconds_per_tick, tempo = tempo_of(qpm, ticks_per_quarter)
    instruments: dict[tuple[int, int, bool], list[TrackNote]] = defaultdict(list)
    for note in notes:
        start, end = round(note.start / seconds_per_tick), round(note.end / seconds_per_tick)
        key = (note.instrument, note.program, note.is_drum)
        instruments[key].append(TrackNote(note.pitch, start, end, note.velocity))
    moved: dict[tuple[int, int, bool], list[TrackMove]] = defaultdict(list)
    for move in moves:
        tick = round(move.time / seconds_per_tick)
        owner = (move.instrument, move.program, move.is_drum)
        moved[owner].append(TrackMove(tick, move.status, move.first, move.second))
    order = sorted({*instruments, *moved})
    if not order or order[0][0] > 0:
        order.insert(0, (0, 0, False))
    tracks: list[MidiTrack] = []
    for key in order:
        number, program, is_drum = key
        name = None if not tracks else "Drums" if is_drum else program_name(program)
        channel = DRUM_CHANNEL if is_drum else _CHANNELS[len(tracks) % len(_CHANNELS)]
        name = names.get(number) or name
        played, around = instruments.get(key, []), moved.get(key, [])
        tracks.append(MidiTrack(played, channel, program, name, around))
    written = [Metre(round(time / seconds_per_tick), *metre) for time, *metre in metres]
    if not any(metre.tick == 0 for metre in written):
        written.insert(0, Metre(0, 4, 4))
    return midi_bytes(
        tracks,
        ticks_per_quarter=ticks_per_quarter,
        microseconds_per_quarter=tempo,
        metres=written,
        keys=[_spelt(key, seconds_per_tick) for key in keys],
    )
