"""A step's distribution taken apart: whether something happens, and which note, each cooled alone.

Cooling a step's distribution as a whole makes models drone: at most steps no-event has most of the
mass, and the likeliest is what cooling sharpens. So a distribution is split, exactly, into

    whether: P(no event), P(note-off), P(note-on)
    which:   P(pitch | note-on)

each is raised to 1 / its own temperature and divided by its sum, and their product is the step's
new distribution. `top_k` and `top_p` then cut the pitches. At temperature 1 for both the product is
what it was.

Lookback and key encodings have classes that say "as one bar ago". Such a class is not a third kind
of decision: it is the event that stood there, so its share is added to that event's own before the
split (it counts as a no-event where a bar ago nothing began, as that pitch where a note began).
What comes out is over events, with no such class left.

Source of the cut to the likeliest that hold `top_p` of the mass: A. Holtzman et al., "The curious
case of neural text degeneration", ICLR 2020. Left out here: what a user may not have
(`constraints`); without any of these settings nothing in this module runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import NO_EVENT, NOTE_OFF
from ssc_melody.encodings import Encoder, Encoding, Pitches
from ssc_melody.errors import OptionError
from ssc_melody.network.cells import FloatArray
from ssc_melody.play.sampling import Sampling, probabilities

Shares = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_LEAST = 1e-300
"""Share that an allowed event has at least, so that something can always be chosen."""


def _style(rhythm: float, pitch: float) -> Mapping[str, float]:
    return MappingProxyType({"rhythm_temperature": rhythm, "pitch_temperature": pitch})


STYLES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "calm": _style(rhythm=0.7, pitch=0.7),
        "lively": _style(rhythm=1.2, pitch=0.75),
        "safe": _style(rhythm=0.9, pitch=0.75),
        "wild": _style(rhythm=1.1, pitch=1.2),
    }
)
"""Settings of `Sampling` by the name that --style has for them.

As benchmarks/bench_decoding.py has it for the shipped models, beside temperature 1: calm, rhythms
come again two to three times as often, and leaps over an octave are fewer than half; safe, leaps
are fewer than six tenths; lively, rhythms come again a third to four fifths as often, and leaps are
as in safe; wild, leaps are two to three times as many. In all of them the density of notes stays
within half a note a bar of what it is: plain cooling loses up to three.
"""


def event_shares(encoding: Encoding, encoder: Encoder, shares: Shares) -> Shares:
    """Returns [rows, events] the probability of each event, its spellings added up.

    A lookback class says "as a bar ago", which some event's own class says too.

    Args:
        encoding: Of the model.
        encoder: Knows the melodies so far.
        shares: [rows, classes] the network's distribution.
    """
    summed = shares[:, : encoding.first_lookback].copy()
    rows = np.arange(len(shares))
    for i, distance in enumerate(encoding.lookbacks):
        repeated = encoding.index(encoder.back(distance))
        summed[rows, repeated] += shares[:, encoding.first_lookback + i]
    return np.asarray(summed)


class Kinds:
    """Where in an encoding's events no-event, note-off and the pitches are.

    Attributes:
        no_event: Index of no-event.
        note_off: Index of note-off.
        first: Index of the lowest pitch; the others follow it.
        lowest: Its MIDI pitch.
        pitches: How many there are.
    """

    def __init__(self, encoding: Encoding) -> None:
        """Takes an encoding of melodies.

        Raises:
            OptionError: Its events are not melody events.
        """
        vocabulary = encoding.vocabulary
        if not isinstance(vocabulary, Pitches):
            raise OptionError("rhythm and pitch can be told apart in models of melodies only")
        self._vocabulary = vocabulary
        self.no_event = int(vocabulary.index(NO_EVENT))
        self.note_off = int(vocabulary.index(NOTE_OFF))
        self.lowest = vocabulary.min_note
        self.first = int(vocabulary.index(vocabulary.min_note))
        self.pitches = vocabulary.max_note - vocabulary.min_note

    def index(self, events: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Returns where events are."""
        return self._vocabulary.index(events)

    @property
    def notes(self) -> slice:
        """The pitches."""
        return slice(self.first, self.first + self.pitches)


def plain_shares(
    logits: FloatArray, encoder: Encoder, encoding: Encoding, sampling: Sampling
) -> Shares:
    """Returns [rows, events] the distribution before it is shaped, spellings added up.

    It is at the plain temperature, or where parts have one of their own, at 1.

    Args:
        logits: [rows, classes] the network's output.
        encoder: Knows the melodies so far.
        encoding: Of the model.
        sampling: The temperatures.
    """
    temperature = 1.0 if sampling.splits else sampling.temperature or 1.0
    shares = probabilities(logits, temperature).astype(np.float64)
    return event_shares(encoding, encoder, shares)


def shape(shares: Shares, kinds: Kinds, sampling: Sampling, allowed: Bools | None = None) -> Shares:
    """Returns [rows, events] the distribution from which a step's events are drawn.

    Args:
        shares: [rows, events] of `plain_shares`.
        kinds: Where the events are.
        sampling: The temperatures and cuts.
        allowed: [rows, events] what may come, at least one event a row; None for all. The rest is
            taken out first, so temperatures and cuts see what is left.
    """
    if allowed is not None:
        shares = np.where(allowed, np.maximum(shares, _LEAST), 0.0)
        shares /= shares.sum(axis=1, keepdims=True)
    if not sampling.shaped:
        return shares
    whether, which = split(shares, kinds)
    if sampling.splits:
        whether = cool(whether, sampling.temperature_of("rhythm"))
        which = cool(which, sampling.temperature_of("pitch"))
    return join(whether, cut(which, sampling.top_k, sampling.top_p), kinds)


def split(shares: Shares, kinds: Kinds) -> tuple[Shares, Shares]:
    """Splits distributions of events.

    Returns:
        [rows, 3] the shares of no-event, note-off, note-on; [rows, pitches] those of the pitches
        given a note-on (zeros where there is none).
    """
    which = shares[:, kinds.notes]
    starts = which.sum(axis=1)
    whether = np.stack([shares[:, kinds.no_event], shares[:, kinds.note_off], starts], axis=1)
    return whether, which / np.where(starts > 0, starts, 1.0)[:, None]


def join(whether: Shares, which: Shares, kinds: Kinds) -> Shares:
    """Undoes `split`."""
    shares = np.zeros((len(whether), kinds.pitches + 2))
    shares[:, kinds.no_event] = whether[:, 0]
    shares[:, kinds.note_off] = whether[:, 1]
    shares[:, kinds.notes] = whether[:, 2:] * which
    return shares


def cool(shares: Shares, temperature: float) -> Shares:
    """Returns shares ** (1 / temperature), divided by their sum; at 0 the likeliest alone.

    Rows of zeros stay so.
    """
    best = shares.max(axis=1, keepdims=True)
    if temperature == 0:
        cooled = np.zeros_like(shares)
        rows = np.arange(len(shares))
        cooled[rows, shares.argmax(axis=1)] = 1.0
        return np.asarray(cooled * (best > 0))
    with np.errstate(divide="ignore", over="ignore"):  # log 0 is -inf, whose exp is 0
        cooled = np.exp(np.log(shares / np.where(best > 0, best, 1.0)) / temperature)
    return np.asarray(cooled / np.maximum(cooled.sum(axis=1, keepdims=True), 1.0))


def cut(which: Shares, top_k: int | None, top_p: float | None) -> Shares:
    """Keeps the likeliest of each row, equal ones in their order, and divides by their sum.

    Args:
        which: [rows, pitches] distributions, or zeros.
        top_k: Keep so many.
        top_p: Keep the fewest that hold this much; at least one.
    """
    if top_k is None and top_p is None:
        return which
    order = np.argsort(-which, axis=1, kind="stable")
    ranked = np.take_along_axis(which, order, axis=1)
    kept = np.ones(which.shape, dtype=bool)
    if top_p is not None:
        kept &= np.cumsum(ranked, axis=1) - ranked < top_p
    if top_k is not None:
        kept[:, top_k:] = False
    result = np.zeros_like(which)
    np.put_along_axis(result, order, ranked * kept, axis=1)
    total = result.sum(axis=1, keepdims=True)
    return result / np.where(total > 0, total, 1.0)
