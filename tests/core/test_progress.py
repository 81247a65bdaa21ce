"""Lines of progress: rates of now, no estimate where there is none, and right at the end."""

import logging

import pytest

from ssc_melody.cli import progress
from ssc_melody.training.options import Progress as Trained


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands until it is moved."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress.logger, "level", logging.INFO)
    monkeypatch.setattr(progress.logger, "_cache", {})
    return now


def test_the_rate_is_that_of_the_last_seconds(clock: list[float]) -> None:
    line = progress.Progress(1000, "files")
    for _ in range(10):  # slow at first: 100 s for 10 files
        clock[0] += 10
        line.done += 1
        line.text(clock[0])
    for _ in range(40):  # then ten a second
        clock[0] += 1
        line.done += 10
        text = line.text(clock[0])
    assert text == "410 of 1,000 files (41%), 10 per second, 59 s left"


def test_at_the_end_nothing_is_left(clock: list[float]) -> None:
    line = progress.Progress(10, "files")
    clock[0] += 20
    line.done = 10
    assert line.text(clock[0]) == "10 of 10 files (100%), 0.5 per second"
    line.done = 12  # problems are counted too
    assert line.text(clock[0]).startswith("12 of 10 files (100%), ")


def test_the_first_step_of_a_training_tells_no_rate(clock: list[float]) -> None:
    """It is the compiler's: neither its time nor its events say anything of those that follow."""
    line = progress.TrainLine(20, 0)
    clock[0] += 30
    line.update(Trained(1, 3.5, 0.0, 0.0))
    assert line.text(clock[0]) == "step 1 of 20, loss 3.5000, perplexity per step 33.115"
    clock[0] += 2
    line.update(Trained(3, 3.0, 800.0, 2.0))
    assert line.text(clock[0]) == (
        "step 3 of 20, loss 3.0000, perplexity per step 20.086, 400 events/s, 0:00:17 left"
    )


def test_minutes_end_a_training(clock: list[float]) -> None:
    line = progress.TrainLine(0, 2)
    clock[0] += 30
    line.update(Trained(1, 3.5, 0.0, 0.0))
    assert line.text(clock[0]).endswith(", 0:01:30 left")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 melodies"), (1, "1 melody"), (1200, "1,200 melodies")]
)
def test_one_is_singular(count: int, text: str) -> None:
    assert progress.counted(count, "melody", "melodies") == text
