"""Drawing and beam search against NumPy's choice and a search written out one melody at a time."""

import heapq
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ssc_melody.network.build import build_network
from ssc_melody.network.stack import Network, NetworkState, step
from ssc_melody.play import batching, engine
from ssc_melody.play.sampling import Sampling, choose, probabilities
from ssc_melody.specs import SPECS, with_hparams
from tests.networks import random_checkpoint

SPEC = with_hparams(SPECS["attention_rnn"], "rnn_layer_sizes=[12,10],attn_length=5")
ENCODING = SPEC.make_encoding()


@pytest.fixture(scope="module")
def network() -> Network:
    return build_network(random_checkpoint(SPEC, seed=5), input_size=74, attn_length=5)


_logits = npst.arrays(np.float32, (4, 7), elements=st.floats(-20, 20, width=32))


@settings(deadline=None)
@given(logits=_logits, seed=st.integers(0, 2**32 - 1), temperature=st.floats(0.1, 5))
def test_choose_is_numpys_choice(logits: np.ndarray, seed: int, temperature: float) -> None:
    shares = probabilities(logits, temperature)
    theirs = np.random.RandomState(seed)
    expected = [theirs.choice(7, p=row) for row in shares]
    draws = np.random.RandomState(seed).random_sample(4)
    assert choose(shares, draws).tolist() == expected


def test_a_draw_on_the_edge_of_two_classes_is_the_second() -> None:
    """So a class of no probability is never drawn, not even with 0."""
    shares = np.array([[0.0, 0.25, 0.75]] * 3)
    assert choose(shares, np.array([0.0, 0.25, np.nextafter(0.25, 0)])).tolist() == [1, 2, 1]


def test_temperature_divides_the_logits() -> None:
    logits = np.array([[0.0, np.log(4.0)]], dtype=np.float32)
    np.testing.assert_allclose(probabilities(logits, 2.0), [[1 / 3, 2 / 3]], rtol=1e-6)


@pytest.mark.parametrize(
    ("beam", "branch", "batch", "draws"),
    [(1, 1, 1, 1), (1, 1, 16, 16), (4, 2, 1, 8), (4, 2, 3, 9), (3, 3, 64, 64)],
)
def test_padding_draws_too(beam: int, branch: int, batch: int, draws: int) -> None:
    assert Sampling(beam_size=beam, branch_factor=branch).draws_per_step(batch) == draws


def test_argmax_draws_nothing() -> None:
    assert Sampling(decoding="argmax").draws_per_step(16) == 0


def _one_melody(network: Network, primer: list[int], steps: int, search: Sampling, draws) -> list:
    """Beam search the slow way: a list of (events, score), every network run from the start."""
    beam = [(primer, np.float32(0))] * search.beam_size
    i = 0
    while i < steps:
        length = (
            (steps - 1) % search.steps_per_iteration + 1 if i == 0 else search.steps_per_iteration
        )
        entries = [entry for _ in range(search.branch_factor) for entry in beam]
        for k in range(i, i + length):
            extended = []
            for row, (events, score) in enumerate(entries):
                encoder, state = ENCODING.encoder(1, steps + 99), NetworkState(network, 1)
                x = np.zeros((1, ENCODING.input_size), dtype=np.float32)
                for event in events:
                    encoder.push(np.array([event]), x)
                    shares = probabilities(step(network, state, x), search.temperature)
                chosen = choose(shares, draws[k, [row]])
                event = int(encoder.decode(chosen)[0])
                extended.append(([*events, event], score + np.log(shares[0, chosen[0]])))
            entries = extended
        i += length
        best = heapq.nlargest(search.beam_size, range(len(entries)), key=lambda r: entries[r][1])
        beam = [entries[r] for r in best]
    return beam[0][0]


@pytest.mark.parametrize(
    ("beam", "branch", "iteration"), [(1, 1, 1), (1, 3, 2), (3, 2, 4), (4, 1, 3)]
)
def test_beam_search_is_the_slow_one(
    network: Network, beam: int, branch: int, iteration: int
) -> None:
    search = Sampling(
        temperature=1.2, beam_size=beam, branch_factor=branch, steps_per_iteration=iteration
    )
    draws = np.random.RandomState(8).random_sample((3, 9, search.rows))
    primers = np.array([[60, -2]] * 3)
    events, _ = engine.generate(
        network, ENCODING, primers, 11, search, lambda step: draws[:, step].ravel()
    )
    expected = [_one_melody(network, [60, -2], 9, search, draws[m]) for m in range(3)]
    assert events.tolist() == expected


def test_the_score_is_the_likelihood_of_the_choices(network: Network) -> None:
    """With one-hot classes a melody has one spelling, so both ways must give one number."""
    spec = with_hparams(SPECS["basic_rnn"], "rnn_layer_sizes=[9]")
    encoding = spec.make_encoding()
    basic = build_network(random_checkpoint(spec), input_size=38)
    draws = np.random.RandomState(1).random_sample((2, 20, 1))
    primers = np.array([[60, -2, 64]] * 2)
    events, scores = engine.generate(
        basic, encoding, primers, 23, Sampling(), lambda step: draws[:, step].ravel()
    )
    for row, score in zip(events.tolist(), scores, strict=True):
        assert engine.log_likelihood(basic, encoding, row) == pytest.approx(score, abs=1e-4)


def _many(network: Network, outputs: int, monkeypatch, cores: int, most: int) -> list:
    monkeypatch.setattr(batching, "_MOST_ROWS", most)
    monkeypatch.setattr(batching, "_LEAST_ROWS", 4)
    counted: list[int] = []
    made = batching.generate(
        network, ENCODING, [60], 30, outputs, Sampling(), 3, np.random.RandomState(4),
        counted.append, cores=cores,
    )  # fmt: skip
    melodies = [events for events, _ in made]
    assert sum(counted) == outputs * 29
    return melodies


def test_batches_and_threads_change_nothing(network: Network, monkeypatch) -> None:
    alone = _many(network, 50, monkeypatch, cores=1, most=1000)
    assert len({tuple(events) for events in alone}) > 40
    assert _many(network, 50, monkeypatch, cores=3, most=8) == alone
    assert _many(network, 50, monkeypatch, cores=1, most=7) == alone
    assert _many(network, 20, monkeypatch, cores=2, most=6) == alone[:20]


def test_threads_that_nobody_waits_for_are_told_to_stop() -> None:
    """After Ctrl-C, say; here the other tasks end only when they are told."""
    told, stopped = [], threading.Event()

    def work(task: int) -> int:
        if task:
            stopped.wait(60)
        return task

    def stop() -> None:
        told.append("stop")
        stopped.set()

    made = batching.in_threads(work, range(9), 9, cores=2, stop=stop)
    assert next(made) == 0
    made.close()
    assert told == ["stop"]
    assert list(batching.in_threads(work, range(3), 3, cores=2, stop=stop)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("outputs", "rows"), [(1, 1), (10, 1), (33, 1), (1000, 1), (7, 8), (5, 900)]
)
def test_batch_sizes_add_up(outputs: int, rows: int) -> None:
    sizes = batching.batch_sizes(outputs, rows, 2)
    assert sum(sizes) == outputs
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) * rows <= max(rows, 512)


def test_small_orders_are_one_batch() -> None:
    assert batching.batch_sizes(10, 1, 2) == [10]


def test_different_primers_continue_as_each_alone(network: Network) -> None:
    primers = np.array([[60, -2, 62], [64, -1, -2], [60, -2, 62]])
    draws = np.random.RandomState(2).random_sample((3, 12))
    together, scores = engine.generate(
        network, ENCODING, primers, 15, Sampling(), lambda step: draws[:, step]
    )
    for row in range(3):
        alone, score = engine.generate(
            network,
            ENCODING,
            primers[[row]],
            15,
            Sampling(),
            lambda step, row=row: draws[[row], step],
        )
        assert together[row].tolist() == alone[0].tolist()
        assert scores[row] == pytest.approx(score[0], abs=1e-4)


@pytest.mark.parametrize(
    ("branches", "expected"),
    [(1, [-2, -1, -1, -1, -1, -1, -1]), (2, [-2, -2, -2, -2, -2, -1, -1])],
)
def test_a_beam_that_branches_silences_note_offs_before_the_first_note(
    branches: int, expected: list[int]
) -> None:
    """A network that only ends notes; stock copies melodies where it branches, each second step."""
    spec = with_hparams(SPECS["basic_rnn"], "rnn_layer_sizes=[9]")
    weights = random_checkpoint(spec)
    weights["fully_connected/biases"][1] = 1000.0
    events, _ = engine.generate(
        build_network(weights, input_size=38), spec.make_encoding(), np.array([[-2]]), 7,
        Sampling(beam_size=2, branch_factor=branches, steps_per_iteration=2),
        lambda step: np.full(2 * branches, 0.5),
    )  # fmt: skip
    assert events.tolist() == [expected]


def test_a_stop_rule_ends_it_early(network: Network) -> None:
    random = np.random.RandomState(3)
    events, _ = engine.generate(
        network, ENCODING, np.array([[60]] * 2), 50, Sampling(),
        lambda step: random.random_sample(2), stop=lambda so_far: so_far.shape[1] >= 7,
    )  # fmt: skip
    assert events.shape == (2, 7)
