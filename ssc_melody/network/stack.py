"""A melody network: layers of LSTM with what the configs and releases put around them, and logits.

One step for a whole batch; what feeds it is `encodings`, what chooses from its output
`play.sampling`, what builds it from a bundle `network.build`.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from ssc_melody.network.cells import (
    AttentionState,
    AttentionWeights,
    FloatArray,
    Linear,
    LstmState,
    LstmWeights,
    attend,
    lstm_step,
)


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer of the stack.

    Attributes:
        lstm: The cell.
        projection: Applied to the layer's input first; None for none.
        attention: Around this cell; None for none.
        residual: Whether the (projected) input is added to the layer's output.
    """

    lstm: LstmWeights
    projection: Linear | None = None
    attention: AttentionWeights | None = None
    residual: bool = False


@dataclasses.dataclass(frozen=True)
class Network:
    """Everything between an input vector and the logits.

    Attributes:
        layers: Bottom first.
        output: From the top layer to [classes].
        attention: Around the whole stack (bundles before Magenta 0.1.13); None for none.
    """

    layers: tuple[Layer, ...]
    output: Linear
    attention: AttentionWeights | None = None

    @property
    def input_size(self) -> int:
        """Length of an input vector."""
        first = self.layers[0]
        if self.attention is not None:
            return int(self.attention.input.weights.shape[1])
        return first.lstm.inputs if first.projection is None else len(first.projection.weights)

    @property
    def num_classes(self) -> int:
        """Number of logits."""
        return len(self.output.bias)


class LayerState:
    """What a layer remembers of one batch: its cell's state and its attention's."""

    def __init__(self, layer: Layer, rows: int) -> None:
        self.lstm = LstmState(layer.lstm, rows)
        self.attention = AttentionState(layer.attention, rows) if layer.attention else None


class NetworkState:
    """What a network remembers of one batch of `rows` melodies; zero at first."""

    def __init__(self, network: Network, rows: int) -> None:
        self.layers = [LayerState(layer, rows) for layer in network.layers]
        self.attention = AttentionState(network.attention, rows) if network.attention else None

    def _parts(self) -> list[LstmState | AttentionState]:
        parts = [part for layer in self.layers for part in (layer.lstm, layer.attention)]
        return [part for part in (*parts, self.attention) if part is not None]

    def copy_rows(self, source: "NetworkState", rows: npt.NDArray[np.int64]) -> None:
        """Takes over the given rows of another state of this network (or of this state)."""
        for mine, theirs in zip(self._parts(), source._parts(), strict=True):
            mine.copy_rows(theirs, rows)  # type: ignore[arg-type]

    def put_rows(self, source: "NetworkState", rows: npt.NDArray[np.int64]) -> None:
        """Overwrites some rows by a state of as many; not for networks with attention."""
        for mine, theirs in zip(self.layers, source.layers, strict=True):
            mine.lstm.h[rows], mine.lstm.c[rows] = theirs.lstm.h, theirs.lstm.c


def _cell_state(state: LstmState) -> tuple[FloatArray, FloatArray]:
    return state.c, state.h


def _layer_step(layer: Layer, state: LayerState, x: FloatArray) -> FloatArray:
    if layer.projection is not None:
        x = layer.projection(x)
    if layer.attention is None or state.attention is None:
        y = lstm_step(layer.lstm, state.lstm, x)
    else:
        y = lstm_step(layer.lstm, state.lstm, layer.attention.input(x, state.attention.result))
        y = attend(layer.attention, state.attention, _cell_state(state.lstm), y)
    return y + x if layer.residual else y


def step(network: Network, state: NetworkState, x: FloatArray) -> FloatArray:
    """Advances a batch by one step.

    Args:
        network: The weights.
        state: The batch's state, updated in place.
        x: [rows, input_size].

    Returns:
        [rows, num_classes] logits, not divided by a temperature.
    """
    if network.attention is not None and state.attention is not None:
        x = network.attention.input(x, state.attention.result)
    y = x
    for layer, layer_state in zip(network.layers, state.layers, strict=True):
        y = _layer_step(layer, layer_state, y)
    if network.attention is not None and state.attention is not None:
        query = [part for s in state.layers for part in _cell_state(s.lstm)]
        y = attend(network.attention, state.attention, query, y)
    return network.output(y)
