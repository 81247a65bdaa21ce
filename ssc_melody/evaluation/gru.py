"""A small recurrent network that tells two kinds of sequences apart, trained in NumPy.

A layer of gated recurrent units (K. Cho et al., EMNLP 2014; the reset gate after the product, as in
cuDNN), the mean of its outputs over time, and a logistic unit; Adam (D. Kingma, J. Ba, ICLR 2015).

    r, z = sigmoid(W x + U h + b);  n = tanh(W x + b + r * (U h + c));  h' = (1 - z) n + z h

It is small because there are few melodies, and runs without TensorFlow, the same everywhere.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Weights = dict[str, Array]


@dataclasses.dataclass(frozen=True)
class Settings:
    """How the network is trained.

    Attributes:
        units: Gated recurrent units.
        epochs: Passes over the training set.
        batch_size: Sequences a step.
        learning_rate: Adam's, falling linearly to 0.
        weight_decay: Share of the weights' own size in their gradient.
        input_dropout: Share of inputs that training hides.
    """

    units: int = 24
    epochs: int = 24
    batch_size: int = 32
    learning_rate: float = 0.01
    weight_decay: float = 1e-3
    input_dropout: float = 0.2


def _sigmoid(x: Array) -> Array:
    gate: Array = 0.5 * (np.tanh(0.5 * x) + np.float32(1))
    return gate


def initial(inputs: int, units: int, random: np.random.Generator) -> Weights:
    """Returns weights to start from: Glorot's for inputs, orthogonal ones between units."""

    def uniform(rows: int, columns: int) -> Array:
        limit = np.sqrt(6 / (rows + columns))
        return random.uniform(-limit, limit, (rows, columns)).astype(np.float32)

    square = [np.linalg.qr(random.normal(size=(units, units)))[0] for _ in range(3)]
    return {
        "w": np.hstack([uniform(inputs, units) for _ in range(3)]),
        "u": np.hstack(square).astype(np.float32),
        "b": np.zeros(3 * units, dtype=np.float32),
        "c": np.zeros(units, dtype=np.float32),
        "v": uniform(units, 1)[:, 0],
        "d": np.zeros(1, dtype=np.float32),
    }


def loss_and_gradient(weights: Weights, x: Array, labels: Array) -> tuple[float, Weights]:
    """Returns the mean cross-entropy in nats and its gradient.

    Args:
        weights: As `initial` makes them.
        x: [steps, sequences, inputs].
        labels: [sequences] 0 or 1.
    """
    logits, trace = _forward(weights, x)
    shares = _sigmoid(logits)
    signed = np.where(labels > 0, logits, -logits)
    loss = float(np.logaddexp(0, -signed).mean())
    slope = (shares - labels) / np.float32(len(labels))
    return loss, _backward(weights, x, trace, slope)


def scores(weights: Weights, x: Array) -> Array:
    """Returns [sequences] log odds of label 1."""
    return _forward(weights, x)[0]


_Trace = tuple[list[Array], list[tuple[Array, Array, Array, Array]]]


def _forward(weights: Weights, x: Array) -> tuple[Array, _Trace]:
    steps, rows, inputs = x.shape
    units = len(weights["c"])
    fed = (x.reshape(-1, inputs) @ weights["w"] + weights["b"]).reshape(steps, rows, 3 * units)
    hidden = [np.zeros((rows, units), dtype=x.dtype)]
    gates = []
    for at in fed:
        back = hidden[-1] @ weights["u"]
        both = _sigmoid(at[:, : 2 * units] + back[:, : 2 * units])
        reset, update = both[:, :units], both[:, units:]
        recalled = back[:, 2 * units :] + weights["c"]
        new = np.tanh(at[:, 2 * units :] + reset * recalled)
        hidden.append(new + update * (hidden[-1] - new))
        gates.append((reset, update, new, recalled))
    mean = sum(hidden[1:]) / np.float32(steps)
    return mean @ weights["v"] + weights["d"], (hidden, gates)


def _backward(weights: Weights, x: Array, trace: _Trace, d_logits: Array) -> Weights:
    hidden, gates = trace
    steps, rows, inputs = x.shape
    mean = sum(hidden[1:]) / np.float32(steps)
    d_each = d_logits[:, None] * weights["v"] / np.float32(steps)
    d_fed = np.zeros((steps, rows, weights["w"].shape[1]), dtype=x.dtype)
    d_u, d_c = np.zeros_like(weights["u"]), np.zeros_like(weights["c"])
    d_hidden = np.zeros_like(hidden[0])
    for i in reversed(range(steps)):
        reset, update, new, recalled = gates[i]
        d_hidden = d_hidden + d_each
        d_new = d_hidden * (1 - update) * (1 - new * new)
        d_update = d_hidden * (hidden[i] - new) * update * (1 - update)
        d_reset = d_new * recalled * reset * (1 - reset)
        d_recalled = d_new * reset
        d_fed[i] = np.hstack([d_reset, d_update, d_new])
        d_back = np.hstack([d_reset, d_update, d_recalled])
        d_u += hidden[i].T @ d_back
        d_c += d_recalled.sum(axis=0)
        d_hidden = d_hidden * update + d_back @ weights["u"].T
    flat = d_fed.reshape(steps * rows, -1)
    return {
        "w": x.reshape(-1, inputs).T @ flat,
        "u": d_u,
        "b": flat.sum(axis=0),
        "c": d_c,
        "v": mean.T @ d_logits,
        "d": d_logits.sum(keepdims=True),
    }


def train(x: Array, labels: Array, settings: Settings, seed: int) -> Weights:
    """Trains a network.

    Args:
        x: [steps, sequences, inputs].
        labels: [sequences] 0 or 1.
        settings: How.
        seed: Of the first weights, the order and the dropout.
    """
    random = np.random.default_rng(seed)
    weights = initial(x.shape[2], settings.units, random)
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    keep = np.float32(1 - settings.input_dropout)
    batches = -(-x.shape[1] // settings.batch_size)
    total, step = settings.epochs * batches, 0
    for _ in range(settings.epochs):
        order = random.permutation(x.shape[1])
        for part in np.array_split(order, batches):
            fed = x[:, part]
            kept = random.random((*fed.shape[:2], 1), dtype=np.float32) < keep
            _, gradient = loss_and_gradient(weights, fed * kept / keep, labels[part])
            step += 1
            rate = settings.learning_rate * (1 - (step - 1) / total)
            _adam(weights, gradient, (first, second), step, rate, settings.weight_decay)
    return weights


def _adam(
    weights: Weights,
    gradient: Weights,
    moments: tuple[Weights, Weights],
    step: int,
    rate: float,
    decay: float,
) -> None:
    """Changes the weights in place; decoupled decay of the matrices (AdamW)."""
    for name in weights:
        first, second = moments[0][name], moments[1][name]
        first += np.float32(0.1) * (gradient[name] - first)
        second += np.float32(0.001) * (gradient[name] ** 2 - second)
        mean, square = first / (1 - 0.9**step), second / (1 - 0.999**step)
        if weights[name].ndim > 1:
            weights[name] *= np.float32(1 - rate * decay)
        weights[name] -= (rate * mean / (np.sqrt(square) + 1e-8)).astype(np.float32)
