"""The critic of `--choose_from`: people's windows of the training corpus against the models' own.

Each window is eight bars of a training melody; a model has its first bar and goes on from there.
All bundles take turns, so that one critic serves them all, and others' models; and so do ways of
decoding, so that neither the leaps of temperature 1 nor the repetitions of less are taken for
people's.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ssc_melody.dataset import events_file
from ssc_melody.evaluation.melodies import BAR, PRIMER_STEPS
from ssc_melody.evaluation.players import NetworkPlayer
from ssc_melody.melody.events import clean
from ssc_melody.play import critic, engine
from ssc_melody.play.critic import BUCKETS, Critic
from ssc_melody.play.loading import load_bundle
from ssc_melody.play.sampling import Sampling
from ssc_melody.play.shaping import STYLES

WINDOWS = 8000
STEPS = 8 * BAR
SEED = 1791
ROWS = 128
DECODINGS = (Sampling(), Sampling(**STYLES["safe"]))
ROUNDS, RATE, DECAY = 200, 0.3, 6e-5
"""Of Adam, on all windows at once; the decay is of the sum of squares."""

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def windows(corpus: Path, count: int) -> list[list[int]]:
    """Returns windows of the training set that begin at bar lines, at most one a melody."""
    random = np.random.default_rng(SEED)
    melodies = list(events_file.read_events(corpus / "training_melodies.events"))
    long = [events for events in melodies if len(events) >= STEPS]
    found = []
    for i in random.permutation(len(long)):
        start = BAR * int(random.integers((len(long[i]) - STEPS) // BAR + 1))
        window = clean(long[i][start : start + STEPS])
        if max(window[:PRIMER_STEPS]) >= 0 and max(window[PRIMER_STEPS:]) >= 0:
            found.append(window)
    return found[:count]


def pairs(players: Sequence[NetworkPlayer], people: Sequence[list[int]]) -> tuple[list, list]:
    """Returns windows as models hear them, and what these made of their first bars, in turns."""
    by_people, by_models = [], []
    turns = list(itertools.product(players, DECODINGS))
    for turn, (player, sampling) in enumerate(turns):
        mine = [player.view.squash(window) for window in people[turn :: len(turns)]]
        primers = np.array([window[:PRIMER_STEPS] for window in mine])
        by_people += mine
        by_models += continued(player, primers, sampling, SEED + turn)
    return by_people, by_models


def continued(
    player: NetworkPlayer, primers: IntArray, sampling: Sampling, seed: int
) -> list[list[int]]:
    """Returns what a model makes of bars."""
    random = np.random.RandomState(seed)
    made: list[list[int]] = []
    for start in range(0, len(primers), ROWS):
        part = primers[start : start + ROWS]
        draws = random.random_sample((STEPS, len(part)))
        model = player.model
        events, _ = engine.generate(
            model.network, model.encoding, part, STEPS, sampling, draws.__getitem__
        )
        made += events.tolist()
    return made


def fit(by_people: Sequence[list[int]], by_models: Sequence[list[int]]) -> Critic:
    """Trains a critic: logistic regression on counts of figures (D. Kingma, J. Ba's Adam)."""
    columns, values, rows = [], [], []
    for row, events in enumerate([*by_people, *by_models]):
        found, shares = critic.figures(events, PRIMER_STEPS)
        columns.append(found)
        values.append(shares)
        rows.append(np.full(len(found), row))
    column, value, row = map(np.concatenate, (columns, values, rows))
    labels = np.repeat([1.0, 0.0], [len(by_people), len(by_models)])
    weights, mean, square = np.zeros(BUCKETS + 1), np.zeros(BUCKETS + 1), np.zeros(BUCKETS + 1)
    for step in range(1, ROUNDS + 1):
        scores = np.bincount(row, weights[column] * value, len(labels)) + weights[-1]
        error = (1 / (1 + np.exp(-scores)) - labels) / len(labels)
        slope = np.append(np.bincount(column, error[row] * value, BUCKETS), error.sum())
        slope += 2 * DECAY * weights
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        size = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-12)
        weights = weights - RATE * (1 - step / (ROUNDS + 1)) * size
    return Critic(weights[:-1].astype(np.float32), float(weights[-1]))


def build(corpus: Path, bundles: Sequence[Path], path: Path) -> None:
    """Trains the critic and writes it."""
    players = [NetworkPlayer(bundle.stem, load_bundle(bundle)) for bundle in bundles]
    fit(*pairs(players, windows(corpus, WINDOWS))).write(path)
