"""The piece that a primer's file holds, and which of its tracks --primer_track means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ssc_melody import files
from ssc_melody.errors import MidiError, PrimerError, about
from ssc_melody.melody.score_piece import is_score, read_score
from ssc_melody.midi.note_sequence import piece_of_note_sequence
from ssc_melody.midi.piece import MidiNote, MidiPiece
from ssc_melody.midi.read import MAX_BYTES, is_midi, parse_midi


def read_piece(source: files.Source | Any) -> tuple[MidiPiece, str]:
    """Reads a MIDI file (as stock does), a score or a NoteSequence.

    Returns:
        The piece, and what messages call it.

    Raises:
        MidiError: It cannot be read.
    """
    if hasattr(source, "quantization_info"):
        with about("NoteSequence", MidiError):
            return piece_of_note_sequence(source), "NoteSequence"
    data, name = files.read_source(source, MidiError, MAX_BYTES)
    return piece_of_bytes(data, name), name


def piece_of_bytes(data: bytes, name: str) -> MidiPiece:
    """Reads the bytes of a MIDI file (as stock does) or a score; `name` is for messages.

    Raises:
        MidiError: They cannot be read.
    """
    if not is_midi(data) and is_score(data):
        return read_score(data, name)
    return parse_midi(data, name, as_stock=True)


def notes_of_track(piece: MidiPiece, track: int | str, name: str) -> list[MidiNote]:
    """Returns the notes of a track that are not drums.

    Args:
        piece: The piece.
        track: A track's number from 1, or (a part of) its name.
        name: What messages call the piece.

    Raises:
        PrimerError: There is no such track, or it has no notes.
    """
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
            f"Primer {name}: expected a track with notes (drums do not count), "
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
