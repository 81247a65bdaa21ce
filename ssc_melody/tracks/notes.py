"""Notes in seconds, and in steps.

Follows note_seq/sequences_lib.py (0.0.5), quantize_to_step and _quantize_notes, float for float.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ssc_melody.constants import DEFAULT_VELOCITY


class Note(NamedTuple):
    """A note: MIDI pitch, start and end in seconds, velocity, program, instrument from 0."""

    pitch: int
    start: float
    end: float
    velocity: int = DEFAULT_VELOCITY
    program: int = 0
    instrument: int = 0
    is_drum: bool = False


class StepNote(NamedTuple):
    """A note whose start and end are steps."""

    pitch: int
    start: int
    end: int
    velocity: int


def to_step(seconds: float, steps_per_second: float, up: float = 0.5) -> int:
    """Returns the step of a time.

    Args:
        seconds: The time.
        steps_per_second: Steps in a second.
        up: 0.5 for the nearest step (half up), 1 for the next one, 0 for the one that has begun.
    """
    return int(seconds * steps_per_second + up)


def quantize(notes: Iterable[Note], steps_per_second: float) -> list[StepNote]:
    """Returns notes in steps, in the same order; each lasts at least one step."""
    found = []
    for note in notes:
        start, end = to_step(note.start, steps_per_second), to_step(note.end, steps_per_second)
        found.append(StepNote(note.pitch, start, end + (end == start), note.velocity))
    return found
