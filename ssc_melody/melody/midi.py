"""A melody as the MIDI file that note-seq writes for it, byte for byte.

Follows note_seq/midi_io.py; the bytes are put by `midi.write`. Left out: all that a melody does not
have (several instruments, names, tempo changes, other metres).
"""

from __future__ import annotations

from collections.abc import Iterable

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
) -> bytes:
    """Returns the MIDI file that note-seq writes for a melody.

    Quirks kept: the tempo's microseconds are cut off, not rounded; a tick is the nearest one to
    the note's time in seconds, half to even; a melody without notes has program 0.

    Args:
        events: One event per step.
        qpm: Quarter notes per minute, 3.58 to 6e7.
        steps_per_quarter: Steps in a quarter note.
        start_step: Steps of silence before the first event, 0 or more.
        velocity: MIDI velocity of every note, 0..127.
        program: MIDI program, 0..127.
        metre: Numerator and denominator of the time signature; stock writes 4/4 always.

    Raises:
        MelodyError: An event is not in -2..127.
        OptionError: qpm is not a tempo of a MIDI file.
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
    return midi_bytes(
        [MidiTrack(notes, program=program if notes else 0)],
        ticks_per_quarter=MIDI_TICKS_PER_QUARTER,
        microseconds_per_quarter=tempo,
        metres=[Metre(0, *metre)],
    )


def check_qpm(qpm: float) -> None:
    """Checks that a tempo fits the three bytes that a MIDI file has for it.

    Raises:
        OptionError: It does not.
    """
    tempo_of(qpm, MIDI_TICKS_PER_QUARTER)

