"""The record of a family: all that playing, training and export must know of its music."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ssc_melody.encodings import FloatArray
from ssc_melody.specs import NetworkSpec


class Primed(NamedTuple):
    """Events as a network is to see them.

    Attributes:
        events: One per step, of the encoding's vocabulary.
        undo: What `Family.finish` needs to undo it (for melodies the semitones moved).
        given: What the caller gave beside them, for families with controls (chords).
    """

    events: list[int]
    undo: Any = None
    given: Any = None


@dataclasses.dataclass(frozen=True)
class Family:
    """A family of models and its music.

    Attributes:
        name: Its name for people, such as "Melody RNN".
        spec_type: Class of its specs.
        specs: Its configs by name, which is their id in a bundle.
        prime: What a primer, or a piece of training data, becomes: (spec, events) to `Primed`.
        finish: What generated events become: (spec, events, primed, log-likelihood) to the result.
        condition: What each step is conditioned on, for families with controls: (spec, primed,
            whose `given` is what the caller gave) to [steps, control_size]; None for others.
        extract: What finds its music in the sections of a piece, as
            `melody.extraction.extract_melodies` does; None where data sets are stock's business.
        records: What its data sets hold, as the names of their files say ("training_melodies").
        data_defaults: Options of its data sets that differ from Melody RNN's, by name.
        alone: Whether one of its models makes music by itself.
        steps_of: How many steps of a melody an event of a config stands for.
        magenta_config: "module:function" that makes Magenta's config of a spec; "" for none.
        play: "module:function" that plays its models where an event is not a step, or that has
            settings of its own: (model, what `Model.generate` was given) to a list; "" for none.
        command: What plays it from the command line.
        num_steps: Length of a piece if nobody says it.
    """

    name: str
    spec_type: type[NetworkSpec]
    specs: Mapping[str, NetworkSpec]
    prime: Callable[[Any, Sequence[Any]], Primed]
    finish: Callable[[Any, list[int], Primed, float], Any]
    condition: Callable[[Any, Primed], FloatArray] | None = None
    extract: Callable[..., Any] | None = None
    records: str = "melodies"
    data_defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    alone: bool = True
    steps_of: Callable[[Any], int] = lambda spec: 1
    magenta_config: str = ""
    play: str = ""
    command: str = "ssc_melody_generate"
    num_steps: int = 128

    def controls(self, spec: NetworkSpec, primed: Primed) -> FloatArray | None:
        """Returns [1, steps, control_size] what the steps are conditioned on; None for nothing.

        Raises:
            SscMelodyError: What the caller gave is not of this family.
        """
        if self.condition is None or primed.given is None:
            return None
        return self.condition(spec, primed)[None]

    def make_magenta_config(self, spec: NetworkSpec) -> Any:
        """Returns Magenta's config of one of the family's specs (imports Magenta)."""
        return _named(self.magenta_config)(spec)

    def player(self) -> Callable[..., list[Any]]:
        """Returns what `play` names."""
        player: Callable[..., list[Any]] = _named(self.play)
        return player


def _named(name: str) -> Any:
    """Imports a "module:function"."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)
