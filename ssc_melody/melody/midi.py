"""A melody as the MIDI file that note-seq writes for it, byte for byte.

Follows note_seq/midi_io.py; the bytes are put by `midi.write`. Left out: all that a melody does not
have (several instruments, names, tempo changes, other metres).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ssc_melody.constants import (
    DEFAULT_QPM,
    DEFAULT_STEPS_PER_QUARTER,
    DEFAULT_VELOCITY,
    MIDI_TICKS_PER_QUARTER,
)
from ssc_melody.melody.events import clean, note_times
from ssc_melody.midi.write import (
    MAX_DELTA,
    Metre,
    MidiTrack,
    TrackNote,
    check_range,
    midi_bytes,
    tempo_of,
)


def melody_to_midi(
    events: Iterable[int],
    *,
    qpm: float = DEFAULT_QPM,
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER,
    start_step: int = 0,
    velocity: int = DEFAULT_VELOCITY,
    program: int = 0,
    metre: tuple[int, int] = (4, 4),
    chords: Sequence[str] = (),
) -> bytes:
    """Returns the MIDI file that note-seq writes for a melody.

    Chords are held notes of a track of their own, as note-seq's BasicChordRenderer makes them.

    Quirks kept: the tempo's microseconds are cut off, not rounded; a tick is the nearest one to
    the note's time in seconds, half to even; a melody without notes has program 0; chords end with
    the melody's last note.

    Args:
        events: One event per step.
        qpm: Quarter notes per minute, 3.58 to 6e7.
        steps_per_quarter: Steps in a quarter note.
        start_step: Steps of silence before the first event, 0 or more.
        velocity: MIDI velocity of every note, 0..127.
        program: MIDI program, 0..127.
        metre: Numerator and denominator of the time signature; stock writes 4/4 always.
        chords: A chord symbol per step, to be heard; empty for none.

    Raises:
        MelodyError: An event is not in -2..127.
        OptionError: qpm is not a tempo of a MIDI file.
        ChordError: A chord is not one.
        MidiError: Another number is out of range.

    Source: note_seq/midi_io.py, note_sequence_to_midi_file; pretty_midi.py, PrettyMIDI.write.
    """
    check_range("velocity", velocity, 0, 127)
    check_range("program", program, 0, 127)
    check_range("start_step", start_step, 0, MAX_DELTA)
    check_range("steps_per_quarter", steps_per_quarter, 1, MAX_DELTA)
    seconds_per_tick, tempo = tempo_of(qpm, MIDI_TICKS_PER_QUARTER)
    notes = [
        TrackNote(pitch, round(start / seconds_per_tick), round(end / seconds_per_tick), velocity)
        for pitch, start, end in note_times(clean(events), qpm, steps_per_quarter, start_step)
    ]
    tracks = [MidiTrack(notes, program=program if notes else 0)]
    if chords and notes:
        seconds_per_step = 60.0 / qpm / steps_per_quarter
        last = max(note.end for note in notes)
        tracks.append(_chord_track(chords, seconds_per_step, seconds_per_tick, start_step, last))
    return midi_bytes(
        tracks,
        ticks_per_quarter=MIDI_TICKS_PER_QUARTER,
        microseconds_per_quarter=tempo,
        metres=[Metre(0, *metre)],
    )


def _chord_track(
    symbols: Sequence[str],
    seconds_per_step: float,
    seconds_per_tick: float,
    start_step: int,
    last: int,
) -> MidiTrack:
    """Returns the chords' track, which ends with tick `last`."""
    from ssc_melody.chords import voicing  # noqa: PLC0415 (melodies alone need none)

    def tick(step: int) -> int:
        return round((step + start_step) * seconds_per_step / seconds_per_tick)

    notes = [
        TrackNote(pitch, tick(chord.start), min(tick(chord.end), last), voicing.VELOCITY)
        for chord in voicing.voiced(symbols)
        if tick(chord.start) < last
        for pitch in chord.pitches
    ]
    return MidiTrack(notes, channel=1, program=voicing.PROGRAM, name=voicing.PROGRAM_NAME)


def check_qpm(qpm: float) -> None:
    """Checks that a tempo fits the three bytes that a MIDI file has for it.

    Raises:
        OptionError: It does not.
    """
    tempo_of(qpm, MIDI_TICKS_PER_QUARTER)
