"""Chords as a caller gives them (text, symbols, a file, a score), and the progression they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ssc_melody.chords import Progression, parse_progression
from ssc_melody.chords.progression import checked_symbol, laid_out, progression
from ssc_melody.errors import ChordError, DataError
from ssc_melody.files import read_bytes, user_path
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score
from ssc_melody.specs import checks

ChordsLike = str | os.PathLike[str] | Sequence[str] | Progression | Score
"""A text, symbols, a file of chords (.csv, .abc, MusicXML), a score, or a `Progression`."""

_SCORES = (".abc", ".xml", ".musicxml", ".mxl")
_FILE_NAME = re.compile(r"\.[A-Za-z]\w{1,9}$")  # not N.C., nor N.C
_MAX_BYTES = 16 * 2**20
_MAX_TABLE_BYTES = 2**20
_MAX_STEPS_PER_CHORD = 100_000


def read_chords(
    chords: ChordsLike, steps_per_chord: int = 16, steps_per_quarter: int = 4
) -> Progression:
    """Returns the chords that a caller means, a symbol per step.

    Args:
        chords: "C G Am F", or with bar lines "| C | G/B | Am7 F |"; a list of symbols, one after
            the other; the path of a .csv, .abc or MusicXML file; a `Score`; or a `Progression`,
            which is returned.
        steps_per_chord: How long each chord lasts; with bar lines, and in a table, each bar.
        steps_per_quarter: Steps per quarter note.

    Raises:
        ChordError: A symbol that cannot be read, with its bar; no chord at all.
        OptionError: A length out of range.
        DataError: The file cannot be read.
    """
    each = checks.whole("steps_per_chord", steps_per_chord, 1, _MAX_STEPS_PER_CHORD)
    if isinstance(chords, Progression):
        return chords
    if isinstance(chords, Score):
        return chords_of_score(chords, steps_per_quarter)
    if isinstance(chords, str) and not is_chord_file(chords):
        return parse_progression(chords, each, steps_per_quarter)
    if isinstance(chords, str | os.PathLike):
        return _read_file(user_path(chords), each, steps_per_quarter)
    return progression([symbol for symbol in chords for _ in range(each)], steps_per_quarter)


def is_chord_file(text: str) -> bool:
    """Tells whether a text is the name of a file, of chords or not (else it is chords)."""
    return _FILE_NAME.search(text) is not None


def _read_file(path: Path, steps_per_chord: int, steps_per_quarter: int) -> Progression:
    """Reads a file of chords, and puts its name before what is wrong with it."""
    kind = path.suffix.lower()
    if kind != ".csv" and kind not in _SCORES:
        raise ChordError(
            f"{path}: expected chords in a .csv, .abc, .musicxml, .xml or .mxl file, or as text"
        )
    most = _MAX_TABLE_BYTES if kind == ".csv" else _MAX_BYTES
    data = read_bytes(path, ChordError, most)
    try:
        if kind == ".csv":
            from ssc_melody.chords.table import parse_table  # noqa: PLC0415 (rarely asked for)

            text = data.decode("utf-8", "replace")
            return parse_table(text, steps_per_chord, steps_per_quarter)
        return chords_of_score(_score(data, kind, str(path)), steps_per_quarter)
    except ChordError as error:
        raise ChordError(f"{path}: {error}") from None


def _score(data: bytes, kind: str, name: str) -> Score:
    if kind != ".abc":
        from ssc_melody.scores.musicxml import read_musicxml  # noqa: PLC0415 (rarely asked for)

        return read_musicxml(data, name)
    from ssc_melody.scores.abc_notation import read_tunes  # noqa: PLC0415 (rarely asked for)

    first = next(read_tunes(data, name))
    if first.score is None:
        raise DataError(f"{first.name}: {first.problem}")
    return first.score


def chords_of_score(score: Score, steps_per_quarter: int = 4) -> Progression:
    """Returns the chord symbols of a score as they are written; repeats are not played out.

    It begins with the bar of the first chord; of a book of tunes the first one counts.

    Raises:
        ChordError: It has no chord symbols, or one that cannot be read, with its bar.
    """

    def step(tick: int) -> int:
        return round(tick * steps_per_quarter / TICKS_PER_QUARTER)

    metre: Any = score.metres[0] if score.metres else None
    length = 4 * metre.numerator / metre.denominator if metre else 4
    steps_per_bar = max(1, round(length * steps_per_quarter))
    chords = {}
    for tick, symbol in score.chords:
        place = step(tick + score.pickup)
        chords[place] = checked_symbol(symbol, place // steps_per_bar + 1)
    return laid_out(chords, step(score.end + score.pickup), steps_per_quarter, steps_per_bar)
