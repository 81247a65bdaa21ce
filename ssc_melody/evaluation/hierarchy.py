"""What a hierarchy of models (HRNN) is worth: adherence, code length, repetition of rhythms.

adherence    how often the rhythm that was made under a profile belongs to that profile's cluster,
             beside how often a bar of people's does (the marginal rate): a plan that is followed
code length  bits a step of held-out melodies: of the notes on their profiles, and of the profiles
             on those above. The sum is an upper bound of what the melody costs (a rhythm is said
             by its profile and again by its notes), so it may be compared with one level alone
repetition   share of bars with the rhythm of the bar 1, 2, 4, 8 before
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import FloatArray
from ssc_melody.encodings.profiles import BAR, Profiles, nearest_centre, patterns
from ssc_melody.families import family_of
from ssc_melody.network.cells import softmax
from ssc_melody.play import engine
from ssc_melody.play.hierarchy import Hierarchy
from ssc_melody.play.model import Model
from ssc_melody.play.shaping import event_shares

Array = npt.NDArray[np.float64]

LAGS = (1, 2, 4, 8)
"""Bars."""

_ROWS = 64


class Adherence(NamedTuple):
    """Shares of bars, or beats, whose rhythm is of the profile that was asked for.

    Attributes:
        followed: Of what was generated.
        marginal: Chance that a bar of these profiles agrees with one drawn from them at random.
    """

    followed: float
    marginal: float


def level_bits(model: Model, melodies: Sequence[Sequence[int]]) -> Array:
    """Returns [melodies] the bits of the events of a model's level, the first left aside.

    Args:
        model: One of a hierarchy.
        melodies: Their notes; the profiles are theirs.
    """
    family, encoding = family_of(model.spec), model.encoding
    primed = [family.prime(model.spec, events) for events in melodies]
    found = np.zeros(len(melodies))
    order = sorted(range(len(primed)), key=lambda i: (-len(primed[i].events), i))
    for begin in range(0, len(order), _ROWS):
        rows = order[begin : begin + _ROWS]
        longest = len(primed[rows[0]].events)
        table = np.full((len(rows), longest), encoding.vocabulary.default_event)
        controls: FloatArray = np.zeros((len(rows), longest, encoding.control_size), np.float32)
        for row, i in enumerate(rows):
            events = primed[i].events
            table[row, : len(events)] = events
            seen = family.controls(model.spec, primed[i])
            if seen is not None:
                controls[row, : len(events)] = seen[0]
        batch = engine.Batch(
            model.network, encoding, len(rows), longest, controls if controls.size else None
        )
        lengths = np.array([len(primed[i].events) for i in rows])
        for step, following in enumerate(engine.listen(batch, table), start=1):
            shares = event_shares(encoding, batch.encoder, softmax(batch.logits.astype(np.float64)))
            with np.errstate(divide="ignore"):  # an impossible event costs infinitely many bits
                cost = -np.log2(shares[np.arange(len(rows)), encoding.index(following)])
            found[rows] += np.where(step < lengths, cost, 0.0)
    return found


def code_lengths(hierarchy: Hierarchy, melodies: Sequence[Sequence[int]]) -> dict[str, float]:
    """Returns the bits a step of each level, and their sum under "together"."""
    steps = sum(len(events) - 1 for events in melodies)
    found = {
        level: float(level_bits(model, melodies).sum() / steps)
        for level, model in hierarchy.models.items()
    }
    return {**found, "together": sum(found.values())}


def adherence(
    profiles: Profiles, level: str, plans: npt.NDArray[np.int64], melodies: Sequence[Sequence[int]]
) -> Adherence:
    """Returns how often melodies have the rhythm that was planned.

    Args:
        profiles: The profiles.
        level: 'bars' or 'beats'.
        plans: [melodies, parts] what was planned.
        melodies: What was made.
    """
    of = profiles.of_bars if level == "bars" else profiles.of_beats
    made = [of(events)[: plans.shape[1]] for events in melodies]
    agree = [row[: len(parts)] == parts for row, parts in zip(plans, made, strict=True)]
    shares = np.bincount(plans.ravel()) / plans.size
    return Adherence(float(np.concatenate(agree).mean()), float((shares**2).sum()))


def rhythm_repetition(melodies: Sequence[Sequence[int]]) -> dict[int, float]:
    """Returns, for each of LAGS, the share of bars with the onsets of the bar so long before."""
    found = {}
    for lag in LAGS:
        same = total = 0
        for events in melodies:
            bars = patterns(events, BAR)
            bars = bars[: len(events) // BAR]
            total += max(0, len(bars) - lag)
            same += int((bars[lag:] == bars[:-lag]).all(axis=1).sum()) if len(bars) > lag else 0
        found[lag] = same / total if total else float("nan")
    return found


def shares_of(profiles: Profiles, melodies: Sequence[Sequence[int]]) -> Mapping[str, Array]:
    """Returns how often each profile of bars, and of beats, occurs in melodies."""
    return {
        "bars": _shares(np.vstack([patterns(m, BAR) for m in melodies]), profiles.bars),
        "beats": _shares(np.vstack([patterns(m, 4) for m in melodies]), profiles.beats),
    }


def _shares(points: Array, centres: Array) -> Array:
    return np.bincount(nearest_centre(points, centres), minlength=len(centres)) / len(points)
