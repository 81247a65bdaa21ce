"""Which name a pitch gets in a key: notes of the scale the scale's, others by where they go.

Follows the practice of classical notation: a chromatic note is the raised step below where it rises
to the next one, and the lowered step above where it falls (but between the fourth and the fifth,
where the raised fourth falls too); the seventh is lowered in major, sixth and seventh are raised in
minor. A note that goes nowhere near has the name that is nearer to its neighbours' on the line of
fifths (D. Temperley, "The Cognition of Basic Musical Structures", 2001, chapter 5). Left out:
chords.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ssc_melody.constants import NOTES_PER_OCTAVE
from ssc_melody.scores.writing.keys import Tonic

NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LINE = "FCGDAEB"

_MAJOR = {0: (0,), 1: (7, -5), 2: (2,), 3: (9, -3), 4: (4,), 5: (-1,), 6: (6, -6), 7: (1,),
          8: (8, -4), 9: (3,), 10: (-2,), 11: (5,)}  # fmt: skip
_MINOR = _MAJOR | {3: (-3,), 8: (-4,)}
_NAMES = {
    "major": _MAJOR,
    "mixolydian": _MAJOR,
    "lydian": _MAJOR,
    "minor": _MINOR,
    "dorian": _MINOR,
    "phrygian": _MINOR | {1: (-5,)},
    "locrian": _MINOR | {1: (-5,), 6: (-6,)},
}
"""By semitones above the tonic, the fifths from it of the name or names, the raised one first."""

_TRITONE = 6
_DOUBLE, _RAISED = 4, 2
"""Fifths that a double accidental counts as farther, and a raised fourth as nearer."""

_MOST_ALTER = 2
_FARTHEST = 64
"""Notes that are looked through for a neighbour of another pitch."""


class Spelled(NamedTuple):
    """A pitch as it is written: its letter, semitones of its accidental, its octave (C4 is 60)."""

    step: str
    alter: int
    octave: int

    @property
    def pitch(self) -> int:
        """The MIDI pitch."""
        return NATURALS[self.step] + self.alter + NOTES_PER_OCTAVE * (self.octave + 1)


def signature(fifths: int) -> dict[str, int]:
    """Returns the alteration that a signature gives to each letter."""
    names = _LINE[:fifths] if fifths > 0 else _LINE[7 + fifths :] if fifths < 0 else ""
    return dict.fromkeys(_LINE, 0) | dict.fromkeys(names, 1 if fifths > 0 else -1)


def spell(pitches: Sequence[int], key: Tonic) -> list[Spelled]:
    """Names the pitches of a melody.

    Args:
        pitches: MIDI pitches, one after the other.
        key: Their key.
    """
    tonic = 7 * key.position % NOTES_PER_OCTAVE
    table = _NAMES[key.mode]
    intervals = [(pitch - tonic) % NOTES_PER_OCTAVE for pitch in pitches]
    spelled = []
    for i, pitch in enumerate(pitches):
        names = table[intervals[i]]
        offset = names[0] if len(names) == 1 else _choose(names, pitches, i, key, intervals)
        spelled.append(_spelled(pitch, key.position + offset))
    return spelled


def _choose(
    names: tuple[int, ...], pitches: Sequence[int], i: int, key: Tonic, intervals: list[int]
) -> int:
    raised, lowered = names
    pitch = pitches[i]
    near_by = range(max(0, i - _FARTHEST), min(len(pitches), i + _FARTHEST + 1))
    before = next((j for j in reversed(near_by) if j < i and pitches[j] != pitch), None)
    after = next((j for j in near_by if j > i and pitches[j] != pitch), None)
    is_tritone = intervals[i] == _TRITONE
    if after is not None and pitches[after] == pitch + 1:
        return raised
    if after is not None and pitches[after] == pitch - 1 and not is_tritone:
        return lowered
    table = _NAMES[key.mode]
    near = [table[intervals[j]] for j in (before, after) if j is not None]
    known = [choice[0] for choice in near if len(choice) == 1]
    middle = sum(known) / len(known) if known else 0.0
    farther = {name: abs(name - middle) for name in names}
    for name in names:
        farther[name] += _DOUBLE * (abs((key.position + name + 1) // 7) > 1)
    farther[raised] -= _RAISED * is_tritone
    return min(names, key=lambda name: farther[name])


def _spelled(pitch: int, position: int) -> Spelled:
    """Returns a pitch with the name some fifths above C, or a simpler one of the same sound."""
    alter = (position + 1) // 7
    if abs(alter) > _MOST_ALTER:
        position -= NOTES_PER_OCTAVE if alter > 0 else -NOTES_PER_OCTAVE
        alter = (position + 1) // 7
    return Spelled(_LINE[(position + 1) % 7], alter, (pitch - alter) // NOTES_PER_OCTAVE - 1)
