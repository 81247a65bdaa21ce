"""What an order makes, and the order's two sides: asked by the page, read by the commands."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ssc_melody.melody.melody import Melody
from ssc_melody.play.model import Model


@dataclasses.dataclass(frozen=True)
class Made:
    """Melodies, and how they sound.

    Attributes:
        melodies: As the model made them.
        seed: What they were made with.
        qpm: Quarter notes per minute.
        velocity: MIDI velocity.
        program: MIDI program.
        metre: Beats of a bar and what they are.
        render_chords: Whether a MIDI file has the chords, too.
    """

    melodies: list[Melody]
    seed: int
    qpm: float
    velocity: int
    program: int
    metre: tuple[int, int]
    render_chords: bool = False


class Orders(Protocol):
    """What reads a wish of the page: `ssc_melody.cli.orders`."""

    def command(self, wish: Mapping[str, Any], model: tuple[str, str]) -> str:
        """Returns the command line that would make the same."""

    def check(self, wish: Mapping[str, Any]) -> None:
        """Checks what can be told without a model."""

    def make(self, model: Model, wish: Mapping[str, Any], progress: Callable[[int], None]) -> Made:
        """Makes the melodies."""
