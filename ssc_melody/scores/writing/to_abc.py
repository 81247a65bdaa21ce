"""A score as ABC notation, for notation programs, web pages and people.

Follows: the ABC standard 2.1. Written as tune books are: unit of an eighth note, four bars a line,
notes of a beam without a space between them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ssc_melody.errors import printable
from ssc_melody.scores.score import Score
from ssc_melody.scores.writing.beams import Sign
from ssc_melody.scores.writing.keys import Tonic
from ssc_melody.scores.writing.sheet import Sheet, SheetBar, lay_out
from ssc_melody.scores.writing.spelling import Spelled

_UNIT = 8
"""Sixty-fourth notes of L:1/8."""

_BARS_A_LINE, _SIGNS_A_LINE = 4, 44
"""At most; a line may have a bar more signs than that."""

_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_MODES = {"major": "", "minor": "m", "mixolydian": "mix", "dorian": "dor", "lydian": "lyd",
          "phrygian": "phr", "locrian": "loc"}  # fmt: skip


def to_abc(score: Score, number: int = 1) -> str:
    """Writes a score of one voice as a tune of ABC.

    Args:
        score: The notes; see `sheet.lay_out` for what is filled in.
        number: The tune's number in its book (X:).

    Raises:
        DataError: It cannot be written.
    """
    sheet = lay_out(score)
    return "\n".join([*_head(sheet, number), *_lines(sheet)]) + "\n"


def key_field(key: Tonic) -> str:
    """Returns a key as ABC names it.

    >>> key_field(Tonic(3, "minor")), key_field(Tonic(-2, "major")), key_field(Tonic(2, "dorian"))
    ('Am', 'Bb', 'Ddor')
    """
    return key.name + _MODES[key.mode]


def _head(sheet: Sheet, number: int) -> Iterator[str]:
    numerator, denominator = sheet.bars[0].metre
    yield "%abc-2.1"  # read strictly: an accidental holds to the bar line
    yield f"X:{number}"
    yield f"T:{_text(sheet.title)}"
    yield f"M:{numerator}/{denominator}"
    yield "L:1/8"
    if sheet.qpm is not None:
        dotted = sheet.has_dotted_beat
        yield f"Q:3/8={sheet.qpm / 1.5:.0f}" if dotted else f"Q:1/4={sheet.qpm:.0f}"
    yield f"K:{key_field(sheet.key)}" + (" clef=bass" if sheet.clef == "bass" else "")


def _text(text: str) -> str:
    """Returns a text of a field: one line, in which % begins no comment."""
    return printable(" ".join(text.split())).replace("%", "\\%")


def _lines(sheet: Sheet) -> Iterator[str]:
    """Yields lines of about as many bars each; a pickup is none."""
    bars = [_bar(bar, i) for i, bar in enumerate(sheet.bars)]
    bars[-1] += " |]"
    pickup = int(sheet.bars[0].is_pickup and len(bars) > 1)
    count = len(bars) - pickup
    signs = sum(len(bar.signs) for bar in sheet.bars)
    lines = -(-count // max(1, min(_BARS_A_LINE, _SIGNS_A_LINE * count // signs)))
    stops = [pickup + count * (line + 1) // lines for line in range(lines)]
    for start, stop in itertools.pairwise([0, *stops]):
        line = " | ".join(bars[start:stop])
        yield line if stop == len(bars) else f"{line} |"


def _bar(bar: SheetBar, index: int) -> str:
    text = f"[M:{bar.metre[0]}/{bar.metre[1]}] " if bar.is_new and index else ""
    for i, sign in enumerate(bar.signs):
        joined = sign.beams[:1] in (("begin",), ("continue",))
        text += _sign(sign) + ("" if joined or i + 1 == len(bar.signs) else " ")
    return text


def _sign(sign: Sign) -> str:
    chord = f'"{_chord(sign.chord)}"' if sign.chord else ""
    if sign.pitch is None:
        return f"{chord}z{_length(sign.length)}"
    accidental = _SIGNS[sign.pitch.alter] if sign.accidental else ""
    return f"{chord}{accidental}{_letter(sign.pitch)}{_length(sign.length)}{'-' * sign.tie_out}"


def _chord(symbol: str) -> str:
    return printable(symbol).replace('"', "")


def _letter(pitch: Spelled) -> str:
    """Returns the letter with its octave: C is middle C, c the one above.

    >>> _letter(Spelled("C", 0, 4)), _letter(Spelled("B", -1, 5)), _letter(Spelled("G", 0, 3))
    ('C', 'b', 'G,')
    """
    if pitch.octave >= 5:
        return pitch.step.lower() + "'" * (pitch.octave - 5)
    return pitch.step + "," * (4 - pitch.octave)


def _length(units: int) -> str:
    """Returns a length as a multiple of an eighth note: "" for one, "3/2", "/" for a half.

    >>> [_length(n) for n in (8, 16, 12, 4, 2, 6)]
    ['', '2', '3/2', '/', '/4', '3/4']
    """
    above, below = units, _UNIT
    while above % 2 == 0 and below > 1:
        above, below = above // 2, below // 2
    if below == 1:
        return "" if above == 1 else str(above)
    if above > 1:
        return f"{above}/{below}"
    return "/" if below == 2 else f"/{below}"
