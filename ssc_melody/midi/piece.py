"""What a MIDI file or a score holds, as values: notes, tempos, metres, chord symbols."""

from __future__ import annotations

from dataclasses import dataclass, field
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


class ChordMark(NamedTuple):
    """A chord symbol such as "Am7/G" ("N.C." for no chord), from a tick (and second) on."""

    tick: int
    time: float
    symbol: str


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
        chords: Chord symbols, in any order; MIDI files have none.
    """

    ticks_per_quarter: int
    tempos: list[TempoChange]
    time_signatures: list[TimeSignature]
    notes: list[MidiNote]
    track_names: list[str]
    warnings: tuple[str, ...] = ()
    chords: list[ChordMark] = field(default_factory=list)
