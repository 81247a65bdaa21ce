"""What the variables of a checkpoint are called, in ten years of releases.

Three generations of names are folded into the last one (TensorFlow 1.2 and newer):

| until | a kernel is | scopes |
|---|---|---|
| TF 0.12 | `Linear/Matrix`, `Linear/Bias` | `RNN/MultiRNNCell/Cell0/BasicLSTMCell` |
| TF 1.1 | `weights`, `biases` | `rnn/multi_rnn_cell/cell_0/basic_lstm_cell` |
| now | `kernel`, `bias` | the same |

What network the names make is told in `network.build`.
"""

import dataclasses
import re
from collections.abc import Iterable

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
_NOT_WEIGHTS = re.compile(
    r"(^|/)(global_step|beta[12]_power|Adam(_\d+)?|ExponentialMovingAverage)$"
)


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
class CellName:
    """Where a layer's variables are.

    Attributes:
        order: Its place: the number of the cuDNN stack, and of the cell in it.
        kernel: Name of its kernel.
        prefix: What stands before the wrappers, with a slash at the end.
        wrappers: Scopes of the wrappers, the outermost first.
        outer: Whether attention is around the whole stack.
        cudnn: Whether it was trained with cuDNN.
    """

    order: tuple[int, int]
    kernel: str
    prefix: str
    wrappers: tuple[str, ...]
    outer: bool
    cudnn: bool

    @property
    def scope(self) -> str:
        """The cell's scope, without the variable's own name."""
        return self.kernel.removesuffix("/kernel")


def cell_names(names: Iterable[str]) -> list[CellName]:
    """Returns the LSTM layers among modern names, the bottom one first."""
    cells = []
    for name in names:
        match = _CELL.fullmatch(name)
        if match:
            prefix = name[: match.start("wrappers")]
            cells.append(
                CellName(
                    order=(int(match["stack"] or 0), int(match["cell"])),
                    kernel=name,
                    prefix=prefix,
                    wrappers=tuple(match["wrappers"].split("/")[:-1]),
                    outer=bool(match["outer"]),
                    cudnn=match["kind"].startswith("cudnn"),
                )
            )
    return sorted(cells, key=lambda cell: cell.order)
