"""config.json of a run: written and read again; who contradicts it is told both values."""

import dataclasses
import json

import pytest

from ssc_melody.errors import OptionError
from ssc_melody.play import run_config
from ssc_melody.specs import SPECS, with_hparams

SPEC = with_hparams(SPECS["lookback_rnn"], "rnn_layer_sizes=[7,5],clip_norm=2")
RUN = run_config.RunConfig(
    "lookback_rnn", SPEC, 4, {"sha256": "ab", "examples": 3}, "cd", {"python": "3.11.1"}
)


def test_a_run_is_written_and_read_again(tmp_path):
    run_config.write(tmp_path, RUN)
    assert run_config.read(tmp_path) == RUN
    fields = json.loads((tmp_path / "config.json").read_text())
    assert fields["format"] == "ssc_melody run"
    assert fields["version"] == 1
    assert fields["family"] == "melody"
    assert fields["hparams"]["rnn_layer_sizes"] == [7, 5]
    assert fields["seed"] == 4
    assert run_config.read(tmp_path / "elsewhere") is None
    assert run_config.read(tmp_path / "config.json" / "x") is None


def test_a_run_from_before_there_were_families_is_of_melodies():
    fields = json.loads(run_config.serialize(RUN))
    del fields["family"]
    assert run_config.parse(json.dumps(fields).encode(), "x") == RUN


def test_what_agrees_passes():
    run_config.check("run", RUN, None, {})
    run_config.check("run", RUN, "lookback_rnn", {"rnn_layer_sizes": (7, 5)}, seed=4)
    run_config.check_data("run", RUN, "ab")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("basic_rnn", {}), "this run has config lookback_rnn, `config` says basic_rnn;"),
        ((None, {"clip_norm": 3.0}), "this run has clip_norm=2.0, `hparams` says clip_norm=3.0;"),
        ((None, {}, 5), "this run has seed 4, `seed` says 5;"),
        ((None, {}, 0), "this run has seed 4, `seed` says 0;"),
    ],
)
def test_who_contradicts_it_is_told_both_values(asked, message):
    with pytest.raises(OptionError, match=f"^run/config.json: {message} leave it out, or name"):
        run_config.check("run", RUN, *asked)


def test_other_data_are_refused():
    with pytest.raises(OptionError, match="trains on data of sha256 ab, the files given have ef;"):
        run_config.check_data("run", RUN, "ef")
    unknown = dataclasses.replace(RUN, data={})
    with pytest.raises(OptionError, match="trains on data of sha256 None"):
        run_config.check_data("run", unknown, "ef")


def test_versions_say_what_is_installed():
    found = run_config.versions()
    assert found["python"].count(".") == 2
    assert set(found) <= {"python", "ssc_melody", "numpy", "tensorflow", "magenta"}
