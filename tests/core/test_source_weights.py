"""Weights of sources in training: which melodies a batch has, and what is refused."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ssc_melody.dataset import piece_list
from ssc_melody.errors import DataError, OptionError
from ssc_melody.specs import SPECS
from ssc_melody.training import weights
from ssc_melody.training.batches import Order
from ssc_melody.training.data import Examples, load
from tests.melody_sets import write_events

SPEC = SPECS["basic_rnn"]
MELODIES = [[60, 62, 64]] * 10


def _examples(given: list[float] | None) -> Examples:
    melodies = [np.array(events, np.int8) for events in MELODIES]
    return Examples(SPEC, melodies, None if given is None else np.array(given))


def _seen(order: Order, steps: int) -> Counter[int]:
    return Counter(i for step in range(steps) for i in order.members(step))


def test_without_weights_each_comes_once_an_epoch() -> None:
    assert _seen(Order(_examples(None), 5, seed=1), 2) == Counter(range(10))


def test_weights_say_how_often() -> None:
    """1,000 epochs of 10: of 7 ones, a 3, a 2.5 and a 0, which are 12.5 together."""
    given = [1.0] * 7 + [3.0, 2.5, 0.0]
    seen = _seen(Order(_examples(given), 5, seed=1), 2000)
    assert seen.total() == 10_000
    assert seen[9] == 0
    for i, weight in enumerate(given):
        assert seen[i] == pytest.approx(1000 * 10 / 12.5 * weight, abs=30)
    first = _seen(Order(_examples(given), 5, seed=1), 2)
    assert {first[7] in (2, 3), first[8] == 2, first[0] <= 1} == {True}


def test_the_order_follows_from_the_seed_and_the_step() -> None:
    given = [1.0, 5.0] * 5
    one, other = (Order(_examples(given), 4, seed=3) for _ in range(2))
    assert [one.members(step) for step in range(9)] == [other.members(s) for s in range(9)]
    assert one.members(7) == other.members(7)
    assert Order(_examples(given), 4, seed=4).members(0) != one.members(0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = write_events(tmp_path / "a.events", [[60, 62], [64], [65, 67], [60, 62], [60, 64]])
    piece_list.write(path, ["mozart.zip/a", "mozart.zip/b", "reels/x", "reels/y", "songs/z"])
    return path


def test_a_melody_has_the_weight_of_its_longest_source(data: Path) -> None:
    """The second melody is too short to be trained on and has no weight."""
    assert len(load([data], SPEC).lengths) == 4
    found = weights.of_files([data], "mozart.zip=2, reels=0.5,reels/y=0")
    assert found.tolist() == [2, 0.5, 0, 1]
    assert weights.of_files([data, data], "reels=3").tolist() == [1, 3, 3, 1] * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mozart", "source_weights: expected NAME=WEIGHT, got 'mozart'"),
        ("=2", "source_weights: expected NAME=WEIGHT, got '=2'"),
        ("reels=2,reels=3", "source_weights: reels comes twice"),
        ("reels=many", "source_weights: reels: expected a number, got 'many'"),
        ("reels=-1", "source_weights: reels: expected 0 to 1000, got -1"),
        ("reels=nan", "source_weights: reels: expected"),
        ("mozart=0,reels=0,songs=0", "source_weights: nothing is left to train on"),
    ],
)
def test_weights_that_are_none(data: Path, text: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        weights.of_files([data], text)


def test_sources_that_are_none(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no piece is of 'reel5' \(did you mean reels\?\); there"):
        weights.of_files([data], "reel5=2")
    alone = write_events(tmp_path / "other" / "b.events", [[60, 62]])
    with pytest.raises(
        DataError, match=r"does not say of which pieces .* expected b\.pieces\.json"
    ):
        weights.of_files([alone], "reels=2")
