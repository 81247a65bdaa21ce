"""A song's piano roll as SVG that stretches to the width of a page.

One path for all notes of a kind, so that a sonata of 5,000 notes stays light. A unit is 1/24 of a
quarter note across and 1/10 of a semitone down.
"""

from __future__ import annotations

from collections.abc import Iterable

from ssc_melody.constants import BLACK_KEYS
from ssc_melody.mixtape.tape import Song
from ssc_melody.render.timeline import Bar, TimelineNote

QUARTER = 24
SEMITONE = 10
_GAP = 2.5
"""Units from a note to the edge of its step: repeated notes stay apart. Also in player.js."""

_FEWEST_ROWS = 14
_MOST_BEATS = 16


def rows(song: Song) -> tuple[int, int]:
    """Returns the lowest and highest pitch that is drawn: some air, and at least 14 rows."""
    low, high = song.line.pitch_range()
    low, high = low - 1, high + 1
    while high - low + 1 < _FEWEST_ROWS:
        low, high = (low - 1, high) if (high - low) % 2 else (low, high + 1)
    return max(0, low), min(127, high)


def to_svg(song: Song) -> str:
    """Returns the roll, and over it an empty one for the notes that sound; see style.css."""
    low, high = rows(song)
    width = _number(song.line.quarters * QUARTER)
    height = (high - low + 1) * SEMITONE
    notes = song.line.drawn()
    given = [note for note in notes if note.start < song.primer - 1e-6]
    new = [note for note in notes if note.start >= song.primer - 1e-6]
    backing = [note for note in song.backing if low <= note.pitch <= high]
    zone = _number(min(song.primer, song.line.quarters) * QUARTER)
    shapes = [
        f'<path class="keys" d="{_keys(low, high, width)}"/>',
        f'<rect class="given-zone" width="{zone}" height="{height}"/>' if song.primer else "",
        f'<path class="beats" d="{_beats(song.line.bars, height)}"/>',
        f'<path class="bars" d="{_lines((bar.start for bar in song.line.bars), height)}"/>',
        f'<path class="backing" d="{_notes(backing, high)}"/>' if backing else "",
        f'<path class="notes" d="{_notes(new, high)}"/>',
        f'<path class="notes given" d="{_notes(given, high)}"/>' if given else "",
    ]
    return _svg("roll", width, height, "".join(shapes)) + _svg(
        "roll over", width, height, '<path class="notes lit" d=""/>'
    )


def _svg(name: str, width: str, height: int, content: str) -> str:
    return (
        f'<svg class="{name}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'aria-hidden="true" focusable="false">{content}</svg>'
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _keys(low: int, high: int, width: str) -> str:
    """The rows of the black keys."""
    black = [pitch for pitch in range(low, high + 1) if pitch % 12 in BLACK_KEYS]
    return "".join(f"M0 {(high - p) * SEMITONE}h{width}v{SEMITONE}H0z" for p in black)


def _lines(quarters: Iterable[float], height: int) -> str:
    return "".join(f"M{_number(at * QUARTER)} 0v{height}" for at in quarters)


def _beats(bars: list[Bar], height: int) -> str:
    """The beats within the bars; none closer than an eighth note or more than 16 in a bar."""
    return _lines(
        (
            bar.start + beat * bar.length / bar.beats
            for bar in bars
            if bar.beats <= _MOST_BEATS and bar.length / bar.beats >= 0.5
            for beat in range(1, bar.beats)
        ),
        height,
    )


def _notes(notes: list[TimelineNote], high: int) -> str:
    out = []
    for note in notes:
        left, top = note.start * QUARTER + _GAP, (high - note.pitch) * SEMITONE + 2
        width = max(1.0, (note.end - note.start) * QUARTER - 2 * _GAP)
        out.append(f"M{_number(left)} {top}h{_number(width)}v6h-{_number(width)}z")
    return "".join(out)
