"""The symbols of a line of ABC music, as one pattern; each match has the name of its kind.

Follows section 4 of the ABC standard 2.1. A line is read in time and memory linear in its
length: look-ahead is bounded, and so are repeated groups, which Python's patterns keep a stack of.
"""

from __future__ import annotations

import re

from ssc_melody.scores.abc_notation.fields import number
from ssc_melody.scores.abc_notation.keys import ALTERATIONS
from ssc_melody.scores.abc_notation.pitch import Written

Note = tuple[Written, int, int]
"""A note as it is written, its length in unit note lengths, what that is divided by."""

_LENGTH = r"\d*/*\d*"
SYMBOL = re.compile(
    rf"""
    (?P<note>(?P<sign>\^\^?|__?|=)?(?P<micro>(?<=[\^_])(?:\d{{1,4}}(?:/\d{{0,4}})?|/\d{{0,4}}))?
        (?P<step>[A-Ga-g])(?P<octave>[,']*)(?P<length>{_LENGTH}))
  | (?P<nothing>[\s.~`$*)\\HJLMOPRSTuv]+|\((?![\d&]))
  | (?P<bar>(?:\[(?=[|:]))?[|:]+\]?(?:\[?\d+(?:[,.-]\d+){{0,20}})?)
  | (?P<rest>[zx](?P<rest_length>{_LENGTH}))
  | (?P<string>"[^"\\]*(?:\\.[^"\\]*){{0,50}}"?)
  | (?P<broken>>+|<+)
  | (?P<tie>-)
  | (?P<tuplet>\((?P<p>\d+)(?::(?P<q>\d*))?(?::(?P<r>\d*))?)
  | (?P<grace>[{{}}]/?)
  | (?P<field>\[(?P<field_letter>[A-Za-z]):(?P<field_text>[^\]]{{0,300}})\])
  | (?P<ending>\[\d+(?:[,.-]\d+){{0,20}})
  | (?P<open>\[)
  | (?P<close>\](?P<chord_length>{_LENGTH}))
  | (?P<bars>[ZX](?P<count>\d*))
  | (?P<decoration>!(?P<decoration_text>[^!|\[\]"]{{1,60}})!)
  | (?P<plus>\+(?P<plus_text>[^+|\[\]"]{{1,60}})\+)
  | (?P<overlay>\(&|&\)|&+)
  | (?P<space>y{_LENGTH})
  | (?P<letter>[A-Za-z])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_MUSIC = re.compile(r"[A-Ga-gz\d/,'^_=<>().\s-]+")
_NOTE_LETTER = re.compile(r"[A-Ga-g]")
_NAMES_OF_NOTE_LETTERS = {"f", "ff", "fff", "ffff", "D.C.", "d.c.", "fade"}
_SLASHES = 10


def is_music(text: str) -> bool:
    """Tells whether a text between two marks (! or +) is music and not a decoration's name.

    A ! is the end of a staff in some files of ABC 1.6, and + surrounds their chords.
    """
    if text.strip() in _NAMES_OF_NOTE_LETTERS or not _MUSIC.fullmatch(text):
        return False
    return len(_NOTE_LETTER.findall(text)) > 1


def length_of(text: str) -> tuple[int, int]:
    """Returns the length that `3`, `/`, `3/2` or `//` writes, as a fraction of digits to check."""
    if not text:
        return 1, 1
    above, slash, below = text.partition("/")
    if not slash:
        return _digits(above), 1
    digits = below.lstrip("/")
    slashes = min(_SLASHES, 1 + len(below) - len(digits))
    return _digits(above), _digits(digits) << slashes - 1 if digits else 1 << slashes


def _digits(text: str) -> int:
    """Returns a number; 0, which would take no time, and nothing count as one, as in abc2midi."""
    return (number(text) if text else 1) or 1


def parse_note(match: re.Match[str]) -> Note:
    """Returns what a match of a note writes; a microtone as the semitone at or below it."""
    sign, step, marks = match.group("sign", "step", "octave")
    octave = step.islower() + marks.count("'") - marks.count(",")
    alteration = ALTERATIONS[sign] if sign else None
    if match["micro"]:
        above, slash, below = match["micro"].partition("/")
        semitones = int(above or 1) // (int(below or 2) or 1) if slash else int(above)
        alteration = semitones if sign[0] == "^" else -semitones
    return Written((step.upper(), octave), alteration), *length_of(match["length"])
