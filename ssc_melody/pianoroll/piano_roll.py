"""A piece as a tensor with what is known of its tracks (see `roll` for what a one means)."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike

import numpy as np

from ssc_melody import files
from ssc_melody.constants import DEFAULT_QPM, DEFAULT_VELOCITY
from ssc_melody.errors import MidiError
from ssc_melody.pianoroll.midi_bytes import roll_to_midi
from ssc_melody.pianoroll.roll import BAR_STEPS, PITCHES, BoolArray, RollNote, Track, notes_of


@dataclass(frozen=True, eq=False)
class PianoRoll:
    """A piece as a tensor.

    Attributes:
        array: Bool [bars, 96, 128, tracks], one where a pitch sounds.
        tracks: One a track; plain piano if not given.
        qpm: Quarter notes per minute, for MIDI files.
        time_signatures: (step, numerator, denominator), the metre from that step on.

    Raises:
        MidiError: The array has another shape, or not as many tracks as `tracks`.
    """

    array: BoolArray
    tracks: tuple[Track, ...] = ()
    qpm: float = DEFAULT_QPM
    time_signatures: tuple[tuple[int, int, int], ...] = field(default=((0, 4, 4),))

    def __post_init__(self) -> None:
        array = np.asarray(self.array)
        if array.ndim != 4 or array.shape[1:3] != (BAR_STEPS, PITCHES):
            raise MidiError(
                f"Piano roll: expected an array [bars, {BAR_STEPS}, {PITCHES}, tracks], found "
                f"{list(array.shape)}; join or cut the bars to {BAR_STEPS} steps"
            )
        tracks = tuple(self.tracks) or (Track(),) * array.shape[3]
        if len(tracks) != array.shape[3]:
            raise MidiError(
                f"Piano roll: expected {array.shape[3]} tracks as in the array, found {len(tracks)}"
            )
        object.__setattr__(self, "array", array.astype(bool, copy=False))
        object.__setattr__(self, "tracks", tracks)

    @property
    def flat(self) -> BoolArray:
        """[bars * 96, 128, tracks]: the same without bar lines (a view where possible)."""
        return self.array.reshape(len(self.array) * BAR_STEPS, PITCHES, self.array.shape[3])

    def notes(self, track: int = 0) -> list[RollNote]:
        """Lists the notes of a track by start and pitch (see the module for what a note is)."""
        return notes_of(self.flat[:, :, track])

    def to_midi(self, path: str | PathLike[str], velocity: int = DEFAULT_VELOCITY) -> None:
        """Writes a MIDI file, whole or not at all (see `to_midi_bytes`)."""
        files.write_bytes(path, self.to_midi_bytes(velocity))

    def to_midi_bytes(self, velocity: int = DEFAULT_VELOCITY) -> bytes:
        """Returns a MIDI file (see `midi_bytes.roll_to_midi`).

        Raises:
            MidiError: The tempo, the velocity, a program or a metre has no place in one.
        """
        tracks = [(track, self.notes(number)) for number, track in enumerate(self.tracks)]
        return roll_to_midi(tracks, self.qpm, self.time_signatures, velocity)
