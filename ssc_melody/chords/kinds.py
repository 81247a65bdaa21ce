"""Kinds of chords, by the text that stands behind the root: "m7" is 1 b3 5 b7.

Knows every spelling that note-seq 0.0.5 does (chord_symbols_lib.py), and those only, so that what
one refuses the other refuses. A row here is a family of spellings: any of its beginnings, then its
ending. "m7b5" is no row: it is "m7" with its fifth lowered.
"""

from __future__ import annotations

_MAJOR = ("maj", "M")
_MINOR = ("m", "min", "-")
_AUGMENTED = ("+", "aug")
_DIMINISHED = ("o", "dim")
_ALONE = ("",)
_MINOR_MAJOR = tuple(f"{minor}{major}" for minor in _MINOR for major in _MAJOR)
_MINOR_MAJOR_IN_BRACKETS = tuple(f"{minor}({major}" for minor in _MINOR for major in _MAJOR)

_ROWS = (
    (_ALONE + _MAJOR, "", "1 3 5"),
    (_MINOR, "", "1 b3 5"),
    (_AUGMENTED, "", "1 3 #5"),
    (_DIMINISHED, "", "1 b3 b5"),
    (_ALONE, "5", "1 5"),
    (_ALONE, "ped", "1"),
    (_ALONE, "sus2", "1 2 5"),
    (("sus", "sus4"), "", "1 4 5"),
    (("sus7", "7sus"), "", "1 4 5 b7"),
    (_ALONE, "6", "1 3 5 6"),
    (_MINOR, "6", "1 b3 5 6"),
    (_ALONE, "6/9", "1 3 5 6 9"),
    (_ALONE, "7", "1 3 5 b7"),
    (_MAJOR, "7", "1 3 5 7"),
    (_MINOR, "7", "1 b3 5 b7"),
    (_MINOR_MAJOR, "7", "1 b3 5 7"),
    (_MINOR_MAJOR_IN_BRACKETS, "7)", "1 b3 5 7"),
    (_AUGMENTED, "7", "1 3 #5 b7"),
    (_DIMINISHED, "7", "1 b3 b5 bb7"),
    (("/o", "/o7"), "", "1 b3 b5 b7"),
    (_ALONE, "9", "1 3 5 b7 9"),
    (_MAJOR, "9", "1 3 5 7 9"),
    (_MINOR, "9", "1 b3 5 b7 9"),
    (_AUGMENTED, "9", "1 3 #5 b7 9"),
    (_ALONE, "11", "1 3 5 b7 9 11"),
    (_MAJOR, "11", "1 3 5 7 9 11"),
    (_MINOR, "11", "1 b3 5 b7 9 11"),
    (_ALONE, "13", "1 3 5 b7 9 11 13"),
    (_MAJOR, "13", "1 3 5 7 9 11 13"),
    (_MINOR, "13", "1 b3 5 b7 9 11 13"),
)

Degrees = dict[int, int]
"""Degrees of the major scale upon the root, in order, and the semitones each is altered by."""


def _degrees(text: str) -> Degrees:
    """Reads "1 b3 5 bb7"."""
    found: Degrees = {}
    for word in text.split():
        number = word.lstrip("#b")
        signs = word[: -len(number)]
        found[int(number)] = signs.count("#") - signs.count("b")
    return found


KINDS: dict[str, Degrees] = {
    begin + end: _degrees(text) for begins, end, text in _ROWS for begin in begins
}
"""Each spelling and its degrees; "" is a major triad."""
