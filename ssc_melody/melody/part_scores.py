"""How much each part of a piece is like a tune: a linear score of seven features.

The kinds of features are those of D. Rizo et al., "A pattern recognition approach for melody track
selection in MIDI files" (2006). Each is bounded, so that nothing is won by having more of a thing
than tunes have (a range of a fifth is no better than one of a tenth). The weights are a logistic
regression's (a choice among the parts of a piece), rounded; benchmarks/tune_sets.py says on which
pieces they were set and what comes out on others.

Left out: velocities, programs, the order of the parts, and chords: no feature knows a wrong note.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ssc_melody.midi.piece import MidiNote

WEIGHTS = {
    "single": 3.5,
    "top": 2.25,
    "onsets": 4.0,
    "cover": 3.0,
    "rhythm": 1.5,
    "steps": 1.5,
    "range": -2.0,
}
"""What each feature, from 0 to 1, is worth: the share of notes that are no more than one at a time,
of sounding time on top of all parts, then how often notes begin, how much of the piece the part
sounds, how varied its rhythm is, how many intervals are steps, how far its range goes beyond a
voice's."""

SUNG_RANGE = 17
WIDE_RANGE = 41
"""Semitones. Voices, and tunes for any instrument, use an octave and a fourth freely; what spans
three octaves and a half is not a voice, however much more it spans."""

ENOUGH_ONSETS = 1 / 8
"""Beginnings of notes a sounding step: a part with fewer, less than one a half note, is a pad."""

ENOUGH_COVER = 0.6
"""Share of the sounding time of the piece; tunes pause, interludes and answers pause for longer."""

ENOUGH_BITS = 1.5
"""Entropy of the times from note to note: some three lengths. Broken chords have one."""

ENOUGH_STEPS = 0.5
"""Share of intervals that are a semitone or a tone; bass lines and broken chords leap."""

MAX_PAUSE = 16
LONGEST = 32
"""In steps: no interval reaches over a longer pause; longer times count as this."""

MAX_COLUMNS = 2**15
MAX_CELLS = 2**20
"""Columns and cells of the grid on which parts are compared, a row a part. A column is a step, or
more where that would be too many: 2,000 bars of sixteenths are 32,000 columns."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Voices(NamedTuple):
    """The highest notes of all parts, by part and then by start.

    Attributes:
        part: Number of the part that a note is of; each has a note.
        start: Steps.
        end: Steps; a note lasts as long as the longest of its chord, but not over the next start.
        pitch: MIDI pitches.
        notes: How many notes each part has, those that are not the highest counted too.
    """

    part: Ints
    start: Ints
    end: Ints
    pitch: Ints
    notes: Ints


def voices(parts: Sequence[Sequence[MidiNote]], step_ticks: int) -> Voices:
    """Takes the highest note of each step from each part.

    Args:
        parts: At least one; each at least one note, in any order.
        step_ticks: Ticks a step; notes whose starts round to one step begin together.
    """
    notes = np.array([len(part) for part in parts])
    pitches, begins, ends = (_column(parts, field, int(notes.sum())) for field in (0, 2, 3))
    part = np.repeat(np.arange(len(parts)), notes)
    steps = (2 * begins + step_ticks) // (2 * step_ticks)
    order = np.lexsort((pitches, steps, part))
    part, steps = part[order], steps[order]
    first = np.flatnonzero((np.diff(steps, prepend=-1) != 0) | (np.diff(part, prepend=-1) != 0))
    last = np.append(first[1:], len(steps)) - 1
    part, starts = part[first], steps[first]
    until = np.maximum.reduceat(ends[order], first)
    until = np.maximum((2 * until + step_ticks) // (2 * step_ticks), starts + 1)
    following = np.where(part[1:] == part[:-1], starts[1:], until[:-1])
    until[:-1] = np.minimum(until[:-1], following)
    return Voices(part, starts, until, pitches[order][last], notes)


def _column(parts: Sequence[Sequence[MidiNote]], field: int, count: int) -> Ints:
    values = map(operator.itemgetter(field), itertools.chain.from_iterable(parts))
    return np.fromiter(values, np.int64, count)


def covers(music: Voices) -> Floats:
    """Returns how many steps each part sounds."""
    return np.bincount(music.part, music.end - music.start).astype(np.float64)


def tune_scores(music: Voices) -> Floats:
    """Rates how much each part is like a tune; only the differences mean something."""
    grid = _grid(music)
    top = grid.max(axis=0)
    own = np.count_nonzero(grid, axis=1)
    features = _features(music)
    features["top"] = np.count_nonzero((grid == top) & (grid > 0), axis=1) / own
    features["cover"] = _enough(own / np.count_nonzero(top), ENOUGH_COVER)
    scores = np.zeros(len(own))
    for name, value in features.items():
        scores += WEIGHTS[name] * value
    return scores


def _features(music: Voices) -> dict[str, Floats]:
    """Returns those features, from 0 to 1, for which other parts do not matter."""
    count = len(music.notes)
    onsets = np.bincount(music.part)
    same = music.part[1:] == music.part[:-1]
    part = music.part[1:][same]
    times = np.diff(music.start)[same]
    leaps = np.abs(np.diff(music.pitch)[same])
    near = times <= MAX_PAUSE
    intervals = np.maximum(1, np.bincount(part[near], minlength=count))
    begin = np.flatnonzero(np.diff(music.part, prepend=-1))
    spread = np.maximum.reduceat(music.pitch, begin) - np.minimum.reduceat(music.pitch, begin)
    steps = np.bincount(part[near & (leaps > 0) & (leaps <= 2)], minlength=count)
    lengths = np.bincount(
        part * (LONGEST + 1) + np.minimum(times, LONGEST), minlength=count * (LONGEST + 1)
    )
    return {
        "single": onsets / music.notes,
        "onsets": _enough(onsets / covers(music), ENOUGH_ONSETS),
        "rhythm": _enough(_entropy(lengths.reshape(count, -1)), ENOUGH_BITS),
        "steps": _enough(steps / intervals, ENOUGH_STEPS),
        "range": _enough(np.maximum(0.0, spread - SUNG_RANGE), WIDE_RANGE - SUNG_RANGE),
    }


def _enough(value: Floats, enough: float) -> Floats:
    """Scales a feature so that it is 1 from `enough` on."""
    return np.minimum(1.0, value / enough)


def _entropy(counts: Ints) -> Floats:
    """Returns the entropy of each row of counts in bits."""
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    bits = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    entropy: Floats = -np.sum(shares * bits, axis=1)
    return entropy


def _grid(music: Voices) -> NDArray[np.uint8]:
    """Returns a row a part with its pitch + 1 in each column, 0 where it rests."""
    rows, steps = len(music.notes), int(music.end.max())
    columns = max(1, min(steps, MAX_COLUMNS, MAX_CELLS // rows))
    starts = music.start * columns // steps
    ends = np.minimum(columns, np.maximum(starts + 1, music.end * columns // steps))
    lengths = ends - starts
    skipped = np.cumsum(lengths) - lengths
    places = np.repeat(music.part * columns + starts - skipped, lengths)
    grid = np.zeros(rows * columns, np.uint8)
    grid[places + np.arange(len(places))] = np.repeat(music.pitch + 1, lengths)
    return grid.reshape(rows, columns)
