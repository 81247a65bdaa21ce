"""The flags that say which model is meant, and the model that they mean.

The same names, defaults and meaning as in melody_rnn_config_flags.py and melody_rnn_generate.py.
"""

import dataclasses
import os
from pathlib import Path

from absl import flags

from ssc_melody.cli.console import logger
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import BundleError, OptionError
from ssc_melody.families import family_of, get_spec
from ssc_melody.files import near_names, user_path
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.play import run_config
from ssc_melody.play.loading import (
    load_checkpoint,
    melodies_only,
    model_of_bundle,
    run_folder,
    spec_of_bundle,
)
from ssc_melody.play.model import Model
from ssc_melody.play.shipped import DEFAULT, shipped_bundle
from ssc_melody.specs import (
    MAX_PITCHES,
    SPECS,
    NetworkSpec,
    named_hparams,
    spec_for_encoder_decoder,
    with_hparams,
    with_range,
)


def define_model_flags(flag: Flags) -> None:
    """Defines the flags that name a config and where its weights are."""
    flag.string("config", None, "Config, such as attention_rnn or ssc_lookback_rnn.")
    flag.string(
        "melody_encoder_decoder", None, "Instead of --config, an encoding: onehot, lookback or key."
    )
    flag.string("generator_id", None, "Id of a saved bundle; the config's name if not given.")
    flag.string("generator_description", None, "Description of the generator in a saved bundle.")
    flag.string("hparams", "", "Comma-separated name=value pairs that override the config's.")
    define_range_flags(flag)
    flag.string("run_dir", None, "Folder of a training run; its latest checkpoint is used.")
    flag.string("checkpoint_file", None, "A checkpoint file; --run_dir takes precedence over it.")
    flag.string(
        "bundle_file", None, "A .mag bundle; with --save_generator_bundle, where to save one."
    )


def define_range_flags(flag: Flags) -> None:
    """Defines the flags of a pitch range of one's own."""
    for name, text in (
        ("min_note", "Lowest MIDI pitch that the model knows; the config's if not given."),
        ("max_note", "One above its highest MIDI pitch; the config's if not given."),
    ):
        flag.integer(name, None, text, 0, MAX_PITCHES)


def _in_range(values: flags.FlagValues, spec: NetworkSpec) -> NetworkSpec:
    """Returns a config over the pitch range that the flags give, if they give one."""
    if "min_note" not in values:
        return spec
    return with_range(spec, values.min_note, values.max_note)


def spec_from_flags(values: flags.FlagValues) -> NetworkSpec:
    """Returns the config that --config or --melody_encoder_decoder names, with --hparams applied.

    A run that carries its config.json needs neither; what the flags say must not contradict it.

    Raises:
        OptionError: Not exactly one of the two is given, or the run says otherwise.
        SpecError: The name or a hyperparameter does not exist.
    """
    given = {"name": values.generator_id, "description": values.generator_description}
    changes = {key: value for key, value in given.items() if value is not None}
    folder = _run_folder(values)
    run = run_config.read(folder) if folder is not None else None
    if folder is not None and run is not None:
        hparams = named_hparams(run.spec, values.hparams)
        weights = {name: hparams[name] for name in run_config.NETWORK if name in hparams}
        config = values.config or values.melody_encoder_decoder
        run_config.check(folder, run, config, weights)
        spec = _in_range(values, run.spec)
        if spec != run.spec:
            raise OptionError(
                f"--min_note, --max_note: {folder} says what it was trained on, "
                f"{run.spec.facts()}; leave them out"
            )
        return dataclasses.replace(with_hparams(spec, values.hparams), **changes)
    if (values.config is None) == (values.melody_encoder_decoder is None):
        raise OptionError(
            "expected exactly one of --config and --melody_encoder_decoder, or a --bundle_file; "
            "for instance --config=attention_rnn"
        )
    if values.config is not None:
        spec = get_spec(values.config)
        if (family := family_of(spec)).play:
            raise OptionError(f"config: {spec.label} is a {family.name}; {family.command} plays it")
    else:
        spec = spec_for_encoder_decoder(values.melody_encoder_decoder)
    return dataclasses.replace(with_hparams(_in_range(values, spec), values.hparams), **changes)


def _run_folder(values: flags.FlagValues) -> Path | None:
    """Returns the folder of the run that the flags mean, which may hold a config.json."""
    if "run_dir" not in values:
        return None
    if values.run_dir:
        return run_folder(user_path(values.run_dir))
    if values.checkpoint_file:
        path = user_path(values.checkpoint_file)
        return run_folder(path if os.path.isdir(path) else path.parent)
    return None


def checkpoint_path(values: flags.FlagValues) -> Path | None:
    """Returns the folder of a run's checkpoints or the checkpoint file; None if none is given.

    Raises:
        BundleError: The run_dir does not exist, or is none.
        OptionError: The checkpoint file is a bundle.
    """
    if values.run_dir:
        run_dir = user_path(values.run_dir)
        if not os.path.isdir(run_dir):
            raise BundleError(f"--run_dir: {run_dir} is not a folder{near_names(run_dir)}")
        if os.path.isdir(run_dir / "train"):
            return run_dir / "train"
        if not any(run_dir.glob("model.ckpt-*")) and not os.path.lexists(run_dir / "checkpoint"):
            raise BundleError(
                f"--run_dir: no folder train in {run_dir}; expected a run of ssc_melody_train (or "
                "of stock), whose folder train holds checkpoints"
            )
        return run_dir
    if values.checkpoint_file:
        if values.checkpoint_file.endswith(".mag"):
            raise OptionError(
                f"--checkpoint_file: {values.checkpoint_file} is a bundle; give it as --bundle_file"
            )
        return user_path(values.checkpoint_file)
    return None


def _differences(values: flags.FlagValues, model: Model) -> dict[str, tuple[object, object]]:
    """Returns the network's value and that of --hparams for each one that differs."""
    found = {**model.hparams, "batch_size": model.graph_batch}
    asked = named_hparams(model.spec, values.hparams)
    return {
        name: (_shown(found[name]), _shown(asked[name]))
        for name in found
        if name in asked and asked[name] != found[name]
    }


def _shown(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def warn_of_ignored(values: flags.FlagValues, model: Model | None, name: str) -> None:
    """Warns of flags that a bundle, which says for itself what it is, leaves without effect.

    Args:
        values: The flags.
        model: What the bundle plays as, to compare --hparams with; None to leave them.
        name: The bundle's config.
    """
    for flag in ("config", "melody_encoder_decoder"):
        if flag in values and values[flag].present and values[flag].value != name:
            logger.warning("--%s=%s ignored: the bundle is %s", flag, values[flag].value, name)
    for hparam, (found, asked) in (_differences(values, model) if model else {}).items():
        logger.warning("--hparams: %s=%s ignored: the bundle has %s", hparam, asked, found)


def _model_of_bundle_file(values: flags.FlagValues, path: Path) -> Model:
    bundle = read_bundle(path)
    spec = melodies_only(spec_of_bundle(bundle, values.config), bundle.source)
    model = model_of_bundle(bundle, _in_range(values, spec))
    warn_of_ignored(values, model, model.spec.name)
    return model


def checkpoint_model(values: flags.FlagValues, spec: NetworkSpec, checkpoint: Path) -> Model:
    """Loads a checkpoint and compares it with what --hparams says of its network.

    Raises:
        BundleError: It cannot be read or does not fit.
    """
    model = load_checkpoint(checkpoint, spec)
    for name, (found, asked) in _differences(values, model).items():
        raise BundleError(
            f"{model.source}: has {name}={found}, --hparams says {name}={asked}; leave it out"
        )
    return model


_NAMING = ("config", "melody_encoder_decoder", "run_dir", "checkpoint_file")
"""Flags that name a model, beside --bundle_file."""


def locate(values: flags.FlagValues) -> tuple[Path, bool]:
    """Returns the file that the flags mean, and whether it is a bundle (else a checkpoint).

    Raises:
        OptionError: The flags contradict each other or name no weights.
        BundleError: The run_dir does not exist.
        SpecError: There is no such config.
    """
    if values.bundle_file is not None:
        if not values.bundle_file:
            raise OptionError("--bundle_file: expected a .mag file, got nothing")
        if values.run_dir or values.checkpoint_file:
            other = "run_dir" if values.run_dir else "checkpoint_file"
            raise OptionError(
                f"--bundle_file and --{other} both say which model to play: give one of them"
            )
        return user_path(values.bundle_file), True
    if not any(values[name].value for name in _NAMING):
        path = shipped_bundle(DEFAULT)
        if path is not None:
            logger.info("No model is named: playing %s, which ships.", DEFAULT)
            return path, True
    spec_from_flags(values)
    checkpoint = checkpoint_path(values)
    if checkpoint is not None:
        return checkpoint, False
    shipped = shipped_bundle(values.config) if values.config else None
    if shipped is None:
        ours = ", ".join(f"--config={name}" for name in SPECS if shipped_bundle(name))
        raise OptionError(
            f"no bundle ships for {values.config or values.melody_encoder_decoder}; "
            "give --bundle_file=FILE.mag, --run_dir=DIR or --checkpoint_file=FILE"
            + (f", or take one that ships: {ours}" if ours else "")
        )
    return shipped, True


def model_from_flags(values: flags.FlagValues) -> Model:
    """Loads the model that the flags mean.

    Raises:
        OptionError: The flags contradict each other or name no weights.
        BundleError: The file cannot be read or does not fit.
        SpecError: There is no such config.
    """
    path, is_bundle = locate(values)
    if is_bundle:
        return _model_of_bundle_file(values, path)
    return checkpoint_model(values, spec_from_flags(values), path)
