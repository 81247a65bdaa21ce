"""Where the bars of a score begin, and in which metre they are: what its parts agree on.

A bar is as long as the longest that is written in it, in any part, or as its metre where nothing
is written. Rests for a whole bar and forwards do not make it longer than its metre.

A metre counts wherever it stands, in any part. Where the parts' metres differ, the one counts that
what is written in the bar fills, else the one stated last. A part whose own metre is filled, but
is shorter or longer than the bar (a voice in 4/4 over a piano in 12/8), is stretched to the bar.

Left out: bar lines that some parts have and others not; bars are matched by their order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

from ssc_melody.constants import MAX_TICK
from ssc_melody.errors import DataError
from ssc_melody.scores.score import TICKS_PER_QUARTER, ScoreMetre
from ssc_melody.scores.ties import SLACK
from ssc_melody.scores.xml_clock import Bar
from ssc_melody.scores.xml_part import PartReader

_DEFAULT_BAR = 4 * TICKS_PER_QUARTER
_MAX_CANDIDATES = 16  # metres of different parts at one time that are considered

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
        stretched: By part and bar, what the part's time is multiplied by, where it is not 1.

    Raises:
        DataError: The score is longer than MAX_TICK.
    """

    def __init__(self, parts: Sequence[PartReader], warnings: Counter[str]) -> None:
        self.starts = [0]
        self.metres: list[ScoreMetre] = []
        self.pickup = 0
        self.stretched: list[dict[int, Fraction]] = [{} for _ in parts]
        self._warnings = warnings
        self._metre: Metre = (0, 0)
        self._own: dict[int, Metre] = {}  # by part
        self._stated: dict[Metre, list[int]] = {}  # parts that have it, bar where it was stated
        written = _by_bar(parts)
        marks = _metres_by_bar(parts)
        for number in range(max(written, default=-1) + 1):
            self._lay_out(number, written[number], marks.get(number, []))
        if len(self.starts) <= 2:  # a single bar is not a pickup to anything
            self.pickup = 0

    @property
    def end(self) -> int:
        """Tick at which the last bar ends."""
        return self.starts[-1]

    def tick(self, part: int, bar: int, offset: int) -> int:
        """Returns the tick of the piece at a tick of a part's bar."""
        factor = self.stretched[part].get(bar)
        return self.starts[bar] + (offset if factor is None else round(offset * factor))

    def _lay_out(
        self, number: int, bars: list[tuple[int, Bar]], marks: list[tuple[int, int, Metre]]
    ) -> None:
        start = self.starts[-1]
        written = max((bar.written for _, bar in bars), default=0)
        for offset, part, metre in marks:
            if not offset:
                self._state(part, metre, number)
        self._set(self._choose(written), start)
        full = _length(self._metre)
        length = _bar_length([bar for _, bar in bars], written, full, first=number == 0)
        if number == 0 and self._metre != (0, 0):
            self.pickup = max(0, full - length)
        if length == full and len(self._stated) > 1:
            self._stretch(number, bars, length)
        for offset, part, metre in marks:
            if offset:  # in the middle of the bar, or at its end
                self._state(part, metre, number)
                self._set(metre, start + min(offset, length))
        if start + length > MAX_TICK:
            raise DataError(f"expected a score below {MAX_TICK} ticks, found a longer one")
        self.starts.append(start + length)

    def _state(self, part: int, metre: Metre, bar: int) -> None:
        """Notes the metre of a part."""
        before = self._own.get(part)
        if before is not None:
            self._stated[before][0] -= 1
            if not self._stated[before][0]:
                del self._stated[before]
        self._own[part] = metre
        holders = self._stated.setdefault(metre, [0, bar])
        self._stated[metre] = [holders[0] + 1, bar]

    def _choose(self, written: int) -> Metre:
        """Returns the metre of a bar of which a number of ticks is written."""
        if len(self._stated) <= 1:
            return next(iter(self._stated), self._metre)
        self._warnings["parts are in different metres at the same time"] += 1
        return max(
            islice(self._stated, _MAX_CANDIDATES),
            key=lambda metre: (_fits(metre, written), self._stated[metre][1], _length(metre)),
        )

    def _set(self, metre: Metre, tick: int) -> None:
        if metre not in ((0, 0), self._metre):
            if self.metres and self.metres[-1].tick == tick:
                self.metres.pop()
            self.metres.append(ScoreMetre(tick, *metre))
        self._metre = metre

    def _stretch(self, number: int, bars: list[tuple[int, Bar]], length: int) -> None:
        """Notes the parts that fill a metre of their own that is not as long as the bar."""
        for part, bar in bars:
            own = self._own.get(part, self._metre)
            filled = max(bar.written, bar.skipped, bar.resting)
            if bar.written and not _fits(own, length) and _fits(own, filled):
                self.stretched[part][number] = Fraction(length, _length(own))


def _by_bar(parts: Sequence[PartReader]) -> defaultdict[int, list[tuple[int, Bar]]]:
    bars: defaultdict[int, list[tuple[int, Bar]]] = defaultdict(list)
    for index, part in enumerate(parts):
        for number, bar in part.clock.bars.items():
            bars[number].append((index, bar))
    return bars


def _metres_by_bar(parts: Sequence[PartReader]) -> dict[int, list[tuple[int, int, Metre]]]:
    """Returns (offset, part, metre) of each bar: the first of a part at an offset, in order."""
    marks: dict[int, dict[tuple[int, int], Metre]] = {}
    for index, part in enumerate(parts):
        for bar, offset, value in part.metres:
            marks.setdefault(bar, {}).setdefault((offset, index), value)
    return {
        bar: [(offset, part, metre) for (offset, part), metre in sorted(found.items())]
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
