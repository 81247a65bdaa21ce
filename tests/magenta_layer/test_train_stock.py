"""Runs go from us to stock Magenta and back: its trainer, its generator, its event files."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from ssc_melody.cli import generate
from ssc_melody.formats.checkpoint import latest_checkpoint, read_checkpoint
from ssc_melody.specs import SPECS, with_hparams
from tests.magenta_layer import live, train_runs
from tests.magenta_layer.live import tf

from ssc_melody.training import checkpoints  # isort: skip
from ssc_melody.network import variables  # isort: skip

CASES = {
    "lookback": "rnn_layer_sizes=[8,6],batch_size=5",
    "attention": "rnn_layer_sizes=[8,6],batch_size=5,attn_length=7,clip_norm=3",
}
OURS, THEIRS, MORE = 4, 3, 2
"""Steps that we train, that stock does, and that we add."""


def spec_of(case):
    return with_hparams(SPECS[f"{case}_rnn"], CASES[case])


def train(case, run_dir, data, steps):
    argv = train_runs.argv(run_dir, data, steps, hparams=CASES[case])
    argv[1] = f"--config={case}_rnn"
    return train_runs.train.main(argv)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns a folder with runs of ours, of stock's, of both, and what stock generated."""
    folder = tmp_path_factory.mktemp("stock")
    jobs = {"train": [], "generate": []}
    for case, hparams in CASES.items():
        data = folder / f"{case}.tfrecord"
        train_runs.write_examples(data, train_runs.melodies(longest=60), spec_of(case))
        assert train(case, folder / case / "ours", data, OURS) == 0
        shutil.copytree(folder / case / "ours", folder / case / "ours_then_stock")
        common = {"config": f"{case}_rnn", "hparams": hparams, "num_training_steps": THEIRS}
        common |= {"sequence_example_file": str(data), "summary_frequency": 1}
        for run in ("stock", "ours_then_stock"):
            flags = {**common, "run_dir": str(folder / case / run)}
            jobs["train"].append({"seed": 1, "flags": flags})
        flags = {
            "config": f"{case}_rnn",
            "hparams": hparams.replace("batch_size=5", "batch_size=1"),
            "num_outputs": 2,
        }
        flags |= {"num_steps": 40, "output_dir": str(folder / case / "stock_midi")}
        flags["run_dir"] = str(folder / case / "ours")
        jobs["generate"].append({"seed": 9, "flags": flags})
    for what, listed in jobs.items():
        (folder / f"{what}.json").write_text(json.dumps(listed))
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.magenta_layer.stock", what, f"{folder / what}.json"],
            env=live.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for what in jobs
    ]
    for process, listed in zip(started, jobs.values(), strict=True):
        out, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors[-3000:]
        results = json.loads(out.splitlines()[-1])
        assert results == [""] * len(listed), "\n".join(results)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_stock_goes_on_with_our_run(case, folder):
    ours = folder / case / "ours_then_stock" / "train"
    assert latest_checkpoint(ours).name == f"model.ckpt-{OURS + THEIRS}"
    found = read_checkpoint(latest_checkpoint(ours))
    expected = variables.initial_state(spec_of(case), 0)
    assert {n: (a.shape, a.dtype) for n, a in found.items()} == {
        n: (a.shape, a.dtype) for n, a in expected.items()
    }
    before = read_checkpoint(ours / f"model.ckpt-{OURS}")
    assert found["beta1_power"] == pytest.approx(0.9 ** (OURS + THEIRS + 1), rel=1e-5)
    for name, array in before.items():
        if name.endswith("/Adam_1"):  # goes on from our slots: it cannot fall by more than this
            assert (found[name] >= array * 0.999**THEIRS * 0.999).all(), name
    moved = np.abs(found["fully_connected/weights"] - before["fully_connected/weights"]).max()
    assert 0 < moved < 0.0011 * 3 * THEIRS


@pytest.mark.parametrize("case", CASES)
def test_we_go_on_with_stocks_run(case, folder, capsys):
    run_dir, data = folder / case / "stock", folder / f"{case}.tfrecord"
    state = checkpoints.latest_state(run_dir / "train", spec_of(case))
    theirs = read_checkpoint(run_dir / "train" / f"model.ckpt-{THEIRS}")
    assert set(state) == set(theirs)
    assert all(np.array_equal(state[name], theirs[name]) for name in state)
    assert train(case, run_dir, data, THEIRS + MORE) == 0
    assert f"from step {THEIRS};" in capsys.readouterr().err
    found = read_checkpoint(latest_checkpoint(run_dir / "train"))
    assert found["global_step"] == THEIRS + MORE
    assert found["beta1_power"] == pytest.approx(0.9 ** (THEIRS + MORE + 1), rel=1e-5)
    assert tf.train.latest_checkpoint(str(run_dir / "train")).endswith(f"-{THEIRS + MORE}")


@pytest.mark.parametrize("case", CASES)
def test_stocks_generator_plays_our_run(case, folder):
    out = folder / case / "our_midi"
    argv = ["ssc_melody_generate", f"--run_dir={folder / case / 'ours'}", f"--output_dir={out}",
            "--hparams=batch_size=1", "--num_outputs=2", "--num_steps=40", "--seed=9"]  # fmt: skip
    assert generate.main(argv) == 0
    ours, theirs = (list(train_runs.files(f, "*.mid").values())
                    for f in (out, folder / case / "stock_midi"))  # fmt: skip
    assert len(ours) == 2
    assert ours == theirs


@pytest.mark.parametrize("case", CASES)
def test_tags_of_the_event_files(case, folder):
    stock = {tag for _, tag, _ in train_runs.event_values(folder / case / "stock" / "train")}
    argv_data = folder / f"{case}.tfrecord"
    assert train(case, folder / case / "ours", argv_data, 20) == 0
    ours = {tag for _, tag, _ in train_runs.event_values(folder / case / "ours" / "train")}
    assert {"loss", "metrics/perplexity", "metrics/accuracy", "metrics/event_accuracy",
            "metrics/no_event_accuracy", "metrics/loss_per_step",
            "metrics/perplexity_per_step"} <= ours  # fmt: skip
    assert {tag for tag in stock if tag == "loss" or tag.startswith("metrics/")} <= ours
