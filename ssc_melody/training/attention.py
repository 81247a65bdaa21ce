"""Magenta's attention around an LSTM layer, over whole sequences, with a gradient of its own.

Follows AttentionCellWrapper (magenta/contrib/rnn.py); the equations stand in `network.cells`.
Stock multiplies all remembered outputs by the key matrix again at every step; here each output is
multiplied once. What is remembered is kept for the whole sequence, and a step looks at a slice of
it, so nothing is moved. The gradient computes tanh(keys + query) again instead of keeping
steps x window x rows x units of it.

Left out: attention vectors of another size than the cell's output (Magenta never asks for them).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from ssc_melody.training.lstm import (
    GateFactors,
    activate,
    bias_gradient,
    cell,
    previous,
    stacks,
    with_forget_bias,
)
from ssc_melody.training.products import Products

NAMES = (
    "kernel",
    "bias",
    "basic_lstm_cell/kernel",
    "basic_lstm_cell/bias",
    "attention/attn_w",
    "attention/attn_v",
    "attention/kernel",
    "attention/bias",
    "attn_output_projection/kernel",
    "attn_output_projection/bias",
)
"""The layer's variables, below its scope."""


class _Parts:
    """The variables cut into the parts that are multiplied separately."""

    def __init__(self, inputs: int, tensors: tuple[Any, ...]) -> None:
        enter, self.enter_bias, lstm, lstm_bias, keys, self.score = tensors[:6]
        self.query, self.query_bias, self.leave, self.leave_bias = tensors[6:]
        self.enter, self.enter_result = enter[:inputs], enter[inputs:]
        self.lstm, self.recurrent = lstm[:inputs], lstm[inputs:]
        self.lstm_bias = with_forget_bias(lstm_bias)
        self.keys = keys[0, 0]


def _put(buffer: Any, t: Any, values: Any, jit: bool) -> Any:
    """Returns [time, ...] `buffer` with `values` at the steps from t on."""
    if jit:  # in place in XLA, which a scatter is not
        from tensorflow.compiler.tf2xla.ops import gen_xla_ops  # noqa: PLC0415

        return gen_xla_ops.xla_dynamic_update_slice(buffer, values, tf.stack([t, 0, 0]))
    return tf.tensor_scatter_nd_update(buffer, t + tf.range(values.shape[0])[:, None], values)


def _over_units(x: Any, weights: Any) -> Any:
    """Returns the sum of x[..., u] weights[u].

    As a product, for which x is computed first: XLA vectorizes no sum along the last axis, nor what
    it computes within one.
    """
    return tf.reshape(tf.reshape(x, (-1, x.shape[-1])) @ weights[:, None], x.shape[:-1])


def _over_places(weights: Any, x: Any) -> Any:
    """Returns the sum of weights[...] x[..., u] for each u, as a product for the same reason."""
    return tf.reshape(tf.reshape(weights, (1, -1)) @ tf.reshape(x, (-1, x.shape[-1])), (-1,))


class _Kept(NamedTuple):
    """What the gradient needs of the forward loop, [steps, rows, ...].

    Attributes:
        values: [length + steps, rows, units] outputs, nothing first.
        keys: Likewise, their keys.
        gates: Activated gates.
        c: The cell's states.
        h: The cell's outputs.
        result: What the attention found.
        query: What it asked with.
        shares: [steps, length, rows] the softmax over the window.
        cell_input: What the cell took.
    """

    values: Any
    keys: Any
    gates: Any
    c: Any
    h: Any
    result: Any
    query: Any
    shares: Any
    cell_input: Any


class _Found(NamedTuple):
    """Gradients of all that the variables are multiplied with, [steps, rows, ...]; of the score."""

    keys: Any
    score: Any
    gates: Any
    cell_input: Any
    query: Any
    y: Any


class _Layer:
    """The two loops; arrays are [steps, rows, ...], windows [length, rows, ...], oldest first."""

    def __init__(self, parts: _Parts, position: Any, length: int, jit: bool) -> None:
        self.parts, self.length, self.jit = parts, length, jit
        self.steps, self.rows = position.shape
        self.units = parts.recurrent.shape[0]
        self.keep = tf.cast(position > 0, tf.float32)
        back = tf.range(length, 0, -1)[None, :, None]
        self.known = tf.cast(position[:, None, :] >= back, tf.float32)

    def _window(self, buffer: Any, t: Any) -> Any:
        return tf.slice(buffer, tf.stack([t, 0, 0]), (self.length, self.rows, self.units))

    def _features(self, keys: Any, t: Any, query: Any) -> Any:
        return tf.tanh(self._window(keys, t) * self.known[t][:, :, None] + query)

    def _zeros(self) -> tuple[Any, Any]:
        return tf.zeros((self.rows, self.units)), tf.zeros(
            (self.steps + self.length, self.rows, self.units)
        )

    def forward(self, entered: Any) -> _Kept:
        """Runs the layer on x W + b of its input projection."""
        parts = self.parts

        def step(
            t: Any, c: Any, h: Any, result: Any, values: Any, keys: Any, *out: Any
        ) -> tuple[Any, ...]:
            kept = self.keep[t][:, None]
            cell_input = entered[t] + (result * kept) @ parts.enter_result
            gates = cell_input @ parts.lstm + (h * kept) @ parts.recurrent + parts.lstm_bias
            activated = activate(gates)
            c, h = cell(activated, c * kept)
            query = tf.concat([c, h], 1) @ parts.query + parts.query_bias
            scores = _over_units(self._features(keys, t, query), parts.score)
            shares = tf.nn.softmax(scores, 0) * self.known[t]
            result = tf.reduce_sum(shares[:, :, None] * self._window(values, t), 0)
            y = tf.concat([h, result], 1) @ parts.leave + parts.leave_bias
            values = _put(values, t + self.length, y[None], self.jit)
            keys = _put(keys, t + self.length, (y @ parts.keys)[None], self.jit)
            # The softmax over all slots is needed again; where nothing is known it has no effect.
            kept_values = (activated, c, h, result, query, tf.nn.softmax(scores, 0), cell_input)
            written = [a.write(t, value) for a, value in zip(out, kept_values, strict=True)]
            return (t + 1, c, h, result, values, keys, *written)

        zero, buffer = self._zeros()
        loop = (0, zero, zero, zero, buffer, buffer, *stacks(7, self.steps))
        result = tf.while_loop(
            lambda t, *_: t < self.steps, step, loop, maximum_iterations=self.steps
        )
        return _Kept(*result[4:6], *(array.stack() for array in result[6:]))

    def backward(self, was: _Kept, dy: Any) -> _Found:
        """Returns the gradients that follow from that for the outputs."""
        parts = self.parts
        factors = GateFactors(was.gates, previous(was.c, self.keep), was.c)
        ones = tf.ones(self.units)

        def step(
            t: Any, dc: Any, dh: Any, dresult: Any, dvalues: Any, dkeys: Any, dscore: Any, *out: Any
        ) -> tuple[Any, ...]:
            kept, known, shares = self.keep[t][:, None], self.known[t], was.shares[t]
            here = t + self.length
            total = dy[t] + dvalues[here] + tf.matmul(dkeys[here], parts.keys, transpose_b=True)
            left = tf.matmul(total, parts.leave, transpose_b=True)
            dh, dresult = dh + left[:, : self.units], dresult + left[:, self.units :]
            dshares = known * _over_units(self._window(was.values, t) * dresult, ones)
            dscores = shares * (dshares - tf.reduce_sum(shares * dshares, 0, keepdims=True))
            features = self._features(was.keys, t, was.query[t])
            dsum = dscores[:, :, None] * parts.score * (1 - features * features)
            dscore += _over_places(dscores, features)
            dquery = tf.reduce_sum(dsum, 0)
            dkeys_window = self._window(dkeys, t) + dsum * known[:, :, None]
            dvalues_window = self._window(dvalues, t) + (shares * known)[:, :, None] * dresult
            dkeys = _put(dkeys, t, dkeys_window, self.jit)
            dvalues = _put(dvalues, t, dvalues_window, self.jit)
            dstate = tf.matmul(dquery, parts.query, transpose_b=True)
            dc, dh = dc + dstate[:, : self.units], dh + dstate[:, self.units :]
            dgates, dc = factors.gradients(t, dh, dc)
            dinput = tf.matmul(dgates, parts.lstm, transpose_b=True)
            dh = tf.matmul(dgates, parts.recurrent, transpose_b=True)
            dresult = tf.matmul(dinput, parts.enter_result, transpose_b=True)
            found = (dgates, dinput, dquery, total)
            written = [a.write(t, value) for a, value in zip(out, found, strict=True)]
            return (
                t - 1, dc * kept, dh * kept, dresult * kept, dvalues, dkeys, dscore, *written,
            )  # fmt: skip

        zero, buffer = self._zeros()
        loop = (
            self.steps - 1, zero, zero, zero, buffer, buffer, tf.zeros_like(parts.score),
            *stacks(4, self.steps),
        )  # fmt: skip
        result = tf.while_loop(lambda t, *_: t >= 0, step, loop, maximum_iterations=self.steps)
        return _Found(result[5][self.length :], result[6], *(a.stack() for a in result[7:]))

    def gradients(self, x: Any, was: _Kept, d: _Found, products: Products) -> tuple[Any, ...]:
        """Returns the gradients for x and for the variables, in the order of NAMES."""
        joined = products.weights_gradient
        state = tf.concat([was.c, was.h], 2)
        y = was.values[self.length :]
        enter = tf.concat([x, previous(was.result, self.keep)], 2)
        lstm = tf.concat([was.cell_input, previous(was.h, self.keep)], 2)
        return (
            products.per_step_transposed(d.cell_input, self.parts.enter),
            joined(enter, d.cell_input),
            bias_gradient(d.cell_input),
            joined(lstm, d.gates),
            bias_gradient(d.gates),
            joined(y, d.keys)[None, None],
            d.score,
            joined(state, d.query),
            bias_gradient(d.query),
            joined(tf.concat([was.h, was.result], 2), d.y),
            bias_gradient(d.y),
        )


def attention(
    x: Any,
    position: Any,
    variables: Mapping[str, Any],
    length: int,
    products: Products,
) -> Any:
    """Runs an LSTM layer with attention over sequences that begin with a zero state.

    Args:
        x: [steps, rows, inputs].
        position: [steps, rows] steps since the melody began.
        variables: The layer's, by NAMES.
        length: Steps looked back on.
        products: How to multiply, and whether XLA compiles the loops.

    Returns:
        [steps, rows, units] what the attention's output projection gives.
    """

    @tf.custom_gradient
    def run(x: Any, *tensors: Any) -> tuple[Any, Any]:
        parts = _Parts(x.shape[2], tensors)
        layer = _Layer(parts, position, length, products.jit)
        forward, backward = products.piece(layer.forward), products.piece(layer.backward)
        was = forward(products.per_step(x, parts.enter) + parts.enter_bias)

        def gradient(dy: Any) -> tuple[Any, ...]:
            return layer.gradients(x, was, backward(was, dy), products)

        return was.values[length:], gradient

    return run(x, *(tf.convert_to_tensor(variables[name]) for name in NAMES))
