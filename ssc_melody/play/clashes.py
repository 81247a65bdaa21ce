"""What a plan asks for and cannot have, found before anything is played and named in one line."""

from __future__ import annotations

import itertools

import numpy as np

from ssc_melody.encodings import IntArray
from ssc_melody.errors import OptionError
from ssc_melody.melody.events import steps
from ssc_melody.play import form as forms
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.placing import pitches_in
from ssc_melody.play.plan import FREE, Plan
from ssc_melody.play.shaping import Bools, Kinds


def check(plan: Plan, constraints: Constraints, heard: IntArray, kinds: Kinds) -> None:
    """Checks that a plan can be kept to.

    Args:
        plan: What each step may be.
        constraints: What it was made from.
        heard: [pitches] what each pitch of the model is in the finished melody.
        kinds: Where the model's events are.

    Raises:
        OptionError: It cannot; the message names what clashes.
    """
    if len(plan.order):
        _check_order(plan, constraints, heard, kinds)
    elif plan.walks is not None:
        _check_leaps(plan, constraints, heard, kinds)


def _check_order(plan: Plan, constraints: Constraints, heard: IntArray, kinds: Kinds) -> None:
    room = plan.deadline - plan.given + 1
    if len(plan.order) > room:
        raise OptionError(
            f"pitches_of: its {len(plan.order)} notes do not fit into the {steps(room)} that "
            "num_steps leaves after the primer"
        )
    asked = pitches_in(constraints.pitches_of or ())
    for pitch, index in zip(asked, plan.order, strict=True):
        if not plan.pitches[index]:
            raise OptionError(
                f"pitches_of: its note {pitch} is not among those that key, scale, lowest_note and "
                "highest_note allow"
            )
    if plan.cadence is not None and not plan.cadence.triad[plan.order[-1]]:
        raise OptionError(
            f"end='cadence' and pitches_of: its last note, {asked[-1]}, is not of the tonic triad"
        )
    if constraints.max_leap is not None:
        before = pitches_in(plan.placed.events)[-1:]
        line = [*(int(heard[pitch - kinds.lowest]) for pitch in before), *asked]
        for one, other in itertools.pairwise(line):
            if abs(one - other) > constraints.max_leap:
                raise OptionError(
                    f"max_leap={constraints.max_leap} and pitches_of: {one} to {other} is "
                    f"{abs(one - other)} semitones"
                )


def _check_leaps(plan: Plan, constraints: Constraints, heard: IntArray, kinds: Kinds) -> None:
    assert plan.walks is not None
    leap = f"max_leap={constraints.max_leap}"
    before = pitches_in(plan.placed.events)
    last = before[-1] - kinds.lowest if before else kinds.pitches
    if not (plan.walks.leap[last] & plan.pitches).any():
        raise OptionError(
            f"{leap}: no note allowed is so near to the primer's last one, {heard[last]}"
        )
    ways = plan.walks.ways
    if constraints.form is not None:
        _check_seams(plan, constraints, last, kinds.lowest)
    notes = plan.stands[plan.stands != FREE]
    if plan.folded:
        raise OptionError(
            f"{leap} and rewrite_bars: the melody goes beyond the model's range of notes, "
            f"{heard.min()} to {heard.max()}, so leaps to what stands cannot be told"
        )
    if (notes >= 0).any():
        until = plan.first_standing
        target = int(notes[notes >= 0][0]) - kinds.lowest
        if not ways(_between(plan, until), exact=plan.rhythm_given)[last, target]:
            raise OptionError(
                f"{leap} and rewrite_bars: the bars cannot lead from {heard[last]} to "
                f"{heard[target]}, the next note that stands"
            )
    if plan.cadence is not None:
        way = ways(_between(plan, plan.deadline), exact=plan.rhythm_given)
        if not way[last, plan.cadence.triad].any():
            raise OptionError(
                f"{leap} and end='cadence': no note of the tonic triad can be reached from "
                f"{heard[last]}"
            )


def _between(plan: Plan, until: int) -> int:
    """Returns how many notes may come after the primer and before a step."""
    return int(plan.whether[plan.given : until, 2].sum())


def _check_seams(plan: Plan, constraints: Constraints, last: int, lowest: int) -> None:
    """Checks that free bars lead from wherever a repeated phrase is to wherever one begins.

    That is more than is needed between repetitions, as phrases need not go everywhere.
    """
    assert plan.walks is not None
    clash = f"max_leap={constraints.max_leap} and form={constraints.form}"
    places = np.flatnonzero(plan.pitches)
    copied = plan.copied != forms.FREE
    for start in np.flatnonzero(copied[1:] & ~copied[:-1]) + 1:
        free = start - max(plan.given, _end(copied[:start]))
        target = (
            forms.first_note(plan.copied, int(start), np.array([plan.placed.events]))[0] - lowest
        )
        starts, ends = np.append(places, last), np.append(places, target) if target >= 0 else places
        if not copied[:start].any():  # the primer leads there
            starts, ends = np.array([last]), ends[len(places) :]
        if not plan.walks.ways(free, exact=False)[np.ix_(starts, ends)].all():
            raise OptionError(f"{clash}: {steps(free)} cannot lead from any note to any other")
    if plan.cadence is not None and copied.any():
        free = plan.deadline - _end(copied)
        ways = plan.walks.ways(free, exact=False)[np.ix_(places, plan.cadence.triad)]
        if not ways.any(axis=1).all():
            raise OptionError(f"{clash}: {steps(free)} cannot lead from any note to a cadence")


def _end(condition: Bools) -> int:
    """Returns the step after the last one where the condition holds, or 0."""
    held = np.flatnonzero(condition)
    return int(held[-1]) + 1 if len(held) else 0
