"""A data set of events alone: a byte a step, encoded while training.

The file is a TFRecord file (see `formats.tfrecord`). Its first record is JSON, which no
SequenceExample begins with:

    {"format": "ssc_melody events", "version": 1, "steps_per_quarter": 4}

Each other record is a melody, a signed byte an event (-2 goes on, -1 ends the note, 0..127 begin
one), as it was extracted: neither moved to a key nor into a pitch range, so that one file serves
all configs. A melody of n steps takes n + 16 bytes. In tf.data it is

    TFRecordDataset(path).skip(1).map(lambda record: tf.io.decode_raw(record, tf.int8))
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import numpy as np

from ssc_melody.constants import MIN_EVENT
from ssc_melody.errors import DataError, FormatError
from ssc_melody.formats import tfrecord
from ssc_melody.formats.json_data import parse_json

FORMAT = "ssc_melody events"
VERSION = 1
SUFFIX = ".events"
MAX_HEADER_BYTES = 4096


def header(steps_per_quarter: int) -> bytes:
    """Returns the first record of a file."""
    fields = {"format": FORMAT, "version": VERSION, "steps_per_quarter": steps_per_quarter}
    return json.dumps(fields).encode()


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
    records = tfrecord.read_records(path)
    _check_header(next(records, b""), path)
    for number, record in enumerate(records, start=1):
        events = np.frombuffer(record, dtype=np.int8).tolist()
        if not events or min(events) < MIN_EVENT:
            raise DataError(f"{path}: melody {number}: expected events of -2..127")
        yield events


def _check_header(record: bytes, path: str | os.PathLike[str]) -> None:
    try:
        fields = parse_json(record, {"format": str, "version": int}, MAX_HEADER_BYTES)
        found = (fields["format"], fields["version"])
    except FormatError:
        raise DataError(
            f"{path}: expected a file of events, found SequenceExamples or something else; make "
            "one with ssc_melody_create_dataset --format=events"
        ) from None
    if found != (FORMAT, VERSION):
        raise DataError(f"{path}: expected {FORMAT!r} of version {VERSION}, found {found}")
