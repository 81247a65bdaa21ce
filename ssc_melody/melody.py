"""Melodies as plain lists of events, one event a step.

Follows note_seq/melodies_lib.py and events_lib.py: the range check, squash, transpose, set_length
and the extraction of a melody from quantized notes give the very same numbers. Left out: appending,
slicing and increase_resolution of stock's class, padding to a bar, lengths changed from the left.

An event is -2 (go on), -1 (the note ends here) or a MIDI pitch 0..127 (a note begins here).
`events` below is always a list or 1-D integer array of these, and the functions return new lists.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any, NamedTuple

from ssc_melody.constants import (
    DEFAULT_QPM,
    DEFAULT_STEPS_PER_BAR,
    DEFAULT_STEPS_PER_QUARTER,
    DEFAULT_VELOCITY,
    MAX_EVENT,
    MIDI_TICKS_PER_QUARTER,
    MIN_EVENT,
    MIN_PITCH,
    NO_EVENT,
    NOTE_OFF,
    NOTES_PER_OCTAVE,
)
from ssc_melody.errors import MelodyError, SscMelodyError

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
MAX_STEPS = 1_000_000
"""Longest melody that is built from notes: 17 hours of sixteenths at 120 qpm."""


class PolyphonyError(MelodyError):
    """Two notes begin on one step where only one is allowed."""


class MelodyNote(NamedTuple):
    """A note of a melody; steps count from the melody's own first step, the end is exclusive."""

    pitch: int
    start_step: int
    end_step: int


class QuantizedNote(NamedTuple):
    """A note of a quantized piece; steps count from the piece's beginning."""

    pitch: int
    start_step: int
    end_step: int
    velocity: int = DEFAULT_VELOCITY
    is_drum: bool = False


@dataclass
class Melody:
    """A melody and what is known of it; the events are taken as they are (see `clean`).

    Attributes:
        log_likelihood: natural logarithm, first event given, at the temperature; None if unknown.
        start_step: step of the source piece on which the first event falls.
        steps_per_quarter: steps in a quarter note.
        steps_per_bar: steps in a bar.
        primer_steps: how many of the first events were given, not generated.
    """

    events: list[int]
    log_likelihood: float | None = None
    start_step: int = 0
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER
    steps_per_bar: int = DEFAULT_STEPS_PER_BAR
    primer_steps: int = 0

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[int]:
        return iter(self.events)

    def notes(self) -> list[MelodyNote]:
        """Lists the notes (see `melody_notes`)."""
        return melody_notes(self.events)

    def to_midi(
        self,
        path: str | PathLike[str],
        qpm: float = DEFAULT_QPM,
        velocity: int = DEFAULT_VELOCITY,
        program: int = 0,
    ) -> None:
        """Writes the file of `midi_write.melody_to_midi` (see there), whole or not at all."""
        from ssc_melody import files, midi_write  # noqa: PLC0415 (midi_write imports this module)

        data = midi_write.melody_to_midi(
            self.events,
            qpm=qpm,
            steps_per_quarter=self.steps_per_quarter,
            start_step=self.start_step,
            velocity=velocity,
            program=program,
        )
        files.write_bytes(path, data)

    def to_note_sequence(
        self, qpm: float = DEFAULT_QPM, velocity: int = DEFAULT_VELOCITY, program: int = 0
    ) -> Any:
        """Returns a note_seq NoteSequence, equal to stock's Melody.to_sequence.

        Raises:
            SscMelodyError: note-seq is not installed.
        """
        try:
            from note_seq.protobuf import music_pb2  # noqa: PLC0415 (the core runs without it)
        except ImportError as error:
            raise SscMelodyError(
                f"to_note_sequence needs note-seq: {error}; pip install note-seq, or use to_midi"
            ) from error
        sequence = music_pb2.NoteSequence()
        sequence.tempos.add().qpm = qpm
        sequence.ticks_per_quarter = MIDI_TICKS_PER_QUARTER
        times = note_times(self.events, qpm, self.steps_per_quarter, self.start_step)
        for pitch, start, end in times:
            sequence.notes.add(
                pitch=pitch, start_time=start, end_time=end, velocity=velocity, program=program
            )
            sequence.total_time = end
        return sequence


def clean(events: Iterable[int]) -> list[int]:
    """Checks events and silences note-offs before the first note, as Melody(events) does.

    Raises:
        MelodyError: an event is not an integer or not in -2..127.

    Source: note_seq/melodies_lib.py, Melody._from_event_list.
    """
    checked = [_checked(step, event) for step, event in enumerate(events)]
    first = next((step for step, event in enumerate(checked) if event >= MIN_PITCH), len(checked))
    return [NO_EVENT] * first + checked[first:]


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
    counts = [0] * NOTES_PER_OCTAVE
    for event in events:
        if event >= MIN_PITCH:
            counts[event % NOTES_PER_OCTAVE] += 1
    scores = [
        sum(counts[(key + degree) % NOTES_PER_OCTAVE] for degree in MAJOR_SCALE)
        for key in range(NOTES_PER_OCTAVE)
    ]
    return scores.index(max(scores))


def transpose(
    events: Iterable[int], amount: int, min_note: int = 0, max_note: int = 128
) -> list[int]:
    """Moves the notes by semitones, then by octaves into a pitch range.

    Args:
        amount: semitones, positive is up.
        min_note, max_note: range of MIDI pitches, the upper end exclusive.

    Source: note_seq/melodies_lib.py, Melody.transpose.
    """
    moved = [int(event) for event in events]
    for step, event in enumerate(moved):
        if event < MIN_PITCH:
            continue
        pitch = event + amount
        if pitch < min_note:
            pitch = min_note + (pitch - min_note) % NOTES_PER_OCTAVE
        elif pitch >= max_note:
            pitch = max_note - NOTES_PER_OCTAVE + (pitch - max_note) % NOTES_PER_OCTAVE
        moved[step] = pitch
    return moved


def squash(
    events: Iterable[int], min_note: int, max_note: int, transpose_to_key: int | None
) -> tuple[list[int], int]:
    """Transposes a melody to a key and into a pitch range; returns (events, semitones moved).

    Quirks kept: the octave is rounded half to even; without a key the amount is 0, though notes
    out of range are still folded; without notes nothing moves.

    Args:
        min_note, max_note: range of MIDI pitches, the upper end exclusive.
        transpose_to_key: major key to move to (0 = C .. 11 = B), or None to keep the key.

    Source: note_seq/melodies_lib.py, Melody.squash.
    """
    plain = [int(event) for event in events]
    pitches = [event for event in plain if event >= MIN_PITCH]
    if not pitches:
        return plain, 0
    amount = 0
    if transpose_to_key is not None:
        amount = transpose_to_key - major_key(plain)
        center = (min(pitches) + max(pitches)) / 2
        target = (min_note + max_note - 1) / 2
        octaves = round((target - (center + amount)) / NOTES_PER_OCTAVE)
        amount += NOTES_PER_OCTAVE * octaves
    return transpose(plain, amount, min_note, max_note), amount


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
      1. drums and notes of velocity 0 are no notes, but the bar of the first of them is the first;
      2. a note ends where the next one begins, and does not sound on after a shorter one on top;
      3. a gap is counted from the end of the last note added, even if an earlier one was longer;
      4. polyphony means notes that begin on one step: the highest wins; overlaps pass unseen.

    Args:
        notes: in any order.
        search_start_step: notes that begin before this step are not seen.
        gap_bars: this many bars of silence end the melody.
        ignore_polyphonic_notes: keep the highest note instead of raising.

    Raises:
        PolyphonyError: two notes begin on one step and are not to be ignored.
        MelodyError: a note does not end after its start, or (ours) more than a million steps.

    Source: note_seq/melodies_lib.py, Melody.from_quantized_sequence with filter_drums.
    """
    ordered = sorted(
        (note for note in notes if note.start_step >= search_start_step),
        key=lambda note: (note.start_step, -note.pitch),
    )
    sounding = [note for note in ordered if note.velocity and not note.is_drum]
    if not sounding:
        return [], 0
    kept = _monophonic(sounding, gap_bars * steps_per_bar, ignore_polyphonic_notes)
    first = ordered[0].start_step
    origin = first - (first - search_start_step) % steps_per_bar
    length = kept[-1].end_step - origin
    if length > MAX_STEPS:
        raise MelodyError(f"Melody: expected at most {MAX_STEPS} steps, found {length}")
    events = [NO_EVENT] * (length + 1)
    for note in kept:
        events[note.start_step - origin] = note.pitch
    for note, following in itertools.pairwise(kept):
        if note.end_step < following.start_step:
            events[note.end_step - origin] = NOTE_OFF
    return events[:length], origin


def _monophonic(
    notes: list[QuantizedNote], gap_steps: float, ignore_polyphonic_notes: bool
) -> list[QuantizedNote]:
    """Returns the notes that make the melody; `notes` are sorted by start, the highest first."""
    kept: list[QuantizedNote] = []
    for note in notes:
        if kept and note.start_step == kept[-1].start_step:
            if ignore_polyphonic_notes:
                continue
            raise PolyphonyError(
                f"Step {note.start_step}: expected one note, found pitches {kept[-1].pitch} and "
                f"{note.pitch} beginning together"
            )
        if kept and note.start_step - kept[-1].end_step >= gap_steps:
            break
        if note.start_step >= note.end_step:
            raise MelodyError(
                f"Note of pitch {note.pitch}: expected an end after its start at step "
                f"{note.start_step}, found step {note.end_step}"
            )
        kept.append(note)
    return kept
