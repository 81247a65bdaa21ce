"""Where a MIDI file's bars are not those of the music: bars of one beat, and an upbeat at tick 0.

Many programs write 1/4 where they know no metre; bars of one beat would make every pause and every
minimum of bars a matter of beats. And a file that begins with an upbeat at tick 0 has all its bars
shifted: nothing in it says so, but whoever knows can have the first bar filled up.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from ssc_melody.midi.read import MidiPiece, TimeSignature

Metre = tuple[int, int]
COMMON_TIME: Metre = (4, 4)

_FEW_BARS = 4
"""A metre of one beat that holds for so many bars or fewer is meant: an upbeat, a stretched bar."""


def real_changes(events: Sequence[tuple[Any, Any]], default: Any) -> list[tuple[Any, Any]]:
    """Returns the (time, value) of events, by time, that differ from the value before."""
    changes, current = [], default
    for time, value in sorted(events, key=lambda event: event[0]):
        if value != current:
            changes.append((time, value))
            current = value
    return changes


def stretches(music: MidiPiece) -> list[tuple[int, float, Metre]]:
    """Returns (start, end, metre), in ticks, of each stretch of one metre; the last never ends.

    A later metre at the same tick replaces the earlier one.
    """
    metres = [(m.tick, (m.numerator, m.denominator)) for m in music.time_signatures]
    changes: dict[int, Metre] = {0: COMMON_TIME} | dict(real_changes(metres, COMMON_TIME))
    starts = sorted(changes)
    ends = [*starts[1:], math.inf]
    return [(start, end, changes[start]) for start, end in zip(starts, ends, strict=True)]


def grouped(music: MidiPiece) -> tuple[MidiPiece, tuple[str, ...]]:
    """Makes bars of one beat into bars of a whole note; returns the piece and warnings."""
    metres = music.time_signatures
    end = max((note.end_tick for note in music.notes), default=0)
    ends = [*(metre.tick for metre in metres[1:]), end]
    made = [
        metre._replace(numerator=metre.denominator)
        if _is_one_beat(metre, stop, music.ticks_per_quarter)
        else metre
        for metre, stop in zip(metres, ends, strict=False)
    ]
    if made == metres:
        return music, ()
    beat = next(old.denominator for old, new in zip(metres, made, strict=True) if old != new)
    warning = f"bars of one beat (1/{beat}) are taken as {beat}/{beat}"
    return dataclasses.replace(music, time_signatures=made), (warning,)


def _is_one_beat(metre: TimeSignature, stop: int, ticks_per_quarter: int) -> bool:
    beat = 4 * ticks_per_quarter / metre.denominator
    short = metre.numerator == 1 and 2 <= metre.denominator <= 64
    return short and stop - metre.tick > _FEW_BARS * beat


def filled_up(music: MidiPiece, pickup: float) -> MidiPiece:
    """Moves a piece that begins with an upbeat, so that its bar lines fall on the music's.

    Args:
        music: The piece.
        pickup: Quarter notes before the first bar line; a whole bar or more moves nothing.
    """
    metre = next((m for m in music.time_signatures if m.tick == 0), None)
    bar = 4.0 * metre.numerator / metre.denominator if metre is not None else 4.0
    if not 0 < pickup < bar:
        return music
    ticks = round((bar - pickup) * music.ticks_per_quarter)
    first = music.tempos[0].qpm if music.tempos else 120.0
    seconds = (bar - pickup) * 60.0 / first
    return dataclasses.replace(
        music,
        notes=[
            note._replace(
                start_tick=note.start_tick + ticks,
                end_tick=note.end_tick + ticks,
                start_time=note.start_time + seconds,
                end_time=note.end_time + seconds,
            )
            for note in music.notes
        ],
        tempos=[
            row if row.tick == 0 else row._replace(tick=row.tick + ticks, time=row.time + seconds)
            for row in music.tempos
        ],
        time_signatures=[
            row if row.tick == 0 else row._replace(tick=row.tick + ticks, time=row.time + seconds)
            for row in music.time_signatures
        ],
        chords=[
            row._replace(tick=row.tick + ticks, time=row.time + seconds) for row in music.chords
        ],
    )
