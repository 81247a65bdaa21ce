"""The melodies that models are compared with: read, told apart by piece, cut into excerpts.

Melodies of one piece resemble each other, so whatever is resampled or held back is so by piece.
A file of events does not know its pieces; FILE.pieces.json beside FILE.events does, in the order of
the melodies (or else the report that `ssc_melody_create_dataset` wrote beside it):

    {"format": "ssc_melody pieces", "version": 1, "pieces": [["name", number of melodies], ...]}
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ssc_melody.constants import DEFAULT_STEPS_PER_BAR
from ssc_melody.dataset import build, events_file, inputs, options, runner
from ssc_melody.errors import DataError, FormatError, SpecError, about
from ssc_melody.files import read_bytes, user_path, write_bytes
from ssc_melody.formats.json_data import check_json, parse_json
from ssc_melody.formats.tfrecord import FOOTER_BYTES, HEADER_BYTES
from ssc_melody.melody.events import clean, squash
from ssc_melody.specs import SPECS, MelodySpec, NetworkSpec

BAR = DEFAULT_STEPS_PER_BAR
PRIMER_STEPS = BAR
"""An excerpt begins with a bar that people wrote; models continue it."""

PIECES_FORMAT, PIECES_VERSION = "ssc_melody pieces", 1
_PIECES = {"format": str, "version": int, "pieces": [(str, int)]}


class View(NamedTuple):
    """How a model sees melodies: the pitch range and the key that they are moved to.

    Attributes:
        min_note: Lowest MIDI pitch.
        max_note: One above the highest MIDI pitch.
        key: 0 for C; None where melodies stay in their key.
    """

    min_note: int
    max_note: int
    key: int | None

    def squash(self, events: Sequence[int]) -> list[int]:
        """Returns a melody as models of this view are trained on it."""
        return squash(clean(events), *self)[0]


def view_of(spec: NetworkSpec) -> View:
    """Returns the view of a config.

    Raises:
        SpecError: It is not a config of melodies.
    """
    if not isinstance(spec, MelodySpec):
        raise SpecError(
            f"{spec.label}: expected a config of Melody RNN; only melodies are compared"
        )
    return View(spec.min_note, spec.max_note, spec.transpose_to_key)


@dataclasses.dataclass(frozen=True)
class MelodySet:
    """Melodies and the pieces that they are from.

    Attributes:
        melodies: Events of each.
        pieces: The piece of each.
        known_pieces: False where nobody knows, and each melody counts as a piece of its own.
    """

    melodies: list[list[int]]
    pieces: list[str]
    known_pieces: bool = True


class Excerpt(NamedTuple):
    """A bar to begin with and what people made of it.

    Attributes:
        events: The bar (PRIMER_STEPS) and its continuation.
        piece: Where it is from.
    """

    events: list[int]
    piece: str


def pieces_path(path: str | os.PathLike[str]) -> Path:
    """Returns where the pieces of a file of events are listed."""
    return Path(path).with_suffix(".pieces.json")


def write_pieces(path: str | os.PathLike[str], pieces: Iterable[str]) -> None:
    """Writes the list of pieces beside a file of events.

    Args:
        path: The file of events.
        pieces: The piece of each melody, in order.
    """
    runs = [[name, len(list(group))] for name, group in itertools.groupby(pieces)]
    content = {"format": PIECES_FORMAT, "version": PIECES_VERSION, "pieces": runs}
    write_bytes(pieces_path(path), (json.dumps(content) + "\n").encode())


def _read_pieces(path: Path, melodies: int) -> list[str] | None:
    """Returns the piece of each melody of a file, or None where nobody says."""
    listed = pieces_path(path)
    if not listed.is_file():
        return _pieces_of_report(path, melodies)
    with about(f"{listed}: expected a list of pieces, found none", DataError):
        content = parse_json(read_bytes(listed, DataError), _PIECES)
        if (content["format"], content["version"]) != (PIECES_FORMAT, PIECES_VERSION):
            raise FormatError("another format or version")
    runs = [(name, count) for name, count in content["pieces"] if count > 0]
    total = sum(count for _, count in runs)
    if total != melodies:
        raise DataError(f"{listed}: lists {total} melodies, {path} has {melodies}; remove it")
    return _expanded(runs)


def _expanded(runs: Iterable[tuple[str, int]]) -> list[str]:
    return [name for name, count in runs for _ in range(count)]


def _pieces_of_report(path: Path, melodies: int) -> list[str] | None:
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


def read(path: str | os.PathLike[str], split: str = "eval") -> MelodySet:
    """Reads melodies from whatever `ssc_melody_create_dataset` reads or writes.

    Args:
        path: A file of events, a folder with {split}_melodies.events, or music (see
            `dataset.inputs`), from which melodies are extracted with the defaults for music.
        split: Which set of a data set's folder, eval or training.

    Raises:
        DataError: It cannot be read, or holds no melody.
    """
    file = user_path(path)
    inside = file / f"{split}_melodies{events_file.SUFFIX}"
    file = inside if inside.is_file() else file
    if file.suffix == events_file.SUFFIX:
        melodies = list(events_file.read_events(file))
        pieces = _read_pieces(file, len(melodies))
        names = pieces or [f"melody {i + 1}" for i in range(len(melodies))]
        found = MelodySet(melodies, names, pieces is not None)
    else:
        found = _extract(str(path))
    if not found.melodies:
        raise DataError(f"{path}: expected melodies, found none")
    return found


def _extract(path: str) -> MelodySet:
    spec = SPECS["mono_rnn"]  # melodies in their own key and range
    music, records = (
        options.make_options(spec, raw=raw, eval_ratio=0.0, format="events")
        for raw in (True, False)
    )
    job = runner.Job(raw=music, stock=records, seed=0)
    melodies, pieces, seen, problem = [], [], set(), ""
    for result in runner.run(inputs.find([path]), job, num_workers=1):
        for name, reason, _ in result.problems:
            problem = reason if reason.startswith(name) else f"{name}: {reason}"
        for piece in result.pieces:
            if piece.digest and piece.digest in seen:
                continue
            seen.add(piece.digest)
            for record in piece.records:
                data = record[HEADER_BYTES:-FOOTER_BYTES]
                melodies.append([byte - 256 if byte > 127 else byte for byte in data])
                pieces.append(piece.name)
    if not melodies and problem:
        raise DataError(
            f"{path}: expected melodies, found none ({problem}); expected music files, "
            "NoteSequences, or a data set made with format=events"
        )
    return MelodySet(melodies, pieces)


def excerpts(found: MelodySet, view: View, num_steps: int, most: int) -> list[Excerpt]:
    """Cuts melodies into excerpts, each in the key and range of its whole melody.

    They begin at bar lines and do not overlap but for a primer bar that may have been the end of
    the one before. Excerpts whose primer or continuation has no note are left out.

    Args:
        found: The melodies.
        view: Key and range.
        num_steps: Length of the continuation, steps.
        most: Take at most so many, spread evenly over all there are.
    """
    cut = []
    for events, piece in zip(found.melodies, found.pieces, strict=True):
        seen = view.squash(events)
        for start in range(0, len(seen) - PRIMER_STEPS - num_steps + 1, num_steps):
            part = clean(seen[start : start + PRIMER_STEPS + num_steps])
            if max(part[:PRIMER_STEPS]) >= 0 and max(part[PRIMER_STEPS:]) >= 0:
                cut.append(Excerpt(part, piece))
    if len(cut) <= most:
        return cut
    return [cut[i * len(cut) // most] for i in range(most)]
