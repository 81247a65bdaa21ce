"""How far the models' melodies are from people's: overlapping area and KL divergence.

As in L.-C. Yang, A. Lerch, "On the evaluation of generative models in music", Neural Computing and
Applications 32, 2020 (online 2018): of a number or histogram of each melody, take all Euclidean
distances within the people's set (intra) and from it to the model's set (inter), smooth both sets
of distances with Gaussian kernels (Scott's bandwidth), and compare the two densities. An
overlapping area of 1 and a divergence of 0 mean that the model's melodies stand to people's as
people's stand to each other.

Differences from the authors' published code:

1. Both densities are taken at the same points; there each was taken at the points of its own range.
2. Equal distances only (all zero, say) have no bandwidth: it is at least a hundredth of the
   range of both sets, so that two such sets can be compared (there: an error).
3. The points reach three bandwidths beyond the distances, and the densities are made to sum to 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

POINTS = 512
"""At which densities are taken."""

_BINS = 4096
"""Different distances from which on they are rounded to so many values, which takes 0.01 % of a
density's height at most, and a tenth of the time."""

_LEAST_DENSITY = 1e-12
"""Share of a point; keeps the divergence finite where the other density is 0."""


class Distance(NamedTuple):
    """How far apart two sets are.

    Attributes:
        overlap: Overlapping area of the densities, 0 to 1.
        divergence: Kullback-Leibler divergence of intra from inter, in nats.
    """

    overlap: float
    divergence: float


def _as_rows(values: Array) -> Array:
    rows = values.reshape(len(values), -1)
    return rows[np.isfinite(rows).all(axis=1)]


def _pairs(a: Array, b: Array) -> Array:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    distances: Array = np.sqrt(np.maximum(squares, 0.0))
    return distances


def intra_distances(values: Array) -> Array:
    """Returns the distances between all pairs of one set.

    Args:
        values: [melodies] or [melodies, bins]; rows with NaN are left out.
    """
    rows = _as_rows(values)
    return _pairs(rows, rows)[np.triu_indices(len(rows), k=1)]


def inter_distances(a: Array, b: Array) -> Array:
    """Returns the distances from each melody of one set to each of the other."""
    return _pairs(_as_rows(a), _as_rows(b)).ravel()


def _bandwidth(values: Array, least: float) -> float:
    """Returns Scott's: standard deviation times n to the power of -1/5."""
    return max(float(values.std(ddof=1) * len(values) ** -0.2), least)


def density(values: Array, bandwidth: float, points: Array) -> Array:
    """Returns the Gaussian kernel density of values at points."""
    different, counts = np.unique(values, return_counts=True)
    if len(different) > _BINS:
        counts, edges = np.histogram(values, _BINS)
        different = (edges[:-1] + edges[1:]) / 2
    if len(different) == _BINS:  # the tails of a histogram are mostly empty
        different, counts = different[counts > 0], counts[counts > 0]
    z = points[:, None] - different  # megabytes, so everything else is done in their place
    z /= bandwidth
    z *= z
    z *= -0.5
    np.exp(z, out=z)
    whole = len(values) * bandwidth * np.sqrt(2 * np.pi)
    density: Array = z @ counts / whole
    return density


def compare(intra: Array, inter: Array) -> Distance:
    """Compares two sets of distances; both NaN where one has fewer than two."""
    if min(len(intra), len(inter)) < 2:
        return Distance(float("nan"), float("nan"))
    low, high = min(intra.min(), inter.min()), max(intra.max(), inter.max())
    least = 0.01 * (high - low) or 1.0
    widths = _bandwidth(intra, least), _bandwidth(inter, least)
    points = np.linspace(low - 3 * max(widths), high + 3 * max(widths), POINTS)
    p, q = density(intra, widths[0], points), density(inter, widths[1], points)
    p, q = p / p.sum(), q / q.sum()
    p_safe, q_safe = np.maximum(p, _LEAST_DENSITY), np.maximum(q, _LEAST_DENSITY)
    divergence = float((p_safe * np.log(p_safe / q_safe)).sum())
    return Distance(float(np.minimum(p, q).sum()), max(0.0, divergence))


def distance(people: Array, model: Array) -> Distance:
    """Returns how far a model's values are from people's.

    Args:
        people: [melodies] or [melodies, bins].
        model: The same of the model's melodies.
    """
    return compare(intra_distances(people), inter_distances(people, model))
