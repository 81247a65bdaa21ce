"""All sources through the pipeline: in this process or in several, in the order of the sources.

The sources stream through in chunks, and only a few chunks are on their way at a time, so memory
does not grow with the corpus (but for the digests that find duplicates, some 60 bytes a piece).
Workers start from a clean process (forkserver; spawn where there is none) that has the engine
imported once.

Left out: restarting a worker that dies.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import dataclasses
import gc
import multiprocessing
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from ssc_melody.cores import process_pool
from ssc_melody.dataset import bars, process, readers, similar
from ssc_melody.dataset.inputs import Found, Problem, Source
from ssc_melody.dataset.options import Options, knows_chords
from ssc_melody.dataset.pieces import Piece, digest
from ssc_melody.dataset.report import DRUMS_ONLY, NO_NOTES, Tally, tally_piece
from ssc_melody.errors import DataError
from ssc_melody.formats import tfrecord
from ssc_melody.melody.hashing import Hashes

CHUNK = 8
"""Work (see Source.work) a task; the answer to a task takes a few megabytes at most in practice."""


Engine = Callable[[Options], Callable[[Piece], process.Processed]]


class Part(NamedTuple):
    """A melody that may yet be left out: its record (framed), its runs and its counts."""

    record: bytes
    runs: Hashes
    tally: Tally


class PieceResult(NamedTuple):
    """What a piece gave; where melodies are compared, they are in `parts` first.

    Attributes:
        name: The piece's.
        split: Its set.
        records: Its melodies (framed).
        tally: Its counts.
        digest: That of its notes, or 0.
        draw: What decided the set of a music file's piece; None for a record's.
        warnings: What its file has that was left out or does not add up.
        parts: Melodies of which `sieve` keeps some, neither in `records` nor in `tally` so far.
    """

    name: str
    split: str
    records: list[bytes]
    tally: Tally
    digest: int
    draw: float | None = None
    warnings: tuple[str, ...] = ()
    parts: Sequence[Part] = ()


class SourceResult(NamedTuple):
    """What a source gave."""

    pieces: list[PieceResult]
    problems: list[Problem]


@dataclasses.dataclass(frozen=True)
class Job:
    """What a worker needs to know.

    Attributes:
        raw: Options for music files.
        stock: Options for NoteSequence records.
        seed: Decides, with a piece's name, to which set the piece of a music file belongs.
        to_train: Name of a music file's piece that is a training piece whatever the seed says.
        engine: Makes what runs all stages on a piece; a function of a module, as workers import it.
    """

    raw: Options
    stock: Options
    seed: int
    engine: Engine = process.processor
    to_train: str = ""


def draw_of(seed: int, name: str) -> float:
    """Returns the number in 0..1 that decides the set of a music file's piece.

    The name may hold bytes that are not UTF-8, as names of files may.
    """
    return random.Random(f"{seed}:{name}".encode("utf-8", "surrogateescape")).random()


Task = tuple[Found, float | None]


class Worker:
    """Turns sources into results; built once in each process."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._process = {True: job.engine(job.raw), False: job.engine(job.stock)}

    def __call__(self, task: Task) -> SourceResult:
        """Reads a source and runs the pipeline on its pieces.

        Args:
            task: A source, and the draw of its piece if it is a record (else, or if it is None,
                the name decides).
        """
        found, draw = task
        if isinstance(found, Problem):
            return SourceResult([], [found])
        pieces, problems = readers.read(found, knows_chords(self.job.raw.spec))
        results = []
        for piece in pieces:
            try:
                results.append(self._run(piece, draw))
            except Exception as error:  # one piece's odd content is not the corpus's end
                problems.append(Problem(piece.name, f"{type(error).__name__}: {error}"))
        return SourceResult(results, problems)

    def _run(self, piece: Piece, draw: float | None) -> PieceResult:
        by_name = draw is None
        if draw is None:
            draw = 1.0 if piece.name == self.job.to_train else draw_of(self.job.seed, piece.name)
        piece = dataclasses.replace(piece, draw=draw)
        options = self.job.raw if piece.raw else self.job.stock
        if piece.raw and options.pickup:
            piece = dataclasses.replace(piece, music=bars.filled_up(piece.music, options.pickup))
        done = self._process[piece.raw](piece)
        if piece.raw and (why := _why_silent(piece)):
            done.counts[why] += 1
        compared = done.examples if options.compares_runs else []
        kept = [] if options.compares_runs else done.examples
        return PieceResult(
            piece.name,
            done.split,
            [tfrecord.frame(example.SerializeToString()) for example in kept],
            tally_piece(done.split, kept, done.counts),
            digest(piece) if options.dedupe else 0,
            draw if by_name and piece.raw else None,
            piece.warnings,
            [_part(done.split, example) for example in compared],
        )


def _why_silent(piece: Piece) -> str:
    """Returns the reason why a music file can have no melody at all, or ""."""
    if any(not note.is_drum for note in piece.music.notes):
        return ""
    return DRUMS_ONLY if piece.music.notes else NO_NOTES


def _part(split: str, example: process.Example) -> Part:
    tally = tally_piece(split, [example], Counter())
    tally.pieces = 0  # the piece counts itself
    record = tfrecord.frame(example.SerializeToString())
    return Part(record, similar.runs_of(example.tune.events), tally)


def run(
    found: Iterable[Found],
    job: Job,
    num_workers: int,
    ready: Callable[[], None] = lambda: None,
) -> Iterator[SourceResult]:
    """Yields the results in the order of the sources.

    Args:
        found: Sources and problems.
        job: What to do.
        num_workers: Processes; 1 works in this one.
        ready: Called when all is imported and the work begins.

    Raises:
        DataError: A worker process died (out of memory?).
    """
    draws = random.Random(job.seed)
    tasks = ((item, draws.random() if _is_record(item) else None) for item in found)
    pool = _pool(job, num_workers) if num_workers > 1 else None
    if pool is None:
        worker = Worker(job)
        ready()
        with _light_collection():
            yield from map(worker, tasks)
        return
    done = False
    try:
        started = [pool.submit(_work, []) for _ in range(num_workers)]  # each starts a process
        concurrent.futures.wait(started, return_when=concurrent.futures.FIRST_COMPLETED)
        ready()
        yield from _in_order(pool, tasks, 3 * num_workers)
        done = True
    except BrokenProcessPool as error:
        raise DataError(
            "a worker process died, probably for want of memory: try a smaller `num_workers`"
        ) from error
    finally:
        pool.shutdown(wait=done, cancel_futures=True)


def _pool(job: Job, num_workers: int) -> concurrent.futures.ProcessPoolExecutor | None:
    """Starts the processes; None where the system lets us have none."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(["ssc_melody.dataset.runner", job.engine.__module__])
    return process_pool(num_workers, context, _start_worker, (job,))


@contextlib.contextmanager
def _light_collection() -> Iterator[None]:
    """Spares the garbage collector what was there before (TensorFlow's million objects)."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _is_record(found: Found) -> bool:
    return isinstance(found, Source) and found.record is not None


def _in_order(
    pool: concurrent.futures.Executor, tasks: Iterator[Task], window: int
) -> Iterator[SourceResult]:
    """Keeps `window` chunks on their way and yields their results, the oldest first."""
    waiting: collections.deque[concurrent.futures.Future[list[SourceResult]]] = collections.deque()
    while True:
        while len(waiting) < window and (chunk := _chunk(tasks)):
            waiting.append(pool.submit(_work, chunk))
        if not waiting:
            return
        yield from waiting.popleft().result()


def _chunk(tasks: Iterator[Task]) -> list[Task]:
    """Takes tasks until there is work enough to send them off, or none is left."""
    chunk: list[Task] = []
    work = 0
    while work < CHUNK and (task := next(tasks, None)):
        chunk.append(task)
        work += task[0].work if isinstance(task[0], Source) else 1
    return chunk


_worker: Worker | None = None


def _start_worker(job: Job) -> None:
    global _worker  # noqa: PLW0603 (one worker a process, set when it starts)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    # What it has to say is the parent's to tell.
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    _worker = Worker(job)
    gc.freeze()
    gc.set_threshold(50_000)


def _work(chunk: list[Task]) -> list[SourceResult]:
    assert _worker is not None
    return [_worker(task) for task in chunk]
