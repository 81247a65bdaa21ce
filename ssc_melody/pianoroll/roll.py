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
from dataclasses import dataclass, field
from os import PathLike
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import DEFAULT_QPM, DEFAULT_VELOCITY
from ssc_melody.errors import MidiError

STEPS_PER_BEAT = 24
BAR_STEPS = 4 * STEPS_PER_BEAT
PITCHES = 128

MAX_BYTES = 2**31
"""Larger arrays (2 GiB) are refused before they are made."""

BoolArray = npt.NDArray[np.bool_]


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


@dataclass(frozen=True, eq=False)
class PianoRoll:
    """A piece as a tensor.

    Attributes:
        array: bool [bars, 96, 128, tracks], one where a pitch sounds.
        tracks: one a track; plain piano if not given.
        qpm: quarter notes per minute, for MIDI files.
        time_signatures: (step, numerator, denominator), the metre from that step on.

    Raises:
        MidiError: the array has another shape, or not as many tracks as `tracks`.
    """

    array: BoolArray
    tracks: tuple[Track, ...] = ()
    qpm: float = DEFAULT_QPM
    time_signatures: tuple[tuple[int, int, int], ...] = field(default=((0, 4, 4),))

    def __post_init__(self) -> None:
        array = np.asarray(self.array)
        if array.ndim != 4 or array.shape[1:3] != (BAR_STEPS, PITCHES):
            raise MidiError(
                f"Piano roll: expected an array [bars, {BAR_STEPS}, {PITCHES}, tracks], found "
                f"{list(array.shape)}; join or cut the bars to {BAR_STEPS} steps"
            )
        tracks = tuple(self.tracks) or (Track(),) * array.shape[3]
        if len(tracks) != array.shape[3]:
            raise MidiError(
                f"Piano roll: expected {array.shape[3]} tracks as in the array, found {len(tracks)}"
            )
        object.__setattr__(self, "array", array.astype(bool, copy=False))
        object.__setattr__(self, "tracks", tracks)

    @property
    def flat(self) -> BoolArray:
        """[bars * 96, 128, tracks]: the same without bar lines (a view where possible)."""
        return self.array.reshape(len(self.array) * BAR_STEPS, PITCHES, self.array.shape[3])

    def notes(self, track: int = 0) -> list[RollNote]:
        """Lists the notes of a track by start and pitch (see the module for what a note is)."""
        return notes_of(self.flat[:, :, track])

    def to_midi(self, path: str | PathLike[str], velocity: int = DEFAULT_VELOCITY) -> None:
        """Writes a MIDI file, whole or not at all (see `midi.roll_to_midi`)."""
        from ssc_melody import files  # noqa: PLC0415 (arrays alone need no files)
        from ssc_melody.pianoroll.midi import roll_to_midi  # noqa: PLC0415 (it imports this)

        files.write_bytes(path, roll_to_midi(self, velocity))


def check_size(what: str, shape: Sequence[int], item_bytes: int = 1) -> None:
    """Refuses an array above MAX_BYTES.

    Raises:
        MidiError: it is too large; the message names its shape and size.
    """
    size = item_bytes
    for length in shape:
        size *= int(length)
    if size > MAX_BYTES:
        raise MidiError(
            f"{what}: expected at most {MAX_BYTES / 2**30:g} GiB, found {size / 2**30:.1f} GiB "
            f"for an array {[int(length) for length in shape]}; take fewer or shorter pieces"
        )


def roll_of(tracks: Sequence[Iterable[tuple[int, int, int]]]) -> BoolArray:
    """Makes the tensor of notes.

    Args:
        tracks: for each track its (pitch, start, end), in steps and in any order. A note of 0
            steps lasts for 1; of two that begin together on a pitch the longer counts.

    Returns:
        bool [bars, 96, 128, tracks]; as many bars as the last note needs.

    Raises:
        MidiError: the tensor would be larger than MAX_BYTES.
    """
    rows = [sorted(set(notes)) for notes in tracks]
    ends = (max(end, start + 1) for notes in rows for _, start, end in notes)
    bars = -(-max(ends, default=0) // BAR_STEPS)
    shape = (bars, BAR_STEPS, PITCHES, len(rows))
    check_size("Piano roll", shape)
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
        flat: bool [steps, 128].
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
