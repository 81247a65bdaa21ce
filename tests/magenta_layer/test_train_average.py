"""Moving averages of the weights, and a learning rate that falls."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssc_melody.errors import OptionError
from ssc_melody.formats.checkpoint import latest_checkpoint, read_checkpoint
from ssc_melody.network import variables
from ssc_melody.network.names import is_weight
from ssc_melody.play.loading import load_checkpoint
from tests.magenta_layer import train_runs
from tests.magenta_layer.live import tf  # noqa: F401 (loaded with the shims)

from ssc_melody.training import batches, graph  # isort: skip (after the shims)
from ssc_melody.training.data import Examples  # isort: skip (after the shims)
from ssc_melody.training.options import TrainOptions  # isort: skip (after the shims)

SPEC = train_runs.SPEC
EXAMPLES = Examples(SPEC, [np.array(tune, np.int8) for tune in train_runs.melodies(5)])
BATCH = batches.batch_of(EXAMPLES, range(5), batches.row_steps(EXAMPLES))
NAME = "fully_connected/weights"


def _network(steps: int = 0, **options: float) -> graph.Network:
    state: dict[str, Any] = variables.initial_state(SPEC, 1)
    state["global_step"] = np.array(steps, np.int64)
    wanted = options.get("average_decay", 0) > 0
    return graph.Network(SPEC, variables.with_averages(state, wanted), seed=1, jit=False, **options)


def test_the_average_follows_the_weights() -> None:
    network = _network(average_decay=0.25)
    expected = network.variables[NAME].numpy()
    for decay in (1 / 10, 2 / 11, 0.25, 0.25):  # (1 + step) / (10 + step), at most 0.25
        network.train(BATCH)
        expected = decay * expected + (1 - decay) * network.variables[NAME].numpy()
        average = network.variables[f"{NAME}/ExponentialMovingAverage"].numpy()
        np.testing.assert_allclose(average, expected, rtol=1e-5, atol=1e-7)


def test_within_averaged_the_weights_are_the_averages() -> None:
    network = _network(average_decay=0.9)
    network.train(BATCH)
    before = network.state()
    with network.averaged():
        inside = network.state()
    for name in network.names:
        assert (inside[name] == before[f"{name}/ExponentialMovingAverage"]).all()
        assert (network.variables[name].numpy() == before[name]).all()
    assert (inside[NAME] != before[NAME]).any()


@pytest.mark.parametrize(("step", "share"), [(0, 1.0), (10, 0.5), (15, 0.5**1.5), (20, 0.25)])
def test_the_learning_rate_halves(step: int, share: float) -> None:
    moved = []
    for half_life in (0, 10):
        network = _network(step, half_life=half_life)
        before = network.variables[NAME].numpy()
        network.train(BATCH)
        moved.append(network.variables[NAME].numpy() - before)
    np.testing.assert_allclose(moved[1], share * moved[0], rtol=1e-3, atol=1e-7)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return train_runs.write_events(tmp_path / "train.events", train_runs.melodies())


def _run(run_dir: Path, data: Path, steps: int, *more: str) -> None:
    flags = ["--average_decay=0.8", f"--eval_file={data}", "--eval_every=4", *more]
    assert train_runs.run(run_dir, data, steps, *flags) == 0


def test_the_best_weights_are_averages_and_a_run_goes_on_with_them(
    tmp_path: Path, data: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    _run(whole, data, 8, "--num_checkpoints=0", "--save_checkpoint_secs=0")
    for steps in (3, 8):
        _run(broken, data, steps)
    names = ("model.ckpt-8.index", "model.ckpt-8.data-00000-of-00001")
    for name in names:
        assert (whole / "train" / name).read_bytes() == (broken / "train" / name).read_bytes()
    best = latest_checkpoint(whole / "best")
    kept, trained = read_checkpoint(best), read_checkpoint(whole / "train" / best.name)
    for name in filter(is_weight, kept):
        assert (kept[name] == trained[f"{name}/ExponentialMovingAverage"]).all()
    assert (kept[NAME] != trained[NAME]).any()
    load_checkpoint(best, SPEC)  # with averages and slots beside the weights


def test_a_run_may_stop_averaging(tmp_path: Path, data: Path) -> None:
    _run(tmp_path / "run", data, 4)
    assert train_runs.run(tmp_path / "run", data, 8) == 0
    found = read_checkpoint(tmp_path / "run" / "train" / "model.ckpt-8")
    assert not [name for name in found if "Average" in name]


@pytest.mark.parametrize(
    "wrong", [{"average_decay": 1.0}, {"average_decay": -0.1}, {"learning_rate_half_life": -1}]
)
def test_values_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=next(iter(wrong))):
        TrainOptions(**wrong)  # type: ignore[arg-type]
