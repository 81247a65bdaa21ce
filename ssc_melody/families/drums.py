"""Drums RNN: what is struck in each step.

Follows DrumsRnnModel (magenta/models/drums_rnn/drums_rnn_model.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from ssc_melody.families.family import Family, Primed
from ssc_melody.specs.tracks import DRUMS_SPECS, DrumsSpec
from ssc_melody.tracks.drums import Hits, class_of, hits_of


def prime(spec: DrumsSpec, events: Sequence[Hits]) -> Primed:
    """Returns events as their classes, and the events: what a primer strikes stays."""
    return Primed([class_of(hits, spec.drum_types) for hits in events], list(events))


def finish(spec: DrumsSpec, events: list[int], primed: Primed, score: float) -> list[Hits]:
    """Returns classes as their events, the primer's as they were given."""
    new = [hits_of(number, spec.drum_types) for number in events[len(primed.events) :]]
    return [*(primed.undo or []), *new]


DRUMS = Family(
    name="Drums RNN",
    spec_type=DrumsSpec,
    specs=DRUMS_SPECS,
    prime=prime,
    finish=finish,
    play="ssc_melody.play.tracks:play_drums",
    command="ssc_drums_generate",
)
