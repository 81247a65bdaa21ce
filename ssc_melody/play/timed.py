"""Many tracks whose length is a time, not a number of events: stock's calls and draws, in batches.

Follows the loops of polyphony_sequence_generator.py and performance_sequence_generator.py (Magenta
2.1.4): the model is asked for a number of events; what they leave unfilled it is asked for again.
Stock draws every number of a call, also those of events that are cut off in the end; so where track
m + 1 begins in the stream depends on whether track m had to be asked for twice. Here a batch is
played as if none had, and whatever comes after the first that had is played again.

Without beam search a track ends as soon as its time is filled: what follows would be cut off (in a
performance, what follows once more time goes by).
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from ssc_melody.cores import usable_cores
from ssc_melody.errors import OptionError
from ssc_melody.play.batching import in_threads, one_blas_thread
from ssc_melody.play.engine import Progress
from ssc_melody.play.sampling import Sampling
from ssc_melody.play.sequences import Course, Sequences

_MOST_ROWS = 64
"""Sequences that one core plays together."""

_MOST_NUMBERS = 4_000_000
"""Random numbers that are held at once."""

_PATIENCE = 100
"""Times the events that stock asks for first, after which a track is given up."""

Numbers = npt.NDArray[np.float64]
Made = tuple[list[int], float]
"""The events of a track and their log-likelihood."""


class _Stream:
    """Random numbers that can be looked at before they are used."""

    def __init__(self, random: np.random.RandomState) -> None:
        self._random, self._start, self._used = random, random.get_state(), 0
        self._ahead: Numbers = np.empty(0)

    def ahead(self, count: int) -> Numbers:
        """Returns the next numbers."""
        missing = count - len(self._ahead)
        if missing > 0:
            self._ahead = np.concatenate([self._ahead, self._random.random_sample(missing)])
        return self._ahead[:count]

    def use(self, count: int) -> Numbers:
        """Returns the next numbers; they will not come again."""
        found = self.ahead(count)
        self._ahead = self._ahead[count:]
        self._used += count
        return found

    def close(self) -> None:
        """Leaves the generator behind the last number used."""
        self._random.set_state(self._start)
        for start in range(0, self._used, _MOST_NUMBERS):
            self._random.random_sample(min(_MOST_NUMBERS, self._used - start))


class _Stopped(Exception):  # noqa: N818 (nobody sees it)
    """Ends a thread whose tracks nobody waits for any more."""


class Timed:
    """Tracks that continue one primer.

    Attributes:
        course: What they have in common.
        asked: How many events stock asks for to fill so many steps.
    """

    def __init__(
        self,
        course: Course,
        primer: list[int],
        asked: Callable[[int], int],
        sampling: Sampling,
        graph_batch: int,
        progress: Progress,
    ) -> None:
        """Hears the primer.

        Raises:
            OptionError: Beam search with a primer that is injected, and attention.
        """
        self.course, self.asked, self.sampling = course, asked, sampling
        self.progress, self._stopped = progress, threading.Event()
        attention = course.network.attention or course.network.layers[0].attention
        if sampling.rows > 1 and course.told is not None and attention:
            raise OptionError(
                "beam_size: beam search and a primer that is injected do not go together for a "
                "network with attention; give one of them"
            )
        self._draws_each = sampling.draws_per_step(graph_batch)
        self._begun = Sequences(course, len(primer) + 64)
        with one_blas_thread():
            self._begun.hear(primer, sampling.temperature or 1.0)
        self.first = asked(course.total - int(self._begun.time[0]))
        self._most_events = len(primer) + _PATIENCE * self.first + 10_000

    def generate(self, num_outputs: int, random: np.random.RandomState) -> Iterator[Made]:
        """Yields the tracks in order.

        Args:
            num_outputs: How many.
            random: The stream that stock would draw from; left where stock leaves it.

        Raises:
            OptionError: The network does not come to an end.
        """
        if not num_outputs:
            return
        if self._begun.time[0] >= self.course.total:
            made = self._begun.events(0), float(self._begun.logs[0])
            yield from itertools.repeat(made, num_outputs)
            return
        stream = _Stream(random)
        with one_blas_thread():
            try:
                for made in self._argmax(num_outputs, stream) or self._batches(num_outputs, stream):
                    self.progress(self.course.total - int(self._begun.time[0]))
                    yield made
            finally:
                stream.close()

    def _argmax(self, num_outputs: int, stream: _Stream) -> list[Made]:
        """Returns the likeliest track as often as it is asked for, or nothing if one is drawn."""
        if not self.sampling.argmax:
            return []
        return [self._alone(stream, self._begun.copy(np.zeros(1, dtype=np.int64)))] * num_outputs

    def _batches(self, num_outputs: int, stream: _Stream) -> Iterator[Made]:
        cores = usable_cores()
        each = self.first * self._draws_each
        most = max(1, min(cores * _MOST_ROWS // self.sampling.rows, _MOST_NUMBERS // each))
        window, left = most, num_outputs
        while left:
            size = min(window, left)
            numbers = stream.ahead(size * each).reshape(size, self.first, self._draws_each)
            parts = np.array_split(numbers[:, :, : self.sampling.rows], min(cores, size))
            through, unfilled = 0, None
            working = in_threads(self._attempt, parts, len(parts), cores, stop=self._stopped.set)
            with contextlib.closing(working) as attempts:
                for made, unfilled in attempts:
                    yield from made
                    through += len(made)
                    if unfilled is not None:
                        break
            self._stopped.clear()
            stream.use(through * each)
            if unfilled is not None:
                stream.use(each)
                through += 1
                yield self._alone(stream, unfilled)
            window = most if unfilled is None else min(most, max(2 * cores, 2 * through))
            left -= through

    def _attempt(self, numbers: Numbers) -> tuple[list[Made], Sequences | None]:
        """Plays tracks with the numbers of one call each.

        Args:
            numbers: [tracks, draws, rows each].

        Returns:
            The tracks up to the first whose time is not filled, and that one (one row of it).
        """
        rows = np.zeros(len(numbers) * self.sampling.rows, dtype=np.int64)
        if self.sampling.rows > 1:
            return self._search(self._begun.copy(rows), numbers)
        return self._sample(self._begun.copy(rows), numbers[:, :, 0])

    def _alone(self, stream: _Stream, sequences: Sequences) -> Made:
        """Goes on with one track until its time is filled."""
        unfilled: Sequences | None = sequences
        while unfilled is not None:
            count = self.asked(self.course.total - int(unfilled.time[0]))
            numbers = None
            if self._draws_each:
                drawn = stream.use(count * self._draws_each).reshape(1, count, self._draws_each)
                numbers = drawn[:, :, : self.sampling.rows]
            if self.sampling.rows > 1:
                unfilled.select(np.zeros(self.sampling.rows, dtype=np.int64))
                unfilled.scores[:] = unfilled.logs
                made, unfilled = self._search(unfilled, numbers, count)
            else:
                only = None if numbers is None else numbers[:, :, 0]
                made, unfilled = self._sample(unfilled, only, count)
        return made[0]

    def _watch(self, sequences: Sequences) -> None:
        """Ends what takes too long, or is not wanted any more."""
        if self._stopped.is_set():
            raise _Stopped
        if sequences.length.max(initial=0) > self._most_events:
            filled, total = int(sequences.time.min()), self.course.total
            raise OptionError(
                f"temperature: after {self._most_events:,} events only {filled} of {total} steps "
                "are filled; another temperature or seed may fill them, or else this network "
                "is not a trained one"
            )

    def _sample(
        self, sequences: Sequences, numbers: Numbers | None, count: int | None = None
    ) -> tuple[list[Made], Sequences | None]:
        """Extends a row for each track until its time is filled or its numbers are used up.

        Args:
            sequences: A row for each track.
            numbers: [tracks, draws]; None for the likeliest.
            count: Draws, if there are no numbers.
        """
        draws = count if numbers is None else numbers.shape[1]
        assert draws is not None
        tracks = np.arange(len(sequences))
        taken = np.zeros(len(sequences), dtype=np.int64)
        made: dict[int, Made] = {}
        unfilled: Sequences | None = None
        while len(tracks):
            used = None
            if numbers is not None:
                used = numbers[tracks, np.minimum(taken, draws - 1)]
            classes, told = sequences.choose(self.sampling, used)
            sequences.go_on(classes, told)
            self._watch(sequences)
            taken += ~told
            filled = sequences.time >= self.course.total
            used_up = (taken >= draws) & (sequences.pending == 0)
            done = filled & (used_up | self._closed(sequences))
            over = used_up & ~filled
            for row in np.flatnonzero(done).tolist():
                made[int(tracks[row])] = (sequences.events(row), float(sequences.logs[row]))
            if over.any():
                row = int(np.flatnonzero(over)[0])
                unfilled = sequences.copy(np.array([row]))
                unfilled.feed()
                over |= tracks > tracks[row]  # what comes after it is played again
                made = {track: made[track] for track in made if track < tracks[row]}
            if done.any() or over.any():
                stay = np.flatnonzero(~done & ~over)
                if not len(stay):
                    break
                sequences.select(stay)
                tracks, taken = tracks[stay], taken[stay]
            sequences.feed()
        return [made[track] for track in sorted(made)], unfilled

    def _closed(self, sequences: Sequences) -> npt.NDArray[np.bool_]:
        """Tells of sequences whose time is filled whether no event more can count."""
        past: npt.NDArray[np.bool_] = sequences.time > self.course.total
        return past | (not self.course.lingers)

    def _search(
        self, sequences: Sequences, numbers: Numbers | None, count: int | None = None
    ) -> tuple[list[Made], Sequences | None]:
        """Extends the rows of each track by beam search, as many draws as stock makes in a call.

        Args:
            sequences: `sampling.rows` rows for each track.
            numbers: [tracks, draws, rows each]; None for the likeliest.
            count: Draws, if there are no numbers.
        """
        sampling = self.sampling
        draws = count if numbers is None else numbers.shape[1]
        assert draws is not None
        first = (draws - 1) % sampling.steps_per_iteration + 1
        for i in range(draws):
            if i >= first and (i - first) % sampling.steps_per_iteration == 0:
                self._prune(sequences)
            self._draw_once(sequences, None if numbers is None else numbers[:, i].ravel())
        scores = sequences.scores.reshape(-1, sampling.rows)
        best = scores.argmax(axis=1) + np.arange(len(scores)) * sampling.rows
        made: list[Made] = []
        for row in best:
            if sequences.time[row] < self.course.total:
                return made, sequences.copy(np.array([row]))
            made.append((sequences.events(row), float(sequences.logs[row])))
        return made, None

    def _draw_once(self, sequences: Sequences, numbers: Numbers | None) -> None:
        """Extends every row by what it is told, and then by one event that is drawn."""
        while True:
            telling = np.flatnonzero(sequences.pending)
            classes, told = sequences.choose(self.sampling, numbers)
            if not len(telling):
                sequences.go_on(classes, told)
                self._watch(sequences)
                sequences.feed()
                return
            sequences.go_on(classes, told, telling)
            sequences.feed(telling)

    def _prune(self, sequences: Sequences) -> None:
        """Keeps the best sequences of each track, as `engine` does."""
        sampling = self.sampling
        scores = sequences.scores.reshape(-1, sampling.rows)
        best = np.argsort(-scores, axis=1, kind="stable")[:, : sampling.beam_size]
        best = np.tile(best, (1, sampling.branch_factor))
        best += np.arange(len(scores))[:, None] * sampling.rows
        sequences.select(best.ravel())
