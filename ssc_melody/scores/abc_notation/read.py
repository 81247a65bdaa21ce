"""The tunes of an ABC file, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ssc_melody.errors import DataError
from ssc_melody.scores.abc_notation import book
from ssc_melody.scores.abc_notation.head import Head
from ssc_melody.scores.abc_notation.notices import Notices
from ssc_melody.scores.abc_notation.tune import Tune
from ssc_melody.scores.score import Score

MAX_TUNES = 50_000
"""Tunes of a file that are read: more than any collection has, a few seconds' work."""

_FILE_HEADER = ("M", "L", "Q", "U", "I", "%")


class AbcTune(NamedTuple):
    """A tune of a book: its name (file#number), and its score or why there is none."""

    name: str
    score: Score | None
    problem: str = ""


def read_tunes(data: bytes, name: str) -> Iterator[AbcTune]:
    """Yields the tunes of an ABC file, one after another; those beyond MAX_TUNES as one problem.

    Args:
        data: The file.
        name: Its name; tunes are counted from 1 in the order of the file.

    Raises:
        DataError: There is no tune.
    """
    lines = book.split_lines(book.decode(data))
    header, spans = book.split_tunes(lines)
    if not spans:
        raise DataError("expected ABC tunes (each with a line X:), found none")
    defaults = Head()
    for line in book.TuneLines(header, file_header=True):
        if line.kind in _FILE_HEADER:
            defaults.read(line, Notices())
    for i, (first, end) in enumerate(spans[:MAX_TUNES], start=1):
        tune = book.TuneLines(lines[first:end])
        try:
            yield AbcTune(f"{name}#{i}", Tune(defaults.copy()).read(tune))
        except DataError as error:
            yield AbcTune(f"{name}#{i}", None, str(error))
    if len(spans) > MAX_TUNES:
        problem = f"expected at most {MAX_TUNES} tunes in a file, found {len(spans)}; split it"
        yield AbcTune(f"{name}#{MAX_TUNES + 1}", None, problem)


def read_abc(data: bytes, name: str) -> tuple[list[tuple[str, Score]], list[tuple[str, str]]]:
    """Returns the scores of an ABC file by the names of their tunes, and why others have none.

    Args:
        data: The file.
        name: Its name; a tune is file#number, counted from 1 in the order of the file.

    Raises:
        DataError: There is no tune.
    """
    tunes = list(read_tunes(data, name))
    scores = [(tune.name, tune.score) for tune in tunes if tune.score is not None]
    return scores, [(tune.name, tune.problem) for tune in tunes if tune.score is None]
