"""A few melodies of each maker in the report, to be seen and heard, all over the same bars."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from ssc_melody.evaluation.melodies import PRIMER_STEPS
from ssc_melody.evaluation.rows import Played, spread
from ssc_melody.melody.events import melody_notes

EACH = 3
QPM = 120
STEPS_PER_QUARTER = 4
_STEP, _ROW = 6, 4
_AIR = 2


def section(played: Sequence[Played]) -> str:
    """Returns the melodies in HTML, with what report.js plays; "" where nobody played."""
    makers = [each for each in played if each.decoding in ("", "sample") and len(each.melodies)]
    if not makers:
        return ""
    notes: list[list[list[float]]] = []
    parts = []
    for maker in makers:
        cards = []
        for take, index in enumerate(spread(len(maker.melodies), EACH), 1):
            events = maker.melodies[index].tolist()
            name = f"{maker.name}, melody {take}"
            cards.append(_card(name, events, len(notes), not maker.decoding))
            notes.append(_seconds(events))
        view = maker.view.key is None and any(each.view.key is not None for each in makers)
        title = f"{maker.name}{' (own key)' if view else ''}"
        parts.append(f"<h3>{escape(title)}</h3><div class='row'>{''.join(cards)}</div>")
    data = json.dumps(notes, separators=(",", ":"))
    return (
        "<h2>Some melodies to see and hear</h2>"
        "<p>The melodies of a column go on from the same bar, "
        f"which has another colour. Plain sampling.</p>{''.join(parts)}"
        f'<script type="application/json" id="melodies">{data}</script>'
    )


def _card(name: str, events: list[int], number: int, is_people: bool) -> str:
    kind = "people" if is_people else "model"
    return (
        f'<div class="melody {kind}">'
        f'<button type="button" class="play" data-melody="{number}" '
        f'aria-label="Play {escape(name)}">Play</button>{_roll(events)}</div>'
    )


def _roll(events: list[int]) -> str:
    notes = melody_notes(events)
    pitches = [note.pitch for note in notes] or [60]
    low, high = min(pitches) - _AIR, max(pitches) + _AIR
    width, height = _STEP * len(events), _ROW * (high - low + 1)
    shapes = ["", ""]
    for pitch, start, end in notes:
        length = _STEP * (end - start) - 1
        shapes[start >= PRIMER_STEPS] += (
            f"M{_STEP * start} {_ROW * (high - pitch)}h{length}v{_ROW - 1}h{-length}z"
        )
    bars = "".join(f"M{_STEP * at} 0v{height}" for at in range(0, len(events), 16))
    return (
        f'<svg class="roll" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'aria-hidden="true" focusable="false"><path class="grid" d="{bars}"/>'
        f'<path class="given" d="{shapes[0]}"/><path class="new" d="{shapes[1]}"/>'
        f'<path class="head" d="M0 0v{height}"/></svg>'
    )


def _seconds(events: list[int]) -> list[list[float]]:
    """Returns [pitch, start, length] of each note, in seconds."""
    step = 60 / QPM / STEPS_PER_QUARTER
    return [
        [pitch, round(start * step, 4), round((end - start) * step, 4)]
        for pitch, start, end in melody_notes(events)
    ]
