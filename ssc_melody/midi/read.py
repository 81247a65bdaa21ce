"""A MIDI file as notes, tempos and metres, with the times that note-seq gives them.

Follows note_seq/midi_io.py and pretty_midi's reader for what a piece holds, and mido for how the
bytes are read. mido itself is not used: it makes an object of each event and needs minutes and
gigabytes for some damaged files. Left out: bends, pedals, lyrics, keys, and the table of all ticks,
so that memory grows with the notes only.

By default a file is read as the standard has it. `as_stock` gives Magenta's notes, for primers and
comparisons: it differs for tempos and metres outside the first track (`clock`), for unknown meta
events and running status (`events`), and for tracks beyond the header's number (`chunks`). Quirks
kept in both are told in `tracks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssc_melody import files
from ssc_melody.constants import MAX_TICK
from ssc_melody.errors import FormatError, MidiError, about
from ssc_melody.midi.chunks import is_midi, read_chunks
from ssc_melody.midi.clock import read_timing
from ssc_melody.midi.events import read_events
from ssc_melody.midi.piece import MidiNote, MidiPiece, TempoChange, TimeSignature
from ssc_melody.midi.tracks import Track, read_track

__all__ = [
    "MAX_BYTES",
    "MAX_EVENTS",
    "MAX_TICK",
    "MidiNote",
    "MidiPiece",
    "TempoChange",
    "TimeSignature",
    "is_midi",
    "parse_midi",
    "read_midi",
]

MAX_BYTES = 64 * 2**20
MAX_EVENTS = 1_000_000


def read_midi(source: files.Source, as_stock: bool = False) -> MidiPiece:
    """Reads a MIDI file.

    Args:
        source: A path (a ~ at its beginning is the home folder), the file's bytes, or a file object
            opened in binary mode.
        as_stock: Whether to read what stock reads where it leaves the standard.

    Raises:
        MidiError: There is no such file, it is not a MIDI file, it is damaged, or it is larger than
            64 MiB, a million events or 10^10 ticks.

    Source: note_seq/midi_io.py, midi_file_to_note_sequence; pretty_midi.py, PrettyMIDI.
    """
    data, name = files.read_source(source, MidiError, MAX_BYTES)
    return parse_midi(data, name, as_stock)


def parse_midi(data: bytes, name: str, as_stock: bool = False) -> MidiPiece:
    """Reads the bytes of a MIDI file; `name` is for messages.

    Raises:
        MidiError: They are not a MIDI file, damaged, or beyond a million events or 10^10 ticks.
    """
    with about(f"MIDI file {name}", MidiError):
        return _parse(data, as_stock)


def _parse(data: bytes, as_stock: bool) -> MidiPiece:
    chunks = read_chunks(data, as_stock)
    budget = _budget()
    instruments: dict[tuple[int, int, int], int] = {}
    tracks = []
    for number, body in enumerate(chunks.tracks):
        with about(f"track {number + 1}"):
            tracks.append(read_track(number, read_events(body, budget, as_stock), instruments))
    timing = read_timing([track.timing for track in tracks], chunks.ticks_per_quarter, as_stock)
    seconds = timing.clock.seconds
    notes = [
        MidiNote(
            pitch, velocity, start, end, seconds(start), seconds(end), number, index, program, drum
        )
        for track in tracks
        for pitch, velocity, start, end, number, index, program, drum in track.notes
    ]
    notes.sort(key=lambda note: note.instrument)
    return MidiPiece(
        chunks.ticks_per_quarter,
        timing.clock.tempos(),
        timing.metres,
        notes,
        [track.name for track in tracks],
        (*chunks.warnings, *timing.warnings, *_note_warnings(tracks)),
    )


def _budget() -> Iterator[int]:
    """Yields a number per event that a file may have, and then raises a FormatError."""
    yield from range(MAX_EVENTS)
    raise FormatError(f"expected at most {MAX_EVENTS} events, found more")


def _note_warnings(tracks: list[Track]) -> list[str]:
    """Says which notes do not sound."""
    unended = sum(track.unended for track in tracks)
    if not unended:
        return []
    one = unended == 1
    return [f"{unended} {'note is' if one else 'notes are'} never ended and left out"]
