"""Checkpoints of random weights for any config, with the variable names of today's graphs."""

from pathlib import Path

import numpy as np

from ssc_melody.formats.checkpoint import serialize_v1
from ssc_melody.play import run_config
from ssc_melody.specs import MelodySpec


def _attention_shapes(scope: str, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{scope}/kernel": (inputs + units, inputs),
        f"{scope}/bias": (inputs,),
        f"{scope}/attention/kernel": (2 * units, units),
        f"{scope}/attention/bias": (units,),
        f"{scope}/attention/attn_w": (1, 1, units, units),
        f"{scope}/attention/attn_v": (units,),
        f"{scope}/attn_output_projection/kernel": (2 * units, units),
        f"{scope}/attn_output_projection/bias": (units,),
    }


def shapes(spec: MelodySpec) -> dict[str, tuple[int, ...]]:
    """Returns the shape of each variable that a config's graph has."""
    encoding = spec.make_encoding()
    found: dict[str, tuple[int, ...]] = {}
    inputs = encoding.input_size
    for i, units in enumerate(spec.rnn_layer_sizes):
        scope = f"rnn/multi_rnn_cell/cell_{i}"
        if spec.attn_length and i == 0:
            scope += "/attention_cell_wrapper"
            found |= _attention_shapes(scope, inputs, units)
        found[f"{scope}/basic_lstm_cell/kernel"] = (inputs + units, 4 * units)
        found[f"{scope}/basic_lstm_cell/bias"] = (4 * units,)
        inputs = units
    found["fully_connected/weights"] = (inputs, encoding.num_classes)
    found["fully_connected/biases"] = (encoding.num_classes,)
    return found


def random_checkpoint(spec: MelodySpec, seed: int = 0, scale: float = 0.3) -> dict[str, np.ndarray]:
    """Returns normally distributed weights for a config."""
    random = np.random.default_rng(seed)
    return {
        name: (scale * random.standard_normal(shape)).astype(np.float32)
        for name, shape in shapes(spec).items()
    }


def make_run(folder: Path, spec: MelodySpec, config_json: bool = False) -> Path:
    """Writes what a run of training leaves, with random weights."""
    train = folder / "train"
    train.mkdir(parents=True)
    tensors = random_checkpoint(spec) | {"global_step": np.array(120)}
    (train / "model.ckpt-120").write_bytes(serialize_v1(tensors))
    (train / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-120"\n')
    if config_json:
        run_config.write(folder, run_config.RunConfig(spec.name, spec, seed=1))
    return folder
