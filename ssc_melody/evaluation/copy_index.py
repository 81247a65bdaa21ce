"""What finds copies of a training set that is not at hand: hashes of its runs of notes.

A run is RUN successive notes: for each the interval to the next note, how long it sounds, and how
long it is until the next begins. Kept are 32 bits of a hash, from which no melody can be had. A
run that is not in the training set is taken for one that is with a chance of (runs kept) / 2**32.

A file is a TFRecord file (see `formats.tfrecord`) of two records, a JSON header and the rising
hashes as their differences, 16 bits each; a difference of more is made of several, whose sums in
between count as hashes too (some twenty of 700,000):

    {"format": "ssc_melody copies", "version": 1, "run": 8, "runs": 700000}

Left out: runs of fewer notes, which are in all music; `copying.TrainingIndex` has all lengths and
needs the melodies.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.errors import DataError, FormatError, about
from ssc_melody.formats import headed
from ssc_melody.melody.hashing import mixed, of_runs

RUN = 8
"""Notes of a run: with fewer, runs of different melodies add up to what nobody wrote."""

FORMAT, VERSION = "ssc_melody copies", 1
WHAT = "an index of copies"
_HEADER = {"format": str, "version": int, "run": int, "runs": int}
_MOST = 2**16 - 1

Hashes = npt.NDArray[np.uint32]


def runs_of(events: Sequence[int]) -> Hashes:
    """Returns the hash of each run of a melody, in order.

    Args:
        events: -2 goes on, -1 ends the note, 0..127 begin one.
    """
    array = np.asarray(events, np.int64)
    starts = np.flatnonzero(array >= 0)
    notes = len(starts) - 1  # the last may be cut
    if notes < RUN:
        return np.zeros(0, np.uint32)
    until = np.diff(starts)
    ends = np.flatnonzero(array == -1)
    ended = np.append(ends, len(array))[np.searchsorted(ends, starts[:-1])]
    sounds = np.minimum(ended - starts[:-1], until)
    values = np.diff(array[starts]) + 128 + (until << 8) + (sounds << 32)
    with np.errstate(over="ignore"):
        tokens = mixed(values.astype(np.uint64))
    hashes: Hashes = (of_runs(tokens, RUN) >> np.uint64(32)).astype(np.uint32)
    return hashes


class CopyIndex:
    """The runs of a training set, to look for copies.

    Attributes:
        runs: Their hashes, each once, by rising value.
    """

    def __init__(self, runs: Hashes) -> None:
        """Takes the hashes."""
        self.runs = runs

    @classmethod
    def of(cls, melodies: Iterable[Sequence[int]]) -> CopyIndex:
        """Returns the index of melodies."""
        parts = [np.zeros(0, np.uint32), *(np.unique(runs_of(events)) for events in melodies)]
        return cls(np.unique(np.concatenate(parts)))

    def longest_copies(self, melodies: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
        """Returns, for each melody, its longest run of notes of which every RUN are in the set.

        Intervals, rhythm and rests must agree; fewer notes than RUN count as none.
        """
        return np.array([self._longest(runs_of(events)) for events in melodies], np.int64)

    def _longest(self, runs: Hashes) -> int:
        if not len(self.runs) or not len(runs):
            return 0
        at = np.searchsorted(self.runs, runs)
        at[at == len(self.runs)] = 0
        strange = np.flatnonzero(self.runs[at] != runs)
        longest = int(np.diff(strange, prepend=-1, append=len(runs)).max()) - 1
        return longest + RUN - 1 if longest else 0

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes a file.

        Raises:
            SscMelodyError: It cannot be written.
        """
        steps = np.diff(self.runs.astype(np.int64), prepend=0)
        over = np.maximum(steps - 1, 0) // _MOST
        parts = np.full(len(steps) + int(over.sum()), _MOST, "<u2")
        parts[np.cumsum(over + 1) - 1] = steps - _MOST * over
        header = {"format": FORMAT, "version": VERSION, "run": RUN, "runs": len(parts)}
        headed.write(path, header, parts.tobytes())


def read(path: str | os.PathLike[str]) -> CopyIndex:
    """Reads an index.

    Raises:
        DataError: It is not such a file, a damaged one, or one of another version.
    """
    known = {"format": FORMAT, "version": VERSION, "run": RUN}
    header, body = headed.read(path, WHAT, _HEADER, known, DataError)
    with about(f"{path}: expected {WHAT}, found another file", DataError):
        if body is None or len(body) != 2 * header["runs"]:
            raise FormatError(f"its header says {header['runs']} runs")
        runs = np.cumsum(np.frombuffer(body, "<u2"), dtype=np.uint64)
        if len(runs) and runs[-1] >= 2**32:
            raise FormatError("hashes of more than 32 bits")
    return CopyIndex(runs.astype(np.uint32))
