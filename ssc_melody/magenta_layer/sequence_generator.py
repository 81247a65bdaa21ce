"""Magenta's Melody RNN generator with our engine inside: a drop-in that needs no TensorFlow graph.

Follows melody_rnn_sequence_generator.py and melody_rnn_model.py. What happens around the network
(sections, quantizing, errors) is Magenta's own code; `CoreModel` takes the network's place. It
draws from NumPy's global random state, number for number what Magenta draws, so after
np.random.seed(S) both give the same melodies and leave the state at the same place.

Differences: temperature 0 takes the likeliest event (Magenta fails on it); bundle files are written
whole or not at all.
"""

import functools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ssc_melody.errors import BundleError, PrimerError, SpecError, SscMelodyError, about
from ssc_melody.files import read_bytes, write_bytes
from ssc_melody.formats.checkpoint import parse_v1
from ssc_melody.magenta_layer import shims
from ssc_melody.magenta_layer.register import register, spec_of_config
from ssc_melody.melody import events as melody_events
from ssc_melody.network.metagraph import read_metagraph
from ssc_melody.play.loading import load_checkpoint, model_of_parts
from ssc_melody.play.model import Model

shims.activate()

import note_seq  # noqa: E402
from magenta.models.melody_rnn import melody_rnn_model, melody_rnn_sequence_generator  # noqa: E402
from magenta.models.shared import events_rnn_model, sequence_generator  # noqa: E402

_StockGenerator = melody_rnn_sequence_generator.MelodyRnnSequenceGenerator
_StockModel = melody_rnn_model.MelodyRnnModel


def _global_random() -> np.random.RandomState:
    """Returns the state that np.random.seed sets and np.random.choice draws from."""
    return np.random.mtrand._rand


class CoreModel(_StockModel):  # type: ignore[misc, valid-type]
    """Magenta's MelodyRnnModel on our engine: one config, one set of weights once initialized."""

    def __init__(self, config: Any) -> None:
        """Takes the config.

        Args:
            config: A MelodyRnnConfig; its batch size decides how a checkpoint draws.

        Raises:
            SpecError: Our engine does not know its encoding.
        """
        super().__init__(config)
        self.spec = spec_of_config(config)
        self.model: Model | None = None
        self._bundle: tuple[bytes, bytes] | None = None
        self._checkpoint = ""

    def _build_graph_for_generation(self) -> None:
        """There is no graph."""

    def initialize_with_checkpoint(self, checkpoint_file: str) -> None:
        """Reads the weights of a checkpoint (a V1 file or a V2 prefix)."""
        self.model = load_checkpoint(checkpoint_file, self.spec)
        self._checkpoint = checkpoint_file

    def initialize_with_checkpoint_and_metagraph(
        self, checkpoint_filename: str, metagraph_filename: str
    ) -> None:
        """Reads the two parts of a bundle."""
        checkpoint = read_bytes(checkpoint_filename, BundleError)
        metagraph = read_bytes(metagraph_filename, BundleError)
        source = f"bundle {self.spec.name!r}"
        with about(source, BundleError):
            facts, tensors = read_metagraph(metagraph), parse_v1(checkpoint)
        self.model = model_of_parts(self.spec, tensors, facts, source)
        self._bundle = checkpoint, metagraph

    def write_checkpoint_with_metagraph(self, checkpoint_filename: str) -> None:
        """Writes the two parts of a bundle: its own ones, or of a checkpoint Magenta's."""
        if self._bundle is not None:
            write_bytes(checkpoint_filename, self._bundle[0])
            write_bytes(f"{checkpoint_filename}.meta", self._bundle[1])
            return
        stock = _StockModel(self._config)
        with shims.quiet_graph():
            stock.initialize_with_checkpoint(self._checkpoint)
            stock.write_checkpoint_with_metagraph(checkpoint_filename)
        stock.close()

    def close(self) -> None:
        """Drops the weights."""
        self.model = self._bundle = None

    def _initialized(self) -> Model:
        if self.model is None:
            raise SscMelodyError("the model has no weights yet: call initialize() first")
        return self.model

    def generate_melody(
        self,
        num_steps: int,
        primer_melody: Any,
        temperature: float = 1.0,
        beam_size: int = 1,
        branch_factor: int = 1,
        steps_per_iteration: int = 1,
    ) -> Any:
        """Continues a note_seq.Melody; draws from NumPy's global random state.

        Args:
            num_steps: Length in steps, the primer included.
            primer_melody: A note_seq.Melody of at least one step.
            temperature: Above 1 more random, below 1 less; 0 takes the likeliest event.
            beam_size: Melodies that beam search keeps.
            branch_factor: Continuations that it tries of each.
            steps_per_iteration: Steps between its prunings.

        Raises:
            EventSequenceRnnModelError: No primer, or one that leaves no room in num_steps.
            OptionError: A number out of range.
        """
        try:
            (generated,) = self._initialized().generate(
                num_outputs=1,
                num_steps=num_steps,
                primer=list(primer_melody),
                temperature=temperature,
                beam_size=beam_size,
                branch_factor=branch_factor,
                steps_per_iteration=steps_per_iteration,
                random=_global_random(),
            )
        except PrimerError as error:
            raise events_rnn_model.EventSequenceRnnModelError(str(error)) from error
        result = note_seq.Melody(
            [],
            start_step=primer_melody.start_step,
            steps_per_bar=primer_melody.steps_per_bar,
            steps_per_quarter=primer_melody.steps_per_quarter,
        )
        for event in generated.events:  # not all at once: that would silence leading note-offs
            result.append(event)
        return result

    def melody_log_likelihood(self, melody: Any) -> float:
        """Returns the natural log of a melody's probability, its first event given."""
        return self._initialized().log_likelihood(melody_events.clean(melody))


class MelodyRnnSequenceGenerator(_StockGenerator):  # type: ignore[misc, valid-type]
    """Magenta's generator interface on our engine.

    generate(input_sequence, generator_options), initialize, close, details, bundle_details, the
    context manager and their errors are Magenta's.
    """

    def __init__(
        self,
        model: Any,
        details: Any,
        steps_per_quarter: int = 4,
        checkpoint: str | os.PathLike[str] | None = None,
        bundle: Any = None,
    ) -> None:
        """Takes what Magenta's class takes.

        Args:
            model: A CoreModel, or any MelodyRnnModel, of which only the config is used.
            details: GeneratorDetails; their id must be the bundle's.
            steps_per_quarter: Steps a quarter note.
            checkpoint: A checkpoint or a folder of them; or a bundle, not both.
            bundle: A GeneratorBundle.

        Raises:
            SequenceGeneratorError: Not exactly one of checkpoint and bundle, or another's bundle.
            SpecError: Our engine does not know the config's encoding.
        """
        if not isinstance(model, CoreModel):
            model = CoreModel(model._config)
        checkpoint = None if checkpoint is None else os.fspath(checkpoint)
        super().__init__(model, details, steps_per_quarter, checkpoint, bundle)

    def create_bundle_file(
        self, bundle_file: str | os.PathLike[str], bundle_description: str | None = None
    ) -> None:
        """Writes what this generator plays as a bundle, under a temporary name first.

        Raises:
            SequenceGeneratorError: No file name, or details without an id.
            SscMelodyError: The file cannot be written.
        """
        if not bundle_file:
            raise sequence_generator.SequenceGeneratorError("Bundle file location not specified.")
        with tempfile.TemporaryDirectory() as name:
            written = Path(name, "bundle.mag")
            super().create_bundle_file(str(written), bundle_description)
            write_bytes(bundle_file, written.read_bytes())


def play_model(config: Any) -> Any:
    """Returns a CoreModel of a config, or Magenta's model where our engine does not know it."""
    try:
        return CoreModel(config)
    except SpecError:
        return _StockModel(config)


def _create(config: Any, **kwargs: Any) -> Any:
    model = play_model(config)
    kind = MelodyRnnSequenceGenerator if isinstance(model, CoreModel) else _StockGenerator
    return kind(model, config.details, steps_per_quarter=config.steps_per_quarter, **kwargs)


def get_generator_map() -> dict[str, Callable[..., Any]]:
    """Returns Magenta's map from generator id to creator, with our configs and on our engine.

    A third party's config that our engine does not know keeps Magenta's. As in Magenta a
    creator takes `checkpoint` and `bundle`.
    """
    register()
    configs = melody_rnn_model.default_configs
    return {name: functools.partial(_create, config) for name, config in configs.items()}


def use_core_engine() -> None:
    """Makes Magenta's own scripts (magenta_midi, melody_rnn_generate) play on our engine.

    For this process, and for all that looks MelodyRnnModel up in its module from now on.
    """
    melody_rnn_model.MelodyRnnModel = play_model
