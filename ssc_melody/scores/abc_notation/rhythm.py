"""How long the notes of a voice of ABC are: unit note length, tuplets, broken rhythms.

Follows sections 4.3, 4.4 and 4.13 of the ABC standard 2.1. A broken rhythm between notes of unequal
lengths, undefined in the standard, is left out, as in abc2midi.

Times are in grains, fine enough for elevens and thirteens and 1/1024 notes to add up.
"""

from __future__ import annotations

import functools
from fractions import Fraction

from ssc_melody.scores.abc_notation.fields import Metre
from ssc_melody.scores.abc_notation.notices import Notices
from ssc_melody.scores.score import TICKS_PER_QUARTER

GRAINS_PER_TICK = 64 * 3 * 5 * 7 * 11 * 13
GRAINS_PER_WHOLE = 4 * TICKS_PER_QUARTER * GRAINS_PER_TICK
_BROKEN = {1: (3, 1, 2), 2: (7, 1, 4), 3: (15, 1, 8)}
"""By the number of marks: times so many the longer, the shorter note, divided by so many."""

_COMPOUND = (6, 9, 12)
_MAX_TUPLET = 999


@functools.lru_cache(maxsize=256)
def _grains(numerator: int, denominator: int) -> int:
    """Returns a length in whole notes as grains."""
    return max(1, round(Fraction(numerator, denominator) * GRAINS_PER_WHOLE))


class Rhythm:
    """What the length of the next note of a voice depends on.

    Attributes:
        unit: Unit note length, in whole notes.
    """

    def __init__(self, notices: Notices) -> None:
        self.set_unit(Fraction(1, 8))
        self._notices = notices
        self.forget()

    def forget(self) -> None:
        """Drops what is pending."""
        self._marks = ""
        self._tuplet = (1, 1)
        self._tuplet_left = 0

    def set_unit(self, unit: Fraction) -> None:
        """Sets the unit note length, in whole notes."""
        self.unit = unit
        self._unit = _grains(unit.numerator, unit.denominator)

    def tuplet(self, p: int, q: int, r: int, metre: Metre | None) -> None:
        """Plays p notes in the time of q (0: as the metre has it), for the next r (0: p) notes."""
        if not q and 2 <= p <= 9:
            compound = metre is not None and metre[0] in _COMPOUND
            q = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(p, 3 if compound else 2)
        if not 0 < p <= _MAX_TUPLET or not 0 < q <= _MAX_TUPLET:
            self._notices.add("a tuplet whose time is not known is left out")
            return
        self._tuplet = (q, p)
        self._tuplet_left = r or p

    def broken(self, marks: str) -> None:
        """Takes a broken rhythm between the last note and the next."""
        self._marks = marks

    @property
    def is_broken(self) -> bool:
        """Whether the next note decides on the length of the last."""
        return self._marks != ""

    def next(self, times: int, parts: int, last: int) -> tuple[int, int]:
        """Returns the length of the next note, and that of the last now that it is known.

        Args:
            times: Length of the next in unit note lengths, and
            parts: What that is divided by.
            last: Length of the last in grains.
        """
        above = self._unit * times
        if self._tuplet_left:
            self._tuplet_left -= 1
            above, parts = above * self._tuplet[0], parts * self._tuplet[1]
        length = (2 * above + parts) // (2 * parts)
        return self._break(length, last) if self._marks else (length, last)

    def _break(self, length: int, last: int) -> tuple[int, int]:
        marks, self._marks = self._marks, ""
        if len(marks) not in _BROKEN or last != length:
            self._notices.add("a broken rhythm between unlike notes is left out")
            return length, last
        long, short, below = _BROKEN[len(marks)]
        if marks[0] == ">":
            return length * short // below, length * long // below
        return length * long // below, length * short // below
