"""Training as far as it goes without TensorFlow: what is said, and what a run tells of itself."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ssc_melody
from ssc_melody import DataError, OptionError, SpecError, SscMelodyError, TrainOptions
from ssc_melody.dataset import events_file
from ssc_melody.files import write_bytes
from ssc_melody.formats import tfrecord
from ssc_melody.play import run_config
from ssc_melody.specs import SPECS, with_hparams
from ssc_melody.training import imports
from tests.conftest import ROOT
from tests.networks import make_run

SPEC = with_hparams(SPECS["basic_rnn"], "rnn_layer_sizes=[6,5]")
WITHOUT = "import sys; sys.modules['tensorflow'] = None\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    tune = np.array([60, -2, 62, -2, 64, -1, 65], np.int8)
    records = [events_file.header(4), tune.tobytes()]
    path = tmp_path / "training_melodies.events"
    write_bytes(path, b"".join(map(tfrecord.frame, records)))
    return path


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_tensorflow_one_line_says_how_to_get_it(data: Path, tmp_path: Path) -> None:
    flags = ["ssc_melody_train", "--config=basic_rnn", f"--run_dir={tmp_path / 'run'}",
             f"--sequence_example_file={data}"]  # fmt: skip
    done = _run(f"from ssc_melody.cli import train\nsys.exit(train.main({flags!r}))")
    assert done.returncode == 1
    assert done.stderr.startswith(
        'ssc_melody_train: needs TensorFlow: make install, or pip install ".[train]" ('
    )
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_wheel_has_no_makefile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is said depends on where the package lies: a wheel's user cannot `make`."""
    assert imports.install_hint("train") == 'make install, or pip install ".[train]"'
    monkeypatch.setattr(imports, "__file__", str(tmp_path / "ssc_melody/training/imports.py"))
    assert imports.install_hint("train") == 'pip install "ssc_melody[train]"'
    assert imports.install_hint("magenta") == (
        'pip install "ssc_melody[magenta]" && pip install --no-deps magenta==2.1.4'
    )


def test_export_says_what_it_needs(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", SPEC, config_json=True)
    code = f"""
import ssc_melody
try:
    ssc_melody.export_bundle({str(run)!r}, {str(tmp_path / "x.mag")!r})
except ssc_melody.SscMelodyError as error:
    print(error)
"""
    done = _run(code)
    assert done.stdout.startswith("needs Magenta and TensorFlow: make install, or pip install")
    assert not (tmp_path / "x.mag").exists()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"config": "basic"}, SpecError, "no config 'basic'"),
        ({"config": None}, OptionError, "config: expected a config's name, as no config.json in"),
        ({"hparams": "learning_rate=0"}, SpecError, "hparams: learning_rate: expected a number ab"),
        ({"hparams": {"dropout_keep_prob": 2}}, SpecError, "hparams: dropout_keep_prob: expected"),
        ({"seed": 2**31}, OptionError, "seed: expected 0 to 2147483647, got 2147483648"),
        ({"options": TrainOptions(patience=1)}, OptionError, "`patience` needs `eval_data`"),
        ({"min_note": 60, "max_note": 62}, SpecError, "min_note, max_note: expected 0 to 128"),
    ],
)
def test_mistakes_are_found_before_anything_is_imported(
    changes: dict[str, object], error: type[Exception], message: str, data: Path, tmp_path: Path
) -> None:
    given = {"run_dir": tmp_path / "run", "config": "basic_rnn", "data": data} | changes
    with pytest.raises(error) as caught:
        ssc_melody.train(**given)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"config": "mono_rnn"}, "this run has config basic_rnn, `config` says mono_rnn"),
        ({"hparams": "rnn_layer_sizes=[9]"}, "rnn_layer_sizes=[6, 5], `hparams` says rnn_layer_"),
        ({"seed": 5}, "this run has seed 3, `seed` says 5; leave it out"),
        ({"min_note": 40}, "leave out `min_note` and `max_note`, or name another `run_dir`"),
        ({"generator_id": "mine"}, "the generator id 'basic_rnn', `generator_id` says 'mine'"),
        ({"config": SPECS["basic_rnn"]}, "rnn_layer_sizes=[6, 5], `hparams` says rnn_layer_sizes="),
    ],
)
def test_what_contradicts_a_run(
    changes: dict[str, object], message: str, data: Path, tmp_path: Path
) -> None:
    make_run(tmp_path / "run", SPEC)
    run_config.write(tmp_path / "run", run_config.RunConfig("basic_rnn", SPEC, seed=3))
    given = {"run_dir": tmp_path / "run", "config": None, "data": data} | changes
    with pytest.raises(OptionError) as caught:
        ssc_melody.train(**given)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_a_run_that_is_opened(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", SPEC, config_json=True)
    rows = [(10, "train", 3.0), (10, "eval", 2.5), (20, "eval", 2.0), (30, "eval", 2.25)]
    lines = [json.dumps({"step": s, "kind": k, "metrics/loss_per_step": v}) for s, k, v in rows]
    (folder / "curves.jsonl").write_text("\n".join([*lines, '{"half a li']))
    run = ssc_melody.Run.open(folder)
    assert run.spec.rnn_layer_sizes == (6, 5)
    assert run.best == (20, 2.0)
    assert run.losses("eval") == [(10, 2.5), (20, 2.0), (30, 2.25)]
    assert run.losses("train") == [(10, 3.0)]
    assert run.step == 120
    assert len(run.model().generate(num_outputs=1, num_steps=20, seed=1)[0].events) == 20


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^run_dir: there is no run at .*/none yet: train first"):
        ssc_melody.Run.open(tmp_path / "none")


def test_a_run_of_stock_needs_its_config(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", SPEC)
    with pytest.raises(OptionError, match="config: expected a config's name"):
        ssc_melody.Run.open(folder)
    opened = ssc_melody.Run.open(folder, "basic_rnn", "rnn_layer_sizes=[6,5]")
    assert (opened.config, opened.spec) == (None, SPEC)


def test_a_config_json_with_impossible_values_is_named(tmp_path: Path) -> None:
    make_run(tmp_path / "run", SPEC, config_json=True)
    path = tmp_path / "run" / "config.json"
    content = json.loads(path.read_text())
    content["hparams"]["dropout_keep_prob"] = 2
    path.write_text(json.dumps(content))
    with pytest.raises(
        SscMelodyError, match=r"config\.json: .*dropout_keep_prob: expected a number"
    ):
        ssc_melody.Run.open(tmp_path / "run")


def test_a_folder_as_data(tmp_path: Path, data: Path) -> None:
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    with pytest.raises(DataError, match=r"^data: .* is a folder; did you mean training_melodies\."):
        ssc_melody.train(tmp_path / "run", "basic_rnn", tmp_path)
