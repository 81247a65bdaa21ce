"""The configs of Magenta's families of more than one voice: polyphony, drums, performance.

Follows polyphony_model.py, drums_rnn_model.py and performance_model.py of magenta/models (2.1.4),
row for row, in what a network is; how notes become events is `ssc_melody.tracks`. Left out:
performance_with_dynamics_and_note_encoding, which has six outputs a step.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from ssc_melody.encodings import Classes, ConditionalEncoding, Encoding, LookbackEncoding
from ssc_melody.encodings.table import TableEncoding
from ssc_melody.specs.spec import NetworkSpec

STEP_END = 2
"""Class of the event that ends a step of polyphony; 0 begins a track, 1 ends it."""

POLYPHONY_CLASSES = 3 + 2 * 128
"""Then a class for each pitch that begins, and one for each that goes on."""

MAX_SHIFT = 100
"""Most steps that one event of a performance lasts."""

DENSITY_BINS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Notes a second at which the next class of density begins."""

_HISTOGRAM_SIZE = 12
_NOTES_ON_AND_OFF = 2 * 128


@dataclasses.dataclass(frozen=True)
class PolyphonySpec(NetworkSpec):
    """A config of Polyphony RNN: an event for each note that begins or goes on in a step."""

    def make_encoding(self) -> TableEncoding:
        """Returns the encoding: 259 classes, one-hot."""
        return TableEncoding(Classes(POLYPHONY_CLASSES, STEP_END))

    def facts(self) -> dict[str, object]:
        """Returns what a report says."""
        return {"family": "Polyphony RNN"}


@dataclasses.dataclass(frozen=True)
class DrumsSpec(NetworkSpec):
    """A config of Drums RNN: an event for what is struck in a step, a bit for each kind of drum.

    Attributes:
        drum_types: How many kinds of drum are told apart: 9 of a kit, or 1.
        counter_bits: Bits of the step's number that the network is fed.
    """

    drum_types: int = 9
    counter_bits: int = 6

    def make_encoding(self) -> LookbackEncoding:
        """Returns the encoding: 2 to the power of `drum_types` classes, and counters."""
        return LookbackEncoding(Classes(1 << self.drum_types), (), self.counter_bits)

    def facts(self) -> dict[str, object]:
        """Returns what a report says."""
        return {"family": "Drums RNN", "drum_types": self.drum_types}


@dataclasses.dataclass(frozen=True)
class PerformanceSpec(NetworkSpec):
    """A config of Performance RNN: notes on and off, time shifts, and dynamics, in seconds.

    Attributes:
        velocity_bins: Loudnesses that are told apart; 0 for none.
        density: Whether it is conditioned on notes a second.
        histogram: Whether it is conditioned on the weights of the 12 pitch classes.
        optional: Whether a flag can switch the conditions off.
        modulo: Whether events are fed as points on circles instead of one-hot.
        steps_per_second: Steps in a second.
    """

    velocity_bins: int = 0
    density: bool = False
    histogram: bool = False
    optional: bool = False
    modulo: bool = False
    steps_per_second: int = 100

    @property
    def num_classes(self) -> int:
        """How many events there are: notes on, notes off, time shifts, velocities."""
        return _NOTES_ON_AND_OFF + MAX_SHIFT + self.velocity_bins

    @property
    def control_size(self) -> int:
        """How many numbers a step is conditioned on; 0 for none."""
        sizes = (len(DENSITY_BINS) + 1) * self.density + _HISTOGRAM_SIZE * self.histogram
        return sizes + self.optional

    def make_encoding(self) -> Encoding:
        """Returns the encoding: one-hot (or on circles), behind the conditions."""
        classes = Classes(self.num_classes, _NOTES_ON_AND_OFF + MAX_SHIFT - 1)
        table = None
        if self.modulo:
            from ssc_melody.encodings.circles import performance_table  # noqa: PLC0415 (rare)

            table = performance_table(MAX_SHIFT, self.velocity_bins)
        target = TableEncoding(classes, table)
        return ConditionalEncoding(target, self.control_size) if self.control_size else target

    def facts(self) -> dict[str, object]:
        """Returns what a report says."""
        conditions = [name for name in ("density", "histogram", "optional") if getattr(self, name)]
        return {
            "family": "Performance RNN",
            "velocity_bins": self.velocity_bins,
            "conditions": conditions,
        }


POLYPHONY_SPECS = {
    "polyphony": PolyphonySpec(
        "polyphony", "Polyphonic RNN", rnn_layer_sizes=(256, 256, 256), batch_size=64
    )
}

DRUMS_SPECS = {
    "one_drum": DrumsSpec(
        "one_drum",
        "Drums RNN with 2-state encoding.",
        steps_per_quarter=2,
        drum_types=1,
        counter_bits=0,
    ),
    "drum_kit": DrumsSpec(
        "drum_kit",
        "Drums RNN with multiple drums and binary counters.",
        rnn_layer_sizes=(256, 256, 256),
        attn_length=32,
        clip_norm=3,
    ),
}


def _performance(name: str, description: str, **settings: Any) -> PerformanceSpec:
    return PerformanceSpec(
        name,
        description,
        rnn_layer_sizes=(512, 512, 512),
        batch_size=64,
        dropout_keep_prob=1.0,
        clip_norm=3,
        **settings,
    )


_CONDITIONED = (
    ("density", "Note-density-conditioned Performance RNN + dynamics", {"density": True}),
    ("pitch", "Pitch-histogram-conditioned Performance RNN", {"histogram": True}),
    (
        "multi",
        "Density- and pitch-conditioned Performance RNN",
        {"density": True, "histogram": True},
    ),
    (
        "optional_multi",
        "Optionally multiconditioned Performance RNN",
        {"density": True, "histogram": True, "optional": True},
    ),
)


def _conditioned(kind: str, description: str, settings: dict[str, bool]) -> PerformanceSpec:
    link = "" if kind.endswith("multi") else "_"
    name = f"{kind}{link}conditioned_performance_with_dynamics"
    return _performance(name, description, velocity_bins=32, **settings)


PERFORMANCE_SPECS = {
    spec.name: spec
    for spec in (
        _performance("performance", "Performance RNN"),
        _performance(
            "performance_with_dynamics", "Performance RNN with dynamics", velocity_bins=32
        ),
        _performance(
            "performance_with_dynamics_compact",
            "Performance RNN with dynamics (compact input)",
            velocity_bins=32,
        ),
        _performance(
            "performance_with_dynamics_and_modulo_encoding",
            "Performance RNN with dynamics and modulo encoding",
            velocity_bins=32,
            modulo=True,
        ),
        *(_conditioned(*row) for row in _CONDITIONED),
    )
}
