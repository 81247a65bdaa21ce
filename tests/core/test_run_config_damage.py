"""A run's config.json: written and read back, and what somebody made of it named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ssc_melody.errors import SscMelodyError
from ssc_melody.families.table import get_spec
from ssc_melody.play import run_config


def _fields() -> dict:
    run = run_config.RunConfig("attention_rnn", get_spec("attention_rnn"), 7, {"sha256": "ab"})
    return json.loads(run_config.serialize(run))


def test_it_comes_back(tmp_path: Path) -> None:
    run = run_config.RunConfig(
        "attention_rnn", get_spec("attention_rnn"), 7, {"sha256": "ab"}, "cd", {"python": "3.11"}
    )
    run_config.write(tmp_path, run)
    assert run_config.read(tmp_path) == run
    assert run_config.read(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.update(version=2), "of version 1, found"),
        (lambda f: f.update(format="x"), "expected 'ssc_melody run'"),
        (lambda f: f.update(seed=1.5), "seed: expected a whole number, found 1.5"),
        (lambda f: f.update(family="violins"), "no family 'violins'"),
        (lambda f: f.pop("hparams"), "has no 'hparams'"),
        (lambda f: f.update(spec=[]), "spec: expected an object"),
        (lambda f: f["spec"].update(min_note="x"), "min_note: expected a whole number"),
        (lambda f: f["spec"].update(colour="red"), "'colour' is not a setting"),
        (lambda f: f["hparams"].update(batch_size=64.5), "batch_size: expected a whole number"),
        (lambda f: f["hparams"].update(rnn_layer_sizes=[128.0]), r"rnn_layer_sizes\[0\]: expected"),
        (lambda f: f["hparams"].update(rnn_layer_sizes=[10**9]), "expected sizes of 1 to 16384"),
        (lambda f: f["hparams"].update(rnn_layer_sizes=[]), "expected sizes of 1 to 16384"),
        (lambda f: f["versions"].update(python=3), "versions.python: expected a text"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, change: Callable[[dict], object], message: str
) -> None:
    fields = _fields()
    change(fields)
    (tmp_path / "config.json").write_text(json.dumps(fields))
    with pytest.raises(SscMelodyError, match=message) as error:
        run_config.read(tmp_path)
    assert str(error.value).startswith(
        f"{tmp_path / 'config.json'}: expected what ssc_melody_train"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "at most 32 levels"),
        ("", "expected JSON"),
        ("[]", "expected an object"),
        (" " * 2**21, "has 2097152 bytes; expected at most 1048576"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(SscMelodyError, match=message):
        run_config.read(tmp_path)


def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").symlink_to("/dev/zero")
    with pytest.raises(SscMelodyError, match="is a device or a pipe"):
        run_config.read(tmp_path)
