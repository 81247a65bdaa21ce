"""Polyphony RNN: several notes a step, as many events as there are notes.

Follows PolyphonyRnnModel (magenta/models/polyphony_rnn/polyphony_model.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from ssc_melody.families.family import Family, Primed
from ssc_melody.specs.tracks import POLYPHONY_SPECS, PolyphonySpec
from ssc_melody.tracks.polyphony import PolyphonicEvent, class_of, event_of


def prime(spec: PolyphonySpec, events: Sequence[PolyphonicEvent]) -> Primed:
    """Returns events as their classes."""
    return Primed([class_of(event) for event in events])


def finish(
    spec: PolyphonySpec, events: list[int], primed: Primed, score: float
) -> list[PolyphonicEvent]:
    """Returns classes as their events."""
    return [event_of(number) for number in events]


POLYPHONY = Family(
    name="Polyphony RNN",
    spec_type=PolyphonySpec,
    specs=POLYPHONY_SPECS,
    prime=prime,
    finish=finish,
    play="ssc_melody.play.tracks:play_polyphony",
    command="ssc_polyphony_generate",
)
