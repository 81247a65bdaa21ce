"""Our stages as Magenta pipelines, joined to a DAG beside Magenta's own.

Follows magenta/models/melody_rnn/melody_rnn_pipeline.py: the same graph with the same statistics,
and the partition is Magenta's own stage. Each of our stages calls a function of
`ssc_melody.dataset` and counts what it discarded; none remembers anything from piece to piece.

The pipeline runs anywhere Magenta's do, `pipeline.run_pipeline_serial` included:

    spec = get_spec("ssc_lookback_rnn")
    options = make_options(spec, raw=False)
    dag = get_pipeline(options, input_type=note_seq.NoteSequence)

Left out: a stage of its own for each clean-up; the limits are arguments of the extraction.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from magenta.pipelines import dag_pipeline, pipeline, pipelines_common, statistics

from ssc_melody.dataset import process, sections
from ssc_melody.dataset.examples import Tune
from ssc_melody.dataset.options import Options
from ssc_melody.dataset.pieces import Piece, piece_of_note_sequence
from ssc_melody.dataset.process import EVAL, SPLITS, TRAINING, Example, Processed
from ssc_melody.dataset.sections import Section


class _Stage(pipeline.Pipeline):
    """A pipeline that counts under the names of Magenta's statistics."""

    def _count(self, counts: Counter[str]) -> None:
        self._set_stats([statistics.Counter(name, count) for name, count in counts.items()])


class PiecePartition(pipelines_common.RandomPartition):
    """Magenta's partition, deciding by the piece's own draw: any order gives the same sets."""

    def __init__(self, eval_ratio: float) -> None:
        super().__init__(Piece, [f"{split}_melodies" for split in SPLITS], [eval_ratio])

    def transform(self, input_object: Piece) -> dict[str, list[Piece]]:
        """Returns the piece under the name of its set."""
        self.rand_func = lambda: input_object.draw
        return super().transform(input_object)


class NoteSequenceReader(_Stage):
    """A NoteSequence proto to a Piece, with a draw from `rng` (as stock draws)."""

    def __init__(self, input_type: type, rng: Any = random, name: str | None = None) -> None:
        super().__init__(input_type=input_type, output_type=Piece, name=name)
        self._draw = rng.random

    def transform(self, input_object: Any) -> list[Piece]:
        """Returns the one piece."""
        name = input_object.filename or input_object.id or "a NoteSequence"
        piece = piece_of_note_sequence(input_object.SerializeToString(), name)
        return [Piece(piece.name, piece.music, piece.total_time, False, self._draw())]


class SectionSplitter(_Stage):
    """A Piece to quantized sections of one metre (and tempo)."""

    def __init__(self, options: Options, name: str | None = None) -> None:
        super().__init__(input_type=Piece, output_type=Section, name=name)
        self._options = options

    def transform(self, input_object: Piece) -> list[Section]:
        """Returns the sections in their order."""
        cut, counts = sections.split(input_object, self._options)
        self._count(counts)
        return cut


class SectionTransposer(_Stage):
    """A Section to its transpositions."""

    def __init__(self, semitones: tuple[int, ...], name: str | None = None) -> None:
        super().__init__(input_type=Section, output_type=Section, name=name)
        self._semitones = semitones

    def transform(self, input_object: Section) -> list[Section]:
        """Returns the transpositions that stay within 0..127."""
        moved, counts = process.transpose(input_object, self._semitones)
        self._count(counts)
        return moved


class TuneExtractor(_Stage):
    """A Section of one of the sets to its melodies."""

    def __init__(self, options: Options, split: str, name: str | None = None) -> None:
        super().__init__(input_type=Section, output_type=Tune, name=name)
        self._options, self._split = options, split

    def transform(self, input_object: Section) -> list[Tune]:
        """Returns the melodies by track and start."""
        tunes, counts = process.extract(input_object, self._options, self._split)
        self._count(counts)
        return tunes


class TuneEncoder(_Stage):
    """A melody to a record of the data set."""

    def __init__(self, options: Options, name: str | None = None) -> None:
        super().__init__(input_type=Tune, output_type=Example, name=name)
        self._options = options

    def transform(self, input_object: Tune) -> list[Example]:
        """Returns the one record, or none where the config cannot see the melody's chords."""
        encoded, counts = process.encode(input_object, self._options)
        self._count(counts)
        return encoded


def get_pipeline(
    options: Options, input_type: type = Piece, rng: Any = random
) -> dag_pipeline.DAGPipeline:
    """Returns the pipeline from pieces to `eval_melodies` and `training_melodies`.

    Args:
        options: What to make.
        input_type: Piece, or Magenta's NoteSequence (then `rng.random()` decides on the set).
        rng: The `random` module or a random.Random.
    """
    partition = PiecePartition(options.eval_ratio)
    dag: dict[Any, Any] = {partition: dag_pipeline.DagInput(input_type)}
    if input_type is not Piece:
        reader = NoteSequenceReader(input_type, rng)
        dag = {reader: dag_pipeline.DagInput(input_type), partition: reader}
    for split in (EVAL, TRAINING):
        splitter = SectionSplitter(options, f"SectionSplitter_{split}")
        semitones = process.transpositions(split, options)
        transposer = SectionTransposer(semitones, f"SectionTransposer_{split}")
        extractor = TuneExtractor(options, split, f"TuneExtractor_{split}")
        encoder = TuneEncoder(options, f"TuneEncoder_{split}")
        dag[splitter] = partition[f"{split}_melodies"]
        dag[transposer] = splitter
        dag[extractor] = transposer
        dag[encoder] = extractor
        dag[dag_pipeline.DagOutput(f"{split}_melodies")] = encoder
    return dag_pipeline.DAGPipeline(dag)


_STAGES = ("SectionSplitter", "SectionTransposer", "TuneExtractor", "TuneEncoder")


def run(dag: dag_pipeline.DAGPipeline, piece: Piece) -> Processed:
    """Runs a pipeline of `get_pipeline` on one piece; the same as `dataset.process.process`."""
    outputs = dag.transform(piece)
    counts: Counter[str] = Counter()
    split = TRAINING
    for statistic in dag.get_stats():
        name = statistic.name.removeprefix(f"{dag.name}_")
        for stage in _STAGES:
            for candidate in SPLITS:
                prefix = f"{stage}_{candidate}_"
                if name.startswith(prefix):
                    counts[name.removeprefix(prefix)] += statistic.count
        if name.endswith("_melodies_count") and statistic.count:
            split = EVAL if f"_{EVAL}_" in name else TRAINING
    return Processed(split, outputs[f"{split}_melodies"], counts)
