"""From a checkpoint's variables to a network, whichever Magenta release wrote them.

The wrappers (events_rnn_graph.make_rnn_cell) show in the names (`network.names`); what does not
show follows from it: residual connections are all or none, and the first layer of a residual stack
is projected. Every variable must find its place; a graph that has others is refused by name.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ssc_melody.errors import FormatError
from ssc_melody.network.cells import AttentionWeights, FloatArray, Linear, LstmWeights
from ssc_melody.network.metagraph import GraphFacts
from ssc_melody.network.names import CellName, cell_names, is_weight, modern_name
from ssc_melody.network.stack import Layer, Network

Tensors = Mapping[str, npt.NDArray[Any]]

_OUTPUT = re.compile(r"fully_connected(?:_(\d+))?/kernel")


class _Variables:
    """The variables by their modern names; each is taken once, with its shape checked."""

    def __init__(self, tensors: Tensors, has_graph: bool) -> None:
        self.has_graph = has_graph
        self.left = {modern_name(name): tensors[name] for name in tensors if is_weight(name)}
        if len(self.left) != sum(map(is_weight, tensors)):
            raise FormatError("two variables of one name")

    def fail(self, found: str) -> FormatError:
        return FormatError(f"not a Melody RNN of any known release: {found}")

    def unknown(self, found: str) -> FormatError:
        """Returns the error of a graph that is another one, not a damaged one."""
        hint = "; if TensorFlow can load it, play it with `engine=magenta`"
        return FormatError(f"{self.fail(found)}{hint if self.has_graph else ''}")

    def take(self, name: str, shape: tuple[int | None, ...]) -> FloatArray:
        """Takes a float32 variable; None in `shape` fits any size from 1."""
        if name not in self.left:
            raise self.unknown(f"variable {name} is missing")
        array = self.left.pop(name)
        fits = len(array.shape) == len(shape) and all(
            size > 0 and want in (None, size) for size, want in zip(array.shape, shape, strict=True)
        )
        if not fits or array.dtype != np.float32:
            wanted = "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"
            raise self.fail(
                f"variable {name}: expected float32 {wanted}, got {array.dtype} {array.shape}"
            )
        return array

    def linear(self, scope: str, inputs: int | None, outputs: int | None) -> Linear:
        kernel = self.take(f"{scope}/kernel", (inputs, outputs))
        return Linear(kernel, self.take(f"{scope}/bias", (kernel.shape[1],)))


def _attention(
    variables: _Variables, scope: str, inputs: int, units: int, state: int, length: int
) -> AttentionWeights:
    """Takes the wrapper's variables.

    Args:
        variables: The checkpoint.
        scope: The wrapper's scope.
        inputs: Size of its input.
        units: Size of the wrapped cell's output, and so of the attention.
        state: Size of the wrapped cell's state.
        length: Steps looked back on.
    """
    keys = variables.take(f"{scope}/attention/attn_w", (1, 1, units, units))
    return AttentionWeights(
        length=length,
        input=variables.linear(scope, inputs + units, inputs),
        query=variables.linear(f"{scope}/attention", state, units),
        keys=keys[0, 0],
        score=variables.take(f"{scope}/attention/attn_v", (units,)),
        output=variables.linear(f"{scope}/attn_output_projection", 2 * units, units),
    )


def _attention_length(facts: GraphFacts, layer_sizes: list[int], size: int) -> int:
    """Returns the steps that fit what the state holds beyond c, h and the attention result."""
    window = sum(facts.state_sizes) - 2 * sum(layer_sizes) - size
    if not 0 < size <= window or window % size:
        raise FormatError(
            f"states of {sum(facts.state_sizes)} numbers leave no whole attention window "
            f"for layers {layer_sizes} (found {window}, expected a multiple of {size})"
        )
    return window // size


def _lstm(variables: _Variables, cell: CellName, inputs: int, forget_bias: float) -> LstmWeights:
    bias = variables.take(f"{cell.scope}/bias", (None,))
    if len(bias) % 4:
        raise variables.fail(f"variable {cell.scope}/bias: {len(bias)} is not four gates")
    units = len(bias) // 4
    kernel = variables.take(cell.kernel, (inputs + units, 4 * units))
    return LstmWeights(kernel, bias, forget_bias)


def _outputs(variables: _Variables) -> list[str]:
    """Returns the scopes of the fully connected layers, the network's output last."""
    found = {int(match[1] or 0): name for name in variables.left if (match := _OUTPUT.match(name))}
    if not found:
        raise variables.unknown("variable fully_connected/weights is missing")
    return [found[number].removesuffix("/kernel") for number in sorted(found)]


@dataclasses.dataclass
class _Stack:
    """What all layers of one network have in common while they are built.

    Attributes:
        variables: The checkpoint.
        cells: The layers, bottom first.
        sizes: Their units.
        residual: Whether each adds its input to its output.
        projections: Scopes of the input projections that are not wrappers (cuDNN), bottom first.
        facts: The metagraph's; None for a bare checkpoint.
        attn_length: Steps of attention, for a bare checkpoint.
    """

    variables: _Variables
    cells: list[CellName]
    sizes: list[int]
    residual: bool
    projections: list[str]
    facts: GraphFacts | None
    attn_length: int

    def length(self, size: int) -> int:
        """Returns the steps that attention of a size looks back on."""
        facts = self.facts
        found = _attention_length(facts, self.sizes, size) if facts else self.attn_length
        if found < 1:
            raise FormatError(
                f"has attention, but attn_length is {found}; "
                "say how many steps with `hparams=attn_length=40`"
            )
        return found

    def forget_bias(self, cell: CellName) -> float:
        """Returns what is added to a cell's forget gate."""
        if not cell.cudnn:
            return 1.0
        return (self.facts.forget_bias or 0.0) if self.facts is not None else 0.0

    def projection(self, i: int, inputs: int) -> Linear | None:
        """Takes the projection of layer i's input; a layer as wide as the one below has none."""
        if not self.residual or (i > 0 and self.sizes[i] == self.sizes[i - 1]):
            return None
        scope = self.cells[i].prefix + "input_projection_wrapper"
        if self.cells[i].cudnn:
            if not self.projections:
                raise self.variables.unknown(f"no projection before layer {i}")
            scope = self.projections.pop(0)
        return self.variables.linear(scope, inputs, self.sizes[i])

    def layer(self, i: int, inputs: int) -> Layer:
        """Takes layer i, given the width of what it is fed."""
        cell, size = self.cells[i], self.sizes[i]
        projection = self.projection(i, inputs)
        if projection is not None:
            inputs = size
        attention = None
        if "attention_cell_wrapper" in cell.wrappers:
            scope = cell.prefix + "/".join(cell.wrappers)
            length = self.length(size)
            attention = _attention(self.variables, scope, inputs, size, 2 * size, length)
        lstm = _lstm(self.variables, cell, inputs, self.forget_bias(cell))
        return Layer(lstm, projection, attention, self.residual)

    def attention_around(self, inputs: int) -> AttentionWeights | None:
        """Takes the attention around the whole stack, where there is one."""
        if not self.cells[0].outer:
            return None
        top = self.sizes[-1]
        state = 2 * sum(self.sizes)
        scope = "rnn/attention_cell_wrapper"
        return _attention(self.variables, scope, inputs, top, state, self.length(top))


def build_network(
    tensors: Tensors,
    *,
    input_size: int,
    facts: GraphFacts | None = None,
    attn_length: int = 0,
) -> Network:
    """Builds the network that the variables belong to.

    Args:
        tensors: The checkpoint: variable name to array.
        input_size: Length of the encoding's input vectors.
        facts: The metagraph's; None for a bare checkpoint.
        attn_length: Steps of attention, for a bare checkpoint.

    Raises:
        FormatError: The variables are not a Melody RNN's, or do not fit each other.
    """
    variables = _Variables(tensors, facts is not None)
    cells = cell_names(variables.left)
    if not cells:
        found = ", ".join(sorted(variables.left)[:3]) or "nothing"
        raise variables.unknown(f"no LSTM among {found}")
    *projections, output = _outputs(variables)
    sizes = [len(variables.left.get(f"{cell.scope}/bias", ())) // 4 for cell in cells]
    residual = bool(projections) or "input_projection_wrapper" in cells[0].wrappers
    stack = _Stack(variables, cells, sizes, residual, projections, facts, attn_length)
    attention = stack.attention_around(input_size)
    layers = [stack.layer(i, inputs) for i, inputs in enumerate([input_size, *sizes[:-1]])]
    network = Network(tuple(layers), variables.linear(output, sizes[-1], None), attention)
    if variables.left:
        raise variables.unknown(f"variable {min(variables.left)} has no place")
    return network


def outer_sizes(tensors: Tensors) -> tuple[int | None, int | None]:
    """Returns the length of the input vectors and the number of classes, None where unclear.

    Args:
        tensors: The checkpoint: variable name to array.
    """
    shapes = {modern_name(name): tensors[name].shape for name in tensors if is_weight(name)}
    shapes = {name: shape for name, shape in shapes.items() if len(shape) == 2}
    cells = cell_names(shapes)
    outputs = sorted(
        (int(match[1] or 0), name) for name in shapes if (match := _OUTPUT.match(name))
    )
    classes = shapes[outputs[-1][1]][1] if outputs else None
    if not cells:
        return None, classes
    cell = cells[0]
    scope = cell.prefix + "input_projection_wrapper"
    projection = outputs[0][1] if len(outputs) > 1 else f"{scope}/kernel"
    attention = "rnn/attention_cell_wrapper/kernel"
    if not cell.outer:
        attention = cell.prefix + "/".join(cell.wrappers) + "/kernel"
    if projection in shapes:
        return shapes[projection][0], classes
    if attention in shapes:
        return shapes[attention][1], classes
    rows, columns = shapes[cell.kernel]
    return rows - columns // 4, classes
