"""One piece of music, whatever file it came from, on two clocks: ticks and seconds.

Follows note_seq's music.proto for what is read of a NoteSequence. Ticks of a NoteSequence are
counted through its tempos, at a resolution that triplets, quintuplets and sixty-fourths divide.

Left out: lyrics, chords, keys, controllers, and section groups (repeats are not played out).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.dataset import bars
from ssc_melody.errors import DataError, about
from ssc_melody.formats.protos import NoteSequence, parse
from ssc_melody.midi.read import MAX_TICK, MidiNote, MidiPiece, TempoChange, TimeSignature

TICKS_PER_QUARTER = 10080  # 2**5 * 3**2 * 5 * 7


@dataclasses.dataclass(frozen=True)
class Piece:
    """A piece and where it came from.

    Attributes:
        name: File (and member, or number within it).
        music: Notes, metres and tempos.
        total_time: Seconds; notes that begin later do not count.
        raw: Whether it came from a music file (else from a NoteSequence record).
        draw: A number in 0..1 that decides whether it is a training piece.
        warnings: What was odd about the file, one sentence per kind.
    """

    name: str
    music: MidiPiece
    total_time: float
    raw: bool = True
    draw: float = 1.0
    warnings: tuple[str, ...] = ()


def piece_of_midi(music: MidiPiece, name: str) -> Piece:
    """Returns the piece that a MIDI file holds; bars of one beat are grouped (see `bars`)."""
    music, warnings = bars.grouped(music)
    total_time = max((note.end_time for note in music.notes), default=0.0)
    return Piece(name, music, total_time, warnings=(*music.warnings, *warnings))


def piece_of_note_sequence(data: bytes, name: str, raw: bool = False) -> Piece:
    """Returns the piece that a serialized NoteSequence holds.

    Raises:
        DataError: The bytes are none, or it is quantized, or has times that are no numbers.
    """
    with about(name, DataError):
        sequence = parse(NoteSequence, data)
    if sequence.quantization_info:
        raise DataError(f"{name}: expected an unquantized NoteSequence, found a quantized one")
    clock = _Beats([(tempo.time, tempo.qpm) for tempo in sequence.tempos])
    try:
        rows = [
            (note.pitch, note.velocity, note.start_time, note.end_time, note.instrument,
             note.program, note.is_drum)
            for note in sequence.notes
        ]  # fmt: skip
        starts = clock.ticks([row[2] for row in rows])
        ends = clock.ticks([row[3] for row in rows])
        metres = [
            TimeSignature(tick, m.time, m.numerator, m.denominator)
            for m, tick in _with_ticks(sequence.time_signatures, clock)
        ]
        tempos = [
            TempoChange(tick, t.time, t.qpm) for t, tick in _with_ticks(sequence.tempos, clock)
        ]
    except ValueError as error:
        raise DataError(f"{name}: {error}") from error
    notes = [
        MidiNote(pitch, velocity, start, end, begin, stop, part, part, program, drum)
        for (pitch, velocity, begin, stop, part, program, drum), start, end in zip(
            rows, starts, ends, strict=True
        )
    ]
    names = {info.instrument: info.name for info in sequence.instrument_infos}
    count = max((note.track for note in notes), default=-1) + 1
    track_names = [names.get(i, "") for i in range(min(count, 1024))]
    music = MidiPiece(TICKS_PER_QUARTER, tempos, metres, notes, track_names)
    return Piece(name, music, sequence.total_time, raw)


def _with_ticks(events: Sequence[Any], clock: _Beats) -> Iterator[tuple[Any, int]]:
    return zip(events, clock.ticks([event.time for event in events]), strict=True)


class _Beats:
    """Seconds to ticks through the tempos of a piece (120 qpm before the first)."""

    def __init__(self, tempos: list[tuple[float, float]]) -> None:
        """Takes (second, quarter notes a minute) pairs in any order."""
        changes = np.array([(0.0, DEFAULT_QPM), *sorted(tempos)])
        self._times = changes[:, 0]
        self._rates = changes[:, 1] * (TICKS_PER_QUARTER / 60.0)
        spans = np.diff(self._times) * self._rates[:-1]
        self._ticks = np.concatenate([[0.0], np.cumsum(spans)])

    def ticks(self, times: list[float]) -> list[int]:
        """Returns the nearest ticks.

        Args:
            times: Seconds.

        Raises:
            ValueError: A time is negative, no number, or beyond all music.
        """
        seconds = np.array(times, dtype=np.float64)
        span = np.searchsorted(self._times, seconds, side="right") - 1
        ticks = np.rint(self._ticks[span] + (seconds - self._times[span]) * self._rates[span])
        good = (seconds >= 0) & (ticks >= 0) & (ticks < MAX_TICK)
        if not good.all():
            worst = seconds[~good][0]
            raise ValueError(f"expected times from 0 s on, below {MAX_TICK} ticks, found {worst} s")
        return list(ticks.astype(np.int64).tolist())


def digest(piece: Piece) -> int:
    """Returns a 64-bit number that is the same for pieces with the same notes.

    Neither tempo nor transposition, tracks nor velocities count: pitches are taken from the first
    note, times from its start, in ninety-sixths of a quarter note.
    """
    notes = [
        (note.start_tick, note.end_tick, note.pitch)
        for note in piece.music.notes
        if not note.is_drum
    ]
    if not notes:
        return 0
    table = np.array(sorted(notes), dtype=np.int64)
    table -= (table[0, 0], table[0, 0], table[0, 2])
    table[:, :2] = np.rint(table[:, :2] * (96 / piece.music.ticks_per_quarter))
    rows = np.unique(table, axis=0)
    return int.from_bytes(
        hashlib.blake2b(rows.astype("<i8").tobytes(), digest_size=8).digest(), "little"
    )
