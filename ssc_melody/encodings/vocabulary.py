"""What the events of a music are, and the class that each has before lookbacks are thought of.

Follows MelodyOneHotEncoding of note_seq/melody_encoder_decoder.py and the order of classes of its
KeyMelodyEncoderDecoder. Next: `encodings.encoding`.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import NO_EVENT, NUM_SPECIAL_EVENTS

IntArray = npt.NDArray[np.int64]


class Vocabulary(Protocol):
    """The events that a network knows, each with a class of its own."""

    @property
    def size(self) -> int:
        """How many classes there are."""

    @property
    def default_event(self) -> int:
        """The event before the music begins."""

    def index(self, events: npt.ArrayLike) -> IntArray:
        """Returns the class of each event."""

    def event(self, classes: IntArray) -> IntArray:
        """Returns the event of each class."""

    def after_copy(self, events: IntArray) -> None:
        """Does in place to [rows, steps] events what stock does when it copies a sequence."""


@dataclasses.dataclass(frozen=True)
class Pitches:
    """Melody events: class 0 goes on, 1 ends the note, 2.. start a note at min_note + class - 2.

    Attributes:
        min_note: Lowest MIDI pitch.
        max_note: One above the highest MIDI pitch.
    """

    min_note: int = 48
    max_note: int = 84
    default_event = NO_EVENT

    @property
    def size(self) -> int:
        """How many classes there are."""
        return self.max_note - self.min_note + NUM_SPECIAL_EVENTS

    def index(self, events: npt.ArrayLike) -> IntArray:
        """Returns the class of each event."""
        events = np.asarray(events)
        return events + NUM_SPECIAL_EVENTS - np.where(events < 0, 0, self.min_note)

    def event(self, classes: IntArray) -> IntArray:
        """Returns the event of each class."""
        return (
            classes - NUM_SPECIAL_EVENTS + np.where(classes < NUM_SPECIAL_EVENTS, 0, self.min_note)
        )

    def after_copy(self, events: IntArray) -> None:
        """Makes no-events of the note-offs before a melody's first note."""
        events[np.maximum.accumulate(events, axis=1) < 0] = NO_EVENT


@dataclasses.dataclass(frozen=True)
class PitchesFirst(Pitches):
    """Melody events in the key encoding's order: pitches, then no-event, then note-off."""

    def index(self, events: npt.ArrayLike) -> IntArray:
        """Returns the class of each event."""
        events = np.asarray(events)
        return np.where(events < 0, events + self.size, events - self.min_note)

    def event(self, classes: IntArray) -> IntArray:
        """Returns the event of each class."""
        no_event = self.size + NO_EVENT
        return np.where(classes < no_event, classes + self.min_note, classes - self.size)


@dataclasses.dataclass(frozen=True)
class Classes:
    """Events that are their classes, for families whose events are tables of their own.

    Attributes:
        size: How many classes there are.
        default_event: The event before the music begins.
    """

    size: int
    default_event: int = 0

    def index(self, events: npt.ArrayLike) -> IntArray:
        """Returns the events."""
        return np.asarray(events)

    def event(self, classes: IntArray) -> IntArray:
        """Returns the classes."""
        return classes

    def after_copy(self, events: IntArray) -> None:
        """Changes nothing."""
