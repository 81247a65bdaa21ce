"""What a score holds, whatever notation it was written in: notes, metres, keys, chord symbols.

Left out: what is not heard or not read (lyrics, layout, dynamics); repeats are not played out.
"""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Iterable
from typing import NamedTuple

TICKS_PER_QUARTER = 10080  # 2**5 * 3**2 * 5 * 7: triplets, quintuplets and sixty-fourths are whole


class ScoreNote(NamedTuple):
    """A note that sounds: its pitch as heard, ticks from the beginning, its part from 0."""

    pitch: int
    start: int
    end: int
    part: int


class ScoreMetre(NamedTuple):
    """A metre, from a tick on."""

    tick: int
    numerator: int
    denominator: int


class ScoreTempo(NamedTuple):
    """A tempo in quarter notes per minute, from a tick on."""

    tick: int
    qpm: float


class ScoreKey(NamedTuple):
    """A key, from a tick on: sharps (or, negative, flats) of its signature, and its mode."""

    tick: int
    fifths: int
    mode: str


class ScoreChord(NamedTuple):
    """A chord symbol as a lead sheet writes it ("Am7/G"; "N.C." for none), from a tick on."""

    tick: int
    symbol: str


def shared_out(
    chords: Iterable[ScoreChord], notes: Iterable[ScoreNote], end: int
) -> list[ScoreChord]:
    """Returns chords of which no two are at one tick: those that are share the note below them.

    Lead sheets write "Am7 D7" before one long note, and leave it to the reader where D7 begins.

    Args:
        chords: By tick.
        notes: The score's; chords share the time up to the next one that begins, or the next chord.
        end: Tick at which the score ends.
    """
    groups = [list(group) for _, group in itertools.groupby(chords, key=lambda c: c.tick)]
    if all(len(group) == 1 for group in groups):
        return [chord for group in groups for chord in group]
    starts = {note.start for note in notes} | {group[0].tick for group in groups} | {end}
    onsets = sorted(starts)
    found: list[ScoreChord] = []
    for group in groups:
        tick = group[0].tick
        after = bisect.bisect_right(onsets, tick)
        length = onsets[after] - tick if after < len(onsets) else 0
        places = [tick + length * i // len(group) for i in range(len(group))]
        last_at = dict(zip(places, group, strict=True))  # of several at one tick the last counts
        found += [chord._replace(tick=place) for place, chord in last_at.items()]
    return found


@dataclasses.dataclass(frozen=True)
class Score:
    """A score, or a tune of a book.

    Attributes:
        title: "" where it has none.
        notes: Tied ones as one, by part, then by start, then by pitch; pitches as they sound.
        part_names: One per part, "" for a part without a name.
        metres: By tick; empty for music without bars.
        tempos: By tick; empty where the score names none.
        keys: By tick, of the first part.
        chords: By tick, one at a tick.
        pickup: Ticks that the first bar lacks to be full; times count from the first note or rest
            written, so whoever wants bar lines on multiples of a bar adds this to every tick.
        end: Tick at which the score ends, closing rests included.
        warnings: What was not understood or does not add up, one sentence per kind.
    """

    title: str = ""
    notes: list[ScoreNote] = dataclasses.field(default_factory=list)
    part_names: list[str] = dataclasses.field(default_factory=list)
    metres: list[ScoreMetre] = dataclasses.field(default_factory=list)
    tempos: list[ScoreTempo] = dataclasses.field(default_factory=list)
    keys: list[ScoreKey] = dataclasses.field(default_factory=list)
    chords: list[ScoreChord] = dataclasses.field(default_factory=list)
    pickup: int = 0
    end: int = 0
    warnings: list[str] = dataclasses.field(default_factory=list)
