"""The piece of each melody in a file of events, which does not know.

FILE.pieces.json beside FILE.events says it, in the order of the melodies, or else the report that
`ssc_melody_create_dataset` wrote beside it:

    {"format": "ssc_melody pieces", "version": 1, "pieces": [["name", number of melodies], ...]}
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable
from pathlib import Path

from ssc_melody.dataset import build
from ssc_melody.errors import DataError, FormatError, about
from ssc_melody.files import read_bytes, write_bytes
from ssc_melody.formats.json_data import check_json, parse_json

FORMAT, VERSION = "ssc_melody pieces", 1
_SCHEMA = {"format": str, "version": int, "pieces": [(str, int)]}


def path_of(path: str | os.PathLike[str]) -> Path:
    """Returns where the pieces of a file of events are listed."""
    return Path(path).with_suffix(".pieces.json")


def write(path: str | os.PathLike[str], pieces: Iterable[str]) -> None:
    """Writes the list of pieces beside a file of events.

    Args:
        path: The file of events.
        pieces: The piece of each melody, in order.
    """
    runs = [[name, len(list(group))] for name, group in itertools.groupby(pieces)]
    content = {"format": FORMAT, "version": VERSION, "pieces": runs}
    write_bytes(path_of(path), (json.dumps(content) + "\n").encode())


def read(path: Path, melodies: int) -> list[str] | None:
    """Returns the piece of each melody of a file, or None where nobody says."""
    listed = path_of(path)
    if not listed.is_file():
        return _of_report(path, melodies)
    with about(f"{listed}: expected a list of pieces, found none", DataError):
        content = parse_json(read_bytes(listed, DataError), _SCHEMA)
        if (content["format"], content["version"]) != (FORMAT, VERSION):
            raise FormatError("another format or version")
    runs = [(name, count) for name, count in content["pieces"] if count > 0]
    total = sum(count for _, count in runs)
    if total != melodies:
        raise DataError(f"{listed}: lists {total} melodies, {path} has {melodies}; remove it")
    return _expanded(runs)


def _expanded(runs: Iterable[tuple[str, int]]) -> list[str]:
    return [name for name, count in runs for _ in range(count)]


def _of_report(path: Path, melodies: int) -> list[str] | None:
    """Returns what the report of `ssc_melody_create_dataset` beside a file says of its melodies."""
    split = path.name.partition("_")[0]
    try:
        lines = read_bytes(path.parent / build.FILES, DataError).splitlines()
        rows = [
            row for line in lines if (row := parse_json(line, {str: object})).get("set") == split
        ]
        for row in rows:
            check_json(row, {"file": str, "melodies": int})
    except (DataError, FormatError):
        return None
    runs = [(row["file"], row["melodies"]) for row in rows if row["melodies"] > 0]
    return _expanded(runs) if sum(count for _, count in runs) == melodies else None
