"""Where a melody with constraints stands for the model, and where it is put back to.

Models are trained in a key (or none) and a pitch range. Without constraints the primer's key
decides how far it is moved, as in stock; here the key that is asked for takes precedence over it,
and the melody whose pitches are given counts as a part of the primer. What lies out of the range is
folded by octaves for the model, but comes out as it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ssc_melody.constants import MIN_PITCH, NOTES_PER_OCTAVE
from ssc_melody.encodings import IntArray
from ssc_melody.melody.events import clean, major_key, squash, transpose
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.scales import SCALES, Key, parse_key
from ssc_melody.specs import MelodySpec


class Placed(NamedTuple):
    """A primer as the model sees it.

    Attributes:
        events: The primer.
        order: Pitches to come in this order, or none.
        amount: Semitones that both were moved by.
        key: The melody's key, before it was moved.
    """

    events: list[int]
    order: list[int]
    amount: int
    key: Key


def pitches_in(events: Sequence[int]) -> list[int]:
    """Returns the pitches of a melody in their order."""
    return [event for event in events if event >= MIN_PITCH]


def key_of(constraints: Constraints, events: Sequence[int]) -> Key:
    """Returns the key that is asked for, or else that of a melody's events."""
    scale = constraints.scale
    if constraints.key is not None:
        tonic, named = parse_key(constraints.key)
        return Key(tonic, scale or named or "major")
    scale = scale or "major"
    return Key((major_key(events) - SCALES[scale].relative) % NOTES_PER_OCTAVE, scale)


def place(spec: MelodySpec, primer: Sequence[int], constraints: Constraints) -> Placed:
    """Moves a primer and the pitches that are to follow to where the model knows them.

    Raises:
        MelodyError: An event of the primer is not in -2..127.
    """
    events = clean(primer)
    together = [*events, *pitches_in(constraints.pitches_of or ())]
    key = key_of(constraints, together)
    wanted = spec.transpose_to_key
    if wanted is not None:  # squash goes by the key that it finds
        wanted += major_key(together) - key.major
    if not pitches_in(together):  # and where there is no note, nowhere
        amount = squash([60 + key.major], spec.min_note, spec.max_note, spec.transpose_to_key)[1]
        return Placed(events, [], amount, key)
    moved, amount = squash(together, spec.min_note, spec.max_note, wanted)
    return Placed(moved[: len(events)], moved[len(events) :], amount, key)


def heard(spec: MelodySpec, placed: Placed) -> IntArray:
    """Returns [pitches] what each pitch of the model is in the finished melody."""
    return np.array(transpose(range(spec.min_note, spec.max_note), -placed.amount))
