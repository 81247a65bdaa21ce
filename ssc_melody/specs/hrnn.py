"""The configs of a hierarchy of sequence models: bar profiles, beat profiles, notes.

Follows HRNN (arXiv 1712.05274): three LSTM networks, each of which writes what the next is
conditioned on; each has lookback features. 1L is the notes alone, 2L adds the beats, 3L the bars.
"""

from __future__ import annotations

import dataclasses

from ssc_melody.encodings import (
    Classes,
    ConditionalEncoding,
    Encoding,
    LookbackEncoding,
    Pitches,
)
from ssc_melody.encodings.profiles import Profiles, parse_profiles
from ssc_melody.errors import SpecError
from ssc_melody.specs.checks import choice
from ssc_melody.specs.melody import MelodySpec

LEVELS = ("bars", "beats", "notes")
"""The models, the highest first: each conditions those below it."""

MAX_LAYERS = 3

_LOOKBACKS = {"bars": (2, 4), "beats": (4, 8)}
"""Distances whose repetition has a class of its own: bars, and beats (one and two bars)."""


@dataclasses.dataclass(frozen=True)
class HrnnSpec(MelodySpec):
    """A config of one level of the hierarchy.

    Attributes:
        level: 'bars', 'beats' or 'notes': what it writes.
        layers: Levels that the hierarchy has: 1 (notes), 2 (beats, too) or 3.
        profiles: The profiles of bars and beats (`Profiles.text`).
    """

    encoding: str = "lookback"
    rnn_layer_sizes: tuple[int, ...] = (256, 256)
    batch_size: int = 64
    level: str = "notes"
    layers: int = MAX_LAYERS
    profiles: str = ""

    def __post_init__(self) -> None:
        """Refuses values out of their range."""
        super().__post_init__()
        choice("level", self.level, LEVELS)
        if self.layers not in range(1, MAX_LAYERS + 1):
            raise SpecError(f"layers: expected 1 to {MAX_LAYERS}, got {self.layers}")
        if self.level not in levels_of(self.layers):
            raise SpecError(f"level: a hierarchy of {self.layers} has no {self.level}")

    @property
    def centres(self) -> Profiles:
        """The profiles.

        Raises:
            SpecError: There are none, or they are damaged.
        """
        return parse_profiles(self.profiles)

    @property
    def control_sizes(self) -> tuple[int, ...]:
        """How many profiles each level above has, the highest first."""
        sizes = dict(zip(LEVELS, map(len, self.centres), strict=False))
        above = levels_of(self.layers)[: levels_of(self.layers).index(self.level)]
        return tuple(sizes[level] for level in above)

    def make_encoding(self) -> Encoding:
        """Returns the encoding of the level's events, on the profiles of the levels above.

        Raises:
            SpecError: The config has no profiles.
        """
        target: Encoding = LookbackEncoding(Pitches(self.min_note, self.max_note))
        if self.level != "notes":
            count = len(self.centres.bars if self.level == "bars" else self.centres.beats)
            target = LookbackEncoding(Classes(count), _LOOKBACKS[self.level])
        controls = sum(self.control_sizes)
        return ConditionalEncoding(target, controls) if controls else target

    def facts(self) -> dict[str, object]:
        """Returns what a report says."""
        return {**super().facts(), "level": self.level, "layers": self.layers}


def levels_of(layers: int) -> tuple[str, ...]:
    """Returns the levels of a hierarchy, the highest first: the last ones of LEVELS."""
    return LEVELS[MAX_LAYERS - layers :]


def hrnn_spec(level: str, layers: int, profiles: Profiles) -> HrnnSpec:
    """Returns the config of a level."""
    return HrnnSpec(
        name=f"ssc_hrnn_{level}",
        description=f"SSC HRNN of {layers} levels: {level}.",
        level=level,
        layers=layers,
        profiles=profiles.text(),
    )
