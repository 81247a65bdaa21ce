"""A hierarchy of models that plays: bar profiles, then beat profiles, then notes on both.

Follows HRNN (arXiv 1712.05274). The first event of each level is not the network's: the first bar
is drawn from how often its corpus begins with which (uniformly over bar profiles that have a first
onset), its first beat is that bar's, and the first note is the caller's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from ssc_melody.constants import NO_EVENT
from ssc_melody.encodings import FloatArray
from ssc_melody.encodings.profiles import BAR, BEAT, Profiles, nearest_centre
from ssc_melody.encodings.vocabulary import IntArray
from ssc_melody.errors import OptionError
from ssc_melody.families.family import Primed
from ssc_melody.families.hrnn import STEPS, condition
from ssc_melody.melody.melody import Melody
from ssc_melody.play import engine
from ssc_melody.play.model import Model
from ssc_melody.play.sampling import choose, probabilities
from ssc_melody.specs import NetworkSpec, checks
from ssc_melody.specs.hrnn import HrnnSpec, levels_of

_MAX_STEPS, _MAX_OUTPUTS = 10_000, 1000


@dataclasses.dataclass(frozen=True)
class Hierarchy:
    """The models of a hierarchy.

    Attributes:
        models: By level, the highest first.
        source: Where it came from.
    """

    models: Mapping[str, Model]
    source: str = ""

    @property
    def layers(self) -> int:
        """How many levels there are."""
        return len(self.models)

    @property
    def steps_per_quarter(self) -> int:
        """Steps of a quarter note."""
        return self.models["notes"].spec.steps_per_quarter

    @property
    def profiles(self) -> Profiles:
        """The profiles of bars and beats."""
        return spec_of(self.models["notes"].spec).centres

    def generate(
        self,
        num_outputs: int,
        num_steps: int,
        *,
        first_note: int = 60,
        temperature: float = 1.0,
        profile_of: Sequence[int] | None = None,
        seed: int | None = None,
    ) -> list[Melody]:
        """Generates melodies.

        Args:
            num_outputs: How many, 1 to 1000.
            num_steps: Sixteenths of each, 2 to 10,000.
            first_note: MIDI pitch of the note that they begin with.
            temperature: Of all levels; above 1 more random, below less.
            profile_of: A melody (events, from a bar line on) whose profiles are taken: its rhythm
                plan, with new notes; shorter than num_steps it begins again. None draws them.
            seed: Start of the random numbers.

        Raises:
            OptionError: A value is out of its range, or a hierarchy of notes alone is to follow
                profiles.
        """
        checks.whole("num_outputs", num_outputs, 1, _MAX_OUTPUTS)
        checks.whole("num_steps", num_steps, 2, _MAX_STEPS)
        checks.whole("first_note", first_note, 0, 127)
        checks.number("temperature", temperature, above=0)
        if profile_of is not None and self.layers == 1:
            raise OptionError("profile_of: this hierarchy has notes alone, and no profiles")
        if profile_of is not None and not any(event >= 0 for event in profile_of):
            raise OptionError("profile_of: expected a melody with a note")
        random = np.random.RandomState(seed)
        plans = self.plans(num_outputs, num_steps, temperature, profile_of, random)
        return self._notes(plans, num_outputs, num_steps, first_note, temperature, random)

    def plans(
        self,
        rows: int,
        steps: int,
        temperature: float,
        profile_of: Sequence[int] | None,
        random: np.random.RandomState,
    ) -> dict[str, IntArray]:
        """Returns [rows, events] the profiles of each level above the notes."""
        counts = {"bars": -(-steps // BAR), "beats": -(-steps // BEAT)}
        levels = levels_of(self.layers)[:-1]
        if profile_of is not None:
            whole = (*profile_of, *[NO_EVENT] * (-len(profile_of) % BAR))
            of = {"bars": self.profiles.of_bars(whole), "beats": self.profiles.of_beats(whole)}
            return {
                level: np.tile(np.resize(of[level], counts[level]), (rows, 1)) for level in levels
            }
        found: dict[str, IntArray] = {}
        for level in levels:
            first = self._first(level, found, rows, random)
            found[level] = self._drawn(level, first, found, counts[level], temperature, random)
        return found

    def _first(
        self, level: str, above: Mapping[str, IntArray], rows: int, random: np.random.RandomState
    ) -> IntArray:
        """Returns [rows] the first profile of a level."""
        bars, beats = self.profiles
        if level == "beats" and "bars" in above:
            first_beats = np.rint(bars[above["bars"][:, 0], :BEAT])
            return nearest_centre(first_beats, beats)
        sounding = np.flatnonzero((bars if level == "bars" else beats)[:, 0] >= 0.5)
        drawn: IntArray = random.choice(sounding if len(sounding) else np.array([0]), size=rows)
        return drawn

    def _notes(
        self,
        plans: Mapping[str, IntArray],
        rows: int,
        steps: int,
        first_note: int,
        temperature: float,
        random: np.random.RandomState,
    ) -> list[Melody]:
        model = self.models["notes"]
        spec = spec_of(model.spec)
        low, high = spec.min_note, spec.max_note
        inside = first_note if low <= first_note < high else low + (first_note - low) % 12
        first = np.full(rows, inside)
        if "beats" in plans:
            first[self.profiles.beats[plans["beats"][:, 0], 0] < 0.5] = NO_EVENT
        events = self._drawn("notes", first, plans, steps, temperature, random)
        moved = first_note - inside
        return [
            Melody(
                [event + moved if event >= 0 else event for event in row],
                steps_per_quarter=spec.steps_per_quarter,
                primer_steps=1,
            )
            for row in events.tolist()
        ]

    def _drawn(
        self,
        level: str,
        first: IntArray,
        plans: Mapping[str, IntArray],
        count: int,
        temperature: float,
        random: np.random.RandomState,
    ) -> IntArray:
        """Returns [rows, count] events of a level, drawn on the profiles above it."""
        model = self.models[level]
        controls = controls_of(spec_of(model.spec), plans, count)
        batch = engine.Batch(model.network, model.encoding, len(first), count, controls)
        events = first
        for _ in range(count - 1):
            batch.push(events)
            shares = probabilities(batch.logits, temperature)
            events = batch.encoder.decode(choose(shares, random.random_sample(len(first))))
        batch.encoder.append(events)
        found: IntArray = batch.encoder.events.copy()
        return found


def spec_of(spec: NetworkSpec) -> HrnnSpec:
    """Returns a config that is one of a hierarchy."""
    assert isinstance(spec, HrnnSpec)
    return spec


def controls_of(spec: HrnnSpec, plans: Mapping[str, IntArray], count: int) -> FloatArray | None:
    """Returns [rows, count, control_size] what a level is conditioned on; None for the highest.

    Args:
        spec: The level's config.
        plans: [rows, events] the profiles of the levels above.
        count: Events of the level.
    """
    levels = levels_of(spec.layers)
    above = levels[: levels.index(spec.level)]
    if not above:
        return None
    times = {level: STEPS[level] // STEPS[spec.level] for level in above}
    stretched = [np.repeat(plans[level], times[level], axis=1)[:, :count] for level in above]
    rows = zip(*stretched, strict=True)
    found: FloatArray = np.stack([condition(spec, Primed([], None, row)) for row in rows])
    return found
