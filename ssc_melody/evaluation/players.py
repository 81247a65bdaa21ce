"""What is compared: networks and Markov chains, each of which predicts and continues melodies."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import NO_EVENT
from ssc_melody.evaluation.markov import MarkovChain
from ssc_melody.evaluation.melodies import View, view_of
from ssc_melody.network.cells import softmax
from ssc_melody.play import sampling as engine
from ssc_melody.play.batching import in_threads
from ssc_melody.play.choice import Sampling
from ssc_melody.play.model import Model
from ssc_melody.play.shaping import event_shares

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

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
        done = in_threads(
            lambda batch: self._fit_batch([melodies[i] for i in batch]), batches, len(batches)
        )
        for batch, results in zip(batches, done, strict=True):
            for i, row in zip(batch, results, strict=True):
                rows[i] = row
        return _fit_of_rows(rows)

    def _fit_batch(self, melodies: list[Sequence[int]]) -> list[Sequence[float]]:
        longest = max(len(events) for events in melodies)
        table = np.full((len(melodies), longest), NO_EVENT)
        for row, events in zip(table, melodies, strict=True):
            row[: len(events)] = events
        encoding = self.model.encoding
        batch = engine.Batch(self.model.network, encoding, len(table), longest)
        no_event = int(encoding.index(NO_EVENT))
        measured = np.zeros((3, len(table), longest))
        for i, following in enumerate(engine.listen(batch, table)):
            logits = batch.logits.astype(np.float64) / (self.model.temperature or 1.0)
            shares = event_shares(encoding, batch.encoder, softmax(logits))
            measured[:, :, i] = measure(shares, encoding.index(following), no_event)
        return [
            _sum_up(bits, hits > 0, happens > 0)
            for bits, hits, happens in (
                measured[:, i, : max(0, len(events) - 1)] for i, events in enumerate(melodies)
            )
        ]

    def continue_all(self, primers: IntArray, num_steps: int, decoding: str, seed: int) -> IntArray:
        """Continues primers; equal ones into what `Model.generate` makes of them."""
        temperature = self.model.temperature or self.temperature
        sampling = Sampling(temperature=temperature, decoding=decoding)
        draws = np.random.RandomState(seed).random_sample((len(primers), num_steps))
        parts = [slice(i, i + _ROWS) for i in range(0, len(primers), _ROWS)]

        def extend(part: slice) -> IntArray:
            numbers = draws[part]
            events, _ = engine.generate(
                self.model.network,
                self.model.encoding,
                primers[part],
                primers.shape[1] + num_steps,
                sampling,
                None if sampling.argmax else lambda step: numbers[:, step],
            )
            return events

        done = list(in_threads(extend, parts, len(parts)))
        length = primers.shape[1] + num_steps
        return np.concatenate(done) if done else np.zeros((0, length), dtype=np.int64)


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
