"""Files of two records: a JSON header that says what the file is, and numbers.

A TFRecord file (see `formats.tfrecord`), so that damage shows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ssc_melody.errors import FormatError, SscMelodyError, about
from ssc_melody.files import write_bytes
from ssc_melody.formats import tfrecord
from ssc_melody.formats.json_data import parse_json


def write(path: str | os.PathLike[str], header: Mapping[str, Any], body: bytes) -> None:
    """Writes a file.

    Raises:
        SscMelodyError: It cannot be written.
    """
    records = (json.dumps(header).encode(), body)
    write_bytes(path, b"".join(map(tfrecord.frame, records)))


def read(
    path: str | os.PathLike[str],
    what: str,
    fields: Mapping[str, Any],
    known: Mapping[str, Any],
    error_class: type[SscMelodyError],
) -> tuple[dict[str, Any], bytes | None]:
    """Reads a file.

    Args:
        path: The file.
        what: What it should be, for messages.
        fields: The header's fields and their types.
        known: What some of them must be.
        error_class: What is raised for another file.

    Returns:
        The header, and the numbers' bytes; None where the file has not just these two records.
    """
    records = list(tfrecord.read_records(path))
    with about(f"{path}: expected {what}, found another file", error_class):
        header = parse_json(records[0] if records else b"", fields)
        if any(header[name] != value for name, value in known.items()):
            raise FormatError("another format or version")
    return header, records[1] if len(records) == 2 else None
