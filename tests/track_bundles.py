"""Runs of polyphony, drums and performances with weights that make something like music.

Random weights alone end a step once in 259 events; here the output's biases do what training would:
steps end, time goes by, a few pitches are likelier than others.
"""

import dataclasses
from pathlib import Path

import numpy as np

from ssc_melody.formats.checkpoint import serialize_v1
from ssc_melody.specs import NetworkSpec
from tests.networks import random_checkpoint


def _biases(spec: NetworkSpec, random: np.random.Generator) -> np.ndarray:
    size = spec.make_encoding().num_classes
    biases = random.normal(0.0, 0.4, size)
    if size == 259:  # polyphony
        biases -= 2.0
        biases[2] = 4.0
        biases[3 + 48 : 3 + 80 : 3] += 2.0
        biases[131 + 48 : 131 + 80 : 3] += 2.5
    elif 356 <= size < 512:  # performance
        biases -= 2.0
        biases[48:80:3] += 2.0
        biases[128 + 48 : 128 + 80 : 3] += 2.0
        biases[256:306] += 2.0
    return biases


def track_checkpoint(spec: NetworkSpec, seed: int = 0) -> dict[str, np.ndarray]:
    """Returns weights for a config."""
    tensors = random_checkpoint(spec, seed)
    biases = _biases(spec, np.random.default_rng(seed))
    return tensors | {"fully_connected/biases": biases.astype(np.float32)}


def make_track_run(folder: Path, spec: NetworkSpec, seed: int = 0) -> Path:
    """Writes what a run of stock's training leaves."""
    train = folder / "train"
    train.mkdir(parents=True)
    tensors = track_checkpoint(spec, seed) | {"global_step": np.array(120)}
    (train / "model.ckpt-120").write_bytes(serialize_v1(tensors))
    (train / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-120"\n')
    return folder


def small(spec: NetworkSpec, *sizes: int, attn_length: int = 0) -> NetworkSpec:
    """Returns a config with small layers."""
    return dataclasses.replace(spec, rnn_layer_sizes=sizes, attn_length=attn_length)
