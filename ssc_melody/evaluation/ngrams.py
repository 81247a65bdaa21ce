"""How often each run of intervals, and each of rhythm, comes in a melody: order, not only numbers.

Follows what is common in the analysis of melodies: n-grams of intervals and of times between
beginnings, as in D. Müllensiefen, "FANTASTIC", Goldsmiths 2009. Left out: rests, which are part of
the time to the next note, and pitch itself, so that transposed melodies count alike.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ssc_melody.evaluation.melodies import BAR, PRIMER_STEPS
from ssc_melody.melody.events import MelodyNote, melody_notes

Run = tuple[str, tuple[int, ...]]

LONGEST = 4
"""Intervals, or times, in a run."""
MOST = 300
"""Kinds of runs that are counted, the most frequent ones."""
LEAST = 5
"""Melodies that a run must be in to be counted."""
_OCTAVE = 12


def runs(notes: list[MelodyNote]) -> Iterator[Run]:
    """Yields every run of 1 to LONGEST intervals (semitones) and times (steps) between notes.

    Intervals over an octave count as 13, times over a bar as a bar.
    """
    pairs = list(itertools.pairwise(notes))
    intervals = [max(-_OCTAVE - 1, min(b.pitch - a.pitch, _OCTAVE + 1)) for a, b in pairs]
    times = [min(b.start_step - a.start_step, BAR) for a, b in pairs]
    for name, line in (("interval", intervals), ("time", times)):
        for length in range(1, LONGEST + 1):
            for start in range(len(line) - length + 1):
                yield name, tuple(line[start : start + length])


def rows(melodies: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Returns [melodies, kinds of runs] how often each comes in each continuation.

    Args:
        melodies: [melodies, steps] events, their primers included.
    """
    counts = []
    for events in melodies.tolist():
        notes = [note for note in melody_notes(events) if note.start_step >= PRIMER_STEPS]
        counts.append(Counter(runs(notes)))
    found = Counter(run for count in counts for run in count)
    by_frequency = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    kinds = [run for run, melodies_with_it in by_frequency[:MOST] if melodies_with_it >= LEAST]
    if not kinds:
        return np.zeros((len(melodies), 1))
    return np.array([[count[run] for run in kinds] for count in counts], dtype=np.float64)
