"""Melodies under a plan: sequential Monte Carlo on the model's own distribution.

For each melody several are grown side by side, the particles. At a step the model's distribution,
without what the step may not be, is weighed by what must come (`rules.ahead`); an event is drawn
from that, and the particle's weight is multiplied by the sum. When few particles hold most of the
weight, all are resampled in proportion to it; at the end one is. So the particles approach the
model's melodies given that the constraint holds, as their number grows. Where nothing lies ahead
one particle does, and that is exact. So it is until four bars before a cadence: what comes earlier
is as the model would have it without one.

Source: A. Doucet, N. de Freitas, N. Gordon (eds.), "Sequential Monte Carlo Methods in Practice",
Springer 2001, ch. 1; the twist by what lies ahead as in P. Guarniero, A. Johansen, A. Lee, "The
iterated auxiliary particle filter", JASA 112, 2017. Left out: beam search.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import Encoding, IntArray
from ssc_melody.network.cells import FloatArray
from ssc_melody.network.stack import Network
from ssc_melody.play import engine
from ssc_melody.play.plan import Plan
from ssc_melody.play.rules import Rules
from ssc_melody.play.sampling import Sampling, choose
from ssc_melody.play.shaping import Kinds, Shares, plain_shares, shape

PARTICLES = 24
"""Melodies that are grown for one where something lies ahead."""

_LEAST = 1e-300

Logs = npt.NDArray[np.float64]


def count(plan: Plan, sampling: Sampling) -> int:
    """Returns how many particles a melody needs."""
    return PARTICLES if plan.looks_ahead and not sampling.argmax else 1


class Cloud:
    """The particles of some melodies: a batch, its rules, weights and random numbers."""

    def __init__(self, batch: engine.Batch, rules: Rules, seeds: Sequence[int] | None) -> None:
        """Takes a batch that has heard its primer, a row a melody.

        Args:
            batch: The melodies so far.
            rules: What they may be.
            seeds: Of the random numbers of each melody; None takes the likeliest throughout.
        """
        self.batch, self.rules = batch, rules
        self._randoms = None if seeds is None else [np.random.RandomState(seed) for seed in seeds]
        self.log_weights: Logs = np.zeros((len(batch.logits), 1))

    def _draws(self, numbers: int) -> npt.NDArray[np.float64]:
        """Returns [melodies, numbers] uniform numbers."""
        assert self._randoms is not None
        return np.stack([random.random_sample(numbers) for random in self._randoms])

    def grow(self, particles: int) -> None:
        """Makes so many particles of each melody, which has one until now."""
        rows = np.repeat(np.arange(len(self.log_weights)), particles)
        self.batch.select(rows)
        self.rules.select(rows)
        self.log_weights = np.zeros((len(self.log_weights), particles))

    def extend(self, step: int, sampling: Sampling) -> IntArray:
        """Chooses the [rows] events of a step."""
        batch, rules = self.batch, self.rules
        kinds = rules.kinds
        plain = plain_shares(batch.logits, batch.encoder, batch.encoding, sampling)
        allowed = rules.allowed(step, batch.encoder.events)
        shares = shape(plain, kinds, sampling, allowed)
        rules.give_pitches(shares)
        ahead = rules.ahead(step)
        if ahead is not None:
            weighed = shares * ahead
            mass = weighed.sum(axis=1)
            if (dead := mass <= _LEAST).any():  # cut away, or too improbable for a number
                may = (ahead > 0) & (True if allowed is None else allowed)
                weighed[dead] = shape(plain[dead], kinds, sampling, may[dead])
            self.log_weights += np.log(np.maximum(mass, _LEAST)).reshape(self.log_weights.shape)
            rows = self._resample()
            plain, shares = plain[rows], weighed[rows]
        classes = self._choose(shares)
        with np.errstate(divide="ignore"):
            batch.scores += np.log(plain[np.arange(len(plain)), classes]).astype(np.float32)
        events = batch.encoder.decode(classes)
        rules.update(step, events)
        return events

    def _choose(self, shares: Shares) -> IntArray:
        if self._randoms is None:
            return np.asarray(shares.argmax(axis=1))
        return choose(shares, self._draws(self.log_weights.shape[1]).ravel())

    def _resample(self) -> IntArray:
        """Draws the particles of a melody anew where less than half of them count.

        Returns:
            [rows] what each row was before.

        Source: systematic resampling, G. Kitagawa, "Monte Carlo filter and smoother", 1996.
        """
        melodies, particles = self.log_weights.shape
        rows = np.arange(melodies * particles)
        weights = self.weights()
        few = 1 / (weights**2).sum(axis=1) < particles / 2
        if particles == 1 or not few.any():
            return rows
        chosen = rows.reshape(melodies, particles)
        for i in np.flatnonzero(few):
            assert self._randoms is not None
            points = (np.arange(particles) + self._randoms[i].random_sample()) / particles
            cumulative = np.cumsum(weights[i])
            drawn = np.searchsorted(cumulative / cumulative[-1], points, side="right")
            chosen[i] = i * particles + drawn
        self.log_weights[few] = 0.0
        self.batch.select(rows)
        self.rules.select(rows)
        return rows

    def weights(self) -> Logs:
        """Returns [melodies, particles] the weights, which sum to 1 for each melody."""
        logs = self.log_weights - self.log_weights.max(axis=1, keepdims=True)
        weights = np.exp(logs)
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def pick(self) -> IntArray:
        """Returns [melodies] a row of each, drawn in proportion to its weight."""
        melodies, particles = self.log_weights.shape
        if particles == 1:
            return np.arange(melodies)
        chosen = choose(self.weights(), self._draws(1).ravel())
        return np.asarray(np.arange(melodies) * particles + chosen)


def generate(
    network: Network,
    encoding: Encoding,
    plan: Plan,
    seeds: Sequence[int] | None,
    sampling: Sampling,
    progress: engine.Progress = lambda steps: None,
    controls: FloatArray | None = None,
) -> tuple[IntArray, FloatArray]:
    """Plays melodies under a plan.

    Args:
        network: The weights.
        encoding: Its encoding.
        plan: What each step may be.
        seeds: Of each melody's random numbers; None makes one of the likeliest events.
        sampling: How events are chosen of what is left; without beam search.
        progress: Told of every step.
        controls: [1, steps, control_size] what each step is conditioned on; see `engine.Batch`.

    Returns:
        [melodies, plan.runs_to] events in the model's pitches; [melodies] log-likelihoods of the
        events, at the temperature, as the model has them without constraints.
    """
    melodies = 1 if seeds is None else len(seeds)
    primers: IntArray = np.tile(np.array(plan.placed.events, dtype=np.int64), (melodies, 1))
    temperature = 1.0 if sampling.splits else sampling.temperature or 1.0
    batch = engine.primed(network, encoding, primers, 1, plan.runs_to, temperature, controls)
    cloud = Cloud(batch, Rules(plan, Kinds(encoding), melodies), seeds)
    particles = count(plan, sampling)
    for step in range(plan.given, plan.runs_to):
        if step == plan.grows_at and particles > 1:
            cloud.grow(particles)
        events = cloud.extend(step, sampling)
        if step + 1 < plan.runs_to:
            batch.push(events)
        else:
            batch.encoder.append(events)
        progress(melodies)
    picked = cloud.pick()
    return batch.encoder.events[picked], batch.scores[picked]
