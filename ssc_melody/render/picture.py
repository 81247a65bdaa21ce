"""A piano roll as a list of shapes, the same for SVG and PNG.

Keys with their names at the left, bars with their numbers on top (and chords over them), beats as
fine lines; long pieces go on in further lines, as scores do. Lengths are pixels.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ssc_melody.constants import BLACK_KEYS, note_name
from ssc_melody.render.timeline import Bar, Timeline, TimelineNote

QUARTER = 40
"""Width of a quarter note."""

LINE_QUARTERS = 32
"""Quarter notes in a line, if bars are not longer."""

_KEYS = 52
_MARGIN = 16
_TITLE = 34
_NUMBERS = 20
_CHORDS = 18
_MOST_BEATS = 16

INK, SOFT, LANE, BEAT, BAR, PAPER = (
    "#24211c",
    "#635c50",
    "#f1ebde",
    "#e3dac8",
    "#a3977f",
    "#fffdf8",
)
INSTRUMENTS = ("#1d52c4", "#b93a0e", "#04714f", "#6231c9", "#a3195b", "#0b6885")
"""Colours of the instruments in turn, each 4.5 to 1 or more against paper and white letters."""


class Box(NamedTuple):
    """A filled rectangle with round corners."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    radius: float = 0.0


class Line(NamedTuple):
    """A vertical or horizontal line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    width: float = 1.0


class Text(NamedTuple):
    """A word; (x, y) is its left or right end ("start", "end") on its middle height."""

    x: float
    y: float
    text: str
    size: float
    colour: str = INK
    anchor: str = "start"


@dataclass(frozen=True)
class Picture:
    """Shapes on paper, in the order in which they are painted."""

    width: float
    height: float
    shapes: list[Box | Line | Text]


def draw(line: Timeline, title: str = "") -> Picture:
    """Draws a piece.

    Args:
        line: The piece.
        title: What stands above it.
    """
    low, high = line.pitch_range()
    low, high = max(0, low - 1), min(127, high + 1)
    row = 12 if high - low < 36 else 9 if high - low < 60 else 6
    lines = list(_lines(line.bars))
    longest = max(bars[-1].start + bars[-1].length - bars[0].start for bars in lines)
    width = 2 * _MARGIN + _KEYS + QUARTER * longest
    shapes: list[Box | Line | Text] = [Text(_MARGIN, _MARGIN + 8, title, 15)]
    top = float(_TITLE)
    number = 1
    for bars, notes in zip(lines, _notes_of_lines(lines, line.drawn()), strict=True):
        if line.chords:
            shapes += _chords(bars, line.chords, top + _CHORDS / 2)
            top += _CHORDS
        shapes += _line(bars, number, notes, top + _NUMBERS, row, low, high)
        top += _NUMBERS + row * (high - low + 1) + _MARGIN
        number += len(bars)
    return Picture(width, top, [Box(0, 0, width, top, PAPER), *shapes])


def _lines(bars: list[Bar]) -> Iterator[list[Bar]]:
    """Breaks the bars into lines of at most LINE_QUARTERS."""
    held: list[Bar] = []
    for bar in bars:
        if held and bar.start + bar.length - held[0].start > LINE_QUARTERS:
            yield held
            held = []
        held.append(bar)
    yield held


def _notes_of_lines(lines: list[list[Bar]], notes: list[TimelineNote]) -> list[list[TimelineNote]]:
    """Returns the notes that sound in each line."""
    begins = [bars[0].start for bars in lines]
    found: list[list[TimelineNote]] = [[] for _ in lines]
    for note in notes:
        first = max(0, bisect.bisect_right(begins, note.start) - 1)
        last = bisect.bisect_left(begins, note.end, lo=first + 1)
        for number in range(first, last):
            found[number].append(note)
    return found


def _chords(bars: list[Bar], chords: Sequence[tuple[float, str]], y: float) -> Iterator[Text]:
    """Writes the chords of a line; one that goes on from the line before stands there again."""
    begin, end = bars[0].start, bars[-1].start + bars[-1].length
    before = [symbol for start, symbol in chords if start < begin]
    shown = [(start, symbol) for start, symbol in chords if begin <= start < end]
    if before and (not shown or shown[0][0] > begin):
        shown.insert(0, (begin, before[-1]))
    for start, symbol in shown:
        yield Text(_MARGIN + _KEYS + QUARTER * (start - begin), y, symbol, 13)


def _line(
    bars: list[Bar],
    number: int,
    notes: list[TimelineNote],
    top: float,
    row: int,
    low: int,
    high: int,
) -> Iterator[Box | Line | Text]:
    """Draws the bars of one line; `number` is that of the first."""
    left = _MARGIN + _KEYS
    begin, end = bars[0].start, bars[-1].start + bars[-1].length
    right, bottom = left + QUARTER * (end - begin), top + row * (high - low + 1)
    for pitch in range(low, high + 1):
        yield from _key(pitch, top + row * (high - pitch), row, left, right)
    for index, bar in enumerate(bars):
        x = left + QUARTER * (bar.start - begin)
        for beat in range(1, bar.beats if bar.beats <= _MOST_BEATS else 0):
            at = x + QUARTER * bar.length * beat / bar.beats
            yield Line(at, top, at, bottom, BEAT)
        yield Line(x, top - 5, x, bottom, BAR, 1.5)
        yield Text(x + 4, top - 9, str(number + index), 10, SOFT)
    yield Line(right, top, right, bottom, BAR, 1.5)
    for note in notes:
        x1 = left + QUARTER * (max(note.start, begin) - begin)
        x2 = left + QUARTER * (min(note.end, end) - begin)
        yield from _note(note, x1, x2, top + row * (high - note.pitch), row)


def _key(pitch: int, y: float, row: int, left: float, right: float) -> Iterator[Box | Line | Text]:
    """Draws a key of the piano and its lane."""
    black = pitch % 12 in BLACK_KEYS
    if black:
        yield Box(left, y, right - left, row, LANE)
        yield Box(_MARGIN, y, 0.6 * _KEYS, row, INK)
    elif pitch % 12 in (0, 5):  # there is no black key below C and F
        yield Line(_MARGIN, y + row, right, y + row, BAR if pitch % 12 == 0 else BEAT)
    if pitch % 12 == 0 or (row >= 9 and not black):
        yield Text(left - 4, y + row / 2, note_name(pitch), min(10, row - 1), SOFT, "end")


def _note(note: TimelineNote, x1: float, x2: float, y: float, row: int) -> Iterator[Box | Text]:
    width = max(2.0, x2 - x1 - 1.5)
    colour = INSTRUMENTS[note.instrument % len(INSTRUMENTS)]
    yield Box(x1 + 0.75, y + 0.75, width, row - 1.5, colour, min(3.0, width / 2))
    name = note_name(note.pitch)
    if row >= 12 and width >= 7 * len(name):
        yield Text(x1 + 3.5, y + row / 2, name, 9, "#ffffff")
