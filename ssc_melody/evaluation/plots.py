"""Small pictures for the report, as SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Numbers = Sequence[float | None]


def intervals(
    rows: Sequence[tuple[str, Numbers, str]], title: str, mark: float | None = None
) -> str:
    """Draws estimates with their intervals under each other, as wide as the page is.

    It is HTML and no picture, so that its letters stay as large as all others.

    Args:
        rows: Label, (value, low, high), class of its colour.
        title: For readers that do not see it.
        mark: Where a line is drawn.
    """
    values = [v for _, numbers, _ in rows for v in numbers if v is not None]
    values += [] if mark is None else [mark]
    if not values:
        return ""
    low, high = min(values), max(values)
    pad = 0.04 * (high - low) or 0.5
    low, high = low - pad, high + pad

    def at(value: float) -> str:
        return f"{100 * (value - low) / (high - low):.2f}%"

    grid = "".join(f'<i class="grid" style="left:{at(tick)}"></i>' for tick in _ticks(low, high))
    if mark is not None:
        grid += f'<i class="mark" style="left:{at(mark)}"></i>'
    parts = []
    for label, (value, least, most), colour in rows:
        drawn = ""
        if value is not None:
            if least is not None and most is not None:
                width = f"{100 * (most - least) / (high - low):.2f}%"
                drawn += f'<i class="bar {colour}" style="left:{at(least)};width:{width}"></i>'
            drawn += f'<i class="dot {colour}" style="left:{at(value)}"></i>'
        parts.append(
            f'<span class="name">{escape(label)}</span><span class="plot">{grid}{drawn}</span>'
        )
    ticks = "".join(
        f'<span class="tick" style="left:{at(tick)}">{tick:g}</span>' for tick in _ticks(low, high)
    )
    axis = f'<span class="name"></span><span class="plot axis">{ticks}</span>'
    return (
        f'<div class="chart" role="img" aria-label="{escape(title)}">{"".join(parts)}{axis}</div>'
    )


def _ticks(low: float, high: float) -> list[float]:
    """Returns round numbers between two others, four to eight of them."""
    step = 10.0**-9
    for factor in (2, 2.5, 2) * 12:
        if (high - low) / step <= 8:
            break
        step *= factor
    first = int(low // step) + 1
    return [round(i * step, 10) for i in range(first, int(high // step) + 1)]


def histogram(shares: Numbers, people: Numbers, labels: Sequence[str], title: str) -> str:
    """Draws a histogram as bars, and people's as an outline over it."""
    width, height, floor = 260, 96, 80
    top = max([*(v or 0 for v in shares), *(v or 0 for v in people), 1e-9])
    step = width / len(labels)

    def y(value: float | None) -> float:
        return round(floor - (value or 0) / top * (floor - 6), 1)

    bars = [
        f'<rect class="fill" x="{round(i * step + 0.5, 1)}" y="{y(v)}" '
        f'width="{round(step - 1, 1)}" height="{round(floor - y(v), 1)}"/>'
        for i, v in enumerate(shares)
    ]
    path = f"M0 {floor}" + "".join(
        f"V{y(v)}H{round((i + 1) * step, 1)}" for i, v in enumerate(people)
    )
    every = -(-len(labels) // 12)
    ticks = [
        f'<text class="tick" x="{round((i + 0.5) * step, 1)}" y="93">{escape(label)}</text>'
        for i, label in enumerate(labels)
        if i % every == 0
    ]
    outline = f'<path class="people" d="{path}V{floor}"/>'
    return _svg(width, height, title, [*bars, outline, *ticks], margin=6)


def _svg(width: int, height: int, title: str, parts: Sequence[str], margin: int = 0) -> str:
    box = f"{-margin} 0 {width + 2 * margin} {height}"
    return (
        f'<svg viewBox="{box}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
