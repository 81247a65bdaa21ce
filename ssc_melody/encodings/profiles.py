"""Rhythm profiles: bars and beats of a melody, each the nearest of a few patterns of onsets.

Follows "A Hierarchical Recurrent Neural Network for Symbolic Melody Generation" (Wu, Hu, Wang, Hu,
Zhu; arXiv 1712.05274): a bar (16 steps of 4/4), and a beat (4 steps), is a pattern of ones where a
note begins and zeros; its profile is the k-means cluster of that pattern.

Left out: other metres. Ours: clusters are ordered by how often they occur, and kept as text (two
hexadecimal digits a value, in hundredths), so that a config can hold them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings.vocabulary import IntArray
from ssc_melody.errors import SpecError

BAR, BEAT = 16, 4
"""Steps."""

MAX_PROFILES = 256
_ROUNDS = 50
_PERCENT = 100

FloatTable = npt.NDArray[np.float64]


class Profiles(NamedTuple):
    """The centres of the clusters, the commonest first.

    Attributes:
        bars: [bar profiles, 16] shares of its bars in which a note begins at each step.
        beats: [beat profiles, 4] the same of beats.
    """

    bars: FloatTable
    beats: FloatTable

    def text(self) -> str:
        """Returns them as `parse_profiles` reads them."""
        tables = (
            ",".join("".join(f"{value:02x}" for value in row) for row in _percent(table))
            for table in self
        )
        return "|".join(tables)

    def of_bars(self, events: Sequence[int] | IntArray) -> IntArray:
        """Returns [bars] the profile of each bar of a melody; a part of a bar counts as one."""
        return nearest_centre(patterns(events, BAR), self.bars)

    def of_beats(self, events: Sequence[int] | IntArray) -> IntArray:
        """Returns [beats] the profile of each beat of a melody; a part of a beat counts as one."""
        return nearest_centre(patterns(events, BEAT), self.beats)


def _percent(table: FloatTable) -> list[list[int]]:
    found: list[list[int]] = np.rint(table * _PERCENT).astype(int).tolist()
    return found


@functools.lru_cache(maxsize=32)
def parse_profiles(text: str) -> Profiles:
    """Reads what `Profiles.text` gives.

    Raises:
        SpecError: It is something else.
    """
    try:
        bars, beats = (
            _table(part, width) for part, width in zip(text.split("|"), (BAR, BEAT), strict=True)
        )
    except ValueError:
        raise SpecError(
            f"profiles: expected rows of {2 * BAR} hexadecimal digits, a bar, and rows of "
            f"{2 * BEAT}, got {text[:50]!r}"
        ) from None
    return Profiles(bars, beats)


def _table(text: str, width: int) -> FloatTable:
    rows = text.split(",")
    if len(rows) > MAX_PROFILES or any(len(row) != 2 * width for row in rows):
        raise ValueError
    values = np.array([list(bytes.fromhex(row)) for row in rows], dtype=np.float64) / _PERCENT
    if values.max() > 1:
        raise ValueError
    return values


def patterns(events: Sequence[int] | IntArray, steps: int) -> FloatTable:
    """Returns [parts, steps] ones where a note of a melody begins, in parts of so many steps."""
    array = np.asarray(events, dtype=np.int64)
    whole = np.pad(array, (0, -len(array) % steps), constant_values=-1)
    found: FloatTable = (whole >= 0).astype(np.float64).reshape(-1, steps)
    return found


def nearest_centre(points: FloatTable, centres: FloatTable) -> IntArray:
    """Returns [points] the index of the nearest centre of each, the first of equals."""
    distances = (centres**2).sum(axis=1) - 2 * points @ centres.T
    found: IntArray = np.round(distances, 9).argmin(axis=1)
    return found


def cluster(points: FloatTable, count: int, seed: int) -> FloatTable:
    """Returns [count or fewer, size] the centres that k-means finds, the commonest first.

    Args:
        points: [points, size].
        count: How many centres; there are never more than different points.
        seed: Start of the random numbers that choose the first centres (k-means++).

    Source: S. Lloyd, "Least squares quantization in PCM", 1982; D. Arthur, S. Vassilvitskii,
        "k-means++", 2007.
    """
    different, weights = np.unique(points, axis=0, return_counts=True)
    random = np.random.default_rng(seed)
    centres = different[random.choice(len(different), p=weights / weights.sum())][None]
    while len(centres) < min(count, len(different)):
        apart = ((different[:, None] - centres[None]) ** 2).sum(axis=2).min(axis=1) * weights
        chosen = random.choice(len(different), p=apart / apart.sum())
        centres = np.vstack([centres, different[chosen]])
    for _ in range(_ROUNDS):
        member = nearest_centre(different, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, member, different * weights[:, None])
        sizes = np.bincount(member, weights, minlength=len(centres))
        new = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres)
        if np.array_equal(new, centres):
            break
        centres = new
    centres = np.rint(centres * _PERCENT) / _PERCENT
    order = np.argsort(-np.bincount(nearest_centre(points, centres), minlength=len(centres)))
    found: FloatTable = centres[order]
    return found


def find_profiles(
    melodies: Sequence[Sequence[int] | IntArray], bars: int = 16, beats: int = 8, seed: int = 0
) -> Profiles:
    """Returns the profiles of melodies in 4/4 that begin on a bar line.

    Args:
        melodies: Their events.
        bars: How many bar profiles.
        beats: How many beat profiles.
        seed: Start of the random numbers.
    """
    return Profiles(
        cluster(np.vstack([patterns(events, BAR) for events in melodies]), bars, seed),
        cluster(np.vstack([patterns(events, BEAT) for events in melodies]), beats, seed),
    )
