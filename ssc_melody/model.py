"""A model that plays: what a bundle or a training run holds, behind two methods.

    >>> model = load_bundle("attention_rnn.mag")                              # doctest: +SKIP
    >>> melodies = model.generate(num_outputs=10, num_steps=128, primer=[60])  # doctest: +SKIP

Follows MelodyRnnModel (magenta/models/melody_rnn/melody_rnn_model.py).
"""

import dataclasses
import operator
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ssc_melody import batching, sampling
from ssc_melody.bundle import Bundle, read_bundle
from ssc_melody.checkpoint import check_finite, latest_checkpoint, parse_v1, read_checkpoint
from ssc_melody.encodings import Encoding, get_encoding
from ssc_melody.errors import BundleError, MelodyError, OptionError, PrimerError
from ssc_melody.melody import Melody, clean, squash, transpose
from ssc_melody.metagraph import GraphFacts, read_metagraph
from ssc_melody.network import Network
from ssc_melody.specs import SPECS, MelodySpec, get_spec
from ssc_melody.topology import build_network
from ssc_melody.variable_names import is_weight

_MAX_SEED = 2**32 - 1

_OTHER_FAMILIES = {
    "polyphony": "Polyphony RNN",
    "drum_kit": "Drums RNN",
    "one_drum": "Drums RNN",
    "basic_improv": "Improv RNN",
    "attention_improv": "Improv RNN",
    "chord_pitches_improv": "Improv RNN",
    "rnn-nade": "Pianoroll RNN-NADE",
    "rnn-nade_attn": "Pianoroll RNN-NADE",
    "rl_tuner": "RL Tuner",
}


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
    network: Network
    encoding: Encoding
    graph_batch: int
    temperature: float | None
    source: str

    def generate(
        self,
        num_outputs: int = 10,
        num_steps: int = 128,
        primer: Sequence[int] = (60,),
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
            primer: Melody events: -2 no event, -1 note-off, 0 to 127 a MIDI pitch.
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
        search = self._search(
            temperature, beam_size, branch_factor, steps_per_iteration, decoding == "argmax"
        )
        check_at_least(0, num_outputs=num_outputs)
        if decoding not in ("sample", "argmax"):
            raise OptionError(f"decoding: expected 'sample' or 'argmax', got {decoding!r}")
        check_seed(seed)
        if seed is not None and random is not None:
            raise OptionError("seed and random both say where the numbers come from: give one")
        events, semitones = squash(
            clean(primer), self.spec.min_note, self.spec.max_note, self.spec.transpose_to_key
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
        check_at_least(
            1,
            beam_size=beam_size,
            branch_factor=branch_factor,
            steps_per_iteration=steps_per_iteration,
        )
        if not 0 <= temperature < float("inf"):
            raise OptionError(f"temperature: expected 0 or more, got {temperature}")
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


def check_seed(seed: int | None) -> None:
    """Checks that NumPy takes the seed."""
    if seed is not None and not 0 <= operator.index(seed) <= _MAX_SEED:
        raise OptionError(f"seed: expected 0 to {_MAX_SEED}, got {seed}")


def check_primer(events: Sequence[int], num_steps: int) -> None:
    """Checks that there is a primer and that it leaves room for new steps."""
    if not events:
        raise PrimerError("the primer is empty; a single note is [60]")
    if len(events) >= num_steps:
        raise PrimerError(
            f"Primer is {len(events)} steps; num_steps counts it and must be at least "
            f"{len(events) + 1}"
        )


def check_at_least(least: int, **numbers: int) -> None:
    """Checks named whole numbers against their lower bound."""
    for name, number in numbers.items():
        if operator.index(number) < least:
            raise OptionError(f"{name}: expected at least {least}, got {number}")


def _encodings_of_size(input_size: int) -> list[str]:
    return [spec.name for spec in SPECS.values() if get_encoding(spec).input_size == input_size]


def spec_of_bundle(bundle: Bundle, config: str | None = None) -> MelodySpec:
    """Returns the config that a bundle's id names; `config` decides where the id is unknown.

    Raises:
        BundleError: The id is another model family's, or unknown and no config is given.
        SpecError: There is no such config.
    """
    name = bundle.generator_id
    if name in SPECS:
        return SPECS[name]
    if name in _OTHER_FAMILIES or "performance" in name:
        family = _OTHER_FAMILIES.get(name, "Performance RNN")
        raise BundleError(
            f"{bundle.source}: a {family} bundle (id {name!r}); this library plays Melody RNN"
        )
    if config is not None:
        return get_spec(config)
    size = read_metagraph(bundle.metagraph, bundle.source).input_size
    fitting = _encodings_of_size(size) if size else []
    raise BundleError(
        f"{bundle.source}: its id {name!r} is no registered config; "
        + (f"its {size} inputs fit --config={fitting[0]}" if fitting else "name one with --config")
    )


def _check_input_size(spec: MelodySpec, size: int | None, encoding: Encoding, what: str) -> None:
    if size not in (None, encoding.input_size):
        fitting = _encodings_of_size(size or 0)
        raise BundleError(
            f"{what}: its network takes {size} inputs, {spec.name} gives {encoding.input_size}"
            + (f"; {fitting[0]} gives {size}" if fitting else "")
        )


def model_of_parts(
    spec: MelodySpec, tensors: dict[str, np.ndarray], facts: GraphFacts | None, source: str
) -> Model:
    """Builds a model of a config, its variables, and (but for a bare checkpoint) its metagraph."""
    check_finite(tensors, source)
    encoding = get_encoding(spec)
    _check_input_size(spec, facts.input_size if facts else None, encoding, source)
    network = build_network(
        tensors,
        input_size=encoding.input_size,
        what=source,
        facts=facts,
        attn_length=spec.attn_length,
    )
    if network.num_classes != encoding.num_classes:
        raise BundleError(
            f"{source}: its network has {network.num_classes} classes, "
            f"{spec.name} has {encoding.num_classes}"
        )
    chosen = facts is None or facts.has_temperature
    return Model(
        spec=spec,
        network=network,
        encoding=encoding,
        graph_batch=facts.batch_size if facts else spec.batch_size,
        temperature=None if chosen or facts is None else facts.temperature,
        source=source,
    )


def model_of_bundle(bundle: Bundle, config: str | None = None) -> Model:
    """Builds the model that a bundle holds; see `load_bundle`."""
    spec = spec_of_bundle(bundle, config)
    facts = read_metagraph(bundle.metagraph, bundle.source)
    return model_of_parts(spec, parse_v1(bundle.checkpoint, bundle.source), facts, bundle.source)


def load_bundle(path: str | os.PathLike[str], config: str | None = None) -> Model:
    """Reads a .mag file of any Magenta release.

    Args:
        path: The file.
        config: Which config to play it as, where its id is no registered one.

    Raises:
        BundleError: It cannot be read, or is no Melody RNN.
        SpecError: There is no such config.
    """
    return model_of_bundle(read_bundle(path), config)


def load_checkpoint(path: str | os.PathLike[str], spec: MelodySpec) -> Model:
    """Reads a checkpoint (V1 or V2) of a training run.

    Args:
        path: The file or prefix, or a folder whose latest checkpoint is meant.
        spec: The config that it was trained with.

    Raises:
        BundleError: It cannot be read, or does not fit the config.
    """
    prefix = latest_checkpoint(Path(path)) if Path(path).is_dir() else Path(path)
    return model_of_parts(spec, read_checkpoint(prefix, wanted=is_weight), None, str(prefix))
