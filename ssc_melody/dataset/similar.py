"""Near-duplicates: melodies that share runs of intervals, whatever their key, rhythm and octave.

A run is RUN successive intervals (semitones from a note to the next), kept as a 64-bit hash; a
melody with fewer intervals is one run, which only a melody of the same intervals shares. Repeated
notes, scales and trills are runs like any other, so a shared run does not prove a copy; what must
not be seen in training is left out all the same.

`dataset.sieve` decides by them.

Left out: shared rhythms, inversions, ornaments (one more note changes RUN runs).
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from ssc_melody.dataset import events_file
from ssc_melody.melody.hashing import Hashes, of_runs

RUN = 12
"""Intervals of a run: enough that most are of one tune."""

MAX_RUNS = 2**26
"""Above it (512 MB) only every second run is compared, then every fourth, and so on."""

_RECENT = 2**16


def runs_of(events: Sequence[int]) -> Hashes:
    """Returns the runs of a melody, each once, by rising hash.

    Args:
        events: One a step: -2 goes on, -1 ends the note, 0..127 begin one.
    """
    steps = np.asarray(events, np.int64)
    intervals = np.diff(steps[steps >= 0])
    length = min(RUN, len(intervals))
    if not length:
        return np.zeros(0, np.uint64)
    # Odd and positive, so that neither a unison nor the length is lost in the product.
    values = (2 * (intervals + 128) + 1).astype(np.uint64)
    return np.unique(of_runs(values, length))


class Runs:
    """A set of runs: exact up to MAX_RUNS, then of a part of them; 18 bytes each at most."""

    def __init__(self, most: int = MAX_RUNS) -> None:
        """Takes how many are kept."""
        self._most = most
        self._halvings = 0
        self._sorted = np.zeros(0, np.uint64)
        self._recent: set[int] = set()

    def __len__(self) -> int:
        """Returns how many are kept."""
        self._merge()
        return len(self._sorted)

    def _compared(self, runs: Hashes) -> Hashes:
        return runs if not self._halvings else runs[runs >> np.uint64(64 - self._halvings) == 0]

    def add(self, runs: Hashes) -> None:
        """Adds the runs of a melody."""
        self._recent.update(self._compared(runs).tolist())
        if len(self._recent) > max(_RECENT, len(self._sorted) // 8):
            self._merge()

    def _merge(self) -> None:
        recent = np.fromiter(self._recent, np.uint64, len(self._recent))
        self._sorted = np.union1d(self._sorted, recent)
        self._recent.clear()
        while len(self._sorted) > self._most:
            self._halvings += 1
            self._sorted = self._compared(self._sorted).copy()

    def share_known(self, runs: Hashes) -> float:
        """Returns which part of a melody's runs is in the set (0 to 1)."""
        runs = self._compared(runs)
        if not len(runs):
            return 0.0
        known = np.zeros(len(runs), np.bool_)
        if len(self._sorted):
            at = np.searchsorted(self._sorted, runs)
            at[at == len(self._sorted)] = 0
            known = self._sorted[at] == runs
        if self._recent:
            known |= np.fromiter((run in self._recent for run in runs.tolist()), np.bool_)
        return float(known.mean())


def runs_of_file(path: str | os.PathLike[str]) -> Runs:
    """Returns the runs of a file of events.

    Raises:
        DataError: It cannot be read, or is none.
    """
    found = Runs()
    for events in events_file.read_events(path):
        found.add(runs_of(events))
    return found
