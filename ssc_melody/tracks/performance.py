"""A performance as events: notes on and off, shifts of time, and changes of loudness.

Follows Performance (note_seq/performance_lib.py, 0.0.5) and its one-hot encoding. An event is its
class: p begins pitch p, 128 + p ends it, 256 + s - 1 shifts time by s steps (1 to 100), 356 + v - 1
sets the velocity to bin v. Left out: performances in quarter notes, and of notes with durations.

Quirks kept: the first note of a pitch that began is the first to end; a note of no length is none;
notes that nobody ends sound to the end; what is longer than 5 s is cut.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ssc_melody.constants import DEFAULT_VELOCITY
from ssc_melody.errors import PrimerError
from ssc_melody.tracks.notes import Note, to_step

NOTE_OFF, SHIFT, VELOCITY = 128, 256, 356
MAX_SHIFT = VELOCITY - SHIFT
MAX_SECONDS = 5.0
"""Longest note that is written."""

_VELOCITIES = 127


class PerformanceEvent(NamedTuple):
    """An event: 'note_on', 'note_off' and a pitch, 'time_shift' and steps, 'velocity' and a bin."""

    kind: str
    value: int


_FIRST = {"note_on": (0, 0), "note_off": (NOTE_OFF, 0), "time_shift": (SHIFT, 1)} | {
    "velocity": (VELOCITY, 1)
}
"""Of each kind: its first class, and the value of that."""


def event_of(number: int) -> PerformanceEvent:
    """Returns the event of a class.

    >>> event_of(60), event_of(355)
    (PerformanceEvent(kind='note_on', value=60), PerformanceEvent(kind='time_shift', value=100))
    """
    kind = next(kind for kind in reversed(_FIRST) if number >= _FIRST[kind][0])
    first, least = _FIRST[kind]
    return PerformanceEvent(kind, number - first + least)


def class_of(event: PerformanceEvent) -> int:
    """Returns the class of an event.

    Raises:
        PrimerError: There is no such event.
    """
    kind, value = event
    if kind in _FIRST:
        first, least = _FIRST[kind]
        number = first + value - least
        if value >= least and event_of(number).kind == kind:
            return number
    raise PrimerError(f"expected an event of a performance, such as ('note_on', 60), got {event!r}")


def bin_size(velocity_bins: int) -> int:
    """Returns how many velocities share a bin."""
    return -(-_VELOCITIES // velocity_bins)


def from_notes(notes: Iterable[Note], steps_per_second: int, velocity_bins: int) -> list[int]:
    """Returns the events of notes, from step 0 on.

    Args:
        notes: In seconds.
        steps_per_second: Steps in a second.
        velocity_bins: Loudnesses that are told apart; 0 for none.
    """
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    switches = []
    for i, note in enumerate(ordered):
        start, end = to_step(note.start, steps_per_second), to_step(note.end, steps_per_second)
        switches += [(start, i, False), (end + (end == start), i, True)]
    events: list[int] = []
    now = loudness = 0
    for step, i, ends in sorted(switches):
        events += _shifts(step - now)
        now = step
        if velocity_bins and not ends:
            found = (max(ordered[i].velocity, 1) - 1) // bin_size(velocity_bins) + 1
            if found != loudness:
                loudness = found
                events.append(VELOCITY + found - 1)
        events.append(ordered[i].pitch + NOTE_OFF * ends)
    return events


def _shifts(steps: int) -> list[int]:
    """Returns the shifts that move time by some steps."""
    whole, rest = divmod(steps, MAX_SHIFT)
    return [SHIFT + MAX_SHIFT - 1] * whole + [SHIFT + rest - 1] * (rest > 0)


def duration(number: int) -> int:
    """Returns the steps that an event of a class lasts."""
    return number - SHIFT + 1 if SHIFT <= number < VELOCITY else 0


def steps_of(events: Sequence[int]) -> int:
    """Returns how many steps events last."""
    return sum(map(duration, events))


def set_length(events: Sequence[int], steps: int) -> list[int]:
    """Returns events cut to a number of steps, or with time shifts after them."""
    kept = list(events)
    missing = steps - steps_of(kept)
    if missing > 0:
        if kept and 0 < duration(kept[-1]) < MAX_SHIFT:
            added = min(missing, MAX_SHIFT - duration(kept[-1]))
            kept[-1] += added
            missing -= added
        return kept + _shifts(missing)
    over = -missing
    while over > 0:
        last = duration(kept[-1])
        if last > over:
            kept[-1] -= over
        else:
            kept.pop()
        over -= last
    return kept


def to_notes(
    events: Sequence[int],
    steps_per_second: int,
    start_step: int,
    velocity_bins: int,
    program: int = 0,
    is_drum: bool = False,
) -> list[Note]:
    """Returns what is heard of events.

    Args:
        events: The events.
        steps_per_second: Steps in a second.
        start_step: Step of the piece on which they begin.
        velocity_bins: Loudnesses that are told apart; 0 for none.
        program: MIDI program of the notes.
        is_drum: Whether they are drums.
    """
    seconds_per_step = 1.0 / steps_per_second
    offset = start_step * seconds_per_step
    notes: list[Note] = []
    sounding: dict[int, list[tuple[int, int]]] = defaultdict(list)
    step, velocity = 0, DEFAULT_VELOCITY

    def end(pitch: int, begun: int, loudness: int) -> None:
        if step == begun:
            return
        start = begun * seconds_per_step + offset
        stop = step * seconds_per_step + offset
        if stop - start > MAX_SECONDS:
            stop = start + MAX_SECONDS
        notes.append(Note(pitch, start, stop, loudness, program, 0, is_drum))

    for event in events:
        if event >= VELOCITY:
            velocity = 1 + (event - VELOCITY) * bin_size(velocity_bins)
        elif event >= SHIFT:
            step += event - SHIFT + 1
        elif event >= NOTE_OFF:
            if sounding[event - NOTE_OFF]:
                end(event - NOTE_OFF, *sounding[event - NOTE_OFF].pop(0))
        else:
            sounding[event].append((step, velocity))
    for pitch, begun in sounding.items():
        for row in begun:
            end(pitch, *row)
    return notes
