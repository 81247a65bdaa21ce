"""What a performance is conditioned on: notes a second, and the weights of the pitch classes.

Follows note_seq/performance_controls.py (0.0.5) and performance_sequence_generator.py (Magenta
2.1.4): a condition is one value, or several that share the length of the performance evenly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ssc_melody.encodings import FloatArray
from ssc_melody.errors import OptionError
from ssc_melody.specs.tracks import DENSITY_BINS, PerformanceSpec

DEFAULT_DENSITY = 15.0
DEFAULT_HISTOGRAM = (1.0,) * 12
_MOST_VALUES = 100_000


@dataclass(frozen=True)
class Conditions:
    """What a performance is to be like, each over as many parts of equal length as it has values.

    Attributes:
        notes_per_second: One or several densities; None for 15.
        pitch_class_histogram: Twelve weights, from C on, or several lists of them; None for equal
            weights.
        disable_conditioning: Whether the others do not count, for models that can do without.
    """

    notes_per_second: Any = None
    pitch_class_histogram: Any = None
    disable_conditioning: Any = None

    def densities(self) -> list[float]:
        """Returns the densities.

        Raises:
            OptionError: One is not a number from 0 on.
        """
        given = self.notes_per_second
        if given is None:
            return [DEFAULT_DENSITY]
        values = _listed("notes_per_second", given, 0)
        if not all(_is_number(value) and value >= 0 for value in values):
            raise _error("notes_per_second", "a number from 0 on, or a list of some", given)
        return [float(value) for value in values]

    def histograms(self) -> list[list[float]]:
        """Returns the weights of the pitch classes.

        Raises:
            OptionError: They are not lists of 12 numbers.
        """
        given = self.pitch_class_histogram
        if given is None:
            return [list(DEFAULT_HISTOGRAM)]
        values = _listed("pitch_class_histogram", given, 1)
        good = all(_is_list(row) and len(row) == 12 and all(map(_is_number, row)) for row in values)
        if not good:
            raise _error("pitch_class_histogram", "12 numbers, or a list of such lists", given)
        return [[float(weight) for weight in row] for row in values]

    def disabled(self) -> list[bool]:
        """Returns where the conditions do not count.

        Raises:
            OptionError: A value is not true or false.
        """
        given = self.disable_conditioning
        if given is None:
            return [False]
        values = _listed("disable_conditioning", given, 0)
        if not all(isinstance(value, bool) for value in values):
            raise _error("disable_conditioning", "True, False, or a list of them", given)
        return [bool(value) for value in values]


def _error(name: str, expected: str, found: object) -> OptionError:
    return OptionError(f"{name}: expected {expected}, got {str(found)[:80]}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _listed(name: str, value: Any, depth: int) -> list[Any]:
    """Returns several values, also of one alone (a list `depth` deep)."""
    inner = value
    for _ in range(depth):
        inner = inner[0] if _is_list(inner) and len(inner) else None
    values = list(value) if _is_list(inner) else [value]
    if not 1 <= len(values) <= _MOST_VALUES:
        raise _error(name, "at least one value", value)
    return values


def unused(spec: PerformanceSpec, conditions: Conditions) -> list[str]:
    """Returns the names of conditions that are given and that the model does not know."""
    known = {
        "notes_per_second": spec.density,
        "pitch_class_histogram": spec.histogram,
        "disable_conditioning": spec.optional,
    }
    return [
        name for name, there in known.items() if not there and getattr(conditions, name) is not None
    ]


def encode(spec: PerformanceSpec, conditions: Conditions, total_steps: int) -> FloatArray | None:
    """Returns [total_steps + 1, control_size] what the network is fed at each step.

    Args:
        spec: The config; conditions that it does not know are passed over.
        conditions: What is asked for.
        total_steps: Length of the performance, which the values of a condition share.

    Raises:
        OptionError: A value is out of its range.
    """
    if not spec.control_size:
        return None
    parts: list[FloatArray] = []
    if spec.density:
        bins = [
            sum(density >= least for least in DENSITY_BINS) for density in conditions.densities()
        ]
        parts.append(_spread(np.eye(len(DENSITY_BINS) + 1, dtype=np.float32)[bins], total_steps))
    if spec.histogram:
        shares = np.array([_shares(row) for row in conditions.histograms()], dtype=np.float32)
        parts.append(_spread(shares, total_steps))
    controls = np.hstack(parts)
    if spec.optional:
        off = np.array(conditions.disabled(), dtype=np.float32)[:, None]
        flags = _spread(off, total_steps)
        controls = np.hstack([flags, np.where(flags > 0, np.float32(0.0), controls)])
    return controls


def _shares(weights: list[float]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights] if total > 0 else [1.0 / 12] * 12


def _spread(values: FloatArray, total_steps: int) -> FloatArray:
    """Returns the value of each step, and of the one after the last."""
    steps = np.arange(total_steps + 1)
    return values[np.minimum(steps * len(values) // max(1, total_steps), len(values) - 1)]
