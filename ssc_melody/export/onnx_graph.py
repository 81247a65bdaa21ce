"""One step of a model as an ONNX graph: an input vector and states in, logits and states out.

Follows: ONNX operator set 17; nothing but matrix products, sigmoids and such, so that any runtime
plays it. Every input and output has a first dimension `batch`; states are zero at first. The
attention's window is kept oldest first, so a state can be looked at. What feeds the graph (the
inputs of an encoding) and what chooses from its logits is the caller's.

| input | shape | output |
|---|---|---|
| `input` | [batch, input_size] | `logits` [batch, classes] |
| `c_N`, `h_N` of layer N from 0 | [batch, units] | `next_c_N`, `next_h_N` |
| `attention` | [batch, size] | `next_attention` |
| `attention_values`, `attention_features` | [batch, length, size] | `next_...` |
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ssc_melody.constants import VERSION
from ssc_melody.errors import SscMelodyError
from ssc_melody.export.weights import lstm, output
from ssc_melody.network.cells import AttentionWeights, FloatArray, Linear
from ssc_melody.network.stack import Layer
from ssc_melody.play.model import Model

OPSET = 17
IR_VERSION = 8
"""Of ONNX 1.12 (2022): runtimes since then read it."""


def onnx_bytes(model: Model, metadata: dict[str, str]) -> bytes:
    """Returns the graph as a file.

    Args:
        model: Of any topology.
        metadata: What the file says of itself.

    Raises:
        SscMelodyError: The package onnx is not installed.
    """
    return bytes(_Graph(model).file(metadata))


def _onnx() -> Any:
    try:
        import onnx  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise SscMelodyError(
            f'exporting to ONNX needs onnx: {error}; pip install "ssc_melody[onnx]"'
        ) from error
    return onnx


class _Graph:
    """Nodes, constants, inputs and outputs, as they come."""

    def __init__(self, model: Model) -> None:
        self.onnx = _onnx()
        self.model = model
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self._count = 0

    def file(self, metadata: dict[str, str]) -> bytes:
        """Builds the graph and returns its bytes."""
        network = self.model.network
        x = self.input("input", network.input_size)
        if network.attention is not None:
            x, states = self.attended(network.attention, x)
        y, queries = x, []
        for number, layer in enumerate(network.layers):
            y, query = self.layer(number, layer, y)
            queries += query
        if network.attention is not None:
            y = self.look_back(network.attention, states, queries, y)
        self.linear(output(self.model), [y], "logits")
        self.output("logits", network.num_classes)
        helper = self.onnx.helper
        graph = helper.make_graph(
            self.nodes, "melody_rnn_step", self.inputs, self.outputs, self.constants
        )
        made = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            producer_name="ssc_melody",
            producer_version=VERSION,
        )
        made.ir_version = IR_VERSION
        helper.set_model_props(made, metadata)
        self.onnx.checker.check_model(made)
        data: bytes = made.SerializeToString(deterministic=True)
        return data

    def _shape(self, name: str, *sizes: int) -> Any:
        kind = self.onnx.TensorProto.FLOAT
        return self.onnx.helper.make_tensor_value_info(name, kind, ["batch", *sizes])

    def input(self, name: str, *sizes: int) -> str:
        """Adds an input; returns its name."""
        self.inputs.append(self._shape(name, *sizes))
        return name

    def output(self, name: str, *sizes: int) -> None:
        """Declares a value as an output."""
        self.outputs.append(self._shape(name, *sizes))

    def constant(self, array: FloatArray | np.ndarray[Any, Any]) -> str:
        """Adds a constant; returns its name."""
        name = f"constant_{len(self.constants)}"
        plain = np.ascontiguousarray(array)
        self.constants.append(self.onnx.numpy_helper.from_array(plain, name))
        return name

    def node(self, kind: str, inputs: list[str], to: str = "", **attributes: Any) -> str:
        """Adds a node of one output; returns the output's name."""
        self._count += 1
        name = to or f"value_{self._count}"
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [name], **attributes))
        return name

    def linear(self, linear: Linear, parts: list[str], to: str = "") -> str:
        """Adds y = x W + b of parts side by side."""
        x = parts[0] if len(parts) == 1 else self.node("Concat", parts, axis=1)
        weights, bias = self.constant(linear.weights), self.constant(linear.bias)
        return self.node("Gemm", [x, weights, bias], to)

    def layer(self, number: int, layer: Layer, x: str) -> tuple[str, list[str]]:
        """Adds a layer; returns its output, and its new c and h."""
        if layer.projection is not None:
            x = self.linear(layer.projection, [x])
        if layer.attention is None:
            y, query = self.cell(number, layer, x)
        else:
            fed, states = self.attended(layer.attention, x)
            y, query = self.cell(number, layer, fed)
            y = self.look_back(layer.attention, states, query, y)
        return (self.node("Add", [y, x]) if layer.residual else y), query

    def cell(self, number: int, layer: Layer, x: str) -> tuple[str, list[str]]:
        """Adds an LSTM cell; returns h, and [c, h]."""
        units = layer.lstm.units
        c, h = self.input(f"c_{number}", units), self.input(f"h_{number}", units)
        gates = self.linear(Linear(*lstm(layer.lstm)), [x, h])
        names = [f"gate_{number}_{gate}" for gate in "ijfo"]
        split = self.constant(np.array([units] * 4, dtype=np.int64))
        self.nodes.append(self.onnx.helper.make_node("Split", [gates, split], names, axis=1))
        i, f, o = (self.sigmoid(names[at]) for at in (0, 2, 3))
        j = self.node("Tanh", [names[1]])
        kept, added = self.node("Mul", [c, f]), self.node("Mul", [i, j])
        new_c = self.node("Add", [kept, added], f"next_c_{number}")
        new_h = self.node("Mul", [self.node("Tanh", [new_c]), o], f"next_h_{number}")
        self.output(new_c, units)
        self.output(new_h, units)
        return new_h, [new_c, new_h]

    def sigmoid(self, x: str) -> str:
        """Adds a sigmoid as cells.py computes it: runtimes' own are some bits off."""
        half = self.constant(np.array(0.5, dtype=np.float32))
        t = self.node("Tanh", [self.node("Mul", [x, half])])
        return self.node("Add", [self.node("Mul", [t, half]), half])

    def attended(self, attention: AttentionWeights, x: str) -> tuple[str, list[str]]:
        """Adds what attention does to its cell's input; returns that, and the states' names."""
        size, length = len(attention.score), attention.length
        states = [
            self.input("attention", size),
            self.input("attention_values", length, size),
            self.input("attention_features", length, size),
        ]
        return self.linear(attention.input, [x, states[0]]), states

    def look_back(
        self, attention: AttentionWeights, states: list[str], query: list[str], y: str
    ) -> str:
        """Adds the look back over the window, and the window's move; returns the new output."""
        size, length = len(attention.score), attention.length
        _, values, features = states
        asked = self.linear(attention.query, query)
        asked = self.node("Unsqueeze", [asked, self.constant(np.array([1], dtype=np.int64))])
        close = self.node("Tanh", [self.node("Add", [features, asked])])
        score = self.constant(attention.score[:, None])
        shares = self.node("Softmax", [self.node("MatMul", [close, score])], axis=1)
        weighed = self.node("Mul", [values, shares])
        axes = self.constant(np.array([1], dtype=np.int64))
        result = self.node("ReduceSum", [weighed, axes], "next_attention", keepdims=0)
        y = self.linear(attention.output, [y, result])
        keys = self.node("MatMul", [y, self.constant(attention.keys)])
        self.output(result, size)
        for name, new in ((values, y), (features, keys)):
            moved = self._moved(name, new, length)
            self.output(moved, length, size)
        return y

    def _moved(self, window: str, new: str, length: int) -> str:
        """Drops the oldest row of a window and adds a new one."""
        starts, ends, axes = (self.constant(np.array([n], dtype=np.int64)) for n in (1, length, 1))
        kept = self.node("Slice", [window, starts, ends, axes])
        row = self.node("Unsqueeze", [new, axes])
        return self.node("Concat", [kept, row], f"next_{window}", axis=1)


def facts_text(facts: dict[str, object]) -> dict[str, str]:
    """Returns facts as the texts that a file's metadata are."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in facts.items()
    }
