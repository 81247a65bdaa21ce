"""Where the beats and bars are: positions in quarter notes at a time, and times of positions.

Two kinds: a tempo that is given, whose first beat is the first note of a phrase, and the clock of
another program (MIDI 1.0: 24 pulses a quarter note), whose bars begin at its
Start. Left out: Song Position Pointer.
"""

from __future__ import annotations

import math
from typing import Protocol

from ssc_melody.constants import DEFAULT_QPM

PULSES = 24
"""Of a quarter note."""

_SMOOTHED = 24
"""Pulses whose mean is the tempo."""

_SLACK = 1e-6


class Grid(Protocol):
    """What a session asks."""

    def position(self, time: float) -> float:
        """Returns the quarter note at a second."""

    def begin(self, time: float) -> None:
        """Is told that a phrase begins."""

    def pulse(self, time: float) -> None:
        """Is told of a pulse of the MIDI clock."""

    def start(self, time: float) -> None:
        """Is told of a Start of the MIDI clock."""


class TempoGrid:
    """A tempo of our own.

    Attributes:
        qpm: Quarter notes per minute.
    """

    def __init__(self, qpm: float) -> None:
        self.qpm = qpm
        self._zero = 0.0

    def position(self, time: float) -> float:
        """Returns quarter notes since the phrase began."""
        return (time - self._zero) * self.qpm / 60.0

    def begin(self, time: float) -> None:
        """Puts the first beat on the first note of a phrase."""
        self._zero = time

    def pulse(self, time: float) -> None:
        """Passes over another clock."""

    def start(self, time: float) -> None:
        """Passes over another clock."""


class ClockGrid:
    """The MIDI clock of another program; between pulses time goes on at the tempo of the last.

    Without a Start, the first pulse begins a bar.
    """

    def __init__(self) -> None:
        self._pulses = -1
        self._last = 0.0
        self._seconds = 60.0 / DEFAULT_QPM / PULSES

    def position(self, time: float) -> float:
        """Returns quarter notes since the Start; never past the next pulse."""
        if self._pulses < 0:
            return 0.0
        part = min(1.0, max(0.0, (time - self._last) / self._seconds))
        return (self._pulses + part) / PULSES

    def begin(self, time: float) -> None:
        """Changes nothing: the bars are the clock's."""

    def pulse(self, time: float) -> None:
        """Takes a pulse."""
        if self._pulses >= 0 and 0 < time - self._last < 1.0:
            self._seconds += (time - self._last - self._seconds) / min(_SMOOTHED, self._pulses + 1)
        self._pulses += 1
        self._last = time

    def start(self, time: float) -> None:
        """Begins a bar with the next pulse."""
        self._pulses, self._last = -1, time


def bar_line(position: float, quarters: float) -> float:
    """Returns the first bar line at or after a position.

    Args:
        position: In quarter notes.
        quarters: Of a bar.
    """
    return math.ceil(position / quarters - _SLACK) * quarters
