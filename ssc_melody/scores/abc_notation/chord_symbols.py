"""Which quoted texts of ABC are chord symbols: "Am7/G" is one, "Fine" and "^slow" are not."""

from __future__ import annotations

import re

NO_CHORD = "N.C."
_LONGEST = 40
_ANNOTATION = ("^", "_", "<", ">", "@")
_SYMBOL = re.compile(
    r"[A-G][#b]?"
    r"(?:maj|min|mi|ma|m|M|dim|aug|sus|add|alt|no|omit|[#b]?\d{1,2}|[-+o^,()\u00b0\u00f8\u0394])*"
    r"(?:/\d{1,2})?(?:/[A-Ga-g][#b]?)?"
)
_NONE = re.compile(r"n\.?\s?c\.?|no chord", re.IGNORECASE)


def chord_symbol(text: str) -> str:
    """Returns the chord symbol of a quoted text, "" where it is something else.

    Args:
        text: Without its quotes; of several lines (`;` or `\\n`) the first counts.
    """
    if text.startswith(_ANNOTATION) or not text:
        return ""
    line = re.split(r";|\\n", text[:_LONGEST], maxsplit=1)[0].strip()
    line = line.replace("\u266f", "#").replace("\u266d", "b")
    if _NONE.fullmatch(line):
        return NO_CHORD
    return line if _SYMBOL.fullmatch(line) else ""
