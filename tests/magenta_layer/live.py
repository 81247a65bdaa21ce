"""What the tests against live Magenta share: its modules, imported under the shims, and small runs.

conftest.py leaves this folder out where Magenta is not installed.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import note_seq
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from magenta.models.melody_rnn import (
    melody_rnn_config_flags,
    melody_rnn_model,
    melody_rnn_sequence_generator,
)
from magenta.models.shared import (
    events_rnn_graph,
    events_rnn_model,
    sequence_generator,
    sequence_generator_bundle,
)
from note_seq.protobuf import generator_pb2, music_pb2

from ssc_melody.magenta_layer import shims
from ssc_melody.magenta_layer.register import magenta_config
from ssc_melody.specs import SPECS, MelodySpec, with_hparams
from tests.conftest import ROOT, TESTDATA

__all__ = [
    "events_rnn_model",
    "generator_pb2",
    "melody_rnn_config_flags",
    "melody_rnn_model",
    "melody_rnn_sequence_generator",
    "music_pb2",
    "note_seq",
    "sequence_generator",
]

SMALL = {
    "ssc_attention_rnn": "rnn_layer_sizes=[24,16],attn_length=12",
    "ssc_lookback_rnn": "rnn_layer_sizes=[16,16],residual_connections=true",
    "ssc_basic_rnn": "rnn_layer_sizes=[20]",
    "ssc_mono_rnn": "rnn_layer_sizes=[12,20]",
}
"""Our configs with networks that are built in no time, by name."""


def small_spec(name: str, more: str = "") -> MelodySpec:
    return with_hparams(with_hparams(SPECS[name], SMALL[name]), more)


@contextlib.contextmanager
def gru_cells() -> Iterator[None]:
    """Makes Magenta build its graphs with GRU cells, which our engine does not know."""
    stock = events_rnn_graph.make_rnn_cell
    cell = tf.nn.rnn_cell.GRUCell
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            events_rnn_graph,
            "make_rnn_cell",
            lambda sizes, **options: stock(sizes, **{**options, "base_cell": cell}),
        )
        yield


def make_run_dir(folder: Path, spec: MelodySpec) -> Path:
    """Makes a run_dir with the (V2) checkpoint of Magenta's graph with random weights."""
    (folder / "train").mkdir(parents=True)
    with tf.Graph().as_default(), shims.quiet_graph():
        events_rnn_graph.get_build_graph_fn("generate", magenta_config(spec))()
        tf.train.get_or_create_global_step()
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            rng = np.random.RandomState(3)
            for variable in tf.trainable_variables():
                variable.load(rng.normal(0, 0.3, variable.shape), session)
            path = str(folder / "train" / "model.ckpt")
            tf.train.Saver().save(session, path, global_step=7)
    return folder


def read_message(name: str) -> object:
    """Returns a bundle of testdata as Magenta's message."""
    return read_bundle(TESTDATA / "bundles" / name)


def read_bundle(path: Path) -> object:
    """Returns a bundle as Magenta's message."""
    return sequence_generator_bundle.read_bundle_file(str(path))


@contextlib.contextmanager
def numpy_seed(seed: int) -> Iterator[None]:
    """Seeds NumPy's global state and puts it back afterwards."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)


def environment(**changes: str) -> dict[str, str]:
    """Returns the environment for a subprocess that imports this package."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


def stock_answers(module: str, what: str, jobs: list[Any], folder: Path) -> list[Any]:
    """Runs jobs in a process of stock's and returns its answer to each.

    Args:
        module: The module of this folder that runs them.
        what: Which of its commands.
        jobs: What it is handed.
        folder: Where jobs.json may be written.
    """
    path = folder / "jobs.json"
    path.write_text(json.dumps(jobs))
    done = subprocess.run(
        [sys.executable, "-m", f"tests.magenta_layer.{module}", what, path],
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout.splitlines()[-1]))
