"""Chords as lead sheets write them: what a symbol means, and what a network sees of it.

To be read in this order: `kinds` (the table), `symbols` (parsing, transposing), `encoding` (into a
network's inputs), `progression` (chords over time, and how they are typed), `voicing` (as notes).
"""

from ssc_melody.chords.encoding import CHORD_ENCODINGS, ChordEncoding
from ssc_melody.chords.progression import Progression, parse_progression
from ssc_melody.chords.symbols import NO_CHORD, Chord, parse_chord, transpose_chord

__all__ = [
    "CHORD_ENCODINGS",
    "NO_CHORD",
    "Chord",
    "ChordEncoding",
    "Progression",
    "parse_chord",
    "parse_progression",
    "transpose_chord",
]
"""What the room offers."""
