"""At which pitch a voice of ABC sounds what is written: key, accidentals, clef, transposition.

Follows sections 4.2, 4.6 and 11.3 of the ABC standard 2.1: an accidental holds to the bar line, in
every octave unless %%propagate-accidentals says otherwise. Where the standard is silent:
accidentals of grace notes end with their group, the octave of a clef gives way to `octave=` (as in
abc2midi).
"""

from __future__ import annotations

from typing import NamedTuple

from ssc_melody.scores.abc_notation.keys import NO_SIGNATURE, Key, Properties

Place = tuple[str, int]
"""A place on the staff: a letter, A to G, and octaves above the one that middle C begins."""

_SEMITONES = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}


class Written(NamedTuple):
    """A note as it is written: its place, and the semitones of its accidental (None: none)."""

    place: Place
    alteration: int | None


class Pitched(NamedTuple):
    """A note as it sounds: its pitch, its place, whether it has an accidental of its own."""

    pitch: int
    place: Place
    explicit: bool


class Pitches:
    """The state of a voice on which the pitch of its next note depends.

    Attributes:
        propagate: How far accidentals go: "not", "octave" or "pitch".
        midi_transpose: Semitones that %%MIDI transpose asks for.
        midi_percussion: Whether %%MIDI channel 10 was chosen.
    """

    def __init__(self) -> None:
        self.propagate = "pitch"
        self.midi_transpose = 0
        self.midi_percussion = False
        self._signature = NO_SIGNATURE
        self._properties = Properties()
        self._bar: dict[object, int] = {}
        self._grace: dict[object, int] = {}

    def set_key(self, key: Key) -> None:
        """Takes a key; accidentals before it hold no longer."""
        self._signature = key.signature
        self._bar = {}

    def set_properties(self, new: Properties) -> None:
        """Takes what a K: or V: field says of clef, octave and transposition."""
        old = self._properties
        if new.clef_octave is not None:
            old.clef_octave, old.octave = new.clef_octave, None
        for name in ("octave", "transpose", "percussion"):
            if getattr(new, name) is not None:
                setattr(old, name, getattr(new, name))

    @property
    def percussion(self) -> bool:
        """Whether what is written is for drums."""
        return self.midi_percussion or bool(self._properties.percussion)

    @property
    def _shift(self) -> int:
        said = self._properties
        octaves = said.octave or said.clef_octave or 0
        return 12 * octaves + (said.transpose or 0) + self.midi_transpose

    def sounding(self, written: Written, in_grace: bool) -> Pitched:
        """Returns a note as it sounds; keeps its accidental for those after it."""
        place, alteration = written
        letter, octave = place
        if self.propagate != "pitch":
            key: object = place
        else:
            key = letter
        active = self._grace if in_grace else self._bar
        if alteration is None:
            semitones = active.get(key, self._signature[letter])
        else:
            semitones = alteration
            if self.propagate != "not":
                active[key] = alteration
        pitch = _SEMITONES[letter] + 12 * octave + semitones + self._shift
        return Pitched(pitch, place, alteration is not None)

    def bar_line(self) -> None:
        """Ends what accidentals say."""
        self._bar = {}

    def grace_ends(self) -> None:
        """Ends what accidentals of grace notes say."""
        self._grace = {}
