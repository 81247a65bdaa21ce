"""The signs of a staff, and the beams that join those of a beat.

Follows the groups of `metre.beam_groups`. Left out: beams over rests and over bar lines.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from ssc_melody.scores.writing import metre as metres
from ssc_melody.scores.writing.metre import Metre
from ssc_melody.scores.writing.spelling import Spelled

_QUARTER, _EIGHTH = 16, 8


class Sign(NamedTuple):
    """A note or rest as it is written.

    Attributes:
        start: Sixty-fourth notes from the bar line.
        length: The same.
        pitch: None for a rest.
        tie_in: Whether it goes on with the note before.
        tie_out: Whether the next note goes on with it.
        accidental: Whether the alteration of its pitch is written before it.
        chord: The chord symbol above it, or "".
        beams: For each beam "begin", "continue", "end", "forward hook" or "backward hook".
    """

    start: int
    length: int
    pitch: Spelled | None
    tie_in: bool = False
    tie_out: bool = False
    accidental: bool = False
    chord: str = ""
    beams: tuple[str, ...] = ()


def beamed(signs: list[Sign], metre: Metre) -> list[Sign]:
    """Returns the signs of a bar with their beams."""
    out = list(signs)
    for run in _runs(signs, metre):
        if len(run) < 2:
            continue
        for place, i in enumerate(run):
            near = [metres.flags(signs[j].length) for j in run[max(0, place - 1) : place + 2]]
            own = near[0 if place == 0 else 1]
            before = near[0] if place else 0
            after = near[-1] if place + 1 < len(run) else 0
            beams = tuple(_beam(level, before, after) for level in range(1, own + 1))
            out[i] = signs[i]._replace(beams=beams)
    return out


def _beam(level: int, before: int, after: int) -> str:
    if before >= level and after >= level:
        return "continue"
    if after >= level:
        return "begin"
    if before >= level:
        return "end"
    return "forward hook" if after >= before else "backward hook"


def _runs(signs: list[Sign], metre: Metre) -> list[list[int]]:
    """Lists the numbers of the signs that are under one beam, run by run."""
    at = metres.beats(metre)
    beat_of = [bisect_right(at, sign.start) - 1 for sign in signs]
    groups = metres.beam_groups(metre, [_is_plain(signs, beat_of, i) for i in range(len(at))])
    runs: list[list[int]] = [[]]
    last = -1
    for i, sign in enumerate(signs):
        joins = sign.pitch is not None and sign.length < _QUARTER
        if not joins or groups[beat_of[i]] != last:
            runs.append([])
        if joins:
            runs[-1].append(i)
        last = groups[beat_of[i]]
    return runs


def _is_plain(signs: list[Sign], beat_of: list[int], beat: int) -> bool:
    """Tells whether a beat is two eighths."""
    own = [sign for sign, of in zip(signs, beat_of, strict=True) if of == beat]
    return len(own) == 2 and all(s.pitch is not None and s.length == _EIGHTH for s in own)
