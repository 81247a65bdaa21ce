"""The recurrent cells: LSTM, attention over the last steps, linear layers.

Follows TensorFlow's BasicLSTMCell and Magenta's AttentionCellWrapper (magenta/contrib/rnn.py).
Weights are immutable and shared; a state holds one batch's numbers and is changed in place, because
a step that allocates nothing is several times faster. Every array is float32, one row a melody.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Floats = TypeVar("Floats", npt.NDArray[np.float32], npt.NDArray[np.float64])

_WIDTH = 128
"""Columns of a product: with ten rows and 1,000 inputs it is small enough for OpenBLAS's kernels
that copy nothing."""

_BLOCK = 128
"""Rows times entries that attention handles at once. From so many rows on it is one entry, whose
arrays have one shape: NumPy copies what it has to broadcast."""

_WIDEST_KEY, _WIDEST_QUERY = 30.0, 40.0
"""Keys of up to 30 and queries cut at 40: exp(80) is a float32, and beyond the cut, where k + q is
10 or more, tanh is 1. Trained keys stay below 10."""


@dataclasses.dataclass(frozen=True)
class Linear:
    """y = x W + b.

    Attributes:
        weights: [inputs, outputs].
        bias: [outputs].
    """

    weights: FloatArray
    bias: FloatArray

    def __call__(self, *parts: FloatArray) -> FloatArray:
        """Applies the layer to [rows, ...] parts, side by side."""
        start = parts[0].shape[1]
        y: FloatArray = parts[0] @ self.weights[:start]
        y += self.bias
        for part in parts[1:]:
            end = start + part.shape[1]
            y += part @ self.weights[start:end]
            start = end
        return y


class LstmWeights:
    """One LSTM layer, with the checkpoint's kernel brought into the form that a step multiplies.

    A step computes, with x the input, h and c the state, [.] side by side:

        i, j, f, o = [x, h] K + b
        c' = sigmoid(f + forget_bias) c + sigmoid(i) tanh(j)
        h' = sigmoid(o) tanh(c')

    Because sigmoid(z) = (1 + tanh(z / 2)) / 2, one tanh over all four gates is enough once the
    columns of i, f and o are halved (exact in binary). The bias is the kernel's last row, for an
    input of 1; the gates are put in the order i, f, o, j, so that the three sigmoids are adjacent.

    Attributes:
        inputs: Size of x.
        units: Size of h and c.
        blocks: [4, parts, inputs + units + 1, units / parts]: the kernel gate by gate, a gate in
            parts of 128 columns where it can be cut so. Products with some ten rows take a third of
            the time that one with the whole kernel does, which OpenBLAS copies first.
    """

    def __init__(self, kernel: FloatArray, bias: FloatArray, forget_bias: float) -> None:
        """Takes the checkpoint's arrays.

        Args:
            kernel: [inputs + units, 4 * units], gates in the order i, j, f, o.
            bias: [4 * units].
            forget_bias: Added to f; not part of the checkpoint (1 in BasicLSTMCell).
        """
        self.units = len(bias) // 4
        self.inputs = len(kernel) - self.units
        i, j, f, o = np.split(np.vstack([kernel, bias]), 4, axis=1)
        f[-1] += np.float32(forget_bias)
        whole = np.stack([i / 2, f / 2, o / 2, j]).astype(np.float32, copy=False)
        parts = 1 if self.units % _WIDTH else self.units // _WIDTH
        by_part = whole.reshape(4, len(kernel) + 1, parts, -1)
        self.blocks = np.ascontiguousarray(by_part.transpose(0, 2, 1, 3))

    @property
    def kernel(self) -> FloatArray:
        """The gates i, f, o, j side by side: [inputs + units + 1, 4 * units]."""
        kernel: FloatArray = self.blocks.transpose(2, 0, 1, 3).reshape(self.blocks.shape[2], -1)
        return kernel


class LstmState:
    """What one LSTM layer remembers of one batch.

    Attributes:
        xh1: [rows, inputs + units + 1]: the input, h, and a constant 1.
        gates: [4, parts, rows, units / parts]: scratch, each gate in one piece, as ufuncs take rows
            of a wider array one by one.
        c: [rows, units].
    """

    def __init__(self, weights: LstmWeights, rows: int) -> None:
        _, parts, height, width = weights.blocks.shape
        self.xh1 = np.zeros((rows, height), dtype=np.float32)
        self.xh1[:, -1] = 1.0
        self.gates = np.empty((4, parts, rows, width), dtype=np.float32)
        self.c = np.zeros((rows, weights.units), dtype=np.float32)
        self.x = self.xh1[:, : weights.inputs]
        self.h = self.xh1[:, weights.inputs : -1]
        self.c_parts, self.h_parts = (
            array.reshape(rows, parts, width).transpose(1, 0, 2) for array in (self.c, self.h)
        )

    def copy_rows(self, source: "LstmState", rows: npt.NDArray[np.int64]) -> None:
        """Takes over the given rows of another state (or of itself)."""
        self.h[:] = source.h[rows]
        self.c[:] = source.c[rows]


def lstm_step(weights: LstmWeights, state: LstmState, x: FloatArray) -> FloatArray:
    """Advances an LSTM layer by one step.

    Args:
        weights: The layer.
        state: Its state, updated in place.
        x: [rows, inputs].

    Returns:
        [rows, units] h; a view of the state, valid until the next step.
    """
    gates, c = state.gates, state.c_parts
    state.x[:] = x
    np.matmul(state.xh1, weights.blocks, out=gates)
    np.tanh(gates, out=gates)
    sigmoids = gates[:3]
    sigmoids *= 0.5
    sigmoids += 0.5
    i, f, o, j = gates
    c *= f
    i *= j
    c += i
    np.tanh(c, out=i)
    np.multiply(i, o, out=state.h_parts)
    return state.h


@dataclasses.dataclass(frozen=True)
class AttentionWeights:
    """Attention over the wrapped cell's last outputs.

    Attributes:
        length: Steps that are looked back on.
        input: From the cell's input and the last attention result to the cell's input.
        query: From the cell's new state to [attention size].
        keys: [size, size] applied to every remembered output.
        score: [size] v in v . tanh(keys + query).
        output: From the cell's output and the attention result to the wrapper's output.
    """

    length: int
    input: Linear
    query: Linear
    keys: FloatArray
    score: FloatArray
    output: Linear


class AttentionState:
    """What attention remembers of one batch.

    The window is a ring: the weights of a sum do not depend on the order of its terms, so the
    oldest entry is overwritten instead of moving all the others.

    Attributes:
        result: [rows, size] the last attention result.
        values: [length, rows, size] the last outputs, zero at first.
        features: [length, rows, size] exp(-2 k) of each output's key k, computed once; k itself
            when `wide`.
        wide: Whether some key was too large for its exponential.
        together: Entries that are handled at once.
        seen: Outputs so far.
    """

    def __init__(self, weights: AttentionWeights, rows: int) -> None:
        size = len(weights.score)
        self.result = np.zeros((rows, size), dtype=np.float32)
        self.values = np.zeros((weights.length, rows, size), dtype=np.float32)
        self.features = np.ones_like(self.values)
        self.together = max(1, _BLOCK // rows)
        self.scratch = np.empty(self.together * rows * size, dtype=np.float32)
        self.wide = False
        self.seen = 0

    def copy_rows(self, source: "AttentionState", rows: npt.NDArray[np.int64]) -> None:
        """Takes over the given rows of another state (or of itself)."""
        self.result[:] = source.result[rows]
        self.values[:] = source.values[:, rows]
        self.features[:] = source.features[:, rows]
        self.wide, self.seen = source.wide, source.seen


def softmax(logits: Floats) -> Floats:
    """Returns exp(logits) normalised over the last axis."""
    exponentials: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
    exponentials /= exponentials.sum(axis=-1, keepdims=True)
    return exponentials


def _look_back(weights: AttentionWeights, state: AttentionState, query: FloatArray) -> None:
    """Sets `state.result`.

    tanh(k + q) is 1 - 2 F / (F + E) with F = exp(-2 k) and E = exp(2 q), and what a score has in
    common with the others of its row leaves no trace in a softmax: one sum and one quotient a
    number instead of a tanh. Against float64 its error is 1.0 to 1.7 times that of float32's tanh.

    Entries that hold no output yet are equal: one of them stands for all. The weighted sum is
    einsum's, which reads the memory in order (a product of [1, entries] and [entries, size] for
    each row waits for it twice as long).
    """
    length = weights.length
    entries = min(state.seen + 1, length)
    if state.wide:
        score = weights.score
    else:
        score, query = -2 * weights.score, np.exp(2 * query.clip(-_WIDEST_QUERY, _WIDEST_QUERY))
    logits = np.empty((entries, len(query)), dtype=np.float32)
    for start in range(0, entries, state.together):
        last = min(start + state.together, entries)
        block = start if state.together == 1 else slice(start, last)
        features = state.features[block]
        scratch = state.scratch[: features.size].reshape(features.shape)
        np.add(features, query, out=scratch)
        if state.wide:
            np.tanh(scratch, out=scratch)
        else:
            np.divide(features, scratch, out=scratch)
        logits[block] = scratch @ score
    logits[-1] += np.float32(math.log(length - entries + 1))
    np.einsum("re,ers->rs", softmax(logits.T), state.values[:entries], out=state.result)


def _remember(weights: AttentionWeights, state: AttentionState, output: FloatArray) -> None:
    """Replaces the oldest entry by an output."""
    entry = state.seen % weights.length
    keys = output @ weights.keys
    if not state.wide and max(keys.max(), -keys.min()) > _WIDEST_KEY:
        state.wide = True
        np.matmul(state.values, weights.keys, out=state.features)
    state.values[entry] = output
    state.features[entry] = keys if state.wide else np.exp(-2 * keys)
    state.seen += 1


def attend(
    weights: AttentionWeights,
    state: AttentionState,
    query: Sequence[FloatArray],
    output: FloatArray,
) -> FloatArray:
    """Looks back on the remembered outputs, and remembers the new one.

    With V the remembered outputs, q the cell's new state and y its output:

        a = softmax(score . tanh(V keys + (q Wq + bq)))
        result = a V
        y' = [y, result] Wo + bo

    Args:
        weights: The attention.
        state: Its state, updated in place.
        query: The wrapped cell's new state, c before h, layer by layer: [rows, units] each.
        output: [rows, units] the wrapped cell's output.

    Returns:
        [rows, size] y'.
    """
    _look_back(weights, state, weights.query(*query))
    y = weights.output(output, state.result)
    _remember(weights, state, y)
    return y
