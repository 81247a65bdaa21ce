"""Rows of the report, as JSON knows them: what was played, counted and compared."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssc_melody.evaluation import distances, habits, metrics, turing
from ssc_melody.evaluation.intervals import Estimate, Resampler
from ssc_melody.evaluation.melodies import PRIMER_STEPS, MelodySet, View
from ssc_melody.evaluation.players import Fit, Player

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

COPIED = "copied_notes"
"""Name of the number that needs the training set."""


@dataclasses.dataclass
class Played:
    """Melodies of one maker.

    Attributes:
        name: People, or the model's.
        decoding: '', or how the model chose.
        view: Key and range.
        melodies: [melodies, steps] with their primer bars.
        table: Numbers and histograms of the continuations (`metrics.table`).
    """

    name: str
    decoding: str
    view: View
    melodies: IntArray
    table: dict[str, Array]


_KEYS = ("C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B")


def key_name(view: View) -> str:
    """Says the key of a view in words."""
    return "own key" if view.key is None else f"in {_KEYS[view.key]}"


def view_name(view: View) -> str:
    """Says a view in words."""
    return f"{key_name(view)}, pitches {view.min_note} to {view.max_note - 1}"


def spread(count: int, most: int) -> list[int]:
    """Returns at most so many indices, spread evenly."""
    return list(range(count)) if count <= most else [i * count // most for i in range(most)]


def describe(found: MelodySet) -> dict[str, Any]:
    """Returns what a set of melodies is."""
    return {
        "melodies": len(found.melodies),
        "pieces": len(set(found.pieces)) if found.known_pieces else None,
        "steps": sum(len(events) for events in found.melodies),
    }


def number(value: float) -> float | None:
    """Returns a number as JSON knows it, to nine digits (the last ones differ between machines)."""
    return float(f"{value:.9g}") if math.isfinite(value) else None


def numbers(estimate: Sequence[float]) -> list[float | None]:
    """Returns numbers as JSON knows them."""
    return [number(float(value)) for value in estimate]


def fit_row(player: Player, fit: Fit, sample: Resampler) -> dict[str, Any]:
    """Returns how well one predicts."""
    bits = sample.ratio(fit.bits, fit.steps)
    return {
        "name": player.name,
        "view": view_name(player.view),
        "steps": int(fit.steps.sum()),
        "bits": numbers(bits),
        "perplexity": numbers(Estimate(*(2.0**value for value in bits))),
        "event_accuracy": numbers(sample.ratio(fit.event_hits, fit.events)),
        "no_event_accuracy": numbers(sample.ratio(fit.no_event_hits, fit.no_events)),
    }


def count(name: str, decoding: str, view: View, melodies: IntArray) -> Played:
    """Counts in the continuations of one maker."""
    lines = [metrics.Line(row.tolist(), PRIMER_STEPS) for row in melodies]
    return Played(name, decoding, view, melodies, metrics.table(lines))


def habit_row(
    name: str, view: View, temperature: float | None, melodies: IntArray
) -> dict[str, Any]:
    """Returns what gives away melodies that were made at a temperature (None: people's)."""
    counted = habits.count(melodies.tolist())
    return {
        "name": name,
        "view": view_name(view),
        "temperature": temperature,
        "melodies": len(melodies),
        "habits": {name: number(value) for name, value in counted.items()},
    }


def half_against_half(
    table: dict[str, Array], pieces: Sequence[str]
) -> dict[str, distances.Distance]:
    """Returns how far one half of people's pieces is from the other: what a model can reach."""
    half = turing.folds(pieces, 2) == 0 if len(set(pieces)) > 1 else np.arange(len(pieces)) % 2 == 0
    return {
        name: distances.distance(values[half], values[~half])
        for name, values in table.items()
        if name != COPIED
    }


def music_row(
    played: Played, sample: Resampler, found: dict[str, distances.Distance]
) -> dict[str, Any]:
    """Returns what was counted, with intervals, and how far it is from people."""
    table = played.table
    names = [metric.name for metric in metrics.METRICS] + [COPIED] * (COPIED in table)
    overlaps = [d.overlap for d in found.values() if math.isfinite(d.overlap)]
    divergences = [d.divergence for d in found.values() if math.isfinite(d.divergence)]
    return {
        "name": played.name,
        "decoding": played.decoding,
        "view": view_name(played.view),
        "melodies": len(played.melodies),
        "numbers": {name: numbers(sample.mean(table[name])) for name in names},
        "most_copied_notes": int(table[COPIED].max()) if COPIED in table else None,
        "histograms": {
            h.name: [number(value) for value in table[h.name].mean(axis=0)]
            for h in metrics.HISTOGRAMS
        },
        "distances": {name: numbers(distance) for name, distance in found.items()},
        "mean_overlap": number(float(np.mean(overlaps))) if overlaps else None,
        "mean_divergence": number(float(np.mean(divergences))) if divergences else None,
    }
