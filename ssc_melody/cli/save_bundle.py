"""ssc_melody_generate --save_generator_bundle: a training run or a checkpoint becomes a .mag file.

Follows the rules of melody_rnn_generate.py; where stock ends in a traceback this is one line. The
graph's batch size is 1 unless --hparams names one (stock: the training's, 128 times the work).
"""

import re
from pathlib import Path

from absl import flags

from ssc_melody.cli.console import logger
from ssc_melody.cli.model_flags import (
    checkpoint_model,
    checkpoint_path,
    spec_from_flags,
)
from ssc_melody.errors import OptionError
from ssc_melody.files import user_path
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.modern import modern_variables
from ssc_melody.specs import SPECS, named_hparams


def save_bundle(values: flags.FlagValues) -> None:
    """Writes the bundle that the flags ask for.

    Raises:
        OptionError: No bundle file, no weights, or no generator id.
        SpecError: There is no such config or hyperparameter.
        BundleError: The checkpoint cannot be read or does not fit the config.
        SscMelodyError: Magenta is not installed, or the file cannot be written.
    """
    if not values.bundle_file:
        raise OptionError("--save_generator_bundle needs --bundle_file=FILE.mag, the file to write")
    if values.from_bundle:
        _upgrade(values)
        return
    spec = spec_from_flags(values)
    checkpoint = checkpoint_path(values)
    if checkpoint is None:
        raise OptionError("--save_generator_bundle needs --run_dir=DIR or --checkpoint_file=FILE")
    if not spec.name:
        raise OptionError("--save_generator_bundle needs --generator_id, as there is no --config")
    checkpoint_model(values, spec, checkpoint)  # its complaints before TensorFlow is imported
    if not spec.description:
        logger.warning("no --generator_description given")
    if not values.bundle_description:
        logger.warning("no --bundle_description given")
    from ssc_melody.magenta_layer.export import export_checkpoint  # noqa: PLC0415 (TensorFlow)

    path = user_path(values.bundle_file)
    batch_size = spec.batch_size if re.search(r"\bbatch_size\s*=", values.hparams) else 1
    model = export_checkpoint(checkpoint, spec, path, values.bundle_description or "", batch_size)
    _report(path, spec.name, model, batch_size)


def _report(path: Path, name: str, model: Model, batch_size: int) -> None:
    sizes = [layer.lstm.units for layer in model.network.layers]
    print(f"Wrote {path}: id {name}, layers {sizes}, batch size {batch_size}")


def _upgrade(values: flags.FlagValues) -> None:
    """Brings --from_bundle into today's form."""
    for name in ("run_dir", "checkpoint_file"):
        if values[name].value:
            raise OptionError(
                f"--from_bundle and --{name} both say where the weights are: give one of them"
            )
    hparams = named_hparams(next(iter(SPECS.values())), values.hparams)
    if set(hparams) - {"batch_size"}:
        raise OptionError(
            "--hparams: with --from_bundle the bundle says what its network is; "
            "only batch_size can be given"
        )
    batch_size = int(str(hparams.get("batch_size", 1)))
    path, old = user_path(values.bundle_file), user_path(values.from_bundle)
    modern_variables(
        read_bundle(old), values.config
    )  # its complaints before TensorFlow is imported
    from ssc_melody.magenta_layer.export import upgrade_bundle  # noqa: PLC0415 (TensorFlow)

    model = upgrade_bundle(
        old,
        path,
        values.generator_id,
        values.generator_description,
        values.bundle_description,
        batch_size,
        values.config,
    )
    _report(path, read_bundle(path).generator_id, model, batch_size)
