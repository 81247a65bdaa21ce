"""Melodies to the arrays of a training step: which melodies, and where each lies.

Follows magenta/common/sequence_example_lib.py in what a batch is: `batch_size` melodies drawn
without regard to their length, each once an epoch, the loss a mean over their steps. Stock pads
each to the longest; here several share a row where they fit one after the other, which trains on
the same steps with fewer rows, and lets the shapes of the arrays stay the same. Weights, which
stock does not know, say how often each melody comes (see `weights`).

The melodies of step n follow from (seed, n) alone, so a resumed run sees what an unbroken one
would.
"""

import functools
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.training.data import Examples

_ROWS = 4
"""Rows come in multiples of this: each new shape is compiled anew."""

_STEPS = 8
_DRAWN = 64
_AHEAD = 3
"""Batches made ahead of the training step."""


class Batch(NamedTuple):
    """Arrays over [steps, rows].

    Attributes:
        inputs: [steps, rows, input_size] int8.
        labels: [steps, rows] int32.
        position: [steps, rows] int32, steps since the melody began; -1 where there is none.
    """

    inputs: npt.NDArray[np.int8]
    labels: npt.NDArray[np.int32]
    position: npt.NDArray[np.int32]


def round_up(number: int, multiple: int) -> int:
    """Returns the smallest multiple that is not below `number`."""
    return -(-number // multiple) * multiple


class Order:
    """Which melodies each training step uses.

    With weights an epoch is as long as without, but a melody is in it more or less often than once:
    by its weight, rounded up or down anew each time (systematic sampling).
    """

    def __init__(self, examples: Examples, batch_size: int, seed: int) -> None:
        """Takes the data set, melodies a step (all, where they are fewer), and the run's seed."""
        self._count, self._seed = len(examples.lengths), seed
        self._size = min(batch_size, self._count)
        self._ends = None
        if examples.weights is not None:
            ends = np.cumsum(examples.weights)
            self._ends = ends / ends[-1] * self._count
            self._ends[-1] = self._count
        self._epoch = functools.lru_cache(maxsize=4)(self._drawn)

    def _drawn(self, epoch: int) -> npt.NDArray[np.int64]:
        random = np.random.default_rng([self._seed, 1, epoch])
        if self._ends is None:
            return random.permutation(self._count)
        times = np.diff(np.floor(self._ends + random.random()), prepend=0).astype(np.int64)
        return random.permutation(np.repeat(np.arange(self._count), times))

    def members(self, step: int) -> list[int]:
        """Returns the melodies of a step, from 0."""
        places = range(step * self._size, (step + 1) * self._size)
        return [int(self._epoch(place // self._count)[place % self._count]) for place in places]


def rows_of(lengths: Sequence[int], steps: int) -> list[list[int]]:
    """Puts melodies into as few rows as first-fit by falling length needs.

    Args:
        lengths: Steps of each melody.
        steps: Steps of a row; no melody is longer.

    Returns:
        For each row the indices of its melodies, in order.
    """
    rows: list[list[int]] = []
    room: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        row = next((r for r, left in enumerate(room) if left >= lengths[i]), len(rows))
        if row == len(rows):
            rows.append([])
            room.append(steps)
        rows[row].append(i)
        room[row] -= lengths[i]
    return rows


def row_steps(examples: Examples) -> int:
    """Returns how many steps the rows of a data set have: those of its longest melody."""
    return round_up(max(examples.lengths), _STEPS)


def fill(examples: Examples, rows: Sequence[Sequence[int]], steps: int, height: int) -> Batch:
    """Returns the arrays of melodies that lie in given rows.

    Args:
        examples: The data set.
        rows: For each row the melodies in it.
        steps: Steps of a row.
        height: Rows in all; the rest stays empty.
    """
    inputs = np.zeros((steps, height, examples.input_size), np.int8)
    labels = np.zeros((steps, height), np.int32)
    position = np.full((steps, height), -1, np.int32)
    for row, melodies in enumerate(rows):
        start = 0
        for melody in melodies:
            melody_inputs, melody_labels = examples.encoded(melody)
            end = start + len(melody_labels)
            inputs[start:end, row] = melody_inputs
            labels[start:end, row] = melody_labels
            position[start:end, row] = np.arange(end - start)
            start = end
    return Batch(inputs, labels, position)


def _rows_of_members(examples: Examples, chosen: Sequence[int], steps: int) -> list[list[int]]:
    rows = rows_of([examples.lengths[i] for i in chosen], steps)
    return [[chosen[i] for i in row] for row in rows]


def batch_of(examples: Examples, chosen: Sequence[int], steps: int, height: int = 0) -> Batch:
    """Returns the arrays of some melodies of a data set, in `height` rows or more."""
    rows = _rows_of_members(examples, chosen, steps)
    return fill(examples, rows, steps, max(height, round_up(len(rows), _ROWS)))


def heights(examples: Examples, batch_size: int, seed: int, steps: int) -> list[int]:
    """Returns how many rows the first steps of a run need, by rising number.

    A quarter of the steps needs no more than the first; none gets fewer, so that few shapes have to
    be compiled.
    """
    order = Order(examples, batch_size, seed)
    drawn = map(order.members, range(_DRAWN))
    needed = sorted(len(_rows_of_members(examples, chosen, steps)) for chosen in drawn)
    return sorted({round_up(rows, _ROWS) for rows in needed[_DRAWN // 4 :]})


def eval_batches(examples: Examples, batch_size: int) -> Iterator[Batch]:
    """Yields every melody of a data set once, in arrays of one shape."""
    steps = row_steps(examples)
    rows = rows_of(examples.lengths, steps)
    height = min(batch_size, round_up(len(rows), _ROWS))
    for start in range(0, len(rows), height):
        yield fill(examples, rows[start : start + height], steps, height)


class TrainingBatches:
    """The batches from a step on, made ahead by a thread.

    A context; leaving it stops the thread.
    """

    def __init__(self, examples: Examples, batch_size: int, seed: int, first: int) -> None:
        """Starts the thread.

        Args:
            examples: The data set.
            batch_size: Melodies a step.
            seed: The run's.
            first: Steps trained so far.
        """
        self._made: queue.Queue[Batch | Exception] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._work, args=(examples, batch_size, seed, first), daemon=True
        )
        self._thread.start()

    def _work(self, examples: Examples, batch_size: int, seed: int, step: int) -> None:
        steps = row_steps(examples)
        order = Order(examples, batch_size, seed)
        height = heights(examples, batch_size, seed, steps)[0]
        while not self._stopped.is_set():
            made: Batch | Exception
            try:
                chosen = order.members(step)
                made = batch_of(examples, chosen, steps, height)
            except Exception as error:  # is raised where the batch is wanted
                made = error
            self._put(made)
            step += 1

    def _put(self, made: Batch | Exception) -> None:
        while not self._stopped.is_set():
            try:
                self._made.put(made, timeout=0.2)
            except queue.Full:
                continue
            return

    def next(self) -> Batch:
        """Returns the next batch."""
        made = self._made.get()
        if isinstance(made, Exception):
            raise made
        return made

    def __enter__(self) -> "TrainingBatches":
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
