"""What constraints cost: who keeps to them, in likelihood and in time.

    python -m benchmarks.bench_constraints [--bundle=FILE.mag ...] [--melodies=1000]

Melodies of 128 steps. `kept` counts those that satisfy the constraint, checked here anew;
`nats a step` is the model's own log-likelihood of the new steps, to be compared with the first row;
times are the best of three.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.measure import print_table
from ssc_melody.melody.events import melody_notes
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.loading import load_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.shipped import shipped_files
from ssc_melody.specs import SPECS

STEPS = 128
TUNE = [60, -2, 64, -2, 67, -2, -1, -2, 65, -2, 62, -2, 60, -2, -2, -2] * 8
PITCHES = [event for event in TUNE if event >= 0]
_SEED = 4

Events = list[int]


def _pitches(events: Events) -> Events:
    return [event for event in events if event >= 0]


def _cadence(events: Events) -> bool:
    last = melody_notes(events)[-1]
    long = last.end_step - last.start_step >= 8
    return last.start_step % 4 == 0 and long and last.pitch % 12 in (0, 4, 7)


def _form(events: Events) -> bool:
    a, b, _, d = (events[i : i + 16] for i in range(0, STEPS, 32))
    return a == b == d


CASES: dict[str, tuple[Constraints, Callable[[Events], bool]]] = {
    "none": (Constraints(), lambda events: True),
    "scale=major": (
        Constraints(scale="major"),
        lambda events: {pitch % 12 for pitch in _pitches(events)} <= {0, 2, 4, 5, 7, 9, 11},
    ),
    "lowest_note=57, highest_note=74": (
        Constraints(lowest_note=57, highest_note=74),
        lambda events: min(_pitches(events)) >= 57 and max(_pitches(events)) <= 74,
    ),
    "max_leap=7": (
        Constraints(max_leap=7),
        lambda events: all(abs(a - b) <= 7 for a, b in itertools.pairwise(_pitches(events))),
    ),
    "end=cadence": (Constraints(end="cadence"), _cadence),
    "form=AABA": (Constraints(form="AABA"), _form),
    "form=AABA, end=cadence": (
        Constraints(form="AABA", end="cadence"),
        lambda events: _form(events) and _cadence(events),
    ),
    "rhythm_of": (
        Constraints(rhythm_of=tuple(TUNE)),
        lambda events: [min(e, 0) for e in events] == [min(e, 0) for e in TUNE],
    ),
    "pitches_of": (
        Constraints(pitches_of=tuple(PITCHES[1:])),
        lambda events: _pitches(events) == PITCHES,
    ),
    "rewrite_bars=3-4": (
        Constraints(rewrite_bars=(3, 4)),
        lambda events: events[:32] + events[64:] == TUNE[:32] + TUNE[64:],
    ),
}


def _best(work: Callable[[], object]) -> float:
    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(3))


def row(model: Model, name: str, melodies: int) -> list[str]:
    """Returns a constraint's row."""
    constraints, kept = CASES[name]
    primer = TUNE if constraints.rewrite_bars else TUNE[:1]

    def make(number: int) -> list[Events]:
        made = model.generate(number, STEPS, primer, seed=_SEED, constraints=constraints)
        return [melody.events for melody in made]

    made = make(melodies)
    likelihoods = [model.log_likelihood(events) / (STEPS - 1) for events in made[:100]]
    seconds = [_best(lambda number=number: make(number)) for number in (1, 10)]
    good = sum(map(kept, made))
    return [
        name,
        f"{good} of {len(made)}",
        f"{np.mean(likelihoods):.3f}",
        *(f"{second:.2f}" for second in seconds),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", action="append", type=Path)
    parser.add_argument("--melodies", type=int, default=1000)
    given = parser.parse_args()
    for path in given.bundle or [path for path in shipped_files("*.mag") if path.stem in SPECS]:
        model = load_bundle(path)
        print_table(
            f"{path.name}: melodies of {STEPS} steps",
            ["constraint", "kept", "nats a step", "seconds for one", "seconds for ten"],
            [row(model, name, given.melodies) for name in CASES],
        )


if __name__ == "__main__":
    main()
