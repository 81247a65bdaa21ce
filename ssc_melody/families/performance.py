"""Performance RNN: notes on and off at hundredths of a second, with dynamics and conditions.

Follows PerformanceRnnModel (magenta/models/performance_rnn/performance_model.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from ssc_melody.families.family import Family, Primed
from ssc_melody.specs.tracks import PERFORMANCE_SPECS, PerformanceSpec
from ssc_melody.tracks.performance import PerformanceEvent, class_of, event_of


def prime(spec: PerformanceSpec, events: Sequence[PerformanceEvent]) -> Primed:
    """Returns events as their classes."""
    return Primed([class_of(event) for event in events])


def finish(
    spec: PerformanceSpec, events: list[int], primed: Primed, score: float
) -> list[PerformanceEvent]:
    """Returns classes as their events."""
    return [event_of(number) for number in events]


PERFORMANCE = Family(
    name="Performance RNN",
    spec_type=PerformanceSpec,
    specs=PERFORMANCE_SPECS,
    prime=prime,
    finish=finish,
    play="ssc_melody.play.tracks:play_performance",
    command="ssc_performance_generate",
    num_steps=3000,
)
