"""Markov chains against values worked out by hand."""

import itertools

import numpy as np
import pytest

from ssc_melody.errors import MelodyError, OptionError
from ssc_melody.evaluation import markov

TINY = [[0, 1, 0, 0], [1, 0]]  # pitches 0 and 1; codes 2 and 3; four codes in all


def _tiny(order: int) -> markov.MarkovChain:
    return markov.fit(TINY, order, min_note=0, max_note=2)


def test_order_0_by_hand() -> None:
    # Six events: 0 four times, 1 twice; T = 2, V = 4, so (c + 2/4) / (6 + 2).
    expected = [0.5 / 8, 0.5 / 8, 4.5 / 8, 2.5 / 8]
    assert _tiny(0).distribution([]) == pytest.approx(expected, abs=1e-15)
    assert _tiny(0).distribution([1, 1, 1]) == pytest.approx(expected, abs=1e-15)


def test_order_1_by_hand() -> None:
    # After 0: 1 once, 0 once (c = 2, T = 2). After 1: 0 twice (c = 2, T = 1).
    low = np.array([0.5, 0.5, 4.5, 2.5]) / 8
    after_0 = (np.array([0, 0, 1, 1]) + 2 * low) / 4
    after_1 = (np.array([0, 0, 2, 0]) + 1 * low) / 3
    assert _tiny(1).distribution([0]) == pytest.approx(after_0, abs=1e-15)
    assert _tiny(1).distribution([0, 1]) == pytest.approx(after_1, abs=1e-15)
    assert _tiny(1).distribution([-2]) == pytest.approx(low, abs=1e-15)  # never seen: order 0


def test_order_2_by_hand() -> None:
    one = _tiny(1)
    # "0 1" was followed by 0 once (c = 1, T = 1); "1 0" by 0 once.
    after = (np.array([0, 0, 1, 0]) + one.distribution([1])) / 2
    assert _tiny(2).distribution([0, 1]) == pytest.approx(after, abs=1e-15)
    assert _tiny(2).distribution([1]) == pytest.approx(one.distribution([1]), abs=1e-15)


def test_bits_per_step_by_hand() -> None:
    # P(1 | 0) = (1 + 2 * 2.5/8) / 4 = 0.40625; P(0 | 1) = (2 + 4.5/8) / 3 = 0.8541666...
    expected = -(np.log2(0.40625) + np.log2((2 + 4.5 / 8) / 3)) / 2
    assert _tiny(1).bits_per_step([[0, 1, 0]]) == pytest.approx(expected, abs=1e-12)
    assert _tiny(1).bits_per_step([[0, 1], [1, 0]]) == pytest.approx(expected, abs=1e-12)


def _random_melodies(seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.choice([-2, -2, -1, 60, 62, 64, 65, 67], size=50).tolist() for _ in range(8)]


@pytest.mark.parametrize("order", range(4))
def test_distributions_sum_to_one_and_match_a_slow_count(order: int) -> None:
    melodies = _random_melodies(0)
    chain = markov.fit(melodies, order)
    events = _random_melodies(1)[0]
    shares = chain.probabilities(events)
    assert shares.shape == (49, 38)
    assert shares.sum(axis=1) == pytest.approx(np.ones(49), abs=1e-12)

    def slow(event: int, context: tuple[int, ...]) -> float:
        lower = slow(event, context[1:]) if context else 1 / 38
        n = len(context)
        after = [m[i] for m in melodies for i in range(n, len(m)) if tuple(m[i - n : i]) == context]
        if not after:
            return slow(event, context[1:])
        types = len(set(after))
        return (after.count(event) + types * lower) / (len(after) + types)

    for i in range(1, 50, 7):
        context = tuple(events[max(0, i - order) : i])
        for event in (-2, -1, 60, 61):
            code = int(chain.encoding.index(event))
            assert shares[i - 1, code] == pytest.approx(slow(event, context), abs=1e-12)


def test_higher_orders_fit_the_training_set_better() -> None:
    melodies = _random_melodies(0)
    bits = [markov.fit(melodies, order).bits_per_step(melodies) for order in range(4)]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > bits[3] + 0.5


def test_generation_follows_the_chain() -> None:
    chain = markov.fit([[60, 62] * 50], 1)
    melody = chain.generate([60], 5000, np.random.RandomState(3))
    assert melody == chain.generate([60], 5000, np.random.RandomState(3))
    assert len(melody) == 5000
    after = [b for a, b in itertools.pairwise(melody) if a == 60]
    expected = chain.distribution([60])[chain.encoding.index(62)]
    assert after.count(62) / len(after) == pytest.approx(expected, abs=0.02)
    assert set(chain.generate([60, 62], 20, np.random.RandomState(0), "argmax")) == {60, 62}


def test_mono_range() -> None:
    chain = markov.fit([[0, 127, -1, -2]], 3, min_note=0, max_note=128)
    assert len(chain.distribution([0])) == 130
    assert chain.generate([0, 127], 3, np.random.RandomState(0), "argmax") == [0, 127, -1]


def test_mistakes_are_named() -> None:
    with pytest.raises(OptionError, match="expected 0 to 3, got 4"):
        markov.fit(TINY, 4)
    with pytest.raises(MelodyError, match=r"48\.\.83, found 47"):
        markov.fit([[47]], 1)
    with pytest.raises(MelodyError, match=r"found -3"):
        markov.fit([[-3]], 1)
    with pytest.raises(MelodyError, match="two steps or more"):
        _tiny(1).bits_per_step([[0]])
