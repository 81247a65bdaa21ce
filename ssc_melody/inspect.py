"""What a bundle, a checkpoint or a training run is, in words and as plain data.

Reads the same facts as `model`, and tells them also of files that cannot be played.
"""

import os
from pathlib import Path

import numpy as np

from ssc_melody.bundle import Bundle, read_bundle
from ssc_melody.checkpoint import latest_checkpoint, parse_v1, read_checkpoint
from ssc_melody.errors import SscMelodyError
from ssc_melody.loading import load_checkpoint, model_of_bundle
from ssc_melody.metagraph import GraphFacts, read_metagraph
from ssc_melody.model import Model
from ssc_melody.network import Network
from ssc_melody.specs import SPECS, MelodySpec
from ssc_melody.variable_names import is_weight, modern_name

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


def _topology(network: Network) -> Report:
    first = network.layers[0]
    attention = network.attention or first.attention
    where = "the whole stack" if network.attention else "the first layer"
    return {
        "layer_sizes": [layer.lstm.units for layer in network.layers],
        "attention_length": attention.length if attention else 0,
        "attention_around": where if attention else None,
        "residual_connections": first.residual,
        "input_size": network.input_size,
        "classes": network.num_classes,
    }


def _playable(model: Model, tensors: dict[str, np.ndarray]) -> Report:
    spec = model.spec
    return {
        "playable": True,
        "config": spec.name,
        "encoding": spec.encoding,
        "pitch_range": [spec.min_note, spec.max_note - 1],
        "batch_size": model.graph_batch,
        "fixed_temperature": model.temperature,
        **_topology(model.network),
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
        tensors = parse_v1(bundle.checkpoint, bundle.source)
        facts = read_metagraph(bundle.metagraph, bundle.source)
        report["tensorflow"] = facts.tensorflow_version or None
        report["magenta"] = _releases(tensors, facts)
        return report | _playable(model_of_bundle(bundle, config), tensors)
    except SscMelodyError as error:
        return report | {"playable": False, "reason": str(error)}


def _fitting_spec(tensors: dict[str, np.ndarray]) -> MelodySpec | None:
    """Returns the config whose number of classes and kind of attention a checkpoint has.

    Lookback and key have as many classes; attention makes the difference unless it was changed.
    """
    names = {modern_name(name): array.shape for name, array in tensors.items()}
    classes = max(
        (shape[-1] for name, shape in names.items() if "fully_connected" in name), default=0
    )
    attention = any("attention" in name for name in names)
    wanted = {
        38: "basic_rnn",
        130: "mono_rnn",
        40: "attention_rnn" if attention else "lookback_rnn",
    }
    name = wanted.get(classes)
    return SPECS[name] if name else None


def _inspect_checkpoint(path: Path, config: str | None) -> Report:
    tensors = read_checkpoint(path, wanted=is_weight)
    step = read_checkpoint(path, wanted=lambda name: name == "global_step").get("global_step")
    report: Report = {
        "kind": "checkpoint",
        "file": str(path),
        "global_step": None if step is None else int(step),
    }
    spec = SPECS[config] if config in SPECS else _fitting_spec(tensors)
    if spec is None:
        return report | {"playable": False, "reason": "it fits no config; name one with --config"}
    try:
        return report | _playable(load_checkpoint(path, spec), tensors)
    except SscMelodyError as error:
        return report | {"playable": False, "reason": str(error)}


def inspect_file(path: str | os.PathLike[str], config: str | None = None) -> Report:
    """Tells what a .mag bundle, a checkpoint or a run_dir is.

    Args:
        path: The file, or the folder of a training run (or its `train`).
        config: Which config to take it as, where it does not say.

    Returns:
        Plain data: kind, file, id, descriptions, releases, topology, parameters, playable, and the
        reason where it is not.

    Raises:
        BundleError: It cannot be read at all.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        train = path / "train"
        return _inspect_checkpoint(latest_checkpoint(train if train.is_dir() else path), config)
    if path.suffix == ".mag" or not _is_checkpoint(path):
        return _inspect_bundle(read_bundle(path), config)
    return _inspect_checkpoint(path, config)


def _is_checkpoint(path: Path) -> bool:
    named = path.suffix in (".index", ".meta") or ".data-" in path.name or ".ckpt" in path.name
    return named or path.with_name(path.name + ".index").is_file()


def to_text(report: Report) -> str:
    """Returns a report as aligned lines, what is missing left out."""
    lines = []
    for key, value in report.items():
        if value in (None, ""):
            continue
        if isinstance(value, bool):
            value = "yes" if value else "no"  # noqa: PLW2901
        elif isinstance(value, list):
            value = ", ".join(map(str, value))  # noqa: PLW2901
        elif isinstance(value, int) and key == "parameters":
            value = f"{value:,}"  # noqa: PLW2901
        lines.append(f"{key.replace('_', ' ') + ':':22}{value}")
    return "\n".join(lines)
