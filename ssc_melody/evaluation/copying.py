"""How much of a melody stands in the training set, note for note."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

_SEED = 20201  # of the hash; fixed, so that equal data give equal hashes
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Hashes = npt.NDArray[np.uint64]


def note_tokens(events: Sequence[int]) -> list[tuple[int, ...]]:
    """Splits a melody where notes begin: a token is a note and what follows till the next.

    What comes before the first note is left out, and so is the last note, whose end may be cut.
    """
    starts = [step for step, event in enumerate(events) if event >= 0]
    return [tuple(events[start:end]) for start, end in itertools.pairwise(starts)]


class TrainingIndex:
    """All note sequences of a training set, to look for copies.

    Sequences are compared by 64-bit hashes (a polynomial over random values of the notes), so that
    two different ones among a million agree with a chance of some 10**-8.
    """

    def __init__(self, melodies: Iterable[Sequence[int]]) -> None:
        """Takes melodies in the view in which copies are looked for."""
        self._values: dict[tuple[int, ...], int] = {}
        self._random = np.random.default_rng(_SEED)
        hashed = [self._hash(note_tokens(events), grow=True) for events in melodies]
        self._notes = np.concatenate([np.zeros(0, dtype=np.uint64), *hashed])
        lengths = [np.arange(len(part), 0, -1) for part in hashed]
        self._left = np.concatenate([np.zeros(0, dtype=np.int64), *lengths])
        self._sets: list[Hashes] = []
        self._last = np.zeros_like(self._notes)

    def longest_copies(self, melodies: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
        """Returns, for each melody, how many successive notes stand so in one training melody.

        Pitches (in the view's key), rhythm and rests must agree.
        """
        notes = [self._hash(note_tokens(events), grow=False) for events in melodies]
        longest = np.zeros(len(melodies), dtype=np.int64)
        last = [np.zeros_like(part) for part in notes]
        alive = [i for i, part in enumerate(notes) if len(part)]
        length = 0
        while alive:
            known = self._sequences(length)
            length += 1
            kept = []
            for i in alive:
                count = len(notes[i]) - length + 1
                if count < 1:
                    continue
                with np.errstate(over="ignore"):
                    last[i] = last[i][:count] * _MULTIPLIER + notes[i][length - 1 :]
                at = np.searchsorted(known, last[i])
                at[at == len(known)] = 0
                if len(known) and (known[at] == last[i]).any():
                    longest[i] = length
                    kept.append(i)
            alive = kept
        return longest

    def _hash(self, tokens: list[tuple[int, ...]], grow: bool) -> Hashes:
        """Returns a random value a token; unknown ones get values that nothing else has."""
        values = []
        for token in tokens:
            value = self._values.get(token)
            if value is None:
                value = int(self._random.integers(0, 2**64, dtype=np.uint64))
                if grow:
                    self._values[token] = value
            values.append(value)
        return np.array(values, dtype=np.uint64)

    def _sequences(self, i: int) -> Hashes:
        """Returns the sorted hashes of all sequences of i + 1 notes."""
        while len(self._sets) <= i:
            length = len(self._sets) + 1
            ends = len(self._notes) - length + 1
            if ends < 1:
                self._sets.append(np.zeros(0, dtype=np.uint64))
                continue
            with np.errstate(over="ignore"):
                self._last = self._last[:ends] * _MULTIPLIER + self._notes[length - 1 :]
            self._sets.append(np.unique(self._last[self._left[:ends] >= length]))
        return self._sets[i]
