"""What a network is, whatever family of music it is for: its id and its hyperparameters.

Follows EventSequenceRnnConfig (magenta/models/shared/events_rnn_model.py, 2.1.4). A family's spec
adds what its encoding is (`specs.melody`).
"""

from __future__ import annotations

import abc
import dataclasses

from ssc_melody.encodings import Encoding
from ssc_melody.errors import OptionError, SpecError
from ssc_melody.specs import checks

DEFAULT_STEPS_PER_QUARTER = 4


@dataclasses.dataclass(frozen=True)
class NetworkSpec(abc.ABC):
    """One config: its id, and the hyperparameters of the network and of its training.

    Attributes:
        name: The config's name and generator id.
        description: What a bundle says of itself.
        rnn_layer_sizes: LSTM units of each layer, bottom first.
        batch_size: Sequences per training step; also the graph's batch when a checkpoint is played.
        dropout_keep_prob: Share of each layer's output that training keeps.
        attn_length: Steps that attention looks back; 0 for none.
        clip_norm: Largest norm of the gradient of one variable; 0 for no limit, as in stock.
        learning_rate: Adam's step size.
        residual_connections: Whether each layer adds its input to its output.
        use_cudnn: Recognised because old commands name it; Magenta 2.x ignores it, and so do we.
        steps_per_quarter: Steps per quarter note.
    """

    name: str = ""
    description: str = ""
    rnn_layer_sizes: tuple[int, ...] = (128, 128)
    batch_size: int = 128
    dropout_keep_prob: float = 0.5
    attn_length: int = 0
    clip_norm: float = 5
    learning_rate: float = 0.001
    residual_connections: bool = False
    use_cudnn: bool = False
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER

    def __post_init__(self) -> None:
        """Refuses hyperparameters out of their range, by name."""
        check_hparams(self)

    @abc.abstractmethod
    def make_encoding(self) -> Encoding:
        """Returns the encoding of the family's events.

        Raises:
            SpecError: The config names an encoding that does not exist.
        """

    def facts(self) -> dict[str, object]:
        """Returns what a report says of the family's side of the config, by name."""
        return {}

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or type(self).__name__


HPARAMS = (
    "batch_size",
    "rnn_layer_sizes",
    "dropout_keep_prob",
    "attn_length",
    "clip_norm",
    "learning_rate",
    "residual_connections",
    "use_cudnn",
)
"""Names that --hparams may set, as in Magenta's EventSequenceRnnConfig."""


def check_hparams(spec: NetworkSpec) -> None:
    """Checks the ranges of a config's hyperparameters.

    Raises:
        SpecError: One is out of its range; the message begins with its name.
    """
    try:
        checks.whole("batch_size", spec.batch_size, least=1)
        checks.whole("attn_length", spec.attn_length, least=0)
        checks.number("dropout_keep_prob", spec.dropout_keep_prob, above=0, most=1)
        checks.number("learning_rate", spec.learning_rate, above=0)
        checks.number("clip_norm", spec.clip_norm, least=0)
        if not spec.rnn_layer_sizes:
            raise OptionError("rnn_layer_sizes: expected one layer or more, such as [128,128]")
        for size in spec.rnn_layer_sizes:
            checks.whole("rnn_layer_sizes", size, least=1)
    except OptionError as error:
        raise SpecError(str(error)) from None
