"""The text of --primer_melody: a list of events.

Follows magenta/models/melody_rnn/melody_rnn_generate.py, which evaluates it as Python; here it is
read, and what word processors make of quotes and minus signs is understood.
"""

from __future__ import annotations

import re

from ssc_melody.constants import MAX_EVENT, MIN_EVENT
from ssc_melody.errors import PrimerError

_EXAMPLE = '"[60, -2, 60, -2, 67, -2, 67, -2]"'
_QUOTES = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_MINUSES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"))
_BRACKETS = {"[": "]", "(": ")"}


def parse_primer_melody(text: str) -> list[int]:
    """Reads the events of --primer_melody.

    Like stock it takes "[60, -2, 62]"; brackets may be round or missing, quotes (also curly ones)
    may stand around it, and any dash is a minus.

    Args:
        text: Integers -2..127 with commas between them.

    Raises:
        PrimerError: Something else stands there, an event is out of range, or there is none.
    """
    plain = text.translate(_MINUSES)
    begin, end = _strip(plain, 0, len(plain), _QUOTES)
    if begin < end and plain[begin] in _BRACKETS:
        closing = _BRACKETS[plain[begin]]
        if plain[end - 1] != closing or end - begin < 2:
            raise _parse_error(text, end, f'a closing "{closing}"', "the end")
        begin, end = _strip(plain, begin + 1, end - 1, "")
    if begin < end and plain[end - 1] == ",":
        end -= 1
    events: list[int] = []
    position = begin
    for part in plain[begin:end].split(",") if begin < end else []:
        events.append(_event(text, part, position))
        position += len(part) + 1
    if not events:
        raise _parse_error(text, begin, "at least one event", "none")
    return events


def _strip(text: str, begin: int, end: int, others: str) -> tuple[int, int]:
    """Narrows a range of the text to what stands between blanks and other characters."""
    while begin < end and (text[begin].isspace() or text[begin] in others):
        begin += 1
    while begin < end and (text[end - 1].isspace() or text[end - 1] in others):
        end -= 1
    return begin, end


def _event(text: str, part: str, position: int) -> int:
    token = part.strip()
    position += len(part) - len(part.lstrip())
    expected = f"an integer from {MIN_EVENT} to {MAX_EVENT}"
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", token):
        raise _parse_error(text, position, expected, f'"{token[:20]}"' if token else "nothing")
    value = int(token)
    if not MIN_EVENT <= value <= MAX_EVENT:
        raise _parse_error(text, position, expected, str(value))
    return value


def _parse_error(text: str, position: int, expected: str, found: str) -> PrimerError:
    shown = text if len(text) <= 80 else text[:77] + "..."
    return PrimerError(
        f"Primer melody {shown!r}, character {position + 1}: expected {expected}, found {found}; "
        f"-2 goes on, -1 ends a note, 0 to 127 is a pitch, for example {_EXAMPLE}"
    )
