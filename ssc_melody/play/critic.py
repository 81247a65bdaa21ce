"""A critic: how much a melody is like people's, and not like what models make.

    model.generate(10, 128, primer=[60], choose_from=10)

A logistic regression on counts of small figures, trained by make_bundles on windows of the training
corpus against what the shipped models make of the same bars, hot and cooled. A figure is

    step      interval to the next note, time to it
    place     where in the bar a note begins, time to the next
    turn      two steps
    metre     where in a beat it begins, its interval, how long it sounds
    length    how long a note sounds
    bar       the places in a bar where notes begin
    number    how many notes begin in a bar
    echo      whether a bar has the rhythm, or the notes, of one, two or four bars before

Figures are hashed into BUCKETS (K. Weinberger et al., "Feature hashing for large scale multitask
learning", ICML 2009); a melody is the square roots of its counts, for each kind divided by their
norm, so that neither its length nor its density weighs by itself. Only notes that begin after the
primer count. `evaluation`'s judges have other inputs and never see what this was trained on. Left
out: pitch itself, so that a key does not matter.

The file is a TFRecord file (see `formats.tfrecord`) of two records, a JSON header and 32-bit
floats, one a bucket:

    {"format": "ssc_melody critic", "version": 1, "buckets": 4096, "bias": 0.1}
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ssc_melody.errors import FormatError, OptionError, SscMelodyError, about
from ssc_melody.formats import headed
from ssc_melody.melody.events import melody_notes
from ssc_melody.melody.hashing import mixed
from ssc_melody.melody.melody import Melody
from ssc_melody.play.shipped import shipped_files

BUCKETS = 4096
NAME = "corpus_train.critic"
FORMAT, VERSION = "ssc_melody critic", 1
WHAT = "a critic"
_HEADER = {"format": str, "version": int, "buckets": int, "bias": float}

_OCTAVE, _BAR, _BEAT = 12, 16, 4
_ECHOES = (1, 2, 4)
_NONE = 31
"""Instead of an interval or a time where no note follows."""

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Made = TypeVar("Made")


def figures(events: Sequence[int], start: int = 0) -> tuple[IntArray, Array]:
    """Returns the buckets of a melody's figures, and what they count.

    Args:
        events: Melody events, sixteenths.
        start: The first step whose notes count.

    Returns:
        [figures] buckets, kind after kind, and in them the roots of the shares of their kind.
    """
    notes = [note for note in melody_notes(events) if note.start_step >= start]
    begins = np.array([note.start_step for note in notes], np.int64)
    pitches = np.array([note.pitch for note in notes], np.int64)
    lasts = np.minimum([note.end_step - note.start_step for note in notes], 2 * _BAR)
    lasts = lasts.astype(np.int64)
    leaps = np.clip(np.diff(pitches), -_OCTAVE - 1, _OCTAVE + 1) + _OCTAVE + 1
    times = np.minimum(np.diff(begins), 2 * _BAR - 1)
    steps = leaps * 32 + times
    to_next = np.append(leaps, _NONE)[: len(notes)]
    until = np.append(times, _NONE)[: len(notes)]
    numbers = [
        steps,
        (begins % _BAR) * 32 + until,
        steps[:-1] * 1024 + steps[1:],
        ((begins % _BEAT) * 32 + to_next) * 64 + lasts,
        lasts,
        *_of_bars(begins, pitches, start // _BAR, len(events) // _BAR),
    ]
    found, shares = [], []
    for kind, values in enumerate(numbers):
        different, counts = np.unique(values, return_counts=True)
        found.append(different + (kind << 40))
        shares.append(np.sqrt(counts / max(1, len(values))))
    with np.errstate(over="ignore"):
        hashes = mixed(np.concatenate(found).astype(np.uint64))
    return (hashes % np.uint64(BUCKETS)).astype(np.int64), np.concatenate(shares)


def _of_bars(begins: IntArray, pitches: IntArray, first: int, bars: int) -> list[IntArray]:
    """Returns the rhythm of each bar, its number of notes, and how bars come again."""
    rhythms, tunes = np.zeros(bars, np.int64), np.zeros(bars, np.uint64)
    inside = begins < bars * _BAR
    bar, place = begins[inside] // _BAR, begins[inside] % _BAR
    np.add.at(rhythms, bar, 1 << place)
    with np.errstate(over="ignore"):
        np.add.at(tunes, bar, mixed((pitches[inside] * _BAR + place).astype(np.uint64)))
    echoes = []
    for i, distance in enumerate(_ECHOES):
        later, before = slice(first + distance, bars), slice(first, max(first, bars - distance))
        sounds = rhythms[later] > 0
        same = (rhythms[later] == rhythms[before]) * 1 + (tunes[later] == tunes[before])
        echoes.append((i * 4 + same)[sounds])
    numbers = np.bincount(bar, minlength=bars)
    return [rhythms[first:], numbers[first:], np.concatenate(echoes)]


@dataclasses.dataclass(frozen=True)
class Critic:
    """What a melody's figures speak for.

    Attributes:
        weights: [BUCKETS] for people, if positive.
        bias: The same of every melody.
    """

    weights: npt.NDArray[np.float32]
    bias: float

    def score(self, events: Sequence[int], start: int = 0) -> float:
        """Returns the logarithm of the odds that a person wrote a melody.

        Args:
            events: Melody events, sixteenths.
            start: The first step whose notes count.
        """
        found, shares = figures(events, start)
        if not len(found):
            return -np.inf
        return float(self.weights[found] @ shares + self.bias)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes a file.

        Raises:
            SscMelodyError: It cannot be written.
        """
        header = {"format": FORMAT, "version": VERSION, "buckets": BUCKETS, "bias": self.bias}
        headed.write(path, header, self.weights.astype("<f4").tobytes())


def read(path: str | os.PathLike[str]) -> Critic:
    """Reads a critic.

    Raises:
        SscMelodyError: It is not such a file, a damaged one, or one of another version.
    """
    known = {"format": FORMAT, "version": VERSION, "buckets": BUCKETS}
    header, body = headed.read(path, WHAT, _HEADER, known, SscMelodyError)
    with about(f"{path}: expected {WHAT}, found another file", SscMelodyError):
        if body is None or len(body) != 4 * BUCKETS:
            raise FormatError(f"its header says {BUCKETS} weights")
        weights = np.frombuffer(body, "<f4")
        if not np.isfinite([*weights, header["bias"]]).all():
            raise FormatError("weights that are not numbers")
    return Critic(weights, header["bias"])


@functools.cache
def shipped() -> Critic:
    """Returns the critic that comes with this library.

    Raises:
        OptionError: None comes with it.
    """
    path = next(iter(shipped_files(NAME)), None)
    if path is None:
        raise OptionError(f"choose_from: the critic that chooses is missing: no file {NAME}")
    return read(path)


def best_of(made: Sequence[Made], choose_from: int) -> list[Made]:
    """Returns of each `choose_from` melodies the one that the critic likes best.

    So that the first ones do not depend on how many are made, those that were drawn one after the
    other compete, not all with all.

    Raises:
        OptionError: They are not melodies, or no critic comes with this library.
    """
    if choose_from == 1:
        return list(made)
    if not all(isinstance(melody, Melody) for melody in made):
        raise OptionError("choose_from: the critic knows melodies only")
    likes = [shipped().score(melody.events, melody.primer_steps) for melody in made]  # type: ignore[attr-defined]
    groups = range(0, len(made), choose_from)
    return [made[max(range(i, i + choose_from), key=likes.__getitem__)] for i in groups]
