"""A training run: the same twice, the same after a kill, its evals, its ends, what goes wrong."""

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ssc_melody.cli import train
from ssc_melody.errors import SscMelodyError
from ssc_melody.files import write_bytes
from ssc_melody.formats.checkpoint import read_checkpoint
from ssc_melody.play import loading
from ssc_melody.specs import with_hparams
from tests.magenta_layer import live, train_runs
from tests.magenta_layer.live import tf
from tests.processes import started

from ssc_melody.training import checkpoints, data, dropout, graph, loop  # isort: skip (after the shims)
from ssc_melody.training.options import TrainOptions  # isort: skip (after the shims)
from ssc_melody.network import variables  # isort: skip (after the shims)

STEPS = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns a folder of data sets and an unbroken run."""
    folder = tmp_path_factory.mktemp("runs")
    train_runs.write_events(folder / "train.events", train_runs.melodies())
    train_runs.write_events(folder / "eval.events", train_runs.melodies(7, seed=8))
    assert train_runs.run(folder / "whole", folder / "train.events", STEPS) == 0
    return folder


def final(run_dir):
    """Returns the files of the last checkpoint."""
    return train_runs.files(run_dir / "train", f"model.ckpt-{STEPS}.*")


def test_same_seed_same_run(folder, tmp_path):
    assert train_runs.run(tmp_path / "again", folder / "train.events", STEPS) == 0
    assert len(final(tmp_path / "again")) == 2
    assert final(tmp_path / "again") == final(folder / "whole")
    assert train_runs.run(tmp_path / "other", folder / "train.events", STEPS, "--seed=4") == 0
    assert final(tmp_path / "other") != final(folder / "whole")


def test_examples_and_events_train_alike(folder, tmp_path):
    path = train_runs.write_examples(tmp_path / "train.tfrecord", train_runs.melodies())
    assert train_runs.run(tmp_path / "run", path, STEPS) == 0
    assert final(tmp_path / "run") == final(folder / "whole")


def test_killed_at_any_moment_it_ends_with_the_same_weights(folder, tmp_path, capsys):
    args = train_runs.argv(tmp_path, folder / "train.events", STEPS, "--save_checkpoint_secs=0")
    command = [sys.executable, "-m", "ssc_melody.cli.train", *args[1:]]
    silent = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    wanted = tmp_path / "train" / "model.ckpt-1.index"
    with started(command, env=live.environment(), **silent) as process:
        while not wanted.exists():
            assert process.poll() is None, "it ended before it was killed"
            time.sleep(0.002)
        time.sleep(random.uniform(0, 0.2))
        process.kill()
    for index in (tmp_path / "train").glob("model.ckpt-*.index"):
        read_checkpoint(index.with_suffix(""))  # whole, or there is none
    reached = checkpoints.steps_in(tmp_path / "train")[-1]
    print(f"killed after step {reached} of {STEPS}")
    assert train.main(args) == 0
    # Killed between a checkpoint and the file that names it, it begins with the one before.
    said = capsys.readouterr().err
    assert f"from step {reached};" in said or f"from step {reached - 1};" in said
    assert final(tmp_path) == final(folder / "whole")
    assert not list((tmp_path / "train").glob(".saving-*"))
    steps = [
        json.loads(row)["step"] for row in (tmp_path / "curves.jsonl").read_text().splitlines()
    ]
    assert steps == sorted(set(steps))


def test_half_written_checkpoints_are_never_seen(folder, tmp_path, capsys):
    assert train_runs.run(tmp_path, folder / "train.events", 4, "--save_checkpoint_secs=0") == 0
    kept = tmp_path / "train"
    assert checkpoints.steps_in(kept) == [0, 1, 2, 3, 4]
    (kept / ".saving-1").mkdir()
    (kept / ".saving-1" / "model.ckpt-9.index").write_bytes(b"half")
    (kept / "model.ckpt-9.data-00000-of-00001").write_bytes(b"data without an index")
    path = kept / "model.ckpt-4.data-00000-of-00001"
    path.write_bytes(path.read_bytes()[:-50])
    capsys.readouterr()
    assert train_runs.run(tmp_path, folder / "train.events", STEPS) == 0
    said = capsys.readouterr().err
    assert "going back to the checkpoint before it" in said
    assert "from step 3" in said
    assert final(tmp_path) == final(folder / "whole")
    assert not list(kept.glob(".saving-*"))


def test_full_disk(folder, tmp_path, capsys):
    """A limit on the size of files stands for the disk: the system refuses to write on."""
    network = tmp_path / "run"
    assert train_runs.run(network, folder / "train.events", 3) == 0
    before = train_runs.files(network / "train", "*ckpt*")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    capsys.readouterr()
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, limits[1]))
        code = train_runs.run(network, folder / "train.events", STEPS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    said = capsys.readouterr().err.splitlines()[-1]
    assert code == 1
    assert "cannot write" in said
    assert "the last good one is model.ckpt-3" in said
    assert train_runs.files(network / "train", "*ckpt*") == before
    assert not list((network / "train").glob(".saving-*"))
    assert train_runs.run(network, folder / "train.events", STEPS) == 0
    assert final(network) == final(folder / "whole")


def test_no_room_for_a_measurement(folder, tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("ssc_melody.training.history._append", full)
    assert train_runs.run(tmp_path, folder / "train.events", STEPS) == 1
    assert "curves.jsonl: No space left on device" in capsys.readouterr().err.splitlines()[-1]


def test_nan_keeps_the_last_good_checkpoint(folder, tmp_path, capsys):
    hparams = f"{train_runs.HPARAMS},learning_rate=1e38"
    code = train_runs.run(
        tmp_path, folder / "train.events", STEPS, "--save_checkpoint_secs=0", hparams=hparams
    )
    said = capsys.readouterr().err.splitlines()[-1]
    assert code == 1
    assert "the last good checkpoint is model.ckpt-" in said
    assert "smaller learning_rate (now 1e+38)" in said
    good = tmp_path / "train" / f"model.ckpt-{checkpoints.steps_in(tmp_path / 'train')[-1]}"
    assert all(np.isfinite(array).all() for array in read_checkpoint(good).values())


def test_out_of_memory_is_explained(folder, tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(graph.Network, "train", refuse)
    assert train_runs.run(tmp_path, folder / "train.events", STEPS) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert "out of memory at step 0" in said
    assert "set a smaller batch_size (--hparams=batch_size=N)" in said


def test_interrupted_run_saves_and_goes_on(folder, tmp_path, monkeypatch, capsys):
    stock = loop._Run.train_step

    def stopped(self, batch, waited):
        stock(self, batch, waited)
        if self.step == 5:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(loop._Run, "train_step", stopped)
        assert train_runs.run(tmp_path, folder / "train.events", STEPS) == 130
    messages = capsys.readouterr()
    assert "Trained 5 steps" in messages.out
    assert messages.err.endswith("ssc_melody_train: interrupted\n")
    assert checkpoints.steps_in(tmp_path / "train")[-1] == 5
    assert train_runs.run(tmp_path, folder / "train.events", STEPS) == 0
    assert final(tmp_path) == final(folder / "whole")


def test_evals_count_all_and_keep_the_best(folder, tmp_path, capsys):
    # Half of these pitches are never trained on, so the loss falls and then rises.
    tunes = [np.random.default_rng(n).integers(60, 72, 20 + n).tolist() for n in range(7)]
    chromatic = train_runs.write_events(tmp_path / "chromatic.events", tunes)
    code = train_runs.run(
        tmp_path, folder / "train.events", 40,
        f"--eval_file={chromatic}", "--eval_every=4", "--patience=2",
        hparams=f"{train_runs.HPARAMS},learning_rate=0.05",
    )  # fmt: skip
    out = capsys.readouterr().out
    assert code == 0
    assert "no better eval in the last 2 (--patience)" in out
    rows = [json.loads(row) for row in (tmp_path / "curves.jsonl").read_text().splitlines()]
    losses = {r["step"]: r["metrics/loss_per_step"] for r in rows if r["kind"] == "eval"}
    best = min(losses, key=losses.__getitem__)
    assert max(losses) == best + 8, "two evals after the best one"
    (index,) = (tmp_path / "best").glob("*.index")
    assert index.name == f"model.ckpt-{best}.index"
    model = loading.load_checkpoint(tmp_path / "best", train_runs.SPEC)
    total = sum(model.log_likelihood(tune) for tune in tunes)
    assert losses[best] == pytest.approx(-total / sum(len(t) - 1 for t in tunes), rel=1e-5)
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    found = {(step, tag): value for step, tag, value in train_runs.event_values(tmp_path / "eval")}
    assert found[best, "metrics/loss_per_step"] == pytest.approx(losses[best], rel=1e-6)


def test_eval_of_its_own(folder, capsys):
    argv = train_runs.argv(folder / "whole", folder / "eval.events", 0, "--eval")
    assert train.main([*argv, "--eval_timeout=0", "--num_eval_examples=4"]) == 0
    said = capsys.readouterr().out
    tunes = train_runs.melodies(7, seed=8)[:4]
    model = loading.load_checkpoint(folder / "whole" / "train", train_runs.SPEC)
    total = -sum(model.log_likelihood(tune) for tune in tunes) / sum(len(t) - 1 for t in tunes)
    assert f"loss per step {total:.4f}" in said


def test_minutes_end_a_run(folder, tmp_path, capsys):
    assert train_runs.run(tmp_path, folder / "train.events", 0, "--max_minutes=0.02") == 0
    assert "--max_minutes=0.02 is over" in capsys.readouterr().out
    assert checkpoints.steps_in(tmp_path / "train")[-1] > 0


def test_old_checkpoints_go(folder, tmp_path):
    flags = ["--save_checkpoint_secs=0", "--num_checkpoints=3"]
    assert train_runs.run(tmp_path, folder / "train.events", STEPS, *flags) == 0
    assert checkpoints.steps_in(tmp_path / "train") == [10, 11, 12]
    state = (tmp_path / "train" / "checkpoint").read_text()
    assert 'model_checkpoint_path: "model.ckpt-12"' in state
    assert tf.train.latest_checkpoint(str(tmp_path / "train")).endswith("model.ckpt-12")


def test_overfits_twenty_melodies(tmp_path):
    spec = live.small_spec("ssc_lookback_rnn", "rnn_layer_sizes=[64],residual_connections=false")
    spec = with_hparams(spec, "dropout_keep_prob=1.0,batch_size=20,learning_rate=0.02")
    tunes = [tune[:25] for tune in train_runs.melodies(60) if len(tune) >= 25][:20]
    examples = data.Examples(
        spec, [np.array([60 + i, *tune], np.int8) for i, tune in enumerate(tunes)]
    )
    assert len(examples.lengths) == 20
    losses = []
    options = TrainOptions(num_training_steps=250, jit=False, save_checkpoint_secs=1e9)
    loop.train(
        tmp_path, spec, 1, variables.initial_state(spec, 1), examples, None, options,
        lambda progress: losses.append(progress.loss),
    )  # fmt: skip
    assert losses[0] > 2
    assert losses[-1] < 0.02


def test_dropout_keeps_its_share_and_differs_by_step():
    x = tf.ones((40, 30, 50))
    masks = [dropout.dropout(x, 0, 0.7, 5, tf.constant(n, tf.int64)).numpy() for n in range(3)]
    for mask in masks:
        assert set(np.unique(mask)) == {0.0, np.float32(1 / 0.7)}
        assert (mask > 0).mean() == pytest.approx(0.7, abs=0.006)
        assert (mask > 0).mean((0, 1)) == pytest.approx(0.7, abs=0.06)
    both = ((masks[0] > 0) & (masks[1] > 0)).mean()
    assert both == pytest.approx(0.49, abs=0.006)
    other = dropout.dropout(x, 0, 0.7, 6, tf.constant(0, tf.int64)).numpy()
    assert ((masks[0] > 0) & (other > 0)).mean() == pytest.approx(0.49, abs=0.006)


def test_a_file_in_the_way(folder, tmp_path):
    write_bytes(tmp_path / "run", b"a file")
    assert train_runs.run(tmp_path / "run", folder / "train.events", 2) == 1
    with pytest.raises(SscMelodyError, match="cannot write the checkpoint"):
        checkpoints.save(tmp_path / "run" / "train", {"global_step": np.array(1)}, keep=1)
