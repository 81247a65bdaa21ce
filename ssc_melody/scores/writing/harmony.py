"""A chord symbol as the parts of a <harmony>: "F#m7/C#" is a root, a kind and a bass.

Follows: MusicXML 4.0, <harmony>, and the kinds that `xml_harmony` reads. What is not a chord symbol
there is written as text, of kind "other", so that it stands on the page as it was given.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from ssc_melody.scores.xml_harmony import NO_CHORD

_KINDS = {
    "": "major",
    "m": "minor",
    "aug": "augmented",
    "dim": "diminished",
    "7": "dominant",
    "maj7": "major-seventh",
    "m7": "minor-seventh",
    "dim7": "diminished-seventh",
    "aug7": "augmented-seventh",
    "m7b5": "half-diminished",
    "m(maj7)": "major-minor",
    "6": "major-sixth",
    "m6": "minor-sixth",
    "9": "dominant-ninth",
    "maj9": "major-ninth",
    "m9": "minor-ninth",
    "11": "dominant-11th",
    "maj11": "major-11th",
    "m11": "minor-11th",
    "13": "dominant-13th",
    "maj13": "major-13th",
    "m13": "minor-13th",
    "sus2": "suspended-second",
    "sus": "suspended-fourth",
    "sus4": "suspended-fourth",
    "5": "power",
    "ped": "pedal",
}
_SYMBOL = re.compile(r"([A-G])(##|#|bb|b)?(.*?)(\(.*\))?(?:/([A-G])(##|#|bb|b)?)?")
_DEGREE = re.compile(r"\((add|no|##|#|bb|b)(\d{1,2})\)")
_ALTERS = {"##": 2, "#": 1, "": 0, "b": -1, "bb": -2}


class _Chord(NamedTuple):
    root: tuple[str, int]
    kind: str
    degrees: list[tuple[str, int]]
    bass: tuple[str, int] | None


def harmony(symbol: str) -> Element:
    """Returns the <harmony> of a chord symbol."""
    element = Element("harmony")
    chord = _parse(symbol)
    if chord is None:
        is_none = symbol == NO_CHORD
        SubElement(SubElement(element, "root"), "root-step", text="").text = "C"
        kind = SubElement(element, "kind", text=symbol)
        kind.text = "none" if is_none else "other"
        return element
    _pitch(element, "root", chord.root)
    SubElement(element, "kind").text = chord.kind
    if chord.bass is not None:
        _pitch(element, "bass", chord.bass)
    for sort, value in chord.degrees:
        degree = SubElement(element, "degree")
        SubElement(degree, "degree-value").text = str(value)
        SubElement(degree, "degree-alter").text = str(_ALTERS.get(sort, 0))
        kinds = {"add": "add", "no": "subtract"}
        SubElement(degree, "degree-type").text = kinds.get(sort, "alter")
    return element


def _pitch(element: Element, what: str, pitch: tuple[str, int]) -> None:
    step, alter = pitch
    part = SubElement(element, what)
    SubElement(part, f"{what}-step").text = step
    if alter:
        SubElement(part, f"{what}-alter").text = str(alter)


def _parse(symbol: str) -> _Chord | None:
    """Returns the parts of a chord symbol; None for text of another sort."""
    match = _SYMBOL.fullmatch(symbol)
    if match is None:
        return None
    step, sign, quality, changes, bass, bass_sign = match.groups()
    if quality == "m" and (changes or "").startswith("(maj7)"):
        quality, changes = "m(maj7)", changes.removeprefix("(maj7)")
    degrees = _DEGREE.findall(changes or "")
    if quality not in _KINDS or "".join(f"({s}{v})" for s, v in degrees) != (changes or ""):
        return None
    return _Chord(
        (step, _ALTERS[sign or ""]),
        _KINDS[quality],
        [(sort, int(value)) for sort, value in degrees],
        (bass, _ALTERS[bass_sign or ""]) if bass else None,
    )
