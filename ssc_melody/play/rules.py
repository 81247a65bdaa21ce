"""Which events a plan leaves each melody of a batch, step by step.

`Rules.allowed` is what holds on the step itself; `Rules.ahead` weighs events by what must still
come after them. They never leave a melody without an event to go on with: a step is taken only if
what stands, repeats or ends the melody can still be reached from it.
"""

from __future__ import annotations

import numpy as np

from ssc_melody.encodings import IntArray
from ssc_melody.play import form as forms
from ssc_melody.play.cadence import Cadence
from ssc_melody.play.plan import FREE, Plan
from ssc_melody.play.shaping import Bools, Kinds, Shares

_DENSITY = 0.3
"""Note-ons a step (4.8 a bar of 16) by which it is judged how many pitches still fit in. People's
melodies have about so many; the particles' weights make up for what a model has instead."""


class Rules:
    """A plan and how far each melody of a batch has come in it.

    Attributes:
        last: [rows] the last note's pitch from the lowest, `kinds.pitches` for none yet.
        onset: [rows] the step where it began.
        closes: [rows] whether it would do as the last note of a cadence.
        placed: [rows] how many of the plan's ordered pitches have come.
    """

    def __init__(self, plan: Plan, kinds: Kinds, rows: int) -> None:
        """Takes a plan, where events are, and how many melodies begin with its primer."""
        self.plan, self.kinds = plan, kinds
        self.last = np.full(rows, kinds.pitches)
        self.onset = np.zeros(rows, dtype=np.int64)
        self.closes = np.zeros(rows, dtype=bool)
        self.placed = np.zeros(rows, dtype=np.int64)
        for step, event in enumerate(plan.placed.events):
            self.update(step, np.full(rows, event))
        self.placed[:] = 0
        self._next_copy = _next_where(plan.copied != forms.FREE)
        self._next_stands = _next_where(plan.stands != FREE)
        self._onsets = np.concatenate([[0], np.cumsum(plan.whether[:, 2])])

    def select(self, rows: IntArray) -> None:
        """Replaces the batch by its own rows."""
        for name in ("last", "onset", "closes", "placed"):
            setattr(self, name, getattr(self, name)[rows])

    def update(self, step: int, events: IntArray) -> None:
        """Takes up the [rows] events of a step."""
        cadence = self.plan.cadence
        began, ended = events >= 0, events == -1
        pitches = events - self.kinds.lowest
        if cadence is not None:
            early = ended & (step - self.onset < cadence.least)
            good = cadence.triad[np.where(began, pitches, 0)] & (step % cadence.beat == 0)
            self.closes = np.where(began, good, self.closes & ~early)
        self.last = np.where(began, pitches, self.last)
        self.onset = np.where(began, step, self.onset)
        self.placed += began

    def allowed(self, step: int, events: IntArray) -> Bools | None:
        """Returns [rows, events] what may come at a step; None for everything.

        Args:
            step: Which one.
            events: [rows, step] all before it.
        """
        plan, kinds = self.plan, self.kinds
        if plan.stands[step] != FREE:
            return None  # `ahead` has it
        may = np.zeros((len(self.last), kinds.pitches + 2), dtype=bool)
        if plan.copied[step] != forms.FREE:
            may[np.arange(len(may)), kinds.index(self._copied(step, events))] = True
            return may
        may[:, [kinds.no_event, kinds.note_off]] = plan.whether[step, :2]
        if plan.whether[step, 2]:
            may[:, kinds.notes] = True if len(plan.order) else plan.pitches
        if plan.walks is not None and not len(plan.order):
            self._keep_near(step, events, may)
        return may

    def _copied(self, step: int, events: IntArray) -> IntArray:
        source = int(self.plan.copied[step])
        if step and self.plan.copied[step - 1] == source - 1 and source:
            return events[:, source]
        return forms.begun(events, source)

    def _keep_near(self, step: int, events: IntArray, may: Bools) -> None:
        """Takes out leaps, and what is too far from a note that is to come."""
        assert self.plan.walks is not None
        may[:, self.kinds.notes] &= self.plan.walks.leap[self.last]
        ways = self._ways(step, events)
        if ways is not None:
            may[:, self.kinds.notes] &= ways[:, :-1]
            stays = ways[np.arange(len(ways)), self.last]
            may[:, self.kinds.no_event] &= stays
            may[:, self.kinds.note_off] &= stays

    def _ways(self, step: int, events: IntArray) -> Bools | None:
        """Returns [rows, pitches + 1] from which last pitch the next fixed note can be reached.

        None where there is none; pitch number `pitches` stands for no note yet.
        """
        plan = self.plan
        assert plan.walks is not None

        def between(until: int) -> Bools:
            notes = int(self._onsets[until] - self._onsets[step + 1])
            return plan.walks.ways(notes, exact=plan.rhythm_given)  # type: ignore[union-attr]

        copy, stands = self._next_copy[step], self._next_stands[step]
        if copy < plan.length:
            target = forms.first_note(plan.copied, int(copy), events) - self.kinds.lowest
            ways = between(copy)[:, np.maximum(target, 0)].T
            return np.asarray(ways | (target < 0)[:, None])
        if stands < plan.length:
            notes = plan.stands[stands:]
            if not (notes >= 0).any():
                return None
            target = notes[notes >= 0][:1] - self.kinds.lowest
            return np.tile(between(stands)[:, target].T, (len(self.last), 1))
        if plan.cadence is not None and step < plan.cadence.deadline:
            near = between(plan.cadence.deadline)[:, plan.cadence.triad].any(axis=1)
            return np.tile(near, (len(self.last), 1))
        return None

    def ahead(self, step: int) -> Shares | None:
        """Returns [rows, events] how well each event leads to what must come; None for equally."""
        plan, kinds = self.plan, self.kinds
        if plan.stands[step] != FREE:
            weights = np.zeros((len(self.last), kinds.pitches + 2))
            weights[:, kinds.index(plan.stands[step])] = 1.0
            return weights
        left = len(plan.order) - self.placed
        closing = np.full(len(self.last), plan.cadence is not None and step > plan.deadline)
        if not len(plan.order) and (plan.cadence is None or step < plan.deadline):
            return None
        weights = np.ones((len(self.last), kinds.pitches + 2))
        if len(plan.order):
            self._fit_in(step, left, weights)
            closing |= (left == 0) & (plan.cadence is not None)
        if plan.cadence is not None:
            self._close(step, closing, plan.cadence, weights)
        return weights

    def _fit_in(self, step: int, left: IntArray, weights: Shares) -> None:
        """Weighs note-ons by how likely the pitches left are to fit into the steps left.

        That is by P(left | steps left) of a binomial at `_DENSITY`, after the step over before it.
        """
        plan, kinds = self.plan, self.kinds
        rows = np.arange(len(left))
        steps = max(plan.deadline - step + 1, 1)
        begins = left / steps / _DENSITY
        if plan.cadence is not None and step % plan.cadence.beat:
            begins = np.where(left == 1, 0.0, begins)
        weights[:] = ((steps - left) / steps / (1 - _DENSITY))[:, None]
        weights[:, kinds.notes] = 0.0
        following = plan.order[np.minimum(self.placed, len(plan.order) - 1)]
        weights[rows, kinds.first + following] = begins

    def _close(self, step: int, closing: Bools, cadence: Cadence, weights: Shares) -> None:
        """Keeps a last note that will do, and asks for one at the deadline."""
        kinds = self.kinds
        held = step - self.onset >= cadence.least
        weights[closing, kinds.notes] = 0.0
        weights[closing & ~held, kinds.note_off] = 0.0
        if step == cadence.deadline:
            weights[:, kinds.notes] *= cadence.triad
            weights[~self.closes, kinds.no_event] = 0.0
            weights[~self.closes | ~held, kinds.note_off] = 0.0

    def give_pitches(self, shares: Shares) -> None:
        """Puts all of a note-on's share on the pitch that is next in order."""
        if not len(self.plan.order):
            return
        kinds = self.kinds
        starts = shares[:, kinds.notes].sum(axis=1)
        shares[:, kinds.notes] = 0.0
        following = self.plan.order[np.minimum(self.placed, len(self.plan.order) - 1)]
        shares[np.arange(len(shares)), kinds.first + following] = starts


def _next_where(condition: Bools) -> IntArray:
    """Returns for each step the first one after it where the condition holds, or the length."""
    length = len(condition)
    at = np.where(condition, np.arange(length), length)
    following = np.minimum.accumulate(at[::-1])[::-1]
    return np.append(following[1:], length)
