"""Music files to NoteSequences, with note-seq's own readers.

Follows magenta/scripts/convert_dir_to_note_sequences.py: the same NoteSequence for each file, with
the same ids. Differs where stock fails: ABC files are read (stock passes bytes to a parser of
text), `.musicxml` counts as MusicXML, files come in the order of their names, and a MIDI file is
tried with our bounded reader before note-seq spends gigabytes on a damaged one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssc_melody.dataset.inputs import Problem
from ssc_melody.dataset.readers import MAX_SCORE_BYTES, file_bytes
from ssc_melody.dataset.scores import split_tunes
from ssc_melody.magenta_layer import shims
from ssc_melody.midi.read import parse_midi

shims.activate()

with shims.quiet_import():
    from magenta.scripts.convert_dir_to_note_sequences import generate_note_sequence_id
    from note_seq import abc_parser, midi_io, musicxml_reader

MAX_SECONDS = 24 * 3600.0
"""note-seq's memory grows with the length of a piece in ticks; a day is enough."""


def convert(root: Path, path: Path) -> Iterator[Any]:
    """Yields the NoteSequences of a file, or a Problem in the place of each that fails.

    Args:
        root: The folder that gives the collection its name.
        path: A file below it.
    """
    name = _in_utf8(os.path.relpath(path, root))
    extension = path.suffix.lower()
    try:
        data = file_bytes(str(path))
        if extension in (".mid", ".midi"):
            yield _named(_midi(data, name), root, name, name, "midi")
        elif extension == ".abc":
            yield from _abc(data, root, name)
        else:
            yield _named(_musicxml(data, extension), root, name, name, "musicxml")
    except Exception as error:  # note-seq raises what it likes; a file is not the collection
        yield Problem(name, f"{str(error)[:300] or type(error).__name__}")


def _in_utf8(name: str) -> str:
    """Returns a name with escapes for what is not UTF-8, which a NoteSequence cannot hold."""
    return name.encode("utf-8", "backslashreplace").decode()


def _named(sequence: Any, root: Path, name: str, key: str, kind: str) -> Any:
    sequence.collection_name = _in_utf8(os.path.basename(root))
    sequence.filename = name
    sequence.id = generate_note_sequence_id(key, sequence.collection_name, kind)
    return sequence


def _midi(data: bytes, name: str) -> Any:
    piece = parse_midi(data, name)
    if any(note.end_time > MAX_SECONDS for note in piece.notes):
        raise ValueError(f"expected a piece of at most {MAX_SECONDS:.0f} s, found a longer one")
    return midi_io.midi_to_sequence_proto(data)


def _abc(data: bytes, root: Path, name: str) -> Iterator[Any]:
    if len(data) > MAX_SCORE_BYTES:
        raise ValueError(f"expected at most {MAX_SCORE_BYTES} bytes, found {len(data)}")
    tunes = split_tunes(data.decode("utf-8", errors="replace"))
    if not tunes:
        raise ValueError("expected ABC tunes (each with a line X:), found none")
    for number, text in enumerate(tunes, start=1):
        try:
            found, errors = abc_parser.parse_abc_tunebook(text)
            if errors:
                raise errors[0]
            for index, sequence in found.items():
                yield _named(sequence, root, name, f"{name}_{index}", "abc")
        except Exception as error:  # see above
            yield Problem(f"{name}#{number}", f"{str(error)[:300] or type(error).__name__}")


def _musicxml(data: bytes, extension: str) -> Any:
    """Reads MusicXML through a file of the suffix that note-seq goes by."""
    if len(data) > MAX_SCORE_BYTES:
        raise ValueError(f"expected at most {MAX_SCORE_BYTES} bytes, found {len(data)}")
    suffix = ".mxl" if extension == ".mxl" else ".xml"
    handle, path = tempfile.mkstemp(suffix=suffix)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return musicxml_reader.musicxml_file_to_sequence_proto(path)
    finally:
        os.unlink(path)
