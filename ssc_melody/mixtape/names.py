"""A name of its own for each melody of a tape, by what it is like and by its notes.

The first word says how busy it is, the second is as good as any: both follow from the notes, so a
melody has its name for good. On a tape no second word comes twice while there are others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ssc_melody.render.timeline import Timeline

_HUES = (
    (0.75, ("Slow", "Still", "Quiet", "Drowsy", "Patient", "Far")),
    (1.25, ("Gentle", "Amber", "Silver", "Mild", "Willow", "Idle")),
    (1.75, ("Walking", "Copper", "Morning", "Garden", "Honest", "Clear")),
    (2.5, ("Bright", "Nimble", "Merry", "Scarlet", "Brisk", "Sunday")),
    (float("inf"), ("Quick", "Silver-footed", "Restless", "Flying", "Giddy", "Tumbling")),
)
"""Notes a quarter up to which a first word is one of these."""

_THINGS = (
    "Lantern", "Staircase", "Orchard", "Ferry", "Window", "Kite", "Harbour", "Teapot", "Meadow",
    "Parade", "Letter", "Clockmaker", "River", "Umbrella", "Carousel", "Attic", "Sparrow", "Ribbon",
    "Postcard", "Bridge", "Almanac", "Thimble", "Balcony", "Compass", "Waltzer", "Lighthouse",
    "Market", "Feather", "Tram", "Fountain", "Cupboard", "Swallow",
)  # fmt: skip


def name(line: Timeline, taken: Iterable[str] = ()) -> str:
    """Returns the name of a melody.

    Args:
        line: Its notes.
        taken: Names that others on the tape have.
    """
    notes = ",".join(f"{note.pitch}@{note.start:g}" for note in line.notes)
    number = int.from_bytes(hashlib.sha256(notes.encode()).digest()[:8], "big")
    density = len(line.notes) / max(1.0, line.quarters)
    first = next(words for most, words in _HUES if density <= most)
    used = {other.split()[-1] for other in taken}
    left = [thing for thing in _THINGS if thing not in used] or _THINGS
    return f"{first[number % len(first)]} {left[number // 64 % len(left)]}"
