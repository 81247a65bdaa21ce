"""Chords as notes that are held: which pitches, and from when to when.

Follows BasicChordRenderer of note-seq 0.0.5 (chords_lib.py) note for note: each pitch class in one
octave, the bass an octave lower, all held until the next chord. Quirk kept by who writes files
(`melody.midi`): the last chord ends with the melody's last note.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ssc_melody.chords.symbols import NO_CHORD, parse_chord
from ssc_melody.constants import NOTES_PER_OCTAVE

VELOCITY = 50
PROGRAM = 88
"""MIDI program, from 0: "Pad 1 (new age)"."""

PROGRAM_NAME = "Pad 1 (new age)"
_LOWEST = 48
_LOWEST_BASS = 36


class HeldChord(NamedTuple):
    """A chord: its symbol, its first step, the step on which it ends, and its MIDI pitches."""

    symbol: str
    start: int
    end: int
    pitches: tuple[int, ...]


def voiced(symbols: Sequence[str]) -> list[HeldChord]:
    """Returns the chords of a symbol per step; equal ones that follow each other are one.

    Raises:
        ChordError: One is not a chord symbol.
    """
    begins = [i for i, symbol in enumerate(symbols) if i == 0 or symbol != symbols[i - 1]]
    ends = [*begins[1:], len(symbols)]
    return [
        HeldChord(symbols[begin], begin, end, chord_pitches(symbols[begin]))
        for begin, end in zip(begins, ends, strict=True)
        if symbols[begin] != NO_CHORD
    ]


def chord_pitches(symbol: str) -> tuple[int, ...]:
    """Returns a chord's MIDI pitches, its bass last; one can be there twice, as in stock."""
    chord = parse_chord(symbol)
    return (*(_LOWEST + pitch % NOTES_PER_OCTAVE for pitch in chord.pitches),
            _LOWEST_BASS + chord.bass)  # fmt: skip
