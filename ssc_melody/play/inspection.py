"""What a bundle, a checkpoint or a training run is, in words and as plain data.

Reads the same facts as `model`, and tells them also of files that cannot be played.
"""

import os
from pathlib import Path

import numpy as np

from ssc_melody.errors import BundleError, SscMelodyError, about, printable
from ssc_melody.families import get_spec
from ssc_melody.files import user_path
from ssc_melody.formats.bundle import Bundle, read_bundle
from ssc_melody.formats.checkpoint import parse_v1, read_checkpoint
from ssc_melody.network.build import outer_sizes
from ssc_melody.network.metagraph import GraphFacts, read_metagraph
from ssc_melody.network.names import is_weight, modern_name
from ssc_melody.play import run_config
from ssc_melody.play.loading import (
    find_checkpoint,
    fitting_spec,
    is_checkpoint,
    load_checkpoint,
    model_of_bundle,
    run_folder,
)
from ssc_melody.play.model import Model
from ssc_melody.specs import NetworkSpec

Report = dict[str, object]


def _releases(tensors: dict[str, np.ndarray], facts: GraphFacts) -> str:
    """Tells the Magenta releases that leave such a graph (testdata/bundles/README.md)."""
    names = [modern_name(name) for name in tensors]
    signs = [
        (not facts.has_temperature, "0.1.4 or older"),
        (len(facts.state_sizes) == 1, "0.1.5 to 0.1.10"),
        (any(name.startswith("rnn/attention") for name in names), "0.1.11 or 0.1.12"),
        (any(name.startswith("cudnn_lstm") for name in names), "0.3.9 to 1.3.3"),
        (facts.tensorflow_version.startswith("2."), "2.0 or newer"),
        (any("input_projection" in name for name in names), "0.3.9 to 1.3.3"),
    ]
    return next((releases for sign, releases in signs if sign), "0.1.11 to 1.3.3")


def _topology(model: Model) -> Report:
    network, hparams = model.network, model.hparams
    where = "the whole stack" if network.attention else "the first layer"
    return {
        "layer_sizes": [layer.lstm.units for layer in network.layers],
        "attention_length": hparams["attn_length"],
        "attention_around": where if hparams["attn_length"] else None,
        "residual_connections": hparams["residual_connections"],
        "input_size": network.input_size,
        "classes": network.num_classes,
    }


def _playable(model: Model, tensors: dict[str, np.ndarray]) -> Report:
    spec = model.spec
    return {
        "playable": True,
        "config": spec.name,
        **spec.facts(),
        "batch_size": model.graph_batch,
        "fixed_temperature": model.temperature,
        **_topology(model),
        "cudnn_trained": any("cudnn" in name for name in tensors),
        "parameters": sum(array.size for array in tensors.values()),
    }


def _inspect_bundle(bundle: Bundle, config: str | None) -> Report:
    report: Report = {
        "kind": "bundle",
        "file": bundle.source,
        "id": bundle.generator_id,
        "description": bundle.generator_description,
        "bundle_description": bundle.bundle_description,
    }
    try:
        with about(bundle.source, BundleError):
            tensors, facts = parse_v1(bundle.checkpoint), read_metagraph(bundle.metagraph)
        report["tensorflow"] = facts.tensorflow_version or None
        report["magenta"] = _releases(tensors, facts)
        return report | _playable(model_of_bundle(bundle, config), tensors)
    except SscMelodyError as error:
        return report | {"playable": False, "reason": str(error)}


def _spec_of_checkpoint(
    path: Path, tensors: dict[str, np.ndarray], config: str | None
) -> tuple[NetworkSpec | None, list[str]]:
    """Returns the config to take a checkpoint as, and which lines of the report are assumed then.

    A checkpoint is its variables alone; what does not show in them is said by the run's
    config.json, where there is one.
    """
    run = run_config.read(run_folder(path.parent))
    if run is not None and config in (None, run.config):
        return run.spec, []
    spec = get_spec(config) if config is not None else fitting_spec(*outer_sizes(tensors))
    attention = any("attention" in modern_name(name) for name in tensors)
    signs = {"config": config is None, "attention_length": attention, "batch_size": True}
    return spec, [name for name, sign in signs.items() if sign]


def _inspect_checkpoint(path: Path, config: str | None) -> Report:
    tensors = read_checkpoint(path, wanted=is_weight)
    step = read_checkpoint(path, wanted=lambda name: name == "global_step").get("global_step")
    report: Report = {
        "kind": "checkpoint",
        "file": str(path),
        "global_step": None if step is None else int(step),
    }
    try:
        spec, assumed = _spec_of_checkpoint(path, tensors, config)
        if spec is None:
            reason = "its sizes are those of no config"
            return report | {"playable": False, "reason": reason}
        return report | _playable(load_checkpoint(path, spec), tensors) | {"assumed": assumed}
    except SscMelodyError as error:
        return report | {"playable": False, "reason": str(error)}


def inspect_file(path: str | os.PathLike[str], config: str | None = None) -> Report:
    """Tells what a .mag bundle, a checkpoint or a run_dir is.

    Args:
        path: The file, or the folder of a training run (or its `train`).
        config: Which config to take it as, where it does not say.

    Returns:
        Plain data: kind, file, id, descriptions, releases, topology, parameters, playable, and the
        reason where it is not. `assumed` names what a checkpoint without a config.json does not say
        and the config (the one given, or the first that fits) does.

    Raises:
        BundleError: It cannot be read at all.
        SpecError: There is no such config.
    """
    if config is not None:
        get_spec(config)
    path = user_path(path)
    if is_checkpoint(path):
        return _inspect_checkpoint(find_checkpoint(path), config)
    return _inspect_bundle(read_bundle(path), config)


def to_text(report: Report) -> str:
    """Returns a report as aligned lines, what is missing left out."""
    lines = []
    for key, value in report.items():
        if value in (None, "", []):
            continue
        if isinstance(value, bool):
            value = "yes" if value else "no"  # noqa: PLW2901
        elif isinstance(value, list):
            value = ", ".join(str(each).replace("_", " ") for each in value)  # noqa: PLW2901
        elif isinstance(value, int) and key == "parameters":
            value = f"{value:,}"  # noqa: PLW2901
        lines.append(f"{key.replace('_', ' ') + ':':22}{printable(str(value))}")
    return "\n".join(lines)
