"""A song as notation: the tune in ABC that abcjs draws in the page.

Left out: songs of several notes at once, or with triplets; they keep their piano roll alone.
"""

from __future__ import annotations

import dataclasses

from ssc_melody.errors import DataError
from ssc_melody.mixtape.tape import Mixtape, Song
from ssc_melody.render.timeline import Bar, Timeline
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score, ScoreMetre, ScoreNote, ScoreTempo
from ssc_melody.scores.writing import to_abc

_ROUNDING = 1e-3
"""Quarter notes by which a time may miss its tick."""


def with_notation(tape: Mixtape) -> Mixtape:
    """Returns a tape whose songs have their notation, where one can be written."""
    songs = [dataclasses.replace(song, abc=song.abc or _abc(song)) for song in tape.songs]
    return dataclasses.replace(tape, songs=tuple(songs))


def without_notation(tape: Mixtape) -> Mixtape:
    """Returns a tape with piano rolls alone."""
    return dataclasses.replace(
        tape, songs=tuple(dataclasses.replace(song, abc="") for song in tape.songs)
    )


def _abc(song: Song) -> str:
    try:
        return to_abc(_score(song.line, song.title))
    except DataError:
        return ""


def _score(line: Timeline, title: str) -> Score:
    """Returns the score of a song, from the bar of its first note on.

    Raises:
        DataError: A time is not on the grid, or a bar is not whole.
    """
    if not line.notes or any(note.is_drum for note in line.notes):
        raise DataError("no notes with pitches, or drums")
    first = line.notes[0].start
    bars = [bar for bar in line.bars if bar.start + bar.length > first]
    silent = first - bars[0].start
    is_pickup = 2 * silent >= bars[0].length
    begin = first if is_pickup else bars[0].start
    metres = [ScoreMetre(max(0, _tick(bar.start - begin)), *_metre(bar)) for bar in bars]
    return Score(
        title=title,
        notes=[
            ScoreNote(note.pitch, _tick(note.start - begin), _tick(note.end - begin), 0)
            for note in line.notes
        ],
        metres=[metre for i, metre in enumerate(metres) if not i or metre[1:] != metres[i - 1][1:]],
        tempos=[ScoreTempo(0, line.qpm)],
        pickup=_tick(silent) if is_pickup else 0,
    )


def _tick(quarters: float) -> int:
    """Returns the tick of a time; one that is a little off its thirty-second is on it."""
    grid = TICKS_PER_QUARTER // 8
    near = round(quarters * 8)
    if abs(quarters * 8 - near) > _ROUNDING * 8:
        raise DataError(f"quarter note {quarters:g} is no thirty-second note")
    return near * grid


def _metre(bar: Bar) -> tuple[int, int]:
    denominator = 4 * bar.beats / bar.length
    if denominator != int(denominator):
        raise DataError("a bar that is cut short")
    return bar.beats, int(denominator)
