"""What gives a melody away: each habit against values worked out by hand."""

import math

import pytest

from ssc_melody.evaluation import habits
from ssc_melody.evaluation.habits import HABITS

PRIMER = [60, *[-2] * 15]
QUARTERS = [60, -2, -2, -2, 62, -2, -2, -2, 64, -2, -2, -2, 62, -2, -2, -2]
DRONE = [60, *[-2] * 47]


def test_the_habits_of_a_tune_by_hand() -> None:
    """Quarters in three bars, then one an octave and a third up in their rhythm, on the beat."""
    last = [76, -2, -2, -2, 62, -2, -2, -2, 64, -2, -2, -2, 60, -2, -2, -2]
    found = habits.count([[*PRIMER, *QUARTERS * 3, *last]])
    assert found == {
        "notes": 4.0,
        "sparse": 0.0,
        "held": 0.0,
        "empty": 0.0,
        "leaps": 2.0,  # up to the 76, and down from it
        "rhythm_again": 1.0,
        "ends_long": 1.0,
        "range": 16.0,
        "repeats": (1 + 4 + 2) / 12,  # the second bar against the primer, and so on
    }


def test_the_habits_of_a_drone() -> None:
    found = habits.count([[*PRIMER, *DRONE], [*PRIMER, *[-2] * 48]])
    assert found["sparse"] == 1.0
    assert found["held"] == 0.5
    assert found["notes"] == pytest.approx(1 / 6)  # one note in six bars
    assert found["ends_long"] == 0.5
    assert math.isnan(found["rhythm_again"])  # no bar has a bar with notes two bars later


def test_a_note_off_the_beat_or_cut_short_is_no_end() -> None:
    late = [-1, 60, *[-2] * 14]
    short = [60, -2, -2, -1, *[-2] * 12]
    assert habits.count([[*PRIMER, *late]])["ends_long"] == 0.0
    assert habits.count([[*PRIMER, *short]])["ends_long"] == 0.0


def test_every_habit_has_a_name_of_its_own() -> None:
    assert len({habit.name for habit in HABITS}) == len({habit.title for habit in HABITS}) == 9
