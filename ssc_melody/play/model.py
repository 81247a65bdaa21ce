"""A model that plays: a network and its encoding behind two methods.

    model = load_bundle("attention_rnn.mag")
    melodies = model.generate(num_outputs=10, num_steps=128, primer=[60])

Follows MelodyRnnModel (magenta/models/melody_rnn/melody_rnn_model.py); `loading` makes one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ssc_melody.encodings import Encoding
from ssc_melody.errors import MelodyError, OptionError, PrimerError
from ssc_melody.families import Family, family_of
from ssc_melody.melody.events import steps
from ssc_melody.network.stack import Network
from ssc_melody.play import batching, engine
from ssc_melody.play.asked import DEFAULT_PRIMER, Asked
from ssc_melody.play.backing import backing_of, default_length, symbols_from
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.priming import PrimerLike, as_events, placed, read_primer
from ssc_melody.play.sampling import Sampling, make_sampling
from ssc_melody.specs import NetworkSpec, checks

if TYPE_CHECKING:
    from ssc_melody.play.chord_files import ChordsLike

_MAX_SEED = 2**32 - 1
_MAX_STEPS = 1_000_000
"""Steps of a melody: 17 hours of sixteenths at 120 qpm."""

_MAX_OUTPUTS = 10_000_000


class Player(Protocol):
    """What plays: this library's engine (`Model`) and Magenta's (`magenta_layer.engine`)."""

    @property
    def spec(self) -> NetworkSpec:
        """The config that it belongs to."""

    @property
    def temperature(self) -> float | None:
        """What the logits are divided by whatever is asked; None where it can be chosen."""

    @property
    def source(self) -> str:
        """The file that it was read from."""

    def generate(
        self,
        num_outputs: int = 10,
        num_steps: int | None = None,
        primer: PrimerLike = (60,),
        sampling: Sampling | None = None,
        *,
        seed: int | None = None,
        constraints: Constraints | None = None,
        chords: ChordsLike | None = None,
        steps_per_chord: int = 16,
        choose_from: int = 1,
        progress: engine.Progress = lambda steps: None,
        **settings: Any,
    ) -> list[Any]:
        """Continues a primer; see `Model.generate`."""


@dataclasses.dataclass(frozen=True)
class Model:
    """A network that can play, and how it is fed.

    Attributes:
        spec: The config that it belongs to.
        network: The weights.
        encoding: Of events into the network's inputs.
        graph_batch: Batch size of stock's graph, which decides how many numbers it draws.
        temperature: Divides the logits whatever is asked, in bundles of Magenta 0.1.4 and older;
            None where the temperature can be chosen.
        source: The file that it was read from.
    """

    spec: NetworkSpec
    network: Network
    encoding: Encoding
    graph_batch: int
    temperature: float | None
    source: str

    def __repr__(self) -> str:
        """Says what plays: the config, the network's own layers, the file."""
        facts = ", ".join(f"{name}={value}" for name, value in self.hparams.items())
        return f"Model({self.spec.label}, {facts}, source={self.source!r})"

    @property
    def family(self) -> Family:
        """What is known of its music."""
        return family_of(self.spec)

    @property
    def hparams(self) -> dict[str, object]:
        """Those of the config's hyperparameters that show in a network, as this one has them."""
        first = self.network.layers[0]
        attention = self.network.attention or first.attention
        return {
            "rnn_layer_sizes": tuple(layer.lstm.units for layer in self.network.layers),
            "attn_length": attention.length if attention else 0,
            "residual_connections": first.residual,
        }

    def generate(
        self,
        num_outputs: int = 10,
        num_steps: int | None = None,
        primer: PrimerLike = DEFAULT_PRIMER,
        sampling: Sampling | None = None,
        *,
        seed: int | None = None,
        random: np.random.RandomState | None = None,
        constraints: Constraints | None = None,
        chords: ChordsLike | None = None,
        steps_per_chord: int = 16,
        choose_from: int = 1,
        progress: engine.Progress = lambda steps: None,
        **settings: Any,
    ) -> list[Any]:
        """Continues a primer into new melodies.

        With a seed the events are those of stock's `generate_melody`, called `num_outputs` times
        after `np.random.seed(seed)`.

        Args:
            num_outputs: How many melodies.
            num_steps: Length of a melody in steps (sixteenths), the primer included; None for 128,
                or for the length of the chords (of which the last is held on, if that is longer).
            primer: Melody events: -2 no event, -1 note-off, 0 to 127 a MIDI pitch; or one of them.
                Or a MIDI file (path, bytes, open file), a NoteSequence, a `Primer`.
            sampling: How events are chosen.
            seed: Start of the random numbers, 0 to 2**32 - 1; None for a new one each time.
            random: Draw from here, in stock's order, and leave it where stock leaves it; instead
                of a seed.
            constraints: What the melodies must be; None for whatever the model makes. With them
                the numbers are drawn in another order than stock's.
            chords: What the melodies are to go with, for models on chords: "C G Am F", or with bar
                lines "| C | G/B | Am7 F |"; a list of symbols; a .csv, .abc or MusicXML file.
            steps_per_chord: How long each chord lasts; with bar lines, each bar.
            choose_from: Draw so many for each melody that is returned, and keep the one that a
                critic likes best (see `play.critic`); it knows melodies only.
            progress: Called with the number of steps taken since the last call.
            **settings: Single settings of `Sampling` instead of a whole one, such as
                temperature=0.9; of other families also their own (docs/other-families.md).

        Returns:
            What the family makes of events: `Melody` values, or `Track` values of polyphony, drums
            and performances.

        Raises:
            OptionError: A number out of range, constraints that cannot be kept to, chords for a
                model without, or none for a model of melodies on chords.
            ChordError: A chord symbol that cannot be read, or that the model cannot see.
            PrimerError: An empty primer, or one that leaves no room in num_steps.
            MelodyError: An event out of range.
            MidiError: The primer's file cannot be read.
        """
        backing = backing_of(self.spec, chords, steps_per_chord)
        if num_steps is None and self.family.play:
            num_steps = self.family.num_steps
        length = default_length(num_steps, backing)
        num_outputs, num_steps, seed = check_amounts(num_outputs, length, seed, choose_from)
        if seed is not None and random is not None:
            raise OptionError("seed and random both say where the numbers come from: give one")
        numbers = np.random.RandomState(seed) if random is None else random
        if self.family.play:
            return self._played(
                primer, sampling, settings, constraints,
                Asked(num_outputs, num_steps, Sampling(), numbers, progress, {}),
            )  # fmt: skip
        settled = self.at_its_temperature(make_sampling(sampling, settings))
        given = read_primer(primer, num_steps, self.spec.steps_per_quarter, backing)
        if given is not None:
            num_steps = checks.whole("num_steps", given.num_steps, most=_MAX_STEPS)
        events = as_events(primer) if given is None else given.events
        symbols = symbols_from(backing, given.start_step if given else 0)
        if constraints is not None and constraints.given:
            from ssc_melody.play import constrained  # noqa: PLC0415 (nine modules, rarely asked for)

            made: list[Any] = list(
                constrained.generate(
                    self.spec, self.network, self.encoding, num_outputs, num_steps, events,
                    settled, constraints, numbers, progress, symbols,
                )
            )  # fmt: skip
        else:
            made = self._made(num_outputs, num_steps, events, settled, numbers, progress, symbols)
        if choose_from > 1:
            from ssc_melody.play import critic  # noqa: PLC0415 (rarely asked for)

            made = critic.best_of(made, choose_from)
        return made if given is None else placed(made, given)

    def _played(
        self,
        primer: PrimerLike,
        sampling: Sampling | None,
        settings: Mapping[str, Any],
        constraints: Constraints | None,
        asked: Asked,
    ) -> list[Any]:
        """Lets the family play, with the settings that are its own."""
        from ssc_melody.play import tracks  # noqa: PLC0415 (other families are rare)

        if constraints is not None and constraints.given:
            raise OptionError(f"constraints: {self.spec.label} is not a model of melodies")
        chosen, mine = tracks.split(self, sampling, settings)
        asked = dataclasses.replace(asked, sampling=chosen, settings=mine)
        return self.family.player()(self, primer, asked)

    def _made(
        self,
        num_outputs: int,
        num_steps: int,
        events: Sequence[int],
        sampling: Sampling,
        random: np.random.RandomState,
        progress: engine.Progress,
        symbols: Sequence[str] | None,
    ) -> list[Any]:
        primed = self.family.prime(self.spec, events)._replace(given=symbols)
        check_primer(primed.events, num_steps)
        generated = batching.generate(
            self.network,
            self.encoding,
            primed.events,
            num_steps,
            num_outputs,
            sampling,
            self.graph_batch,
            random,
            progress,
            controls=self.family.controls(self.spec, primed),
        )
        return [self.family.finish(self.spec, row, primed, score) for row, score in generated]

    def at_its_temperature(self, sampling: Sampling) -> Sampling:
        """Returns the settings with the temperature that an old bundle fixes."""
        if self.temperature is None:
            return sampling
        decoding = "argmax" if sampling.argmax else "sample"
        return dataclasses.replace(sampling, temperature=self.temperature, decoding=decoding)

    def log_likelihood(
        self, events: Sequence[int], chords: ChordsLike | None = None, steps_per_chord: int = 16
    ) -> float:
        """Returns the natural log of the probability of a melody, its first event given.

        It can differ a little from `Melody.log_likelihood` of a generated melody: that one is of
        the classes that were drawn, at the temperature, and a repetition has two spellings.

        Args:
            events: Melody events; they are squashed as stock does.
            chords: What they go with, for models on chords; see `generate`.
            steps_per_chord: How long each chord lasts.

        Raises:
            OptionError: Chords for a model without, or none for a model of melodies on chords.
            ChordError: A chord symbol that cannot be read, or that the model cannot see.
            MelodyError: An event out of range, or no event.
        """
        symbols = symbols_from(backing_of(self.spec, chords, steps_per_chord), 0)
        primed = self.family.prime(self.spec, events)._replace(given=symbols)
        if not primed.events:
            raise MelodyError("log_likelihood of an empty melody")
        if self.encoding.control_size and symbols is None:
            raise OptionError(f"log_likelihood: {self.spec.label} is conditioned, on what is open")
        return engine.log_likelihood(
            self.network,
            self.encoding,
            primed.events,
            self.temperature or 1.0,
            self.family.controls(self.spec, primed),
        )


def check_amounts(
    num_outputs: int, num_steps: int, seed: int | None, choose_from: int = 1
) -> tuple[int, int, int | None]:
    """Returns the whole numbers that `generate` is given, as ints; as many as are to be drawn.

    Raises:
        OptionError: One is out of its range.
    """
    each = checks.whole("choose_from", choose_from, 1, _MAX_OUTPUTS)
    return (
        each * checks.whole("num_outputs", num_outputs, 0, _MAX_OUTPUTS // each),
        checks.whole("num_steps", num_steps, most=_MAX_STEPS),  # too few: see check_primer
        None if seed is None else checks.whole("seed", seed, 0, _MAX_SEED),
    )


def check_primer(events: Sequence[int], num_steps: int) -> None:
    """Checks that there is a primer and that it leaves room for new steps.

    Raises:
        PrimerError: There is none, or no room.
    """
    if not events:
        raise PrimerError("the primer is empty; a single note is [60]")
    if len(events) >= num_steps:
        raise PrimerError(
            f"Primer is {steps(len(events))}; num_steps counts it and must be at least "
            f"{len(events) + 1}"
        )
