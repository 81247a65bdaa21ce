"""The chord symbol of a <harmony> as a lead sheet writes it: "Am7", "F#m7b5", "C(add9)/E".

The spellings are those of note-seq where note-seq has one, so that whoever reads its chord symbols
reads these. Root and bass are written as they sound: in a part for a clarinet in B flat, a D is C.

Left out: chords by function alone (Roman numerals: they need the key), the lower chords of
polychords, inversions without a bass, fret diagrams.

Follows: MusicXML 4.0, <harmony>, and its list of kinds. Quirk kept: programs write the kinds of
the second table, which the list does not have.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from ssc_melody.scores.xml_events import child_text
from ssc_melody.scores.xml_values import Transposition, integer

NO_CHORD = "N.C."

_KINDS = {
    "major": "",
    "minor": "m",
    "augmented": "aug",
    "diminished": "dim",
    "dominant": "7",
    "major-seventh": "maj7",
    "minor-seventh": "m7",
    "diminished-seventh": "dim7",
    "augmented-seventh": "aug7",
    "half-diminished": "m7b5",
    "major-minor": "m(maj7)",
    "major-sixth": "6",
    "minor-sixth": "m6",
    "dominant-ninth": "9",
    "major-ninth": "maj9",
    "minor-ninth": "m9",
    "dominant-11th": "11",
    "major-11th": "maj11",
    "minor-11th": "m11",
    "dominant-13th": "13",
    "major-13th": "maj13",
    "minor-13th": "m13",
    "suspended-second": "sus2",
    "suspended-fourth": "sus",
    "neapolitan": "",  # a major triad on the lowered second step, which is the root
    "italian": "7(no5)",  # augmented sixths are spelled as the sevenths they sound like
    "french": "7(b5)",
    "german": "7",
    "pedal": "ped",
    "power": "5",
    "tristan": "m7b5",  # as it sounds
} | {
    "dominant-seventh": "7",
    "augmented-ninth": "aug9",
    "minor-major": "m(maj7)",
    "minor-major-seventh": "m(maj7)",
    "major-minor-seventh": "7",
    "min": "m",
    "maj": "",
    "aug": "aug",
    "dim": "dim",
    "7": "7",
    "maj7": "maj7",
    "min7": "m7",
    "m7": "m7",
    "dim7": "dim7",
    "m7b5": "m7b5",
    "minmaj7": "m(maj7)",
    "6": "6",
    "min6": "m6",
    "maj69": "6(add9)",
    "9": "9",
    "maj9": "maj9",
    "min9": "m9",
    "11": "11",
    "13": "13",
    "sus47": "sus7",
    "sus2": "sus2",
    "sus4": "sus",
    "power5": "5",
}
_TEXTS = {
    "m": "m",
    "mi": "m",
    "-": "m",
    "+": "aug",
    "o": "dim",
    "°": "dim",
    "ø": "m7b5",
    "ø7": "m7b5",
    "o7": "dim7",
    "°7": "dim7",
    "mi7": "m7",
    "-7": "m7",
    "ma7": "maj7",
    "Maj7": "maj7",
    "M7": "maj7",
    "M": "",
    "m6": "m6",
    "m9": "m9",
    "+7": "aug7",
    "7+": "aug7",
    "sus": "sus",
    "7sus": "sus7",
    "7sus4": "sus7",
    "sus7": "sus7",
    "6/9": "6/9",
    "69": "6/9",
    "5": "5",
    "add9": "(add9)",
    "add2": "(add2)",
    "7b9": "7(b9)",
    "7#9": "7(#9)",
    "7b5": "7(b5)",
    "7#5": "aug7",
}  # of kind="other", in the writing of those who draw chords
_NO_CHORD = re.compile(r"n\.?\s*c\.?|no chord|tacet|", re.IGNORECASE)
_MAX_DEGREES = 10
_FIFTHS = "FCGDAEB"
_ALTERS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}


def chord_symbol(element: Element, sounding: Transposition) -> str | None:
    """Returns a chord symbol, "" for one without a root, None for one that is not understood."""
    kind = element.find("kind")
    name = (kind.text or "").strip().lower() if kind is not None else ""
    text = kind.get("text", "").strip() if kind is not None else ""
    if name == "none":
        return NO_CHORD if _NO_CHORD.fullmatch(text) else ""
    root = _pitch_class(element.find("root"), "root", sounding)
    if root is None:
        return NO_CHORD if text and _NO_CHORD.fullmatch(text) else ""
    quality = _KINDS.get(name)
    if quality is None:
        quality = _quality(text) if name in ("", "other") else None
        if quality is None:
            return None
    degrees = "".join(_degree(child) for child in element.findall("degree")[:_MAX_DEGREES])
    bass = _pitch_class(element.find("bass"), "bass", sounding)
    return f"{root}{quality}{degrees}" + (f"/{bass}" if bass and bass != root else "")


def _quality(text: str) -> str | None:
    """Returns the quality that a drawn text means, "" (its degrees say it) for none."""
    text = text.replace("♭", "b").replace("♯", "#").replace("Δ", "maj").replace(" ", "")
    if not text or text in _TEXTS:
        return _TEXTS.get(text, "")
    return _KINDS.get(text.lower())


def _pitch_class(element: Element | None, what: str, sounding: Transposition) -> str | None:
    """Returns the name, as it sounds, of <root> or <bass>."""
    step = child_text(element, f"{what}-step").upper() if element is not None else ""
    if element is None or len(step) != 1 or step not in _FIFTHS:
        return None
    alter = integer(child_text(element, f"{what}-alter"), -2, 2) or 0
    position = sounding.fifths(_FIFTHS.index(step) - 1 + 7 * alter)
    return _FIFTHS[(position + 1) % 7] + _ALTERS.get((position + 1) // 7, "")


def _degree(element: Element) -> str:
    """Returns an alteration such as (add9), (b5) or (no3), or ""."""
    value = integer(child_text(element, "degree-value"), 1, 13)
    alter = integer(child_text(element, "degree-alter"), -2, 2) or 0
    kind = child_text(element, "degree-type").lower()
    if value is None:
        return ""
    if kind == "subtract":
        return f"(no{value})"
    if kind == "add" and not alter:
        return f"(add{value})"
    return f"({_ALTERS[alter]}{value})" if alter else ""
