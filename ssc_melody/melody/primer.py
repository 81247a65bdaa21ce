"""What generation begins with: the primer's events, and the step on which new ones start.

Follows magenta/models/melody_rnn/melody_rnn_generate.py (the flags), _generate of
melody_rnn_sequence_generator.py and note_seq's quantize_note_sequence, float for float: the primer
is turned into seconds and back, so silence at its end is lost, bars of silence before it are cut,
and a step or two of silence follow it. Left out: sections of a longer piece.

Where stock stops with an assertion or an exception, this goes on:
  1. several instruments: all notes but drums are one melody, the highest pitch wins;
  2. tempo changes: steps are counted in ticks, and the first tempo is that of the output;
  3. several metres: the first one holds; a bar of a fraction of steps counts as a 4/4 bar;
  4. no room by the rounding alone: generation starts one step earlier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ssc_melody import files
from ssc_melody.constants import (
    DEFAULT_QPM,
    DEFAULT_STEPS_PER_BAR,
    DEFAULT_STEPS_PER_QUARTER,
)
from ssc_melody.errors import PrimerError
from ssc_melody.melody.events import clean, note_times, set_length, steps
from ssc_melody.melody.midi import check_qpm
from ssc_melody.melody.primer_text import parse_primer_melody
from ssc_melody.melody.quantized import QuantizedNote, from_quantized_notes

if TYPE_CHECKING:
    from ssc_melody.midi.piece import MidiNote, MidiPiece

__all__ = ["Primer", "from_melody", "from_midi", "parse_primer_melody"]

ContinueAt = Literal["step", "bar"]


@dataclass(frozen=True)
class Primer:
    """What `generate` is given.

    Attributes:
        events: As the model gets them, before squash; generation starts after the last one.
        start_step: Step of the primer's piece on which events[0] falls: a bar line.
        steps_per_bar: Steps in a bar.
        qpm: Quarter notes per minute.
        num_steps: Length of the whole melody, events included.
        primer_steps: Steps from the first event to the end of the last note given; the events
            after them are the silence before the new melody.
        warnings: What of the file did not count, one sentence per kind.
        metre: Numerator and denominator of the piece's first metre; 4/4 where it has none.
    """

    events: list[int]
    start_step: int
    steps_per_bar: int
    qpm: float
    num_steps: int
    primer_steps: int
    warnings: tuple[str, ...] = ()
    metre: tuple[int, int] = (4, 4)

    @classmethod
    def from_midi(cls, source: files.Source | Any, **options: Any) -> Primer:
        """Makes a primer of a MIDI file or a NoteSequence; see the function `from_midi`."""
        return from_midi(source, **options)

    @classmethod
    def from_melody(cls, events: Iterable[int], **options: Any) -> Primer:
        """Makes a primer of events; see the function `from_melody`."""
        return from_melody(events, **options)


class _Timing(NamedTuple):
    """How times (seconds, or steps where the tempo changes) become steps, and the bar."""

    time_per_step: float
    steps_per_time: float
    steps_per_bar: int
    qpm: float


class _TimedNote(NamedTuple):
    pitch: int
    start: float
    end: float
    is_drum: bool = False


def from_melody(
    events: Iterable[int],
    *,
    num_steps: int,
    qpm: float = DEFAULT_QPM,
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER,
    continue_at: ContinueAt = "step",
) -> Primer:
    """Makes a primer of events, as --primer_melody does.

    Args:
        events: One event a step, sixteenths (also where steps_per_quarter is not 4: stock's).
        num_steps: Length of the whole melody in steps, primer included.
        qpm: Quarter notes per minute.
        steps_per_quarter: The model's steps in a quarter note.
        continue_at: "step": a step or two after the primer's end, as stock; "bar": on the bar
            line at or after it.

    Raises:
        MelodyError: An event is out of range.
        OptionError: qpm is not a tempo of a MIDI file.
        PrimerError: The primer leaves no room.

    Source: melody_rnn_generate.py, run_with_flags; melody_rnn_sequence_generator.py, _generate.
    """
    check_qpm(qpm)
    timed = note_times(clean(events), qpm, DEFAULT_STEPS_PER_QUARTER, 0)
    notes = [_TimedNote(*note) for note in timed]
    timing = _seconds(qpm, steps_per_quarter, 4 * steps_per_quarter)
    return _primer(notes, timing, num_steps, continue_at)


def from_midi(
    source: files.Source | Any,
    *,
    num_steps: int,
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER,
    track: int | str | None = None,
    continue_at: ContinueAt = "step",
) -> Primer:
    """Makes a primer of a MIDI file, as --primer_midi does, of a score, or of a NoteSequence.

    A MIDI file is read as stock reads it (see `midi.read`), ABC and MusicXML by their standards;
    the first tempo holds, 120 where there is none. Without notes the primer is a step of silence.

    Args:
        source: The file (a path, its bytes, or a file object opened in binary mode), or an
            unquantized NoteSequence.
        num_steps: Length of the whole melody in steps, primer included.
        steps_per_quarter: The model's steps in a quarter note.
        track: Use this track only: its number from 1, or (a part of) its name.
        continue_at: See `from_melody`.

    Raises:
        MidiError: The file cannot be read.
        PrimerError: It has no such track, or leaves no room.

    Source: as `from_melody`, and note_seq/sequences_lib.py, quantize_note_sequence.
    """
    from ssc_melody.melody.primer_piece import notes_of_track, read_piece  # noqa: PLC0415 (a file)

    piece, name = read_piece(source)
    notes = piece.notes if track is None else notes_of_track(piece, track, name)
    steps_per_bar = _steps_per_bar(piece, steps_per_quarter)
    qpm = piece.tempos[0].qpm if piece.tempos else DEFAULT_QPM
    timing = _seconds(qpm, steps_per_quarter, steps_per_bar)
    timed = [_TimedNote(n.pitch, n.start_time, n.end_time, n.is_drum) for n in notes]
    if len(piece.tempos) > 1:
        timing = timing._replace(time_per_step=1.0, steps_per_time=1.0)
        timed = [_in_steps(note, piece.ticks_per_quarter, steps_per_quarter) for note in notes]
    primer = _primer(timed, timing, num_steps, continue_at)
    metre = next(((m.numerator, m.denominator) for m in piece.time_signatures), (4, 4))
    return replace(primer, warnings=(*piece.warnings, *_silence(notes)), metre=metre)


def _silence(notes: list[MidiNote]) -> list[str]:
    """Says why a primer is silent, if it is."""
    if any(not note.is_drum for note in notes):
        return []
    found = "only drums (channel 10)" if notes else "no notes"
    return [f"it has {found}: beginning with silence"]


def _in_steps(note: MidiNote, ticks_per_quarter: int, steps_per_quarter: int) -> _TimedNote:
    start = note.start_tick / ticks_per_quarter * steps_per_quarter
    end = note.end_tick / ticks_per_quarter * steps_per_quarter
    return _TimedNote(note.pitch, start, end, note.is_drum)


def _seconds(qpm: float, steps_per_quarter: int, steps_per_bar: int) -> _Timing:
    return _Timing(
        time_per_step=60.0 / qpm / steps_per_quarter,
        steps_per_time=steps_per_quarter * qpm / 60.0,
        steps_per_bar=steps_per_bar,
        qpm=qpm,
    )


def _steps_per_bar(piece: MidiPiece, steps_per_quarter: int) -> int:
    if not piece.time_signatures:
        return 4 * steps_per_quarter
    metre = piece.time_signatures[0]
    length = steps_per_quarter * (4.0 / metre.denominator * metre.numerator)
    if length == 0 or length % 1 != 0:
        return DEFAULT_STEPS_PER_BAR
    return int(length)


def _primer(
    notes: list[_TimedNote], timing: _Timing, num_steps: int, continue_at: ContinueAt
) -> Primer:
    """Quantizes notes and finds the step on which generation starts and the one where it ends.

    Drums give no events, but generation waits for their end, as stock's does.
    """
    if continue_at not in ("step", "bar"):
        raise PrimerError(f'Primer: expected continue_at "step" or "bar", found {continue_at!r}')
    quantized = [_quantize(note, timing.steps_per_time) for note in notes]
    last_time = max((note.end for note in notes), default=0)
    last_step = max((note.end_step for note in quantized), default=0)
    start_step = int((last_time + timing.time_per_step) * timing.steps_per_time + 1)
    earliest = max(start_step - 1, last_step, 1)
    if continue_at == "bar" and notes:
        start_step = earliest = -(-last_step // timing.steps_per_bar) * timing.steps_per_bar
    end_step = num_steps if continue_at == "bar" else _end_step(num_steps, timing)
    if end_step <= earliest:
        raise _too_long(last_step, earliest, timing, continue_at)
    start_step = min(start_step, max(earliest, end_step - 1))
    melodic = [note for note in quantized if not note.is_drum]
    events, first_step = from_quantized_notes(melodic, timing.steps_per_bar)
    primer_steps = len(events)
    if not events:
        first_step = max(0, start_step - 1)
    return Primer(
        events=set_length(events, start_step - first_step),
        start_step=first_step,
        steps_per_bar=timing.steps_per_bar,
        qpm=timing.qpm,
        num_steps=end_step - first_step,
        primer_steps=primer_steps,
    )


def _quantize(note: _TimedNote, steps_per_time: float) -> QuantizedNote:
    """Rounds to the nearest step, half up; a note lasts at least one."""
    start = int(note.start * steps_per_time + 0.5)
    end = int(note.end * steps_per_time + 0.5)
    return QuantizedNote(note.pitch, start, end + (end == start), is_drum=note.is_drum)


def _end_step(num_steps: int, timing: _Timing) -> int:
    """Returns the step where the melody ends; float rounding can make it one less."""
    return int(num_steps * timing.time_per_step * timing.steps_per_time)


def _too_long(
    last_step: int, earliest: int, timing: _Timing, continue_at: ContinueAt
) -> PrimerError:
    needed = earliest + 1
    while continue_at == "step" and _end_step(needed, timing) <= earliest:
        needed += 1
    return PrimerError(
        f"Primer is {steps(last_step)}; `num_steps` counts it and must be at least {needed}"
    )
