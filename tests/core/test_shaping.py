"""A step's distribution split into whether and which: by hand, and against sums over classes."""

import numpy as np
import pytest

from ssc_melody.encodings import (
    Encoder,
    Encoding,
    KeyEncoding,
    LookbackEncoding,
    OneHotEncoding,
    Pitches,
)
from ssc_melody.errors import OptionError
from ssc_melody.network.build import build_network
from ssc_melody.play import sampling as engine
from ssc_melody.play.choice import Sampling
from ssc_melody.play.shaping import STYLES, Kinds, cool, cut, join, plain_shares, shape, split
from ssc_melody.specs import SPECS, with_hparams
from tests.networks import random_checkpoint

ONEHOT = OneHotEncoding(60, 63)
"""Classes: no event, note-off, 60, 61, 62."""
SHARES = np.array([[0.5, 0.1, 0.2, 0.05, 0.15]])


def _shape(
    logits: np.ndarray,
    encoder: Encoder,
    encoding: Encoding,
    sampling: Sampling,
    allowed: np.ndarray | None = None,
) -> np.ndarray:
    plain = plain_shares(logits, encoder, encoding, sampling)
    return shape(plain, Kinds(encoding), sampling, allowed)


def _shaped(shares: np.ndarray, **settings: float) -> list[float]:
    logits = np.log(shares).astype(np.float32)
    row = _shape(logits, ONEHOT.encoder(1, 4), ONEHOT, Sampling(**settings))[0]
    return [round(float(share), 4) for share in row]


def test_at_temperature_one_nothing_changes() -> None:
    assert _shaped(SHARES, rhythm_temperature=1, pitch_temperature=1) == SHARES[0].tolist()


def test_the_rhythm_is_cooled_alone() -> None:
    # whether: 0.5, 0.1, 0.4, squared: 0.25, 0.01, 0.16 of 0.42; which stays 1/2, 1/8, 3/8
    whole = 0.42
    assert _shaped(SHARES, rhythm_temperature=0.5) == [
        round(share, 4)
        for share in (0.25 / whole, 0.01 / whole, 0.08 / whole, 0.02 / whole, 0.06 / whole)
    ]


def test_the_pitch_is_cooled_alone() -> None:
    # which: 4/8, 1/8, 3/8, squared: 16, 1, 9 of 26; the 0.4 of note-ons stay
    assert _shaped(SHARES, pitch_temperature=0.5) == [0.5, 0.1, 0.2462, 0.0154, 0.1385]


def test_a_part_without_a_temperature_of_its_own_has_the_common_one() -> None:
    both = _shaped(SHARES, rhythm_temperature=0.5, pitch_temperature=0.7)
    assert _shaped(SHARES, temperature=0.7, rhythm_temperature=0.5) == both
    assert _shaped(SHARES, temperature=0.5, pitch_temperature=0.7) == both


def test_zero_takes_the_likeliest_of_its_part() -> None:
    assert _shaped(SHARES, pitch_temperature=0) == [0.5, 0.1, 0.4, 0.0, 0.0]
    assert _shaped(SHARES, rhythm_temperature=0) == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert _shaped(SHARES, temperature=0, rhythm_temperature=1) == [0.5, 0.1, 0.4, 0.0, 0.0]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"top_k": 1}, [0.5, 0.1, 0.4, 0.0, 0.0]),
        ({"top_k": 2}, [0.5, 0.1, 0.2286, 0.0, 0.1714]),
        ({"top_k": 9}, [0.5, 0.1, 0.2, 0.05, 0.15]),
        ({"top_p": 0.4}, [0.5, 0.1, 0.4, 0.0, 0.0]),
        ({"top_p": 0.6}, [0.5, 0.1, 0.2286, 0.0, 0.1714]),
        ({"top_p": 0.9}, [0.5, 0.1, 0.2, 0.05, 0.15]),
        ({"top_p": 0.9, "top_k": 2}, [0.5, 0.1, 0.2286, 0.0, 0.1714]),
    ],
)
def test_cuts_are_of_the_pitches(settings: dict, expected: list[float]) -> None:
    assert _shaped(SHARES, **settings) == expected


def test_equal_pitches_are_kept_in_their_order() -> None:
    assert cut(np.array([[0.25, 0.25, 0.25, 0.25]]), 2, None).tolist() == [[0.5, 0.5, 0.0, 0.0]]


def test_what_is_not_allowed_is_taken_out_first() -> None:
    allowed = np.array([[True, True, False, True, False]])
    logits = np.log(SHARES).astype(np.float32)
    encoder = ONEHOT.encoder(1, 4)
    plain = _shape(logits, encoder, ONEHOT, Sampling(), allowed)
    np.testing.assert_allclose(plain, [[0.5 / 0.65, 0.1 / 0.65, 0, 0.05 / 0.65, 0]], rtol=1e-6)
    best = _shape(logits, encoder, ONEHOT, Sampling(top_k=1), allowed)
    np.testing.assert_allclose(best, plain, rtol=1e-6)
    likeliest = _shape(logits, encoder, ONEHOT, Sampling(pitch_temperature=0), allowed)
    np.testing.assert_allclose(likeliest, plain, rtol=1e-6)


def test_an_impossible_event_comes_if_nothing_else_may() -> None:
    logits = np.array([[0.0, 0.0, 0.0, 0.0, -1000.0]], dtype=np.float32)
    only = np.array([[False, False, False, False, True]])
    for settings in ({}, {"rhythm_temperature": 0.7, "top_k": 1}, {"pitch_temperature": 0}):
        row = _shape(logits, ONEHOT.encoder(1, 4), ONEHOT, Sampling(**settings), only)
        assert row.tolist() == [[0.0, 0.0, 0.0, 0.0, 1.0]]


@pytest.mark.parametrize(
    "encoding", [LookbackEncoding(Pitches(60, 63), (2, 3)), KeyEncoding(60, 63, (2, 3))]
)
def test_a_repetition_counts_as_what_it_repeats(encoding: LookbackEncoding | KeyEncoding) -> None:
    """Classes by name, so that the order of classes is the encoding's own business."""
    encoder = encoding.encoder(1, 8)
    for event in (61, -2, -1):
        encoder.append(np.array([event]))
    index = {event: int(encoding.index(event)) for event in (-2, -1, 60, 61, 62)}
    shares = np.zeros((1, 7))
    for event, share in zip(index, (0.3, 0.1, 0.1, 0.05, 0.05), strict=True):
        shares[0, index[event]] = share
    shares[0, 5:] = 0.25, 0.15  # two steps ago: -2; three steps ago: 61
    logits = np.log(shares).astype(np.float32)
    row = _shape(logits, encoder, encoding, Sampling(rhythm_temperature=1.0))[0]
    found = {event: round(float(row[i]), 4) for event, i in index.items()}
    assert found == {-2: 0.55, -1: 0.1, 60: 0.1, 61: 0.2, 62: 0.05}


def test_splitting_is_exact_for_random_shares() -> None:
    random = np.random.default_rng(0)
    for encoding in (OneHotEncoding(), KeyEncoding()):
        shares = random.dirichlet(np.full(38, 0.3), size=50)
        kinds = Kinds(encoding)
        np.testing.assert_allclose(join(*split(shares, kinds), kinds), shares, atol=1e-15)


def test_very_cold_is_the_likeliest_and_never_nan() -> None:
    shares = np.array([[0.1, 0.7, 0.2], [0.0, 0.0, 0.0]])
    for temperature in (0.0, 1e-300, 1e-3):
        assert cool(shares, temperature).tolist() == [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]


def test_plain_sampling_is_not_shaped() -> None:
    assert not Sampling(temperature=0.7).shaped
    assert Sampling(temperature=0, rhythm_temperature=0).argmax
    assert not Sampling(temperature=0, rhythm_temperature=0.9).argmax


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rhythm_temperature": -1}, "rhythm_temperature: expected 0 or more, got -1"),
        ({"pitch_temperature": "hot"}, "pitch_temperature: expected a number, got 'hot'"),
        ({"top_p": 0}, "top_p: expected a number above 0, at most 1, got 0"),
        ({"top_p": 1.5}, "top_p: expected a number above 0, at most 1, got 1.5"),
        ({"top_p": float("nan")}, "top_p: expected a number above 0"),
        ({"top_k": 0}, "top_k: expected 1 or more, got 0"),
        ({"top_k": 2.5}, "top_k: expected a whole number, got 2.5"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Sampling(**settings)


def test_styles_are_settings() -> None:
    assert list(STYLES) == ["calm", "lively", "safe", "wild"]
    assert all(Sampling(**settings).shaped for settings in STYLES.values())


@pytest.mark.parametrize("name", ["basic_rnn", "lookback_rnn", "attention_rnn"])
def test_the_engine_draws_from_the_shaped_distribution(name: str) -> None:
    """The frequencies of one step's events against what `shape` says."""
    spec = with_hparams(SPECS[name], "rnn_layer_sizes=[8],attn_length=3")
    encoding = spec.make_encoding()
    weights = random_checkpoint(spec, seed=3)
    network = build_network(weights, input_size=encoding.input_size, attn_length=3)
    sampling = Sampling(rhythm_temperature=1.3, pitch_temperature=0.6, top_k=4)
    primer = [60, -2, 64, -1] * 10
    batch = engine.Batch(network, encoding, 1, 50)
    for event in primer:
        batch.push(np.array([event]))
    expected = _shape(batch.logits, batch.encoder, encoding, sampling)[0]
    draws = (np.arange(4000) + 0.5) / 4000  # every quantile once: frequencies without noise
    events, scores = engine.generate(
        network, encoding, np.tile(primer, (4000, 1)), 41, sampling, lambda step: draws
    )
    found = np.bincount(encoding.index(events[:, -1]), minlength=38) / 4000
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert (expected > 0).sum() == 6  # no event, note-off, four pitches
    given = engine.log_likelihood(network, encoding, primer)
    chosen = expected[encoding.index(events[:, -1])]
    np.testing.assert_allclose(scores, given + np.log(chosen), atol=1e-3)
