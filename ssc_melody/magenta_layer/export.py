"""A checkpoint or an old bundle becomes a bundle, written by Magenta and read back by the core.

Follows BaseSequenceGenerator.create_bundle_file. The bundle is built in a temporary folder; the
file appears under its name whole, or not at all.

Differs: hparams need not repeat the layers' sizes, which the checkpoint tells.
"""

import dataclasses
import os
import tempfile
from pathlib import Path

import numpy as np

from ssc_melody.errors import BundleError, OptionError, about
from ssc_melody.families import all_specs
from ssc_melody.files import user_path, write_bytes
from ssc_melody.formats.bundle import Bundle, parse_bundle, read_bundle
from ssc_melody.formats.checkpoint import latest_checkpoint, parse_v1, read_checkpoint
from ssc_melody.magenta_layer import shims
from ssc_melody.magenta_layer.engine import (
    spec_of_checkpoint,
    stock_generator,
    tensorflow_errors,
)
from ssc_melody.network.metagraph import read_metagraph
from ssc_melody.network.names import is_weight
from ssc_melody.play.loading import (
    find_checkpoint,
    load_checkpoint,
    model_of_bundle,
    model_of_parts,
)
from ssc_melody.play.model import Model
from ssc_melody.play.modern import modern_variables
from ssc_melody.specs import ImprovSpec, MelodySpec, NetworkSpec, checks
from ssc_melody.training import checkpoints


def _written_by_magenta(checkpoint: Path, spec: NetworkSpec, description: str) -> bytes:
    generator = stock_generator(spec, checkpoint=str(checkpoint))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bundle.mag")
        with tensorflow_errors(str(checkpoint), "export"), shims.quiet_graph(), generator:
            generator.create_bundle_file(str(path), description or None)
        return path.read_bytes()


def _read_back(bundle: Bundle, spec: NetworkSpec, checkpoint: Path) -> Model:
    """Returns the model of a bundle after comparing its weights with the checkpoint's."""
    with about(bundle.source, BundleError):
        weights, facts = parse_v1(bundle.checkpoint), read_metagraph(bundle.metagraph)
    for name, array in read_checkpoint(checkpoint, wanted=is_weight).items():
        if not np.array_equal(weights.get(name, ()), array):
            raise BundleError(f"{bundle.source}: {name} differs from that of {checkpoint}")
    return model_of_parts(_as_readers_take_it(spec), weights, facts, bundle.source)


def _as_readers_take_it(spec: NetworkSpec) -> NetworkSpec:
    """Returns the config that a bundle's id names, over the network's pitch range."""
    known = all_specs().get(spec.name, spec)
    if isinstance(spec, MelodySpec) and isinstance(known, MelodySpec):
        return dataclasses.replace(spec, encoding=known.encoding)
    return known


def export_checkpoint(
    checkpoint: str | os.PathLike[str],
    spec: NetworkSpec,
    bundle_file: str | os.PathLike[str],
    bundle_description: str = "",
    batch_size: int = 1,
) -> Model:
    """Writes the bundle of a checkpoint and returns the model that it plays as.

    Args:
        checkpoint: The file or prefix, or a folder whose latest checkpoint is meant.
        spec: The config that it was trained with; its name becomes the generator id.
        bundle_file: The .mag file; one that exists is replaced.
        bundle_description: What the bundle says of itself.
        batch_size: Sequences that the bundle's graph takes at once. 1 is the fastest in Magenta;
            for a number above it Magenta draws that many numbers a step.

    Raises:
        OptionError: The config has no name, so the bundle would have no id.
        BundleError: The checkpoint does not fit the config, or the bundle does not play back.
        SscMelodyError: Magenta is not installed, or the file cannot be written.
    """
    if not spec.name:
        raise OptionError("a bundle needs an id: give `generator_id`")
    checkpoint = Path(checkpoint)
    prefix = latest_checkpoint(checkpoint) if checkpoint.is_dir() else checkpoint
    spec = dataclasses.replace(spec_of_checkpoint(prefix, spec), batch_size=batch_size)
    data = _written_by_magenta(prefix, spec, bundle_description)
    model = _read_back(parse_bundle(data, str(bundle_file)), spec, prefix)
    write_bytes(bundle_file, data)
    return model


_MELODY = (60, -2, 62, 64, -2, -2, 67, -1, 65, -2, 64, 62, 60, -2, -2, -1)
_CHORDS = "C F N.C. G/B"
_CLOSE = 1e-4
"""How far the log-likelihoods of old and new may be apart; float32 leaves 1e-5 or less."""


def _first(asked: str | None, found: str) -> str:
    return found if asked is None else asked


def upgrade_bundle(
    old: str | os.PathLike[str],
    bundle_file: str | os.PathLike[str],
    generator_id: str | None = None,
    generator_description: str | None = None,
    bundle_description: str | None = None,
    batch_size: int = 1,
    config: str | None = None,
) -> Model:
    """Writes a bundle of any release in today's form and returns the model that it plays as.

    Args:
        old: The .mag file.
        bundle_file: The new one.
        generator_id: None for the old one's, as with both descriptions.
        generator_description: What the generator says of itself.
        bundle_description: What the bundle says of itself.
        batch_size: As in `export_checkpoint`.
        config: Which config to take it for, where its id is not a registered one.

    Raises:
        BundleError: It cannot be read, or its network does not exist in today's form.
        SscMelodyError: Magenta is not installed, or the file cannot be written.
    """
    bundle = read_bundle(old)
    spec, variables = modern_variables(bundle, config)
    named = dataclasses.replace(
        spec,
        name=_first(generator_id, bundle.generator_id),
        description=_first(generator_description, bundle.generator_description),
        batch_size=batch_size,
    )
    description = _first(bundle_description, bundle.bundle_description)
    shims.activate()
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder, "model.ckpt-0")
        checkpoints.write(prefix, variables)
        data = _written_by_magenta(prefix, named, description)
        model = _read_back(parse_bundle(data, str(bundle_file)), named, prefix)
    chords = _CHORDS if isinstance(spec, ImprovSpec) else None
    before = model_of_bundle(bundle, config).log_likelihood(_MELODY, chords, 4)
    after = model.log_likelihood(_MELODY, chords, 4)
    if not abs(before - after) <= _CLOSE * max(1.0, abs(before)):
        raise BundleError(
            f"{old}: in today's form a melody has the log-likelihood {after:.6f}, before "
            f"{before:.6f}; nothing was written"
        )
    write_bytes(bundle_file, data)
    return model


def export_bundle(
    source: str | os.PathLike[str],
    bundle_file: str | os.PathLike[str],
    config: NetworkSpec | str | None = None,
    *,
    generator_id: str | None = None,
    generator_description: str | None = None,
    bundle_description: str | None = None,
    batch_size: int = 1,
) -> Model:
    """Writes a run, a checkpoint or an old bundle as a .mag file, and returns how it plays.

    Magenta's own code writes it, so Magenta has to be installed.

    Args:
        source: A run_dir (its latest checkpoint; its folder `best` for the best), a checkpoint,
            or a .mag file of any release, which is brought into today's form.
        bundle_file: The .mag file; one that exists is replaced.
        config: The config or its name, where the source does not say it.
        generator_id: None for the config's name, or the old bundle's id.
        generator_description: What the generator says of itself; None as above.
        bundle_description: What the bundle says of itself.
        batch_size: Sequences that the bundle's graph takes at once (see `export_checkpoint`).

    Raises:
        BundleError: The source cannot be read, does not fit, or has no form of today.
        SpecError: There is no such config, or none is given and the source does not say.
        SscMelodyError: Magenta is not installed, or the file cannot be written.
    """
    path, target = user_path(source), user_path(bundle_file)
    batch_size = checks.whole("batch_size", batch_size, least=1)
    if path.suffix == ".mag":
        name = config.name if isinstance(config, NetworkSpec) else config
        return upgrade_bundle(
            path, target, generator_id, generator_description, bundle_description, batch_size, name
        )
    spec = load_checkpoint(path, config).spec
    named = dataclasses.replace(
        spec,
        name=_first(generator_id, spec.name),
        description=_first(generator_description, spec.description),
    )
    checkpoint = find_checkpoint(path)
    return export_checkpoint(checkpoint, named, target, bundle_description or "", batch_size)
