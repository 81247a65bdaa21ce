"""From logits to events: softmax at a temperature, drawing, argmax, and beam search.

Follows Magenta's events_rnn_model.py and beam_search.py draw for draw, for all melodies at once.
Stock makes one melody after another and draws one number a sequence and step; so the numbers of
melody m are a known slice of the stream, and a batch of melodies can use them side by side.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import Encoder, Encoding, IntArray
from ssc_melody.errors import BundleError, OptionError
from ssc_melody.network.cells import FloatArray, softmax
from ssc_melody.network.stack import Network, NetworkState, step

Progress = Callable[[int], None]
"""Called with the number of steps taken since the last call (one a melody)."""


@dataclasses.dataclass(frozen=True)
class Search:
    """How events are chosen.

    Attributes:
        temperature: What the logits are divided by; above 0.
        beam_size: Melodies kept at each pruning.
        branch_factor: Continuations tried of each of them.
        steps_per_iteration: Steps between prunings.
        argmax: Take the most likely class instead of drawing one.
    """

    temperature: float = 1.0
    beam_size: int = 1
    branch_factor: int = 1
    steps_per_iteration: int = 1
    argmax: bool = False

    @property
    def rows(self) -> int:
        """Sequences that are alive for one melody."""
        return self.beam_size * self.branch_factor

    def draws_per_step(self, graph_batch: int) -> int:
        """Returns how many numbers stock draws for one step of one melody.

        A graph takes `graph_batch` sequences at once, and the padding draws too.
        """
        return 0 if self.argmax else -(-self.rows // graph_batch) * graph_batch


def probabilities(logits: FloatArray, temperature: float) -> FloatArray:
    """Returns the softmax of logits / temperature, in float32 as the graph computes it.

    Raises:
        BundleError: The logits are no numbers, so the weights cannot be trained ones.
        OptionError: The temperature is so small that the quotients overflow.
    """
    with np.errstate(all="ignore"):
        shares = softmax(logits / np.float32(temperature))
    if np.isfinite(shares).all():
        return shares
    if not np.isfinite(logits).all():
        raise BundleError("the network's output overflows: its weights are no trained ones")
    raise OptionError(
        f"temperature: {temperature:g} is too close to 0 for this model; 0 takes the likeliest"
    )


def choose(shares: FloatArray, draws: npt.NDArray[np.float64]) -> IntArray:
    """Picks a class a row as np.random.choice(n, p=row) does with the number it draws.

    Args:
        shares: [rows, classes] probabilities.
        draws: [rows] uniform numbers in [0, 1).

    Returns:
        [rows] the first class whose cumulative share (in float64, divided by the last) exceeds
        the draw.
    """
    cumulative = shares.astype(np.float64).cumsum(axis=1)
    cumulative /= cumulative[:, -1:]
    return (cumulative <= draws[:, None]).sum(axis=1)


@dataclasses.dataclass
class _Batch:
    """Sequences that are extended together."""

    encoder: Encoder
    state: NetworkState
    inputs: FloatArray
    logits: FloatArray
    scores: FloatArray

    def select(self, rows: IntArray) -> None:
        self.encoder.select(rows)
        self.state.copy_rows(self.state, rows)
        self.logits = self.logits[rows]
        self.scores = self.scores[rows]

    def push(self, network: Network, events: IntArray) -> None:
        self.encoder.push(events, self.inputs)
        with np.errstate(over="ignore", invalid="ignore"):  # `probabilities` refuses the outcome
            self.logits = step(network, self.state, self.inputs)


def _new_batch(network: Network, encoding: Encoding, rows: int, capacity: int) -> _Batch:
    return _Batch(
        encoder=encoding.encoder(rows, capacity),
        state=NetworkState(network, rows),
        inputs=np.zeros((rows, encoding.input_size), dtype=np.float32),
        logits=np.zeros((rows, encoding.num_classes), dtype=np.float32),
        scores=np.zeros(rows, dtype=np.float32),
    )


def log_likelihood(
    network: Network, encoding: Encoding, events: Sequence[int], temperature: float = 1.0
) -> float:
    """Returns the natural log of the probability of a melody, its first event given.

    Source: EventSequenceEncoderDecoder.evaluate_log_likelihood.

    Args:
        network: The weights.
        encoding: Its encoding.
        events: Squashed events (`melody.events.squash`), at least one.
        temperature: What the logits are divided by.
    """
    batch = _new_batch(network, encoding, 1, len(events))
    labels = encoding.labels(events)
    total = 0.0
    for event, label in zip(events[:-1], labels[1:], strict=True):
        batch.push(network, np.array([event]))
        share = probabilities(batch.logits, temperature)[0, label]
        with np.errstate(divide="ignore"):  # an impossible event has probability 0
            total += float(np.log(share))
    return total


def _primed(
    network: Network, encoding: Encoding, primer: Sequence[int], rows: int, capacity: int
) -> _Batch:
    """Runs the primer once and returns it as `rows` equal sequences."""
    one = _new_batch(network, encoding, 1, capacity)
    for event in primer:
        one.push(network, np.array([event]))
    batch = _new_batch(network, encoding, rows, 0)
    copies = np.zeros(rows, dtype=np.int64)
    one.encoder.select(copies)
    batch.encoder = one.encoder
    batch.state.copy_rows(one.state, copies)
    batch.logits = one.logits[copies]
    return batch


def _extend(
    network: Network, batch: _Batch, search: Search, draws: npt.NDArray[np.float64] | None
) -> None:
    """Appends one event to every sequence and, but for the last step, feeds it to the network."""
    shares = probabilities(batch.logits, search.temperature)
    classes = shares.argmax(axis=1) if draws is None else choose(shares, draws)
    with np.errstate(divide="ignore"):
        batch.scores += np.log(shares[np.arange(len(shares)), classes])
    events = batch.encoder.decode(classes)
    if batch.encoder.length + 1 < batch.encoder.events.shape[1]:
        batch.push(network, events)
    else:
        batch.encoder.events[:, -1] = events


def _prune(batch: _Batch, melodies: int, keep: int, copies: int) -> None:
    """Keeps the best `keep` sequences of each melody, best first, and repeats them `copies` times.

    Ties keep their order, as with heapq.nlargest. Copying a melody silences note-offs before its
    first note (stock copies a Melody, whose constructor does it), so they are silenced here too.
    """
    scores = batch.scores.reshape(melodies, -1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :keep]
    best = np.tile(best, (1, copies)) + np.arange(melodies)[:, None] * scores.shape[1]
    batch.select(best.ravel())
    if copies > 1:
        batch.encoder.silence_first_note_offs()


def generate(
    network: Network,
    encoding: Encoding,
    primer: Sequence[int],
    num_steps: int,
    melodies: int,
    search: Search,
    draws: npt.NDArray[np.float64] | None,
    progress: Progress = lambda steps: None,
) -> tuple[IntArray, FloatArray]:
    """Continues one primer into several melodies.

    Args:
        network: The weights.
        encoding: Its encoding.
        primer: Squashed events, at least one and fewer than num_steps.
        num_steps: Steps of the finished melody, the primer's included.
        melodies: How many melodies.
        search: How events are chosen; its temperature is above 0.
        draws: [melodies, num_steps - len(primer), search.rows] uniform numbers; None for argmax.
        progress: Told of every step.

    Returns:
        [melodies, num_steps] events and [melodies] scores: the log-likelihood of the melody at the
        temperature, the primer's but the first event included (what stock logs).
    """
    batch = _primed(network, encoding, primer, melodies * search.rows, num_steps)
    batch.scores[:] = log_likelihood(network, encoding, primer, search.temperature)
    total = num_steps - len(primer)
    first = (total - 1) % search.steps_per_iteration + 1
    for i in range(total):
        if search.rows > 1 and i >= first and (i - first) % search.steps_per_iteration == 0:
            _prune(batch, melodies, search.beam_size, search.branch_factor)
        _extend(network, batch, search, None if draws is None else draws[:, i].ravel())
        progress(melodies)
    scores = batch.scores.reshape(melodies, search.rows)
    best = scores.argmax(axis=1) + np.arange(melodies) * search.rows
    return batch.encoder.events[best], batch.scores[best]
