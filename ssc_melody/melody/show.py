"""A melody as a piece of HTML, for notebooks: its piano roll, and a player of its sound.

Nothing is fetched and nothing is written. The sound is made of the notes in the browser
(`show.js`), so that an output has some ten kilobytes; where no script may run, there is none.
Left out: what lies beyond the first MOST_BARS bars.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ssc_melody.constants import DEFAULT_QPM, DEFAULT_VELOCITY
from ssc_melody.melody.events import melody_notes
from ssc_melody.render.accompaniment import accompaniment
from ssc_melody.render.picture import draw
from ssc_melody.render.svg import to_svg
from ssc_melody.render.timeline import Bar, Timeline, TimelineNote

MOST_BARS = 64

_PRIMER, _NEW = 1, 0
"""Which colour of `picture.INSTRUMENTS` the notes have."""


def to_timeline(
    events: Sequence[int],
    steps_per_quarter: int,
    steps_per_bar: int,
    primer_steps: int,
    chords: Sequence[tuple[int, str]] = (),
) -> Timeline:
    """Puts a melody on a timeline at 120 qpm.

    Args:
        events: Melody events, one per step.
        steps_per_quarter: Steps in a quarter note.
        steps_per_bar: Steps in a bar.
        primer_steps: How many of the first events were given; their notes get a colour of their
            own.
        chords: (step, symbol) where a chord begins.
    """
    quarter = 60.0 / DEFAULT_QPM
    notes = []
    for pitch, start_step, end_step in melody_notes(events):
        start, end = start_step / steps_per_quarter, end_step / steps_per_quarter
        colour = _PRIMER if start_step < primer_steps else _NEW
        times = start, end, start * quarter, end * quarter
        notes.append(TimelineNote(pitch, *times, DEFAULT_VELOCITY, colour, is_drum=False))
    length = steps_per_bar / steps_per_quarter
    bars = [
        Bar(index * length, length, max(1, steps_per_bar // steps_per_quarter))
        for index in range(max(1, -(-len(events) // steps_per_bar)))
    ]
    quarters = len(bars) * length
    symbols = [(step / steps_per_quarter, symbol) for step, symbol in chords]
    return Timeline(notes, bars, [(0.0, 0.0), (quarters, quarters * quarter)], symbols)


def to_html(
    events: Sequence[int],
    steps_per_quarter: int,
    steps_per_bar: int,
    primer_steps: int,
    chords: Sequence[tuple[int, str]] = (),
) -> str:
    """Returns the piano roll and a player; see `to_timeline` for the arguments."""
    shown = events[: MOST_BARS * steps_per_bar]
    line = to_timeline(shown, steps_per_quarter, steps_per_bar, primer_steps, chords)
    notes = "1 note" if len(line.notes) == 1 else f"{len(line.notes)} notes"
    title = f"{len(events)} steps, {notes}"
    if len(shown) < len(events):
        title = f"The first {MOST_BARS} bars of {len(events)} steps"
    heard = dataclasses.replace(line, notes=[*line.notes, *accompaniment(line)])
    sound = {
        "seconds": round(heard.seconds, 3),
        "notes": [
            [round(n.start_time, 3), round(n.end_time - n.start_time, 3), n.pitch, n.velocity]
            for n in heard.notes
        ],
    }
    notes_text = escape(json.dumps(sound, separators=(",", ":")))
    script = Path(__file__).with_name("show.js").read_text(encoding="utf-8")
    return (
        f"{to_svg(draw(line, title), title)}"
        f'<audio controls data-melody="{notes_text}"></audio><script>{script}</script>'
    )
