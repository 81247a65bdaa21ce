"""Chords from a table, a .csv file: where each one begins, and its symbol.

    bar,beat,chord        or        start,chord
    1,1,C                           0,C
    2,1,G/B                         4,G/B
    2,3,D7                          6,D7
    5,1,                            16,

`bar` and `beat` count from 1, a beat is a quarter note; `start` counts quarter notes from 0. An
empty chord is where the music ends; without one it ends with the bar of the last chord. Other
columns are passed over; the first row names them.
"""

from __future__ import annotations

import csv
import io
import math

from ssc_melody.chords.progression import MAX_STEPS, Progression, checked_symbol, laid_out
from ssc_melody.constants import DEFAULT_STEPS_PER_BAR, DEFAULT_STEPS_PER_QUARTER
from ssc_melody.errors import ChordError, printable

_COLUMNS = "columns bar, beat and chord, or start and chord"


def parse_table(
    text: str,
    steps_per_bar: int = DEFAULT_STEPS_PER_BAR,
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER,
) -> Progression:
    """Reads a table of chords.

    Args:
        text: Of the .csv file, with a row of names; commas, semicolons or tabs between columns.
        steps_per_bar: Steps per bar.
        steps_per_quarter: Steps per quarter note.

    Raises:
        ChordError: A column is missing, a place is no number, or a symbol cannot be read.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    header = lines[0] if lines else ""
    separator = max(",;\t", key=header.count)
    try:
        rows = list(csv.DictReader(io.StringIO("\n".join(lines)), delimiter=separator))
    except csv.Error as error:
        raise ChordError(f"chords: expected a table: {error}") from None
    names = [name.strip().lower() for name in header.split(separator)]
    if "chord" not in names or not {"bar", "start"} & set(names):
        raise ChordError(f"chords: expected {_COLUMNS}, got {printable(header[:60])!r}")
    chords: dict[int, str] = {}
    end = 0
    for number, row in enumerate(rows, 2):
        cells = {str(name).strip().lower(): (cell or "") for name, cell in row.items() if name}
        step = _step(cells, number, steps_per_bar, steps_per_quarter)
        symbol = str(cells["chord"]).strip()
        if symbol:
            chords[step] = checked_symbol(symbol, step // steps_per_bar + 1)
        else:
            end = max(end, step)
    return laid_out(chords, end, steps_per_quarter, steps_per_bar)


def _step(cells: dict[str, str], number: int, steps_per_bar: int, steps_per_quarter: int) -> int:
    """Returns the step of a row."""
    if "start" in cells:
        place = _number(cells["start"], number, least=0) * steps_per_quarter
    else:
        bar = _number(cells["bar"], number, least=1) - 1
        beat = _number(cells.get("beat") or "1", number, least=1) - 1
        place = bar * steps_per_bar + beat * steps_per_quarter
    if place > MAX_STEPS:
        raise ChordError(f"chords: row {number}: expected at most {MAX_STEPS:,} steps")
    return round(place)


def _number(text: str, number: int, least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= least):
        raise ChordError(
            f"chords: row {number}: expected a number of {least} or more, got "
            f"{printable(text[:20])!r}"
        )
    return value
