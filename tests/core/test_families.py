"""A family is a record and an encoding: one is planted here, loads and plays."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import ssc_melody
from ssc_melody.encodings import Classes, Encoding
from ssc_melody.errors import SpecError
from ssc_melody.families import FAMILIES, Family, Primed, family_of, get_spec
from ssc_melody.families.melody import MELODY
from ssc_melody.play import run_config
from ssc_melody.specs import SPECS, NetworkSpec
from tests.networks import make_run


@dataclasses.dataclass(frozen=True)
class DiceSpec(NetworkSpec):
    """A die is thrown at each step."""

    sides: int = 6

    def make_encoding(self) -> Encoding:
        return Encoding(Classes(self.sides))


DICE = Family(
    name="Dice RNN",
    spec_type=DiceSpec,
    specs={"dice_rnn": DiceSpec("dice_rnn", "Throws of a die.", rnn_layer_sizes=(8,))},
    prime=lambda spec, events: Primed([event % spec.sides for event in events]),
    finish=lambda spec, events, primed, score: [event + 1 for event in events],
)


@pytest.fixture
def _planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "dice", DICE)


def test_each_config_belongs_to_its_family() -> None:
    assert {family_of(spec).name for spec in SPECS.values()} == {"Melody RNN"}
    with pytest.raises(SpecError, match="no family has specs of class DiceSpec"):
        family_of(DICE.specs["dice_rnn"])


def test_melodies_are_primed_and_finished_as_stock_does() -> None:
    """A melody in D is moved down two semitones to C (and here two octaves up), and back."""
    primed = MELODY.prime(SPECS["basic_rnn"], [38, -2, 42, 45])
    assert primed == Primed([60, -2, 64, 67], 22)
    finished = MELODY.finish(SPECS["basic_rnn"], [60, -2, 64, 67, 62], primed, -1.5)
    assert (finished.events, finished.primer_steps) == ([38, -2, 42, 45, 40], 4)


@pytest.mark.usefixtures("_planted")
def test_a_planted_family_loads_and_plays(tmp_path: Path) -> None:
    assert get_spec("dice_rnn").make_encoding().input_size == 6
    run = make_run(tmp_path / "run", DICE.specs["dice_rnn"], config_json=True)
    assert run_config.read(run).spec == DICE.specs["dice_rnn"]
    model = ssc_melody.load_checkpoint(run)
    throws = model.generate(3, 20, primer=[7], seed=1)
    assert [len(row) for row in throws] == [20] * 3
    assert all(row[0] == 2 and min(row) >= 1 and max(row) <= 6 for row in throws)
    assert len({tuple(row) for row in throws}) == 3
    assert np.isfinite(model.log_likelihood([0, 1, 2]))
