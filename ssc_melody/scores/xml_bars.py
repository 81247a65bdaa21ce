"""Where the bars of a score begin, and in which metre they are: what its parts agree on.

A bar is as long as the longest that is written in it, in any part, or as its metre where nothing
is written. Rests for a whole bar and forwards do not make it longer than its metre.

A metre counts wherever it stands, in any part. One that only some of the parts have is left out if
it contradicts what is written in its bar where the metre before does not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ssc_melody.errors import DataError
from ssc_melody.scores.score import TICKS_PER_QUARTER, ScoreMetre
from ssc_melody.scores.ties import SLACK
from ssc_melody.scores.xml_part import Bar, PartReader

MAX_TICK = 10**10
_DEFAULT_BAR = 4 * TICKS_PER_QUARTER

Metre = tuple[int, int]
"""Beats and beat type; (0, 0) is music without metre."""


class Bars:
    """The bars of a score.

    Args:
        parts: All of them.
        warnings: Counts what does not add up, by a sentence.

    Attributes:
        starts: Tick of each bar, and at last that of the end.
        metres: Where they change.
        pickup: Ticks that the first bar lacks.

    Raises:
        DataError: The score is longer than MAX_TICK.
    """

    def __init__(self, parts: Sequence[PartReader], warnings: Counter[str]) -> None:
        self.starts = [0]
        self.metres: list[ScoreMetre] = []
        self.pickup = 0
        self._warnings = warnings
        self._metre: Metre = (0, 0)
        self._parts = len(parts)
        written = _by_bar(parts)
        marks = _metres_by_bar(parts)
        for number in range(max(written, default=-1) + 1):
            self._lay_out(number, written[number], marks.get(number, []))
        if len(self.starts) <= 2:  # a single bar is no pickup to anything
            self.pickup = 0

    @property
    def end(self) -> int:
        """Tick at which the last bar ends."""
        return self.starts[-1]

    def tick(self, bar: int, offset: int) -> int:
        """Returns the tick of a place in a bar."""
        return self.starts[bar] + offset

    def _lay_out(self, number: int, bars: list[Bar], marks: list[tuple[int, Metre]]) -> None:
        written = max((bar.written for bar in bars), default=0)
        later = [mark for mark in marks if mark[0] > 0]
        self._change([metre for offset, metre in marks if not offset], written)
        full = _length(self._metre)
        length = _bar_length(bars, written, full, first=number == 0)
        if number == 0 and self._metre != (0, 0):
            self.pickup = max(0, full - length)
        for offset, metre in later:  # in the middle of a bar, or at its end
            self._set(metre, self.starts[-1] + min(offset, length))
        end = self.starts[-1] + length
        if end > MAX_TICK:
            raise DataError(f"expected a score below {MAX_TICK} ticks, found a longer one")
        self.starts.append(end)

    def _change(self, metres: list[Metre], written: int) -> None:
        """Takes the metre that a bar begins with, if parts have one there."""
        if not metres:
            return
        fitting = [metre for metre in metres if _fits(metre, written)]
        metre = (fitting or metres)[0]
        doubtful = len(metres) < self._parts and bool(self.metres) and written > 0
        if len(set(metres)) > 1:
            self._warnings["parts have different metres at the same time: one was taken"] += 1
        if doubtful and not fitting and _fits(self._metre, written):
            self._warnings["a metre of one part contradicts what is written: left out"] += 1
            return
        self._set(metre, self.starts[-1])

    def _set(self, metre: Metre, tick: int) -> None:
        if metre not in ((0, 0), self._metre):
            if self.metres and self.metres[-1].tick == tick:
                self.metres.pop()
            self.metres.append(ScoreMetre(tick, *metre))
        self._metre = metre


def _by_bar(parts: Sequence[PartReader]) -> defaultdict[int, list[Bar]]:
    bars: defaultdict[int, list[Bar]] = defaultdict(list)
    for part in parts:
        for number, bar in part.bars.items():
            bars[number].append(bar)
    return bars


def _metres_by_bar(parts: Sequence[PartReader]) -> dict[int, list[tuple[int, Metre]]]:
    """Returns (offset, metre) of each bar, one of a part at an offset, in the order of offsets."""
    marks: dict[int, dict[tuple[int, int], Metre]] = {}
    for index, part in enumerate(parts):
        for bar, offset, value in part.metres:
            marks.setdefault(bar, {}).setdefault((offset, index), value)  # type: ignore[arg-type]
    return {
        bar: [(offset, metre) for (offset, _), metre in sorted(found.items())]
        for bar, found in marks.items()
    }


def _length(metre: Metre) -> int:
    beats, unit = metre
    return beats * 4 * TICKS_PER_QUARTER // unit if unit else _DEFAULT_BAR


def _fits(metre: Metre, written: int) -> bool:
    return metre != (0, 0) and abs(_length(metre) - written) < SLACK


def _bar_length(bars: list[Bar], written: int, full: int, first: bool) -> int:
    """Returns the length of a bar of which a number of ticks is written."""
    claimed = max((max(bar.resting, bar.skipped) for bar in bars), default=0)
    implicit = any(bar.implicit for bar in bars)
    if not written:
        return min(claimed, full) if implicit and claimed else full
    if first or implicit:  # a rest for the whole of a pickup claims a whole bar
        claimed = max((bar.skipped for bar in bars), default=0)
    length = max(written, min(claimed, full))
    return full if abs(length - full) < SLACK else length
