"""How models are compared."""

import dataclasses

from ssc_melody.evaluation.melodies import BAR
from ssc_melody.specs import checks


@dataclasses.dataclass(frozen=True)
class EvaluateOptions:
    """How models are compared; a value out of its range is refused when it is given.

    Attributes:
        num_melodies: Continuations of each model and decoding, at most.
        num_steps: Length of a continuation, steps (sixteenths), without its primer bar.
        num_fit_melodies: Held-out melodies that are predicted, at most.
        temperature: Of the models' sampling.
        seed: Of everything random; the same seed, the same report.
        turing: Whether the Music Turing test is made (needs scikit-learn).

    Raises:
        OptionError: A value is out of its range.
    """

    num_melodies: int = 300
    num_steps: int = 112
    num_fit_melodies: int = 500
    temperature: float = 1.0
    seed: int = 0
    turing: bool = True

    def __post_init__(self) -> None:
        """Checks every value."""
        checks.set_whole(self, "num_melodies", 2)
        checks.set_whole(self, "num_steps", BAR)
        checks.set_whole(self, "num_fit_melodies", 2)
        checks.set_number(self, "temperature", above=0)
        checks.set_whole(self, "seed", 0)
