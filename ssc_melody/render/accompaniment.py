"""The chords of a timeline as notes that are held, for those who play it.

They are voiced as note-seq renders chords (`chords.voicing`).
"""

from __future__ import annotations

import bisect

from ssc_melody.chords.symbols import NO_CHORD
from ssc_melody.chords.voicing import VELOCITY, chord_pitches
from ssc_melody.render.timeline import Timeline, TimelineNote

INSTRUMENT = 1
"""Which instrument they count as; a melody is 0."""


def accompaniment(line: Timeline) -> list[TimelineNote]:
    """Returns the notes of a timeline's chords, each held until the next, the last to the end.

    Raises:
        ChordError: One is not a chord symbol.
    """
    begins = [start for start, _ in line.chords if start < line.quarters]
    ends = [*begins[1:], line.quarters]
    return [
        TimelineNote(
            pitch, start, end, seconds_at(line, start), seconds_at(line, end), VELOCITY,
            INSTRUMENT, is_drum=False,
        )
        for (start, symbol), end in zip(line.chords, ends, strict=False)
        if symbol != NO_CHORD and start < end
        for pitch in chord_pitches(symbol)
    ]  # fmt: skip


def seconds_at(line: Timeline, quarter: float) -> float:
    """Returns the second at which a quarter note of a timeline begins."""
    i = min(max(1, bisect.bisect_right(line.clock, (quarter, float("inf")))), len(line.clock) - 1)
    (from_quarter, from_second), (to_quarter, to_second) = line.clock[i - 1 : i + 1]
    share = (quarter - from_quarter) / (to_quarter - from_quarter)
    return from_second + share * (to_second - from_second)
