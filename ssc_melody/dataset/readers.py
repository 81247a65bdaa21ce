"""A source to its pieces: MIDI, ABC and MusicXML files, members of archives, records.

What a file is, its first bytes say; only where they do not, its name. MIDI is read by the core
(`midi.read`, `scores`), other scores by music21 if it is installed.
"""

from __future__ import annotations

import os

from ssc_melody import files
from ssc_melody.dataset import beside, scores
from ssc_melody.dataset.inputs import MAX_MEMBER_BYTES, Problem, Source, opened_archive
from ssc_melody.dataset.pieces import Piece, piece_of_midi, piece_of_note_sequence
from ssc_melody.errors import DataError, SscMelodyError
from ssc_melody.formats.archive import read_member
from ssc_melody.midi.read import is_midi, parse_midi

MAX_SCORE_BYTES = 16 * 2**20
"""A larger ABC or MusicXML file is refused unread; whole tune books are below 2 MB."""


def read(source: Source, analyses: bool = False) -> tuple[list[Piece], list[Problem]]:
    """Reads the pieces of a source; what cannot be read is a problem, never an exception.

    Args:
        source: Where it is.
        analyses: Whether scores get the chords of an analysis beside them (see `beside`).
    """
    try:
        if source.record is not None:
            if not source.record.is_intact():
                raise DataError("is damaged (its checksum differs)")
            return [piece_of_note_sequence(source.record.data, source.name)], []
        data = _member_bytes(source) if source.member else file_bytes(source.path)
        return _parse(data, source, beside.analysis_of(source) if analyses else "")
    except SscMelodyError as error:  # readers name the file, and so does the report
        reason = str(error).removeprefix("MIDI file ").removeprefix(f"{source.name}: ")
        return [], [Problem(source.name, reason)]
    except Exception as error:  # a reader's own mistake costs one file, not the corpus
        return [], [Problem(source.name, f"{type(error).__name__}: {error}")]


def file_bytes(path: str) -> bytes:
    """Reads a plain file of at most MAX_MEMBER_BYTES.

    Raises:
        DataError: It is larger, not a regular file, or cannot be read.
    """
    try:
        size = os.path.getsize(path)
        if not files.is_regular(path):
            raise DataError("is not a regular file")
        if size > MAX_MEMBER_BYTES:
            raise DataError(f"expected at most {MAX_MEMBER_BYTES} bytes, found {size}")
        with open(path, "rb") as file:
            return files.read_at_most(file, MAX_MEMBER_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}") from error


def _member_bytes(source: Source) -> bytes:
    """Reads a member of an archive, never more than it claims to be."""
    try:
        archive = opened_archive(source.path)
        return read_member(archive, archive.getinfo(source.member), MAX_MEMBER_BYTES)
    except (OSError, KeyError) as error:  # the archive was there a moment ago
        raise DataError(f"cannot be unpacked: {error}") from error


def _kind(data: bytes, name: str) -> str:
    """Returns 'midi', 'abc', 'musicxml' or an extension, by the first bytes or else the name."""
    head = data[:256].removeprefix(b"\xef\xbb\xbf").lstrip()
    if is_midi(data):
        return "midi"
    if head.startswith((b"<?xml", b"<!DOCTYPE score", b"<score", b"PK\x03\x04")):
        return "musicxml"
    if head.startswith((b"X:", b"%abc")):
        return "abc"
    extension = os.path.splitext(name)[1].lower()
    if extension in scores.MUSIC21_FORMATS:
        return extension
    return {".abc": "abc", ".xml": "musicxml", ".musicxml": "musicxml", ".mxl": "musicxml"}.get(
        extension, "midi"
    )


def _parse(data: bytes, source: Source, analysis: str) -> tuple[list[Piece], list[Problem]]:
    name = source.name
    kind = _kind(data, source.member or source.path)
    if kind == "midi":
        return [piece_of_midi(parse_midi(data, name), name)], []
    if not data.strip():
        raise DataError("the file is empty")
    if len(data) > MAX_SCORE_BYTES:
        raise DataError(f"expected a score of at most {MAX_SCORE_BYTES} bytes, found {len(data)}")
    if kind == "abc":
        return scores.read_abc(data, name, analysis)
    if kind in scores.MUSIC21_FORMATS:
        return [scores.read_with_music21(data, kind, name, analysis)], []
    return [scores.read_musicxml(data, name, analysis)], []
