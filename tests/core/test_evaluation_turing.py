"""The discriminators and their cross-validation on what is easy, or impossible, to tell apart."""

from collections import Counter

import numpy as np
import pytest

from ssc_melody.errors import SscMelodyError
from ssc_melody.evaluation import ngrams, turing
from ssc_melody.evaluation.melodies import PRIMER_STEPS
from ssc_melody.evaluation.metrics import Line, table
from ssc_melody.melody.events import melody_notes

PIECES = [f"piece {i // 3}" for i in range(60)]


def test_boosted_trees_hear_an_order_that_no_histogram_shows() -> None:
    """Both go up twice and down twice, again and again; only the order of it tells them apart."""
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    melodies = []
    for label in np.repeat([0, 1], 30):
        steps = [2, 2, -2, -2] if label else [2, -2, 2, -2]
        notes = np.cumsum([60 + len(melodies) % 9, *steps * 4])
        melodies.append([60] * PRIMER_STEPS + [e for note in notes for e in (note, -2)])
    x, labels = ngrams.rows(np.array(melodies)), np.repeat([0.0, 1.0], 30)
    train, test = np.arange(60) % 3 > 0, np.arange(60) % 3 == 0
    scores = turing.boosted(x[train], labels[train], x[test], seed=0)
    assert ((scores > 0.5) == labels[test]).all()
    assert (scores == turing.boosted(x[train], labels[train], x[test], seed=0)).all()


def test_runs_by_hand() -> None:
    notes = melody_notes([60, -2, 62, -1, 90, -2, -2, -2, 61])
    found = Counter(ngrams.runs(notes))
    assert found == {
        ("interval", (2,)): 1,
        ("interval", (13,)): 1,
        ("interval", (-13,)): 1,
        ("interval", (2, 13)): 1,
        ("interval", (13, -13)): 1,
        ("interval", (2, 13, -13)): 1,
        ("time", (2,)): 2,
        ("time", (4,)): 1,
        ("time", (2, 2)): 1,
        ("time", (2, 4)): 1,
        ("time", (2, 2, 4)): 1,
    }
    assert not list(ngrams.runs(notes[:1]))
    assert max(len(run) for _, run in ngrams.runs(notes * 3)) == ngrams.LONGEST
    assert ("time", (16,)) in set(ngrams.runs(melody_notes([60, *[-2] * 19, 61])))


def test_rows_of_runs_leave_out_the_primer_and_what_is_rare() -> None:
    common = [60, 62] * (PRIMER_STEPS // 2) + [60, 64, 67, 64]
    rare = [60, 62] * (PRIMER_STEPS // 2) + [60, 61, 67, 64]
    found = ngrams.rows(np.array([common] * 5 + [rare] * 4))
    # of both: 6, -3, time 1 three times, 1 1, 1 1 1; of the first: 4, 3 and runs with them
    ours, theirs = found[0], found[-1]
    assert ours.sum() == (3 + 2 + 1) * 2
    assert theirs.sum() == 1 + 3 + 2 + 1
    assert (found[:5] == ours).all()
    assert (found[5:] == theirs).all()
    assert ngrams.rows(np.array([[-2] * 40] * 6)).tolist() == [[0.0]] * 6


def test_folds_keep_pieces_together_and_are_even() -> None:
    pieces = ["a"] * 10 + ["b"] * 4 + ["c"] * 3 + ["d"] * 3 + ["e"]
    fold = turing.folds(pieces, 3)
    by_piece = {piece: set(fold[[p == piece for p in pieces]]) for piece in "abcde"}
    assert all(len(found) == 1 for found in by_piece.values())
    assert np.bincount(fold).tolist() == [10, 5, 6]
    assert turing.folds(["a", "b", "a"]).max() == 1
    with pytest.raises(SscMelodyError, match="two pieces or more, found one"):
        turing.folds(["a", "a"])


def _memory(x: np.ndarray, labels: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Answers with the label of the nearest training example."""
    gaps = np.abs(asked[:, None, 0] - x[None, :, 0])
    return labels[gaps.argmin(axis=1)]


def test_no_piece_is_on_both_sides() -> None:
    """A piece's own number tells its label, and only by memory: by piece it must not help."""
    rng = np.random.default_rng(2)
    number = np.array([int(piece.split()[1]) for piece in PIECES]) * 100.0
    people = (number + rng.random(60))[:, None]
    model = (number + 50 + rng.random(60))[:, None]
    held = []

    def spy(x: np.ndarray, labels: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
        near = np.abs(asked[:, None, 0] - x[None, :, 0]).min()
        held.append(near > 40)
        return np.zeros(len(asked))

    turing.cross_validate(spy, people, model, PIECES, seed=0)
    assert held == [True] * 5 * (1 + turing.CONTROLS)


def test_what_is_easy_to_tell_is_told_and_the_control_is_not() -> None:
    rng = np.random.default_rng(3)
    people, model = rng.normal(0, 1, (60, 1)), rng.normal(5, 1, (60, 1))
    verdict = turing.cross_validate(_memory, people, model, PIECES, seed=0, controls=4)
    assert verdict.accuracy.value > 0.95
    assert verdict.auc.value > 0.95
    assert verdict.control_accuracy.low < 0.5 < verdict.control_accuracy.high
    assert 0.35 < verdict.control_accuracy.value < 0.65


def test_what_is_the_same_cannot_be_told() -> None:
    accuracies, covered = [], 0
    for seed in range(20):
        people, model = np.random.default_rng(seed).normal(size=(2, 60, 1))
        verdict = turing.cross_validate(_memory, people, model, PIECES, seed)
        accuracies.append(verdict.accuracy.value)
        covered += verdict.auc.low <= 0.5 <= verdict.auc.high
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.03)
    assert covered >= 16  # 95 % intervals, from 20 pieces


def test_control_is_not_pushed_below_half_where_all_is_told() -> None:
    """A discriminator that always follows the majority of its training labels."""

    def majority(x: np.ndarray, labels: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
        side = x[:, 0] > 0
        share = [labels[~side].mean(), labels[side].mean()]
        return np.where(asked[:, 0] > 0, share[1], share[0])

    people, model = np.full((60, 1), -1.0), np.full((60, 1), 1.0)
    found = [
        turing.cross_validate(majority, people, model, PIECES, seed).control_accuracy.value
        for seed in range(20)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.04)


def test_feature_rows_have_no_holes() -> None:
    rows = turing.feature_rows(table([Line([-2] * 16), Line([60, 62, 64, -1] * 4)]))
    assert rows.shape == (2, 14 + 12 + 25 + 16 + 16)
    assert np.isfinite(rows).all()


@pytest.mark.slow
def test_forest_is_repeatable() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    rng = np.random.default_rng(5)
    people, model = rng.normal(0, 1, (60, 4)), rng.normal(1.5, 1, (60, 4))
    first = turing.cross_validate(turing.forest, people, model, PIECES, seed=1)
    assert first.accuracy.low > 0.7
    assert first == turing.cross_validate(turing.forest, people, model, PIECES, seed=1)
