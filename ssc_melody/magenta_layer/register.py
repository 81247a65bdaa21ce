"""Rows of `specs.SPECS` as Magenta's configs, and ours in Magenta's registry.

Follows melody_rnn_model.py (the registry `default_configs`) and melody_rnn_config_flags.py (how an
encoding's name becomes an encoder). Magenta's own four entries are left alone.
"""

import dataclasses
from typing import Any

from ssc_melody.errors import SpecError
from ssc_melody.families import family_of, get_spec
from ssc_melody.magenta_layer import shims
from ssc_melody.specs import HPARAMS, IMPROV_SPECS, SPECS, MelodySpec, NetworkSpec

PREFIX = "ssc_"
"""What the names of our own configs begin with."""

OURS = tuple(name for name in SPECS if name.startswith(PREFIX))
"""The configs of Melody RNN that `register` adds."""

OURS_ON_CHORDS = tuple(name for name in IMPROV_SPECS if name.startswith(PREFIX))
"""Those of Improv RNN."""

ENCODINGS = tuple(dict.fromkeys(spec.encoding for spec in SPECS.values()))

_registered: dict[str, Any] = {}


def melody_encoder_decoder(spec: MelodySpec) -> Any:
    """Returns note_seq's encoder of a config's melodies (after `shims.activate`)."""
    import note_seq  # noqa: PLC0415 (after the shims)

    if spec.encoding == "key":
        return note_seq.KeyMelodyEncoderDecoder(spec.min_note, spec.max_note)
    one_hot = note_seq.MelodyOneHotEncoding(spec.min_note, spec.max_note)
    if spec.encoding == "lookback":
        return note_seq.LookbackEventSequenceEncoderDecoder(one_hot)
    MelodySpec.make_encoding(spec)  # SpecError where there is no such encoding
    return note_seq.OneHotEventSequenceEncoderDecoder(one_hot)


def _hparam(spec: NetworkSpec, name: str) -> object:
    value = getattr(spec, name)
    return list(value) if isinstance(value, tuple) else value


def magenta_hparams(spec: NetworkSpec) -> Any:
    """Returns a config's hyperparameters as Magenta's HParams (after `shims.activate`)."""
    from magenta.contrib import training  # noqa: PLC0415

    return training.HParams(**{name: _hparam(spec, name) for name in HPARAMS})


def magenta_config(spec: NetworkSpec) -> Any:
    """Returns a new config of Magenta's for a config of any family (see `Family.magenta_config`).

    Raises:
        SpecError: The encoding does not exist, or Magenta has no such family.
        SscMelodyError: Magenta is not installed, or TensorFlow was imported too early.
    """
    return family_of(spec).make_magenta_config(spec)


def melody_config(spec: MelodySpec) -> Any:
    """Returns a new MelodyRnnConfig that shares nothing with any other.

    Args:
        spec: The config. Without a name the result has no details, as with Magenta's
            --melody_encoder_decoder, and cannot become a bundle.

    Raises:
        SpecError: The encoding does not exist.
        SscMelodyError: Magenta is not installed, or TensorFlow was imported too early.
    """
    shims.activate()
    from magenta.models.melody_rnn import melody_rnn_model  # noqa: PLC0415
    from note_seq.protobuf import generator_pb2  # noqa: PLC0415

    details = None
    if spec.name:
        details = generator_pb2.GeneratorDetails(id=spec.name, description=spec.description)
    config = melody_rnn_model.MelodyRnnConfig(
        details,
        melody_encoder_decoder(spec),
        magenta_hparams(spec),
        min_note=spec.min_note,
        max_note=spec.max_note,
        transpose_to_key=spec.transpose_to_key,
    )
    config.steps_per_quarter = spec.steps_per_quarter
    return config


def _facts(encoder: Any) -> tuple[type, dict[str, object]]:
    """Returns all that one of note_seq's encoders is made of, so that two can be compared."""
    parts = vars(encoder).items()
    return type(encoder), {k: _facts(v) if hasattr(v, "__dict__") else v for k, v in parts}


def spec_of_config(config: Any) -> MelodySpec:
    """Returns the row that a MelodyRnnConfig amounts to, whoever made it.

    Args:
        config: A MelodyRnnConfig.

    Raises:
        SpecError: Its encoder is not note_seq's one-hot, lookback or key encoder of melodies, or
            not over the config's pitch range.
    """
    hparams = {name: getattr(config.hparams, name) for name in HPARAMS}
    spec = MelodySpec(
        name=config.details.id if config.details else "",
        description=config.details.description if config.details else "",
        encoding="",
        min_note=config.min_note,
        max_note=config.max_note,
        transpose_to_key=config.transpose_to_key,
        steps_per_quarter=config.steps_per_quarter,
        **{**hparams, "rnn_layer_sizes": tuple(hparams["rnn_layer_sizes"])},
    )
    for encoding in ENCODINGS:
        candidate = dataclasses.replace(spec, encoding=encoding)
        if _facts(melody_encoder_decoder(candidate)) == _facts(config.encoder_decoder):
            return candidate
    raise SpecError(
        f"config {spec.name!r}: its encoder {type(config.encoder_decoder).__name__} is not "
        f"note_seq's one-hot, lookback (16 and 32 steps) or key encoder of pitches "
        f"{spec.min_note} to {spec.max_note - 1}; only those play without TensorFlow"
    )


def register() -> None:
    """Puts our configs into Magenta's registries; a second call changes nothing.

    Everything in Magenta that reads default_configs of melody_rnn_model and improv_rnn_model sees
    them then: the flags, the generator maps, magenta_midi (which copies the maps when it is
    imported: register first).

    Call it before TensorFlow or Magenta is imported: it makes Magenta run on current TensorFlow.

    Raises:
        SpecError: A third-party config has one of our names; nothing is registered.
        SscMelodyError: Magenta is not installed, or TensorFlow was imported too early.
    """
    shims.activate()
    from magenta.models.improv_rnn import improv_rnn_model  # noqa: PLC0415
    from magenta.models.melody_rnn import melody_rnn_model  # noqa: PLC0415

    registries = [
        (melody_rnn_model.default_configs, OURS),
        (improv_rnn_model.default_configs, OURS_ON_CHORDS),
    ]
    for registry, names in registries:
        foreign = [n for n in names if n in registry and registry[n] is not _registered.get(n)]
        if foreign:
            raise SpecError(
                f"config {foreign[0]!r}: a third party's entry of that name is in Magenta's "
                "default_configs; expected none; rename that one"
            )
    for registry, names in registries:
        for name in names:
            if name not in registry:
                registry[name] = _registered[name] = magenta_config(get_spec(name))
