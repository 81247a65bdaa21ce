"""A piece to training examples: the chain of all stages, without Magenta.

Follows magenta/models/melody_rnn/melody_rnn_pipeline.py (`get_pipeline`): partition, split at
changes, quantize, transpose, extract, encode. `ssc_melody.magenta_layer.pipelines` makes a Magenta
pipeline of the same stages; both give the same bytes.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ssc_melody.dataset import examples, sections
from ssc_melody.dataset.options import Options
from ssc_melody.dataset.pieces import Piece
from ssc_melody.dataset.sections import Metre, Section
from ssc_melody.errors import SpecError
from ssc_melody.families import family_of
from ssc_melody.formats.sequence_example import sequence_example

TRAINING, EVAL = "training", "eval"
SPLITS = (EVAL, TRAINING)
"""Names of the two sets, in the order of stock's partition."""


class Tune(NamedTuple):
    """A melody as it was extracted, and the metre that it is in."""

    events: list[int]
    metre: Metre
    steps_per_bar: int


@dataclass(frozen=True)
class Example:
    """A record of the data set, and the melody that it holds.

    It has SerializeToString, so that Magenta's runners can write it.
    """

    data: bytes
    tune: Tune

    def SerializeToString(self) -> bytes:  # noqa: N802 (protobuf's name)
        """Returns the record."""
        return self.data


class Processed(NamedTuple):
    """The examples of a piece, the set they belong to, and what was discarded why."""

    split: str
    examples: list[Example]
    counts: Counter[str]


def partition(draw: float, eval_ratio: float) -> str:
    """Returns the set that a piece belongs to.

    Source: magenta/pipelines/pipelines_common.py, RandomPartition.
    """
    return EVAL if draw < eval_ratio else TRAINING


def transpositions(split: str, options: Options) -> tuple[int, ...]:
    """Returns the semitones by which the pieces of a set are moved: the eval set stays as it is."""
    return options.transpose_semitones if split == TRAINING else (0,)


def transpose(section: Section, semitones: tuple[int, ...]) -> tuple[list[Section], Counter[str]]:
    """Returns a section at each transposition that the pitch range allows."""
    moved = [sections.transposed(section, amount) for amount in semitones]
    kept = [section for section in moved if section is not None]
    skipped = len(moved) - len(kept)
    return kept, Counter({sections.OUT_OF_RANGE: skipped} if skipped else {})


def extract(section: Section, options: Options) -> tuple[list[Tune], Counter[str]]:
    """Returns the melodies of a section."""
    find = family_of(options.spec).extract
    if find is None:
        raise SpecError(f"config {options.spec.label!r}: its family makes no data sets here")
    found, counts = find(section.tracks, section.steps_per_bar, options.limits)
    bar = int(section.steps_per_bar)
    return [Tune(melody.events, section.metre, bar) for melody in found], counts


def encode(tune: Tune, options: Options) -> Example:
    """Returns the record of a melody: a SequenceExample, or its events, a signed byte each."""
    if options.format == "events":
        return Example(np.array(tune.events, dtype=np.int8).tobytes(), tune)
    data = sequence_example(*examples.encode(tune.events, options.spec))
    return Example(data, tune)


def process(piece: Piece, options: Options) -> Processed:
    """Runs all stages on one piece."""
    split = partition(piece.draw, options.eval_ratio)
    cut, counts = sections.split(piece, options)
    made: list[Example] = []
    for section in cut:
        moved, skipped = transpose(section, transpositions(split, options))
        counts += skipped
        for variant in moved:
            tunes, discarded = extract(variant, options)
            counts += discarded
            made += (encode(tune, options) for tune in tunes)
    return Processed(split, made, counts)


def processor(options: Options) -> Callable[[Piece], Processed]:
    """Returns what runs all stages on a piece."""
    return functools.partial(process, options=options)
