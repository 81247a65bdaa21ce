"""Melodies as plain lists of events, one event a step.

Follows note_seq/melodies_lib.py and events_lib.py: the range check, squash, transpose and
set_length give the very same numbers. Left out: appending, slicing and increase_resolution of
stock's class, lengths changed from the left.

An event is -2 (go on), -1 (the note ends here) or a MIDI pitch 0..127 (a note begins here).
`events` below is always a list or 1-D integer array of these, and the functions return new lists.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import (
    MAX_EVENT,
    MIN_EVENT,
    MIN_PITCH,
    NO_EVENT,
    NOTE_OFF,
    NOTES_PER_OCTAVE,
)
from ssc_melody.encodings import IN_MAJOR_KEY
from ssc_melody.errors import MelodyError


class MelodyNote(NamedTuple):
    """A note of a melody; steps count from the melody's own first step, the end is exclusive."""

    pitch: int
    start_step: int
    end_step: int


def steps(count: int) -> str:
    """Returns a number of steps in words."""
    return "1 step" if count == 1 else f"{count} steps"


def clean(events: Iterable[int]) -> list[int]:
    """Checks events and silences note-offs before the first note, as Melody(events) does.

    Raises:
        MelodyError: An event is not an integer or not in -2..127.

    Source: note_seq/melodies_lib.py, Melody._from_event_list.
    """
    plain = list(events)
    checked = plain if _all_legal(plain) else [_checked(*item) for item in enumerate(plain)]
    first = next((step for step, event in enumerate(checked) if event >= MIN_PITCH), len(checked))
    return [NO_EVENT] * first + checked[first:]


def _all_legal(events: list[int]) -> bool:
    """Tells at once what `_checked` would find one by one."""
    return set(map(type, events)) <= {int} and set(events) <= _LEGAL


_LEGAL = frozenset(range(MIN_EVENT, MAX_EVENT + 1))


def _checked(step: int, event: int) -> int:
    try:
        value = operator.index(event)
    except TypeError:
        value = MIN_EVENT - 1
    if not MIN_EVENT <= value <= MAX_EVENT:
        raise MelodyError(
            f"Melody event {step}: expected an integer from -2 to 127 (-2 goes on, -1 ends a note, "
            f"0 and up are pitches), found {event!r}"
        )
    return value


def melody_notes(events: Iterable[int]) -> list[MelodyNote]:
    """Lists the notes; one ends with the next note, with a note-off, or with the melody."""
    notes: list[MelodyNote] = []
    sounding: tuple[int, int] | None = None
    step = -1
    for step, event in enumerate(events):
        if event == NO_EVENT:
            continue
        if sounding:
            notes.append(MelodyNote(*sounding, step))
        sounding = (int(event), step) if event >= MIN_PITCH else None
    if sounding:
        notes.append(MelodyNote(*sounding, step + 1))
    return notes


def note_times(
    events: Iterable[int], qpm: float, steps_per_quarter: int, start_step: int
) -> list[tuple[int, float, float]]:
    """Lists (pitch, start, end) of a melody's notes in seconds, rounded as stock rounds.

    Source: note_seq/melodies_lib.py, Melody.to_sequence.
    """
    seconds_per_step = 60.0 / qpm / steps_per_quarter
    offset = start_step * seconds_per_step
    return [
        (pitch, start * seconds_per_step + offset, end * seconds_per_step + offset)
        for pitch, start, end in melody_notes(events)
    ]


def major_key(events: Iterable[int]) -> int:
    """Returns the major key (0 = C .. 11 = B) that holds most notes, the lowest of equals.

    Source: note_seq/melodies_lib.py, Melody.get_major_key.
    """
    array = np.array([*events], dtype=np.int64)
    return _major_key(array[array >= MIN_PITCH])


def _major_key(pitches: npt.NDArray[np.int64]) -> int:
    counts = np.bincount(pitches % NOTES_PER_OCTAVE, minlength=NOTES_PER_OCTAVE)
    return int(np.argmax(counts @ IN_MAJOR_KEY))


def transpose(
    events: Iterable[int], amount: int, min_note: int = 0, max_note: int = 128
) -> list[int]:
    """Moves the notes by semitones, then by octaves into a pitch range.

    Args:
        events: Melody events.
        amount: Semitones, positive is up.
        min_note: Lowest MIDI pitch.
        max_note: One above the highest MIDI pitch.

    Source: note_seq/melodies_lib.py, Melody.transpose.
    """
    array = np.array([*events], dtype=np.int64)
    sounds = array >= MIN_PITCH
    array[sounds] = _folded(array[sounds] + amount, min_note, max_note)
    return list(array.tolist())


def _folded(pitches: npt.NDArray[np.int64], min_note: int, max_note: int) -> npt.NDArray[np.int64]:
    """Returns pitches moved by octaves into a range."""
    low = min_note + (pitches - min_note) % NOTES_PER_OCTAVE
    high = max_note - NOTES_PER_OCTAVE + (pitches - max_note) % NOTES_PER_OCTAVE
    return np.where(pitches < min_note, low, np.where(pitches >= max_note, high, pitches))


def squash(
    events: Iterable[int], min_note: int, max_note: int, transpose_to_key: int | None
) -> tuple[list[int], int]:
    """Transposes a melody to a key and into a pitch range; returns (events, semitones moved).

    Quirks kept: the octave is rounded half to even; without a key the amount is 0, though notes
    out of range are still folded; without notes nothing moves.

    Args:
        events: Melody events.
        min_note: Lowest MIDI pitch.
        max_note: One above the highest MIDI pitch.
        transpose_to_key: Major key to move to (0 = C .. 11 = B), or None to keep the key.

    Source: note_seq/melodies_lib.py, Melody.squash.
    """
    array = np.array([*events], dtype=np.int64)
    sounds = array >= MIN_PITCH
    pitches = array[sounds]
    amount = 0
    if len(pitches) and transpose_to_key is not None:
        amount = transpose_to_key - _major_key(pitches)
        center = (int(pitches.min()) + int(pitches.max())) / 2
        target = (min_note + max_note - 1) / 2
        amount += NOTES_PER_OCTAVE * round((target - (center + amount)) / NOTES_PER_OCTAVE)
    array[sounds] = _folded(pitches + amount, min_note, max_note)
    return list(array.tolist()), amount


def set_length(events: Iterable[int], steps: int) -> list[int]:
    """Cuts a melody, or extends it by silence: a note that still sounds gets a note-off.

    Source: note_seq/melodies_lib.py, Melody.set_length.
    """
    if steps < 0:
        raise MelodyError(f"Melody length: expected 0 steps or more, found {steps}")
    plain = [int(event) for event in events][:steps]
    added = steps - len(plain)
    if added == 0:
        return plain
    last = next((event for event in reversed(plain) if event != NO_EVENT), NOTE_OFF)
    first = NO_EVENT if last == NOTE_OFF else NOTE_OFF
    return [*plain, first, *[NO_EVENT] * (added - 1)]
