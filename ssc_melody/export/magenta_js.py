"""A model as a checkpoint of magenta-js, which plays it in a browser.

Follows: MusicRNN of @magenta/music 1.23.1 (music_rnn/model.ts, core/data.ts, core/chords.ts) and
the weights manifest of TensorFlow.js. What MusicRNN knows is what can be written: one-hot melodies,
on chords or not, layers of LSTM with a forget bias of 1. It moves no primer to C and back; whoever
plays a config that is trained in C gives it primers in C.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from ssc_melody.errors import BundleError
from ssc_melody.export.weights import Arrays, arrays
from ssc_melody.play.model import Model
from ssc_melody.specs import ImprovSpec, MelodySpec

SHARD = 4 * 2**20
"""Bytes; browsers keep files of this size."""

_CHORD_ENCODERS = {"triads": "TriadChordEncoder", "pitches": "PitchChordEncoder"}


def magenta_js_files(model: Model) -> dict[str, bytes]:
    """Returns the files of a checkpoint by name.

    Raises:
        BundleError: MusicRNN has no such network, with the reason.
    """
    spec = model.spec
    reason = _refused(model)
    if reason or not isinstance(spec, MelodySpec):
        raise BundleError(f"{model.source}: magenta-js cannot play it: {reason or 'no melodies'}")
    config: dict[str, object] = {
        "type": "MusicRNN",
        "dataConverter": {
            "type": "MelodyConverter",
            "args": {"minPitch": spec.min_note, "maxPitch": spec.max_note - 1},
        },
    }
    if isinstance(spec, ImprovSpec):
        config["chordEncoder"] = _CHORD_ENCODERS[spec.chord_encoding]
    manifest, shards = _shards(arrays(model))
    return {"config.json": _json(config), "weights_manifest.json": _json(manifest), **shards}


def _refused(model: Model) -> str:
    """Returns why a network cannot be played, or ""."""
    spec, network = model.spec, model.network
    if not isinstance(spec, MelodySpec):
        return f"{spec.label} is not of melodies"
    if spec.encoding != "onehot":
        return f"it knows one-hot inputs only, and {spec.label} has {spec.encoding} inputs"
    if network.attention is not None or any(layer.attention for layer in network.layers):
        return "its attention is that of Magenta 0.1.12 and older, around three layers"
    if any(layer.residual or layer.projection for layer in network.layers):
        return "it knows no residual connections"
    return ""


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _shards(tensors: Arrays) -> tuple[list[dict[str, object]], Mapping[str, bytes]]:
    """Returns the manifest, and the numbers cut into files."""
    weights = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in tensors.items()
    ]
    data = b"".join(
        np.ascontiguousarray(array, dtype="<f4").tobytes() for array in tensors.values()
    )
    pieces = [data[at : at + SHARD] for at in range(0, len(data), SHARD)]
    names = [f"group1-shard{i}of{len(pieces)}.bin" for i in range(1, len(pieces) + 1)]
    manifest: list[dict[str, object]] = [{"paths": names, "weights": weights}]
    return manifest, dict(zip(names, pieces, strict=True))
