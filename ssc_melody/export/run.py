"""The folder of an exported model."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ssc_melody import files
from ssc_melody.errors import BundleError, OptionError
from ssc_melody.export import card, magenta_js, onnx_graph, weights
from ssc_melody.export.safetensors import safetensors_bytes
from ssc_melody.families import all_specs
from ssc_melody.play.inspection import Report, inspect_file
from ssc_melody.play.loading import load
from ssc_melody.play.model import Model
from ssc_melody.play.shipped import shipped_bundle
from ssc_melody.specs import MelodySpec, checks

TARGETS = ("magenta-js", "onnx", "safetensors")
_FACTS = ("id", "config", "encoding", "pitch_range", "chord_encoding", "layer_sizes",
          "attention_length", "residual_connections", "input_size", "classes")  # fmt: skip


def export_model(
    source: str | os.PathLike[str],
    to: str,
    folder: str | os.PathLike[str] | None = None,
    config: str | None = None,
) -> Path:
    """Exports a model for other programs, with a model card.

    Args:
        source: A .mag file, a run's folder, a checkpoint, or the name of a bundle that ships.
        to: "magenta-js", "onnx" or "safetensors".
        folder: Where to; None for one of the model's name, such as ssc_basic_rnn-onnx.
        config: The config to take it as, where it does not say.

    Returns:
        The folder.

    Raises:
        OptionError: There is no such target, or the folder holds something else.
        BundleError: The model cannot be read, or the target cannot hold it; with the reason.
        SscMelodyError: The package onnx is not installed, or a file cannot be written.
    """
    checks.choice("to", to, TARGETS)
    path = _path(source)
    report, model = inspect_file(path, config), load(path, config)
    name = str(report.get("id") or model.spec.name or path.stem)
    out = files.user_path(folder) if folder is not None else Path(f"{_plain(name)}-{to}")
    _check_folder(out)
    arrays = weights.arrays(model)
    contents = _files(model, to, report, arrays)
    digest = ""
    if path.is_file():
        digest = hashlib.sha256(files.read_bytes(path, BundleError)).hexdigest()
    key = model.spec.transpose_to_key if isinstance(model.spec, MelodySpec) else None
    about = card.card(to, report, model.family.name, path.name, digest, arrays, key)
    contents["README.md"] = about.encode()
    files.make_folder(out)
    for file, data in contents.items():
        files.write_bytes(out / file, data)
    return out


def _path(source: str | os.PathLike[str]) -> Path:
    if isinstance(source, str) and source in all_specs() and not os.path.lexists(source):
        shipped = shipped_bundle(source)
        if shipped is None:
            raise BundleError(f"no bundle ships for {source}: give a .mag file")
        return shipped
    return files.user_path(source)


def _plain(name: str) -> str:
    """Returns a name of which a folder's can be made."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".") or "model"


def _check_folder(folder: Path) -> None:
    """Refuses a folder that holds anything but what was exported there before."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    readme = folder / "README.md"
    is_ours = readme.is_file() and card.MARK in readme.read_text("utf-8", "replace")[:2000]
    if not is_ours:
        raise OptionError(f"folder: {folder} is not empty; name a new one")


def _files(model: Model, to: str, report: Report, arrays: weights.Arrays) -> dict[str, bytes]:
    facts: dict[str, Any] = {name: report[name] for name in _FACTS if report.get(name) is not None}
    facts["steps_per_quarter"] = model.spec.steps_per_quarter
    facts["batch_size"] = model.graph_batch
    if to == "magenta-js":
        return magenta_js.magenta_js_files(model)
    if to == "onnx":
        example = Path(__file__).with_name("example_onnx.py").read_bytes()
        data = onnx_graph.onnx_bytes(model, onnx_graph.facts_text(facts))
        return {"model.onnx": data, "play.py": example}
    text = onnx_graph.facts_text(facts)
    return {
        "model.safetensors": safetensors_bytes(arrays, text),
        "config.json": (json.dumps(facts, indent=1) + "\n").encode(),
    }
