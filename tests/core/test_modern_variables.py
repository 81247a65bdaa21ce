"""Bundles of ten years as today's variables, and what a training begins with; no TensorFlow."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ssc_melody.errors import BundleError
from ssc_melody.families import get_spec
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.network import variables
from ssc_melody.play import loading, modern
from tests.checkpoints import v2
from tests.conftest import TESTDATA

BUNDLES = sorted((TESTDATA / "bundles").glob("*.mag"))
AROUND = ("m0.1.1_tf0.12.1_att", "m0.1.8_tf0.12.1_att", "m0.1.12_tf1.1.0_att")
"""Attention around several layers: there is no such network today."""

TUNE = [60, -2, 62, -2, 64, -2, 65, -1, 67, -2, 64, -2, 60, -2, -2, -1] * 3


def _config(path: Path) -> str | None:
    return "basic_rnn" if path.name.startswith("x2.1.4") else None


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_todays_variables_predict_the_same(path: Path, tmp_path: Path) -> None:
    if path.name.startswith(AROUND):
        with pytest.raises(BundleError, match=r"around the whole stack of [23] layers"):
            modern.modern_variables(read_bundle(path))
        return
    spec, found = modern.modern_variables(read_bundle(path), _config(path))
    assert {n: array.shape for n, array in found.items()} == variables.variable_shapes(spec)
    v2(tmp_path, found)
    new = loading.load_checkpoint(tmp_path / "model.ckpt-5", spec)
    old = loading.load_bundle(path, _config(path))
    assert new.log_likelihood(TUNE) == pytest.approx(old.log_likelihood(TUNE), abs=2e-4)


def test_shapes_of_a_network_with_everything() -> None:
    """The bottom layer has another size than the top one and looks back on 8 steps."""
    spec = dataclasses.replace(
        get_spec("attention_rnn"),
        rnn_layer_sizes=(16, 24), attn_length=8, residual_connections=True,
    )  # fmt: skip
    first = "rnn/multi_rnn_cell/cell_0/input_projection_wrapper"
    around = f"{first}/attention_cell_wrapper"
    second = "rnn/multi_rnn_cell/cell_1/input_projection_wrapper"
    assert variables.variable_shapes(spec) == {
        f"{first}/kernel": (74, 16),
        f"{first}/bias": (16,),
        f"{around}/kernel": (32, 16),
        f"{around}/bias": (16,),
        f"{around}/attention/attn_w": (1, 1, 16, 16),
        f"{around}/attention/attn_v": (16,),
        f"{around}/attention/kernel": (32, 16),
        f"{around}/attention/bias": (16,),
        f"{around}/attn_output_projection/kernel": (32, 16),
        f"{around}/attn_output_projection/bias": (16,),
        f"{around}/basic_lstm_cell/kernel": (32, 64),
        f"{around}/basic_lstm_cell/bias": (64,),
        f"{second}/kernel": (16, 24),
        f"{second}/bias": (24,),
        f"{second}/basic_lstm_cell/kernel": (48, 96),
        f"{second}/basic_lstm_cell/bias": (96,),
        "fully_connected/weights": (24, 40),
        "fully_connected/biases": (40,),
    }


def test_a_training_begins_with_glorots_weights_and_an_optimizer_that_has_seen_nothing() -> None:
    spec = dataclasses.replace(get_spec("basic_rnn"), rnn_layer_sizes=(64,))
    state = variables.initial_state(spec, seed=3)
    kernel = state["rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel"]
    assert kernel.shape == (38 + 64, 256)
    limit = (6 / (102 + 256)) ** 0.5
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert abs(kernel.mean()) < 0.01 * limit
    assert kernel.std() == pytest.approx(limit / 3**0.5, rel=0.02)
    assert not state["rnn/multi_rnn_cell/cell_0/basic_lstm_cell/bias"].any()
    slots = [name for name in state if name.endswith(("/Adam", "/Adam_1"))]
    assert len(slots) == 8
    assert not any(state[name].any() for name in slots)
    assert {name: state[name].item() for name in ("beta1_power", "beta2_power", "global_step")} == {
        "beta1_power": pytest.approx(0.9), "beta2_power": pytest.approx(0.999), "global_step": 0,
    }  # fmt: skip
    assert np.array_equal(variables.initial_state(spec, seed=3)["fully_connected/weights"],
                          state["fully_connected/weights"])  # fmt: skip
    assert not np.array_equal(variables.initial_state(spec, seed=4)["fully_connected/weights"],
                              state["fully_connected/weights"])  # fmt: skip


def test_moving_averages_begin_at_the_weights_and_come_off_again() -> None:
    state = {"fully_connected/weights": np.float32([[1, 2]]), "global_step": np.int64(5)}
    with_them = variables.with_averages(state, wanted=True)
    name = "fully_connected/weights/ExponentialMovingAverage"
    assert set(with_them) == {*state, name}
    assert with_them[name].tolist() == [[1, 2]]
    later = {**with_them, name: np.float32([[3, 4]])}
    assert variables.with_averages(later, wanted=True)[name].tolist() == [[3, 4]]
    assert set(variables.with_averages(later, wanted=False)) == set(state)
