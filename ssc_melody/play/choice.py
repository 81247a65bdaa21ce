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
    """

    temperature: float = 1.0
    beam_size: int = 1
    branch_factor: int = 1
    steps_per_iteration: int = 1
    decoding: str = "sample"

    def __post_init__(self) -> None:
        """Checks all values.

        Raises:
            OptionError: One is out of its range.
        """
        temperature = checks.number("temperature", self.temperature, least=0)
        object.__setattr__(self, "temperature", temperature)
        for name in ("beam_size", "branch_factor", "steps_per_iteration"):
            checks.set_whole(self, name, least=1)
        if self.rows > _MAX_ROWS:
            raise OptionError(
                f"beam_size: {self.beam_size} times {self.branch_factor} branches are more than "
                f"{_MAX_ROWS:,}"
            )
        checks.choice("decoding", self.decoding, DECODINGS)

    @property
    def argmax(self) -> bool:
        """Whether the likeliest class is taken and nothing is drawn."""
        return self.decoding == "argmax" or self.temperature == 0

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


def choose(shares: FloatArray, draws: npt.NDArray[np.float64]) -> IntArray:
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
