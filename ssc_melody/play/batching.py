"""Many melodies: batches that fit the cache, one thread per core, the draws in stock's order.

Follows `engine.generate`, which does one batch.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ssc_melody.cores import usable_cores
from ssc_melody.encodings import Encoding, IntArray
from ssc_melody.network.cells import FloatArray
from ssc_melody.network.stack import Network
from ssc_melody.play import engine
from ssc_melody.play.sampling import Sampling

_LEAST_ROWS, _MOST_ROWS = 32, 512
"""Sequences per batch: enough for the matrix products, few enough for the cache (benchmarks/)."""

Generated = Iterator[tuple[list[int], float]]
Task = TypeVar("Task")
Result = TypeVar("Result")


class _StoppedError(Exception):
    """Ends a thread whose melodies nobody waits for any more."""


def batch_sizes(num_outputs: int, rows_each: int, cores: int) -> list[int]:
    """Returns how many melodies each batch takes; a small order is one batch."""
    rows = min(_MOST_ROWS, max(_LEAST_ROWS, -(-num_outputs * rows_each // cores)))
    most = max(1, rows // rows_each)
    batches = -(-num_outputs // most)
    share, extra = divmod(num_outputs, max(1, batches))
    return [share + (i < extra) for i in range(batches)]


def _cut_draws(
    random: np.random.RandomState, melodies: int, steps: int, sampling: Sampling, graph_batch: int
) -> engine.Draws | None:
    """Takes the next numbers of the stream and leaves out what only padding uses."""
    if sampling.argmax:
        return None
    numbers = random.random_sample((melodies, steps, sampling.draws_per_step(graph_batch)))
    kept: npt.NDArray[np.float64] = numbers[:, :, : sampling.rows].copy()
    return lambda step: kept[:, step].ravel()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keeps each matrix product on the core that asks for it: the matrices are small."""
    if os.environ.get("OPENBLAS_NUM_THREADS") == "1":  # the commands' launcher has seen to it
        yield
        return
    import threadpoolctl  # noqa: PLC0415 (20 ms that a command need not spend)

    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield


def in_threads(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    count: int,
    cores: int | None = None,
    stop: Callable[[], None] = lambda: None,
) -> Generator[Result, None, None]:
    """Yields work(task) of each task in order, one thread per core, one core per matrix product.

    Args:
        work: What is done.
        tasks: What with.
        count: How many tasks there are; a single one needs no thread.
        cores: Threads; None for one per usable core.
        stop: Called before the threads are waited for; what they do for nobody may end early.
    """
    cores = cores or usable_cores()
    if count < 2 or cores == 1:
        with one_blas_thread():
            yield from map(work, tasks)
        return
    pool = ThreadPoolExecutor(cores)
    try:
        with one_blas_thread():
            yield from pool.map(work, tasks)
    finally:  # after Ctrl-C, say, nothing more is begun
        stop()
        pool.shutdown(cancel_futures=True)


def generate(
    network: Network,
    encoding: Encoding,
    primer: Sequence[int],
    num_steps: int,
    num_outputs: int,
    sampling: Sampling,
    graph_batch: int,
    random: np.random.RandomState,
    progress: engine.Progress = lambda steps: None,
    cores: int | None = None,
    controls: FloatArray | None = None,
) -> Generated:
    """Continues one primer into `num_outputs` melodies.

    Args:
        network: The weights.
        encoding: Its encoding.
        primer: Events of the vocabulary, at least one and fewer than num_steps.
        num_steps: Steps of the finished melody, the primer's included.
        num_outputs: How many melodies.
        sampling: How events are chosen.
        graph_batch: Batch size of stock's graph.
        random: The stream that stock would draw from.
        progress: Told of every step, from several threads.
        cores: Threads; None for one per usable core.
        controls: [1, steps, control_size] what each step is conditioned on; see `engine.Batch`.

    Yields:
        The events and the score of each melody, in order.
    """
    cores = cores or usable_cores()
    stopped = threading.Event()

    def watched(steps: int) -> None:
        if stopped.is_set():
            raise _StoppedError
        progress(steps)

    sizes = batch_sizes(num_outputs, sampling.rows, cores)
    steps = num_steps - len(primer)
    tasks = ((size, _cut_draws(random, size, steps, sampling, graph_batch)) for size in sizes)

    def one(task: tuple[int, engine.Draws | None]) -> list[tuple[list[int], float]]:
        size, draws = task
        primers: IntArray = np.tile(np.array(primer, dtype=np.int64), (size, 1))
        events, scores = engine.generate(
            network, encoding, primers, num_steps, sampling, draws,
            controls=controls, progress=watched,
        )  # fmt: skip
        return list(zip(events.tolist(), scores.tolist(), strict=True))

    working = in_threads(one, tasks, len(sizes), cores, stop=stopped.set)  # at their next step
    with contextlib.closing(working) as batches:
        for batch in batches:
            yield from batch
