"""The discriminators and their cross-validation on what is easy, or impossible, to tell apart."""

import numpy as np
import pytest

from ssc_melody.errors import SscMelodyError
from ssc_melody.evaluation import gru, turing
from ssc_melody.evaluation.melodies import PRIMER_STEPS
from ssc_melody.evaluation.metrics import Line, table

PIECES = [f"piece {i // 3}" for i in range(60)]


def test_gradient_is_that_of_finite_differences() -> None:
    rng = np.random.default_rng(0)
    weights = {n: w.astype(np.float64) for n, w in gru.initial(5, 4, rng).items()}
    for name in ("b", "c", "d"):
        weights[name] = rng.normal(size=weights[name].shape)
    x, labels = rng.normal(size=(6, 3, 5)), np.array([1.0, 0.0, 1.0])
    loss, gradient = gru.loss_and_gradient(weights, x, labels)
    logits = gru.scores(weights, x)
    shares = 1 / (1 + np.exp(-logits))
    expected = -np.mean(labels * np.log(shares) + (1 - labels) * np.log(1 - shares))
    assert loss == pytest.approx(expected, rel=1e-9)
    for name, value in weights.items():
        for at in np.ndindex(value.shape):
            kept, losses = value[at], []
            for change in (1e-5, -1e-5):
                value[at] = kept + change
                losses.append(gru.loss_and_gradient(weights, x, labels)[0])
            value[at] = kept
            slope = (losses[0] - losses[1]) / 2e-5
            assert gradient[name][at] == pytest.approx(slope, abs=1e-8), (name, at)


def test_one_unit_by_hand() -> None:
    shapes = {"w": (1, 3), "u": (1, 3), "b": (3,), "c": (1,), "v": (1,), "d": (1,)}
    one = {name: np.full(shape, 0.5) for name, shape in shapes.items()}
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    h1 = (1 - sigmoid(1.0)) * np.tanh(1.0 + sigmoid(1.0) * 0.5)
    r2 = sigmoid(0.5 * 2 + 0.5 + 0.5 * h1)
    n2 = np.tanh(0.5 * 2 + 0.5 + r2 * (0.5 * h1 + 0.5))
    h2 = (1 - r2) * n2 + r2 * h1
    found = gru.scores(one, np.array([[[1.0]], [[2.0]]]))
    assert found == pytest.approx([0.5 * (h1 + h2) / 2 + 0.5])


def test_recurrent_network_learns_an_order_that_no_histogram_shows() -> None:
    """Label 1: all a's come before all b's; the counts are the same."""
    rng = np.random.default_rng(1)
    labels = np.repeat([0.0, 1.0], 60)
    sequences = []
    for label in labels:
        rows = rng.permutation([0] * 8 + [1] * 8)
        sequences.append(np.sort(rows) if label else rows)
    x = np.eye(2)[np.array(sequences)]
    order = rng.permutation(120)
    train, test = order[:80], order[80:]
    scores = turing.recurrent(x[train], labels[train], x[test], seed=0)
    assert ((scores > 0.5) == labels[test]).mean() > 0.9
    assert (scores == turing.recurrent(x[train], labels[train], x[test], seed=0)).all()


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
    verdict = turing.cross_validate(_memory, people, model, PIECES, seed=0)
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


def test_event_rows_by_hand() -> None:
    melody = [60] * PRIMER_STEPS + [62, -2, -2, -1, 64, -2, -2, -2, 62]
    rows = turing.event_rows(np.array([melody]))
    assert rows.shape == (1, 2, 16)  # -2, -1, 62, 64; the ninth step is not a whole beat
    assert rows[0, 0].reshape(4, 4).argmax(axis=1).tolist() == [2, 0, 0, 1]
    assert rows[0, 1].reshape(4, 4).argmax(axis=1).tolist() == [3, 0, 0, 0]
    assert rows.sum() == 8


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
