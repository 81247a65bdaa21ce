"""From a bundle or a checkpoint to a model that plays.

Reads the parts (`bundle`, `checkpoint`, `metagraph`), finds the config that they belong to, and
puts them together (`network.build`); what does not fit is refused by name. Then comes `model`.
"""

import dataclasses
import os
from pathlib import Path

import numpy as np

from ssc_melody.constants import NOTES_PER_OCTAVE
from ssc_melody.encodings import Encoding
from ssc_melody.errors import BundleError, FormatError, SpecError, about
from ssc_melody.families import (
    REFUSED,
    all_families,
    all_specs,
    family_of,
    find_spec,
    get_spec,
    with_article,
)
from ssc_melody.files import Source, user_path
from ssc_melody.formats.bundle import Bundle, read_bundle
from ssc_melody.formats.checkpoint import check_finite, latest_checkpoint, parse_v1, read_checkpoint
from ssc_melody.network.build import build_network, outer_sizes
from ssc_melody.network.metagraph import GraphFacts, read_metagraph
from ssc_melody.network.names import is_weight
from ssc_melody.play import run_config
from ssc_melody.play.model import Model
from ssc_melody.play.shipped import shipped_bundle
from ssc_melody.specs import MAX_PITCHES, MelodySpec, NetworkSpec


def fitting_spec(inputs: int | None, classes: int | None = None) -> NetworkSpec | None:
    """Returns the first config whose encoding has these sizes; None stands for one not known."""
    if inputs is None and classes is None:
        return None
    for spec in all_specs().values():
        encoding = spec.make_encoding()
        if inputs in (None, encoding.input_size) and classes in (None, encoding.num_classes):
            return spec
    return None


def spec_of_bundle(bundle: Bundle, config: NetworkSpec | str | None = None) -> NetworkSpec:
    """Returns the config that a bundle's id names; `config` decides where the id is unknown.

    Args:
        bundle: The bundle.
        config: A config's name; or a config of one's own (another pitch range, say), which then
            takes precedence over the id.

    Raises:
        BundleError: The id is another model family's, or unknown and no config is given.
        SpecError: There is no such config.
    """
    if isinstance(config, NetworkSpec):
        return config
    name = bundle.generator_id
    if (known := find_spec(name)) is not None:
        return known
    if name in REFUSED or "performance" in name:
        family = REFUSED.get(name, "Performance RNN")
        raise BundleError(
            f"{bundle.source}: {with_article(family)} bundle (id {name!r}); this library plays "
            + ", ".join(family.name for family in all_families())
        )
    if config is not None:
        return get_spec(config)
    with about(bundle.source, BundleError):
        size = read_metagraph(bundle.metagraph).input_size
    fitting = fitting_spec(size) if size else None
    raise BundleError(
        f"{bundle.source}: its id {name!r} is not a registered config; "
        + (
            f"its {size} inputs fit `config={fitting.name}`"
            if fitting
            else "name one with `config`"
        )
    )


def melodies_only(spec: NetworkSpec, source: str) -> NetworkSpec:
    """Returns a config of melodies.

    Raises:
        BundleError: It is of another family, which has a command of its own.
    """
    family = family_of(spec)
    if family.play:
        raise BundleError(
            f"{source}: {with_article(family.name)} bundle; {family.command} plays it"
        )
    return spec


def _check_sizes(
    spec: NetworkSpec, encoding: Encoding, inputs: int | None, classes: int | None
) -> None:
    """Compares what a network takes and gives with a config's encoding; None is not compared."""
    kinds = {"inputs": (inputs, encoding.input_size), "classes": (classes, encoding.num_classes)}
    for kind, (found, given) in kinds.items():
        if found not in (None, given):
            fitting = fitting_spec(inputs, classes)
            other = (
                f"; it fits {_named(fitting, spec)}" if fitting else _other_range(spec, kind, found)
            )
            raise FormatError(
                f"its network takes {found} {kind}, {spec.label} gives {given}{other}"
            )


def _named(fitting: NetworkSpec, spec: NetworkSpec) -> str:
    """Returns a config's name, and its family where that is another one than `spec`'s."""
    family = family_of(fitting)
    return fitting.label if family is family_of(spec) else f"{fitting.label} ({family.name})"


def _other_range(spec: NetworkSpec, kind: str, found: int) -> str:
    """Says how many pitches a network of `found` inputs or classes knows, if that is it."""
    if not isinstance(spec, MelodySpec):
        return ""
    for pitches in range(NOTES_PER_OCTAVE, MAX_PITCHES + 1):
        encoding = dataclasses.replace(spec, min_note=0, max_note=pitches).make_encoding()
        if found == (encoding.input_size if kind == "inputs" else encoding.num_classes):
            return (
                f"; it was trained on {pitches} pitches, this config has "
                f"{spec.max_note - spec.min_note}: say which, such as "
                f"`min_note={spec.min_note}` `max_note={spec.min_note + pitches}`"
            )
    return ""


def model_of_parts(
    spec: NetworkSpec, tensors: dict[str, np.ndarray], facts: GraphFacts | None, source: str
) -> Model:
    """Builds a model of a config, its variables, and (but for a bare checkpoint) its metagraph."""
    encoding = spec.make_encoding()
    with about(source, BundleError):
        check_finite(tensors)
        _check_sizes(spec, encoding, *outer_sizes(tensors))
        fed = facts.input_size if facts else None
        if fed == 1 and hasattr(encoding, "table"):  # the graph makes it one-hot
            fed = None
        _check_sizes(spec, encoding, fed, None)
        network = build_network(
            tensors,
            input_size=encoding.input_size,
            facts=facts,
            attn_length=spec.attn_length,
        )
    chosen = facts is None or facts.has_temperature
    return Model(
        spec=spec,
        network=network,
        encoding=encoding,
        graph_batch=facts.batch_size if facts else spec.batch_size,
        temperature=None if chosen or facts is None else facts.temperature,
        source=source,
    )


def model_of_bundle(bundle: Bundle, config: NetworkSpec | str | None = None) -> Model:
    """Builds the model that a bundle holds; see `load_bundle`."""
    spec = spec_of_bundle(bundle, config)
    with about(bundle.source, BundleError):
        facts, tensors = read_metagraph(bundle.metagraph), parse_v1(bundle.checkpoint)
    return model_of_parts(spec, tensors, facts, bundle.source)


def load(source: Source, config: NetworkSpec | str | None = None) -> Model:
    """Loads whatever plays: a bundle, a run, a checkpoint, or a bundle that ships.

    Args:
        source: A .mag file (a path, its bytes, or an open binary file), the folder of a training
            run, a checkpoint, or the name of a shipped bundle such as "ssc_attention_rnn".
        config: The config to play it as, where it does not say; or one of one's own (see
            `specs.with_range`).

    Raises:
        BundleError: It cannot be read, or does not fit the config.
        SpecError: There is no such config.
    """
    if isinstance(source, str) and find_spec(source) is not None and not os.path.lexists(source):
        shipped = shipped_bundle(source)
        if shipped is None:
            raise BundleError(f"no bundle ships for {source}: give a .mag file")
        return load_bundle(shipped, config)
    if isinstance(source, str | os.PathLike) and is_checkpoint(user_path(source)):
        return load_checkpoint(source, config)
    return load_bundle(source, config)


def is_checkpoint(path: Path) -> bool:
    """Tells whether a path means a checkpoint or a run (else a bundle)."""
    if os.path.isdir(path):
        return True
    named = path.suffix in (".index", ".meta") or ".data-" in path.name or ".ckpt" in path.name
    return path.suffix != ".mag" and (named or os.path.isfile(f"{path}.index"))


def load_bundle(source: Source, config: NetworkSpec | str | None = None) -> Model:
    """Reads a .mag file of any Magenta release.

    Args:
        source: The file: a path, its bytes, or an open binary file.
        config: Which config to play it as, where its id is not a registered one; or a config of
            one's own, with another pitch range, say.

    Raises:
        BundleError: It cannot be read, or is not a Melody RNN.
        SpecError: There is no such config.
    """
    return model_of_bundle(read_bundle(source), config)


def find_checkpoint(path: str | os.PathLike[str]) -> Path:
    """Returns the checkpoint that a file, a prefix, a run_dir or its `train` means.

    Raises:
        BundleError: A folder holds none.
    """
    path = user_path(path)
    if not os.path.isdir(path):
        return path
    train = path / "train"
    return latest_checkpoint(train if os.path.isdir(train) else path)


def run_folder(folder: Path) -> Path:
    """Returns the run_dir that a folder is, or is the `train` or `best` of."""
    inner = folder.name in ("train", "best") and not os.path.isdir(folder / "train")
    return folder.parent if inner else folder


def load_checkpoint(path: str | os.PathLike[str], config: NetworkSpec | str | None = None) -> Model:
    """Reads a checkpoint (V1 or V2) of a training run.

    Args:
        path: The file or prefix, or a folder whose latest checkpoint is meant: a run_dir or its
            `train`.
        config: The config that it was trained with, or its name; None where the run says it.

    Raises:
        BundleError: It cannot be read, or does not fit the config.
        SpecError: There is no such config, or none is given and the run does not say.
        SscMelodyError: The run's config.json cannot be read.
    """
    prefix = find_checkpoint(path)
    if isinstance(config, str):
        config = get_spec(config)
    tensors = read_checkpoint(prefix, wanted=is_weight)
    if config is None:
        path = user_path(path)
        folder = run_folder(path if os.path.isdir(path) else path.parent)
        run = run_config.read(folder)
        if run is None:
            raise SpecError(
                f"{folder} has no {run_config.NAME}, as runs of stock have none: name its config"
            )
        config = run.spec
    return model_of_parts(config, tensors, None, str(prefix))
