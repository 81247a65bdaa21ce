"""The notes that a voice of ABC, or an overlay of it, has sounded, and those that a tie holds on.

A tie goes to the note that begins where the tied one ends, at the same place on the staff: it then
has the pitch of the tied one (over a bar line the accidental holds on, section 4.11 of the ABC
standard 2.1). Where there is none, it goes to one of the same pitch (`^F-_G`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from ssc_melody.errors import DataError
from ssc_melody.scores.abc_notation.pitch import Pitched, Place

MAX_NOTES = 200_000
MAX_PARTS = 128


@dataclasses.dataclass(slots=True)
class Sound:
    """A note that sounds: its pitch, start and end in grains, its place on the staff."""

    pitch: int
    start: int
    end: int
    place: Place


@dataclasses.dataclass(slots=True)
class Budget:
    """How many notes and parts a tune may still have."""

    notes: int = MAX_NOTES
    parts: int = MAX_PARTS

    def take_part(self) -> None:
        """Counts a part.

        Raises:
            DataError: It is one too many.
        """
        self.parts -= 1
        if self.parts < 0:
            raise DataError(f"expected at most {MAX_PARTS} voices and overlays, found more")

    def take_note(self) -> None:
        """Counts a note.

        Raises:
            DataError: It is one too many.
        """
        self.notes -= 1
        if self.notes < 0:
            raise DataError(f"expected at most {MAX_NOTES} notes in a tune, found more")


class Layer:
    """The notes of a voice, or of one of its overlays."""

    def __init__(self, budget: Budget) -> None:
        budget.take_part()
        self.sounds: list[Sound] = []
        self._budget = budget
        self._tied_places: dict[Place, Sound] = {}
        self._tied_pitches: dict[int, Sound] = {}

    def chord(self, notes: Iterable[Pitched | None], start: int, end: int) -> list[Sound | None]:
        """Sounds notes together; a pitch twice (a unison) is one note.

        Args:
            notes: None for what does not sound.
            start: In grains.
            end: In grains.

        Returns:
            The new notes, or those that ties held on.
        """
        here: dict[int, Sound] = {}
        sounds: list[Sound | None] = []
        for note in notes:
            sound = here.get(note.pitch) or self.note(note, start, end) if note else None
            if sound:
                here[sound.pitch] = sound
            sounds.append(sound)
        return sounds

    def note(self, note: Pitched, start: int, end: int) -> Sound:
        """Sounds a note, as `chord` does."""
        held = self._held(note, start) if self._tied_pitches else None
        if held:
            held.end = end
            return held
        self._budget.take_note()
        sound = Sound(note.pitch, start, end, note.place)
        self.sounds.append(sound)
        return sound

    def tie(self, sounds: Iterable[Sound | None]) -> None:
        """Holds notes until the next ones."""
        for sound in sounds:
            if sound:
                self._tied_places[sound.place] = sound
                self._tied_pitches[sound.pitch] = sound

    def _held(self, note: Pitched, now: int) -> Sound | None:
        """Returns the note that a tie holds until now and that goes on as this one."""
        sound = self._tied_places.pop(note.place, None)
        if sound and sound.end == now and not (note.explicit and sound.pitch != note.pitch):
            self._tied_pitches.pop(sound.pitch, None)
            return sound
        sound = self._tied_pitches.pop(note.pitch, None)
        return sound if sound and sound.end == now else None
