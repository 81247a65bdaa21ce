"""The Music Turing test: can a discriminator tell a model's melodies from people's?

Two of scikit-learn's are asked: a random forest (L. Breiman, Machine Learning 45, 2001) on all
numbers and histograms of `metrics`, and boosted trees (J. Friedman, Annals of Statistics 29, 2001)
on runs of intervals and of rhythm (`ngrams`), which hear the order of notes.
Each is cross-validated by piece: what a person wrote and what a model made of a bar of the same
piece are held back together. 50 % right is the goal: nobody can tell.

The control swaps the labels of half of the pairs in each fold, so that there is nothing to tell,
and must come out at 50 %. (Swaps that are not half in each fold would push it below: the folds
that are trained on lean to one side, the one that is held back then leans to the other.)
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.cores import process_pool, usable_cores
from ssc_melody.errors import SscMelodyError
from ssc_melody.evaluation import metrics
from ssc_melody.evaluation.intervals import Estimate, Resampler, mean_of_independent

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Discriminator = Callable[[Array, Array, Array, int], Array]
"""(inputs, their labels, inputs held back, seed) -> scores of the latter, above 0.5 for 1."""

FOLDS = 5
TREES = 100
CONTROLS = 2
"""Controls of each discriminator and maker that samples; their mean counts, its interval is of
their spread. What takes the likeliest is told at once and has none: half of the time went there."""


class Task(NamedTuple):
    """A discriminator and what it is asked; see `cross_validate`."""

    discriminator: str
    people: Array
    model: Array
    pieces: list[str]
    seed: int
    controls: int = CONTROLS


class Verdict(NamedTuple):
    """How well a discriminator did, and how well without anything to tell."""

    accuracy: Estimate
    auc: Estimate
    control_accuracy: Estimate
    control_auc: Estimate


def forest(x: Array, labels: Array, asked: Array, seed: int) -> Array:
    """Trains a random forest on features and returns its scores.

    Raises:
        SscMelodyError: The package scikit-learn is not installed.
    """
    check_installed()
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 (an extra)

    trained = RandomForestClassifier(TREES, random_state=seed)
    trained.fit(x, labels)
    return np.asarray(trained.predict_proba(asked)[:, 1], dtype=np.float64)


def check_installed() -> None:
    """Checks that scikit-learn is there.

    Raises:
        SscMelodyError: It is not.
    """
    try:
        import sklearn  # noqa: F401, PLC0415 (an extra)
    except ImportError as error:
        raise SscMelodyError(
            f"the Music Turing test needs scikit-learn: {error}; "
            'pip install "ssc_melody[evaluate]", or leave it out with `turing=False`'
        ) from error


def boosted(x: Array, labels: Array, asked: Array, seed: int) -> Array:
    """Trains boosted trees on counts of runs and returns their scores.

    One thread: on so few melodies the others cost more in waiting for each other than they do.

    Raises:
        SscMelodyError: The package scikit-learn is not installed.
    """
    check_installed()
    import threadpoolctl  # noqa: PLC0415
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 (an extra)

    trained = HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=8, min_samples_leaf=5, random_state=seed
    )
    with threadpoolctl.threadpool_limits(1):
        trained.fit(x, labels)
        return np.asarray(trained.predict_proba(asked)[:, 1], dtype=np.float64)


DISCRIMINATORS: dict[str, Discriminator] = {"forest": forest, "boosted": boosted}
"""By name: on features, on runs of notes."""


def feature_rows(table: dict[str, Array]) -> Array:
    """Returns [melodies, features] all numbers and histograms; what does not exist is -1.

    Args:
        table: As `metrics.table` makes it.
    """
    names = [metric.name for metric in metrics.METRICS] + [h.name for h in metrics.HISTOGRAMS]
    columns = [table[name].reshape(len(table[name]), -1) for name in names]
    rows = np.hstack(columns)
    return np.where(np.isfinite(rows), rows, -1.0)


def folds(pieces: Sequence[str], count: int = FOLDS) -> IntArray:
    """Returns the fold of each melody, pieces kept together, folds about equally large.

    Raises:
        SscMelodyError: There are fewer than two pieces.
    """
    names, member, sizes = np.unique(np.array(pieces), return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise SscMelodyError(
            "the Music Turing test needs melodies of two pieces or more, found one; give more "
            "`people`, or leave it out with `turing=False`"
        )
    filled = np.zeros(min(count, len(names)), dtype=np.int64)
    fold_of = np.zeros(len(names), dtype=np.int64)
    for piece in np.argsort(-sizes, kind="stable"):
        fold_of[piece] = filled.argmin()
        filled[fold_of[piece]] += sizes[piece]
    return fold_of[member]


def _half_of_each(fold: IntArray, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Chooses half of the pairs in each fold (of an odd number, one less or more)."""
    chosen = np.zeros(len(fold), dtype=bool)
    for held in range(fold.max() + 1):
        pairs = random.permutation(np.flatnonzero(fold == held))
        chosen[pairs[: (len(pairs) + random.integers(2)) // 2]] = True
    return chosen


def _right(
    discriminator: Discriminator, x: Array, labels: Array, fold: IntArray, seed: int
) -> tuple[Array, Array]:
    """Returns the scores of all rows, each fold's by one that was trained on the others.

    And whether each is right: 1, 0, or one half where it does not know.
    """
    scores = np.zeros(len(x))
    for held in range(fold.max() + 1):
        asked = fold == held
        scores[asked] = discriminator(x[~asked], labels[~asked], x[asked], seed + held)
    return scores, np.where(scores == 0.5, 0.5, (scores > 0.5) == (labels > 0.5))


def detection_rate(
    discriminator: Discriminator, people: Array, model: Array, pieces: Sequence[str], seed: int
) -> float:
    """Returns how often a discriminator is right, without a control; see `cross_validate`."""
    labels = np.repeat([0.0, 1.0], len(people))
    fold = np.tile(folds(pieces), 2)
    return float(
        _right(discriminator, np.concatenate([people, model]), labels, fold, seed)[1].mean()
    )


def cross_validate(
    discriminator: Discriminator,
    people: Array,
    model: Array,
    pieces: Sequence[str],
    seed: int,
    controls: int = CONTROLS,
) -> Verdict:
    """Asks a discriminator about each pair when it was trained on other pieces.

    Args:
        discriminator: What is asked.
        people: [melodies, ...] inputs of people's melodies.
        model: The same of what the model made of the same bars.
        pieces: The piece of each.
        seed: Of the training, the control and the intervals.
        controls: How many; without one their values are NaN.
    """
    x = np.concatenate([people, model])
    fold = np.tile(folds(pieces), 2)
    random = np.random.default_rng(seed)
    sample = Resampler([*pieces, *pieces], seed)

    def ask(labels: Array, start: int) -> list[Estimate]:
        scores, right = _right(discriminator, x, labels, fold, start)
        return [sample.mean(right), sample.auc(scores, labels > 0.5)]

    found = ask(np.repeat([0.0, 1.0], len(people)), seed)
    without: list[list[Estimate]] = []
    for i in range(controls):
        swapped = _half_of_each(fold[: len(people)], random)
        without.append(ask(np.concatenate([swapped, ~swapped]) * 1.0, seed + 1 + i))
    for kind in (0, 1):
        found.append(mean_of_independent([estimates[kind].value for estimates in without]))
    return Verdict(*found)


def _do(task: Task) -> Verdict:
    return cross_validate(DISCRIMINATORS[task.discriminator], *task[1:])


def _start_worker() -> None:
    """Lets each process keep to one core, and leaves Ctrl-C to the parent."""
    import threadpoolctl  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpoolctl.threadpool_limits(1)


def judge(tasks: Sequence[Task]) -> Iterator[Verdict]:
    """Yields the verdict of each task in order; several processes work where there are cores."""
    workers = min(usable_cores(), len(tasks))
    context = multiprocessing.get_context("spawn")
    pool = process_pool(workers, context, _start_worker) if workers > 1 else None
    if pool is None:
        yield from map(_do, tasks)
        return
    try:
        yield from pool.map(_do, tasks)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
