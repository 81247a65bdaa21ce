"""Values of MusicXML elements: numbers, metres, keys, transpositions, tempos.

What is not a number in the range that music has gives None, and the caller says so.

Left out: keys of single altered notes (key-step), interchangeable metres, tempos as a relation of
two note values, a metre for one staff alone (the first counts for all).

Follows: MusicXML 4.0 (W3C Community Group), elements by their names.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from ssc_melody.scores.xml_events import child_text

Number = int | Fraction

_NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d*)?|\.\d+)", re.ASCII)
_FIRST_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_BEAT_UNITS = {
    "1024th": Fraction(1, 256),
    "512th": Fraction(1, 128),
    "256th": Fraction(1, 64),
    "128th": Fraction(1, 32),
    "64th": Fraction(1, 16),
    "32nd": Fraction(1, 8),
    "16th": Fraction(1, 4),
    "eighth": Fraction(1, 2),
    "quarter": Fraction(1),
    "half": Fraction(2),
    "whole": Fraction(4),
    "breve": Fraction(8),
    "long": Fraction(16),
    "maxima": Fraction(32),
}  # in quarters
MAX_BEATS = 255
MAX_BEAT_TYPE = 128
MIN_QPM, MAX_QPM = 1.0, 10_000.0


class Transposition(NamedTuple):
    """How far a part sounds from what is written.

    Attributes:
        chromatic: Semitones, octaves apart.
        diatonic: Steps, octaves apart, or None where they are not given.
        octaves: Octaves besides.
        doubling: Semitones at which every note sounds once more, or 0.
    """

    chromatic: int = 0
    diatonic: int | None = None
    octaves: int = 0
    doubling: int = 0

    @property
    def semitones(self) -> int:
        """All that a written pitch is moved by."""
        return self.chromatic + 12 * self.octaves

    def fifths(self, position: int) -> int:
        """Returns where a note or key of the line of fifths (C or C major 0, G 1) sounds."""
        if not self.chromatic:
            return position
        if self.diatonic is not None:
            moved = position + 7 * self.chromatic - 12 * self.diatonic
            if abs(moved) <= 7:
                return moved
        return (position + 7 * self.chromatic + 5) % 12 - 5


def number(text: str | None) -> Number | None:
    """Returns a decimal number, or None if it is none or has over twelve digits."""
    if text is None:
        return None
    if len(text) <= 12 and text.isascii() and text.isdigit():
        return int(text)
    text = text.strip()
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        return None
    value = Fraction(text)
    if value.denominator == 1:
        return value.numerator
    return value.limit_denominator(10**6)


def integer(text: str | None, least: int, most: int) -> int | None:
    """Returns the integer nearest to a number, or None if that is out of range."""
    value = number(text)
    if value is None:
        return None
    rounded = (2 * value + 1) // 2
    return rounded if least <= rounded <= most else None


def transposition(element: Element) -> Transposition:
    """Reads <transpose>; whatever of it is missing or absurd counts as 0."""
    diatonic = integer(child_text(element, "diatonic"), -70, 70)
    octaves = integer(child_text(element, "octave-change"), -10, 10) or 0
    doubling = 0
    double = element.find("double")
    if double is not None:
        doubling = 12 if double.get("above") == "yes" else -12
    chromatic = integer(child_text(element, "chromatic"), -127, 127) or 0
    return Transposition(chromatic, diatonic, octaves, doubling)


def metre(element: Element) -> tuple[int, int] | None:
    """Reads <time>: (0, 0) for music without metre, None for a metre that cannot be.

    Additive metres are summed up (3+2 eighths: 5/8; 3/8+1/4: 5/8).
    """
    if element.find("senza-misura") is not None:
        return 0, 0
    beats = [c.text or "" for c in element if c.tag == "beats"]
    types = [integer(c.text, 1, MAX_BEAT_TYPE) for c in element if c.tag == "beat-type"]
    if not beats or len(beats) != len(types):
        return None
    sizes = [size for size in types if size is not None and size & (size - 1) == 0]
    counts = [_beats(text) for text in beats]
    if len(sizes) != len(types):
        return None
    unit = max(sizes)
    total = sum(count * (unit // size) for count, size in zip(counts, sizes, strict=True))
    return (total, unit) if min(counts) > 0 and total <= MAX_BEATS else None


def _beats(text: str) -> int:
    """Returns the sum of a text such as 3+2, or 0."""
    counts = [integer(part, 1, MAX_BEATS) for part in text.split("+")[:MAX_BEATS]]
    return sum(count or 0 for count in counts) if all(counts) else 0


def key(element: Element, sounding: Transposition) -> tuple[int, str] | None:
    """Reads <key> as (fifths, mode), as it sounds; major where there is no mode."""
    fifths = integer(child_text(element, "fifths"), -7, 7)
    if fifths is None:
        return None
    mode = child_text(element, "mode").lower()
    return sounding.fifths(fifths), mode if mode and mode != "none" else "major"


def sound_tempo(text: str) -> float | None:
    """Reads the tempo of <sound>: quarter notes per minute."""
    value = number(text)
    return float(value) if value is not None and MIN_QPM <= value <= MAX_QPM else None


def metronome_tempo(element: Element) -> float | None:
    """Reads <metronome> as quarter notes per minute ("ca. 120" and "120-126" are 120)."""
    units = [child for child in element if child.tag == "beat-unit"]
    found = _FIRST_NUMBER.search(child_text(element, "per-minute"))
    name = (units[0].text or "").strip() if len(units) == 1 else ""
    if not found or name not in _BEAT_UNITS:
        return None
    dots = min(4, sum(child.tag == "beat-unit-dot" for child in element))
    unit = _BEAT_UNITS[name] * (2 - Fraction(1, 2**dots))
    qpm = float(Fraction(found[0]) * unit)
    return qpm if MIN_QPM <= qpm <= MAX_QPM else None
