"""A piece to training examples: the chain of all stages, without Magenta.

Follows `get_pipeline` of magenta/models/melody_rnn/melody_rnn_pipeline.py (partition, split at
changes, quantize, transpose, extract, encode) and of improv_rnn/improv_rnn_pipeline.py, which
transposes what it has extracted, eval set included. `ssc_melody.magenta_layer.pipelines` makes a
Magenta pipeline of the same stages; both give the same bytes.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ssc_melody.dataset import events_file, examples, lead_sheets, sections
from ssc_melody.dataset.examples import Tune
from ssc_melody.dataset.options import Options, knows_chords
from ssc_melody.dataset.pieces import Piece
from ssc_melody.dataset.sections import Section
from ssc_melody.errors import ChordError, SpecError
from ssc_melody.families import family_of
from ssc_melody.formats.sequence_example import sequence_example

TRAINING, EVAL = "training", "eval"
OTHER_METRE = "sections_discarded_in_another_metre"
SPLITS = (EVAL, TRAINING)
"""Names of the two sets, in the order of stock's partition."""


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
    """Returns the semitones by which the pieces of a set are moved: the eval set stays as it is.

    There are none where lead sheets are extracted, which are moved after that.
    """
    if knows_chords(options.spec):
        return ()
    return options.transpose_semitones if split == TRAINING else (0,)


def transpose(section: Section, semitones: tuple[int, ...]) -> tuple[list[Section], Counter[str]]:
    """Returns a section at each transposition that the pitch range allows; itself for none."""
    if not semitones:
        return [section], Counter()
    moved = [sections.transposed(section, amount) for amount in semitones]
    kept = [section for section in moved if section is not None]
    skipped = len(moved) - len(kept)
    return kept, Counter({sections.OUT_OF_RANGE: skipped} if skipped else {})


def extract(
    section: Section, options: Options, split: str = TRAINING
) -> tuple[list[Tune], Counter[str]]:
    """Returns the melodies of a section, with their chords where the config knows chords."""
    family = family_of(options.spec)
    if family.extract is None:
        raise SpecError(f"config {options.spec.label!r}: its family makes no data sets here")
    if options.metres and "{}/{}".format(*section.metre) not in options.metres:
        return [], Counter({OTHER_METRE: 1})
    found, counts = family.extract(section.tracks, section.steps_per_bar, options.limits)
    if knows_chords(options.spec):
        moved = split == TRAINING or options.transpose_eval
        semitones = options.transpose_semitones if moved else (0,)
        tunes, more = lead_sheets.with_chords(found, section, semitones, options.min_chord_fit)
        return tunes, counts + more
    bar = int(section.steps_per_bar)
    return [Tune(melody.events, section.metre, bar) for melody in found], counts


def encode(tune: Tune, options: Options) -> tuple[list[Example], Counter[str]]:
    """Returns the record of a melody: a SequenceExample, or its events (see `events_file`).

    There is none where the config cannot see its chords.
    """
    try:
        if options.format == "events":
            data = events_file.record(tune.events, tune.chords)
        else:
            data = sequence_example(*examples.encode(tune.events, options.spec, tune.chords))
    except ChordError:
        return [], Counter({lead_sheets.NOT_ENCODED: 1})
    return [Example(data, tune)], Counter()


def process(piece: Piece, options: Options) -> Processed:
    """Runs all stages on one piece."""
    split = partition(piece.draw, options.eval_ratio)
    cut, counts = sections.split(piece, options)
    made: list[Example] = []
    for section in cut:
        moved, skipped = transpose(section, transpositions(split, options))
        counts += skipped
        for variant in moved:
            tunes, discarded = extract(variant, options, split)
            counts += discarded
            for tune in tunes:
                encoded, refused = encode(tune, options)
                made += encoded
                counts += refused
    return Processed(split, made, counts)


def processor(options: Options) -> Callable[[Piece], Processed]:
    """Returns what runs all stages on a piece."""
    return functools.partial(process, options=options)
