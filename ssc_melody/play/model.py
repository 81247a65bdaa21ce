"""A model that plays: a network and its encoding behind two methods.

    model = load_bundle("attention_rnn.mag")
    melodies = model.generate(num_outputs=10, num_steps=128, primer=[60])

Follows MelodyRnnModel (magenta/models/melody_rnn/melody_rnn_model.py); `loading` makes one.
"""

import dataclasses
import operator
from collections.abc import Sequence

import numpy as np

from ssc_melody.encodings import Encoding
from ssc_melody.errors import MelodyError, OptionError, PrimerError
from ssc_melody.melody.events import clean, squash, steps, transpose
from ssc_melody.melody.melody import Melody
from ssc_melody.network.stack import Network
from ssc_melody.play import batching, sampling
from ssc_melody.specs import MelodySpec

_MAX_SEED = 2**32 - 1
_MAX_ROWS = 100_000
"""Sequences of one beam; each holds the network's whole state."""


@dataclasses.dataclass(frozen=True)
class Model:
    """A network that can play, and how it is fed.

    Attributes:
        spec: The config that it belongs to.
        network: The weights.
        encoding: Of melody events into the network's inputs.
        graph_batch: Batch size of stock's graph, which decides how many numbers it draws.
        temperature: Divides the logits whatever is asked, in bundles of Magenta 0.1.4 and older;
            None where the temperature can be chosen.
        source: The file that it was read from.
    """

    spec: MelodySpec
    network: Network = dataclasses.field(repr=False)
    encoding: Encoding = dataclasses.field(repr=False)
    graph_batch: int
    temperature: float | None
    source: str

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
        num_steps: int = 128,
        primer: Sequence[int] | int = (60,),
        temperature: float = 1.0,
        seed: int | None = None,
        beam_size: int = 1,
        branch_factor: int = 1,
        steps_per_iteration: int = 1,
        decoding: str = "sample",
        progress: sampling.Progress = lambda steps: None,
        random: np.random.RandomState | None = None,
    ) -> list[Melody]:
        """Continues a primer into new melodies.

        With a seed the events are those of stock's `generate_melody`, called `num_outputs` times
        after `np.random.seed(seed)`.

        Args:
            num_outputs: How many melodies.
            num_steps: Length of a melody in steps (sixteenths), the primer included.
            primer: Melody events: -2 no event, -1 note-off, 0 to 127 a MIDI pitch; or one of them.
            temperature: Above 1 more random, below 1 less; 0 is decoding='argmax'.
            seed: Start of the random numbers, 0 to 2**32 - 1; None for a new one each time.
            beam_size: Melodies that beam search keeps.
            branch_factor: Continuations that it tries of each.
            steps_per_iteration: Steps between its prunings.
            decoding: 'sample' draws from the distribution, 'argmax' takes the likeliest class.
            progress: Called with the number of steps taken since the last call.
            random: Draw from here, in stock's order, and leave it where stock leaves it; instead
                of a seed.

        Raises:
            OptionError: A number out of range.
            PrimerError: An empty primer, or one that leaves no room in num_steps.
            MelodyError: An event out of range.
        """
        check_options(num_outputs, seed, beam_size, branch_factor, steps_per_iteration)
        if decoding not in ("sample", "argmax"):
            raise OptionError(f"decoding: expected 'sample' or 'argmax', got {decoding!r}")
        search = self._search(
            temperature, beam_size, branch_factor, steps_per_iteration, decoding == "argmax"
        )
        if seed is not None and random is not None:
            raise OptionError("seed and random both say where the numbers come from: give one")
        events, semitones = squash(
            clean([primer] if isinstance(primer, int) else primer),
            self.spec.min_note,
            self.spec.max_note,
            self.spec.transpose_to_key,
        )
        check_primer(events, num_steps)
        generated = batching.generate(
            self.network,
            self.encoding,
            events,
            num_steps,
            num_outputs,
            search,
            self.graph_batch,
            np.random.RandomState(seed) if random is None else random,
            progress,
        )
        return [
            Melody(
                transpose(row, -semitones),
                log_likelihood=score,
                steps_per_quarter=self.spec.steps_per_quarter,
                primer_steps=len(events),
            )
            for row, score in generated
        ]

    def _search(
        self,
        temperature: float,
        beam_size: int,
        branch_factor: int,
        steps_per_iteration: int,
        argmax: bool,
    ) -> sampling.Search:
        if not 0 <= temperature < float("inf"):
            raise OptionError(f"temperature: expected a number from 0, got {temperature}")
        if beam_size * branch_factor > _MAX_ROWS:
            raise OptionError(
                f"beam_size: {beam_size} times {branch_factor} branches are more than {_MAX_ROWS:,}"
            )
        argmax = argmax or temperature == 0
        return sampling.Search(
            temperature=self.temperature or temperature or 1.0,
            beam_size=beam_size,
            branch_factor=branch_factor,
            steps_per_iteration=steps_per_iteration,
            argmax=argmax,
        )

    def log_likelihood(self, events: Sequence[int]) -> float:
        """Returns the natural log of the probability of a melody, its first event given.

        It can differ a little from `Melody.log_likelihood` of a generated melody: that one is of
        the classes that were drawn, at the temperature, and a repetition has two spellings.

        Args:
            events: Melody events; they are squashed as stock does.

        Raises:
            MelodyError: An event out of range, or no event.
        """
        squashed, _ = squash(
            clean(events), self.spec.min_note, self.spec.max_note, self.spec.transpose_to_key
        )
        if not squashed:
            raise MelodyError("log_likelihood of an empty melody")
        return sampling.log_likelihood(
            self.network, self.encoding, squashed, self.temperature or 1.0
        )


def check_options(
    num_outputs: int,
    seed: int | None,
    beam_size: int,
    branch_factor: int,
    steps_per_iteration: int,
) -> None:
    """Checks the whole numbers that `generate` is given."""
    for name, number, least in (
        ("num_outputs", num_outputs, 0),
        ("beam_size", beam_size, 1),
        ("branch_factor", branch_factor, 1),
        ("steps_per_iteration", steps_per_iteration, 1),
    ):
        if operator.index(number) < least:
            raise OptionError(f"{name}: expected at least {least}, got {number}")
    if seed is not None and not 0 <= operator.index(seed) <= _MAX_SEED:
        raise OptionError(f"seed: expected 0 to {_MAX_SEED}, got {seed}")


def check_primer(events: Sequence[int], num_steps: int) -> None:
    """Checks that there is a primer and that it leaves room for new steps."""
    if not events:
        raise PrimerError("the primer is empty; a single note is [60]")
    if len(events) >= num_steps:
        raise PrimerError(
            f"Primer is {steps(len(events))}; num_steps counts it and must be at least "
            f"{len(events) + 1}"
        )
