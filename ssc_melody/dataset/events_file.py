"""A data set of events alone: a byte a step, encoded while training.

The file is a TFRecord file (see `formats.tfrecord`). Its first record is JSON, which no
SequenceExample begins with:

    {"format": "ssc_melody events", "version": 1, "steps_per_quarter": 4}

Each other record is a melody, a signed byte an event (-2 goes on, -1 ends the note, 0..127 begin
one), as it was extracted: neither moved to a key nor into a pitch range, so that one file serves
all configs. A melody of n steps takes n + 16 bytes. In tf.data it is

    TFRecordDataset(path).skip(1).map(lambda record: tf.io.decode_raw(record, tf.int8))

Melodies on chords are in a file of another format, "ssc_melody lead sheets". Its records go on with
a byte -128, which no event is, and the changes of chord as text, "0 C|16 G/B|24 Am7": the step from
0, a space, the symbol; "N.C." from a step without a chord on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ssc_melody.constants import MIN_EVENT
from ssc_melody.errors import DataError, FormatError
from ssc_melody.formats import tfrecord
from ssc_melody.formats.json_data import parse_json

FORMAT = "ssc_melody events"
LEAD_SHEETS = "ssc_melody lead sheets"
VERSION = 1
SUFFIX = ".events"
MAX_HEADER_BYTES = 4096
_COMMANDS = {FORMAT: "ssc_melody_create_dataset", LEAD_SHEETS: "ssc_improv_create_dataset"}
_SEPARATOR = b"\x80"


class LeadSheet(NamedTuple):
    """The events of a melody, and (step, chord symbol) for each change of chord, from step 0 on."""

    events: list[int]
    changes: list[tuple[int, str]]


def header(steps_per_quarter: int, with_chords: bool = False) -> bytes:
    """Returns the first record of a file."""
    name = LEAD_SHEETS if with_chords else FORMAT
    fields = {"format": name, "version": VERSION, "steps_per_quarter": steps_per_quarter}
    return json.dumps(fields).encode()


def record(events: Sequence[int], chords: Sequence[str] = ()) -> bytes:
    """Returns the record of a melody.

    Args:
        events: One per step.
        chords: A chord symbol per step; none in a file of melodies alone.
    """
    data = np.array(events, dtype=np.int8).tobytes()
    if not chords:
        return data
    changes = [
        f"{step} {symbol}"
        for step, symbol in enumerate(chords)
        if step == 0 or symbol != chords[step - 1]
    ]
    return data + _SEPARATOR + "|".join(changes).encode()


def is_events_file(path: str | os.PathLike[str]) -> bool:
    """Tells a file of events from a file of SequenceExamples.

    Raises:
        DataError: It cannot be opened.
    """
    first = next(tfrecord.scan_records(path), b"")
    return isinstance(first, bytes) and first.startswith(b"{")


def read_events(path: str | os.PathLike[str]) -> Iterator[list[int]]:
    """Yields the events of each melody.

    Raises:
        DataError: It is not such a file, a damaged one, or one of a later version.
    """
    for number, data in _records(path, FORMAT):
        yield _events(data, path, number)


def read_lead_sheets(path: str | os.PathLike[str]) -> Iterator[LeadSheet]:
    """Yields the melodies of a file of lead sheets, with their changes of chord.

    Raises:
        DataError: It is not such a file, a damaged one, or one of a later version.
    """
    for number, data in _records(path, LEAD_SHEETS):
        melody, _, text = data.partition(_SEPARATOR)
        events = _events(melody, path, number)
        try:
            yield LeadSheet(events, _changes(text.decode("ascii"), len(events)))
        except ValueError:
            raise DataError(
                f'{path}: melody {number}: expected chords such as "0 C|16 G/B", rising from step 0'
            ) from None


def _changes(text: str, steps: int) -> list[tuple[int, str]]:
    pairs = [change.partition(" ") for change in text.split("|")]
    changes = [(int(step), symbol) for step, _, symbol in pairs]
    at = [step for step, _ in changes]
    if at != sorted(set(at)) or at[0] != 0 or at[-1] >= steps or not all(s for _, s in changes):
        raise ValueError
    return changes


def _events(data: bytes, path: str | os.PathLike[str], number: int) -> list[int]:
    events = np.frombuffer(data, dtype=np.int8).tolist()
    if not events or min(events) < MIN_EVENT:
        raise DataError(f"{path}: melody {number}: expected events of -2..127")
    return list(events)


def _records(path: str | os.PathLike[str], wanted: str) -> Iterator[tuple[int, bytes]]:
    records = tfrecord.read_records(path)
    _check_header(next(records, b""), path, wanted)
    yield from enumerate(records, start=1)


def _check_header(data: bytes, path: str | os.PathLike[str], wanted: str) -> None:
    try:
        fields = parse_json(data, {"format": str, "version": int}, MAX_HEADER_BYTES)
        found = (fields["format"], fields["version"])
    except FormatError:
        raise DataError(
            f"{path}: expected a file of events, found SequenceExamples or something else; make "
            "one with ssc_melody_create_dataset --format=events"
        ) from None
    if found != (wanted, VERSION):
        command = _COMMANDS[wanted]
        hint = f"; make one with {command}" if found[0] in _COMMANDS.keys() - {wanted} else ""
        raise DataError(f"{path}: expected {wanted!r} of version {VERSION}, found {found}{hint}")
