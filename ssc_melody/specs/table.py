"""The eight configs as one table; everything that lists configs is derived from it.

Four rows are Magenta's own (magenta/models/melody_rnn/melody_rnn_model.py, 2.1.4), four are ours.
Ours differ in hyperparameters only, so data sets and bundles stay exchangeable between them.
What a config does (encode, run, sample) is elsewhere: `encodings`, `network`, `sampling`.
"""

import dataclasses

from ssc_melody.errors import SpecError
from ssc_melody.specs.checks import nearest
from ssc_melody.specs.hparams import check_hparams


@dataclasses.dataclass(frozen=True)
class MelodySpec:
    """One config: the encoding, its pitch range and the hyperparameters of training.

    Attributes:
        name: The config's name and generator id.
        description: What a bundle says of itself.
        encoding: 'onehot', 'lookback' or 'key' (see `ssc_melody.encodings`).
        min_note: Lowest MIDI pitch the encoding knows.
        max_note: One above the highest MIDI pitch the encoding knows.
        transpose_to_key: Melodies are transposed to this key (0 = C major) before they are
            encoded; None leaves them where they are.
        rnn_layer_sizes: LSTM units of each layer, bottom first.
        batch_size: Sequences a training step; also the graph's batch when a checkpoint is played.
        dropout_keep_prob: Share of each layer's output that training keeps.
        attn_length: Steps that attention looks back; 0 for none.
        clip_norm: Largest norm of the gradient of one variable; 0 for no limit, as in stock.
        learning_rate: Adam's step size.
        residual_connections: Whether each layer adds its input to its output.
        use_cudnn: Recognised because old commands name it; Magenta 2.x ignores it, and so do we.
        steps_per_quarter: Steps a quarter note.
    """

    name: str
    description: str
    encoding: str
    min_note: int = 48
    max_note: int = 84
    transpose_to_key: int | None = 0
    rnn_layer_sizes: tuple[int, ...] = (128, 128)
    batch_size: int = 128
    dropout_keep_prob: float = 0.5
    attn_length: int = 0
    clip_norm: float = 5
    learning_rate: float = 0.001
    residual_connections: bool = False
    use_cudnn: bool = False
    steps_per_quarter: int = 4

    def __post_init__(self) -> None:
        """Refuses hyperparameters out of their range, by name."""
        check_hparams(self)


_BASIC = MelodySpec("basic_rnn", "Melody RNN with one-hot encoding.", "onehot")
_MONO = MelodySpec(
    "mono_rnn",
    "Monophonic RNN with one-hot encoding.",
    "onehot",
    min_note=0,
    max_note=128,
    transpose_to_key=None,
)
_LOOKBACK = MelodySpec("lookback_rnn", "Melody RNN with lookback encoding.", "lookback")
_ATTENTION = MelodySpec(
    "attention_rnn",
    "Melody RNN with lookback encoding and attention.",
    "key",
    attn_length=40,
    clip_norm=3,
)
_MAGENTA = (_BASIC, _MONO, _LOOKBACK, _ATTENTION)


def _ours(spec: MelodySpec) -> MelodySpec:
    return dataclasses.replace(
        spec,
        name=f"ssc_{spec.name}",
        description=f"SSC {spec.description}",
        rnn_layer_sizes=(256, 256),
        batch_size=64,
    )


SPECS = {spec.name: spec for spec in (*_MAGENTA, *(_ours(spec) for spec in _MAGENTA))}
"""Every config by its name, Magenta's four first."""

_BY_ENCODER_DECODER = {"onehot": _BASIC, "lookback": _LOOKBACK, "key": _ATTENTION}


def get_spec(name: str) -> MelodySpec:
    """Returns the config of that name.

    Raises:
        SpecError: There is none; the message names the nearest one and all there are.
    """
    if name not in SPECS:
        raise SpecError(f"no config {name!r}{nearest(name, SPECS)}; there are: {', '.join(SPECS)}")
    return SPECS[name]


def spec_for_encoder_decoder(name: str) -> MelodySpec:
    """Returns the config that Magenta's --melody_encoder_decoder=NAME builds.

    Source: melody_rnn_config_flags.config_from_flags: the encoding with Magenta's default pitch
    range and EventSequenceRnnConfig's default hyperparameters (which are not those of `--config`).

    Raises:
        SpecError: The name is not onehot, lookback or key.
    """
    if name not in _BY_ENCODER_DECODER:
        raise SpecError(
            f"no encoder/decoder {name!r}{nearest(name, _BY_ENCODER_DECODER)}; "
            f"there are: {', '.join(_BY_ENCODER_DECODER)}"
        )
    return dataclasses.replace(
        _BY_ENCODER_DECODER[name],
        name="",
        description="",
        batch_size=64,
        dropout_keep_prob=1.0,
        attn_length=0,
        clip_norm=3,
    )


def spec_named(name: str) -> MelodySpec:
    """Returns the config of a name, or that of an encoding's name (`spec_for_encoder_decoder`).

    Raises:
        SpecError: There is none.
    """
    return spec_for_encoder_decoder(name) if name in _BY_ENCODER_DECODER else get_spec(name)
