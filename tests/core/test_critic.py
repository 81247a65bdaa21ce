"""The critic of choose_from: what it counts, how it chooses, what it refuses."""

from pathlib import Path

import numpy as np
import pytest

from ssc_melody import load
from ssc_melody.dataset import events_file
from ssc_melody.errors import OptionError, SscMelodyError
from ssc_melody.formats import tfrecord
from ssc_melody.melody.melody import Melody
from ssc_melody.play import critic
from ssc_melody.play.critic import BUCKETS, Critic
from ssc_melody.play.model import Model
from ssc_melody.play.shipped import shipped_files
from tests.constrained import random_model

BAR = [60, -2, -2, -2, 62, -2, 64, -2, 65, -2, -2, -2, 67, -2, -2, -2]


def _buckets(events: list[int], start: int = 0) -> list[int]:
    return critic.figures(events, start)[0].tolist()


def _shares(events: list[int]) -> list[float]:
    return np.round(critic.figures(events)[1] ** 2, 6).tolist()


def test_a_bar_by_hand() -> None:
    """Of five notes; no bar is before that is like it or not."""
    steps, places = [0.25, 0.25, 0.5], [0.2] * 5  # a whole tone after a quarter comes twice
    turns, metres = [0.333333] * 3, [0.2, 0.4, 0.2, 0.2]
    lengths, bar, number = [0.4, 0.6], [1.0], [1.0]
    assert _shares(BAR) == [*steps, *places, *turns, *metres, *lengths, *bar, *number]
    assert _shares([-2] * 16) == [1.0, 1.0]  # an empty bar, and no note in it
    assert _buckets([]) == []


def test_bars_that_come_again_are_counted() -> None:
    """The last three figures are the two bars, their numbers, and that they are the same."""
    assert _shares(BAR * 2)[-3:] == [1.0, 1.0, 1.0]
    assert _buckets(BAR * 2)[-1] != _buckets([*BAR, 72, *BAR[1:]])[-1]  # other notes, same rhythm
    assert _buckets(BAR * 2)[-1] == _buckets([-2] * 16 + BAR * 2, 16)[-1]


def test_only_what_follows_the_primer_counts() -> None:
    assert _buckets([30, 31, 32, 33] * 4 + BAR, 16) == _buckets([-2] * 16 + BAR, 16)


def test_a_key_does_not_matter() -> None:
    moved = [event + 5 if event >= 0 else event for event in BAR]
    assert _buckets(moved * 3) == _buckets(BAR * 3)


def test_the_score_by_hand() -> None:
    """A weight of 1 for lengths of 2 steps, of 2 for those of 4: the roots of 0.4 and 0.6."""
    weights = np.zeros(BUCKETS, np.float32)
    lengths = _buckets(BAR)[-4:-2]
    weights[lengths] = 1.0, 2.0
    assert Critic(weights, 0.5).score(BAR) == pytest.approx(0.5 + 0.4**0.5 + 2 * 0.6**0.5)
    assert Critic(weights, 0.5).score([]) == -np.inf


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    weights = np.linspace(-1, 1, BUCKETS, dtype=np.float32)
    Critic(weights, 0.25).write(tmp_path / "a.critic")
    found = critic.read(tmp_path / "a.critic")
    assert found.weights.tolist() == weights.tolist()
    assert found.bias == 0.25


HEADER = b'{"format": "ssc_melody critic", "version": 1, "buckets": 4096, "bias": 0.5}'


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "expected a critic, found another file"),
        ([b"{}"], "expected a critic"),
        ([HEADER], "its header says 4096 weights"),
        ([HEADER.replace(b"4096", b"8192"), b"1234"], "another format or version"),
        ([HEADER, b"\xff" * 4 * 4096], "weights that are not numbers"),
    ],
)
def test_what_is_no_critic_is_refused(tmp_path: Path, records: list[bytes], message: str) -> None:
    path = tmp_path / "a.critic"
    path.write_bytes(b"".join(map(tfrecord.frame, records)))
    with pytest.raises(SscMelodyError, match=message):
        critic.read(path)


@pytest.fixture
def model() -> Model:
    return random_model("basic_rnn")


def test_of_each_few_the_best_is_kept(model: Model) -> None:
    """They are those that would have been drawn anyhow, and the first do not depend on how many."""
    drawn = model.generate(12, 64, [60], seed=3)
    judge = critic.shipped()
    likes = [judge.score(melody.events, 1) for melody in drawn]
    best = [max(range(i, i + 4), key=likes.__getitem__) for i in (0, 4, 8)]
    kept = model.generate(3, 64, [60], seed=3, choose_from=4)
    assert [melody.events for melody in kept] == [drawn[i].events for i in best]
    assert best != [0, 4, 8]
    assert model.generate(2, 64, [60], seed=3, choose_from=4) == kept[:2]
    assert model.generate(12, 64, [60], seed=3, choose_from=1) == drawn


def test_constraints_hold_for_the_chosen(model: Model) -> None:
    from ssc_melody.play.constraints import Constraints

    wanted = Constraints(key="D")
    drawn = model.generate(6, 32, [62], seed=3, constraints=wanted)
    kept = model.generate(2, 32, [62], seed=3, constraints=wanted, choose_from=3)
    assert {tuple(m.events) for m in kept} < {tuple(m.events) for m in drawn}


@pytest.mark.parametrize("number", [0, -1, 2.5, 10_000_001])
def test_numbers_that_do_not_fit(model: Model, number: float) -> None:
    with pytest.raises(OptionError, match="choose_from: expected"):
        model.generate(1, 32, [60], choose_from=number)


def test_too_many_together(model: Model) -> None:
    with pytest.raises(OptionError, match="num_outputs: expected 0 to 10000, got 10001"):
        model.generate(10_001, 32, [60], choose_from=1000)


@pytest.mark.parametrize("temperature", [0.7, 1.0, 1.3])
def test_the_critic_that_ships_likes_people_better_than_models(temperature: float) -> None:
    """Held-out people, that is: it was trained on neither these melodies nor these samples."""
    assert [path.name for path in shipped_files(critic.NAME)] == [critic.NAME]
    held_out = events_file.read_events(shipped_files("corpus_eval.events")[0])
    people = [critic.shipped().score(tune[:128]) for tune in held_out if len(tune) >= 128]
    made = load("ssc_basic_rnn").generate(60, 128, [60], temperature=temperature, seed=5)
    models = [critic.shipped().score(melody.events) for melody in made]
    assert len(people) > 100
    assert np.mean(people) > np.mean(models) + 1
    assert np.median(people) > np.quantile(models, 0.9)


def test_what_is_no_melody_is_not_judged() -> None:
    with pytest.raises(OptionError, match="the critic knows melodies only"):
        critic.best_of([1, 2], 2)
    assert critic.best_of([1, 2], 1) == [1, 2]
    assert critic.best_of([], 3) == []
    a, b = Melody([60] * 16), Melody(BAR)
    assert len(critic.best_of([a, b], 2)) == 1
