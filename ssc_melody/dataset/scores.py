"""Scores as pieces: ABC and MusicXML by this library's readers, other formats through music21.

How its notes lie is told in `melody.score_piece`. Each tune of a book is a piece of its own, so a
bad one costs itself only.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import warnings
from typing import Any

from ssc_melody.dataset.inputs import Problem
from ssc_melody.dataset.pieces import Piece, piece_of_midi
from ssc_melody.errors import DataError
from ssc_melody.melody.score_piece import midi_of_score
from ssc_melody.scores import abc_notation, musicxml, roman_text
from ssc_melody.scores.score import Score

MUSIC21_FORMATS = {".krn": "humdrum", ".mei": "mei"}
"""What music21 is asked for, by the extension."""

MAX_MUSIC21_BYTES = 2 * 2**20
"""music21 keeps some two thousand bytes for each that it reads."""


def read_abc(data: bytes, name: str, analysis: str = "") -> tuple[list[Piece], list[Problem]]:
    """Reads the tunes of an ABC file, named file#number; also returns those that cannot be read.

    Args:
        data: The file's bytes.
        name: What messages call it.
        analysis: A Roman-numeral analysis, which counts where the file holds one tune.

    Raises:
        DataError: There is no tune.
    """
    scores, problems = abc_notation.read_abc(data, name)
    if len(scores) == 1:
        scores = [(tune, _analysed(score, analysis)) for tune, score in scores]
    pieces = [piece_of_score(score, tune) for tune, score in scores]
    return pieces, [Problem(tune, reason) for tune, reason in problems]


def read_musicxml(data: bytes, name: str, analysis: str = "") -> Piece:
    """Reads a MusicXML file, plain or compressed (.mxl).

    Args:
        data: The file's bytes.
        name: What messages call it.
        analysis: A Roman-numeral analysis, whose chords count where the file has none.

    Raises:
        DataError: It cannot be read, or unpacks to too much.
    """
    return piece_of_score(_analysed(musicxml.read_musicxml(data, name), analysis), name)


def _analysed(score: Score, analysis: str) -> Score:
    """Returns a score with the chords of an analysis, if there is one and it has none of its own.

    An analysis that cannot be read is a warning: the score is whole without it.
    """
    if not analysis or score.chords:
        return score
    try:
        chords, unknown = roman_text.chords_of_analysis(analysis, score)
    except DataError as error:
        return dataclasses.replace(score, warnings=[*score.warnings, str(error)])
    return dataclasses.replace(score, chords=chords, warnings=[*score.warnings, *unknown])


def piece_of_score(score: Score, name: str) -> Piece:
    """Returns the piece that a score holds, for a data set."""
    return piece_of_midi(midi_of_score(score), name)


def read_with_music21(data: bytes, extension: str, name: str, analysis: str = "") -> Piece:
    """Reads a score of another format, through the MusicXML that music21 makes of it.

    Args:
        data: The file.
        extension: One of MUSIC21_FORMATS.
        name: What messages call it.
        analysis: A Roman-numeral analysis.

    Raises:
        DataError: Music21 is not installed or cannot read it, or it is too large.
    """
    if importlib.util.find_spec("music21") is None:
        raise DataError(f'reading {extension} needs music21: pip install "ssc_melody[scores]"')
    if len(data) > MAX_MUSIC21_BYTES:
        raise DataError(f"expected at most {MAX_MUSIC21_BYTES} bytes, found {len(data)}")
    try:
        xml = _as_musicxml(data.decode("utf-8", errors="replace"), MUSIC21_FORMATS[extension])
    except Exception as error:  # music21 raises what it likes
        raise DataError(f"music21 cannot read it: {str(error)[:300]}") from error
    return read_musicxml(xml, name, analysis)


def _as_musicxml(text: str, kind: str) -> bytes:
    from music21 import converter  # noqa: PLC0415 (takes seconds to import)
    from music21.musicxml.m21ToXml import GeneralObjectExporter  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an overfull bar is not news to the reader of a report
        parsed: Any = converter.parseData(text, format=kind)
        made: bytes = GeneralObjectExporter(parsed).parse()
    return made
