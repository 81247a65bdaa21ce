"""What gives a melody away to a listener, counted: droning, silence, leaps, rhythm, how it ends.

The report has these of people and of each model at several temperatures; all ways of decoding are
in `benchmarks.bench_decoding`. They are not among the numbers that discriminators see.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from ssc_melody.evaluation import metrics
from ssc_melody.evaluation.melodies import BAR, PRIMER_STEPS

TEMPERATURES = (0.8, 0.9, 1.0)
"""At which the report has each model."""

_BEAT = 4
_OCTAVE = 12
_SPARSE = 2
_TURN = 2


def _sparse(line: metrics.Line) -> float:
    return float(metrics.note_density(line) < _SPARSE)


def _held(line: metrics.Line) -> float:
    return float((line.durations() >= 2 * BAR).any())


def _leaps(line: metrics.Line) -> float:
    return float((np.abs(line.intervals()) > _OCTAVE).sum())


def _rhythm_again(line: metrics.Line) -> float:
    """Share of bars in which notes begin where they did two bars before, of those with notes."""
    bars: list[set[int]] = [set() for _ in range(len(line.sounding) // BAR)]
    for note in line.notes:
        place = note.start_step - line.start
        if place // BAR < len(bars):
            bars[place // BAR].add(place % BAR)
    pairs = [(now, before) for before, now in zip(bars, bars[_TURN:], strict=False) if now]
    return float(np.mean([now == before for now, before in pairs])) if pairs else float("nan")


def _ends_long(line: metrics.Line) -> float:
    """Whether the last note begins on a beat and lasts a quarter at least."""
    if not line.notes:
        return 0.0
    last = line.notes[-1]
    return float(last.start_step % _BEAT == 0 and last.end_step - last.start_step >= _BEAT)


@dataclasses.dataclass(frozen=True)
class Habit:
    """Something that is counted in a melody.

    Attributes:
        name: In report.json.
        title: In tables.
        unit: '%' for shares.
        of: Counts it.
    """

    name: str
    title: str
    unit: str
    of: Callable[[metrics.Line], float]


HABITS = (
    Habit("notes", "notes a bar", "", metrics.note_density),
    Habit("sparse", "fewer than two notes a bar", "%", _sparse),
    Habit("held", "with a note of two bars", "%", _held),
    Habit("empty", "empty bars", "%", metrics.empty_bars),
    Habit("leaps", "leaps over an octave, a melody", "", _leaps),
    Habit("rhythm_again", "rhythm of two bars ago", "%", _rhythm_again),
    Habit("ends_long", "end long on a beat", "%", _ends_long),
    Habit("range", "range, semitones", "", metrics.pitch_range),
    Habit("repeats", "notes as two bars ago", "%", metrics.repeats_two_bars),
)
"""In the order of tables."""


def count(melodies: Sequence[Sequence[int]]) -> dict[str, float]:
    """Returns the mean of each habit over what follows the primer bars of melodies.

    Args:
        melodies: Events of each, their primer bars included.
    """
    lines = [metrics.Line(events, PRIMER_STEPS) for events in melodies]
    found = {}
    for habit in HABITS:
        values = np.array([habit.of(line) for line in lines])
        good = values[np.isfinite(values)]
        found[habit.name] = float(good.mean()) if len(good) else float("nan")
    return found
