"""How a length is cut into signs: tied notes and rests that let the metre be seen, and beams.

Each place of a bar has a rank: 0 the bar line, 1 its middle or groups, 2 the beats, 3 and up what
lies between. A note may pass over a place of one rank above its weaker end (a syncopation is read
well) but not of two, and over one such place only; a rest over no place as strong as its ends.
That is the practice of E. Gould, "Behind Bars" (2011), in its simplest form. Left out: tuplets,
double dots, breves.

Lengths are in sixty-fourth notes.
"""

from __future__ import annotations

import functools

WHOLE = 64
_UNITS_BELOW_COMPOUND = 4
"""Rank of the eighths of 6/8: two below its beats, so that only whole beats pass over one."""

Metre = tuple[int, int]
"""Numerator and denominator."""


def bar_length(metre: Metre) -> int:
    """Returns the length of a bar."""
    return metre[0] * WHOLE // metre[1]


def is_compound(metre: Metre) -> bool:
    """Tells whether three units are a beat: 6/8, 9/8, 12/8, 3/8, 6/4, but not 3/4."""
    return metre[0] % 3 == 0 and (metre[0] > 3 or metre[1] >= 8)


def beats(metre: Metre) -> list[int]:
    """Returns where the beats (of an uneven metre its groups) of a bar begin."""
    numerator, denominator = metre
    unit = WHOLE // denominator
    if is_compound(metre):
        return list(range(0, numerator * unit, 3 * unit))
    if denominator >= 8:
        return [unit * at for at in _groups(numerator)]
    return list(range(0, numerator * unit, unit))


def _groups(numerator: int) -> list[int]:
    """Cuts 5 into 3 + 2, and other counts into twos with a three at the end."""
    return [0, 3] if numerator == 5 else [0, *range(2, numerator - 1, 2)]


@functools.lru_cache(maxsize=64)
def ranks(metre: Metre) -> tuple[int, ...]:
    """Returns the rank of each place of a bar, both bar lines included."""
    denominator = metre[1]
    length, unit = bar_length(metre), WHOLE // denominator
    found = [9] * (length + 1)
    step, rank = unit, _UNITS_BELOW_COMPOUND if is_compound(metre) else 3
    if not is_compound(metre) and denominator < 8:
        rank = 2
    while step >= 1:
        for at in range(0, length + 1, step):
            found[at] = min(found[at], rank)
        step, rank = step // 2, rank + 1
    for at in beats(metre):
        found[at] = min(found[at], 2)
    for at in _middles(metre):
        found[at] = 1
    found[0] = found[length] = 0
    return tuple(found)


def _middles(metre: Metre) -> list[int]:
    numerator, denominator = metre
    unit = WHOLE // denominator
    if is_compound(metre):
        return [numerator * unit // 2] if numerator in (6, 12) else []
    if numerator == 4:
        return [2 * unit]
    if numerator in (5, 7) and denominator < 8:
        return [(3 if numerator == 5 else 4) * unit]
    return beats(metre)[1:] if denominator >= 8 else []


def is_sign(length: int) -> bool:
    """Tells whether one note, plain or with a dot, has this length."""
    plain = length & -length
    return length in (plain, 3 * plain) and length <= WHOLE + WHOLE // 2


@functools.lru_cache(maxsize=4096)
def cut(metre: Metre, start: int, end: int, is_rest: bool) -> tuple[int, ...]:
    """Cuts a part of a bar into lengths of signs, as few as show the metre.

    Args:
        metre: The bar's.
        start: Where it begins, from the bar line.
        end: Where it ends.
        is_rest: Whether it is silence.
    """
    inside = ranks(metre)[start + 1 : end]
    if is_sign(end - start) and (not inside or _may_be_one(metre, start, end, is_rest)):
        return (end - start,)
    strongest = min(inside)
    places = [start + 1 + i for i, rank in enumerate(inside) if rank == strongest]
    cuts = [cut(metre, start, at, is_rest) + cut(metre, at, end, is_rest) for at in places]
    return min(cuts, key=len)


def _may_be_one(metre: Metre, start: int, end: int, is_rest: bool) -> bool:
    rank = ranks(metre)
    weaker = max(rank[start], rank[end])
    strongest = min(rank[start + 1 : end])
    if is_rest:
        is_two_of_three = is_compound(metre) and rank[start] <= 2 and strongest == weaker
        return strongest > weaker or is_two_of_three
    stronger = sum(place < weaker for place in rank[start + 1 : end])
    return strongest >= weaker or (strongest == weaker - 1 and stronger == 1)


def flags(length: int) -> int:
    """Returns how many flags or beams a note has: 1 for an eighth, dotted or not."""
    return next(n for n in range(6) if length >= 16 >> n)


def beam_groups(metre: Metre, eighths: list[bool]) -> list[int]:
    """Returns the group of each beat; notes are beamed within a group.

    Args:
        metre: The bar's.
        eighths: For each beat whether it has nothing but two eighths; such beats are one group
            within half a bar of 4/4 and within a bar of 2/4 or 3/4.
    """
    middles = set(_middles(metre))
    groups = [0]
    at = beats(metre)
    for i in range(1, len(at)):
        joined = eighths[i] and eighths[i - 1] and at[i] not in middles and metre[1] == 4
        groups.append(groups[-1] + (not joined))
    return groups
