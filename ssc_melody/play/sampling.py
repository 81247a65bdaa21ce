"""The one loop of the engine: a batch of sequences, extended step by step, with beam search.

Follows Magenta's events_rnn_model.py and beam_search.py draw for draw, for all melodies at once.
Stock makes one melody after another and draws one number per sequence and step; so the numbers of
melody m are a known slice of the stream, and a batch of melodies can use them side by side.

`generate`, `log_likelihood` and the players of `evaluation` are thin users of `Batch`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import Encoding, IntArray
from ssc_melody.network.cells import FloatArray
from ssc_melody.network.stack import Network, NetworkState, step
from ssc_melody.play.choice import Sampling, choose, probabilities
from ssc_melody.play.shaping import Kinds, plain_shares, shape

Progress = Callable[[int], None]
"""Called with the number of steps taken since the last call (one per melody)."""

Draws = Callable[[int], npt.NDArray[np.float64]]
"""Gives the [rows] uniform numbers of a step: cut from a stream beforehand, or drawn as needed."""

Stop = Callable[[IntArray], bool]
"""Tells of [rows, steps] events whether they are long enough."""


class Batch:
    """Sequences that are extended together.

    Attributes:
        encoder: The events so far, and what the network is fed.
        logits: [rows, classes] the network's last output.
        scores: [rows] sum of the logarithms of what was chosen.
    """

    def __init__(
        self,
        network: Network,
        encoding: Encoding,
        rows: int,
        capacity: int,
        controls: FloatArray | None = None,
    ) -> None:
        """Starts with nothing heard.

        Args:
            network: The weights.
            encoding: Its encoding.
            rows: How many sequences.
            capacity: Steps that there is room for at once.
            controls: [rows or 1, steps, control_size] what each step is conditioned on, for
                encodings with controls; beyond the last step the last one holds.
        """
        self.network, self.encoding, self.controls = network, encoding, controls
        self.encoder = encoding.encoder(rows, capacity)
        self.logits = np.zeros((rows, encoding.num_classes), dtype=np.float32)
        self.scores = np.zeros(rows, dtype=np.float32)
        self._state = NetworkState(network, rows)
        self._inputs = np.zeros((rows, encoding.input_size), dtype=np.float32)

    def push(self, events: IntArray) -> None:
        """Appends [rows] events and feeds them to the network."""
        self.encoder.push(events, self._inputs, self._controls_of(self.encoder.length + 1))
        with np.errstate(over="ignore", invalid="ignore"):  # `probabilities` refuses the outcome
            self.logits = step(self.network, self._state, self._inputs)

    def _controls_of(self, index: int) -> FloatArray | None:
        if self.controls is None:
            return None
        return self.controls[:, min(index, self.controls.shape[1] - 1)]

    def select(self, rows: IntArray) -> None:
        """Replaces the batch by its own rows, in that order (with repeats)."""
        self.encoder.select(rows)
        state = self._state
        if len(rows) != len(self.logits):
            self._state = NetworkState(self.network, len(rows))
            self._inputs = np.zeros((len(rows), self.encoding.input_size), dtype=np.float32)
        self._state.copy_rows(state, rows)
        self.logits = self.logits[rows]
        self.scores = self.scores[rows]
        if self.controls is not None and len(self.controls) > 1:
            self.controls = self.controls[rows]


def listen(batch: Batch, events: IntArray) -> Iterator[IntArray]:
    """Feeds [rows, steps] events to a batch; yields what comes next once its logits are known.

    Yields:
        [rows] the events that follow; `batch.logits` is what the network expected in their place.
    """
    for i in range(events.shape[1]):
        batch.push(events[:, i])
        if i + 1 < events.shape[1]:
            yield events[:, i + 1]


def log_likelihood(
    network: Network,
    encoding: Encoding,
    events: Sequence[int],
    temperature: float = 1.0,
    controls: FloatArray | None = None,
) -> float:
    """Returns the natural log of the probability of a melody, its first event given.

    Source: EventSequenceEncoderDecoder.evaluate_log_likelihood.

    Args:
        network: The weights.
        encoding: Its encoding.
        events: Events of the encoding's vocabulary, at least one.
        temperature: What the logits are divided by.
        controls: [1, steps, control_size]; see `Batch`.
    """
    batch = Batch(network, encoding, 1, len(events), controls)
    return _heard(batch, np.array([events]), temperature)[0]


def _heard(batch: Batch, primers: IntArray, temperature: float) -> list[float]:
    """Feeds [rows, steps] primers to a batch and returns the log-likelihood of each."""
    labels = np.stack([batch.encoding.labels(events) for events in primers])
    rows = np.arange(len(primers))
    totals = [0.0] * len(primers)
    for i, _ in enumerate(listen(batch, primers), start=1):
        shares = probabilities(batch.logits, temperature)[rows, labels[:, i]]
        with np.errstate(divide="ignore"):  # an impossible event has probability 0
            logs = np.log(shares).tolist()
        totals = [total + log for total, log in zip(totals, logs, strict=True)]
    return totals


def primed(
    network: Network,
    encoding: Encoding,
    primers: IntArray,
    copies: int,
    capacity: int,
    temperature: float,
    controls: FloatArray | None = None,
) -> Batch:
    """Returns a batch that has heard its primers; equal ones are run once.

    Args:
        network: The weights.
        encoding: Its encoding.
        primers: [melodies, steps] events, at least one step.
        copies: Rows for each melody.
        capacity: Steps that there is room for at once.
        temperature: For the scores.
        controls: [1, steps, control_size]; see `Batch`.
    """
    distinct, rows = np.unique(primers, axis=0, return_inverse=True)
    batch = Batch(network, encoding, len(distinct), capacity, controls)
    batch.scores[:] = _heard(batch, distinct, temperature)
    batch.select(np.repeat(rows.reshape(-1), copies))
    return batch


def _extend(batch: Batch, sampling: Sampling, draws: npt.NDArray[np.float64] | None) -> IntArray:
    """Chooses the next event of every sequence."""
    shares: npt.NDArray[Any]
    if sampling.shaped:
        plain = plain_shares(batch.logits, batch.encoder, batch.encoding, sampling)
        shares = shape(plain, Kinds(batch.encoding), sampling)
    else:
        shares = probabilities(batch.logits, sampling.temperature or 1.0)
    classes = shares.argmax(axis=1) if draws is None else choose(shares, draws)
    with np.errstate(divide="ignore"):
        batch.scores += np.log(shares[np.arange(len(shares)), classes])
    return batch.encoder.decode(classes)


def _prune(batch: Batch, melodies: int, keep: int, copies: int) -> None:
    """Keeps the best `keep` sequences of each melody, best first, and repeats them `copies` times.

    Ties keep their order, as with heapq.nlargest. Stock copies the sequences, which for melodies
    silences note-offs before the first note: the encoder does the same.
    """
    scores = batch.scores.reshape(melodies, -1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :keep]
    best = np.tile(best, (1, copies)) + np.arange(melodies)[:, None] * scores.shape[1]
    batch.select(best.ravel())
    if copies > 1:
        batch.encoder.after_copy()


def generate(
    network: Network,
    encoding: Encoding,
    primers: IntArray,
    most_steps: int,
    sampling: Sampling,
    draws: Draws | None,
    *,
    stop: Stop | None = None,
    controls: FloatArray | None = None,
    progress: Progress = lambda steps: None,
) -> tuple[IntArray, FloatArray]:
    """Continues primers, each into one melody.

    Args:
        network: The weights.
        encoding: Its encoding.
        primers: [melodies, steps] events of the vocabulary, at least one step each.
        most_steps: Steps after which it ends, the primer's included.
        sampling: How events are chosen; a temperature of 0 counts as 1 for the scores.
        draws: Gives [melodies * sampling.rows] uniform numbers per step; None for argmax.
        stop: Asked after each step of all sequences; None goes on to `most_steps`.
        controls: [1, steps, control_size]; see `Batch`.
        progress: Told of every step.

    Returns:
        [melodies, steps] events and [melodies] scores: the log-likelihood of the melody at the
        temperature, the primer's but the first event included (what stock logs); with a shaped
        distribution, the new events' in that one.
    """
    melodies, given = primers.shape
    temperature = sampling.temperature or 1.0
    batch = primed(network, encoding, primers, sampling.rows, most_steps, temperature, controls)
    total = most_steps - given
    first = (total - 1) % sampling.steps_per_iteration + 1
    for i in range(total):
        if sampling.rows > 1 and i >= first and (i - first) % sampling.steps_per_iteration == 0:
            _prune(batch, melodies, sampling.beam_size, sampling.branch_factor)
        events = _extend(batch, sampling, draws(i) if draws else None)
        if i + 1 < total:
            batch.push(events)
        else:
            batch.encoder.append(events)
        progress(melodies)
        if stop is not None and stop(batch.encoder.events):
            break
    scores = batch.scores.reshape(melodies, sampling.rows)
    best = scores.argmax(axis=1) + np.arange(melodies) * sampling.rows
    return batch.encoder.events[best], batch.scores[best]
