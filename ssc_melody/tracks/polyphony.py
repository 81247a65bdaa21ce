"""Polyphony as events: in each step the notes that begin and those that go on, then its end.

Follows PolyphonicSequence (magenta/models/polyphony_rnn/polyphony_lib.py, 2.1.4). An event is its
class: 0 begins the track, 1 ends it, 2 ends a step, 3 + p begins pitch p, 131 + p lets it go on.
A note that does not go on has ended.

Quirks kept: a track with a START or END within, and notes that go on though they do not sound, are
taken as they are; notes of one pitch may sound together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ssc_melody.errors import PrimerError
from ssc_melody.tracks.notes import Note, StepNote

START, END, STEP_END = 0, 1, 2
NEW, CONTINUED = 3, 131
KINDS = ("start", "end", "step_end", "new_note", "continued_note")


class PolyphonicEvent(NamedTuple):
    """An event: its kind (one of `KINDS`), and the pitch of a note."""

    kind: str
    pitch: int | None = None


def event_of(number: int) -> PolyphonicEvent:
    """Returns the event of a class.

    >>> event_of(63), event_of(2)
    (PolyphonicEvent(kind='new_note', pitch=60), PolyphonicEvent(kind='step_end', pitch=None))
    """
    if number < NEW:
        return PolyphonicEvent(KINDS[number])
    kind, first = ("continued_note", CONTINUED) if number >= CONTINUED else ("new_note", NEW)
    return PolyphonicEvent(kind, number - first)


def class_of(event: PolyphonicEvent) -> int:
    """Returns the class of an event.

    Raises:
        PrimerError: There is no such event.
    """
    kind, pitch = event
    if kind in KINDS[:NEW]:
        return KINDS.index(kind)
    if kind in KINDS and pitch is not None and 0 <= pitch < CONTINUED - NEW:
        return (NEW if kind == "new_note" else CONTINUED) + pitch
    raise PrimerError(f"expected an event of polyphony, such as ('new_note', 60), got {event!r}")


def from_notes(notes: Iterable[StepNote]) -> list[int]:
    """Returns the events of quantized notes, from step 0 to the end of the last one."""
    begin: dict[int, list[int]] = defaultdict(list)
    end: dict[int, list[int]] = defaultdict(list)
    for note in notes:
        begin[note.start].append(note.pitch)
        end[note.end].append(note.pitch)
    events, active = [START], list[int]()
    for step in range(max(end, default=0)):
        for pitch in end[step]:
            active.remove(pitch)
        sounding = [(pitch, CONTINUED + pitch) for pitch in active]
        sounding += [(pitch, NEW + pitch) for pitch in begin[step]]
        active += begin[step]
        sounding.sort(key=lambda row: -row[0])
        events += [number for _, number in sounding]
        events.append(STEP_END)
    return [*events, END]


def steps_of(events: Sequence[int]) -> int:
    """Returns how many steps are ended."""
    return sum(event == STEP_END for event in events)


def trimmed(events: Sequence[int]) -> list[int]:
    """Returns events without the ENDs at their end, so that more can follow."""
    end = len(events)
    while events[end - 1] == END:
        end -= 1
    return list(events[:end])


def set_length(events: Sequence[int], steps: int) -> list[int]:
    """Returns events cut to a number of steps, or with silent steps after them, and an END."""
    kept = [*trimmed(events), STEP_END]
    missing = steps - steps_of(kept)
    if missing >= 0:
        return [*kept, *[STEP_END] * missing, END]
    ends = [i for i, event in enumerate(kept) if event == STEP_END]
    return [*(kept[: ends[steps - 1] + 1] if steps else [START]), END]


def to_notes(events: Sequence[int], seconds_per_step: float, start_step: int) -> list[Note]:
    """Returns what is heard of events that `set_length` has given an end.

    Args:
        events: The events.
        seconds_per_step: Length of a step.
        start_step: Step of the piece on which they begin.
    """
    offset = start_step * seconds_per_step
    notes: list[Note] = []
    sounding: list[tuple[int, int]] = []
    to_end: list[int] = []
    step = 0
    for i, event in enumerate(events):
        if event >= CONTINUED:
            if event - CONTINUED in to_end:
                to_end.remove(event - CONTINUED)
        elif event >= NEW:
            sounding.append((event - NEW, step))
        elif event == STEP_END or (event == END and i == len(events) - 1):
            for row in list(sounding):
                pitch, begun = row
                if pitch in to_end:
                    to_end.remove(pitch)
                    sounding.remove(row)
                    times = (begun * seconds_per_step + offset, step * seconds_per_step + offset)
                    notes.append(Note(pitch, *times))
            step += 1
            to_end = [pitch for pitch, _ in sounding]
    return notes


def injected(events: Sequence[int]) -> list[list[int]]:
    """Returns, for each step of a track, its notes, to be put where a new track begins that step.

    Source: _inject_melody of polyphony_sequence_generator.py.
    """
    steps: list[list[int]] = [[]]
    for event in trimmed(events)[1:]:
        if event == STEP_END:
            steps.append([])
        else:
            steps[-1].append(event)
    return steps
