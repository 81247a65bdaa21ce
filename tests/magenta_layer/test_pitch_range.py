"""Weights of a network for another range of pitches."""

from pathlib import Path

import numpy as np
import pytest

from ssc_melody.formats.bundle import read_bundle
from ssc_melody.formats.checkpoint import read_checkpoint
from ssc_melody.network.variables import initial_state, variable_shapes
from ssc_melody.play import modern
from ssc_melody.play.loading import load_checkpoint
from ssc_melody.specs import SPECS, MelodySpec, with_hparams, with_range
from tests.conftest import TESTDATA
from tests.magenta_layer import train_runs

from ssc_melody.training import checkpoints, pitch_range  # isort: skip (after the shims)

BASIC = TESTDATA / "bundles" / "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag"
HPARAMS = "rnn_layer_sizes=[48,64,32]"


def _spec(name: str, low: int, high: int, more: str = "") -> MelodySpec:
    return with_range(with_hparams(SPECS[name], f"rnn_layer_sizes=[7,5]{more}"), low, high)


@pytest.mark.parametrize("more", ["", ",residual_connections=true"])
@pytest.mark.parametrize("name", ["ssc_basic_rnn", "ssc_lookback_rnn"])
def test_a_wider_range_and_back_changes_nothing(name: str, more: str) -> None:
    narrow, wide = _spec(name, 55, 79, more), _spec(name, 20, 110, more)
    weights = {n: initial_state(narrow, 1)[n] for n in variable_shapes(narrow)}
    weights["fully_connected/biases"] = np.arange(26 + 2 * ("back" in name), dtype=np.float32)
    there = pitch_range.refit(weights, wide, narrow.make_encoding())
    assert {n: a.shape for n, a in there.items()} == variable_shapes(wide)
    assert all(array.dtype == np.float32 for array in there.values())
    back = pitch_range.refit(there, narrow, wide.make_encoding())
    for variable, array in weights.items():
        np.testing.assert_array_equal(back[variable], array)


def test_pitches_outside_are_their_nearest_octaves_and_less_likely() -> None:
    old, new = _spec("ssc_basic_rnn", 60, 84), _spec("ssc_basic_rnn", 24, 108)
    weights = {n: initial_state(old, 1)[n] for n in variable_shapes(old)}
    weights["fully_connected/biases"] = 100 + np.arange(26, dtype=np.float32)
    found = pitch_range.refit(weights, new, old.make_encoding())
    biases = dict(zip(range(22, 108), found["fully_connected/biases"].tolist(), strict=True))
    place = {pitch: 102 + pitch - 60 for pitch in range(60, 84)}
    assert (biases[22], biases[23]) == (100, 101)  # no event, note-off
    assert [biases[pitch] for pitch in place] == list(place.values())
    assert biases[59] == place[71] - 1.25
    assert biases[48] == place[60] - 4
    assert biases[24] == place[60] - 6
    assert biases[84] == place[72] - 1.25
    assert biases[107] == place[83] - 6


def test_what_it_knew_of_pitches_in_its_range_it_knows(tmp_path: Path) -> None:
    data = train_runs.write_events(tmp_path / "a.events", train_runs.melodies())
    flags = ["--config=ssc_mono_rnn", f"--warm_start_bundle_file={BASIC}"]
    run = tmp_path / "run"
    assert train_runs.run(run, data, 1, *flags, hparams=HPARAMS) == 0
    begun = read_checkpoint(run / "train" / "model.ckpt-0")
    mono = load_checkpoint(
        run / "train" / "model.ckpt-0", with_hparams(SPECS["ssc_mono_rnn"], HPARAMS)
    )
    theirs, weights = modern.modern_variables(read_bundle(BASIC))
    checkpoints.write(tmp_path / "basic.ckpt-0", weights)
    basic = load_checkpoint(tmp_path / "basic.ckpt-0", theirs)
    shared = [0, 1, *range(2 + 48, 2 + 84)]
    kernel = begun["rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel"]
    np.testing.assert_array_equal(
        kernel[shared], weights["rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel"][:38]
    )
    for tune in train_runs.melodies(3):  # of pitches from 60 to 72
        assert mono.log_likelihood(tune) < basic.log_likelihood(tune)
        assert mono.log_likelihood(tune) > basic.log_likelihood(tune) - 0.7 * len(tune)


@pytest.mark.parametrize(
    ("old", "new"),
    [("ssc_basic_rnn", "ssc_lookback_rnn"), ("ssc_attention_rnn", "ssc_basic_rnn")],
)
def test_another_encoding_does_not_fit(old: str, new: str) -> None:
    pair = (SPECS[name].make_encoding() for name in (old, new))
    assert not pitch_range.fits(*pair)
