"""The fields of ABC that hold numbers: metre (M:), unit note length (L:) and tempo (Q:).

Follows sections 3.1.6 to 3.1.8 and 10.1 of the ABC standard 2.1. A tempo without a note (`Q:120`)
counts unit note lengths, as in ABC 1.6 and 2.1; abc2midi counts quarter notes since 2013. A tempo
of words only ("Allegro") says nothing.
"""

from __future__ import annotations

import re
from fractions import Fraction

from ssc_melody.errors import DataError

Metre = tuple[int, int]

MAX_DIGITS = 9
_MAX_NUMERATOR = 255
_DENOMINATORS = (1, 2, 4, 8, 16, 32, 64, 128)
_MAX_QPM = 2000
_METRE_PART = re.compile(r"\(?\s*(\d{1,4}(?:\s*\+\s*\d{1,4}){0,20})\s*\)?\s*/\s*(\d{1,4})")
_UNIT = re.compile(r"(\d{1,4})(?:\s*/\s*(\d{1,4}))?")
_QUOTED = re.compile(r'"[^"]*"?')
_BEAT = re.compile(r"(\d{1,4})\s*/\s*(\d{1,4})|([A-Ga-g])(\d{0,4})(?:/(\d{1,4}))?|(\d{1,4})")
_RATE = re.compile(r"\d{1,5}(?:\.\d{1,5})?")


def number(digits: str) -> int:
    """Returns the number that digits write.

    Raises:
        DataError: It is too long to mean anything.
    """
    if len(digits) > MAX_DIGITS:
        raise DataError(f"expected numbers of at most {MAX_DIGITS} digits, found {len(digits)}")
    return int(digits)


def parse_metre(text: str) -> Metre | None:
    """Returns the metre that an M: field names, or None for music without bars.

    Raises:
        ValueError: It names none.
    """
    word = text.strip().lower()
    if word.startswith(("none", "free")) or not word:
        return None
    if word.startswith("c|"):
        return 2, 2
    if word.startswith("c"):
        return 4, 4
    total = Fraction(0)
    denominator = 1
    position = 0
    while part := _METRE_PART.match(word, position):
        below = int(part[2])
        if below not in _DENOMINATORS:
            raise ValueError(text)
        total += Fraction(sum(int(beats) for beats in part[1].split("+")), below)
        denominator = max(denominator, below)
        plus = re.compile(r"\s*\+").match(word, part.end())
        if not plus:
            break
        position = plus.end()
    numerator = int(total * denominator)
    if not 0 < numerator <= _MAX_NUMERATOR:
        raise ValueError(text)
    return numerator, denominator


def parse_unit(text: str) -> Fraction:
    """Returns the unit note length that an L: field names, in whole notes.

    Raises:
        ValueError: It names none.
    """
    found = _UNIT.match(text.strip())
    if not found or not int(found[1]) or not int(found[2] or 1):
        raise ValueError(text)
    return Fraction(int(found[1]), int(found[2] or 1))


def default_unit(metre: Metre | None) -> Fraction:
    """Returns the unit note length of a tune without L:, in whole notes."""
    small = metre is not None and Fraction(*metre) < Fraction(3, 4)
    return Fraction(1, 16) if small else Fraction(1, 8)


def parse_tempo(text: str, unit: Fraction) -> float | None:
    """Returns the tempo that a Q: field names, in quarter notes a minute; None for words only.

    Args:
        text: Such as `1/4=120`, `"Allegro" 3/8=80`, `1/4 3/8=40`, `C3=40`, `120`.
        unit: Unit note length, in whole notes.

    Raises:
        ValueError: It names none.
    """
    bare = _QUOTED.sub(" ", text[:200]).strip()
    if not bare:
        return None
    before, equals, after = bare.partition("=")
    rate = _RATE.search(after if equals else before)
    beat = _beat(before, unit) if equals else unit
    if not rate or beat <= 0:
        raise ValueError(text)
    qpm = float(Fraction(rate[0]) * beat * 4)
    if not 1 <= qpm <= _MAX_QPM:
        raise ValueError(text)
    return qpm


def _beat(text: str, unit: Fraction) -> Fraction:
    """Returns a beat in whole notes: the sum of the lengths before the equals sign."""
    total = Fraction(0)
    for above, below, letter, times, parts, whole in _BEAT.findall(text):
        if letter:
            total += unit * Fraction(int(times or 1), max(1, int(parts or 1)))
        else:
            total += Fraction(int(above or whole), max(1, int(below or 1)))
    return total
