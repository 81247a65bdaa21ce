"""From the quantized notes of a piece to melodies, and why others were discarded.

Follows magenta/pipelines/melody_pipelines.py (`extract_melodies`): with stock's limits the same
melodies in the same order, and the same counts under the same names. The rules of a single melody
are those of `melody.quantized`; here all melodies of an instrument come from one pass
over its sorted notes, so long pieces take time in proportion to their length.

Ours: long melodies may be split instead of truncated, and melodies with too many empty bars are
discarded. Left out: `pad_end`, discarding long melodies, drum melodies.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ssc_melody.constants import NOTES_PER_OCTAVE
from ssc_melody.melody.events import clean, melody_notes
from ssc_melody.melody.quantized import (
    PolyphonyError,
    QuantizedNote,
    held,
    in_order,
    one_voice,
)

POLYPHONIC = "polyphonic_tracks_discarded"
TOO_SHORT = "melodies_discarded_too_short"
TOO_FEW_PITCHES = "melodies_discarded_too_few_pitches"
TRUNCATED = "melodies_truncated"
SPLIT = "melodies_split"
TOO_EMPTY = "melodies_discarded_too_many_empty_bars"
BAD_BAR = "non_integer_steps_per_bar"
BAD_NOTE = "notes_discarded_end_before_start"


@dataclass(frozen=True)
class Limits:
    """What a melody must be; the defaults are those of stock's melody_rnn pipeline.

    Attributes:
        min_bars: Bars it lasts at least.
        max_steps: Steps it lasts at most; None for any length.
        long_melodies: What is done with longer ones: 'truncate', or 'split' at bar lines.
        min_unique_pitches: Different pitch classes it has at least (12 are all).
        gap_bars: Bars of silence that end it.
        max_empty_bar_ratio: Largest share (0 to 1) of bars in which nothing sounds.
        ignore_polyphonic_notes: Keep the highest of the notes that begin together; else a track
            with such notes yields nothing from there on.
    """

    min_bars: int = 7
    max_steps: int | None = 512
    long_melodies: str = "truncate"
    min_unique_pitches: int = 5
    gap_bars: float = 1.0
    max_empty_bar_ratio: float = 1.0
    ignore_polyphonic_notes: bool = False


class Extracted(NamedTuple):
    """A melody, the step of the piece (or section) where it begins, and its instrument."""

    events: list[int]
    start_step: int
    instrument: int


def extract_melodies(
    tracks: Iterable[tuple[int, Sequence[QuantizedNote]]],
    steps_per_bar: float,
    limits: Limits,
) -> tuple[list[Extracted], Counter[str]]:
    """Extracts the melodies of a piece with one metre.

    Args:
        tracks: (instrument, notes in any order) each; steps count from the piece's first bar line.
        steps_per_bar: A metre whose bars are not a whole number of steps yields nothing.
        limits: What a melody must be.

    Returns:
        The melodies by track and start, and how many were discarded (or changed) for each reason.

    Source: magenta/pipelines/melody_pipelines.py, extract_melodies.
    """
    melodies: list[Extracted] = []
    counts: Counter[str] = Counter()
    tracks = list(tracks)
    if tracks and (steps_per_bar % 1 != 0 or steps_per_bar < 1):
        counts[BAD_BAR] += 1
        return [], counts
    bar = int(steps_per_bar)
    for instrument, notes in tracks:
        try:
            for events, start in _phrases(notes, bar, limits, counts):
                parts = _fit(events, start, bar, limits, counts)
                melodies += (Extracted(part, at, instrument) for part, at in parts)
        except PolyphonyError:
            counts[POLYPHONIC] += 1
    return melodies, counts


def _phrases(
    notes: Sequence[QuantizedNote], bar: int, limits: Limits, counts: Counter[str]
) -> Iterator[tuple[list[int], int]]:
    """Yields (events, start step) of each stretch of notes without a long gap, as it is found.

    Source: note_seq/melodies_lib.py, Melody.from_quantized_sequence, called again and again.
    """
    ordered = in_order(notes)
    starts = [note.start_step for note in ordered]
    search = 0

    def count(note: QuantizedNote) -> None:
        counts[BAD_NOTE] += 1

    while (first := bisect.bisect_left(starts, search)) < len(ordered):
        voice = one_voice(
            ordered, first, limits.gap_bars * bar, limits.ignore_polyphonic_notes, count
        )
        if not voice:
            return
        origin = starts[first] - (starts[first] - search) % bar
        end = voice[-1].end_step
        yield held(voice, origin), origin
        search = end + (-end) % bar


def _fit(
    events: list[int], start: int, bar: int, limits: Limits, counts: Counter[str]
) -> Iterator[tuple[list[int], int]]:
    """Yields the parts of a melody that keep the limits, and counts the others."""
    if len(events) < bar * limits.min_bars:
        counts[TOO_SHORT] += 1
        return
    for part, at in _shorten(events, start, bar, limits, counts):
        if limits.long_melodies == "split" and len(part) < bar * limits.min_bars:
            counts[TOO_SHORT] += 1
        elif unique_pitches(part) < limits.min_unique_pitches:
            counts[TOO_FEW_PITCHES] += 1
        elif limits.max_empty_bar_ratio < 1 and (
            empty_bar_ratio(part, bar) > limits.max_empty_bar_ratio
        ):
            counts[TOO_EMPTY] += 1
        else:
            yield part, at


def _shorten(
    events: list[int], start: int, bar: int, limits: Limits, counts: Counter[str]
) -> list[tuple[list[int], int]]:
    """Truncates or splits a melody longer than max_steps; a note held over a split falls silent."""
    longest = limits.max_steps
    if longest is None or len(events) <= longest:
        return [(events, start)]
    if limits.long_melodies == "truncate":
        counts[TRUNCATED] += 1
        return [(events[:longest], start)]
    counts[SPLIT] += 1
    size = longest - longest % bar or longest
    return [(clean(events[i : i + size]), start + i) for i in range(0, len(events), size)]


def unique_pitches(events: Iterable[int]) -> int:
    """Returns how many different pitch classes begin, 0..12."""
    return len({event % NOTES_PER_OCTAVE for event in events if event >= 0})


def empty_bar_ratio(events: Sequence[int], steps_per_bar: int) -> float:
    """Returns the share of bars, 0..1, in which nothing sounds (the last bar may be short)."""
    bars = math.ceil(len(events) / steps_per_bar)
    sounding: set[int] = set()
    for note in melody_notes(events):
        first, last = note.start_step // steps_per_bar, (note.end_step - 1) // steps_per_bar
        sounding.update(range(first, last + 1))
    return 1 - len(sounding) / bars if bars else 0.0
