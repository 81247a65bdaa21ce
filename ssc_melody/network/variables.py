"""The variables of a config's training graph: their names, shapes and first values.

Follows events_rnn_graph.py and TensorFlow's AdamOptimizer: names, shapes and initial distributions
are stock's, so checkpoints are exchangeable. Needs no TensorFlow.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ssc_melody.network.names import is_weight
from ssc_melody.specs import NetworkSpec

BETA1, BETA2 = 0.9, 0.999
Shapes = dict[str, tuple[int, ...]]


class LayerNames(NamedTuple):
    """Where a layer's variables are.

    Attributes:
        projection: Scope of the projection that a residual layer may need, or "".
        attention: Scope of the attention, or "".
        lstm: Scope of the LSTM.
    """

    projection: str
    attention: str
    lstm: str


def layer_names(spec: NetworkSpec) -> list[LayerNames]:
    """Returns the scopes of each layer, bottom first.

    Source: events_rnn_graph.make_rnn_cell.
    """
    names, sizes = [], spec.rnn_layer_sizes
    for i, units in enumerate(sizes):
        scope, projection, wrapper = f"rnn/multi_rnn_cell/cell_{i}", "", ""
        if spec.residual_connections and (i == 0 or units != sizes[i - 1]):
            scope = projection = f"{scope}/input_projection_wrapper"
        if spec.attn_length and i == 0:
            scope = wrapper = f"{scope}/attention_cell_wrapper"
        names.append(LayerNames(projection, wrapper, f"{scope}/basic_lstm_cell"))
    return names


def _attention_shapes(scope: str, inputs: int, units: int) -> Shapes:
    return {
        f"{scope}/kernel": (inputs + units, inputs),
        f"{scope}/bias": (inputs,),
        f"{scope}/attention/attn_w": (1, 1, units, units),
        f"{scope}/attention/attn_v": (units,),
        f"{scope}/attention/kernel": (2 * units, units),
        f"{scope}/attention/bias": (units,),
        f"{scope}/attn_output_projection/kernel": (2 * units, units),
        f"{scope}/attn_output_projection/bias": (units,),
    }


def variable_shapes(spec: NetworkSpec) -> Shapes:
    """Returns the shape of each trained variable by its name in stock's graph."""
    encoding = spec.make_encoding()
    shapes: Shapes = {}
    inputs = encoding.input_size
    for units, names in zip(spec.rnn_layer_sizes, layer_names(spec), strict=True):
        if names.projection:
            shapes[f"{names.projection}/kernel"] = (inputs, units)
            shapes[f"{names.projection}/bias"] = (units,)
            inputs = units
        if names.attention:
            shapes |= _attention_shapes(names.attention, inputs, units)
        shapes[f"{names.lstm}/kernel"] = (inputs + units, 4 * units)
        shapes[f"{names.lstm}/bias"] = (4 * units,)
        inputs = units
    shapes["fully_connected/weights"] = (inputs, encoding.num_classes)
    shapes["fully_connected/biases"] = (encoding.num_classes,)
    return shapes


def initial_weights(spec: NetworkSpec, seed: int) -> dict[str, np.ndarray]:
    """Returns random weights: Glorot's uniform distribution, and zero for biases.

    Source: variable_scope's default initializer and tf_slim.layers.linear.
    """
    random = np.random.default_rng([seed, 0])
    weights = {}
    for name, shape in variable_shapes(spec).items():
        if name.endswith(("bias", "biases")):
            weights[name] = np.zeros(shape, np.float32)
            continue
        fan_in, fan_out = (shape[0], shape[0]) if len(shape) == 1 else shape[-2:]
        limit = np.sqrt(6.0 / (fan_in + fan_out))
        weights[name] = random.uniform(-limit, limit, shape).astype(np.float32)
    return weights


def initial_state(spec: NetworkSpec, seed: int) -> dict[str, np.ndarray]:
    """Returns all that a checkpoint holds, before the first step."""
    return fresh_state(initial_weights(spec, seed))


def average_name(weight: str) -> str:
    """Returns a weight's moving average by the name that tf.train.ExponentialMovingAverage has."""
    return f"{weight}/ExponentialMovingAverage"


def with_averages(state: Mapping[str, np.ndarray], wanted: bool) -> dict[str, np.ndarray]:
    """Returns a state with or without moving averages; new ones begin at the weights."""
    averages = {average_name(name): state[name] for name in state if is_weight(name)}
    if wanted:
        return {**averages, **state}
    return {name: array for name, array in state.items() if name not in averages}


def fresh_state(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns weights with the optimizer's variables as they are before the first step."""
    state = dict(weights)
    for name, array in weights.items():
        state[f"{name}/Adam"] = np.zeros_like(array)
        state[f"{name}/Adam_1"] = np.zeros_like(array)
    state["beta1_power"] = np.array(BETA1, np.float32)
    state["beta2_power"] = np.array(BETA2, np.float32)
    state["global_step"] = np.array(0, np.int64)
    return state
