"""A data set from start to end: sources through the pipeline, into the files of a folder.

{eval,training}_melodies.tfrecord   SequenceExamples, as stock's (or .events, see events_file);
                                    {eval,training}_lead_sheets with chords
report.json                         settings and totals; the first pieces that lost something
report_files.jsonl                  a line for each piece: its set, melodies, what was lost and why
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ssc_melody.dataset import events_file, inputs, runner
from ssc_melody.dataset.options import knows_chords
from ssc_melody.dataset.output import Output
from ssc_melody.dataset.process import EVAL, TRAINING
from ssc_melody.dataset.report import DUPLICATE, Report, Tally
from ssc_melody.dataset.runner import Job, PieceResult, SourceResult
from ssc_melody.dataset.sieve import Sieve, sieve_of, sifted
from ssc_melody.errors import DataError
from ssc_melody.families import family_of
from ssc_melody.formats import tfrecord

REPORT, FILES = "report.json", "report_files.jsonl"


def file_names(job: Job) -> dict[str, str]:
    """Returns the name of each set's file."""
    suffix = events_file.SUFFIX if job.raw.format == "events" else ".tfrecord"
    records = family_of(job.raw.spec).records
    return {split: f"{split}_{records}{suffix}" for split in (EVAL, TRAINING)}


def build(
    job: Job,
    paths: Sequence[str],
    output_dir: str | os.PathLike[str],
    num_workers: int = 1,
    settings: dict[str, Any] | None = None,
    progress: Callable[[int], None] = lambda sources: None,
    ready: Callable[[], None] = lambda: None,
) -> Report:
    """Makes a data set.

    Args:
        job: What to make.
        paths: Files, folders, archives, TFRecord files or patterns.
        output_dir: Folder for the files; it is made where needed.
        num_workers: Processes.
        settings: Noted in report.json.
        progress: Called with the number of finished sources.
        ready: Called when all is imported and the work begins.

    Raises:
        DataError: An input does not exist, or none holds a melody; an older data set stays.
        SscMelodyError: The folder cannot be written to.
    """
    started = time.monotonic()
    existed = Path(output_dir).exists()
    try:
        report, to_train = _build(job, paths, output_dir, num_workers, settings, progress, ready)
        if to_train:  # few pieces, and all were drawn for the eval set: one of them is not
            job = dataclasses.replace(job, to_train=to_train)
            report, _ = _build(job, paths, output_dir, num_workers, settings)
    except BaseException:
        if not existed:
            _remove_if_empty(Path(output_dir))
        raise
    report.seconds = time.monotonic() - started
    return report


def _build(
    job: Job,
    paths: Sequence[str],
    output_dir: str | os.PathLike[str],
    num_workers: int,
    settings: dict[str, Any] | None,
    progress: Callable[[int], None] = lambda sources: None,
    ready: Callable[[], None] = lambda: None,
) -> tuple[Report, str]:
    """Makes a data set, unless it would have no training melody where music files have some.

    Returns:
        The report, and "" or the name of the piece that should be a training piece.
    """
    started = time.monotonic()
    report, sieve = Report(seed=job.seed), sieve_of(job)
    with Output(output_dir, [*file_names(job).values(), FILES, REPORT]) as output:
        found = inputs.find(paths, skip=output_dir)
        results = _counted(runner.run(found, job, num_workers, ready), progress)
        last_of_eval = _fill(job, _new_pieces(results, report, output, sieve), output)
        report.seconds = time.monotonic() - started
        if not report.total.melodies.total():
            raise DataError(f"no melody: {report.why_nothing()}")
        if not report.total.melodies[TRAINING] and job.raw.eval_ratio < 1 and last_of_eval:
            return report, last_of_eval
        output.write(REPORT, report.as_json(settings or {}))
        output.commit()
    return report, ""


def _fill(job: Job, pieces: Iterator[PieceResult], output: Output) -> str:
    """Writes the records; returns the music file's eval piece that was nearest to training."""
    names = file_names(job)
    if job.raw.format == "events":
        with_chords = knows_chords(job.raw.spec)
        first = tfrecord.frame(events_file.header(job.raw.steps_per_quarter, with_chords))
        for name in names.values():
            output.write(name, first)
    nearest, most = "", -1.0
    for piece in pieces:
        for record in piece.records:
            output.write(names[piece.split], record)
        if piece.records and piece.split == EVAL and piece.draw is not None and piece.draw > most:
            nearest, most = piece.name, piece.draw
    return nearest


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return


def _counted(
    results: Iterator[SourceResult], progress: Callable[[int], None]
) -> Iterator[SourceResult]:
    for result in results:
        yield result
        progress(1)


def _new_pieces(
    results: Iterator[SourceResult], report: Report, output: Output, sieve: Sieve | None
) -> Iterator[PieceResult]:
    """Yields the pieces that are to be written, and reports on all."""
    seen: set[int] = set()
    for result in results:
        for problem in result.problems:
            report.ignored += problem.ignored
            report.unreadable += not problem.ignored
            if not problem.ignored:
                _row(report, output, {"file": problem.name, "unreadable": problem.reason})
        for piece in result.pieces:
            report.warn(piece.name, piece.warnings)
            if piece.digest and piece.digest in seen:
                report.total.add(Tally(pieces=1, without_melody=1, reasons=Counter({DUPLICATE: 1})))
                _row(report, output, duplicate_row(piece.name))
                continue
            seen.add(piece.digest)
            kept = sifted(piece, sieve)
            report.total.add(kept.tally)
            _row(report, output, piece_row(kept))
            yield kept


def piece_row(piece: PieceResult) -> dict[str, Any]:
    """Returns the line of a piece in the report."""
    row = {
        "file": piece.name,
        "set": piece.split,
        "melodies": piece.tally.melodies.total(),
        "reasons": dict(piece.tally.reasons),
    }
    return row | ({"warnings": list(piece.warnings)} if piece.warnings else {})


def duplicate_row(name: str) -> dict[str, Any]:
    """Returns the line of a piece with the notes of an earlier one."""
    return {"file": name, "melodies": 0, "reasons": {DUPLICATE: 1}}


def _row(report: Report, output: Output, row: dict[str, Any]) -> None:
    report.row(row)
    output.write(FILES, (json.dumps(row) + "\n").encode())
