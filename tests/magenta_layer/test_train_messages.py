"""What ssc_melody_train says to mistakes: one line, exit code 1, nothing left behind."""

import json

import numpy as np
import pytest

from ssc_melody.cli import train
from ssc_melody.formats import tfrecord
from ssc_melody.specs import SPECS
from tests.conftest import TESTDATA
from tests.magenta_layer import train_runs
from tests.magenta_layer.live import music_pb2

BASIC = TESTDATA / "bundles" / "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag"
OLD = TESTDATA / "bundles" / "m0.1.12_tf1.1.0_attention_32x2_b1.mag"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns a folder of data sets, good and bad, and of a run of two steps."""
    folder = tmp_path_factory.mktemp("messages")
    tunes = train_runs.melodies()
    train_runs.write_examples(folder / "good.tfrecord", tunes)
    train_runs.write_examples(folder / "basic.tfrecord", tunes, SPECS["basic_rnn"])
    (folder / "empty.tfrecord").touch()
    sequence = music_pb2.NoteSequence(ticks_per_quarter=220)
    sequence.notes.add(pitch=60, velocity=80, end_time=1)
    notes = tfrecord.frame(sequence.SerializeToString())
    (folder / "notes.tfrecord").write_bytes(notes)
    (folder / "junk.tfrecord").write_bytes(b"not records at all, but long enough to be read")
    (folder / "cut.tfrecord").write_bytes((folder / "good.tfrecord").read_bytes()[:-7])
    train_runs.write_events(folder / "none.events", [])
    train_runs.write_events(folder / "good.events", tunes)
    assert train_runs.run(folder / "run", folder / "good.tfrecord", 2) == 0
    return folder


def complaint(capsys, argv):
    """Returns the one line that a command says."""
    assert train.main(argv) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert error.startswith("ssc_melody_train: ")
    return error


@pytest.mark.parametrize(
    ("file", "texts"),
    [
        (
            "god.tfrecord",
            ["--sequence_example_file: no file matches", "did you mean good.tfrecord"],
        ),
        ("empty.tfrecord", ["empty.tfrecord", "no melody in it", "ssc_melody_create_dataset"]),
        ("notes.tfrecord", ["record 1: a NoteSequence", "takes SequenceExamples"]),
        ("basic.tfrecord", ["record 1: 38 inputs; ssc_lookback_rnn needs 121"]),
        ("junk.tfrecord", ["junk.tfrecord"]),
        ("cut.tfrecord", ["cut.tfrecord"]),
        ("none.events", ["none.events", "no melody in it"]),
        ("", ["is a folder"]),
    ],
)
def test_data(file, texts, folder, tmp_path, capsys):
    error = complaint(capsys, train_runs.argv(tmp_path / "run", folder / file, 2))
    for text in texts:
        assert text in error
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "texts"),
    [
        (["--config=ssc_basic_rnn"], ["has config ssc_lookback_rnn", "says ssc_basic_rnn"]),
        (["--hparams=learning_rate=0.5"], ["learning_rate=0.001", "learning_rate=0.5"]),
        (["--hparams=rnn_layer_sizes=[8]"], ["rnn_layer_sizes=[8, 6]", "rnn_layer_sizes=[8]"]),
        (["--seed=4"], ["has seed 3", "--seed says 4"]),
        (["--generator_id=mine"], ["'ssc_lookback_rnn'", "'mine'"]),
        (["--sequence_example_file={folder}/good.events"], ["trains on data of sha256", "have "]),
        (["--warm_start_bundle_file={basic}"], ["no bundle", "m2.1.4_tf2.9.1_basic"]),
        (["--eval", "--sequence_example_file={folder}/basic.tfrecord"], ["needs 121"]),
    ],
)
def test_a_run_that_says_otherwise(changes, texts, folder, capsys):
    before = train_runs.files(folder / "run" / "train")
    changes = [change.format(folder=folder, basic=BASIC) for change in changes]
    argv = train_runs.argv(folder / "run", folder / "good.tfrecord", 3)
    error = complaint(capsys, [*argv, *changes])
    for text in texts:
        assert text in error
    assert train_runs.files(folder / "run" / "train") == before


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (["--run_dir="], "--run_dir is missing"),
        (["--sequence_example_file="], "--sequence_example_file is missing"),
        (["--config=ssc_lookbak_rnn"], "did you mean"),
        (["--hparams=learning_rat=1"], "learning_rate"),
        (["--patience=3"], "--patience needs --eval_file"),
        (["--eval_every=3"], "--eval_every needs --eval_file"),
        (["--eval_file=/nowhere/x.tfrecord"], "--eval_file: no file matches"),
        (["--warm_start_bundle_file=/nowhere/x.mag"], "no such file"),
        (
            [f"--warm_start_bundle_file={BASIC}"],
            "which takes 38 inputs; ssc_lookback_rnn needs 121",
        ),
        ([f"--warm_start_bundle_file={OLD}"], "around the whole stack of 2 layers"),
        (
            [f"--warm_start_bundle_file={BASIC}", "--config=ssc_basic_rnn"],
            "has rnn_layer_sizes=[48,64,32], the run has [8,6]; give --hparams=",
        ),
        (["--num_training_steps=-1"], "num_training_steps"),
        (["--seed=99999999999"], "--seed: expected 0 to 2147483647"),
        (["training.tfrecord"], "unexpected argument 'training.tfrecord'"),
        (["--evel"], "no flag '--evel'"),
        (["--eval"], "there is no run at "),
        (
            ["--hparams=dropout_keep_prob=2"],
            "--hparams: dropout_keep_prob: expected a number above",
        ),
        (
            ["--hparams=learning_rate=0"],
            "--hparams: learning_rate: expected a number above 0, got 0",
        ),
        (["--hparams=learning_rate=-1"], "learning_rate: expected a number above 0, got -1"),
        (["--hparams=clip_norm=-1"], "clip_norm: expected 0 or more, got -1"),
        (["--hparams=batch_size=5}"], "--hparams: expected name=value pairs such as batch_size=64"),
        (["--max_minutes=-1"], "--max_minutes: expected 0 or more, got -1"),
        (["--num_training_steps=1.5"], "--num_training_steps: expected a whole number, got 1.5"),
        (["--batch_size=64"], "no flag '--batch_size' (did you mean --hparams=batch_size=VALUE?)"),
        (["--steps=64"], "no flag '--steps' (did you mean --num_training_steps"),
        (["--config="], "--config: expected a config's name"),
        (["--melody_encoder_decoder=key"], "expected one of --config and --melody_encoder_decoder"),
    ],
)
def test_flags(changes, text, folder, tmp_path, capsys):
    argv = train_runs.argv(tmp_path / "run", folder / "good.events", 2)
    assert text in complaint(capsys, [*argv, *changes])
    assert not (tmp_path / "run").exists()


def test_checkpoint_of_other_layers(folder, tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "train").symlink_to(folder / "run" / "train")  # as stock leaves it
    argv = train_runs.argv(
        tmp_path / "run", folder / "good.events", 3, hparams="rnn_layer_sizes=[16,6]"
    )
    error = complaint(capsys, argv)
    assert "has layers [8,6], ssc_lookback_rnn has [16,6]" in error
    assert "--hparams=rnn_layer_sizes=[8,6]" in error


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format": "x", "version": 9}'])
def test_damaged_config(content, folder, tmp_path, capsys):
    (tmp_path / "config.json").write_bytes(content)
    error = complaint(capsys, train_runs.argv(tmp_path, folder / "good.events", 3))
    assert "config.json: expected" in error


def test_what_the_run_says_of_itself(folder):
    found = json.loads((folder / "run" / "config.json").read_text())
    assert found["config"] == "ssc_lookback_rnn"
    assert found["hparams"]["rnn_layer_sizes"] == [8, 6]
    assert found["hparams"]["batch_size"] == 5
    assert found["seed"] == 3
    assert found["data"]["melodies"] == 12
    assert found["data"]["events"] == sum(len(tune) - 1 for tune in train_runs.melodies())
    assert len(found["data"]["sha256"]) == 64
    assert found["versions"]["numpy"] == np.__version__


def test_help_needs_no_tensorflow(capsys):
    assert train.main(["ssc_melody_train", "--help"]) == 0
    text = capsys.readouterr().out
    for flag in ("--[no]eval:", "--patience:", "--warm_start_bundle_file:", "--max_minutes:"):
        assert flag in text
