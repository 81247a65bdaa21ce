"""What a caller may give as a primer, and what that means for the melodies made of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ssc_melody.files import Source
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.primer import Primer
from ssc_melody.play.backing import fitted, within

if TYPE_CHECKING:
    from ssc_melody.chords import Progression

Made = TypeVar("Made")

PrimerLike = Sequence[int] | int | Primer | Source | Any
"""Events or one of them; a MIDI file (path, bytes, open file); a NoteSequence; a `Primer`."""


def read_primer(
    primer: PrimerLike,
    num_steps: int,
    steps_per_quarter: int,
    backing: Progression | None = None,
) -> Primer | None:
    """Returns the primer that a piece of music means; None where events are given as they are.

    Args:
        primer: What the caller gives.
        num_steps: Length of the whole melody in steps, the primer included.
        steps_per_quarter: The model's steps per quarter note.
        backing: The chords that it is to go with, if any.

    Raises:
        MidiError: The file or NoteSequence cannot be read.
        PrimerError: The primer leaves no room.
    """
    if isinstance(primer, Primer):
        return primer
    if is_music(primer):
        with within(backing, num_steps):
            read = Primer.from_midi(
                primer, num_steps=num_steps, steps_per_quarter=steps_per_quarter
            )
        return read if backing is None else fitted(read, num_steps)
    return None


def is_music(primer: PrimerLike) -> bool:
    """Tells whether a primer is a file or a NoteSequence."""
    is_file = isinstance(primer, str | os.PathLike | bytes | bytearray | memoryview)
    return is_file or hasattr(primer, "read") or hasattr(primer, "quantization_info")


def as_events(primer: PrimerLike) -> Sequence[int]:
    """Returns the events of a primer that may be a single one."""
    events: Any = primer if hasattr(primer, "__len__") else [primer]
    chosen: Sequence[int] = events
    return chosen


def placed(made: list[Made], primer: Primer) -> list[Made]:
    """Returns melodies on the bars of the piece that their primer came from."""
    return [
        dataclasses.replace(
            melody, start_step=primer.start_step, steps_per_bar=primer.steps_per_bar
        )
        if isinstance(melody, Melody)
        else melody
        for melody in made
    ]
