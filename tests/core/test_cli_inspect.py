"""ssc_melody_inspect: what it tells of bundles, checkpoints and runs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from ssc_melody.cli import inspect_bundle as inspect
from ssc_melody.formats.checkpoint import serialize_v1
from ssc_melody.specs import SPECS, with_hparams
from tests.conftest import CASES, TESTDATA, bundle_path
from tests.core.test_loading import make_run
from tests.networks import random_checkpoint


def _json(capsys: pytest.CaptureFixture, *arguments: str) -> dict:
    assert inspect.main(["ssc_melody_inspect", "--json", *arguments]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    return report


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"].split("/")[-1])
def test_every_bundle_is_described(case: dict, capsys: pytest.CaptureFixture) -> None:
    report = _json(capsys, str(bundle_path(case["file"])), f"--config={case['config']}")
    assert report["playable"] is True
    assert report["kind"] == "bundle"
    assert report["id"] == case["generator_id"]
    assert report["tensorflow"] == case["made_with"]["tensorflow"]
    assert report["layer_sizes"] == case["hparams"]["rnn_layer_sizes"]
    assert report["attention_length"] == case["hparams"]["attn_length"]
    assert report["residual_connections"] == case["hparams"].get("residual_connections", False)
    assert report["cudnn_trained"] == ("cudnn" in case["file"])
    assert report["batch_size"] == case["graph_batch_size"]
    assert report["input_size"] == case["encoder"]["input_size"]
    assert report["classes"] == case["encoder"]["num_classes"]


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.search(r"\d+(\.\d+)+", version)[0].split(".")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"].split("/")[-1])
def test_the_release_is_among_those_named(case: dict, capsys: pytest.CaptureFixture) -> None:
    told = _json(capsys, str(bundle_path(case["file"])), f"--config={case['config']}")["magenta"]
    made = _number(case["made_with"]["magenta"])
    first, _, last = told.partition(" ")
    if last == "or older":
        assert made <= _number(first)
    elif last == "or newer":
        assert made >= _number(first)
    else:
        assert _number(first) <= made <= _number(last.split()[-1])


def test_text_is_for_people(attention_mag: Path, capsys: pytest.CaptureFixture) -> None:
    assert inspect.main(["x", str(attention_mag)]) == 0
    lines = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["layer sizes"].strip() == "64, 64"
    assert lines["playable"].strip() == "yes"
    assert lines["parameters"].strip() == "102,166"


def test_a_bundle_that_cannot_be_played_says_why(capsys: pytest.CaptureFixture) -> None:
    path = TESTDATA / "bundles" / "x2.1.4_tf2.9.1_basic_48-64-32_customid_b1.mag"
    report = _json(capsys, str(path))
    assert report["playable"] is False
    assert "not a registered config" in report["reason"]
    assert report["bundle_description"] == "Trained on a subset of the Essen collection."


@pytest.mark.parametrize("config", ["lookback_rnn", "attention_rnn", "mono_rnn"])
def test_a_training_run(config: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A run_dir, its train folder and the checkpoint file itself are one and the same."""
    spec = SPECS[config]
    make_run(tmp_path, spec)
    for path in (tmp_path, tmp_path / "train", tmp_path / "train" / "model.ckpt-120"):
        report = _json(capsys, str(path))
        assert (report["kind"], report["global_step"]) == ("checkpoint", 120)
        assert (report["config"], report["layer_sizes"]) == (config, [128, 128])
        assert report["attention_length"] == spec.attn_length
        assert report["parameters"] == sum(a.size for a in random_checkpoint(spec).values())
        attention = ["attention_length"] if spec.attn_length else []
        assert report["assumed"] == ["config", *attention, "batch_size"]
        assert _json(capsys, str(path), f"--config={config}")["assumed"] == report["assumed"][1:]


def test_a_run_that_says_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    spec = with_hparams(SPECS["ssc_attention_rnn"], "attn_length=7,rnn_layer_sizes=[6]")
    make_run(tmp_path, spec, config_json=True)
    for path in (tmp_path, tmp_path / "train", tmp_path / "train" / "model.ckpt-120"):
        report = _json(capsys, str(path))
        assert report["config"] == "ssc_attention_rnn"
        assert (report["attention_length"], report["batch_size"]) == (7, 64)
        assert report["assumed"] == []
    told = _json(capsys, str(tmp_path), "--config=attention_rnn")
    assert (told["attention_length"], told["assumed"]) == (40, ["attention_length", "batch_size"])
    assert inspect.main(["x", str(tmp_path)]) == 0
    assert "assumed" not in capsys.readouterr().out


def test_a_checkpoint_of_no_config(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    tensors = {"fully_connected/weights": np.ones((2, 7), dtype=np.float32)}
    (tmp_path / "model.ckpt-1").write_bytes(serialize_v1(tensors))
    report = _json(capsys, str(tmp_path))
    assert (report["playable"], report["reason"]) == (False, "its sizes are those of no config")
    reason = _json(capsys, str(tmp_path), "--config=basic_rnn")["reason"]
    assert "its network takes 7 classes, basic_rnn gives 38" in reason


def test_what_can_be_read_comes_first(attention_mag: Path, capsys: pytest.CaptureFixture) -> None:
    assert inspect.main(["x", "/nowhere/a", str(attention_mag), "/nowhere/b"]) == 1
    out, err = capsys.readouterr()
    assert "id:                   attention_rnn" in out
    assert re.fullmatch(r"x: no such file: /nowhere/a; .*; no such file: /nowhere/b; .*\n", err)
    assert inspect.main(["x", "--json", str(attention_mag), "/nowhere/b"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert report["id"] == "attention_rnn"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected a file or folder: ssc_melody_inspect FILE"),
        (["/nowhere.mag"], "/nowhere.mag"),
        (["--config=basic_rn", "/nowhere.mag"], "no config 'basic_rn' (did you mean basic_rnn?)"),
        (["--jsn"], "no flag '--jsn' (did you mean --json?)"),
    ],
)
def test_mistakes(arguments: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    assert inspect.main(["ssc_melody_inspect", *arguments]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


def test_an_empty_folder_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert inspect.main(["ssc_melody_inspect", str(tmp_path)]) == 1
    assert "no checkpoint" in capsys.readouterr().err
