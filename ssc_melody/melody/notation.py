"""A melody as a score, which `scores.writing` writes as ABC or MusicXML.

What stands on the page where the events leave it open: silent bars at either end are left out (at
the end not under chord symbols); a first bar that is silent for half its length or more is a
pickup; the metre is the one that a bar's steps make in quarters, else in eighths.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import OptionError
from ssc_melody.melody.events import clean, melody_notes
from ssc_melody.melody.midi import check_qpm
from ssc_melody.scores.abc_notation.keys import parse_key
from ssc_melody.scores.score import (
    TICKS_PER_QUARTER,
    Score,
    ScoreChord,
    ScoreKey,
    ScoreMetre,
    ScoreNote,
    ScoreTempo,
)

Chords = Iterable[tuple[int, str]]
"""Chord symbols and the steps, from the melody's first event, on which they begin."""

MAX_STEPS_PER_QUARTER = 16


def to_score(
    events: Sequence[int],
    *,
    steps_per_quarter: int,
    steps_per_bar: int,
    start_step: int = 0,
    title: str = "",
    qpm: float | None = DEFAULT_QPM,
    metre: tuple[int, int] | None = None,
    key: str | None = None,
    chords: Chords = (),
) -> Score:
    """Makes a score of a melody.

    Args:
        events: Melody events, one a step.
        steps_per_quarter: Steps in a quarter note: 1, 2, 4, 8 or 16.
        steps_per_bar: Steps in a bar.
        start_step: Step of the piece on which the first event falls; its place in the bar counts.
        title: What stands above the score.
        qpm: Quarter notes per minute; None for no tempo.
        metre: Numerator and denominator, of bars of `steps_per_bar`; None for the usual one.
        key: Such as "Am", "F#" or "D dorian"; None for the one that fits the notes best.
        chords: (step, symbol) pairs, steps counted from the first event.

    Raises:
        MelodyError: An event is not in -2..127.
        OptionError: An argument cannot be used.
    """
    if steps_per_quarter not in (1, 2, 4, 8, 16):
        raise OptionError(
            "steps_per_quarter: a score is written of 1, 2, 4, 8 or 16 steps, without triplets, "
            f"got {steps_per_quarter}"
        )
    if qpm is not None:
        check_qpm(qpm)
    ticks = TICKS_PER_QUARTER // steps_per_quarter
    written = metre or usual_metre(steps_per_bar, steps_per_quarter)
    if steps_per_bar * written[1] != 4 * steps_per_quarter * written[0]:
        raise OptionError(
            f"metre: expected one of bars of {steps_per_bar} steps, got {written[0]}/{written[1]}"
        )
    phase = start_step % steps_per_bar
    notes = melody_notes(clean(events))
    symbols = _symbols(chords, len(events))
    first = min([*(note.start_step for note in notes[:1]), *(step for step, _ in symbols)] or [0])
    begin, pickup = _beginning(phase + first, steps_per_bar)
    begin -= phase
    end = len(events) if symbols else max((note.end_step for note in notes), default=0)
    return Score(
        title=title,
        notes=[
            ScoreNote(pitch, (start - begin) * ticks, (stop - begin) * ticks, 0)
            for pitch, start, stop in notes
        ],
        part_names=["Melody"],
        metres=[ScoreMetre(0, *written)],
        tempos=[] if qpm is None else [ScoreTempo(0, qpm)],
        keys=[] if key is None else [_key(key)],
        chords=[ScoreChord((step - begin) * ticks, symbol) for step, symbol in symbols],
        pickup=pickup * ticks,
        end=(end - begin) * ticks,
    )


def usual_metre(steps_per_bar: int, steps_per_quarter: int) -> tuple[int, int]:
    """Returns the metre of a bar: in quarters if they are whole, else in the longest note that is.

    >>> usual_metre(16, 4), usual_metre(12, 4), usual_metre(6, 4), usual_metre(5, 4)
    ((4, 4), (3, 4), (3, 8), (5, 16))
    """
    if steps_per_bar < 1:
        raise OptionError(f"steps_per_bar: expected 1 or more, got {steps_per_bar}")
    common = math.gcd(steps_per_bar, steps_per_quarter)
    return steps_per_bar // common, 4 * steps_per_quarter // common


def _beginning(first: int, steps_per_bar: int) -> tuple[int, int]:
    """Returns the step on which the score begins, and the steps that its first bar lacks."""
    silent = first % steps_per_bar
    if 2 * silent >= steps_per_bar:
        return first, silent
    return first - silent, 0


def _symbols(chords: Chords, steps: int) -> list[tuple[int, str]]:
    """Returns the chord symbols by step, those that only repeat the one before left out."""
    symbols: list[tuple[int, str]] = []
    for step, symbol in sorted(chords):
        if not 0 <= step < max(steps, 1):
            raise OptionError(f"chords: expected steps 0 to {steps - 1}, got {step}")
        if not symbols or symbols[-1][1] != symbol:
            symbols.append((step, symbol))
    return symbols


def _key(text: str) -> ScoreKey:
    try:
        key, _ = parse_key(text)
    except ValueError:
        key = None
    if key is None or key.mode in ("", "none"):
        raise OptionError(f"key: expected one such as C, F#m, Bb or D dorian, got {text!r}")
    return ScoreKey(0, key.fifths, key.mode)
