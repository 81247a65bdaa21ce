"""Distances between sets and intervals, against closed forms and against SciPy."""

import math

import numpy as np
import pytest

from ssc_melody.evaluation import distances, intervals
from ssc_melody.evaluation.intervals import Resampler


def test_pairwise_distances_by_hand() -> None:
    people, model = np.array([0.0, 3.0, 4.0, math.nan]), np.array([1.0, 6.0])
    assert sorted(distances.intra_distances(people)) == pytest.approx([1, 3, 4])
    assert sorted(distances.inter_distances(people, model)) == pytest.approx([1, 2, 2, 3, 3, 6])
    histograms = np.array([[0.0, 0.0], [3.0, 4.0]])
    assert distances.intra_distances(histograms) == pytest.approx([5.0])


def test_overlap_and_divergence_of_normal_samples_have_closed_forms() -> None:
    """For N(0, 1) and N(d, 1): OA = 2 Phi(-d/2) and KL = d**2 / 2."""
    points = (np.arange(40_000) + 0.5) / 40_000
    normal = np.array([_quantile(p) for p in points])
    for shift in (0.0, 0.5, 1.0):
        found = distances.compare(normal, normal + shift)
        # The kernels widen both by a little: variance 1 + h**2 with h = n**-0.2.
        wide = math.sqrt(1 + 40_000**-0.4)
        assert found.overlap == pytest.approx(math.erfc(shift / wide / 2 / math.sqrt(2)), abs=2e-3)
        assert found.divergence == pytest.approx((shift / wide) ** 2 / 2, abs=2e-3)


def _quantile(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)


def test_density_is_scipy_s() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    rng = np.random.default_rng(1)
    values = np.round(rng.gamma(2.0, size=500), 1)  # with equal ones among them
    points = np.linspace(-1, 8, 200)
    width = values.std(ddof=1) * len(values) ** -0.2
    expected = stats.gaussian_kde(values)(points)
    assert distances.density(values, width, points) == pytest.approx(expected, abs=1e-12)


def test_many_values_are_rounded_without_harm() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    values = np.random.default_rng(7).gamma(2.0, size=20_000)
    points = np.linspace(-1, 12, 100)
    width = values.std(ddof=1) * len(values) ** -0.2
    expected = stats.gaussian_kde(values)(points)
    found = distances.density(values, width, points)
    assert found == pytest.approx(expected, abs=1e-4 * expected.max())


def test_overlap_is_the_published_integral() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    from scipy import integrate

    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 1, 300), rng.normal(0.7, 1.5, 400)
    pdf_a, pdf_b = stats.gaussian_kde(a), stats.gaussian_kde(b)
    grid = np.linspace(-15, 15, 6001)
    expected = integrate.trapezoid(np.minimum(pdf_a(grid), pdf_b(grid)), grid)
    assert distances.compare(a, b).overlap == pytest.approx(expected, abs=1e-3)
    p, q = pdf_a(grid) + 1e-300, pdf_b(grid) + 1e-300
    expected = integrate.trapezoid(p * np.log(p / q), grid)
    assert distances.compare(a, b).divergence == pytest.approx(expected, abs=2e-3)


def test_constant_sets_can_be_compared() -> None:
    same = distances.distance(np.zeros(10), np.zeros(12))
    assert same.overlap == pytest.approx(1.0)
    assert same.divergence == pytest.approx(0.0, abs=1e-12)
    apart = distances.distance(np.zeros(10), np.full(12, 5.0))
    assert apart.overlap < 1e-6
    assert 10 < apart.divergence < 100
    assert math.isnan(distances.distance(np.array([1.0]), np.array([2.0])).overlap)


def test_a_set_is_nearer_to_itself_than_to_another() -> None:
    rng = np.random.default_rng(3)
    people, like, unlike = rng.normal(0, 1, 150), rng.normal(0, 1, 150), rng.normal(2, 0.3, 150)
    near, far = distances.distance(people, like), distances.distance(people, unlike)
    assert near.overlap > 0.9 > far.overlap
    assert near.divergence < 0.05 < far.divergence


def test_ratio_by_hand_and_its_interval_covers() -> None:
    sample = Resampler(["a", "a", "b"], seed=0)
    estimate = sample.ratio(np.array([1.0, 2.0, 6.0]), np.array([1.0, 1.0, 2.0]))
    assert estimate.value == 9 / 4
    assert (estimate.low, estimate.high) == (1.5, 3.0)  # piece a alone, piece b alone
    assert sample.mean(np.array([1.0, math.nan, 3.0])).value == 2.0
    assert math.isnan(sample.mean(np.full(3, math.nan)).value)


def test_interval_of_a_mean_is_the_normal_one_for_many_pieces() -> None:
    values = np.random.default_rng(4).normal(10, 2, 400)
    found = Resampler([str(i) for i in range(400)], seed=1).mean(values)
    half = 1.96 * values.std() / 20
    assert found.low == pytest.approx(values.mean() - half, abs=0.04)
    assert found.high == pytest.approx(values.mean() + half, abs=0.04)


def test_melodies_of_one_piece_widen_the_interval() -> None:
    values = np.repeat(np.random.default_rng(5).normal(0, 1, 40), 10)
    alone = Resampler([str(i) for i in range(400)], seed=1).mean(values)
    together = Resampler([str(i // 10) for i in range(400)], seed=1).mean(values)
    assert together.high - together.low > 2.5 * (alone.high - alone.low)


def test_auc_by_hand() -> None:
    scores = np.array([0.9, 0.4, 0.4, 0.1])
    labels = np.array([True, True, False, False])
    found = Resampler(["a", "b", "a", "b"], seed=0).auc(scores, labels)
    assert found.value == (1 + 1 + 0.5 + 1) / 4
    assert found.low <= found.value <= found.high
    assert Resampler(["a", "b", "a", "b"], seed=0).auc(scores, ~labels).value == 0.5 / 4


def test_auc_draws_are_those_of_repeated_observations() -> None:
    """A drawn AUC equals that of the observations written out as often as they were drawn."""
    rng = np.random.default_rng(6)
    scores, labels = rng.random(30).round(1), np.arange(30) % 2 == 0
    pieces = [str(i // 3) for i in range(30)]
    sample = Resampler(pieces, seed=3)
    drawn = []
    for weights in sample.weights[:200]:
        times = weights[sample.member].astype(int)
        pos = np.repeat(scores[labels], times[labels])
        neg = np.repeat(scores[~labels], times[~labels])
        wins = (pos[:, None] > neg).mean() + 0.5 * (pos[:, None] == neg).mean()
        drawn.append(wins)
    low, high = np.percentile(drawn, [2.5, 97.5])
    sample.weights = sample.weights[:200]
    found = sample.auc(scores, labels)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_mean_of_few_values_has_student_s_interval() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    for count in (2, 4, 9, 27, 60):
        values = np.random.default_rng(count).normal(5, 2, count)
        found = intervals.mean_of_independent(values.tolist())
        error = values.std(ddof=1) / math.sqrt(count)
        low, high = stats.t.interval(0.95, count - 1, values.mean(), error)
        assert found.value == pytest.approx(values.mean())
        assert found.low == pytest.approx(low, abs=0.05 * error)
        assert found.high == pytest.approx(high, abs=0.05 * error)


def test_wilson_interval_of_the_textbook() -> None:
    found = intervals.binomial(8, 10)  # Newcombe 1998, method 3: 0.4902 to 0.9433
    assert found.value == 0.8
    assert found.low == pytest.approx(0.4902, abs=1e-4)
    assert found.high == pytest.approx(0.9433, abs=1e-4)
    assert intervals.binomial(0, 0)[1:] == (0.0, 1.0)
    assert intervals.binomial(0, 20).low == pytest.approx(0.0, abs=1e-12)
