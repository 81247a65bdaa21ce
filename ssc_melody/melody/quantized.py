"""From the quantized notes of one instrument to a melody.

Follows Melody.from_quantized_sequence of note_seq/melodies_lib.py; `extraction` finds all melodies
of a piece with the same rules. Left out: padding to a bar.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ssc_melody.constants import DEFAULT_VELOCITY, NO_EVENT, NOTE_OFF
from ssc_melody.errors import MelodyError

MAX_STEPS = 1_000_000
"""Longest melody that is built from notes: 17 hours of sixteenths at 120 qpm."""


class PolyphonyError(MelodyError):
    """Two notes begin on one step where only one is allowed."""


class QuantizedNote(NamedTuple):
    """A note of a quantized piece; steps count from the piece's beginning."""

    pitch: int
    start_step: int
    end_step: int
    velocity: int = DEFAULT_VELOCITY
    is_drum: bool = False


def from_quantized_notes(
    notes: Iterable[QuantizedNote],
    steps_per_bar: int,
    search_start_step: int = 0,
    gap_bars: float = math.inf,
    ignore_polyphonic_notes: bool = True,
) -> tuple[list[int], int]:
    """Extracts the melody of one instrument; returns (events, start_step).

    The melody begins on a bar line (counted from search_start_step) and lasts to the end of its
    last note. No note at all gives ([], 0). Quirks kept:
      1. drums and notes of velocity 0 are not notes, but the bar of the first of them is the first;
      2. a note ends where the next one begins, and does not sound on after a shorter one on top;
      3. a gap is counted from the end of the last note added, even if an earlier one was longer;
      4. polyphony means notes that begin on one step: the highest wins; overlaps pass unseen.

    Args:
        notes: In any order.
        search_start_step: Notes that begin before this step are not seen.
        gap_bars: This many bars of silence end the melody.
        ignore_polyphonic_notes: Keep the highest note instead of raising.

    Raises:
        PolyphonyError: Two notes begin on one step and are not to be ignored.
        MelodyError: A note does not end after its start, or (ours) more than a million steps.

    Source: note_seq/melodies_lib.py, Melody.from_quantized_sequence with filter_drums.
    """
    ordered = in_order(note for note in notes if note.start_step >= search_start_step)
    kept = one_voice(ordered, 0, gap_bars * steps_per_bar, ignore_polyphonic_notes, _refuse)
    if not kept:
        return [], 0
    first = ordered[0].start_step
    origin = first - (first - search_start_step) % steps_per_bar
    length = kept[-1].end_step - origin
    if length > MAX_STEPS:
        raise MelodyError(f"Melody: expected at most {MAX_STEPS} steps, found {length}")
    return held(kept, origin), origin


def _refuse(note: QuantizedNote) -> None:
    raise MelodyError(
        f"Note of pitch {note.pitch}: expected an end after its start at step "
        f"{note.start_step}, found step {note.end_step}"
    )


def in_order(notes: Iterable[QuantizedNote]) -> list[QuantizedNote]:
    """Returns notes by their start, the highest first."""
    return sorted(notes, key=lambda note: (note.start_step, -note.pitch))


def one_voice(
    ordered: Sequence[QuantizedNote],
    first: int,
    gap_steps: float,
    ignore_polyphonic_notes: bool,
    bad_note: Callable[[QuantizedNote], None],
) -> list[QuantizedNote]:
    """Returns the notes that make a melody, one per step, up to the first gap.

    Args:
        ordered: Notes as `in_order` gives them; drums and notes of velocity 0 do not count.
        first: Index of the note to begin with.
        gap_steps: Steps of silence that end it.
        ignore_polyphonic_notes: Keep the highest note of several instead of raising.
        bad_note: Told of a note that does not end after its start; it is left out if that returns.

    Raises:
        PolyphonyError: Two notes begin on one step and are not to be ignored.
    """
    kept: list[QuantizedNote] = []
    for i in range(first, len(ordered)):
        note = ordered[i]
        if note.is_drum or not note.velocity:
            continue
        if kept:
            last = kept[-1]
            if note.start_step == last.start_step:
                if ignore_polyphonic_notes:
                    continue
                raise PolyphonyError(
                    f"Step {note.start_step}: expected one note, found pitches {last.pitch} and "
                    f"{note.pitch} beginning together"
                )
            if note.start_step - last.end_step >= gap_steps:
                break
        if note.start_step >= note.end_step:
            bad_note(note)
            continue
        kept.append(note)
    return kept


def held(kept: Sequence[QuantizedNote], origin: int) -> list[int]:
    """Writes notes of one voice as events from step `origin` on, at most MAX_STEPS of them."""
    length = min(kept[-1].end_step - origin, MAX_STEPS)
    events = [NO_EVENT] * length
    for note, following in itertools.pairwise(kept):
        if note.end_step < following.start_step and note.end_step - origin < length:
            events[note.end_step - origin] = NOTE_OFF
    for note in kept:
        if note.start_step - origin < length:
            events[note.start_step - origin] = note.pitch
    return events
