"""Bars that come again in a melody, as a listener hears them: the same notes in the same places.

Left out: how long notes last, as the last one of a phrase often leads on; phrases that come again
in another key, or nearly so; bars with next to nothing in them.
"""

from __future__ import annotations

from string import ascii_uppercase
from typing import NamedTuple

from ssc_melody.render.timeline import Timeline

LEAST_NOTES = 4
"""Notes of what comes again."""

MOST_BARS = 1000
"""In a longer piece nothing is looked for."""


class Phrase(NamedTuple):
    """Some bars that come more than once.

    Attributes:
        letter: A for the first such phrase, then B, and so on.
        first: Its first bar, from 0.
        bars: How many.
    """

    letter: str
    first: int
    bars: int


def repeated(line: Timeline) -> list[Phrase]:
    """Returns the phrases that come again, each time they come, in the order of their bars.

    From the beginning on, the longest run of bars that was heard before is taken; of several such
    the earliest. A run does not overlap what it repeats.
    """
    bars = _bars(line) if len(line.bars) <= MOST_BARS else []
    letters: dict[int, str] = {}
    found: list[Phrase] = []
    at = 0
    while at < len(bars):
        length, source = max(
            ((_equal(bars, before, at), -before) for before in range(at)), default=(0, 0)
        )
        if sum(map(len, bars[at : at + length])) < LEAST_NOTES or len(letters) == 26:
            at += 1
            continue
        source = -source
        if source not in letters:
            letters[source] = ascii_uppercase[len(letters)]
            found.append(Phrase(letters[source], source, length))
        found.append(Phrase(letters[source], at, length))
        at += length
    return _apart(sorted(found, key=lambda phrase: (phrase.first, -phrase.bars)))


def _bars(line: Timeline) -> list[tuple[tuple[float, int], ...]]:
    """Returns what begins in each bar, and where in it."""
    starts = [bar.start for bar in line.bars]
    content: list[list[tuple[float, int]]] = [[] for _ in starts]
    bar = 0
    for note in sorted(line.notes, key=lambda note: note.start):
        while bar + 1 < len(starts) and note.start >= starts[bar + 1] - 1e-6:
            bar += 1
        if starts:
            content[bar].append((round(note.start - starts[bar], 4), note.pitch))
    return [tuple(sorted(notes)) for notes in content]


def _equal(bars: list[tuple[tuple[float, int], ...]], before: int, at: int) -> int:
    """Returns how many bars from `at` on are those from `before` on."""
    length = 0
    while before + length < at and at + length < len(bars):
        if bars[before + length] != bars[at + length]:
            break
        length += 1
    return length


def _apart(phrases: list[Phrase]) -> list[Phrase]:
    """Leaves out phrases that lie over the one before, and letters of which one is left.

    The first of what is left is A.
    """
    kept: list[Phrase] = []
    for phrase in phrases:
        if not kept or phrase.first >= kept[-1].first + kept[-1].bars:
            kept.append(phrase)
    letters = [phrase.letter for phrase in kept]
    kept = [phrase for phrase in kept if letters.count(phrase.letter) > 1]
    order = list(dict.fromkeys(phrase.letter for phrase in kept))
    return [phrase._replace(letter=ascii_uppercase[order.index(phrase.letter)]) for phrase in kept]
