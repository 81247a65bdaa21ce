"""The same data set made on Apache Beam, for corpora that one machine does not get through.

Needs the extra `beam` (Beam 2.77 with protobuf below 7). The same files come out as from `build`;
three things differ, because a distributed run has no order:
  1. records are in no fixed order;
  2. a NoteSequence record's set is drawn from the seed and its name, not from its position;
  3. of pieces with the same notes the first by name is kept.

Inputs and output_dir must be on a file system that all workers share.

Left out: buckets of cloud providers (mount them), shards (`num_shards` aside), progress.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io.filebasedsink import FileBasedSink
from apache_beam.options.pipeline_options import PipelineOptions

from ssc_melody.dataset import build, events_file, inputs, runner
from ssc_melody.dataset.options import knows_chords
from ssc_melody.dataset.report import DUPLICATE, Report, Tally
from ssc_melody.dataset.runner import Job, PieceResult
from ssc_melody.errors import DataError, OptionError
from ssc_melody.formats import tfrecord


class _Work(beam.DoFn):
    """Sources to pieces; one worker object a process."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def setup(self) -> None:
        """Builds the pipeline, once."""
        self._worker = runner.Worker(self._job)

    def process(self, element: inputs.Found) -> Iterator[Any]:
        """Yields (key of its notes, piece), and on the side the problems."""
        result = self._worker((element, None))
        for problem in result.problems:
            yield beam.pvalue.TaggedOutput("problems", problem)
        for piece in result.pieces:
            yield (str(piece.digest) if piece.digest else piece.name), piece


class _Sink(FileBasedSink):
    """Writes records as they come, behind an optional first one."""

    def __init__(self, path: str, first: bytes, num_shards: int) -> None:
        template = "" if num_shards == 1 else "-SSSSS-of-NNNNN"
        super().__init__(
            path,
            beam.coders.BytesCoder(),
            num_shards=num_shards,
            shard_name_template=template,
        )
        self._first = first

    def open(self, temp_path: str) -> Any:
        """Opens a file and writes its first record."""
        handle = super().open(temp_path)
        handle.write(self._first)
        return handle

    def write_encoded_record(self, file_handle: Any, encoded_value: bytes) -> None:
        """Appends a record that is framed already."""
        file_handle.write(encoded_value)


Kept = tuple[PieceResult, list[str]]
"""A piece, and the names of those with the same notes."""


def _first_by_name(rows: Iterable[Kept]) -> Kept:
    """Returns the piece that is kept of several with the same notes, and the others' names."""
    pieces = sorted(rows, key=lambda row: row[0].name)
    names = [name for piece, others in pieces for name in (piece.name, *others)]
    return pieces[0][0], sorted(names[1:])


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _tally(piece: PieceResult, others: list[str]) -> Tally:
    """Returns the counts of a piece and of its duplicates."""
    tally = Tally(pieces=len(others), without_melody=len(others))
    if others:
        tally.reasons[DUPLICATE] = len(others)
    tally.add(piece.tally)
    return tally


def _rows(piece: PieceResult, others: list[str]) -> Iterator[str]:
    yield json.dumps(build.piece_row(piece))
    for name in others:
        yield json.dumps(build.duplicate_row(name))


def build_on_beam(
    job: Job,
    paths: Sequence[str],
    output_dir: str | os.PathLike[str],
    beam_options: Sequence[str] = (),
    settings: dict[str, Any] | None = None,
    num_shards: int = 1,
) -> Report:
    """Makes a data set on Beam.

    Args:
        job: What to make.
        paths: As for `build.build`.
        output_dir: Folder for the files.
        beam_options: Beam's own options, such as --runner=FlinkRunner.
        settings: Noted in report.json.
        num_shards: Files a set; 1 gives the names that stock gives.

    Raises:
        DataError: An input does not exist, or none holds a melody; an older data set stays.
        OptionError: Melodies are to be compared.
    """
    started = time.monotonic()
    if job.raw.compares_runs:
        raise OptionError("`dedupe=similar` and `leave_out` need `runner=local`: Beam has no order")
    inputs.measure(paths, skip=output_dir)  # says at once if an input does not exist
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    # Beam lists all that is beside its output: it gets a folder of its own.
    work = Path(tempfile.mkdtemp(prefix=".beam.", dir=folder))
    try:
        _run(job, [os.path.abspath(path) for path in paths], folder, work, beam_options, num_shards)
        report = _read_report(work)
        report.seconds = time.monotonic() - started
        if not report.total.melodies.total():
            raise DataError(f"no melody: {report.why_nothing()}")
        (work / build.REPORT).write_bytes(report.as_json(settings or {}))
        (work / "total").unlink()
        for path in sorted(work.iterdir()):
            os.replace(path, folder / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return report


def _run(
    job: Job,
    paths: list[str],
    folder: Path,
    work: Path,
    beam_options: Sequence[str],
    num_shards: int,
) -> None:
    first = b""
    if job.raw.format == "events":
        with_chords = knows_chords(job.raw.spec)
        first = tfrecord.frame(events_file.header(job.raw.steps_per_quarter, with_chords))
    with beam.Pipeline(options=PipelineOptions(list(beam_options))) as pipeline:
        done = (
            pipeline
            | "Inputs" >> beam.Create(paths)
            | "Find" >> beam.FlatMap(lambda path: inputs.find([path], skip=folder))
            | "Spread" >> beam.Reshuffle()
            | "Work" >> beam.ParDo(_Work(job)).with_outputs("problems", main="pieces")
        )
        kept = (
            done.pieces
            | "Count" >> beam.MapTuple(lambda key, piece: (key, (piece, [])))
            | "Dedupe" >> beam.CombinePerKey(_first_by_name)
            | "Pieces" >> beam.Values()
        )
        for split, name in build.file_names(job).items():
            _ = (
                kept
                | f"Records of {split}"
                >> beam.FlatMap(lambda row, split=split: row[0].records * (row[0].split == split))
                | f"Write {split}" >> beam.io.Write(_Sink(str(work / name), first, num_shards))
            )
        problems = done.problems | "Problem rows" >> beam.Map(
            lambda p: json.dumps({"file": p.name, "unreadable": p.reason, "ignored": p.ignored})
        )
        rows = kept | "Rows" >> beam.FlatMapTuple(_rows)
        _ = (
            (problems, rows)
            | beam.Flatten()
            | "Write rows"
            >> beam.io.WriteToText(str(work / build.FILES), num_shards=1, shard_name_template="")
        )
        _ = (
            kept
            | "Tally" >> beam.MapTuple(_tally)
            | "Sum" >> beam.CombineGlobally(_sum)
            | "Total" >> beam.Map(lambda tally: json.dumps(vars(tally)))
            | "Write total"
            >> beam.io.WriteToText(str(work / "total"), num_shards=1, shard_name_template="")
        )


def _read_report(work: Path) -> Report:
    """Returns the report of what the pipeline wrote down."""
    total = Tally()
    for name, value in json.loads((work / "total").read_text("utf-8")).items():
        setattr(total, name, Counter(value) if isinstance(value, dict) else value)
    total.pitches = Counter({int(pitch): count for pitch, count in total.pitches.items()})
    report = Report(total)
    lines = (work / build.FILES).read_text("utf-8").splitlines()
    rows = sorted((json.loads(line) for line in lines), key=lambda row: row["file"])
    with open(work / build.FILES, "w", encoding="utf-8") as file:
        for row in rows:
            ignored = row.pop("ignored", False)
            report.ignored += ignored
            report.unreadable += "unreadable" in row and not ignored
            if not ignored:
                report.row(row)
                file.write(json.dumps(row) + "\n")
    return report
