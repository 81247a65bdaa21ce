"""From a checkpoint's variables to a network, whichever Magenta release named them.

Three generations of names are folded into the last one (TensorFlow 1.2 and newer):

| until | a kernel is | scopes |
|---|---|---|
| TF 0.12 | `Linear/Matrix`, `Linear/Bias` | `RNN/MultiRNNCell/Cell0/BasicLSTMCell` |
| TF 1.1 | `weights`, `biases` | `rnn/multi_rnn_cell/cell_0/basic_lstm_cell` |
| now | `kernel`, `bias` | the same |

The wrappers (events_rnn_graph.make_rnn_cell) show in the scopes; what does not show follows from
it: residual connections are all or none, and the first layer of a residual stack is projected.
Every variable must find its place; a graph that has others is refused by name.
"""

import dataclasses
import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ssc_melody.cells import AttentionWeights, FloatArray, Linear, LstmWeights
from ssc_melody.errors import BundleError
from ssc_melody.metagraph import GraphFacts
from ssc_melody.network import Layer, Network

Tensors = Mapping[str, npt.NDArray]

_OLD_SCOPES = {
    "RNN": "rnn",
    "AttentionCellWrapper": "attention_cell_wrapper",
    "MultiRNNCell": "multi_rnn_cell",
    "BasicLSTMCell": "basic_lstm_cell",
    "Attention": "attention",
    "AttnOutputProjection": "attn_output_projection",
    "AttnW": "attn_w",
    "AttnV": "attn_v",
    "Matrix": "kernel",
    "Bias": "bias",
    "weights": "kernel",
    "biases": "bias",
}

_CELL = re.compile(
    r"(?:cudnn_lstm(?:_(?P<stack>\d+))?/)?rnn/(?P<outer>attention_cell_wrapper/)?"
    r"multi_rnn_cell/cell_(?P<cell>\d+)/(?P<wrappers>(?:\w+_wrapper/)*)"
    r"(?P<kind>basic_lstm_cell|cudnn_compatible_lstm_cell)/kernel"
)
_OUTPUT = re.compile(r"fully_connected(?:_(\d+))?/kernel")
_NOT_WEIGHTS = re.compile(r"(^|/)(global_step|beta[12]_power|Adam(_\d+)?)$")


def is_weight(name: str) -> bool:
    """Whether a checkpoint's variable belongs to the network (and not to its training)."""
    return not _NOT_WEIGHTS.search(name)


def modern_name(name: str) -> str:
    """Returns what a variable of any release is called today.

    >>> modern_name("RNN/MultiRNNCell/Cell0/BasicLSTMCell/Linear/Matrix")
    'rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel'
    """
    parts = [part for part in name.split("/") if part != "Linear"]
    parts = [_OLD_SCOPES.get(part, part) for part in parts]
    return "/".join(re.sub(r"^Cell(\d+)$", r"cell_\1", part) for part in parts)


@dataclasses.dataclass(frozen=True)
class _CellName:
    """Where a layer's variables are: its place in the stack, its scopes and its kind."""

    order: tuple[int, int]
    kernel: str
    prefix: str
    wrappers: tuple[str, ...]
    outer: bool
    cudnn: bool

    @property
    def scope(self) -> str:
        return self.kernel.removesuffix("/kernel")


def _cell_names(names: Mapping[str, object]) -> list[_CellName]:
    cells = []
    for name in names:
        match = _CELL.fullmatch(name)
        if match:
            prefix = name[: match.start("wrappers")]
            cells.append(
                _CellName(
                    order=(int(match["stack"] or 0), int(match["cell"])),
                    kernel=name,
                    prefix=prefix,
                    wrappers=tuple(match["wrappers"].split("/")[:-1]),
                    outer=bool(match["outer"]),
                    cudnn=match["kind"].startswith("cudnn"),
                )
            )
    return sorted(cells, key=lambda cell: cell.order)


class _Variables:
    """The variables by their modern names; each is taken once, with its shape checked."""

    def __init__(self, tensors: Tensors, what: str) -> None:
        self.what = what
        self.left = {modern_name(name): tensors[name] for name in tensors if is_weight(name)}
        if len(self.left) != sum(map(is_weight, tensors)):
            raise BundleError(f"{what}: two variables of one name")

    def fail(self, found: str) -> BundleError:
        return BundleError(
            f"{self.what}: not a Melody RNN of any known release: {found}; "
            "if TensorFlow can load it, play it with --engine=magenta"
        )

    def take(self, name: str, shape: tuple[int | None, ...]) -> FloatArray:
        """Takes a float32 variable; None in `shape` fits any size from 1."""
        if name not in self.left:
            raise self.fail(f"variable {name} is missing")
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


def _attention_length(facts: GraphFacts, layer_sizes: list[int], size: int, what: str) -> int:
    """Returns the steps that fit what the state holds beyond c, h and the attention result."""
    window = sum(facts.state_sizes) - 2 * sum(layer_sizes) - size
    if not 0 < size <= window or window % size:
        raise BundleError(
            f"{what}: states of {sum(facts.state_sizes)} numbers leave no whole attention window "
            f"for layers {layer_sizes} (found {window}, expected a multiple of {size})"
        )
    return window // size


def _lstm(variables: _Variables, cell: _CellName, inputs: int, forget_bias: float) -> LstmWeights:
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
        raise variables.fail("variable fully_connected/weights is missing")
    return [found[number].removesuffix("/kernel") for number in sorted(found)]


def build_network(
    tensors: Tensors,
    *,
    input_size: int,
    what: str,
    facts: GraphFacts | None = None,
    attn_length: int = 0,
) -> Network:
    """Builds the network that the variables belong to.

    Args:
        tensors: The checkpoint: variable name to array.
        input_size: Length of the encoding's input vectors.
        what: The file's name, for messages.
        facts: The metagraph's; None for a bare checkpoint.
        attn_length: Steps of attention, for a bare checkpoint.

    Raises:
        BundleError: The variables are not a Melody RNN's, or do not fit each other.
    """
    variables = _Variables(tensors, what)
    cells = _cell_names(variables.left)
    if not cells:
        raise variables.fail(f"no LSTM among {', '.join(sorted(variables.left)[:3]) or 'nothing'}")
    *projections, output = _outputs(variables)
    residual = bool(projections) or "input_projection_wrapper" in cells[0].wrappers
    sizes = [len(variables.left.get(f"{cell.scope}/bias", ())) // 4 for cell in cells]

    def length(size: int) -> int:
        found = _attention_length(facts, sizes, size, what) if facts else attn_length
        if found < 1:
            raise BundleError(
                f"{what}: has attention, but attn_length is {found}; "
                "say how many steps with --hparams=attn_length=40"
            )
        return found

    outer = None
    if cells[0].outer:
        scope = "rnn/attention_cell_wrapper"
        outer = _attention(
            variables, scope, input_size, sizes[-1], 2 * sum(sizes), length(sizes[-1])
        )
    layers: list[Layer] = []
    inputs = input_size
    for i, cell in enumerate(cells):
        projection = attention = None
        if residual and (i == 0 or sizes[i] != sizes[i - 1]):
            scope = cell.prefix + "input_projection_wrapper"
            if cell.cudnn:
                if not projections:
                    raise variables.fail(f"no projection before layer {i}")
                scope = projections.pop(0)
            projection = variables.linear(scope, inputs, sizes[i])
            inputs = sizes[i]
        if "attention_cell_wrapper" in cell.wrappers:
            scope = cell.prefix + "/".join(cell.wrappers)
            attention = _attention(
                variables, scope, inputs, sizes[i], 2 * sizes[i], length(sizes[i])
            )
        bias = facts.forget_bias if facts is not None else None
        forget_bias = (bias or 0.0) if cell.cudnn else 1.0
        lstm = _lstm(variables, cell, inputs, forget_bias)
        layers.append(Layer(lstm, projection, attention, residual))
        inputs = sizes[i]
    network = Network(tuple(layers), variables.linear(output, inputs, None), outer)
    if variables.left:
        raise variables.fail(f"variable {min(variables.left)} has no place")
    return network
