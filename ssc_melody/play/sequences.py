"""Sequences that grow event by event, each at its own time: an event may last no step, or many.

Follows Magenta's events_rnn_model.py, of which `engine` does what goes step by step. Here the rows
of a batch may have different lengths in events: some are told what comes next (a primer that is
injected), some have reached their end and are taken out.
"""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import FloatArray, IntArray
from ssc_melody.network.stack import Network, NetworkState, step
from ssc_melody.play.sampling import Sampling, choose, probabilities


@dataclasses.dataclass(frozen=True)
class Course:
    """What all sequences of a call have in common.

    Attributes:
        network: The weights.
        table: [classes, inputs] what the network is fed after each event, conditions left aside.
        durations: [classes] steps that each event lasts.
        total: Steps that are to be filled, the primer's included.
        controls: [total + 1, control_size] what is fed in front at each step; None for nothing.
        told: Events that follow the end of a step: of the first step after `told_from`, of the
            second, and so on; None where nothing is told.
        told_from: Steps after which the first of them comes.
        lingers: Whether events count that come when the time is filled and before more goes by.
    """

    network: Network
    table: FloatArray
    durations: IntArray
    total: int
    controls: FloatArray | None = None
    told: list[list[int]] | None = None
    told_from: int = 0
    lingers: bool = False


class Sequences:
    """Sequences that are extended together.

    Attributes:
        time: [rows] steps that are filled.
        scores: [rows] sum of the logarithms, in float32 as stock adds them for beam search.
        logs: [rows] the same in float64.
        pending: [rows] events that the row is told, and that have not come yet.
    """

    def __init__(self, course: Course, capacity: int) -> None:
        """Starts one sequence, with nothing heard."""
        self.course = course
        network = course.network
        self.logits = np.zeros((1, network.num_classes), dtype=np.float32)
        self.time = np.zeros(1, dtype=np.int64)
        self.length = np.zeros(1, dtype=np.int64)
        self.scores = np.zeros(1, dtype=np.float32)
        self.logs = np.zeros(1)
        self.pending = np.zeros(1, dtype=np.int64)
        self._next_told = np.zeros(1, dtype=np.int64)
        self._logs_of_choice = np.zeros(1, dtype=np.float32)
        self._events = np.zeros((1, max(1, capacity)), dtype=np.int16)
        self._state = NetworkState(network, 1)
        told = course.told or []
        self._told = np.array([event for events in told for event in events] or [0])
        self._told_size = np.array([len(events) for events in told] + [0])
        self._told_begin = np.concatenate([[0], np.cumsum(self._told_size[:-1])])

    def __len__(self) -> int:
        return len(self.time)

    def events(self, row: int) -> list[int]:
        """Returns the events of a sequence."""
        return list(self._events[row, : self.length[row]].tolist())

    def hear(self, events: list[int], temperature: float) -> None:
        """Feeds a primer to the first and only sequence, and scores it."""
        for i, event in enumerate(events):
            if i:
                share = probabilities(self.logits, temperature)[0, event]
                with np.errstate(divide="ignore"):
                    self.logs += np.log(share)
            self.append(np.array([event]))
            self.feed()
        self.scores[:] = self.logs
        if events and (self.course.durations[events[-1]] or len(events) == 1):
            self._tell(np.ones(1, dtype=np.bool_))

    def _tell(self, rows: npt.NDArray[np.bool_]) -> None:
        """Lines up what the rows at the end of a step are told."""
        if self.course.told is None:
            return
        last = len(self._told_size) - 1
        index = np.clip(self.time - self.course.told_from, 0, last)
        self.pending = np.where(rows, self._told_size[index], self.pending)
        self._next_told = np.where(rows, self._told_begin[index], self._next_told)

    def choose(
        self, sampling: Sampling, draws: npt.NDArray[np.float64] | None
    ) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """Returns the next event of every sequence, and whether it was told.

        Args:
            sampling: How events are chosen.
            draws: [rows] uniform numbers; None for the likeliest.
        """
        shares = probabilities(self.logits, sampling.temperature or 1.0)
        classes = shares.argmax(axis=1) if draws is None else choose(shares, draws)
        told = self.pending > 0
        if self.course.told is not None:
            last = len(self._told) - 1
            classes = np.where(told, self._told[np.minimum(self._next_told, last)], classes)
        with np.errstate(divide="ignore"):
            self._logs_of_choice = np.log(shares[np.arange(len(classes)), classes])
        return classes, told

    def append(self, classes: IntArray, rows: IntArray | None = None) -> None:
        """Appends an event to every sequence, or to some.

        Args:
            classes: [rows] the events.
            rows: Which sequences; None for all.
        """
        at = np.arange(len(self)) if rows is None else rows
        most = int(self.length[at].max(initial=0))
        if most >= self._events.shape[1]:
            self._events = np.pad(self._events, ((0, 0), (0, most + 1)))
        self._events[at, self.length[at]] = classes
        self.length[at] += 1
        self.time[at] += self.course.durations[classes]

    def go_on(
        self, classes: IntArray, told: npt.NDArray[np.bool_], rows: IntArray | None = None
    ) -> None:
        """Appends what `choose` returned, scores it, and lines up what the next steps are told."""
        at = np.arange(len(self)) if rows is None else rows
        self.append(classes[at], rows)
        self.scores[at] += self._logs_of_choice[at]
        self.logs[at] += self._logs_of_choice[at]
        if self.course.told is None:
            return
        mine = np.zeros(len(self), dtype=np.bool_)
        mine[at] = True
        self.pending -= mine & told
        self._next_told += mine & told
        self._tell(mine & ~told & (self.course.durations[classes] > 0))

    def feed(self, rows: IntArray | None = None) -> None:
        """Feeds the last event of every sequence, or of some, to the network."""
        at = np.arange(len(self)) if rows is None else rows
        course = self.course
        x = course.table[self._events[at, self.length[at] - 1]]
        if course.controls is not None:
            x = np.hstack([course.controls[np.minimum(self.time[at], course.total)], x])
        with np.errstate(over="ignore", invalid="ignore"):  # `probabilities` refuses the outcome
            if rows is None:
                self.logits = step(course.network, self._state, x)
                return
            part = NetworkState(course.network, len(rows))
            part.copy_rows(self._state, rows)
            self.logits = self.logits.copy()
            self.logits[rows] = step(course.network, part, x)
            self._state.put_rows(part, rows)

    def select(self, rows: IntArray) -> None:
        """Replaces the sequences by their own, in that order (with repeats)."""
        state = self._state
        self._state = NetworkState(self.course.network, len(rows))
        self._state.copy_rows(state, rows)
        for name in ("logits", "time", "length", "scores", "logs", "pending"):
            setattr(self, name, getattr(self, name)[rows])
        self._next_told, self._events = self._next_told[rows], self._events[rows]

    def copy(self, rows: IntArray) -> Sequences:
        """Returns sequences of their own, in that order (with repeats); these stay as they are."""
        other = copy.copy(self)
        other.select(rows)
        return other
