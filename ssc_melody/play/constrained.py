"""`Model.generate` with constraints: from a primer to melodies that satisfy them.

`constraints` is what is asked for, `placing` where it stands for the model, `plan` what each step
may be, `rules` what that leaves a melody, `particles` the loop.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from ssc_melody.constants import MIN_PITCH
from ssc_melody.cores import usable_cores
from ssc_melody.encodings import Encoding
from ssc_melody.errors import OptionError
from ssc_melody.families import Primed, family_of
from ssc_melody.families.improv import held
from ssc_melody.melody.events import clean, transpose
from ssc_melody.melody.melody import Melody
from ssc_melody.network.stack import Network
from ssc_melody.play import clashes, engine, particles
from ssc_melody.play.batching import batch_sizes, in_threads
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.form import begun
from ssc_melody.play.placing import heard, pitches_in
from ssc_melody.play.plan import Plan, make_plan
from ssc_melody.play.sampling import Sampling
from ssc_melody.play.shaping import Kinds
from ssc_melody.specs import MelodySpec, NetworkSpec


def generate(
    spec: NetworkSpec,
    network: Network,
    encoding: Encoding,
    num_outputs: int,
    num_steps: int,
    primer: Sequence[int],
    sampling: Sampling,
    constraints: Constraints,
    random: np.random.RandomState,
    progress: engine.Progress,
    symbols: Sequence[str] | None = None,
) -> list[Melody]:
    """Continues (or changes) a primer under constraints; see `Model.generate`.

    Melody m depends on the m-th number of `random` alone, not on how many there are.

    Raises:
        OptionError: The constraints cannot be kept to, or go with beam search.
        PrimerError: An empty primer, or one that leaves no room.
        MelodyError: An event out of range.
    """
    if not isinstance(spec, MelodySpec):
        raise OptionError(f"constraints: {spec.label} is not a model of melodies")
    if sampling.rows > 1:
        raise OptionError("constraints and beam search both grow many for one: give one of them")
    plan = make_plan(spec, primer, num_steps, constraints)
    clashes.check(plan, constraints, heard(spec, plan.placed), Kinds(encoding))
    primed = Primed(plan.placed.events, plan.placed.amount, symbols)
    controls = family_of(spec).controls(spec, primed)
    seeds = random.randint(0, 2**32, size=num_outputs, dtype=np.uint64).tolist()
    sizes = batch_sizes(num_outputs, particles.count(plan, sampling), usable_cores())
    ends = list(itertools.accumulate(sizes))
    parts = [seeds[end - size : end] for size, end in zip(sizes, ends, strict=True)]

    def one(part: list[int]) -> list[tuple[list[int], float]]:
        given = None if sampling.argmax else part
        events, scores = particles.generate(
            network, encoding, plan, given, sampling, progress, controls
        )
        rows = list(zip(events.tolist(), scores.tolist(), strict=True))
        return rows * (len(part) if sampling.argmax else 1)

    played = itertools.chain.from_iterable(in_threads(one, parts, len(parts)))
    made = [_finish(spec, plan, primer, constraints, *row) for row in played]
    for melody in made:
        melody.chords = held(symbols or (), len(melody))
    return made


def _finish(
    spec: MelodySpec,
    plan: Plan,
    primer: Sequence[int],
    constraints: Constraints,
    events: list[int],
    score: float,
) -> Melody:
    """Moves a melody back to its key, and what was given to where it was given."""
    events = transpose(events, -plan.placed.amount)
    if constraints.rewrite_bars:
        events = _between(clean(primer), events, plan)
    given = iter(pitches_in(constraints.pitches_of or ()))
    if constraints.pitches_of:
        for step in range(plan.given, len(events)):
            if events[step] >= MIN_PITCH:
                events[step] = next(given)
    return Melody(
        events,
        log_likelihood=score,
        steps_per_quarter=spec.steps_per_quarter,
        primer_steps=plan.given,
    )


def _between(whole: list[int], played: list[int], plan: Plan) -> list[int]:
    """Returns a melody with new bars between what stands, in its own octaves."""
    end = plan.first_standing
    standing = whole[end:]
    if standing:
        standing[0] = int(begun(np.array([whole]), end)[0])
    return [*whole[: plan.given], *played[plan.given : end], *standing]
