"""What a MIDI file holds, as values: notes, tempos, metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class MidiNote(NamedTuple):
    """A note: ticks and seconds from the file's beginning; track and instrument from 0."""

    pitch: int
    velocity: int
    start_tick: int
    end_tick: int
    start_time: float
    end_time: float
    track: int
    instrument: int
    program: int
    is_drum: bool


class TempoChange(NamedTuple):
    """A tempo in quarter notes per minute, from a tick (and second) on."""

    tick: int
    time: float
    qpm: float


class TimeSignature(NamedTuple):
    """A metre, from a tick (and second) on."""

    tick: int
    time: float
    numerator: int
    denominator: int


@dataclass(frozen=True)
class MidiPiece:
    """What a MIDI file holds.

    Attributes:
        ticks_per_quarter: Ticks in a quarter note.
        tempos: At least one; the first is at tick 0 (120 qpm if the file does not say).
        time_signatures: May be empty.
        notes: By instrument, and within one in the order of their ends.
        track_names: One per track, "" for a track without a name.
        warnings: What the file has that was left out or does not add up, one sentence per kind.
    """

    ticks_per_quarter: int
    tempos: list[TempoChange]
    time_signatures: list[TimeSignature]
    notes: list[MidiNote]
    track_names: list[str]
    warnings: tuple[str, ...] = ()
