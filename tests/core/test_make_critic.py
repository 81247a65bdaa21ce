"""What ships beside the bundles, made on a small corpus: the critic, and the index of copies."""

from pathlib import Path

import numpy as np
import pytest

from make_bundles import corpus, critic
from ssc_melody.evaluation import copy_index
from ssc_melody.evaluation.players import NetworkPlayer
from ssc_melody.play import critic as judge
from tests.constrained import random_model
from tests.melody_sets import write_events

SCALE = [event for i in range(128) for event in (60 + i % 8, -2)]
"""A note an eighth, up and up again: sixteen bars."""


def _walk(seed: int) -> list[int]:
    steps = np.random.default_rng(seed).integers(-2, 3, 64)
    return [int(e) for p in 66 + np.cumsum(steps) % 12 for e in (p, -2, -2, -2)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    melodies = [SCALE, [60, -2] * 16, *map(_walk, range(20))]
    write_events(tmp_path / "training_melodies.events", melodies)
    return tmp_path


def test_windows_are_eight_bars_of_long_melodies(data: Path) -> None:
    found = critic.windows(data, 100)
    assert len(found) == 21
    assert {len(window) for window in found} == {128}
    whole = [SCALE, *map(_walk, range(20))]
    for window in found:
        starts = range(0, 256 - 128 + 1, 16)
        assert any(window == events[s : s + 128] for events in whole for s in starts)
    assert critic.windows(data, 3) == found[:3]


def test_models_take_turns(data: Path) -> None:
    players = [NetworkPlayer(name, random_model(name)) for name in ("basic_rnn", "mono_rnn")]
    people = critic.windows(data, 5)
    by_people, by_models = critic.pairs(players, people)
    assert by_people[3:] == [people[2], people[3]]  # mono's, in their own key
    assert [events[:16] for events in by_models] == [events[:16] for events in by_people]
    assert {len(events) for events in by_models} == {128}


def test_it_tells_what_it_was_trained_to_tell() -> None:
    noise = [
        np.random.default_rng(seed).choice([-2, -1, 50, 61, 70, 83], 128).tolist()
        for seed in range(60)
    ]
    people = [_walk(seed)[:128] for seed in range(60)]
    made = critic.fit(people[:40], noise[:40])
    assert min(made.score(events, 16) for events in people[40:]) > 0
    assert max(made.score(events, 16) for events in noise[40:]) < 0


def test_the_critic_is_written(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(critic, "load_bundle", lambda path: random_model(path.stem))
    critic.build(data, [Path("basic_rnn.mag")], tmp_path / "a.critic")
    found = judge.read(tmp_path / "a.critic")
    assert found.score(_walk(3)[:128], 16) > 0


def test_the_index_finds_copies_in_the_key_and_range_of_models(data: Path, tmp_path: Path) -> None:
    corpus.write_copies(data, tmp_path / "a.copies")
    index = copy_index.read(tmp_path / "a.copies")
    other = [60, -2, -2, 67] * 32
    assert index.longest_copies(
        [SCALE, [e + 2 if e >= 0 else e for e in SCALE], other]
    ).tolist() == [
        127,
        127,
        0,
    ]
