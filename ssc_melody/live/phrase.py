"""A phrase that is being played: its notes by position, and the events that a model continues.

Follows the quantization of `melody.quantized`: the nearest sixteenth, at least one long, the
highest of notes that begin together. Left out: the sustain pedal, dynamics but for their mean.
"""

from __future__ import annotations

import math

from ssc_melody.constants import DEFAULT_VELOCITY
from ssc_melody.melody.events import set_length
from ssc_melody.melody.quantized import QuantizedNote, from_quantized_notes

MAX_NOTES = 2000
"""Of a phrase; older ones are forgotten."""


class Phrase:
    """Notes so far.

    Attributes:
        end: Quarter note at which the last note ended; None while one is held or none was played.
        first: Quarter note at which the first began.
    """

    def __init__(self) -> None:
        self.first: float | None = None
        self.end: float | None = None
        self._held: dict[int, tuple[float, int]] = {}
        self._notes: list[tuple[int, float, float, int]] = []

    def note_on(self, pitch: int, velocity: int, position: float) -> None:
        """Takes the beginning of a note."""
        self.note_off(pitch, position)
        self._held[pitch] = position, velocity
        self.end = None
        if self.first is None:
            self.first = position

    def note_off(self, pitch: int, position: float) -> None:
        """Takes the end of a note; passes over one that does not sound."""
        held = self._held.pop(pitch, None)
        if held is None:
            return
        self._notes.append((pitch, held[0], position, held[1]))
        del self._notes[:-MAX_NOTES]
        if not self._held:
            self.end = position

    def all_off(self, position: float) -> None:
        """Ends all notes."""
        for pitch in list(self._held):
            self.note_off(pitch, position)

    @property
    def velocity(self) -> int:
        """The mean of the notes' velocities."""
        if not self._notes:
            return DEFAULT_VELOCITY
        return round(sum(note[3] for note in self._notes) / len(self._notes))

    def events(self, base: float, until: float, steps_per_quarter: int) -> list[int]:
        """Returns melody events from a quarter note to another.

        Args:
            base: Where the first event is; earlier notes are left out.
            until: Where they end.
            steps_per_quarter: Events in a quarter note.
        """
        steps = round((until - base) * steps_per_quarter)
        quantized = []
        for pitch, start, end, _ in self._notes:
            first = math.floor((start - base) * steps_per_quarter + 0.5)
            last = max(first + 1, math.floor((end - base) * steps_per_quarter + 0.5))
            if 0 <= first < steps:
                quantized.append(QuantizedNote(pitch, first, min(last, steps)))
        events, begin = from_quantized_notes(quantized, steps + 1)
        return set_length([-2] * begin + list(events), steps)
