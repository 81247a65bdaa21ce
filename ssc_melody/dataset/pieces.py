"""One piece of music, whatever file it came from, on two clocks: ticks and seconds.

A MIDI file is read by `midi.read`, a NoteSequence by `midi.note_sequence`, a score by `scores`.
"""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np

from ssc_melody.dataset import bars
from ssc_melody.errors import DataError, about
from ssc_melody.formats.protos import NoteSequence, parse
from ssc_melody.midi import note_sequence
from ssc_melody.midi.piece import MidiPiece


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
        DataError: The bytes are none, or it is quantized, or has times that are not numbers.
    """
    with about(name, DataError):
        sequence = parse(NoteSequence, data)
        return Piece(name, note_sequence.piece_of_note_sequence(sequence), sequence.total_time, raw)


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
