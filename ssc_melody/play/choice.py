"""How events are chosen: the settings, the softmax at a temperature, and the draw.

Follows Magenta's events_rnn_model.py and np.random.choice draw for draw.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import IntArray
from ssc_melody.errors import BundleError, OptionError
from ssc_melody.network.cells import FloatArray, softmax
from ssc_melody.specs import checks, nearest

DECODINGS = ("sample", "argmax")

_MAX_ROWS = 100_000
"""Sequences of one beam; each holds the network's whole state."""


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How events are chosen; a value out of its range is refused.

    Attributes:
        temperature: Above 1 more random, below 1 less; 0 is decoding='argmax'.
        beam_size: Melodies kept at each pruning of beam search.
        branch_factor: Continuations that it tries of each of them.
        steps_per_iteration: Steps between its prunings.
        decoding: 'sample' draws from the distribution, 'argmax' takes the likeliest class.
        rhythm_temperature: Of whether a note begins, ends or goes on, instead of `temperature`;
            this and the following are None for stock's arithmetic, else see `shaping`.
        pitch_temperature: Of which note begins, instead of `temperature`.
        top_p: Of the pitches, only the likeliest that hold so much of their mass.
        top_k: Of the pitches, only so many of the likeliest.
    """

    temperature: float = 1.0
    beam_size: int = 1
    branch_factor: int = 1
    steps_per_iteration: int = 1
    decoding: str = "sample"
    rhythm_temperature: float | None = None
    pitch_temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None

    def __post_init__(self) -> None:
        """Checks all values.

        Raises:
            OptionError: One is out of its range.
        """
        self._check_temperatures()
        for name in ("beam_size", "branch_factor", "steps_per_iteration"):
            checks.set_whole(self, name, least=1)
        if self.rows > _MAX_ROWS:
            raise OptionError(
                f"beam_size: {self.beam_size} times {self.branch_factor} branches are more than "
                f"{_MAX_ROWS:,}"
            )
        checks.choice("decoding", self.decoding, DECODINGS)
        self._check_cuts()

    def _check_temperatures(self) -> None:
        for name in ("temperature", "rhythm_temperature", "pitch_temperature"):
            given = getattr(self, name)
            if given is None and name != "temperature":
                continue
            object.__setattr__(self, name, checks.number(name, given, least=0))

    def _check_cuts(self) -> None:
        if self.top_k is not None:
            checks.set_whole(self, "top_k", least=1)
        if self.top_p is not None:
            top_p = checks.number("top_p", self.top_p, above=0, most=1)
            object.__setattr__(self, "top_p", top_p)

    @property
    def argmax(self) -> bool:
        """Whether the likeliest class is taken and nothing is drawn."""
        drawn = self.rhythm_temperature or self.pitch_temperature
        return self.decoding == "argmax" or (self.temperature == 0 and not drawn)

    @property
    def splits(self) -> bool:
        """Whether rhythm and pitch are cooled apart."""
        return self.rhythm_temperature is not None or self.pitch_temperature is not None

    @property
    def shaped(self) -> bool:
        """Whether the distribution is another one than stock's."""
        return self.splits or self.top_p is not None or self.top_k is not None

    def temperature_of(self, part: str) -> float:
        """Returns the temperature of 'rhythm' or 'pitch': its own, or else `temperature`."""
        own: float | None = getattr(self, f"{part}_temperature")
        return self.temperature if own is None else own

    @property
    def rows(self) -> int:
        """Sequences that are alive for one melody."""
        return self.beam_size * self.branch_factor

    def draws_per_step(self, graph_batch: int) -> int:
        """Returns how many numbers stock draws for one step of one melody.

        A graph takes `graph_batch` sequences at once, and the padding draws too.
        """
        return 0 if self.argmax else -(-self.rows // graph_batch) * graph_batch


def make_sampling(sampling: Sampling | None, settings: Mapping[str, Any]) -> Sampling:
    """Returns what a caller gave: a whole value, or single settings of one.

    Raises:
        OptionError: A setting does not exist or is out of its range, or both are given.
    """
    known = [field.name for field in dataclasses.fields(Sampling)]
    for name in settings:
        if name not in known:
            raise OptionError(f"no setting {name!r}{nearest(name, known)}: there are {known}")
    if sampling is not None and settings:
        raise OptionError(f"sampling and {next(iter(settings))}: give one of them")
    return sampling or Sampling(**settings)


def probabilities(logits: FloatArray, temperature: float) -> FloatArray:
    """Returns the softmax of logits / temperature, in float32 as the graph computes it.

    Raises:
        BundleError: The logits are not numbers, so the weights cannot be trained ones.
        OptionError: The temperature is so small that the quotients overflow.
    """
    with np.errstate(all="ignore"):
        shares: FloatArray = softmax(logits / np.float32(temperature))
    if np.isfinite(shares).all():
        return shares
    if not np.isfinite(logits).all():
        raise BundleError("the network's output overflows: its weights are not trained ones")
    raise OptionError(
        f"temperature: {temperature:g} is too close to 0 for this model; 0 takes the likeliest"
    )


def choose(shares: npt.NDArray[Any], draws: npt.NDArray[np.float64]) -> IntArray:
    """Picks a class per row as np.random.choice(n, p=row) does with the number it draws.

    Args:
        shares: [rows, classes] probabilities.
        draws: [rows] uniform numbers in [0, 1).

    Returns:
        [rows] the first class whose cumulative share (in float64, divided by the last) exceeds
        the draw.
    """
    cumulative = shares.astype(np.float64).cumsum(axis=1)
    cumulative /= cumulative[:, -1:]
    chosen: IntArray = (cumulative <= draws[:, None]).sum(axis=1)
    return chosen
