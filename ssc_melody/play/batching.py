"""Many melodies: batches that fit the cache, one thread a core, the draws in stock's order.

Follows `sampling.generate`, which does one batch.
"""

import contextlib
import itertools
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import Encoding
from ssc_melody.network.stack import Network
from ssc_melody.play import sampling

_LEAST_ROWS, _MOST_ROWS = 32, 256
"""Sequences a batch: enough for the matrix products, few enough for the cache (benchmarks/)."""

Generated = Iterator[tuple[list[int], float]]


class _StoppedError(Exception):
    """Ends a thread whose melodies nobody waits for any more."""


def _batch_sizes(num_outputs: int, rows_each: int, cores: int) -> list[int]:
    """Returns how many melodies each batch takes; a small order is one batch."""
    rows = min(_MOST_ROWS, max(_LEAST_ROWS, -(-num_outputs * rows_each // cores)))
    most = max(1, rows // rows_each)
    batches = -(-num_outputs // most)
    share, extra = divmod(num_outputs, max(1, batches))
    return [share + (i < extra) for i in range(batches)]


def _draws(
    random: np.random.RandomState, melodies: int, steps: int, search: sampling.Search, batch: int
) -> npt.NDArray[np.float64] | None:
    """Takes the next numbers of the stream and leaves out what only padding uses."""
    if search.argmax:
        return None
    numbers = random.random_sample((melodies, steps, search.draws_per_step(batch)))
    return numbers[:, :, : search.rows].copy()


@contextlib.contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Keeps each matrix product on the core that asks for it."""
    import threadpoolctl  # noqa: PLC0415 (20 ms that a small order need not spend)

    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield


def generate(
    network: Network,
    encoding: Encoding,
    primer: Sequence[int],
    num_steps: int,
    num_outputs: int,
    search: sampling.Search,
    graph_batch: int,
    random: np.random.RandomState,
    progress: sampling.Progress,
) -> Generated:
    """Continues one primer into `num_outputs` melodies.

    Args:
        network: The weights.
        encoding: Its encoding.
        primer: Squashed events, at least one and fewer than num_steps.
        num_steps: Steps of the finished melody, the primer's included.
        num_outputs: How many melodies.
        search: How events are chosen.
        graph_batch: Batch size of stock's graph.
        random: The stream that stock would draw from.
        progress: Told of every step, from several threads.

    Yields:
        The events and the score of each melody, in order.
    """
    cores = os.cpu_count() or 1
    stopped = threading.Event()

    def watched(steps: int) -> None:
        if stopped.is_set():
            raise _StoppedError
        progress(steps)

    sizes = _batch_sizes(num_outputs, search.rows, cores)
    steps = num_steps - len(primer)
    draws = (_draws(random, size, steps, search, graph_batch) for size in sizes)

    def one(size: int, numbers: npt.NDArray[np.float64] | None) -> list[tuple[list[int], float]]:
        events, scores = sampling.generate(
            network, encoding, primer, num_steps, size, search, numbers, watched
        )
        return list(zip(events.tolist(), scores.tolist(), strict=True))

    if len(sizes) < 2 or cores == 1:
        yield from itertools.chain.from_iterable(map(one, sizes, draws))
        return
    pool = ThreadPoolExecutor(cores)
    try:
        with _one_blas_thread():
            yield from itertools.chain.from_iterable(pool.map(one, sizes, draws))
    finally:  # after Ctrl-C, say, the threads stop at their next step
        stopped.set()
        pool.shutdown(cancel_futures=True)
