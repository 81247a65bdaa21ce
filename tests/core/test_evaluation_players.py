"""Batched prediction and continuation against the core's own, one melody at a time."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest

from ssc_melody import load_bundle
from ssc_melody.evaluation import markov
from ssc_melody.evaluation.melodies import View, view_of
from ssc_melody.evaluation.players import MarkovPlayer, NetworkPlayer
from ssc_melody.network.stack import NetworkState, step
from tests.conftest import TESTDATA

BUNDLES = {
    "onehot": "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag",
    "lookback": "m2.1.4_tf2.9.1_lookback_64x2_b16.mag",
    "key": "m2.1.4_tf2.9.1_attention_64x2_b1.mag",
    "mono": "m2.0.2_tf2.2.0_mono_32x2_b16.mag",
}


def _player(kind: str) -> NetworkPlayer:
    return NetworkPlayer(kind, load_bundle(TESTDATA / "bundles" / BUNDLES[kind]))


def _melodies(seed: int = 0, lengths: tuple[int, ...] = (70, 1, 40, 2, 100)) -> list[list[int]]:
    """Makes melodies with bars that come back, so that lookback classes matter."""
    rng = np.random.default_rng(seed)
    made = []
    for length in lengths:
        bar = [60, *rng.choice([-2, -2, -1, 60, 62, 64, 67, 72], size=15).tolist()]
        other = [64, *rng.choice([-2, -2, -1, 59, 65, 69], size=15).tolist()]
        made.append((bar + bar + other + bar + other * 3)[:length])
    return made


@pytest.mark.parametrize("kind", ["onehot", "mono"])
def test_bits_are_the_log_likelihood_where_spelling_is_unique(kind: str) -> None:
    player = _player(kind)
    melodies = [player.view.squash(events) for events in _melodies()]
    fit = player.fit(melodies)
    expected = [-player.model.log_likelihood(events) / np.log(2) for events in melodies]
    assert fit.bits == pytest.approx(expected, abs=2e-4)
    assert fit.steps.tolist() == [len(events) - 1 for events in melodies]


@pytest.mark.parametrize("kind", ["lookback", "key"])
def test_spellings_add_up(kind: str) -> None:
    """Each class is decoded by the encoder itself, one melody and step at a time."""
    player = _player(kind)
    network, encoding = player.model.network, player.model.encoding
    melodies = [player.view.squash(events) for events in _melodies()]
    bits, hits, events_seen = np.zeros((3, len(melodies)))
    for m, events in enumerate(melodies):
        encoder, state = encoding.encoder(1, len(events)), NetworkState(network, 1)
        x = np.zeros((1, encoding.input_size), dtype=np.float32)
        for now, after in itertools.pairwise(events):
            encoder.push(np.array([now]), x)
            logits = step(network, state, x)[0].astype(np.float64)
            shares = np.exp(logits) / np.exp(logits).sum()
            by_event: dict[int, float] = {}
            for number, share in enumerate(shares):
                event = int(encoder.decode(np.array([number]))[0])
                by_event[event] = by_event.get(event, 0.0) + share
            bits[m] -= np.log2(by_event[after])
            events_seen[m] += after != -2
            hits[m] += after != -2 and max(by_event, key=lambda e: by_event[e]) == after
    fit = player.fit(melodies)
    assert fit.bits == pytest.approx(bits, abs=2e-4)
    assert fit.events == pytest.approx(events_seen)
    assert fit.event_hits == pytest.approx(hits)
    labels = [-player.model.log_likelihood(events) / np.log(2) for events in melodies]
    assert (fit.bits <= np.array(labels) + 1e-4).all()
    assert fit.bits.sum() < sum(labels) - 1


@pytest.mark.parametrize("kind", BUNDLES)
@pytest.mark.parametrize("decoding", ["sample", "argmax"])
def test_equal_primers_continue_as_generate_does(kind: str, decoding: str) -> None:
    player = _player(kind)
    primer = player.view.squash(_melodies()[0][:16])
    made = player.continue_all(np.array([primer] * 70), 48, decoding, seed=5)
    model = dataclasses.replace(player.model, graph_batch=1)  # others draw for the padding, too
    expected = model.generate(70, 64, primer, seed=5, decoding=decoding)
    assert made.tolist() == [melody.events for melody in expected]


def test_different_primers_do_not_mix() -> None:
    player = _player("key")
    primers = np.array([player.view.squash(m) for m in _melodies(1, (16,) * 130)])
    together = player.continue_all(primers, 32, "argmax", seed=0)
    for i in (0, 63, 64, 129):
        alone = player.continue_all(primers[i : i + 1], 32, "argmax", seed=0)
        assert together[i].tolist() == alone[0].tolist()


def test_markov_player_by_hand() -> None:
    # After 0: 1 once, 0 once; after 1: 0 twice (see test_evaluation_markov).
    chain = markov.fit([[0, 1, 0, 0], [1, 0]], 1, min_note=0, max_note=2)
    player = MarkovPlayer("m", chain, View(0, 2, None))
    fit = player.fit([[0, 1, 0], [0, -2]])
    assert fit.bits[0] == pytest.approx(-np.log2(0.40625) - np.log2((2 + 4.5 / 8) / 3))
    assert fit.bits[1] == pytest.approx(-np.log2((0 + 2 * 0.5 / 8) / 4))
    assert fit.events.tolist() == [2, 0]
    assert fit.no_events.tolist() == [0, 1]
    # The likeliest after 0 is 0 (1 + 2 * 4.5/8 over 4), after 1 it is 0.
    assert fit.event_hits.tolist() == [1, 0]
    assert fit.no_event_hits.tolist() == [0, 0]
    made = player.continue_all(np.array([[0], [1]]), 5, "sample", seed=1)
    assert made.shape == (2, 6)
    assert made.tolist() == player.continue_all(np.array([[0], [1]]), 5, "sample", 1).tolist()


def test_view_is_the_spec_s(attention_mag: Path) -> None:
    assert view_of(load_bundle(attention_mag).spec) == View(48, 84, 0)
