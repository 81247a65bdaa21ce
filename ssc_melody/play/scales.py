"""Keys and scales by name: the pitch classes, the tonic triad, and the major key they belong to."""

from __future__ import annotations

import re
from typing import NamedTuple

from ssc_melody.constants import MAJOR_SCALE, NOTES_PER_OCTAVE
from ssc_melody.errors import OptionError
from ssc_melody.specs import nearest


class _Scale(NamedTuple):
    """A scale.

    Attributes:
        steps: Semitones above the tonic.
        relative: Semitones from the tonic up to that of the major key with the same signature.
        third: Semitones from the tonic to the third of its triad.
    """

    steps: tuple[int, ...]
    relative: int
    third: int


SCALES = {
    "major": _Scale(MAJOR_SCALE, 0, 4),
    "minor": _Scale((0, 2, 3, 5, 7, 8, 10), 3, 3),
    "harmonic_minor": _Scale((0, 2, 3, 5, 7, 8, 11), 3, 3),
    "melodic_minor": _Scale((0, 2, 3, 5, 7, 8, 9, 10, 11), 3, 3),
    "dorian": _Scale((0, 2, 3, 5, 7, 9, 10), 10, 3),
    "phrygian": _Scale((0, 1, 3, 5, 7, 8, 10), 8, 3),
    "lydian": _Scale((0, 2, 4, 6, 7, 9, 11), 7, 4),
    "mixolydian": _Scale((0, 2, 4, 5, 7, 9, 10), 5, 4),
    "pentatonic": _Scale((0, 2, 4, 7, 9), 0, 4),
    "minor_pentatonic": _Scale((0, 3, 5, 7, 10), 3, 3),
    "blues": _Scale((0, 3, 5, 6, 7, 10), 3, 3),
    "chromatic": _Scale(tuple(range(NOTES_PER_OCTAVE)), 0, 4),
}
"""Scales by name. Melodic minor has both forms of its sixth and seventh, up and down alike."""

PITCH_CLASS_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"#": 1, "\u266f": 1, "b": -1, "\u266d": -1}
_KEY = re.compile(r"([A-Ga-g])([#b\u266f\u266d]*)\s*(m|min|minor|maj|major)?")


class Key(NamedTuple):
    """A tonic and its scale.

    Attributes:
        tonic: Pitch class, 0 for C.
        scale: Name of the scale.
    """

    tonic: int
    scale: str

    def __str__(self) -> str:
        """Names it, as in "Bb minor"."""
        return f"{PITCH_CLASS_NAMES[self.tonic]} {self.scale}"

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The scale's pitch classes."""
        return frozenset(
            (self.tonic + step) % NOTES_PER_OCTAVE for step in SCALES[self.scale].steps
        )

    @property
    def triad(self) -> frozenset[int]:
        """Pitch classes of the tonic triad."""
        steps = (0, SCALES[self.scale].third, 7)
        return frozenset((self.tonic + step) % NOTES_PER_OCTAVE for step in steps)

    @property
    def major(self) -> int:
        """The major key of the same signature, as models know keys."""
        return (self.tonic + SCALES[self.scale].relative) % NOTES_PER_OCTAVE


def parse_key(text: str) -> tuple[int, str | None]:
    """Returns the pitch class of a key such as "F#", "Bb minor" or "Am", and its scale if named.

    Raises:
        OptionError: It is not a key.
    """
    match = _KEY.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise OptionError(f"key: expected one such as C, F#, Bb or Am, got {text!r}")
    letter, signs, mode = match.groups()
    tonic = (_LETTERS[letter.upper()] + sum(map(_SIGNS.__getitem__, signs))) % NOTES_PER_OCTAVE
    if mode is None:
        return tonic, None
    return tonic, "major" if mode.startswith("maj") else "minor"


def check_scale(name: str) -> str:
    """Returns a scale's name.

    Raises:
        OptionError: There is no such scale.
    """
    if name not in SCALES:
        raise OptionError(
            f"scale: there is no {name!r}{nearest(str(name), SCALES)}; there are: "
            + ", ".join(SCALES)
        )
    return name
