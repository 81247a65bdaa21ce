"""The network of a bundle of any release in today's variables, where today's graph can hold it.

Names are changed; a cuDNN-trained layer adds no forget bias, today's adds 1, so 1 is taken off; a
temperature that is fixed in the graph (Magenta 0.1.4 and older) goes into the output layer. What
cannot be had is attention around a stack of several layers (Magenta 0.1.12 and older): it looks
back on the top layer's output and feeds the bottom one, and today's attention knows one layer only.

Needs no TensorFlow.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from ssc_melody.errors import BundleError, about
from ssc_melody.formats.bundle import Bundle
from ssc_melody.formats.checkpoint import parse_v1
from ssc_melody.network.cells import AttentionWeights, Linear
from ssc_melody.network.metagraph import read_metagraph
from ssc_melody.network.names import cell_names, is_weight, modern_name
from ssc_melody.network.stack import Network
from ssc_melody.network.variables import layer_names
from ssc_melody.play.loading import melodies_only, model_of_bundle
from ssc_melody.play.model import Model
from ssc_melody.specs import NetworkSpec

Arrays = dict[str, npt.NDArray[np.float32]]

_BIAS_NOW = 1.0
"""What today's LSTM adds to its forget gate."""


def _attention(model: Model) -> AttentionWeights | None:
    """Returns the attention of the first layer.

    Raises:
        BundleError: There is another one, which today's graph has no place for.
    """
    network = model.network
    if network.attention is not None and len(network.layers) > 1:
        raise BundleError(
            f"{model.source}: its attention is around the whole stack of {len(network.layers)} "
            "layers (Magenta 0.1.12 and older); today's graph has it around the first layer only, "
            "so no such network exists in today's form; it can be played as it is"
        )
    if any(layer.attention for layer in network.layers[1:]):
        raise BundleError(f"{model.source}: attention around a layer that is not the first")
    return network.attention or network.layers[0].attention


def spec_of(model: Model) -> NetworkSpec:
    """Returns a model's config with the hyperparameters that its network really has.

    Raises:
        BundleError: Today's graph has no such network.
    """
    layers, attention = model.network.layers, _attention(model)
    return dataclasses.replace(
        model.spec,
        rnn_layer_sizes=tuple(layer.lstm.units for layer in layers),
        residual_connections=any(layer.residual for layer in layers),
        attn_length=attention.length if attention is not None else 0,
    )


def _linear(scope: str, linear: Linear, weights: str = "kernel", bias: str = "bias") -> Arrays:
    return {f"{scope}/{weights}": linear.weights, f"{scope}/{bias}": linear.bias}


def _attention_variables(scope: str, attention: AttentionWeights) -> Arrays:
    return {
        **_linear(scope, attention.input),
        f"{scope}/attention/attn_w": attention.keys[None, None],
        f"{scope}/attention/attn_v": attention.score,
        **_linear(f"{scope}/attention", attention.query),
        **_linear(f"{scope}/attn_output_projection", attention.output),
    }


def _lstms(bundle: Bundle) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    """Returns kernel and bias of each layer, bottom first, for a forget bias of today's."""
    with about(bundle.source, BundleError):
        tensors, facts = parse_v1(bundle.checkpoint), read_metagraph(bundle.metagraph)
    found = {modern_name(name): array for name, array in tensors.items() if is_weight(name)}
    lstms = []
    for cell in cell_names(found):
        kernel, bias = found[cell.kernel], found[f"{cell.scope}/bias"]
        if cell.cudnn:
            more = np.array([0, 0, (facts.forget_bias or 0.0) - _BIAS_NOW, 0], np.float32)
            bias = bias + np.repeat(more, len(bias) // 4)
        lstms.append((kernel, bias))
    return lstms


def _output(network: Network, temperature: float | None) -> Linear:
    scale = np.float32(1 / (temperature or 1.0))
    return Linear(network.output.weights * scale, network.output.bias * scale)


def modern_variables(bundle: Bundle, config: str | None = None) -> tuple[NetworkSpec, Arrays]:
    """Returns a bundle's config, with the network's own hyperparameters, and its variables.

    Args:
        bundle: Of any release.
        config: Which config to take it for, where its id is not a registered one.

    Raises:
        BundleError: It is not a Melody RNN, or today's graph has no such network.
        SpecError: There is no such config.
    """
    model = model_of_bundle(bundle, config)
    melodies_only(model.spec, bundle.source)
    spec, attention = spec_of(model), _attention(model)
    names = layer_names(spec)
    variables: Arrays = {}
    if attention is not None:
        variables |= _attention_variables(names[0].attention, attention)
    for layer, name, (kernel, bias) in zip(
        model.network.layers, names, _lstms(bundle), strict=True
    ):
        if layer.projection is not None:
            variables |= _linear(name.projection, layer.projection)
        variables |= {f"{name.lstm}/kernel": kernel, f"{name.lstm}/bias": bias}
    output = _output(model.network, model.temperature)
    return spec, variables | _linear("fully_connected", output, "weights", "biases")
