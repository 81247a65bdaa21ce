"""From a bundle or a checkpoint to a model that plays.

Reads the parts (`bundle`, `checkpoint`, `metagraph`), finds the config that they belong to, and
puts them together (`topology`); what does not fit is refused by name. Then comes `model`.
"""

import os
from pathlib import Path

import numpy as np

from ssc_melody.bundle import Bundle, read_bundle
from ssc_melody.checkpoint import check_finite, latest_checkpoint, parse_v1, read_checkpoint
from ssc_melody.encodings import Encoding, get_encoding
from ssc_melody.errors import BundleError
from ssc_melody.metagraph import GraphFacts, read_metagraph
from ssc_melody.model import Model
from ssc_melody.specs import SPECS, MelodySpec, get_spec
from ssc_melody.topology import build_network
from ssc_melody.variable_names import is_weight

_OTHER_FAMILIES = {
    "polyphony": "Polyphony RNN",
    "drum_kit": "Drums RNN",
    "one_drum": "Drums RNN",
    "basic_improv": "Improv RNN",
    "attention_improv": "Improv RNN",
    "chord_pitches_improv": "Improv RNN",
    "rnn-nade": "Pianoroll RNN-NADE",
    "rnn-nade_attn": "Pianoroll RNN-NADE",
    "rl_tuner": "RL Tuner",
}


def _encodings_of_size(input_size: int) -> list[str]:
    return [spec.name for spec in SPECS.values() if get_encoding(spec).input_size == input_size]


def spec_of_bundle(bundle: Bundle, config: str | None = None) -> MelodySpec:
    """Returns the config that a bundle's id names; `config` decides where the id is unknown.

    Raises:
        BundleError: The id is another model family's, or unknown and no config is given.
        SpecError: There is no such config.
    """
    name = bundle.generator_id
    if name in SPECS:
        return SPECS[name]
    if name in _OTHER_FAMILIES or "performance" in name:
        family = _OTHER_FAMILIES.get(name, "Performance RNN")
        raise BundleError(
            f"{bundle.source}: a {family} bundle (id {name!r}); this library plays Melody RNN"
        )
    if config is not None:
        return get_spec(config)
    size = read_metagraph(bundle.metagraph, bundle.source).input_size
    fitting = _encodings_of_size(size) if size else []
    raise BundleError(
        f"{bundle.source}: its id {name!r} is no registered config; "
        + (f"its {size} inputs fit --config={fitting[0]}" if fitting else "name one with --config")
    )


def _check_input_size(spec: MelodySpec, size: int | None, encoding: Encoding, what: str) -> None:
    if size not in (None, encoding.input_size):
        fitting = _encodings_of_size(size or 0)
        raise BundleError(
            f"{what}: its network takes {size} inputs, {spec.name} gives {encoding.input_size}"
            + (f"; {fitting[0]} gives {size}" if fitting else "")
        )


def model_of_parts(
    spec: MelodySpec, tensors: dict[str, np.ndarray], facts: GraphFacts | None, source: str
) -> Model:
    """Builds a model of a config, its variables, and (but for a bare checkpoint) its metagraph."""
    check_finite(tensors, source)
    encoding = get_encoding(spec)
    _check_input_size(spec, facts.input_size if facts else None, encoding, source)
    network = build_network(
        tensors,
        input_size=encoding.input_size,
        what=source,
        facts=facts,
        attn_length=spec.attn_length,
    )
    if network.num_classes != encoding.num_classes:
        raise BundleError(
            f"{source}: its network has {network.num_classes} classes, "
            f"{spec.name} has {encoding.num_classes}"
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


def model_of_bundle(bundle: Bundle, config: str | None = None) -> Model:
    """Builds the model that a bundle holds; see `load_bundle`."""
    spec = spec_of_bundle(bundle, config)
    facts = read_metagraph(bundle.metagraph, bundle.source)
    return model_of_parts(spec, parse_v1(bundle.checkpoint, bundle.source), facts, bundle.source)


def load_bundle(path: str | os.PathLike[str], config: str | None = None) -> Model:
    """Reads a .mag file of any Magenta release.

    Args:
        path: The file.
        config: Which config to play it as, where its id is no registered one.

    Raises:
        BundleError: It cannot be read, or is no Melody RNN.
        SpecError: There is no such config.
    """
    return model_of_bundle(read_bundle(path), config)


def load_checkpoint(path: str | os.PathLike[str], spec: MelodySpec) -> Model:
    """Reads a checkpoint (V1 or V2) of a training run.

    Args:
        path: The file or prefix, or a folder whose latest checkpoint is meant.
        spec: The config that it was trained with.

    Raises:
        BundleError: It cannot be read, or does not fit the config.
    """
    prefix = latest_checkpoint(Path(path)) if Path(path).is_dir() else Path(path)
    return model_of_parts(spec, read_checkpoint(prefix, wanted=is_weight), None, str(prefix))
