"""The key of notes that have none: the one whose profile their lengths fit best.

Follows the key-finding algorithm of C. Krumhansl and M. Schmuckler (Krumhansl, "Cognitive
Foundations of Musical Pitch", 1990) with the profiles that D. Temperley took from the Kostka and
Payne corpus ("Music and Probability", 2007, table 6.2). Ours: the last note and the first count
for their keys, as tunes end on the tonic; a tune whose seventh (or sixth) is never that of the
scale is in a mode. Left out: keys that change within a piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.chords.symbols import NO_CHORD, parse_chord
from ssc_melody.constants import NOTES_PER_OCTAVE
from ssc_melody.errors import ChordError
from ssc_melody.scores.score import ScoreChord, ScoreKey, ScoreNote

PROFILES = {
    "major": (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
    "minor": (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
}
"""How often a semitone above the tonic (0..11) is there in a piece of a mode."""

MODE_FIFTHS = {
    "lydian": 1,
    "major": 0,
    "mixolydian": -1,
    "dorian": -2,
    "minor": -3,
    "phrygian": -4,
    "locrian": -5,
}
"""Sharps of the signature of a mode on C."""

LAST_NOTE, FIRST_NOTE = 0.1, 0.05
"""What a key wins if its tonic is the last note, or the first, in units of correlation."""

_FEWEST = 2
"""Notes that must show a mode's own step."""


class Tonic(NamedTuple):
    """A key by its tonic: fifths above C (-1 is F, 7 is C sharp), and its mode."""

    position: int
    mode: str

    @property
    def fifths(self) -> int:
        """Sharps (or, negative, flats) of the signature."""
        return self.position + MODE_FIFTHS[self.mode]

    @property
    def name(self) -> str:
        """The tonic as it is written: "F#", "Bb"."""
        return fifths_name(self.position)


def fifths_name(position: int) -> str:
    """Returns the name of the note some fifths above C.

    >>> fifths_name(0), fifths_name(-2), fifths_name(6)
    ('C', 'Bb', 'F#')
    """
    alter = (position + 1) // 7
    return "FCGDAEB"[(position + 1) % 7] + ("#" * alter if alter > 0 else "b" * -alter)


def tonic_of(pitch_class: int, mode: str) -> Tonic:
    """Returns a key with the fewest sharps or flats; of six and six the sharps of F sharp major.

    Args:
        pitch_class: Of the tonic, 0 for C.
        mode: One of MODE_FIFTHS.
    """
    sharp = pitch_class * 7 % NOTES_PER_OCTAVE
    keys = [Tonic(position, mode) for position in (sharp, sharp - NOTES_PER_OCTAVE)]
    return min(keys, key=lambda key: (abs(key.fifths), abs(key.position)))


def of_score_key(key: ScoreKey) -> Tonic:
    """Returns the key that a signature and a mode mean; without a mode it counts as major."""
    mode = key.mode if key.mode in MODE_FIFTHS else "major"
    return Tonic(key.fifths - MODE_FIFTHS[mode], mode)


def estimate(notes: Sequence[ScoreNote], chords: Sequence[ScoreChord] = (), end: int = 0) -> Tonic:
    """Returns the key that notes are in; C major where there are none.

    Args:
        notes: In the order in which they sound.
        chords: Those below them, by tick: each note of one counts as if it sounded, too.
        end: Tick at which the last chord ends.
    """
    if not notes:
        return Tonic(0, "major")
    lengths = np.zeros(NOTES_PER_OCTAVE)
    counts = np.zeros(NOTES_PER_OCTAVE, dtype=np.int64)
    for note in notes:
        lengths[note.pitch % NOTES_PER_OCTAVE] += note.end - note.start
        counts[note.pitch % NOTES_PER_OCTAVE] += 1
    stops = [chord.tick for chord in chords[1:]] + [end]
    for chord, stop in zip(chords, stops, strict=False):
        lengths[_pitches(chord.symbol)] += max(0, stop - chord.tick)
    scores = {}
    for mode, profile in PROFILES.items():
        for tonic in range(NOTES_PER_OCTAVE):
            fit = _correlation(np.roll(lengths, -tonic), np.array(profile))
            fit += LAST_NOTE * (notes[-1].pitch % NOTES_PER_OCTAVE == tonic)
            fit += FIRST_NOTE * (notes[0].pitch % NOTES_PER_OCTAVE == tonic)
            scores[tonic, mode] = fit
    tonic, mode = max(scores, key=lambda key: scores[key])
    return tonic_of(tonic, _mode(np.roll(counts, -tonic), mode))


def _pitches(symbol: str) -> list[int]:
    """Returns a chord's pitch classes; none for a symbol that is not understood."""
    try:
        return sorted(set(parse_chord(symbol).pitches)) if symbol != NO_CHORD else []
    except ChordError:
        return []


def _correlation(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size else 0.0


def _mode(counts: npt.NDArray[np.int64], mode: str) -> str:
    """Returns mixolydian or dorian where their seventh or sixth stands in for the scale's own.

    Args:
        counts: [12] notes by semitones above the tonic.
        mode: "major" or "minor".
    """
    if mode == "major" and counts[10] >= _FEWEST and not counts[11]:
        return "mixolydian"
    if mode == "minor" and counts[9] >= _FEWEST and not counts[8] and not counts[11]:
        return "dorian"
    return mode
