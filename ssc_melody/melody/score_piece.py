"""A score as a piece of MIDI: its notes on ticks and in seconds, a track for each part.

The bar that a pickup belongs to is filled up with silence in front, so that bars begin on bar
lines. Left out: repeats (sections are taken once, as written), grace notes, lyrics.
"""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Callable, Sequence

from ssc_melody.constants import DEFAULT_QPM, DEFAULT_VELOCITY
from ssc_melody.errors import DataError, MidiError
from ssc_melody.midi.piece import ChordMark, MidiNote, MidiPiece, TempoChange, TimeSignature
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score

_BEGINNING = 2**16
"""Bytes of a file in which its first tune or its markup begins."""


def is_score(data: bytes) -> bool:
    """Tells whether bytes are MusicXML, plain or compressed, or ABC (a line X: and a number)."""
    head = data[:_BEGINNING].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"PK\x03\x04") or b"<score-" in head:
        return True
    return re.search(rb"(?:^|[\r\n])X:\s*\d", head) is not None


def read_score(data: bytes, name: str) -> MidiPiece:
    """Reads a score of MusicXML or ABC; of several tunes in a file the first.

    Args:
        data: The file, of which `is_score` is true.
        name: For messages.

    Raises:
        MidiError: It cannot be read.
    """
    try:
        if data.startswith(b"PK\x03\x04") or b"<score-" in data[:_BEGINNING]:
            from ssc_melody.scores.musicxml import read_musicxml  # noqa: PLC0415 (rarely asked for)

            return midi_of_score(read_musicxml(data, name))
        return _first_tune(data, name)
    except DataError as error:
        raise MidiError(str(error)) from None


def _first_tune(data: bytes, name: str) -> MidiPiece:
    from ssc_melody.scores.abc_notation import read_tunes  # noqa: PLC0415 (rarely asked for)

    tunes = read_tunes(data, name)
    first = next(tunes)
    if first.score is None:
        raise DataError(f"{first.name}: {first.problem}")
    piece = midi_of_score(first.score)
    if next(tunes, None) is None:
        return piece
    warning = "the file has several tunes; the first is taken"
    return dataclasses.replace(piece, warnings=(*piece.warnings, warning))


def midi_of_score(score: Score) -> MidiPiece:
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
    return MidiPiece(
        TICKS_PER_QUARTER, clock.tempos(), metres, notes, score.part_names, tuple(score.warnings),
        chords,
    )  # fmt: skip


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
