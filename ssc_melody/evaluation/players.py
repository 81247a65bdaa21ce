"""What is compared: networks and Markov chains, each of which predicts and continues melodies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import NO_EVENT
from ssc_melody.cores import usable_cores
from ssc_melody.encodings import Encoder, Encoding
from ssc_melody.evaluation.markov import MarkovChain
from ssc_melody.evaluation.melodies import View, view_of
from ssc_melody.network.stack import NetworkState, step
from ssc_melody.play.model import Model
from ssc_melody.play.sampling import choose, probabilities

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
T = TypeVar("T")
R = TypeVar("R")

_ROWS = 64
"""Melodies a batch: enough for the matrix products, few enough for the cache."""


class Fit(NamedTuple):
    """How well melodies were predicted; an entry a melody, first steps left aside.

    Attributes:
        bits: Sum of -log2 P(event).
        events: Steps at which something happens (a note begins or ends).
        event_hits: Of these, how often the likeliest event was right.
        no_events: Steps at which nothing happens.
        no_event_hits: Of these, how often the likeliest event was right.
    """

    bits: Array
    events: Array
    event_hits: Array
    no_events: Array
    no_event_hits: Array

    @property
    def steps(self) -> Array:
        """Steps that were predicted."""
        return self.events + self.no_events


class Player(Protocol):
    """Something that predicts melodies and makes them."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    @property
    def view(self) -> View:
        """Key and range in which it knows melodies."""

    def fit(self, melodies: Sequence[Sequence[int]]) -> Fit:
        """Predicts each event of melodies (in the player's view) from those before it."""

    def continue_all(self, primers: IntArray, num_steps: int, decoding: str, seed: int) -> IntArray:
        """Continues [melodies, steps] primers; returns [melodies, primer steps + num_steps]."""


def measure(shares: Array, codes: IntArray, no_event: int) -> tuple[Array, Bools, Bools]:
    """Returns bits, hits, and where something happens, a value a step.

    Args:
        shares: [steps, codes] distribution of each step's event.
        codes: [steps] the events that came.
        no_event: The code of a no-event.
    """
    with np.errstate(divide="ignore"):  # an impossible event costs infinitely many bits
        bits = -np.log2(shares[np.arange(len(codes)), codes])
    return bits, shares.argmax(axis=1) == codes, codes != no_event


def _sum_up(bits: Array, hits: Bools, happens: Bools) -> list[float]:
    return [
        bits.sum(), happens.sum(), (hits & happens).sum(), (~happens).sum(), (hits & ~happens).sum()
    ]  # fmt: skip


def _fit_of_rows(rows: Sequence[Sequence[float]]) -> Fit:
    return Fit(*np.array(rows, dtype=np.float64).reshape(len(rows), len(Fit._fields)).T)


def event_shares(encoding: Encoding, encoder: Encoder, shares: Array) -> Array:
    """Returns [rows, codes] the probability of each event, its spellings added up.

    A lookback class says "as a bar ago", which some event's own class says too.

    Args:
        encoding: Of the model.
        encoder: Knows the melodies so far.
        shares: [rows, classes] the network's distribution.
    """
    summed = shares[:, : encoding.first_lookback].copy()
    rows = np.arange(len(shares))
    for i, distance in enumerate(encoding.lookbacks):
        summed[rows, encoding.index(encoder.back(distance))] += shares[
            :, encoding.first_lookback + i
        ]
    return summed


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class _Rows:
    """A batch of melodies that a network listens to."""

    def __init__(self, model: Model, rows: int, capacity: int) -> None:
        self.model = model
        self.encoder = model.encoding.encoder(rows, capacity)
        self.state = NetworkState(model.network, rows)
        self.inputs = np.zeros((rows, model.encoding.input_size), dtype=np.float32)

    def push(self, events: IntArray) -> npt.NDArray[np.float32]:
        """Tells the network an event a row and returns its logits."""
        self.encoder.push(events, self.inputs)
        return step(self.model.network, self.state, self.inputs)


@dataclasses.dataclass(frozen=True)
class NetworkPlayer:
    """A model of this library, at a temperature."""

    name: str
    model: Model
    temperature: float = 1.0

    @property
    def view(self) -> View:
        """Key and range that the model was trained in."""
        return view_of(self.model.spec)

    def fit(self, melodies: Sequence[Sequence[int]]) -> Fit:
        """Predicts each event; at temperature 1, or what an old bundle fixes."""
        order = sorted(range(len(melodies)), key=lambda i: (-len(melodies[i]), i))
        batches = [order[i : i + _ROWS] for i in range(0, len(order), _ROWS)]
        rows: list[Sequence[float]] = [()] * len(melodies)
        done = _in_threads(lambda batch: self._fit_batch([melodies[i] for i in batch]), batches)
        for batch, results in zip(batches, done, strict=True):
            for i, row in zip(batch, results, strict=True):
                rows[i] = row
        return _fit_of_rows(rows)

    def _fit_batch(self, melodies: list[Sequence[int]]) -> list[Sequence[float]]:
        longest = max(len(events) for events in melodies)
        table = np.full((len(melodies), longest), NO_EVENT)
        for row, events in zip(table, melodies, strict=True):
            row[: len(events)] = events
        rows = _Rows(self.model, len(table), longest)
        encoding = self.model.encoding
        no_event = int(encoding.index(NO_EVENT))
        measured = np.zeros((3, len(table), longest))
        for i in range(longest - 1):
            logits = rows.push(table[:, i]).astype(np.float64) / (self.model.temperature or 1.0)
            shares = event_shares(encoding, rows.encoder, _softmax(logits))
            measured[:, :, i] = measure(shares, encoding.index(table[:, i + 1]), no_event)
        return [
            _sum_up(bits, hits > 0, happens > 0)
            for bits, hits, happens in (
                measured[:, i, : max(0, len(events) - 1)] for i, events in enumerate(melodies)
            )
        ]

    def continue_all(self, primers: IntArray, num_steps: int, decoding: str, seed: int) -> IntArray:
        """Continues primers; equal ones into what `Model.generate` makes of them."""
        random = np.random.RandomState(seed)
        draws = random.random_sample((len(primers), num_steps))
        batches = [slice(i, i + _ROWS) for i in range(0, len(primers), _ROWS)]
        done = _in_threads(
            lambda part: self._continue_batch(primers[part], draws[part], decoding), batches
        )
        return np.concatenate([*done]) if batches else np.zeros((0, num_steps), dtype=np.int64)

    def _continue_batch(self, primers: IntArray, draws: Array, decoding: str) -> IntArray:
        length = primers.shape[1] + draws.shape[1]
        rows = _Rows(self.model, len(primers), length)
        temperature = self.model.temperature or self.temperature
        for events in primers.T:
            logits = rows.push(events)
        for i in range(draws.shape[1]):
            shares = probabilities(logits, temperature)
            argmax = decoding == "argmax"
            classes = shares.argmax(axis=1) if argmax else choose(shares, draws[:, i])
            events = rows.encoder.decode(classes)
            if i + 1 < draws.shape[1]:
                logits = rows.push(events)
            else:
                rows.encoder.events[:, -1] = events
        return rows.encoder.events


@dataclasses.dataclass(frozen=True)
class MarkovPlayer:
    """A Markov chain, which knows no temperature."""

    name: str
    chain: MarkovChain
    view: View

    def fit(self, melodies: Sequence[Sequence[int]]) -> Fit:
        """Predicts each event."""
        encoding = self.chain.encoding
        no_event = int(encoding.index(NO_EVENT))
        rows = []
        for events in melodies:
            codes = encoding.index(np.asarray(events, dtype=np.int64))[1:]
            rows.append(_sum_up(*measure(self.chain.probabilities(events), codes, no_event)))
        return _fit_of_rows(rows)

    def continue_all(self, primers: IntArray, num_steps: int, decoding: str, seed: int) -> IntArray:
        """Continues primers."""
        random = np.random.RandomState(seed)
        length = primers.shape[1] + num_steps
        rows = [self.chain.generate(row.tolist(), length, random, decoding) for row in primers]
        return np.array(rows, dtype=np.int64).reshape(len(rows), length)


def _in_threads(work: Callable[[T], R], batches: Sequence[T]) -> Iterator[R]:
    """Yields work(batch) of each batch in order, one thread a core, one core a matrix product."""
    import threadpoolctl  # noqa: PLC0415 (20 ms that others need not spend)

    pool = ThreadPoolExecutor(usable_cores())
    try:
        with threadpoolctl.threadpool_limits(1, user_api="blas"):
            yield from pool.map(work, batches)
    finally:  # after Ctrl-C, say, nothing more is begun
        pool.shutdown(cancel_futures=True)
