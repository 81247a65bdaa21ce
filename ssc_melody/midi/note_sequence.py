"""A NoteSequence, note-seq's message for a piece, as what a MIDI file holds.

Follows note_seq's music.proto. Ticks are counted through its tempos, at a resolution that triplets,
quintuplets and sixty-fourths divide; seconds are kept as they are.

Left out: lyrics, beats, keys, controllers, and section groups (repeats are not played out).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ssc_melody.constants import DEFAULT_QPM, MAX_TICK
from ssc_melody.errors import FormatError
from ssc_melody.midi.piece import ChordMark, MidiNote, MidiPiece, TempoChange, TimeSignature

TICKS_PER_QUARTER = 10080  # 2**5 * 3**2 * 5 * 7

_MAX_TRACKS = 1024
_CHORD_SYMBOL = 1
"""The annotation_type of a chord symbol in music.proto."""


def piece_of_note_sequence(sequence: Any) -> MidiPiece:
    """Returns the piece that a NoteSequence holds.

    Args:
        sequence: The message, of note-seq or of `formats.protos`.

    Raises:
        FormatError: It is quantized, or has times that are not numbers from 0 on.
    """
    quantized = sequence.quantization_info
    if quantized if isinstance(quantized, bytes) else sequence.HasField("quantization_info"):
        raise FormatError("expected an unquantized NoteSequence, found a quantized one")
    clock = _Beats([(tempo.time, tempo.qpm) for tempo in sequence.tempos])
    rows = [
        (note.pitch, note.velocity, note.start_time, note.end_time, note.instrument, note.program,
         note.is_drum)
        for note in sequence.notes
    ]  # fmt: skip
    starts = clock.ticks([row[2] for row in rows])
    ends = clock.ticks([row[3] for row in rows])
    notes = [
        MidiNote(pitch, velocity, start, end, begin, stop, part, part, program, drum)
        for (pitch, velocity, begin, stop, part, program, drum), start, end in zip(
            rows, starts, ends, strict=True
        )
    ]
    metres = [
        TimeSignature(tick, metre.time, metre.numerator, metre.denominator)
        for metre, tick in _with_ticks(sequence.time_signatures, clock)
    ]
    tempos = [
        TempoChange(tick, tempo.time, tempo.qpm)
        for tempo, tick in _with_ticks(sequence.tempos, clock)
    ]
    names = {info.instrument: info.name for info in sequence.instrument_infos}
    count = max((note.track for note in notes), default=-1) + 1
    track_names = [names.get(i, "") for i in range(min(count, _MAX_TRACKS))]
    return MidiPiece(
        TICKS_PER_QUARTER, tempos, metres, notes, track_names, (), _chords(sequence, clock)
    )


def _chords(sequence: Any, clock: _Beats) -> list[ChordMark]:
    """Returns the chord symbols; those before the piece are at its beginning, as in stock."""
    found = [
        (max(mark.time, 0.0), mark.text)
        for mark in sequence.text_annotations
        if mark.annotation_type == _CHORD_SYMBOL and mark.time < sequence.total_time
    ]
    try:
        ticks = clock.ticks([time for time, _ in found])
    except FormatError:  # times beyond all music, where no note is
        return []
    return [ChordMark(tick, *chord) for tick, chord in zip(ticks, found, strict=True)]


def _with_ticks(events: Sequence[Any], clock: _Beats) -> Iterator[tuple[Any, int]]:
    return zip(events, clock.ticks([event.time for event in events]), strict=True)


class _Beats:
    """Seconds to ticks through the tempos of a piece (120 qpm before the first)."""

    def __init__(self, tempos: list[tuple[float, float]]) -> None:
        """Takes (second, quarter notes per minute) pairs in any order."""
        changes = np.array([(0.0, DEFAULT_QPM), *sorted(tempos)])
        self._times = changes[:, 0]
        self._rates = changes[:, 1] * (TICKS_PER_QUARTER / 60.0)
        with np.errstate(over="ignore", invalid="ignore"):
            spans = np.diff(self._times) * self._rates[:-1]
            self._ticks = np.concatenate([[0.0], np.cumsum(spans)])

    def ticks(self, times: list[float]) -> list[int]:
        """Returns the nearest ticks.

        Args:
            times: Seconds.

        Raises:
            FormatError: A time is negative, not a number, or beyond all music.
        """
        seconds = np.array(times, dtype=np.float64)
        span = np.searchsorted(self._times, seconds, side="right") - 1
        with np.errstate(over="ignore", invalid="ignore"):
            ticks = np.rint(self._ticks[span] + (seconds - self._times[span]) * self._rates[span])
            good = (seconds >= 0) & (ticks >= 0) & (ticks < MAX_TICK)
        if not good.all():
            worst = seconds[~good][0]
            raise FormatError(
                f"expected times from 0 s on, below {MAX_TICK} ticks, found {worst} s"
            )
        return list(ticks.astype(np.int64).tolist())
