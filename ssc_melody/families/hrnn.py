"""HRNN: a melody as bar profiles, beat profiles and notes, each on those above it.

A training melody begins on a bar line of 4/4. The configs hold the profiles of their corpus, so
they have no name by which one could ask for them: `training.hierarchy` makes them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ssc_melody.encodings import FloatArray
from ssc_melody.encodings.profiles import BAR, BEAT
from ssc_melody.encodings.vocabulary import IntArray
from ssc_melody.families.family import Family, Primed
from ssc_melody.families.melody import finish as finish_melody
from ssc_melody.families.melody import prime as prime_melody
from ssc_melody.melody.melody import Melody
from ssc_melody.specs.hrnn import HrnnSpec, levels_of

STEPS = {"bars": BAR, "beats": BEAT, "notes": 1}
"""Steps of a melody that an event of each level stands for."""


def prime(spec: HrnnSpec, events: Sequence[int]) -> Primed:
    """Returns the events of a config's level, and in `given` the profiles above them.

    Raises:
        MelodyError: An event is not in -2..127.
    """
    melody = prime_melody(spec, events)
    count = -(-len(events) // STEPS[spec.level])
    given = tuple(above(spec, events, level)[:count] for level in _levels_above(spec))
    if spec.level == "notes":
        return melody._replace(given=given or None)
    classes = profiles_of(spec, events, spec.level)
    return Primed(classes.tolist(), None, given or None)


def _levels_above(spec: HrnnSpec) -> tuple[str, ...]:
    levels = levels_of(spec.layers)
    return levels[: levels.index(spec.level)]


def profiles_of(spec: HrnnSpec, events: Sequence[int], level: str) -> IntArray:
    """Returns the profile of each bar, or each beat, of a melody."""
    return spec.centres.of_bars(events) if level == "bars" else spec.centres.of_beats(events)


def above(spec: HrnnSpec, events: Sequence[int], level: str) -> IntArray:
    """Returns the profile of a level above for each event of the config's own level."""
    times = STEPS[level] // STEPS[spec.level]
    return np.repeat(profiles_of(spec, events, level), times)


def condition(spec: HrnnSpec, primed: Primed) -> FloatArray:
    """Returns [events, control_size] the profiles above, one-hot, the highest level first."""
    tables = []
    for size, classes in zip(spec.control_sizes, primed.given, strict=True):
        table = np.zeros((len(classes), size), dtype=np.float32)
        table[np.arange(len(classes)), classes] = 1.0
        tables.append(table)
    return np.hstack(tables)


def finish(spec: HrnnSpec, events: list[int], primed: Primed, score: float) -> Melody | list[int]:
    """Returns generated notes as a melody, and generated profiles as they are."""
    return finish_melody(spec, events, primed, score) if spec.level == "notes" else events


HRNN = Family(
    name="HRNN",
    spec_type=HrnnSpec,
    specs={},
    prime=prime,
    finish=finish,
    condition=condition,
    command="ssc_hrnn_generate",
    alone=False,
    steps_of=lambda spec: STEPS[spec.level],
)
