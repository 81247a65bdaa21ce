"""ABC tune books and MusicXML scores as pieces, through music21 or, without it, note-seq.

With music21 (an extra), each tune of a book is read by itself, so a bad one costs itself only. The
bar that a pickup belongs to is filled up with silence in front, so that bars begin on bar lines.
note-seq's ABC parser knows no rests (`z`), no multiple voices and no `&`: the tunes that it cannot
read are reported; its MusicXML reader takes no compressed files with other roots than the first.

Left out: repeats (sections are taken once, as written), grace notes, chord symbols, lyrics.
"""

from __future__ import annotations

import functools
import importlib.util
import io
import os
import re
import tempfile
import warnings
import zipfile
from typing import Any

from ssc_melody.constants import DEFAULT_QPM, DEFAULT_VELOCITY
from ssc_melody.dataset.inputs import MAX_MEMBER_BYTES, MAX_RATIO, Problem
from ssc_melody.dataset.pieces import (
    TICKS_PER_QUARTER,
    Piece,
    piece_of_midi,
    piece_of_note_sequence,
)
from ssc_melody.errors import DataError
from ssc_melody.midi.read import MAX_TICK, MidiNote, MidiPiece, TempoChange, TimeSignature


@functools.cache
def parser() -> str:
    """Returns 'music21', 'note_seq', or '' where neither is installed."""
    for module in ("music21", "note_seq"):
        if importlib.util.find_spec(module):
            return module
    return ""


def _check_parser(name: str) -> str:
    if not parser():
        raise DataError(f"{name}: reading ABC and MusicXML needs music21: pip install music21")
    return parser()


def read_abc(data: bytes, name: str) -> tuple[list[Piece], list[Problem]]:
    """Reads the tunes of an ABC file, named file#number; also returns those that cannot be read.

    Raises:
        DataError: There is no tune, or no parser.
    """
    tunes = split_tunes(data.decode("utf-8", errors="replace"))
    if not tunes:
        raise DataError("expected ABC tunes (each with a line X:), found none")
    read = _abc_music21 if _check_parser(name) == "music21" else _abc_note_seq
    pieces, problems = [], []
    for i, tune in enumerate(tunes, start=1):
        tune_name = f"{name}#{i}"
        try:
            pieces.append(read(tune, tune_name))
        except Exception as error:  # the parsers raise what they like
            reason = str(error) or type(error).__name__
            problems.append(Problem(tune_name, f"{parser()} cannot read it: {reason[:300]}"))
    return pieces, problems


def split_tunes(text: str) -> list[str]:
    """Returns the tunes of a book, each with the book's header in front."""
    parts = re.split(r"^(?=X:)", text.replace("\r\n", "\n"), flags=re.MULTILINE)
    header = parts[0] if not parts[0].startswith("X:") else ""
    return [header + part for part in parts if part.startswith("X:")]


def _abc_note_seq(tune: str, name: str) -> Piece:
    from note_seq import abc_parser  # noqa: PLC0415 (takes seconds to import)

    tunes, errors = abc_parser.parse_abc_tunebook(tune)
    if errors:
        raise errors[0]
    (sequence,) = tunes.values()
    return piece_of_note_sequence(sequence.SerializeToString(), name, raw=True)


def _abc_music21(tune: str, name: str) -> Piece:
    return _piece_of_score(_parse_music21(tune, "abc"), name)


def _parse_music21(data: str | bytes, kind: str) -> Any:
    from music21 import converter  # noqa: PLC0415 (takes seconds to import)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an overfull bar is no news to the reader of a report
        return converter.parseData(data, format=kind)


def read_musicxml(data: bytes, name: str) -> Piece:
    """Reads a MusicXML file, plain or compressed (.mxl).

    Raises:
        DataError: It cannot be read, or unpacks to too much.
    """
    module = _check_parser(name)
    try:
        if data.startswith(b"PK\x03\x04"):
            data = _unpack_mxl(data)
        if module == "music21":
            return _piece_of_score(_parse_music21(_as_utf8(data), "musicxml"), name)
        return _musicxml_note_seq(data, name)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{module} cannot read it: {str(error)[:300]}") from error


def _unpack_mxl(data: bytes) -> bytes:
    """Returns the score of a compressed MusicXML file: the first member that is not its index."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    scores = [
        info
        for info in archive.infolist()
        if info.filename.lower().endswith((".xml", ".musicxml"))
        and not info.filename.startswith("META-INF")
    ]
    if not scores:
        raise DataError("expected a score in the .mxl archive, found none")
    if scores[0].file_size > min(MAX_MEMBER_BYTES, MAX_RATIO * len(data)):
        raise DataError(f"refused: unpacks to {scores[0].file_size} bytes (a zip bomb?)")
    return archive.read(scores[0])


def _as_utf8(data: bytes) -> bytes:
    """Returns an XML file in UTF-8 (music21 knows no other), without its declaration."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16")
    else:
        declared = re.match(rb"""<\?xml[^>]*encoding=["']([\w.-]+)""", data)
        text = data.decode(declared[1].decode() if declared else "utf-8-sig")
    return re.sub(r"^\ufeff?<\?xml[^>]*>", "", text).encode()


def _musicxml_note_seq(data: bytes, name: str) -> Piece:
    from note_seq import musicxml_reader  # noqa: PLC0415

    handle, path = tempfile.mkstemp(suffix=".xml")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        sequence = musicxml_reader.musicxml_file_to_sequence_proto(path)
    finally:
        os.unlink(path)
    return piece_of_note_sequence(sequence.SerializeToString(), name, raw=True)


def _ticks(quarters: Any) -> int:
    tick = round(quarters * TICKS_PER_QUARTER)
    if not 0 <= tick < MAX_TICK:
        raise DataError(f"expected times below {MAX_TICK} ticks, found {tick}")
    return tick


def _piece_of_score(score: Any, name: str) -> Piece:
    """Turns a music21 score into a piece: one track a part, its first tempo for all of it."""
    parts = list(getattr(score, "parts", [])) or [score]
    marks = score.flatten().getElementsByClass("MetronomeMark")
    qpm = next((m.getQuarterBPM() for m in marks if m.getQuarterBPM()), None) or DEFAULT_QPM
    seconds = 60.0 / qpm / TICKS_PER_QUARTER
    shift = _pickup_shift(parts[0])
    notes = []
    for track, part in enumerate(parts):
        notes += [
            MidiNote(
                pitch, DEFAULT_VELOCITY, start + shift, end + shift, (start + shift) * seconds,
                (end + shift) * seconds, track, track, 0, False,
            )
            for pitch, start, end in _tied_notes(part)
        ]  # fmt: skip
    metres = []
    for metre in parts[0].flatten().getElementsByClass("TimeSignature"):
        tick = _ticks(metre.offset)
        tick += shift if tick else 0
        metres.append(TimeSignature(tick, tick * seconds, metre.numerator, metre.denominator))
    names = [str(part.partName or "") if hasattr(part, "partName") else "" for part in parts]
    music = MidiPiece(TICKS_PER_QUARTER, [TempoChange(0, 0.0, qpm)], metres, notes, names)
    return piece_of_midi(music, name)


def _tied_notes(part: Any) -> list[tuple[int, int, int]]:
    """Returns (pitch, start, end) of the notes of a part, tied ones as one, in ticks.

    music21's stripTies copies the part, which takes most of the time, and joins notes with others
    between them.
    """
    notes: list[tuple[int, int, int]] = []
    held: dict[int, int] = {}
    for element in part.flatten().notes:
        if "ChordSymbol" in element.classes or element.duration.isGrace:
            continue
        start = _ticks(element.offset)
        end = start + _ticks(element.quarterLength)
        for note in getattr(element, "notes", (element,)):
            pitch = note.pitch.midi if hasattr(note, "pitch") else -1
            if end <= start or not 0 <= pitch <= 127:
                continue
            tie = note.tie.type if note.tie else ""
            before = held.pop(pitch, -1)
            if tie in ("stop", "continue") and before >= 0 and notes[before][2] == start:
                notes[before] = (pitch, notes[before][1], end)
            else:
                before = len(notes)
                notes.append((pitch, start, end))
            if tie in ("start", "continue"):
                held[pitch] = before
    return notes


def _pickup_shift(part: Any) -> int:
    """Returns the ticks of silence that complete the first bar of a part."""
    bars = list(part.getElementsByClass("Measure"))
    metres = list(part.flatten().getElementsByClass("TimeSignature"))
    if len(bars) < 2 or not metres or metres[0].offset != 0:
        return 0
    missing = metres[0].barDuration.quarterLength - bars[0].highestTime
    return _ticks(missing) if missing > 0 else 0
