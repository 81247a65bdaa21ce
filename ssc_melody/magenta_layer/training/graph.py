"""The network's loss and gradients, and Adam, as Magenta's training graph has them.

Follows events_rnn_graph.py (cells, dropout, loss, metrics), tf_slim's create_train_op (gradients
are clipped to `clip_norm` one variable at a time, not by their global norm) and TensorFlow's
AdamOptimizer (epsilon 1e-8, outside the bias correction).

Differs: dropout is drawn from (seed, step), so that a resumed run draws what an unbroken one would.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from ssc_melody.encodings import get_encoding
from ssc_melody.magenta_layer.training.attention import attention
from ssc_melody.magenta_layer.training.batches import Batch
from ssc_melody.magenta_layer.training.lstm import lstm, per_step
from ssc_melody.magenta_layer.training.variables import (
    BETA1,
    BETA2,
    LayerNames,
    layer_names,
    variable_shapes,
)
from ssc_melody.specs import MelodySpec

EPSILON = 1e-8


class Sums(NamedTuple):
    """What metrics are made of; `+` over batches.

    Attributes:
        cross_entropy: Sum over steps (nats).
        steps: Their number.
        correct: Steps whose most likely class is the right one.
        events: Steps whose class is not no-event.
        events_correct: Those among them that are right.
        class_steps: [classes] steps of each class.
        class_correct: [classes] those that are right.
    """

    cross_entropy: Any
    steps: Any
    correct: Any
    events: Any
    events_correct: Any
    class_steps: Any
    class_correct: Any


def _mixed(x: Any) -> Any:
    """Returns 32-bit numbers that look random (the multipliers are those of "lowbias32")."""
    for shift, multiplier in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        shifted = tf.bitwise.right_shift(x, tf.constant(shift, tf.uint32))
        x = tf.bitwise.bitwise_xor(x, shifted) * tf.constant(multiplier, tf.uint32)
    return x


def _dropout(x: Any, keep_prob: float, seed: int, number: Any) -> Any:
    """Drops what a hash of (seed, number, place) says; far faster than TensorFlow's generators."""
    if keep_prob >= 1.0:
        return x
    key = _mixed(tf.constant(seed, tf.uint32))
    place = tf.reshape(tf.range(tf.size(x)), tf.shape(x))
    hashed = _mixed(tf.cast(place, tf.uint32) + _mixed(key + tf.cast(number, tf.uint32)))
    random = _mixed(tf.bitwise.bitwise_xor(hashed, key))
    kept = random < tf.constant(min(round(keep_prob * 2**32), 2**32 - 1), tf.uint32)
    return tf.where(kept, x / keep_prob, 0.0)


class Network:
    """Variables of a config's training graph, and the compiled functions over them."""

    def __init__(self, spec: MelodySpec, state: Mapping[str, np.ndarray], seed: int, jit: bool):
        """Creates the variables.

        Args:
            spec: The config.
            state: A checkpoint's content (`variables.initial_state`).
            seed: Start of dropout's random numbers.
            jit: Whether XLA compiles the functions.
        """
        self.spec, self.seed, self.jit = spec, seed, jit
        self.encoding = get_encoding(spec)
        self.names = list(variable_shapes(spec))
        self.variables = {
            name: tf.Variable(array, name=name.replace("/", "_")) for name, array in state.items()
        }
        self._compiled: dict[tuple[str, Any], Any] = {}

    @property
    def global_step(self) -> int:
        """Steps trained so far."""
        return int(self.variables["global_step"].numpy())

    @property
    def compiled(self) -> int:
        """How many functions have been compiled, each for arrays of one shape."""
        return len(self._compiled)

    def state(self) -> dict[str, np.ndarray]:
        """Returns the content of a checkpoint."""
        return {name: variable.numpy() for name, variable in self.variables.items()}

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Takes over the content of another checkpoint."""
        for name, variable in self.variables.items():
            variable.assign(state[name])

    def weights_are_finite(self) -> bool:
        """Tells whether no weight is NaN or infinite."""
        return all(np.isfinite(self.variables[name].numpy()).all() for name in self.names)

    def train(self, batch: Batch) -> Sums:
        """Takes one step and returns the sums from before it."""
        return _to_numpy(self._run(self._train_step, batch))

    def evaluate(self, batch: Batch) -> Sums:
        """Returns the sums without dropout."""
        return _to_numpy(self._run(self._eval_step, batch))

    def gradients(self, batch: Batch) -> tuple[Sums, dict[str, np.ndarray]]:
        """Returns the sums and the clipped gradients by variable, and changes nothing."""
        sums, gradients = self._run(self._clipped_gradients, batch)
        return _to_numpy(sums), {
            name: gradient.numpy() for name, gradient in zip(self.names, gradients, strict=True)
        }

    def _run(self, function: Callable[..., Any], batch: Batch) -> Any:
        """Calls a function of a batch's arrays, which is compiled once for each shape of them."""
        key = (function.__name__, batch.inputs.shape)
        if key not in self._compiled:
            shapes = (tf.TensorSpec(array.shape, array.dtype) for array in batch)
            compiled = tf.function(function, jit_compile=self.jit)
            self._compiled[key] = compiled.get_concrete_function(*shapes)
        return self._compiled[key](*map(tf.constant, batch))

    def _logits(self, inputs: Any, position: Any, dropout: bool) -> Any:
        x = tf.cast(inputs, tf.float32)
        keep = tf.cast(position > 0, tf.float32)
        for i, names in enumerate(layer_names(self.spec)):
            if names.projection:
                x = self._linear(x, names.projection, "kernel", "bias")
            y = self._layer(names, x, position, keep)
            x = x + y if self.spec.residual_connections else y
            if dropout:
                number = self.variables["global_step"] * len(self.spec.rnn_layer_sizes) + i
                x = _dropout(x, self.spec.dropout_keep_prob, self.seed & 0x7FFFFFFF, number)
        return self._linear(x, "fully_connected", "weights", "biases")

    def _linear(self, x: Any, scope: str, weights: str, bias: str) -> Any:
        variables = self.variables
        return per_step(x, variables[f"{scope}/{weights}"]) + variables[f"{scope}/{bias}"]

    def _layer(self, names: LayerNames, x: Any, position: Any, keep: Any) -> Any:
        if not names.attention:
            kernel, bias = (self.variables[f"{names.lstm}/{part}"] for part in ("kernel", "bias"))
            return lstm(x, keep, kernel, bias)
        prefix = f"{names.attention}/"
        variables = {
            name.removeprefix(prefix): self.variables[name]
            for name in self.names
            if name.startswith(prefix)
        }
        return attention(x, position, variables, self.spec.attn_length, self.jit)

    def _sums(self, logits: Any, labels: Any, position: Any) -> Sums:
        counts = tf.cast(position >= 0, tf.float32)
        cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        predicted = tf.argmax(logits, 2, output_type=labels.dtype)
        correct = tf.where(predicted == labels, counts, 0.0)
        is_event = tf.cast(labels != self.encoding.default_label, tf.float32)
        classes = tf.one_hot(labels, self.encoding.num_classes)
        return Sums(
            cross_entropy=tf.reduce_sum(cross_entropy * counts),
            steps=tf.reduce_sum(counts),
            correct=tf.reduce_sum(correct),
            events=tf.reduce_sum(counts * is_event),
            events_correct=tf.reduce_sum(correct * is_event),
            class_steps=tf.reduce_sum(classes * counts[:, :, None], (0, 1)),
            class_correct=tf.reduce_sum(classes * correct[:, :, None], (0, 1)),
        )

    def _eval_step(self, inputs: Any, labels: Any, position: Any) -> Sums:
        return self._sums(self._logits(inputs, position, dropout=False), labels, position)

    def _clipped_gradients(self, inputs: Any, labels: Any, position: Any) -> tuple[Sums, list[Any]]:
        trained = [self.variables[name] for name in self.names]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            sums = self._sums(self._logits(inputs, position, dropout=True), labels, position)
            loss = sums.cross_entropy / sums.steps
        gradients = tape.gradient(loss, trained)
        if self.spec.clip_norm > 0:
            gradients = [tf.clip_by_norm(gradient, self.spec.clip_norm) for gradient in gradients]
        return sums, gradients

    def _train_step(self, inputs: Any, labels: Any, position: Any) -> Sums:
        sums, gradients = self._clipped_gradients(inputs, labels, position)
        self._adam(gradients)
        self.variables["global_step"].assign_add(1)
        return sums

    def _adam(self, gradients: Sequence[Any]) -> None:
        power1, power2 = self.variables["beta1_power"], self.variables["beta2_power"]
        rate = self.spec.learning_rate * tf.sqrt(1 - power2) / (1 - power1)
        for name, gradient in zip(self.names, gradients, strict=True):
            mean, square = self.variables[f"{name}/Adam"], self.variables[f"{name}/Adam_1"]
            mean.assign_add((gradient - mean) * (1 - BETA1))
            square.assign_add((gradient * gradient - square) * (1 - BETA2))
            self.variables[name].assign_sub(rate * mean / (tf.sqrt(square) + EPSILON))
        power1.assign(power1 * BETA1)
        power2.assign(power2 * BETA2)


def _to_numpy(sums: Sums) -> Sums:
    return Sums(*(np.asarray(value, np.float64) for value in sums))
