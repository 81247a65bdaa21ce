"""Drums as events: in each step the set of drums that are struck.

Follows DrumTrack (note_seq/drums_lib.py, 0.0.5), MultiDrumOneHotEncoding
(note_seq/drums_encoder_decoder.py) and DrumsRnnSequenceGenerator. What a primer strikes stays as it
is; the network sees the kinds of drum, and what it strikes is the first pitch of each kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ssc_melody.errors import PrimerError
from ssc_melody.tracks.notes import Note, StepNote
from ssc_melody.tracks.start import checked_pitch

BASS_DRUM = 36

Hits = frozenset[int]
"""The MIDI pitches that are struck in one step."""

_KIT: tuple[tuple[int, ...], ...] = (
    (36, 35),  # bass drum
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),  # snare drum
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),  # closed hi-hat
    (46, 67, 72, 74, 79, 81, 26),  # open hi-hat
    (45, 29, 41, 43, 61, 64, 84),  # low tom
    (48, 47, 60, 63, 77, 86, 87),  # middle tom
    (50, 30, 62, 76, 83),  # high tom
    (49, 52, 55, 57, 58),  # crash cymbal
    (51, 53, 59, 82),  # ride cymbal
)
_HAND_CLAP = 39
_ONE = ((_HAND_CLAP, *(pitch for pitch in range(128) if pitch != _HAND_CLAP)),)


def kinds(drum_types: int) -> tuple[tuple[int, ...], ...]:
    """Returns the pitches of each kind of drum, the one that is played first."""
    return _ONE if drum_types == 1 else _KIT


def class_of(hits: Iterable[int], drum_types: int) -> int:
    """Returns the class of what is struck: a bit for each kind; unknown pitches count for none."""
    struck = set(hits)
    return sum(1 << i for i, pitches in enumerate(kinds(drum_types)) if struck & set(pitches))


def hits_of(number: int, drum_types: int) -> Hits:
    """Returns what is struck in a class."""
    rows = enumerate(kinds(drum_types))
    return frozenset(pitches[0] for i, pitches in rows if number >> i & 1)


def checked(events: Iterable[Iterable[int]]) -> list[Hits]:
    """Returns the events of a drum track, checked.

    Raises:
        PrimerError: An event is no set of MIDI pitches.
    """
    found = []
    for step, pitches in enumerate(events):
        try:
            found.append(frozenset(checked_pitch(pitch) for pitch in pitches))
        except TypeError:
            raise PrimerError(
                f"Primer drums, step {step + 1}: expected MIDI pitches such as (36, 42), "
                f"found {pitches!r}"
            ) from None
    return found


def from_notes(notes: Iterable[StepNote], steps_per_bar: int) -> tuple[list[Hits], int]:
    """Returns the events of quantized notes and the step on which they begin, a bar line."""
    steps: dict[int, set[int]] = defaultdict(set)
    for note in notes:
        if note.velocity:
            steps[note.start].add(note.pitch)
    if not steps:
        return [], 0
    first, last = min(steps), max(steps)
    origin = first - first % steps_per_bar
    return [frozenset(steps.get(step, ())) for step in range(origin, last + 1)], origin


def set_length(events: Sequence[Hits], steps: int) -> list[Hits]:
    """Returns events cut to a number of steps, or with silence after them."""
    return [*events[:steps], *[frozenset[int]()] * (steps - len(events))]


def to_notes(events: Sequence[Hits], seconds_per_step: float, start_step: int) -> list[Note]:
    """Returns the notes of a track; each lasts a step.

    Args:
        events: What is struck in each step.
        seconds_per_step: Length of a step.
        start_step: Step of the piece on which they begin.
    """
    offset = start_step * seconds_per_step
    return [
        Note(
            pitch,
            step * seconds_per_step + offset,
            (step + 1) * seconds_per_step + offset,
            instrument=9,
            is_drum=True,
        )
        for step, pitches in enumerate(events)
        for pitch in sorted(pitches)
    ]
