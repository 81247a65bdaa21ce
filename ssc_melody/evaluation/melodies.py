"""The melodies that models are compared with: read, told apart by piece, cut into excerpts.

Melodies of one piece resemble each other, so whatever is resampled or held back is so by piece.
A file of events does not know its pieces; `dataset.piece_list` does.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import NamedTuple

from ssc_melody.constants import DEFAULT_STEPS_PER_BAR
from ssc_melody.dataset import events_file, inputs, options, piece_list, runner
from ssc_melody.errors import DataError, SpecError
from ssc_melody.files import user_path
from ssc_melody.formats.tfrecord import FOOTER_BYTES, HEADER_BYTES
from ssc_melody.melody.events import clean, squash
from ssc_melody.specs import SPECS, MelodySpec, NetworkSpec

BAR = DEFAULT_STEPS_PER_BAR
PRIMER_STEPS = BAR
"""An excerpt begins with a bar that people wrote; models continue it."""


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
        pieces = piece_list.read(file, len(melodies))
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
