"""What a caller of `Model.generate` wants, for families that play for themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ssc_melody.play.engine import Progress
from ssc_melody.play.priming import PrimerLike
from ssc_melody.play.sampling import Sampling

DEFAULT_PRIMER: PrimerLike = (60,)
"""What stands for no primer: middle C for melodies, what stock begins with for other families."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a family that plays for itself is asked for (`Family.play`).

    Attributes:
        num_outputs: How many pieces.
        num_steps: Steps of a piece, the primer's included.
        sampling: How events are chosen.
        random: Where the numbers come from.
        progress: Told of the steps.
        settings: What else `Model.generate` was given.
    """

    num_outputs: int
    num_steps: int
    sampling: Sampling
    random: np.random.RandomState
    progress: Progress
    settings: Mapping[str, Any]
