"""A score as it stands on a staff: bars of signs, with ties, accidentals, chord symbols, beams.

What both notations are written from. Left out: several notes at once and several parts, tuplets
(times that are no multiple of a sixty-fourth note), keys after the first, tempos after the first.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from ssc_melody.errors import DataError
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score, ScoreMetre, ScoreNote
from ssc_melody.scores.writing import metre as metres
from ssc_melody.scores.writing.beams import Sign, beamed
from ssc_melody.scores.writing.keys import Tonic, estimate, of_score_key
from ssc_melody.scores.writing.metre import Metre
from ssc_melody.scores.writing.spelling import Spelled, signature, spell

UNIT = TICKS_PER_QUARTER * 4 // metres.WHOLE
MAX_BARS = 20_000
MAX_NUMERATOR, MAX_DENOMINATOR = 64, 64
_LOW = 55
"""Median pitch (G3) below which the bass clef needs fewer ledger lines."""


class SheetBar(NamedTuple):
    """A bar: its metre, whether it is the first of it, and whether it is a pickup."""

    metre: Metre
    is_new: bool
    is_pickup: bool
    signs: list[Sign]


class Sheet(NamedTuple):
    """A staff: its bars, key, clef ("treble" or "bass"), tempo (None: unknown) and title."""

    bars: list[SheetBar]
    key: Tonic
    clef: str
    qpm: float | None
    title: str

    @property
    def has_dotted_beat(self) -> bool:
        """Whether the tempo is said of dotted quarters: in 6/8, 9/8 and 12/8 where it is whole."""
        metre = self.bars[0].metre
        is_whole = self.qpm is not None and (2 * self.qpm) % 3 == 0
        return metres.is_compound(metre) and metre[1] == 8 and is_whole


class _Span(NamedTuple):
    start: int
    end: int
    note: int  # its number, -1 for a rest
    chord: str = ""


def lay_out(score: Score) -> Sheet:
    """Puts a score on a staff.

    Args:
        score: Of one voice; without a key it gets the one that fits best, without a metre 4/4.

    Raises:
        DataError: Notes overlap or do not fall on sixty-fourths, or the metre cannot be written.
    """
    notes = sorted(score.notes, key=lambda note: note.start)
    _check_voice(notes)
    end = max([score.end, *(note.end for note in notes)])
    key = of_score_key(score.keys[0]) if score.keys else estimate(notes, score.chords, end)
    spelled = spell([note.pitch for note in notes], key)
    bounds = _bars(score, _units(end, "the end"))
    spans = _with_chords(_spans(notes, bounds[-1][1]), score)
    bars = [
        SheetBar(bounds[i][2], not i or bounds[i][2] != bounds[i - 1][2], _is_short(bounds[i]), row)
        for i, row in enumerate(_signs(bounds, spans, spelled, key))
    ]
    middle = sorted(note.pitch for note in notes)[len(notes) // 2] if notes else _LOW
    clef = "treble" if middle >= _LOW else "bass"
    return Sheet(bars, key, clef, score.tempos[0].qpm if score.tempos else None, score.title)


def _is_short(bound: tuple[int, int, Metre]) -> bool:
    start, end, metre = bound
    return end - start < metres.bar_length(metre)


def _check_voice(notes: list[ScoreNote]) -> None:
    for note, following in itertools.pairwise(notes):
        if note.end > following.start:
            raise DataError(
                f"a score is written of one voice; notes {note.pitch} and {following.pitch} sound "
                f"at once at quarter note {following.start / TICKS_PER_QUARTER:g}"
            )


def _units(tick: int, what: str) -> int:
    if tick % UNIT:
        raise DataError(
            f"{what} is at quarter note {tick / TICKS_PER_QUARTER:g}; a score is written in "
            "sixty-fourth notes, without triplets"
        )
    return tick // UNIT


def _checked(metre: ScoreMetre) -> Metre:
    _, numerator, denominator = metre
    if not 1 <= numerator <= MAX_NUMERATOR or denominator not in (1, 2, 4, 8, 16, 32, 64):
        raise DataError(
            f"metre {numerator}/{denominator}: expected 1 to {MAX_NUMERATOR} of 1, 2, 4, 8, 16, 32 "
            f"or {MAX_DENOMINATOR}"
        )
    return numerator, denominator


def _bars(score: Score, end: int) -> list[tuple[int, int, Metre]]:
    """Returns start, end and metre of the bars; a metre holds from the next bar line on."""
    changes = [(_units(m.tick, "a metre"), _checked(m)) for m in score.metres] or [(0, (4, 4))]
    places = [tick for tick, _ in changes]
    bars: list[tuple[int, int, Metre]] = []
    at = 0
    while at < end or not bars:
        metre = changes[max(0, bisect_right(places, at) - 1)][1]
        length = metres.bar_length(metre)
        if not bars and score.pickup > 0:
            length -= _units(score.pickup, "the pickup") % length
        if len(bars) == MAX_BARS:
            raise DataError(f"expected at most {MAX_BARS} bars, found more")
        bars.append((at, at + length, metre))
        at += length
    return bars


def _spans(notes: list[ScoreNote], end: int) -> Iterator[_Span]:
    """Yields the notes and the silence between them."""
    at = 0
    for i, note in enumerate(notes):
        start, stop = _units(note.start, "a note"), _units(note.end, "the end of a note")
        if start > at:
            yield _Span(at, start, -1)
        if stop > start:
            yield _Span(start, stop, i)
        at = max(at, stop)
    if at < end:
        yield _Span(at, end, -1)


def _with_chords(spans: Iterator[_Span], score: Score) -> Iterator[_Span]:
    """Cuts what sounds where a chord symbol stands, and puts it there."""
    chords = {_units(chord.tick, "a chord"): chord.symbol for chord in score.chords}
    places = sorted(chords)
    for span in spans:
        first, last = bisect_right(places, span.start), bisect_left(places, span.end)
        for start, end in itertools.pairwise([span.start, *places[first:last], span.end]):
            yield _Span(start, end, span.note, chords.get(start, ""))


class _Piece(NamedTuple):
    bar: int
    start: int
    length: int
    note: int
    chord: str


def _pieces(bounds: list[tuple[int, int, Metre]], spans: Iterator[_Span]) -> Iterator[_Piece]:
    """Cuts what sounds at bar lines, and where the metre asks for it."""
    bar = 0
    for span in spans:
        at, chord = span.start, span.chord
        while at < span.end:
            while bounds[bar][1] <= at:
                bar += 1
            _, end, metre = bounds[bar]
            offset = metres.bar_length(metre) - end  # a pickup ends at the bar line
            stop = min(span.end, end)
            if span.note < 0 and stop - at == metres.bar_length(metre):
                yield _Piece(bar, 0, stop - at, -1, chord)  # a rest of a whole bar is one sign
                at, chord = stop, ""
                continue
            for length in metres.cut(metre, at + offset, stop + offset, span.note < 0):
                yield _Piece(bar, at + offset, length, span.note, chord)
                at, chord = at + length, ""


def _signs(
    bounds: list[tuple[int, int, Metre]], spans: Iterator[_Span], spelled: list[Spelled], key: Tonic
) -> list[list[Sign]]:
    """Returns the signs of each bar."""
    pieces = list(_pieces(bounds, spans))
    bars: list[list[Sign]] = [[] for _ in bounds]
    accidentals = _Accidentals(key)
    for i, piece in enumerate(pieces):
        if not bars[piece.bar]:
            accidentals.bar_line()
        if piece.note < 0:
            bars[piece.bar].append(Sign(piece.start, piece.length, None, chord=piece.chord))
            continue
        pitch = spelled[piece.note]
        tie_in = i > 0 and pieces[i - 1].note == piece.note
        tie_out = i + 1 < len(pieces) and pieces[i + 1].note == piece.note
        shown = accidentals.take(pitch, tie_in)
        bars[piece.bar].append(
            Sign(piece.start, piece.length, pitch, tie_in, tie_out, shown, piece.chord)
        )
    return [beamed(signs, bound[2]) for signs, bound in zip(bars, bounds, strict=True)]


class _Accidentals:
    """Which accidentals hold in a bar.

    One is written wherever a reader could think otherwise, whether he takes accidentals to hold for
    an octave (as in print) or for all (as ABC has it); the tie into a bar takes its own along. A
    double one is always written: music21 forgets it within the bar.
    """

    def __init__(self, key: Tonic) -> None:
        self._signature = signature(key.fifths)
        self.bar_line()

    def bar_line(self) -> None:
        self._octaves: dict[tuple[str, int], int] = {}
        self._letters: dict[str, int | None] = {}

    def take(self, pitch: Spelled, tied: bool) -> bool:
        """Takes a note; tells whether its accidental is to be written."""
        usual = self._signature[pitch.step]
        octave = self._octaves.get((pitch.step, pitch.octave), usual)
        letter = self._letters.get(pitch.step, usual)
        if octave == letter == pitch.alter and (tied or abs(pitch.alter) < 2):
            return False
        if tied:
            if octave != pitch.alter:
                self._letters[pitch.step] = None  # whoever comes next is to be told
            return False
        self._octaves[pitch.step, pitch.octave] = self._letters[pitch.step] = pitch.alter
        return True
