"""The eight configs as one table; everything that lists configs is derived from it.

Four rows are Magenta's own (magenta/models/melody_rnn/melody_rnn_model.py, 2.1.4), four are ours.
Ours differ in hyperparameters only, so data sets and bundles stay exchangeable between them.
What a config does (encode, run, sample) is elsewhere: `encodings`, `network`, `sampling`.
"""

import dataclasses
import difflib
from collections.abc import Iterable

from ssc_melody.errors import SpecError


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
        clip_norm: Largest norm of a variable's gradient, of each on its own.
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


def nearest(name: str, names: Iterable[str]) -> str:
    """Returns ' (did you mean X?)' for the closest of `names`, or '' where none is close."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


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


def _parse_number(kind: type, name: str, text: str) -> int | float:
    try:
        number = kind(text)
    except ValueError:
        raise SpecError(
            f"--hparams: {name} takes {'a whole number' if kind is int else 'a number'}, "
            f"got {text!r}"
        ) from None
    return number


def _parse_sizes(text: str) -> tuple[int, ...]:
    parts = [part for part in text.strip("[]() ").split(",") if part.strip()]
    sizes = tuple(int(_parse_number(int, "rnn_layer_sizes", part)) for part in parts)
    if not sizes or min(sizes) < 1:
        raise SpecError(f"--hparams: rnn_layer_sizes takes sizes like [128,128], got {text!r}")
    return sizes


def _parse_value(name: str, text: str) -> object:
    if name == "rnn_layer_sizes":
        return _parse_sizes(text)
    if name in ("residual_connections", "use_cudnn"):
        truth = {"true": True, "1": True, "false": False, "0": False}
        if text.lower() not in truth:
            raise SpecError(f"--hparams: {name} takes true or false, got {text!r}")
        return truth[text.lower()]
    return _parse_number(int if name in ("batch_size", "attn_length") else float, name, text)


def _split_pairs(text: str) -> list[str]:
    """Splits at the commas that stand outside brackets."""
    pairs, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "[(") - (char in "])")
        if char == "," and depth == 0:
            pairs.append(text[start:i])
            start = i + 1
    pairs.append(text[start:])
    return [pair.strip() for pair in pairs if pair.strip()]


def _set_one_layer(layers: tuple[int, ...], name: str, value: str) -> tuple[int, ...]:
    """Applies Magenta's index form, `rnn_layer_sizes[1]=64`."""
    index = int(_parse_number(int, name, name.partition("[")[2].rstrip("]")))
    if not 0 <= index < len(layers):
        raise SpecError(f"--hparams: {name}: there are layers 0 to {len(layers) - 1}")
    return (*layers[:index], *_parse_sizes(value), *layers[index + 1 :])


def with_hparams(spec: MelodySpec, text: str) -> MelodySpec:
    """Returns a copy of `spec` with `name=value` pairs applied (the value of --hparams).

    Args:
        spec: The config to start from; it is not changed.
        text: Comma-separated pairs, such as 'batch_size=64,rnn_layer_sizes=[64,64]'.

    Raises:
        SpecError: A name that is no hyperparameter, or a value of the wrong kind.
    """
    changes: dict[str, object] = {}
    for pair in _split_pairs(text):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if name.startswith("rnn_layer_sizes[") and equals:
            layers = changes.get("rnn_layer_sizes", spec.rnn_layer_sizes)
            changes["rnn_layer_sizes"] = _set_one_layer(layers, name, value)  # type: ignore[arg-type]
            continue
        if name not in HPARAMS:
            raise SpecError(
                f"--hparams: no hyperparameter {name!r}{nearest(name, HPARAMS)}; "
                f"there are: {', '.join(HPARAMS)}"
            )
        if not equals:
            raise SpecError(f"--hparams: expected name=value, got {pair!r}")
        if name in changes:
            raise SpecError(f"--hparams: {name} is set twice")
        changes[name] = _parse_value(name, value)
    result = dataclasses.replace(spec, **changes)  # type: ignore[arg-type]
    if result.batch_size < 1 or result.attn_length < 0:
        raise SpecError("--hparams: batch_size must be at least 1 and attn_length at least 0")
    return result
