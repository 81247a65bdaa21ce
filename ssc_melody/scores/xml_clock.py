"""Where in its bar a part of a MusicXML score is, and how much of the bar is written.

Time is counted in divisions of a quarter, which a part may change at any place; a position is an
exact number of them from the beginning of the bar, and becomes ticks when it is asked for.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from xml.etree.ElementTree import Element

from ssc_melody.scores import xml_values
from ssc_melody.scores.score import TICKS_PER_QUARTER
from ssc_melody.scores.xml_values import Number


class Bar:
    """How much is written of a bar.

    Attributes:
        written: Ticks that notes and rests take.
        skipped: Ticks that forwards take.
        resting: Ticks that rests for a whole bar claim.
        implicit: Whether it is not counted (a pickup, or the rest of a bar).
    """

    __slots__ = ("implicit", "resting", "skipped", "written")

    def __init__(self, implicit: bool) -> None:
        self.written = 0
        self.skipped = 0
        self.resting = 0
        self.implicit = implicit


class Clock:
    """Counts the time of a part.

    Args:
        warnings: Counts what is not understood, by a sentence.

    Attributes:
        bars: By their number from 0.
        number: Of the bar that is being read.
        bar: That bar.
        position: Divisions from the beginning of the bar.
    """

    def __init__(self, warnings: Counter[str]) -> None:
        self.bars: dict[int, Bar] = {}
        self.number = 0
        self.bar = Bar(implicit=False)
        self.position: Number = 0
        self._divisions: Number = 1
        self._warnings = warnings

    def begin_bar(self, number: int, implicit: bool) -> None:
        """Begins a bar."""
        self.number = number
        self.bar = self.bars.setdefault(number, Bar(implicit))
        self.position = 0

    def tick(self, position: Number) -> int:
        """Returns the tick nearest to a position."""
        return (2 * position * TICKS_PER_QUARTER + self._divisions) // (2 * self._divisions)

    def place(self, offset: Number = 0) -> tuple[int, int]:
        """Returns the bar and the tick in it at which it is, or at some divisions from there."""
        return self.number, self.tick(self.position + offset)

    def duration(self, element: Element | None) -> Number:
        """Returns the divisions that a <duration> says."""
        value = xml_values.number(element.text) if element is not None else None
        if value is None or value < 0:
            self._warnings["a duration is missing or no number: taken as 0"] += 1
            return 0
        return value

    def backup(self, element: Element) -> None:
        """Goes back."""
        self.position -= self.duration(element.find("duration"))
        if self.position < 0:
            self._warnings["a backup goes back over the beginning of its bar"] += 1
            self.position = 0

    def forward(self, element: Element) -> None:
        """Goes on without a note."""
        self.position += self.duration(element.find("duration"))
        self.bar.skipped = max(self.bar.skipped, self.tick(self.position))

    def set_divisions(self, text: str | None) -> None:
        """Counts in other divisions from here on."""
        divisions = xml_values.number(text)
        if divisions is None or divisions <= 0:
            self._warnings["divisions is not a number above 0: ignored"] += 1
        elif divisions != self._divisions:
            tick = self.tick(self.position)
            self._divisions = divisions
            scaled = Fraction(tick) * divisions / TICKS_PER_QUARTER
            self.position = scaled.numerator if scaled.denominator == 1 else scaled
