"""Notes of piano rolls as the bytes of a MIDI file, in symbolic time.

Follows `midi.write` for the file; several tracks with names, metres and one tempo. Left out:
velocities of single notes, tempo changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ssc_melody.constants import DEFAULT_VELOCITY
from ssc_melody.errors import MidiError
from ssc_melody.midi.write import (
    DRUM_CHANNEL,
    MAX_TEMPO,
    Metre,
    MidiTrack,
    TrackNote,
    check_range,
    midi_bytes,
)
from ssc_melody.pianoroll.roll import STEPS_PER_BEAT, RollNote, Track

TICKS_PER_QUARTER = 480
"""Resolution of the files: the usual one, and a multiple of 24."""

_STEP_TICKS = TICKS_PER_QUARTER // STEPS_PER_BEAT
_CHANNELS = [channel for channel in range(16) if channel != DRUM_CHANNEL]


def roll_to_midi(
    tracks: Sequence[tuple[Track, Sequence[RollNote]]],
    qpm: float,
    time_signatures: Iterable[tuple[int, int, int]],
    velocity: int = DEFAULT_VELOCITY,
) -> bytes:
    """Returns a MIDI file (format 1, 480 ticks a quarter): tempo and metres, then the tracks.

    Empty tracks and bars at the end are not in it. Drums are on channel 10; other tracks take the
    channels in turn, so from the sixteenth on two of them share one.

    Args:
        tracks: What is known of each track, and its notes, in steps.
        qpm: Quarter notes per minute.
        time_signatures: (step, numerator, denominator) in any order.
        velocity: MIDI velocity of every note, 1..127.

    Raises:
        MidiError: The tempo, the velocity, a program or a metre has no place in a MIDI file.
    """
    check_range("velocity", velocity, 1, 127)
    if not 1.0 < qpm < math.inf or not 1 <= round(6e7 / qpm) <= MAX_TEMPO:
        raise MidiError(f"MIDI qpm: expected 3.58 or more and less than 1e8, found {qpm}")
    made = []
    pitched = 0
    for track, notes in tracks:
        channel = DRUM_CHANNEL if track.is_drum else _CHANNELS[pitched % len(_CHANNELS)]
        pitched += not track.is_drum
        in_ticks = [
            TrackNote(note.pitch, note.start * _STEP_TICKS, note.end * _STEP_TICKS, velocity)
            for note in notes
        ]
        made.append(MidiTrack(in_ticks, channel, track.program, track.name))
    return midi_bytes(
        made,
        ticks_per_quarter=TICKS_PER_QUARTER,
        microseconds_per_quarter=round(6e7 / qpm),
        metres=[Metre(step * _STEP_TICKS, over, under) for step, over, under in time_signatures],
    )
