"""Intervals of confidence: bootstrap over pieces, and the binomial one.

Melodies of a piece are not independent observations, so pieces are drawn, not melodies (the cluster
bootstrap; B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ROUNDS = 2000
"""Times the pieces are resampled."""

_EDGES = (2.5, 97.5)
"""Percentiles of a 95 % interval."""


_Z = 1.959963984540054
"""Standard deviations that hold 95 % of a normal distribution."""

_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
)  # fmt: skip
"""The same of Student's t distribution with 1, 2, ... degrees of freedom."""


class Estimate(NamedTuple):
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


class Resampler:
    """Draws pieces anew, the same draws for whatever is asked, so that differences are paired."""

    def __init__(self, pieces: Sequence[str], seed: int) -> None:
        """Takes the piece of each observation."""
        names, self.member = np.unique(
            np.array(pieces, dtype=object).astype(str), return_inverse=True
        )
        self.count = len(names)
        random = np.random.default_rng(seed)
        self.weights = random.multinomial(
            self.count, np.full(self.count, 1 / max(1, self.count)), size=ROUNDS
        ).astype(np.float64)

    def by_piece(self, values: Array) -> Array:
        """Returns [pieces] or [pieces, columns] sums of [observations(, columns)] values."""
        sums = np.zeros((self.count, *values.shape[1:]))
        np.add.at(sums, self.member, values)
        return sums

    def ratio(self, numerators: Array, denominators: Array) -> Estimate:
        """Returns sum of numerators over sum of denominators, with its interval.

        Args:
            numerators: A value an observation; NaN ones are left out.
            denominators: The same, above or equal to 0.
        """
        good = np.isfinite(numerators) & np.isfinite(denominators)
        top = self.by_piece(np.where(good, numerators, 0.0))
        bottom = self.by_piece(np.where(good, denominators, 0.0))
        if bottom.sum() <= 0:
            return Estimate(float("nan"), float("nan"), float("nan"))
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = (self.weights @ top) / (self.weights @ bottom)
        return interval(float(top.sum() / bottom.sum()), drawn)

    def mean(self, values: Array) -> Estimate:
        """Returns the mean of values (NaN left out), with its interval."""
        return self.ratio(values, np.ones(len(values)))

    def auc(self, scores: Array, labels: npt.NDArray[np.bool_]) -> Estimate:
        """Returns the area under the ROC curve: how often a True scores above a False.

        Ties count half. (J. Hanley, B. McNeil, Radiology 143, 1982.)
        """
        wins = (scores[labels][:, None] > scores[~labels]) + 0.5 * (
            scores[labels][:, None] == scores[~labels]
        )
        table = np.zeros((self.count, self.count))
        np.add.at(table, (self.member[labels][:, None], self.member[~labels]), wins)
        sizes = [np.bincount(self.member[part], minlength=self.count) for part in (labels, ~labels)]
        pairs = (self.weights @ sizes[0]) * (self.weights @ sizes[1])
        won = ((self.weights @ table) * self.weights).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return interval(float(wins.mean()), won / pairs)


def interval(value: float, drawn: Array) -> Estimate:
    """Returns a value with the percentiles of what the draws gave."""
    finite = drawn[np.isfinite(drawn)]
    if not len(finite):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.percentile(finite, _EDGES)
    return Estimate(value, float(low), float(high))


def mean_of_independent(values: Sequence[float]) -> Estimate:
    """Returns the mean of independent values with its 95 % interval (Student's t)."""
    array = np.array(values, dtype=np.float64)
    mean = float(array.mean()) if len(array) else float("nan")
    if len(array) < 2:
        return Estimate(mean, float("nan"), float("nan"))
    quantile = _T[len(array) - 2] if len(array) - 2 < len(_T) else _Z
    half = quantile * float(array.std(ddof=1)) / np.sqrt(len(array))
    return Estimate(mean, float(mean - half), float(mean + half))


def binomial(right: int, trials: int) -> Estimate:
    """Returns a share with Wilson's 95 % interval (E. Wilson, JASA 22, 1927)."""
    if trials == 0:
        return Estimate(float("nan"), 0.0, 1.0)
    z = _Z
    share = right / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = (
        z
        / (1 + z * z / trials)
        * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    )
    return Estimate(share, float(middle - half), float(middle + half))
