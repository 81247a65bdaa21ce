"""Models with random weights, and melodies of theirs under constraints."""

from ssc_melody.play.constraints import Constraints
from ssc_melody.play.loading import model_of_parts
from ssc_melody.play.model import Model
from ssc_melody.specs import SPECS, with_hparams
from tests.networks import random_checkpoint

MANY = 1000
TUNE = [60, -2, 64, -2, 67, -2, -1, -2, 65, -2, 62, -2, -2, -2, -1, -2] * 4
"""Four bars of C major."""


def random_model(name: str, hparams: str = "rnn_layer_sizes=[8],attn_length=0") -> Model:
    """Returns a small model of a config."""
    spec = with_hparams(SPECS[name], hparams)
    return model_of_parts(spec, random_checkpoint(spec, seed=3), None, "random")


def constrained(model: Model, steps: int, primer: list[int], number: int = MANY, **wanted):
    """Returns the events of melodies."""
    constraints = Constraints(**wanted)
    made = model.generate(number, steps, primer, seed=5, constraints=constraints)
    return [melody.events for melody in made]


def new_pitches(events: list[int], given: int = 1) -> list[int]:
    """Returns the pitches of what follows a primer."""
    return [event for event in events[given:] if event >= 0]
