"""Music files to NoteSequences: MIDI by note-seq, scores by this library's readers.

Follows magenta/scripts/convert_dir_to_note_sequences.py: the same NoteSequence for each MIDI file,
with the same ids. Differs where stock fails: ABC files are read (stock passes bytes to a parser of
text, which refuses most tunes), `.musicxml` counts as MusicXML, scores are read as create_dataset
reads them, files come in the order of their names, and a MIDI file is tried with our bounded reader
before note-seq spends gigabytes on a damaged one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssc_melody.constants import MIDI_TICKS_PER_QUARTER
from ssc_melody.dataset.inputs import SCORES, Problem
from ssc_melody.dataset.readers import MAX_SCORE_BYTES, file_bytes
from ssc_melody.errors import DataError
from ssc_melody.magenta_layer import shims
from ssc_melody.melody.score_piece import midi_of_score, seconds_of
from ssc_melody.midi.read import parse_midi
from ssc_melody.scores import abc_notation, musicxml
from ssc_melody.scores.score import Score

shims.activate()

with shims.quiet_import():
    from magenta.scripts.convert_dir_to_note_sequences import generate_note_sequence_id
    from note_seq import midi_io
    from note_seq.protobuf import music_pb2

MAX_SECONDS = 24 * 3600.0
"""note-seq's memory grows with the length of a piece in ticks; a day is enough."""

MODES = {
    "major": (0, 0),
    "ionian": (0, 0),
    "minor": (3, 1),
    "aeolian": (3, 1),
    "": (0, 2),
    "mixolydian": (1, 3),
    "dorian": (2, 4),
    "phrygian": (4, 5),
    "lydian": (-1, 6),
    "locrian": (5, 7),
}
"""Fifths from the tonic of the major key with the same signature, and music.proto's number."""


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
        if extension in SCORES and len(data) > MAX_SCORE_BYTES:
            raise DataError(f"expected at most {MAX_SCORE_BYTES} bytes, found {len(data)}")
        if extension in (".mid", ".midi"):
            yield _named(_midi(data, name), root, name, name, "midi")
        elif extension == ".abc":
            yield from _abc(data, root, name)
        else:
            score = musicxml.read_musicxml(data, name)
            yield _named(sequence_of_score(score), root, name, name, "musicxml")
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
    for number, tune in enumerate(abc_notation.read_tunes(data, name), start=1):
        if tune.score is None:
            yield Problem(tune.name, tune.problem)
        else:
            sequence = sequence_of_score(tune.score)
            yield _named(sequence, root, name, f"{name}_{number}", "abc")


def sequence_of_score(score: Score) -> Any:
    """Returns the NoteSequence of a score: notes, tempos, metres, keys, chords and part names.

    Times are as `melody.score_piece` gives them: a pickup's bar is filled up in front. A key is
    that of its tonic and mode, as in note-seq's ABC parser (its MusicXML parser calls every key
    major).
    """
    music = midi_of_score(score)
    sequence = music_pb2.NoteSequence()
    sequence.ticks_per_quarter = MIDI_TICKS_PER_QUARTER
    for tempo in music.tempos:
        sequence.tempos.add(time=tempo.time, qpm=tempo.qpm)
    for metre in music.time_signatures:
        sequence.time_signatures.add(
            time=metre.time, numerator=metre.numerator, denominator=metre.denominator
        )
    seconds = seconds_of(score)
    for key in score.keys:
        if key.mode != "none":
            fifths, mode = MODES.get(key.mode, MODES[""])
            tonic = 7 * (key.fifths + fifths) % 12
            time = seconds(key.tick) if key.tick else 0.0
            sequence.key_signatures.add(time=time, key=tonic, mode=mode)
    for note in music.notes:
        sequence.notes.add(
            pitch=note.pitch, velocity=note.velocity, start_time=note.start_time,
            end_time=note.end_time, instrument=note.track, part=note.track,
        )  # fmt: skip
        sequence.total_time = max(sequence.total_time, note.end_time)
    chord_symbol = music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL
    for chord in score.chords:
        sequence.text_annotations.add(
            time=seconds(chord.tick), text=chord.symbol, annotation_type=chord_symbol
        )
    for number, part_name in enumerate(score.part_names):
        sequence.part_infos.add(part=number, name=part_name)
    return sequence
