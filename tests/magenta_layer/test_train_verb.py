"""train from Python, in processes of their own: without Magenta, in any locale, without chatter."""

import os
import subprocess
import sys

import numpy as np
import pytest

import ssc_melody
from ssc_melody import DataError, TrainOptions
from ssc_melody.formats.checkpoint import read_checkpoint
from tests.magenta_layer import live, train_runs

from ssc_melody.training import batches, graph  # isort: skip (after the shims)
from ssc_melody.network import variables  # isort: skip (after the shims)

QUICK = TrainOptions(num_training_steps=2, jit=False)

WITHOUT_MAGENTA = """
import sys
for name in ("magenta", "note_seq", "tf_keras", "tf_slim", "tensorflow_probability"):
    sys.modules[name] = None
import importlib.util
find = importlib.util.find_spec
gone = lambda name: name in sys.modules and sys.modules[name] is None
importlib.util.find_spec = lambda name, *more: None if gone(name) else find(name, *more)
import ssc_melody
options = ssc_melody.TrainOptions(num_training_steps=2, jit=False, eval_every=1)
outcome = ssc_melody.train(
    sys.argv[1], "ssc_attention_rnn", sys.argv[2], eval_data=sys.argv[2], seed=1, options=options,
    hparams="rnn_layer_sizes=[8,6],attn_length=4,batch_size=3",
)
print(outcome.step, outcome.best is not None, outcome.interrupted)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verb")
    train_runs.write_events(folder / "train.events", train_runs.melodies())
    spec = ssc_melody.get_spec("ssc_attention_rnn")
    train_runs.write_examples(folder / "train.tfrecord", train_runs.melodies(), spec)
    train_runs.write_events(folder / "none.events", [])
    (folder / "none.tfrecord").touch()
    return folder


def test_tensorflow_is_all_that_training_needs(folder, tmp_path):
    """Also for SequenceExamples, checkpoints, curves and TensorBoard's files; nothing is said."""
    argv = [sys.executable, "-c", WITHOUT_MAGENTA, tmp_path / "run", folder / "train.tfrecord"]
    done = subprocess.run(argv, env=live.environment(), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "2 True False\n"
    assert len(list((tmp_path / "run" / "eval").glob("events.out.tfevents.*"))) == 1


def test_a_run_goes_on_without_being_told_what_it_is(folder, tmp_path):
    first = ssc_melody.train(
        tmp_path, train_runs.SPEC, folder / "train.events", options=QUICK, seed=3
    )
    assert (first.step, first.reason) == (2, "`num_training_steps=2` reached")
    steps = []
    again = ssc_melody.train(
        tmp_path, None, folder / "train.events",
        options=TrainOptions(num_training_steps=5, jit=False),
        progress=lambda progress: steps.append(progress.step),
    )  # fmt: skip
    assert (again.step, steps) == (5, [3, 4, 5])
    run = ssc_melody.Run.open(tmp_path)
    assert (run.step, run.config.seed, run.spec) == (5, 3, train_runs.SPEC)
    train_runs.run(tmp_path / "command", folder / "train.events", 5)
    ours, theirs = (
        read_checkpoint(path / "train" / "model.ckpt-5")
        for path in (tmp_path, tmp_path / "command")
    )
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


def test_evaluate_a_run(folder, tmp_path):
    ssc_melody.train(tmp_path, train_runs.SPEC, folder / "train.events", options=QUICK)
    run = ssc_melody.Run.open(tmp_path)
    found = run.evaluate(folder / "train.events", QUICK)
    model = run.model()
    tunes = train_runs.melodies()
    total = -sum(model.log_likelihood(tune) for tune in tunes) / sum(len(t) - 1 for t in tunes)
    assert found["metrics/loss_per_step"] == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("name", ["none.events", "none.tfrecord"])
def test_an_eval_set_that_the_split_left_empty(name, folder, tmp_path, capsys):
    with pytest.raises(DataError) as caught:
        ssc_melody.train(
            tmp_path / "run", train_runs.SPEC, folder / "train.events", eval_data=folder / name
        )
    assert str(caught.value) == (
        f"{folder / name}: no melody in it; leave out `eval_data`, or make the data set anew with "
        "a larger eval_ratio or more music"
    )
    flags = [f"--eval_file={folder / name}"]
    assert train_runs.run(tmp_path / "run", folder / "train.events", 2, *flags) == 1
    assert "no melody in it; leave out --eval_file, or make" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_names_that_are_not_utf_8(folder, tmp_path):
    """In the locale C a path may hold any bytes; TensorFlow's own writers take UTF-8 only."""
    environment = live.environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    run_dir = os.fsencode(tmp_path) + "/r\u00fcn\udce9".encode("utf-8", "surrogateescape")
    argv = train_runs.argv("RUN", folder / "train.events", 10, "--log=WARN")[1:]
    argv = [
        b"--run_dir=" + run_dir if flag.startswith("--run_dir=") else os.fsencode(flag)
        for flag in argv
    ]
    done = subprocess.run(
        [sys.executable, "-m", "ssc_melody", "train", *argv],
        env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    found = {path.split(b".")[0] for path in os.listdir(run_dir + b"/train")}
    assert found == {b"checkpoint", b"model", b"events"}


def test_many_shapes_are_no_reason_to_warn(folder, caplog):
    """Each shape is compiled on purpose, and once."""
    examples = ssc_melody.training.data.Examples(
        train_runs.SPEC, [np.array(tune, np.int8) for tune in train_runs.melodies(40)]
    )
    state = variables.initial_state(train_runs.SPEC, 1)
    network = graph.Network(train_runs.SPEC, state, 1, jit=False, cores=1)
    for steps in range(40, 40 + 12 * 8, 8):
        for _ in range(2):
            network.evaluate(batches.batch_of(examples, [0, 1, 2], steps))
    assert network.compiled == 12
    assert [record.getMessage() for record in caplog.records] == []


def test_export_and_evaluate_from_python(folder, tmp_path):
    spec = ssc_melody.with_hparams(train_runs.SPEC, {"rnn_layer_sizes": (8, 6)})
    ssc_melody.train(tmp_path / "run", spec, folder / "train.events", options=QUICK)
    made = ssc_melody.export_bundle(
        tmp_path / "run", tmp_path / "a.mag", generator_id="mine", bundle_description="Of a test."
    )
    assert made.spec.name == "mine"
    again = ssc_melody.export_bundle(tmp_path / "a.mag", tmp_path / "b.mag", "ssc_lookback_rnn",
                                     generator_id="ssc_lookback_rnn")  # fmt: skip
    tune = train_runs.melodies()[0]
    likelihoods = [
        model.log_likelihood(tune)
        for model in (ssc_melody.Run.open(tmp_path / "run").model(), made, again,
                      ssc_melody.load_bundle(tmp_path / "b.mag"))
    ]  # fmt: skip
    assert likelihoods == pytest.approx([likelihoods[0]] * 4, rel=1e-5)
