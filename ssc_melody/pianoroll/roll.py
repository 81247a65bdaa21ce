"""A piece as a binary tensor [bars, 96, 128, tracks], and its notes.

Follows H.-W. Dong et al., "Pypianoroll: open source Python package for handling multitrack
pianorolls" (2018) and the tensors of MuseGAN: 24 steps a beat (quarter note), 96 steps a bar of
4/4. Left out: velocities, and tempo changes (time is symbolic: every beat has 24 steps).

Other metres: time runs on without a break, and a "bar" of the tensor is always four beats. So no
step is lost and none is invented; only the bar lines of, say, a waltz fall within the tensor's
bars. The real ones follow from `time_signatures`. (Padding each bar of 3/4 to 96 steps would tear
notes tied over its end apart, and cutting one of 6/4 would lose its third.)

Notes and ones: a note is a run of ones. A note that the same pitch follows at once gives up its
last step, so that two runs are seen; read back, a gap of exactly one step between two runs of a
pitch is such a note, and is closed. Hence
  - any tensor comes back from its notes unchanged;
  - notes of at least 2 steps come back unchanged, save that rests of one step (1/24 beat) between
    equal pitches are closed;
  - a note of 1 step that the same pitch follows at once melts into it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.errors import FormatError

STEPS_PER_BEAT = 24
BAR_STEPS = 4 * STEPS_PER_BEAT
PITCHES = 128

MAX_BYTES = 2**31
"""Larger arrays (2 GiB) are refused before they are made."""

BoolArray = npt.NDArray[np.bool_]


MAX_BARS = 20_000
"""A piece with more bars is refused: its last note is likely an accident."""


class RollNote(NamedTuple):
    """A note of one track; steps are 1/24 beat, the end is exclusive."""

    pitch: int
    start: int
    end: int


class Track(NamedTuple):
    """What is known of a track beside its notes; the program is the MIDI one, 0..127."""

    name: str = ""
    program: int = 0
    is_drum: bool = False


def check_bars(bars: int) -> None:
    """Refuses a piece with more than MAX_BARS bars.

    Raises:
        FormatError: It has more.
    """
    if bars > MAX_BARS:
        raise FormatError(
            f"expected at most {MAX_BARS} bars of four beats, found {bars}; is a note misplaced?"
        )


def check_size(shape: Sequence[int], item_bytes: int = 1) -> None:
    """Refuses an array above MAX_BYTES.

    Raises:
        FormatError: It is too large; the message names its shape and size.
    """
    size = item_bytes
    for length in shape:
        size *= int(length)
    if size > MAX_BYTES:
        raise FormatError(
            f"expected at most {MAX_BYTES / 2**30:g} GiB, found {size / 2**30:.1f} GiB "
            f"for an array {[int(length) for length in shape]}; take fewer or shorter pieces"
        )


def roll_of(tracks: Sequence[Iterable[tuple[int, int, int]]]) -> BoolArray:
    """Makes the tensor of notes.

    Args:
        tracks: For each track its (pitch, start, end), in steps and in any order. A note of 0
            steps lasts for 1; of two that begin together on a pitch the longer counts.

    Returns:
        Bool [bars, 96, 128, tracks]; as many bars as the last note needs.

    Raises:
        FormatError: The tensor would be larger than MAX_BYTES.
    """
    rows = [sorted(set(notes)) for notes in tracks]
    ends = (max(end, start + 1) for notes in rows for _, start, end in notes)
    bars = -(-max(ends, default=0) // BAR_STEPS)
    shape = (bars, BAR_STEPS, PITCHES, len(rows))
    check_size(shape)
    array = np.zeros(shape, dtype=bool)
    flat = array.reshape(bars * BAR_STEPS, PITCHES, len(rows))
    for track, notes in enumerate(rows):
        for (pitch, start, end), following in itertools.pairwise([*notes, (-1, 0, 0)]):
            if following[0] == pitch and following[1] <= end:
                end = following[1] - 1  # noqa: PLW2901 (the last step is released)
            flat[start : max(end, start + 1), pitch, track] = True
    return array


def notes_of(flat: BoolArray) -> list[RollNote]:
    """Lists the notes of one track by start and pitch.

    Args:
        flat: Bool [steps, 128].
    """
    switched = np.zeros((flat.shape[0] + 1, flat.shape[1]), dtype=bool)
    switched[:-1] = flat
    switched[1:] ^= flat
    pitches, steps = np.nonzero(switched.T)
    pitch, start, end = pitches[::2], steps[::2], steps[1::2].copy()
    repeated = (pitch[:-1] == pitch[1:]) & (start[1:] - end[:-1] == 1)
    end[:-1] += repeated
    order = np.lexsort((pitch, start))
    columns = (column[order].tolist() for column in (pitch, start, end))
    return [RollNote(*row) for row in zip(*columns, strict=True)]
