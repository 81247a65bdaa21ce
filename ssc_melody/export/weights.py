"""A model's arrays as they are in a checkpoint of today, from whichever release it was read.

Follows: the names of network/variables.py, the gate order i, j, f, o of BasicLSTMCell, whose forget
bias of 1 is not in the arrays. A temperature that is fixed in the graph (Magenta 0.1.4 and older)
is in the output layer here. Attention around a stack of several layers (0.1.12 and older) has the
scope `rnn/attention_cell_wrapper`, which today's graph does not know.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ssc_melody.network.cells import AttentionWeights, FloatArray, Linear, LstmWeights
from ssc_melody.network.variables import layer_names
from ssc_melody.play.model import Model
from ssc_melody.specs import NetworkSpec

Arrays = dict[str, FloatArray]

FORGET_BIAS = 1.0
"""What a cell adds to its forget gate."""

_OUTER = "rnn/attention_cell_wrapper"


def lstm(weights: LstmWeights) -> tuple[FloatArray, FloatArray]:
    """Returns [inputs + units, 4 * units] kernel and [4 * units] bias, gates i, j, f, o.

    The forget bias is in the bias. The network keeps the columns of i, f and o halved and in
    another order; doubling them is exact.
    """
    i, f, o, j = np.split(weights.kernel, 4, axis=1)
    whole = np.hstack([2 * i, j, 2 * f, 2 * o]).astype(np.float32)
    return whole[:-1], whole[-1]


def without_forget_bias(bias: FloatArray) -> FloatArray:
    """Returns a bias as a checkpoint has it."""
    i, j, f, o = np.split(bias, 4)
    return np.concatenate([i, j, f - np.float32(FORGET_BIAS), o])


def output(model: Model) -> Linear:
    """Returns the output layer, with the temperature that an old bundle fixes in it."""
    scale = np.float32(1 / (model.temperature or 1.0))
    linear = model.network.output
    return Linear(linear.weights * scale, linear.bias * scale)


def spec_of(model: Model) -> NetworkSpec:
    """Returns a model's config with the hyperparameters that its network really has."""
    first, attention = model.network.layers[0], inner_attention(model)
    return dataclasses.replace(
        model.spec,
        rnn_layer_sizes=tuple(layer.lstm.units for layer in model.network.layers),
        residual_connections=first.residual,
        attn_length=attention.length if attention else 0,
    )


def inner_attention(model: Model) -> AttentionWeights | None:
    """Returns the attention of the first layer; around a stack of one layer is the same."""
    network = model.network
    return network.layers[0].attention or (network.attention if len(network.layers) == 1 else None)


def arrays(model: Model) -> Arrays:
    """Returns all arrays of a model by their names."""
    found: Arrays = {}
    inner = inner_attention(model)
    if model.network.attention is not None and inner is None:
        found |= _attention(_OUTER, model.network.attention)
    for layer, names in zip(model.network.layers, layer_names(spec_of(model)), strict=True):
        if layer.projection is not None:
            found |= _linear(names.projection, layer.projection)
        if names.attention and inner is not None:
            found |= _attention(names.attention, inner)
        kernel, bias = lstm(layer.lstm)
        found[f"{names.lstm}/kernel"] = kernel
        found[f"{names.lstm}/bias"] = without_forget_bias(bias)
    last = output(model)
    found["fully_connected/weights"], found["fully_connected/biases"] = last.weights, last.bias
    return found


def _linear(scope: str, linear: Linear) -> Arrays:
    return {f"{scope}/kernel": linear.weights, f"{scope}/bias": linear.bias}


def _attention(scope: str, attention: AttentionWeights) -> Arrays:
    return {
        **_linear(scope, attention.input),
        f"{scope}/attention/attn_w": attention.keys[None, None],
        f"{scope}/attention/attn_v": attention.score,
        **_linear(f"{scope}/attention", attention.query),
        **_linear(f"{scope}/attn_output_projection", attention.output),
    }
