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

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ssc_melody.constants import (
    DEFAULT_QPM,
    DEFAULT_STEPS_PER_BAR,
    DEFAULT_STEPS_PER_QUARTER,
    MAX_EVENT,
    MIN_EVENT,
)
from ssc_melody.errors import PrimerError
from ssc_melody.melody.events import clean, note_times, set_length, steps
from ssc_melody.melody.midi import check_qpm
from ssc_melody.melody.quantized import QuantizedNote, from_quantized_notes
from ssc_melody.midi.read import MidiNote, MidiPiece, read_midi

ContinueAt = Literal["step", "bar"]

_EXAMPLE = '"[60, -2, 60, -2, 67, -2, 67, -2]"'
_QUOTES = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_MINUSES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"))
_BRACKETS = {"[": "]", "(": ")"}


@dataclass(frozen=True)
class Primer:
    """What `generate` is given.

    Attributes:
        events: as the model gets them, before squash; generation starts after the last one.
        start_step: step of the primer's piece on which events[0] falls: a bar line.
        steps_per_bar: steps in a bar.
        qpm: quarter notes per minute.
        num_steps: length of the whole melody, events included.
        primer_steps: steps from the first event to the end of the last note given; the events
            after them are the silence before the new melody.
    """

    events: list[int]
    start_step: int
    steps_per_bar: int
    qpm: float
    num_steps: int
    primer_steps: int


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


def parse_primer_melody(text: str) -> list[int]:
    """Reads the events of --primer_melody.

    Like stock it takes "[60, -2, 62]"; brackets may be round or missing, quotes (also curly ones)
    may stand around it, and any dash is a minus.

    Args:
        text: integers -2..127 with commas between them.

    Raises:
        PrimerError: something else stands there, an event is out of range, or there is none.
    """
    plain = text.translate(_MINUSES)
    begin, end = _strip(plain, 0, len(plain), _QUOTES)
    if begin < end and plain[begin] in _BRACKETS:
        closing = _BRACKETS[plain[begin]]
        if plain[end - 1] != closing or end - begin < 2:
            raise _parse_error(text, end, f'a closing "{closing}"', "the end")
        begin, end = _strip(plain, begin + 1, end - 1, "")
    if begin < end and plain[end - 1] == ",":
        end -= 1
    events: list[int] = []
    position = begin
    for part in plain[begin:end].split(",") if begin < end else []:
        events.append(_event(text, part, position))
        position += len(part) + 1
    if not events:
        raise _parse_error(text, begin, "at least one event", "none")
    return events


def _strip(text: str, begin: int, end: int, others: str) -> tuple[int, int]:
    """Narrows a range of the text to what stands between blanks and other characters."""
    while begin < end and (text[begin].isspace() or text[begin] in others):
        begin += 1
    while begin < end and (text[end - 1].isspace() or text[end - 1] in others):
        end -= 1
    return begin, end


def _event(text: str, part: str, position: int) -> int:
    token = part.strip()
    position += len(part) - len(part.lstrip())
    expected = f"an integer from {MIN_EVENT} to {MAX_EVENT}"
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", token):
        raise _parse_error(text, position, expected, f'"{token[:20]}"' if token else "nothing")
    value = int(token)
    if not MIN_EVENT <= value <= MAX_EVENT:
        raise _parse_error(text, position, expected, str(value))
    return value


def _parse_error(text: str, position: int, expected: str, found: str) -> PrimerError:
    shown = text if len(text) <= 80 else text[:77] + "..."
    return PrimerError(
        f"Primer melody {shown!r}, character {position + 1}: expected {expected}, found {found}; "
        f"-2 goes on, -1 ends a note, 0 to 127 is a pitch, for example {_EXAMPLE}"
    )


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
        events: one event a step, sixteenths (also where steps_per_quarter is not 4: stock's).
        num_steps: length of the whole melody in steps, primer included.
        qpm: quarter notes per minute.
        steps_per_quarter: the model's steps in a quarter note.
        continue_at: "step": a step or two after the primer's end, as stock; "bar": on the bar
            line at or after it.

    Raises:
        MelodyError: an event is out of range.
        OptionError: qpm is no tempo of a MIDI file.
        PrimerError: the primer leaves no room.

    Source: melody_rnn_generate.py, run_with_flags; melody_rnn_sequence_generator.py, _generate.
    """
    check_qpm(qpm)
    timed = note_times(clean(events), qpm, DEFAULT_STEPS_PER_QUARTER, 0)
    notes = [_TimedNote(*note) for note in timed]
    timing = _seconds(qpm, steps_per_quarter, 4 * steps_per_quarter)
    return _primer(notes, timing, num_steps, continue_at)


def from_midi(
    path: str | os.PathLike[str],
    *,
    num_steps: int,
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER,
    track: int | str | None = None,
    continue_at: ContinueAt = "step",
) -> Primer:
    """Makes a primer of a MIDI file, as --primer_midi does.

    The file's first tempo holds, 120 where it has none, as in stock. Without notes the primer is a
    step of silence.

    Args:
        path: the MIDI file.
        num_steps: length of the whole melody in steps, primer included.
        steps_per_quarter: the model's steps in a quarter note.
        track: use this track only: its number from 1, or (a part of) its name.
        continue_at: see `from_melody`.

    Raises:
        MidiError: the file cannot be read.
        PrimerError: it has no such track, or leaves no room.

    Source: as `from_melody`, and note_seq/sequences_lib.py, quantize_note_sequence.
    """
    piece = read_midi(path)
    notes = piece.notes if track is None else _of_track(path, piece, track)
    steps_per_bar = _steps_per_bar(piece, steps_per_quarter)
    timing = _seconds(piece.tempos[0].qpm, steps_per_quarter, steps_per_bar)
    timed = [_TimedNote(n.pitch, n.start_time, n.end_time, n.is_drum) for n in notes]
    if len(piece.tempos) > 1:
        timing = timing._replace(time_per_step=1.0, steps_per_time=1.0)
        timed = [_in_steps(note, piece.ticks_per_quarter, steps_per_quarter) for note in notes]
    return _primer(timed, timing, num_steps, continue_at)


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


def _of_track(path: str | os.PathLike[str], piece: MidiPiece, track: int | str) -> list[MidiNote]:
    """Returns the notes of a track that are not drums."""
    notes = [note for note in piece.notes if not note.is_drum]
    counts = Counter(note.track for note in notes)
    wanted = _track_numbers(piece.track_names, track)
    if not any(counts[number] for number in wanted):
        rows = [
            f'{number + 1} "{name}" ({counts[number]} {"note" if counts[number] == 1 else "notes"})'
            for number, name in enumerate(piece.track_names)
        ]
        more = f" and {len(rows) - 20} more" if len(rows) > 20 else ""
        raise PrimerError(
            f"Primer {os.fspath(path)}: expected a track with notes (drums do not count), "
            f"found none for {track!r}; the tracks are {', '.join(rows[:20])}{more}"
        )
    return [note for note in notes if note.track in wanted]


def _track_numbers(names: Sequence[str], track: int | str) -> set[int]:
    """Returns the tracks (from 0) meant: by number, by whole name, or by a part of the name."""
    wanted = str(track).strip().lower()
    if wanted.isdecimal():
        return {int(wanted) - 1}
    lower = [name.lower() for name in names]
    whole = {number for number, name in enumerate(lower) if name == wanted}
    return whole or {number for number, name in enumerate(lower) if wanted and wanted in name}


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
    end_step = _end_step(num_steps, timing)
    if end_step <= earliest:
        raise _too_long(last_step, earliest, timing)
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


def _too_long(last_step: int, earliest: int, timing: _Timing) -> PrimerError:
    needed = earliest + 1
    while _end_step(needed, timing) <= earliest:
        needed += 1
    return PrimerError(
        f"Primer is {steps(last_step)}; `num_steps` counts it and must be at least {needed}"
    )
