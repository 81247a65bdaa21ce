"""The network's loss and gradients, and Adam, as Magenta's training graph has them.

Follows events_rnn_graph.py (cells, dropout, loss), tf_slim's create_train_op (gradients are clipped
to `clip_norm` one variable at a time, not by their global norm) and TensorFlow's AdamOptimizer
(epsilon 1e-8, outside the bias correction).

Each core of a CPU takes a part of a batch's rows: the products within a layer's loop are too small
to be shared among cores.
"""

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tensorflow as tf

from ssc_melody.cores import usable_cores
from ssc_melody.network.variables import (
    BETA1,
    BETA2,
    LayerNames,
    average_name,
    layer_names,
    variable_shapes,
)
from ssc_melody.specs import NetworkSpec
from ssc_melody.training import one_hot
from ssc_melody.training.attention import attention
from ssc_melody.training.batches import Batch
from ssc_melody.training.dropout import dropout
from ssc_melody.training.lstm import lstm, with_forget_bias
from ssc_melody.training.products import Products
from ssc_melody.training.sums import Sums, sums_of

EPSILON = 1e-8

_PART_ROWS = 24
"""Fewer rows are not worth a core of their own."""


def parts_of(rows: int, cores: int) -> int:
    """Returns into how many equal parts the rows of a batch are split."""
    most = min(cores, rows // _PART_ROWS)
    return max((parts for parts in range(1, most + 1) if rows % parts == 0), default=1)


def _cores() -> int:
    """Returns how many cores may share a batch; a GPU takes it whole."""
    return 1 if tf.config.list_physical_devices("GPU") else usable_cores()


class _ByShape:
    """A function compiled for each shape of its arguments, of which there are few.

    tf.function would do the same, but warns of it, as of a mistake.
    """

    def __init__(self, function: Callable[..., Any], jit: bool) -> None:
        self._function = tf.function(function, jit_compile=jit)
        self._made: dict[tuple[tuple[int, ...], ...], Any] = {}
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """For how many shapes it has been compiled."""
        return len(self._made)

    def __call__(self, *arguments: Any) -> Any:
        shapes = tuple(tuple(tensor.shape) for tensor in tf.nest.flatten(arguments))
        with self._lock:
            if shapes not in self._made:
                self._made[shapes] = self._function.get_concrete_function(*arguments)
        return self._made[shapes](*arguments)


class Network:
    """Variables of a config's training graph, and the compiled functions over them."""

    def __init__(
        self,
        spec: NetworkSpec,
        state: Mapping[str, np.ndarray],
        seed: int,
        jit: bool,
        cores: int = 0,
        average_decay: float = 0,
        half_life: float = 0,
        bfloat16: bool = False,
    ) -> None:
        """Creates the variables.

        Args:
            spec: The config.
            state: A checkpoint's content (`variables.initial_state`).
            seed: Start of dropout's random numbers.
            jit: Whether XLA compiles the functions.
            cores: How many may share a batch; 0 for all that the machine has.
            average_decay: See `TrainOptions`; above 0 the state has averages.
            half_life: Steps in which the learning rate halves; 0 for never.
            bfloat16: Whether factors of the large products are rounded to bfloat16.
        """
        self._average_decay, self._half_life = average_decay, half_life
        self.spec, self.seed = spec, seed
        self.cores = cores or _cores()
        self._threads = ThreadPoolExecutor(self.cores)
        self.encoding = spec.make_encoding()
        self.names = list(variable_shapes(spec))
        self.variables = {
            name: tf.Variable(array, name=name.replace("/", "_")) for name, array in state.items()
        }
        self._products, self._exact = Products(bfloat16, jit), Products(jit=jit)
        self._gradients = _ByShape(self._part_gradients, self._products.whole)
        self._sums = _ByShape(self._part_sums, self._exact.whole)
        self._step = _ByShape(self._take_step, jit)

    @property
    def global_step(self) -> int:
        """Steps trained so far."""
        return int(self.variables["global_step"].numpy())

    @property
    def compiled(self) -> int:
        """How many functions have been compiled, each for arrays of one shape."""
        return sum(function.count for function in (self._gradients, self._sums, self._step))

    def state(self) -> dict[str, np.ndarray]:
        """Returns the content of a checkpoint."""
        return {name: variable.numpy() for name, variable in self.variables.items()}

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Takes over the content of another checkpoint."""
        for name, variable in self.variables.items():
            variable.assign(state[name])

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Takes over weights, and nothing else."""
        for name, array in weights.items():
            self.variables[name].assign(array)

    def weights_are_finite(self) -> bool:
        """Tells whether no weight is NaN or infinite."""
        return all(np.isfinite(self.variables[name].numpy()).all() for name in self.names)

    def train(self, batch: Batch) -> Sums:
        """Takes one step and returns the sums from before it."""
        sums, gradients = zip(*self._by_part(self._gradients, batch), strict=True)
        self._step(gradients)
        return _total(sums)

    def evaluate(self, batch: Batch) -> Sums:
        """Returns the sums without dropout."""
        return _total(self._by_part(self._sums, batch))

    def gradients(self, batch: Batch) -> tuple[Sums, dict[str, np.ndarray]]:
        """Returns the sums and the clipped gradients by variable, and changes nothing."""
        sums, gradients = zip(*self._by_part(self._gradients, batch), strict=True)
        clipped = self._clipped(gradients)
        return _total(sums), {
            name: gradient.numpy() for name, gradient in zip(self.names, clipped, strict=True)
        }

    def _by_part(self, function: Callable[..., Any], batch: Batch) -> list[Any]:
        """Returns what a function gives for each part of the rows, all parts at the same time."""
        rows = batch.labels.shape[1]
        parts = parts_of(rows, self.cores)
        arrays = zip(*(np.split(array, parts, axis=1) for array in batch), strict=True)
        steps = tf.constant(np.count_nonzero(batch.position >= 0), tf.float32)

        def run(part: int, arrays: tuple[np.ndarray, ...]) -> Any:
            first_row = tf.constant(part * rows // parts, tf.int32)
            return function(*map(tf.constant, arrays), first_row, steps)

        if parts == 1:
            return [run(0, next(arrays))]
        return list(self._threads.map(run, range(parts), arrays))

    def _logits(
        self, inputs: Any, position: Any, products: Products, dropped: Callable[..., Any] | None
    ) -> Any:
        x, keep = tf.cast(inputs, tf.float32), tf.cast(position > 0, tf.float32)
        parts = self.encoding.one_hot_parts if products.whole else ()
        for i, names in enumerate(layer_names(self.spec)):
            if names.projection:
                x, parts = self._linear(x, names.projection, "kernel", "bias", products), ()
            y = self._layer(names, x, position, keep, products, parts)
            x, parts = x + y if self.spec.residual_connections else y, ()
            if dropped:
                x = dropped(x, self.variables["global_step"] * len(self.spec.rnn_layer_sizes) + i)
        return self._linear(x, "fully_connected", "weights", "biases", products)

    def _linear(self, x: Any, scope: str, weights: str, bias: str, products: Products) -> Any:
        product = products.per_step(x, self.variables[f"{scope}/{weights}"])
        return product + self.variables[f"{scope}/{bias}"]

    def _layer(
        self, names: LayerNames, x: Any, position: Any, keep: Any, products: Products,
        parts: one_hot.Parts,
    ) -> Any:  # fmt: skip
        if not names.attention:
            kernel, bias = (self.variables[f"{names.lstm}/{part}"] for part in ("kernel", "bias"))
            inputs, recurrent = kernel[: x.shape[2]], kernel[x.shape[2] :]
            product = one_hot.per_step(x, inputs, parts) if parts else products.per_step(x, inputs)
            return lstm(product + with_forget_bias(bias), keep, recurrent, products)
        prefix = f"{names.attention}/"
        variables = {
            name.removeprefix(prefix): self.variables[name]
            for name in self.names
            if name.startswith(prefix)
        }
        return attention(x, position, variables, self.spec.attn_length, products)

    def _sums_of(self, logits: Any, labels: Any, position: Any) -> Sums:
        return sums_of(logits, labels, position, self.encoding)

    def _part_sums(
        self, inputs: Any, labels: Any, position: Any, first_row: Any, steps: Any
    ) -> Sums:
        logits = self._logits(inputs, position, self._exact, None)
        return self._sums_of(logits, labels, position)

    def _part_gradients(
        self, inputs: Any, labels: Any, position: Any, first_row: Any, steps: Any
    ) -> tuple[Sums, list[Any]]:
        """Returns a part's sums, and its share of the gradients of the loss over the batch."""

        def drop(x: Any, number: Any) -> Any:
            keep_prob, seed = self.spec.dropout_keep_prob, self.seed & 0x7FFFFFFF
            return dropout(x, first_row, keep_prob, seed, number)

        trained = [self.variables[name] for name in self.names]
        dropped = self._products.piece(drop)
        sums_in_piece = self._products.piece(self._sums_of)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            logits = self._logits(inputs, position, self._products, dropped)
            sums = sums_in_piece(logits, labels, position)
            loss = sums.cross_entropy / steps
        return sums, tape.gradient(loss, trained)

    def _clipped(self, gradients: Sequence[Sequence[Any]]) -> list[Any]:
        """Returns the gradients of all parts together, clipped."""
        added = [sum(parts[1:], parts[0]) for parts in zip(*gradients, strict=True)]
        if self.spec.clip_norm <= 0:
            return added
        return [tf.clip_by_norm(gradient, self.spec.clip_norm) for gradient in added]

    def _take_step(self, gradients: Sequence[Sequence[Any]]) -> None:
        power1, power2 = self.variables["beta1_power"], self.variables["beta2_power"]
        rate = self.spec.learning_rate * tf.sqrt(1 - power2) / (1 - power1)
        step = tf.cast(self.variables["global_step"], tf.float32)
        if self._half_life:
            rate *= 0.5 ** (step / self._half_life)
        for name, gradient in zip(self.names, self._clipped(gradients), strict=True):
            mean, square = self.variables[f"{name}/Adam"], self.variables[f"{name}/Adam_1"]
            mean.assign_add((gradient - mean) * (1 - BETA1))
            square.assign_add((gradient * gradient - square) * (1 - BETA2))
            self.variables[name].assign_sub(rate * mean / (tf.sqrt(square) + EPSILON))
        if self._average_decay:
            self._average(step)
        power1.assign(power1 * BETA1)
        power2.assign(power2 * BETA2)
        self.variables["global_step"].assign_add(1)

    def _average(self, step: Any) -> None:
        """Moves the averages towards the weights, faster in the first steps.

        Source: tensorflow/python/training/moving_averages.py, ExponentialMovingAverage.
        """
        decay = tf.minimum(self._average_decay, (1 + step) / (10 + step))
        for name in self.names:
            average = self.variables[average_name(name)]
            average.assign_add((self.variables[name] - average) * (1 - decay))

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """A context in which the weights are the averages, if there are any."""
        weights = {name: self.variables[name].numpy() for name in self.names}
        if self._average_decay:
            for name in self.names:
                self.variables[name].assign(self.variables[average_name(name)])
        try:
            yield
        finally:
            self.load_weights(weights)


def _total(parts: Sequence[Sums]) -> Sums:
    in_numpy = (Sums(*(np.asarray(value, np.float64) for value in part)) for part in parts)
    return functools.reduce(Sums.plus, in_numpy)
