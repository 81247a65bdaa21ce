"""What a bundle's metagraph says of its network that the variables do not.

Follows Magenta's events_rnn_graph.py, which leaves five collections in the graph of a generator:
`inputs`, `temperature`, `softmax`, `initial_state`, `final_state`. Reads shapes and some constants;
the graph is not run. Which facts each release left is told in testdata/bundles/README.md.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from ssc_melody.errors import FormatError, about
from ssc_melody.formats import protos

_REQUIRED = ("inputs", "softmax", "initial_state", "final_state")
_MAX_BATCH = 65536
_TEMPERATURES = (0.1, 10.0)
"""What somebody may have fixed; beyond it a flipped bit is likelier."""


@dataclasses.dataclass(frozen=True)
class GraphFacts:
    """The metagraph of a generator, in short.

    Attributes:
        tensorflow_version: The release that wrote it, such as '1.13.1'; may be ''.
        batch_size: Sequences that the graph takes at once; each draws a random number a step.
        input_size: Length of an input vector; None where the placeholder has no shape (TF 0.12).
        state_sizes: Columns of each state tensor, in the order in which they are fed.
        has_temperature: Whether the temperature is an input; if not, it is `temperature`.
        temperature: The constant that the logits are divided by (1 but in a few old bundles).
        forget_bias: The LSTMBlockCell's (0 in cuDNN-trained bundles); None without such an op.
    """

    tensorflow_version: str
    batch_size: int
    input_size: int | None
    state_sizes: tuple[int, ...]
    has_temperature: bool
    temperature: float
    forget_bias: float | None


class _Graph:
    """The nodes of a metagraph by name, and its collections."""

    def __init__(self, data: bytes) -> None:
        with about("metagraph"):
            self.message = protos.parse(protos.MetaGraphDef, data)
        self.nodes = {node.name: node for node in self.message.graph_def.node}
        self.collections = {
            entry.key: list(entry.value.node_list.value) for entry in self.message.collection_def
        }

    def fail(self, found: str) -> FormatError:
        return FormatError(f"not the graph of a Magenta melody generator: {found}")

    def unknown(self, found: str) -> FormatError:
        """Returns the error of a graph that is another one, not a damaged one."""
        return FormatError(
            f"{self.fail(found)}; if TensorFlow can load it, play it with `engine=magenta`"
        )

    def node(self, name: str) -> Any:
        """Returns the node of a tensor or input name such as 'zeros:0' or '^rnn/while'."""
        name = name.lstrip("^").split(":")[0]
        if name not in self.nodes:
            raise self.fail(f"node {name!r} is missing")
        return self.nodes[name]

    def attr(self, node: Any, key: str) -> Any:
        return next((entry.value for entry in node.attr if entry.key == key), None)

    def shape(self, node: Any) -> list[int] | None:
        """Returns the node's static shape (-1 for an open dimension), or None."""
        outputs = self.attr(node, "_output_shapes")
        shapes = list(outputs.list.shape) if outputs is not None else []
        own = self.attr(node, "shape")
        if own is not None:
            shapes.append(own.shape)
        for shape in shapes:
            if shape.dim and not shape.unknown_rank:
                return [dim.size for dim in shape.dim]
        return None

    def constants(self, node: Any) -> Iterator[float]:
        """Yields the numbers of the constants among a node's inputs, looking through one Fill."""
        sources = [self.node(name) for name in node.input]
        filled = [name for source in sources if source.op == "Fill" for name in source.input]
        for source in [*sources, *(self.node(name) for name in filled)]:
            if source.op == "Const":
                value = self.attr(source, "value")
                floats = list(value.tensor.float_val) if value is not None else []
                if value is not None and not floats:
                    content = value.tensor.tensor_content
                    floats = np.frombuffer(content[: len(content) // 4 * 4], "<f4").tolist()
                yield from floats[:1]


def _state_shapes(graph: _Graph) -> list[list[int]]:
    shapes = []
    for name in graph.collections["initial_state"]:
        shape = graph.shape(graph.node(name))
        if shape is None or len(shape) != 2 or min(shape) < 1:
            raise graph.unknown(
                f"initial state {name!r} has shape {shape}, expected [batch, units]"
            )
        shapes.append(shape)
    return shapes


def _batch_size(graph: _Graph, inputs: list[int] | None, states: list[list[int]]) -> int:
    sizes = {shape[0] for shape in states}
    if inputs is not None and inputs[0] > 0:
        sizes.add(inputs[0])
    batch_size = min(sizes, default=0)
    if len(sizes) != 1 or not 1 <= batch_size <= _MAX_BATCH:
        raise graph.unknown(f"inputs and states of batch sizes {sorted(sizes)}, expected one")
    return batch_size


def _baked_temperature(graph: _Graph) -> float:
    """Returns the constant between logits and softmax (Magenta 0.1.4 and older)."""
    node = graph.node(graph.collections["softmax"][0])
    for op in ("Reshape", "Softmax"):
        if node.op != op or not node.input:
            raise graph.unknown(f"the softmax comes from a {node.op}, expected {op}")
        node = graph.node(node.input[0])
    if node.op == "BiasAdd":  # the logits themselves
        return 1.0
    if node.op not in ("Div", "RealDiv"):
        raise graph.unknown(f"the softmax is of a {node.op}, expected the logits or their quotient")
    constants = list(graph.constants(node))
    if len(constants) != 1:
        raise graph.unknown("the logits are divided by something that is not a constant")
    if not _TEMPERATURES[0] <= constants[0] <= _TEMPERATURES[1]:
        raise graph.fail(
            f"a fixed temperature of {constants[0]:g}, expected {_TEMPERATURES[0]:g} to "
            f"{_TEMPERATURES[1]:g}"
        )
    return constants[0]


def read_metagraph(data: bytes) -> GraphFacts:
    """Reads the facts of a generator's metagraph.

    Args:
        data: A serialized MetaGraphDef.

    Raises:
        FormatError: It is damaged, or not the graph of a Magenta generator.
    """
    graph = _Graph(data)
    missing = [name for name in _REQUIRED if not graph.collections.get(name)]
    if missing:
        raise graph.fail(f"collection {missing[0]!r} is missing")
    if len(graph.collections["softmax"]) != 1:
        raise graph.unknown(f"{len(graph.collections['softmax'])} softmaxes, expected one")
    inputs = graph.shape(graph.node(graph.collections["inputs"][0]))
    if inputs is not None and len(inputs) != 3:
        raise graph.unknown(f"inputs of shape {inputs}, expected [batch, steps, input size]")
    states = _state_shapes(graph)
    has_temperature = bool(graph.collections.get("temperature"))
    block_cells = [node for node in graph.nodes.values() if node.op == "LSTMBlockCell"]
    biases = {getattr(graph.attr(node, "forget_bias"), "f", 1.0) for node in block_cells}
    if len(biases) > 1:
        raise graph.unknown(f"LSTM cells of different forget biases: {sorted(biases)}")
    return GraphFacts(
        tensorflow_version=graph.message.meta_info_def.tensorflow_version,
        batch_size=_batch_size(graph, inputs, states),
        input_size=inputs[2] if inputs is not None and inputs[2] > 0 else None,
        state_sizes=tuple(shape[1] for shape in states),
        has_temperature=has_temperature,
        temperature=1.0 if has_temperature else _baked_temperature(graph),
        forget_bias=biases.pop() if biases else None,
    )
