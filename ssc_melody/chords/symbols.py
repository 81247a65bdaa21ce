"""Chord symbols: "F#m7(b5)/A" is a root, a kind, changed degrees and a bass.

Follows chord_symbols_lib.py of note-seq 0.0.5 in what is a symbol and in what it means; a test
compares both on every symbol of a songbook and on made ones. Quirks kept: each degree is in a chord
once (7(b9)(#9) has one ninth, which is natural again); "add7" adds the minor seventh; "C##b" is
refused, as a root's accidentals are of one sort.

Left out: symbols of more than 60 characters (note-seq takes any length).
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from ssc_melody.chords.kinds import KINDS, Degrees
from ssc_melody.constants import MAJOR_SCALE, NOTES_PER_OCTAVE
from ssc_melody.errors import ChordError, printable

NO_CHORD = "N.C."
"""The symbol where no chord sounds."""

MAX_LENGTH = 60

_NATURAL = dict(zip("CDEFGAB", MAJOR_SCALE, strict=True))
_PITCH_CLASS = r"[A-G](?:#+|b+)?"
_SYMBOL = re.compile(rf"({_PITCH_CLASS})(?![#b])(.*?)(?:/({_PITCH_CLASS}))?", re.DOTALL)
"""Root, kind and changes, bass."""

_CHANGE = re.compile(r"\(?(add#|addb|add|no|#|b)([0-9]+)\)?")
_CHANGES = re.compile(rf"(?:{_CHANGE.pattern})*")
_SIGN = {"#": 1, "b": -1}


class Chord(NamedTuple):
    """What a symbol means.

    Attributes:
        root: Pitch class, 0 (C) to 11.
        pitches: Pitch classes in the order of the degrees; one can be there twice (2 and 9).
        bass: Pitch class; the root where the symbol names none.
        triad: "major", "minor", "augmented" or "diminished"; "" where it is none of them.
    """

    root: int
    pitches: tuple[int, ...]
    bass: int
    triad: str


_TRIADS = {
    (0, 0, 0): "major",
    (0, -1, 0): "minor",
    (0, 0, 1): "augmented",
    (0, -1, -1): "diminished",
}


class _Parts(NamedTuple):
    root: str
    kind: str
    changes: str
    bass: str


@functools.lru_cache(maxsize=4096)
def parse_chord(symbol: str) -> Chord:
    """Returns what a chord symbol means.

    Args:
        symbol: Such as "Am7/G"; not "N.C.", which means nothing.

    Raises:
        ChordError: It is not one that note-seq knows, or its degrees contradict each other.
    """
    parts = _split(symbol)
    root = _pitch_class(parts.root)
    degrees = _changed(symbol, KINDS[parts.kind], parts.changes)
    pitches = tuple(
        (root + MAJOR_SCALE[(degree - 1) % 7] + alter) % NOTES_PER_OCTAVE
        for degree, alter in degrees.items()
    )
    bass = _pitch_class(parts.bass) if parts.bass else root
    lowest: tuple[int | None, ...] = tuple(degrees.get(degree) for degree in (1, 3, 5))
    triad = next((name for alters, name in _TRIADS.items() if alters == lowest), "")
    return Chord(root, pitches, bass, triad)


def transpose_chord(symbol: str, semitones: int) -> str:
    """Returns a symbol moved up by semitones; only root and bass change, as note-seq spells them.

    Args:
        symbol: A chord symbol, or "N.C.", which stays.
        semitones: Any number, counted modulo 12.

    Raises:
        ChordError: It is not a chord symbol.
    """
    if symbol == NO_CHORD:
        return symbol
    parts = _split(symbol)
    bass = f"/{_moved(parts.bass, semitones)}" if parts.bass else ""
    return f"{_moved(parts.root, semitones)}{parts.kind}{parts.changes}{bass}"


def _split(symbol: str) -> _Parts:
    """Returns the parts of a symbol; only a kind that leaves nothing unread will do."""
    match = _SYMBOL.fullmatch(symbol) if len(symbol) <= MAX_LENGTH else None
    root, middle, bass = match.groups("") if match else ("", "", "")
    for kind in KINDS if match else ():
        if middle.startswith(kind) and _CHANGES.fullmatch(middle, len(kind)):
            return _Parts(root, kind, middle[len(kind) :], bass)
    raise ChordError(
        f"'{_shown(symbol)}' is not a chord symbol: expected a root and a kind, such as C, F#m7, "
        "Bb7(b9)/D"
    )


def _shown(symbol: str) -> str:
    return printable(symbol[:MAX_LENGTH]) + ("..." if len(symbol) > MAX_LENGTH else "")


def _changed(symbol: str, kind: Degrees, changes: str) -> Degrees:
    """Returns a kind's degrees with some added, taken out or altered."""
    degrees = dict(kind)
    for what, number in _CHANGE.findall(changes):
        degree = int(number)
        if what == "no":
            if degree not in degrees:
                raise ChordError(f"{symbol!r} takes out degree {degree}, which is not in it")
            del degrees[degree]
        elif what.startswith("add"):
            if degree in degrees:
                raise ChordError(f"{symbol!r} adds degree {degree}, which is in it already")
            degrees[degree] = _SIGN.get(what[3:], 0) - (degree == 7)
        else:
            degrees[degree] = degrees.get(degree, 0) + _SIGN[what]
    return degrees


def _pitch_class(name: str) -> int:
    return (_NATURAL[name[0]] + name.count("#") - name.count("b")) % NOTES_PER_OCTAVE


def _moved(name: str, semitones: int) -> str:
    """Moves a note's name up: whole steps of the scale first, then by its accidentals."""
    letter, alter = name[0], name.count("#") - name.count("b")
    left = semitones % NOTES_PER_OCTAVE
    while left >= _to_next(letter):
        left -= _to_next(letter)
        letter = _next(letter)
    if left and alter >= 0:
        alter -= _to_next(letter) - left
        letter = _next(letter)
    else:
        alter += left
    return letter + ("#" * alter if alter >= 0 else "b" * -alter)


def _next(letter: str) -> str:
    return "CDEFGAB"[("CDEFGAB".index(letter) + 1) % 7]


def _to_next(letter: str) -> int:
    """Semitones from a natural note up to the next."""
    return (_NATURAL[_next(letter)] - _NATURAL[letter]) % NOTES_PER_OCTAVE


def kind_of(symbol: str) -> str:
    """Returns a symbol's kind alone, "major" for a bare root: "m7" of "F#m7(b5)/A".

    Raises:
        ChordError: It is not a chord symbol.
    """
    return symbol if symbol == NO_CHORD else _split(symbol).kind or "major"
