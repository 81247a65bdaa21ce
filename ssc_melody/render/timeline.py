"""A piece in quarter notes: its notes, bars and beats, and the seconds at which they fall.

What pictures, sound and pages are made from. Bars follow the time signatures of the file, 4/4 where
it has none; one with 0 beats, or of less than 1/64 of a quarter note, is passed over as damage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from ssc_melody.errors import MidiError

MAX_BARS = 20_000
"""A piece with more bars is refused: its last note is likely an accident."""

_SHORTEST_BAR = 1 / 64


class Piece(Protocol):
    """What is put on a timeline: a `midi.piece.MidiPiece`, or what has the same of it."""

    @property
    def ticks_per_quarter(self) -> int:
        """Ticks in a quarter note."""

    @property
    def tempos(self) -> Sequence[Any]:
        """Of tick, time and qpm; the first is at tick 0."""

    @property
    def time_signatures(self) -> Sequence[Any]:
        """Of tick, numerator and denominator."""

    @property
    def notes(self) -> Sequence[Any]:
        """As `midi.piece.MidiNote`, in ticks and seconds."""


class TimelineNote(NamedTuple):
    """A note: quarter notes and seconds from the beginning; instruments count from 0."""

    pitch: int
    start: float
    end: float
    start_time: float
    end_time: float
    velocity: int
    instrument: int
    is_drum: bool


class Bar(NamedTuple):
    """A bar: its first quarter note, its length in quarter notes, and how many beats it has."""

    start: float
    length: float
    beats: int


@dataclass(frozen=True)
class Timeline:
    """A piece, ready to be drawn and played.

    Attributes:
        notes: By start and pitch.
        bars: From 0 on, as many as hold all notes; at least one.
        clock: (quarter note, second) where a tempo begins; first (0, 0), last the end of all bars.
        chords: (quarter note, symbol) where a chord begins, in order; MIDI files know none.
    """

    notes: list[TimelineNote]
    bars: list[Bar]
    clock: list[tuple[float, float]]
    chords: Sequence[tuple[float, str]] = ()

    @property
    def quarters(self) -> float:
        """Length in quarter notes, up to the end of the last bar."""
        return self.clock[-1][0]

    @property
    def seconds(self) -> float:
        """Length in seconds, up to the end of the last bar."""
        return self.clock[-1][1]

    @property
    def qpm(self) -> float:
        """Quarter notes per minute, as the mean over the whole piece."""
        return 60.0 * self.quarters / self.seconds

    def drawn(self) -> list[TimelineNote]:
        """Returns the notes that have a pitch to be shown: the drums only if all are drums."""
        return [note for note in self.notes if not note.is_drum] or self.notes

    def pitch_range(self) -> tuple[int, int]:
        """Returns the lowest and highest pitch of `drawn`; middle C for a silent piece."""
        pitches = [note.pitch for note in self.drawn()]
        return min(pitches, default=60), max(pitches, default=60)


def timeline(piece: Piece, name: str = "MIDI file") -> Timeline:
    """Puts a piece on a timeline.

    Args:
        piece: What `midi.read.read_midi` returns.
        name: The file, for messages.

    Raises:
        MidiError: It is longer than 20,000 bars.
    """
    scale = piece.ticks_per_quarter
    notes = sorted(
        (
            TimelineNote(
                n.pitch,
                n.start_tick / scale,
                n.end_tick / scale,
                n.start_time,
                n.end_time,
                n.velocity,
                n.instrument,
                n.is_drum,
            )
            for n in piece.notes
        ),
        key=lambda note: (note.start, note.pitch, note.end),
    )
    end = max((note.end for note in notes), default=0.0)
    metres = [(s.tick / scale, s.numerator, s.denominator) for s in piece.time_signatures]
    bars = _bars(metres, end, name)
    quarters = bars[-1].start + bars[-1].length
    last = max((t for t in piece.tempos if t.tick / scale < quarters), key=lambda t: t.tick)
    clock = [(t.tick / scale, t.time) for t in piece.tempos if t.tick / scale < quarters]
    clock.append((quarters, last.time + (quarters - last.tick / scale) * 60.0 / last.qpm))
    return Timeline(notes, bars, clock)


def _bars(metres: list[tuple[float, int, int]], end: float, name: str) -> list[Bar]:
    """Cuts [0, end] into bars; a metre that begins within a bar cuts that bar short."""
    usable = [m for m in sorted(metres) if m[1] and 4 * m[1] / m[2] >= _SHORTEST_BAR]
    if not usable or usable[0][0] > 0:
        usable.insert(0, (0.0, 4, 4))
    bars: list[Bar] = []
    following = [start for start, _, _ in usable[1:]] + [float("inf")]
    for (start, beats, denominator), stop in zip(usable, following, strict=True):
        length = 4 * beats / denominator
        at, number = start, 0
        while at < min(stop, end) or (not bars and stop > start):
            if len(bars) == MAX_BARS:
                raise MidiError(
                    f"{name}: expected at most {MAX_BARS} bars, found notes until bar "
                    f"{len(bars) + (end - at) / length:.0f}; is a note misplaced?"
                )
            bars.append(Bar(at, min(length, stop - at), beats))
            number += 1
            at = start + number * length
    return bars
