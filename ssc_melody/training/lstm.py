"""An LSTM layer over whole sequences, with a gradient of its own.

Follows TensorFlow's BasicLSTMCell. Per step only h K_h is left: the inputs' share is one product
before the loop, the weights' gradient one product after it (TensorFlow's own unrolling, and
BlockLSTM too, add up a gradient of the kernel's size at every step). Rows may hold several melodies
one after the other: where `keep` is 0 the state begins anew.

Left out: peepholes, cell clipping, an initial state, a final state.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from ssc_melody.training.products import Products

FORGET_BIAS = 1.0


def bias_gradient(dy: Any) -> Any:
    """Returns the sum over steps and rows."""
    return tf.reduce_sum(dy, (0, 1))


def stacks(count: int, steps: int) -> tuple[Any, ...]:
    """Returns arrays that a loop writes a step at a time."""
    return tuple(tf.TensorArray(tf.float32, steps) for _ in range(count))


def previous(states: Any, keep: Any) -> Any:
    """Returns [steps, rows, units] what each step found as its state."""
    return tf.concat([tf.zeros_like(states[:1]), states[:-1]], 0) * keep[:, :, None]


def _by_gate(units: int, i: float, j: float, f: float, o: float) -> Any:
    """Returns [4 * units] a number for each gate's columns."""
    return tf.constant(np.repeat(np.array([i, j, f, o], np.float32), units))


def with_forget_bias(bias: Any) -> Any:
    """Returns a bias as it is added when running."""
    return bias + _by_gate(bias.shape[0] // 4, 0, 0, FORGET_BIAS, 0)


def _scale_and_shift(units: int) -> tuple[Any, Any]:
    """Returns what makes tanh of a gate's column the activation: sigmoid(z) = tanh(z/2)/2 + 1/2.

    One formula for all columns is what a compiler can vectorize; four side by side it cannot.
    """
    return _by_gate(units, 0.5, 1, 0.5, 0.5), _by_gate(units, 0.5, 0, 0.5, 0.5)


def activate(gates: Any) -> Any:
    """Returns sigmoid(i), tanh(j), sigmoid(f), sigmoid(o), side by side as they were."""
    scale, shift = _scale_and_shift(gates.shape[-1] // 4)
    return tf.tanh(gates * scale) * scale + shift


def cell(activated: Any, c: Any) -> tuple[Any, Any]:
    """Returns c' = f c + i j and h' = o tanh(c')."""
    i, j, f, o = tf.split(activated, 4, 1)
    c = f * c + i * j
    return c, o * tf.tanh(c)


class GateFactors:
    """What the gradients of a layer's cells are multiplied with, for all steps at once.

    With dh the gradient for h' and dc that for c' (from later steps, and dh o (1 - tanh(c')^2)):

        di = dc j i (1 - i)    dj = dc i (1 - j^2)
        df = dc c f (1 - f)    do = dh tanh(c') o (1 - o)
    """

    def __init__(self, activated: Any, c_before: Any, c: Any) -> None:
        """Takes [steps, rows, ...] what `activate` returned, and c before and after each step."""
        self.rows, self.units = c.shape[1:]
        i, j, f, o = tf.split(activated, 4, 2)
        tanh_c = tf.tanh(c)
        scale, shift = _scale_and_shift(self.units)
        centred = activated - shift
        slope = scale * scale - centred * centred  # a (1 - a), or 1 - a^2
        others = [other[:, :, None] for other in (j, i, c_before, tanh_c)]
        place = tf.range(4)[:, None]
        other = tf.where(
            place < 2,
            tf.where(place == 0, others[0], others[1]),
            tf.where(place == 2, others[2], others[3]),
        )
        self.factors = other * tf.reshape(slope, (-1, self.rows, 4, self.units))
        self.through_h = o * (1 - tanh_c * tanh_c)
        self.forget = f

    def gradients(self, t: Any, dh: Any, dc: Any) -> tuple[Any, Any]:
        """Returns the gradients for step t's gates (before activation) and for the earlier c."""
        dc = dc + dh * self.through_h[t]
        wide = tf.where(tf.range(4)[:, None] < 3, dc[:, None], dh[:, None])
        gates = tf.reshape(wide * self.factors[t], (self.rows, 4 * self.units))
        return gates, dc * self.forget[t]


def _forward(projected: Any, keep: Any, recurrent: Any) -> tuple[Any, Any, Any]:
    """Returns [steps, rows, ...] activated gates, c and h."""
    steps, rows, units = projected.shape[0], projected.shape[1], recurrent.shape[0]

    def step(t: Any, c: Any, h: Any, *out: Any) -> tuple[Any, ...]:
        kept = keep[t][:, None]
        activated = activate(projected[t] + (h * kept) @ recurrent)
        c, h = cell(activated, c * kept)
        written = zip(out, (activated, c, h), strict=True)
        return (t + 1, c, h, *(array.write(t, value) for array, value in written))

    zero = tf.zeros((rows, units))
    loop = (0, zero, zero, *stacks(3, steps))
    result = tf.while_loop(lambda t, *_: t < steps, step, loop, maximum_iterations=steps)
    gates, c, h = (array.stack() for array in result[3:])
    return gates, c, h


def _backward(gates: Any, c: Any, keep: Any, recurrent: Any, dh: Any) -> Any:
    """Returns [steps, rows, 4 * units] the gradient for the gates before activation."""
    steps = gates.shape[0]
    factors, transposed = GateFactors(gates, previous(c, keep), c), tf.transpose(recurrent)

    def step(t: Any, dc: Any, dh_later: Any, out: Any) -> tuple[Any, ...]:
        kept = keep[t][:, None]
        dgates, dc = factors.gradients(t, dh[t] + dh_later, dc)
        return t - 1, dc * kept, (dgates @ transposed) * kept, out.write(t, dgates)

    zero = tf.zeros_like(c[0])
    loop = (steps - 1, zero, zero, *stacks(1, steps))
    *_, out = tf.while_loop(lambda t, *_: t >= 0, step, loop, maximum_iterations=steps)
    return out.stack()


def lstm(projected: Any, keep: Any, recurrent: Any, products: Products) -> Any:
    """Runs an LSTM layer over sequences that begin with a zero state.

    Args:
        projected: [steps, rows, 4 * units] x W + b, gates in the order i, j, f, o, with the forget
            bias.
        keep: [steps, rows] 0 where a melody begins, else 1.
        recurrent: [units, 4 * units].
        products: How to multiply.

    Returns:
        [steps, rows, units] h.
    """
    forward, backward = products.piece(_forward), products.piece(_backward)

    @tf.custom_gradient
    def layer(projected: Any, recurrent: Any) -> tuple[Any, Any]:
        gates, c, h = forward(projected, keep, recurrent)

        def gradient(dh: Any) -> tuple[Any, Any]:
            dgates = backward(gates, c, keep, recurrent, dh)
            return dgates, products.weights_gradient(previous(h, keep), dgates)

        return h, gradient

    return layer(projected, recurrent)
