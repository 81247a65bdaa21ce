"""Constraints: how likely each melody is, against all of them, counted out."""

import dataclasses
import itertools

import numpy as np
import pytest

from ssc_melody.melody.events import melody_notes
from ssc_melody.play import engine, particles
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.loading import model_of_parts
from ssc_melody.play.model import Model
from ssc_melody.play.plan import make_plan
from ssc_melody.play.sampling import Sampling
from ssc_melody.play.shaping import event_shares
from ssc_melody.specs import SPECS, with_hparams
from tests.constrained import random_model
from tests.networks import random_checkpoint

TINY = dataclasses.replace(
    with_hparams(SPECS["lookback_rnn"], "rnn_layer_sizes=[6]"),
    min_note=60,
    max_note=72,
    steps_per_quarter=1,
)
"""A bar is four steps, a beat one, a half note two; there are twelve pitches."""


@pytest.fixture(scope="module")
def tiny() -> Model:
    """Random, but for its density of notes, which is about people's."""
    weights = random_checkpoint(TINY, seed=1, scale=1.0)
    weights["fully_connected/biases"][0] += 4  # no event
    return model_of_parts(TINY, weights, None, "random")


def _step_shares(model: Model, sequences: np.ndarray) -> np.ndarray:
    """Returns [sequences, steps, events] the model's distribution of each step but the first."""
    batch = engine.Batch(model.network, model.encoding, len(sequences), sequences.shape[1])
    found = []
    for step in range(sequences.shape[1] - 1):
        batch.push(sequences[:, step])
        logits = batch.logits.astype(np.float64)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        found.append(event_shares(model.encoding, batch.encoder, shares))
    return np.stack(found, axis=1)


def _marginals(sequences: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Returns [steps, 14] how often each event stands at each step."""
    codes = np.where(sequences < 0, sequences + 2, sequences - 58)
    return np.stack(
        [np.bincount(column, weights, 14) / weights.sum() for column in codes.T], axis=0
    )


def _all(primer: list[int], events: list[int], steps: int) -> np.ndarray:
    return np.array([[*primer, *rest] for rest in itertools.product(events, repeat=steps)])


def _played(model: Model, primer: list[int], steps: int, wanted: Constraints) -> np.ndarray:
    plan = make_plan(TINY, primer, steps, wanted)
    seeds = list(range(2500))
    return particles.generate(model.network, model.encoding, plan, seeds, Sampling())[0]


def _step_masked(model: Model, sequences: np.ndarray, pitches: list[int]) -> np.ndarray:
    """Returns [sequences] their probability where each step's distribution has few pitches."""
    shares = _step_shares(model, sequences)
    allowed = np.zeros(14)
    allowed[[0, 1, *(pitch - 58 for pitch in pitches)]] = 1
    shares = shares * allowed / (shares * allowed).sum(axis=2, keepdims=True)
    codes = np.where(sequences < 0, sequences + 2, sequences - 58)
    rows, steps = np.indices(codes[:, 1:].shape)
    return shares[rows, steps, codes[:, 1:]].prod(axis=1)


def test_a_mask_is_exact(tiny: Model) -> None:
    sequences = _all([60], [-2, -1, 60, 64, 67], 4)
    expected = _marginals(sequences, _step_masked(tiny, sequences, [60, 64, 67]))
    wanted = Constraints(key="C", scale="pentatonic", lowest_note=60, highest_note=67)
    sequences = _all([60], [-2, -1, 60, 62, 64, 67], 4)
    expected = _marginals(sequences, _step_masked(tiny, sequences, [60, 62, 64, 67]))
    found = _played(tiny, [60], 5, wanted)
    np.testing.assert_allclose(_marginals(found, np.ones(len(found))), expected, atol=0.03)


def test_a_cadence_has_the_models_distribution_given_that_it_comes(tiny: Model) -> None:
    pitches = [60, 62, 64, 67]
    sequences = _all([60], [-2, -1, *pitches], 5)
    plain = _step_masked(tiny, sequences, pitches)
    ends = np.array([_ends_well(row) for row in sequences.tolist()])
    expected = _marginals(sequences[ends], plain[ends])
    wanted = Constraints(scale="pentatonic", lowest_note=60, highest_note=67, end="cadence")
    found = _played(tiny, [60], 6, wanted)
    assert all(map(_ends_well, found.tolist()))
    np.testing.assert_allclose(_marginals(found, np.ones(len(found))), expected, atol=0.03)
    assert np.abs(expected - _marginals(sequences, plain)).max() > 0.1  # it is another one


def _ends_well(events: list[int]) -> bool:
    notes = melody_notes(events)
    return notes[-1].end_step - notes[-1].start_step >= 2 and notes[-1].pitch in (60, 64, 67)


def test_new_bars_have_the_models_distribution_given_what_follows(tiny: Model) -> None:
    pitches = [60, 62, 64, 67]
    tune = [60, -2, 64, -2, 60, 62, 64, 62, 67, -2, 60, -1]
    middle = _all([], [-2, -1, *pitches], 4)
    sequences = np.hstack(
        [np.tile(tune[:4], (len(middle), 1)), middle, np.tile(tune[8:], (len(middle), 1))]
    )
    codes = np.where(sequences < 0, sequences + 2, sequences - 58)
    shares = _step_shares(tiny, sequences)
    inside = shares[:, 3:7].copy()
    allowed = np.zeros(14)
    allowed[[0, 1, 2, 4, 6, 9]] = 1
    shares[:, 3:7] = inside * allowed / (inside * allowed).sum(axis=2, keepdims=True)
    rows, steps = np.indices(codes[:, 4:].shape)
    likelihood = shares[rows, steps + 3, codes[:, 4:]].prod(axis=1)
    blind = shares[rows[:, :4], steps[:, :4] + 3, codes[:, 4:8]].prod(axis=1)
    wanted = Constraints(scale="pentatonic", lowest_note=60, highest_note=67, rewrite_bars=(2, 2))
    found = _played(tiny, tune, 1, wanted)
    expected = _marginals(sequences, likelihood)
    np.testing.assert_allclose(_marginals(found, np.ones(len(found))), expected, atol=0.02)
    assert np.abs(expected - _marginals(sequences, blind)).max() > 0.05


def test_rhythms_have_the_models_distribution_given_that_the_pitches_fit(tiny: Model) -> None:
    order, steps = [64, 62, 67], 6
    rhythms = [
        kinds for kinds in itertools.product((-2, -1, 0), repeat=steps) if kinds.count(0) == 3
    ]
    rows = []
    for kinds in rhythms:
        following = iter(order)
        rows.append([60, *(next(following) if kind == 0 else kind for kind in kinds)])
    sequences = np.array(rows)
    shares = _step_shares(tiny, sequences)
    whether = np.stack([shares[:, :, 0], shares[:, :, 1], shares[:, :, 2:].sum(axis=2)], axis=2)
    kinds = np.array(rhythms) + 2
    index = np.indices(kinds.shape)
    likelihood = whether[index[0], index[1], kinds].prod(axis=1)
    found = _played(tiny, [60], steps + 1, Constraints(pitches_of=order))
    expected = _marginals(sequences, likelihood)
    np.testing.assert_allclose(_marginals(found, np.ones(len(found))), expected, atol=0.03)


def test_the_log_likelihood_is_the_models_own() -> None:
    model = random_model("basic_rnn")
    for wanted in ({"key": "C"}, {"end": "cadence"}, {"form": "AA"}, {"pitches_of": [60, 62]}):
        (melody,) = model.generate(1, 64, [60], seed=2, constraints=Constraints(**wanted))
        expected = engine.log_likelihood(model.network, model.encoding, melody.events)
        assert melody.log_likelihood == pytest.approx(expected, abs=1e-3)


def test_a_melody_does_not_depend_on_how_many_there_are() -> None:
    model = random_model("basic_rnn")
    wanted = Constraints(end="cadence", form="AA")
    few, many = (model.generate(n, 64, [60], seed=4, constraints=wanted) for n in (2, 20))
    assert [m.events for m in few] == [m.events for m in many][:2]


def test_nothing_asked_is_nothing_changed() -> None:
    model = random_model("attention_rnn")
    plain = model.generate(3, 64, [60], seed=9)
    assert model.generate(3, 64, [60], seed=9, constraints=Constraints()) == plain
    assert model.generate(3, 64, [60], seed=9, constraints=None) == plain
