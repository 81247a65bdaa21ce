"""ssc_melody_generate --save_generator_bundle: a training run or a checkpoint becomes a .mag file.

Follows the rules of melody_rnn_generate.py; where stock ends in a traceback this is one line. The
graph's batch size is 1 unless --hparams names one (stock: the training's, 128 times the work).
"""

import re
from pathlib import Path

from absl import flags

from ssc_melody.cli.console import logger
from ssc_melody.cli.model_flags import checkpoint_model, checkpoint_path, spec_from_flags
from ssc_melody.errors import OptionError


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
    from ssc_melody.magenta_layer.export import export_bundle  # noqa: PLC0415 (TensorFlow)

    path = Path(values.bundle_file).expanduser()
    batch_size = spec.batch_size if re.search(r"\bbatch_size\s*=", values.hparams) else 1
    model = export_bundle(checkpoint, spec, path, values.bundle_description or "", batch_size)
    sizes = [layer.lstm.units for layer in model.network.layers]
    print(f"Wrote {path}: id {spec.name}, layers {sizes}, batch size {batch_size}")
