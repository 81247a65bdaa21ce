"""MIDI files to piano rolls, in symbolic time: ticks count, seconds do not.

Follows `midi.read` for what a piece holds (a track of the roll is an instrument: one program and
channel of a MIDI track). Left out: velocities, pedals, bends; of the tempos only the average is
kept, so that a roll lasts as long as its piece.
"""

from __future__ import annotations

from ssc_melody import files
from ssc_melody.errors import MidiError, about
from ssc_melody.midi.read import MAX_BYTES, MidiNote, MidiPiece, parse_midi
from ssc_melody.pianoroll.piano_roll import PianoRoll
from ssc_melody.pianoroll.roll import BAR_STEPS, STEPS_PER_BEAT, Track, check_bars, roll_of


def from_midi(source: files.Source) -> PianoRoll:
    """Reads a MIDI file as a piano roll; each tick goes to the nearest 1/24 of a beat.

    Args:
        source: A path, the file's bytes, or a file object opened in binary mode.

    Raises:
        MidiError: It cannot be read, is longer than 20,000 bars, or its roll would be larger than
            2 GiB.
    """
    data, name = files.read_source(source, MidiError, MAX_BYTES)
    return from_piece(parse_midi(data, name), f"MIDI file {name}")


def from_piece(piece: MidiPiece, name: str = "Piano roll") -> PianoRoll:
    """Makes the piano roll of a piece: one track per instrument, in their order.

    Args:
        piece: The piece.
        name: What messages call it.

    Raises:
        MidiError: It would be longer than 20,000 bars, or larger than 2 GiB.
    """
    with about(name, MidiError):
        return _from_piece(piece)


def _from_piece(piece: MidiPiece) -> PianoRoll:
    last = max((note.end_tick for note in piece.notes), default=0)
    check_bars(-(-_step(last, piece.ticks_per_quarter) // BAR_STEPS))
    instruments: dict[int, list[MidiNote]] = {}
    for note in piece.notes:
        instruments.setdefault(note.instrument, []).append(note)
    parts = [instruments[key] for key in sorted(instruments)]
    scale = piece.ticks_per_quarter
    rows = [
        [(n.pitch, _step(n.start_tick, scale), _step(n.end_tick, scale)) for n in part]
        for part in parts
    ]
    tracks = tuple(_track(piece, part[0]) for part in parts)
    metres = [(_step(s.tick, scale), s.numerator, s.denominator) for s in piece.time_signatures]
    return PianoRoll(roll_of(rows), tracks, _mean_qpm(piece), tuple(metres) or ((0, 4, 4),))


def _step(tick: int, ticks_per_quarter: int) -> int:
    """Returns the nearest step, the later one of two."""
    return (2 * STEPS_PER_BEAT * tick + ticks_per_quarter) // (2 * ticks_per_quarter)


def _track(piece: MidiPiece, note: MidiNote) -> Track:
    name = piece.track_names[note.track] if note.track < len(piece.track_names) else ""
    return Track(name, note.program, note.is_drum)


def _mean_qpm(piece: MidiPiece) -> float:
    """Returns quarter notes per minute over the whole piece (its beats over its minutes)."""
    last = max(piece.notes, key=lambda note: note.end_tick, default=None)
    if len(piece.tempos) == 1 or last is None or last.end_time <= 0.0:
        return piece.tempos[0].qpm
    return 60.0 * last.end_tick / piece.ticks_per_quarter / last.end_time
