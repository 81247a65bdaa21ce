"""Hashes of numbers that are the same on every machine, for indices and hashed features."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

BASE = np.uint64(0x9E3779B97F4A7C15)
"""Of polynomials over the numbers of a run."""


def mixed(values: Hashes) -> Hashes:
    """Spreads the bits (S. Vigna's splitmix64, public domain)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: Hashes = values ^ (values >> np.uint64(31))
    return spread


def of_runs(values: Hashes, length: int) -> Hashes:
    """Returns the hash of each run of so many successive values, in order."""
    count = max(0, len(values) - length + 1)
    total = np.zeros(count, np.uint64)
    with np.errstate(over="ignore"):
        for i in range(length):
            total = total * BASE + values[i : count + i]
        return mixed(total)
