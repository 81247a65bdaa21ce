"""Scores as pieces: ABC and MusicXML by this library's readers, other formats through music21.

The bar that a pickup belongs to is filled up with silence in front, so that bars begin on bar
lines. Each tune of a book is a piece of its own, so a bad one costs itself only.

Left out: repeats (sections are taken once, as written), grace notes, lyrics.
"""

from __future__ import annotations

import bisect
import dataclasses
import importlib.util
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ssc_melody.constants import DEFAULT_QPM, DEFAULT_VELOCITY
from ssc_melody.dataset.inputs import Problem
from ssc_melody.dataset.pieces import Piece, piece_of_midi
from ssc_melody.errors import DataError
from ssc_melody.midi.piece import ChordMark, MidiNote, MidiPiece, TempoChange, TimeSignature
from ssc_melody.scores import abc_notation, musicxml, roman_text
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score

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
    """Returns the piece that a score holds: a track for each part, on ticks and in seconds."""
    shift = score.pickup
    clock = _clock(score)
    notes = [
        MidiNote(
            pitch, DEFAULT_VELOCITY, start + shift, end + shift, clock.seconds(start + shift),
            clock.seconds(end + shift), part, part, 0, False,
        )
        for pitch, start, end, part in score.notes
    ]  # fmt: skip
    metres = []
    for metre in score.metres:
        tick = metre.tick + shift if metre.tick else 0
        seconds = clock.seconds(tick)
        metres.append(TimeSignature(tick, seconds, metre.numerator, metre.denominator))
    chords = [
        ChordMark(tick + shift, clock.seconds(tick + shift), symbol)
        for tick, symbol in score.chords
    ]
    music = MidiPiece(
        TICKS_PER_QUARTER, clock.tempos(), metres, notes, score.part_names, tuple(score.warnings),
        chords,
    )  # fmt: skip
    return piece_of_midi(music, name)


def seconds_of(score: Score) -> Callable[[int], float]:
    """Returns what gives the second of a score's tick, its pickup's bar filled up in front."""
    shift = score.pickup
    clock = _clock(score)
    return lambda tick: clock.seconds(tick + shift)


def _clock(score: Score) -> _Clock:
    shift = score.pickup
    return _Clock([(tempo.tick + shift if tempo.tick else 0, tempo.qpm) for tempo in score.tempos])


class _Clock:
    """Ticks of a score to seconds, through its tempos."""

    def __init__(self, tempos: Sequence[tuple[int, float]]) -> None:
        """Takes (tick, quarter notes per minute) by tick; 120 before the first."""
        self._ticks, self._rates, self._times = [0], [DEFAULT_QPM], [0.0]
        for tick, qpm in tempos:
            if tick > self._ticks[-1]:
                self._times.append(self.seconds(tick))
                self._ticks.append(tick)
                self._rates.append(qpm)
            else:
                self._rates[-1] = qpm

    def seconds(self, tick: int) -> float:
        """Returns the time of a tick."""
        i = bisect.bisect_right(self._ticks, tick) - 1
        return self._times[i] + (tick - self._ticks[i]) * 60 / self._rates[i] / TICKS_PER_QUARTER

    def tempos(self) -> list[TempoChange]:
        """Lists the tempos."""
        rows = zip(self._ticks, self._times, self._rates, strict=True)
        return [TempoChange(tick, time, qpm) for tick, time, qpm in rows]


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
