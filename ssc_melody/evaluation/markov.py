"""Markov chains over melody events: the baseline that a network has to beat.

Order n predicts an event from the n events before it. The estimates are interpolated with those
of the order below, down to a uniform distribution, with Witten and Bell's weights:

    P(e | h) = (c(h e) + T(h) P(e | h')) / (c(h) + T(h))

c counts in the training set, T(h) is the number of different events seen after h, and h' is h
without its first event. At the beginning of a melody, h is what there is.

References:
    I. H. Witten, T. C. Bell, "The zero-frequency problem", IEEE Transactions on Information
    Theory 37(4), 1991 (method C).
    S. F. Chen, J. Goodman, "An empirical study of smoothing techniques for language modeling",
    Harvard TR-10-98, 1998 (the interpolated form).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import NUM_SPECIAL_EVENTS
from ssc_melody.encodings import OneHotEncoding
from ssc_melody.errors import MelodyError, OptionError

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MAX_ORDER = 3


@dataclasses.dataclass(frozen=True)
class _Table:
    """What followed each context of one length.

    Attributes:
        contexts: Sorted codes of the contexts that were seen.
        starts: Where each context's rows begin in `events` and `counts`, and one end more.
        events: Codes of the events that followed.
        counts: How often.
    """

    contexts: IntArray
    starts: IntArray
    events: IntArray
    counts: IntArray

    def interpolate(self, context: int, lower: Array) -> Array:
        """Returns the estimate for a context, given that of the order below."""
        i = int(np.searchsorted(self.contexts, context))
        if i == len(self.contexts) or self.contexts[i] != context:
            return lower
        rows = slice(self.starts[i], self.starts[i + 1])
        counts = self.counts[rows]
        shares: Array = len(counts) * lower
        shares[self.events[rows]] += counts
        shares /= counts.sum() + len(counts)
        return shares


@dataclasses.dataclass(frozen=True)
class MarkovChain:
    """A fitted chain.

    Event e has the code of Magenta's one-hot class: -2 is 0, -1 is 1, min_note is 2.

    Attributes:
        order: Length of the context in events.
        encoding: Pitch range and codes.
    """

    order: int
    encoding: OneHotEncoding
    tables: tuple[_Table, ...] = dataclasses.field(repr=False)
    _cache: dict[int, Array] = dataclasses.field(default_factory=dict, repr=False)

    def distribution(self, context: Sequence[int]) -> Array:
        """Returns [codes] the probability of each next event.

        Args:
            context: The melody so far; only its last `order` events count.
        """
        recent = context[max(0, len(context) - self.order) :]
        return self._of_codes(tuple(self._codes(recent).tolist()))

    def probabilities(self, events: Sequence[int]) -> Array:
        """Returns [len(events) - 1, codes] the distribution of each event but the first."""
        codes = self._codes(events).tolist()
        rows = [
            self._of_codes(tuple(codes[max(0, i - self.order) : i])) for i in range(1, len(codes))
        ]
        return np.array(rows).reshape(len(rows), self.encoding.num_classes)

    def bits_per_step(self, melodies: Iterable[Sequence[int]]) -> float:
        """Returns the mean of -log2 P over all steps of all melodies, first steps given."""
        bits, steps = 0.0, 0
        for events in melodies:
            shares = self.probabilities(events)
            chosen = shares[np.arange(len(shares)), self._codes(events)[1:]]
            bits -= float(np.log2(chosen).sum())
            steps += len(chosen)
        if not steps:
            raise MelodyError("bits per step: expected a melody of two steps or more, found none")
        return bits / steps

    def generate(
        self,
        primer: Sequence[int],
        num_steps: int,
        random: np.random.RandomState,
        decoding: str = "sample",
    ) -> list[int]:
        """Continues a primer.

        Args:
            primer: Melody events, all within the pitch range.
            num_steps: Length of the result, the primer included.
            random: Where the numbers come from, one an event.
            decoding: 'sample' draws, 'argmax' takes the likeliest event.
        """
        codes = self._codes(primer).tolist()
        for draw in random.random_sample(max(0, num_steps - len(codes))):
            shares = self._of_codes(tuple(codes[max(0, len(codes) - self.order) :]))
            if decoding == "argmax":
                codes.append(int(shares.argmax()))
                continue
            cumulative = shares.cumsum()
            codes.append(int(np.searchsorted(cumulative, draw * cumulative[-1], side="right")))
        return [int(event) for event in self.encoding.event(np.array(codes, dtype=np.int64))]

    def _codes(self, events: Sequence[int]) -> IntArray:
        return _codes(events, self.encoding)

    def _of_codes(self, codes: tuple[int, ...]) -> Array:
        key = _number(codes, self.encoding.num_classes) * (MAX_ORDER + 1) + len(codes)
        if key not in self._cache:
            size = self.encoding.num_classes
            shares = np.full(size, 1.0 / size)
            for length in range(len(codes) + 1):
                context = _number(codes[len(codes) - length :], size)
                shares = self.tables[length].interpolate(context, shares)
            self._cache[key] = shares
        return self._cache[key]


def _number(codes: Sequence[int], size: int) -> int:
    number = 0
    for code in codes:
        number = number * size + code
    return number


def _codes(events: Sequence[int], encoding: OneHotEncoding) -> IntArray:
    array = np.asarray(events, dtype=np.int64)
    codes = encoding.index(array)
    wrong = (array < -NUM_SPECIAL_EVENTS) | (codes < 0) | (codes >= encoding.num_classes)
    wrong |= (array >= 0) & (array < encoding.min_note)
    if wrong.any():
        raise MelodyError(
            f"Markov chain: expected events -2, -1 or {encoding.min_note}.."
            f"{encoding.max_note - 1}, found {array[wrong][0]}"
        )
    return codes


def _table(melodies: Sequence[IntArray], length: int, size: int) -> _Table:
    """Counts what follows the contexts of `length` events."""
    grams = [np.zeros(0, dtype=np.int64)]
    for codes in melodies:
        count = len(codes) - length
        if count > 0:
            number = np.zeros(count, dtype=np.int64)
            for i in range(length + 1):
                number = number * size + codes[i : i + count]
            grams.append(number)
    found, counts = np.unique(np.concatenate(grams), return_counts=True)
    contexts, starts = np.unique(found // size, return_index=True)
    return _Table(contexts, np.append(starts, len(found)), found % size, counts)


def fit(
    melodies: Iterable[Sequence[int]], order: int, min_note: int = 48, max_note: int = 84
) -> MarkovChain:
    """Fits a chain to melodies.

    Args:
        melodies: Events, within the pitch range (see `melody.events.squash`).
        order: 0 to 3.
        min_note: Lowest MIDI pitch.
        max_note: One above the highest MIDI pitch.

    Raises:
        OptionError: The order is not 0 to 3.
        MelodyError: An event is outside of the pitch range.
    """
    if not 0 <= order <= MAX_ORDER:
        raise OptionError(f"order of a Markov chain: expected 0 to {MAX_ORDER}, got {order}")
    encoding = OneHotEncoding(min_note, max_note)
    coded = [_codes(events, encoding) for events in melodies]
    tables = tuple(_table(coded, length, encoding.num_classes) for length in range(order + 1))
    return MarkovChain(order, encoding, tables)
