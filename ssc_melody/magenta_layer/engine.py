"""Magenta's own graph behind the face of `model.Model`: --engine=magenta.

Follows melody_rnn_generate.py: MelodyRnnSequenceGenerator loads the weights and MelodyRnnModel
generates, one melody after another. For any bundle that TensorFlow can load, graphs included that
`network.build` does not know; ten times slower, and the same melodies for the same seed.

Left out: decoding='argmax' and temperature 0, which Magenta does not have.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssc_melody.errors import BundleError, FormatError, OptionError, PrimerError
from ssc_melody.families import family_of
from ssc_melody.families.improv import held
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.magenta_layer import shims
from ssc_melody.magenta_layer.register import magenta_config
from ssc_melody.melody.events import clean
from ssc_melody.melody.melody import Melody
from ssc_melody.network.metagraph import read_metagraph
from ssc_melody.play import critic, engine, loading
from ssc_melody.play import model as core
from ssc_melody.play.backing import backing_of, default_length, symbols_from
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.priming import PrimerLike, as_events, placed, read_primer
from ssc_melody.play.sampling import Sampling, make_sampling
from ssc_melody.specs import ImprovSpec, NetworkSpec

if TYPE_CHECKING:
    from ssc_melody.play.chord_files import ChordsLike

_COLLECTIONS = ("inputs", "softmax", "initial_state", "final_state")


@contextmanager
def tensorflow_errors(source: str, doing: str) -> Iterator[None]:
    """Turns whatever TensorFlow raises over a file into one line that names it."""
    try:
        yield
    except (OptionError, BundleError, PrimerError):
        raise
    except Exception as error:  # TensorFlow has dozens of kinds, and all mean the file here
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise BundleError(f"{source}: TensorFlow cannot {doing} it: {lines[0][:300]}") from error


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Seeds NumPy's global state, from which Magenta draws, and puts it back afterwards."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)


@dataclasses.dataclass(frozen=True)
class MagentaModel:
    """A graph in TensorFlow that can play; used as `model.Model` is.

    Attributes:
        spec: The config that it belongs to.
        temperature: What the logits are divided by whatever is asked (Magenta 0.1.4 and older);
            None where the temperature can be chosen.
        source: The file that it was read from.
        generator: Magenta's MelodyRnnSequenceGenerator, initialized.
    """

    spec: NetworkSpec
    temperature: float | None
    source: str
    generator: Any

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
    ) -> list[Melody]:
        """Continues a primer into new melodies; see `model.Model.generate`.

        Raises:
            OptionError: A number out of range, or argmax.
            PrimerError: An empty primer, or one that leaves no room in num_steps.
            MelodyError: An event out of range.
            BundleError: TensorFlow cannot run the graph.
        """
        chosen = make_sampling(sampling, settings)
        backing = backing_of(self.spec, chords, steps_per_chord)
        asked = default_length(num_steps, backing)
        num_outputs, num_steps, seed = core.check_amounts(num_outputs, asked, seed, choose_from)
        if constraints is not None and constraints.given:
            raise OptionError("`engine=magenta` knows no constraints; they need `engine=core`")
        if chosen.argmax:
            raise OptionError(
                "`engine=magenta` draws every event at a temperature above 0; "
                "argmax and temperature 0 need `engine=core`"
            )
        if chosen.shaped:
            raise OptionError(
                "`engine=magenta` knows one temperature; rhythm_temperature, pitch_temperature, "
                "top_p and top_k need `engine=core`"
            )
        given = read_primer(primer, num_steps, self.spec.steps_per_quarter, backing)
        if given is not None:
            num_steps = given.num_steps
        events = clean(as_events(primer) if given is None else given.events)
        core.check_primer(events, num_steps)
        symbols = held(symbols_from(backing, given.start_step if given else 0) or (), num_steps)
        with _seeded(seed), tensorflow_errors(self.source, "run"):
            made = [
                self._one(events, num_steps, symbols, chosen, progress) for _ in range(num_outputs)
            ]
        made = critic.best_of(made, choose_from)
        return made if given is None else placed(made, given)

    def _one(
        self,
        primer: list[int],
        num_steps: int,
        symbols: tuple[str, ...],
        sampling: Sampling,
        progress: engine.Progress,
    ) -> Melody:
        import note_seq  # noqa: PLC0415 (after the shims)

        melody: Any = note_seq.Melody(primer)
        what = (
            (melody, note_seq.ChordProgression(list(symbols))) if symbols else (num_steps, melody)
        )
        generated = self.generator._model.generate_melody(
            *what,
            temperature=sampling.temperature,
            beam_size=sampling.beam_size,
            branch_factor=sampling.branch_factor,
            steps_per_iteration=sampling.steps_per_iteration,
        )
        progress(num_steps - len(primer))
        return Melody(
            [int(event) for event in generated],
            steps_per_quarter=self.spec.steps_per_quarter,
            primer_steps=len(primer),
            chords=symbols,
        )


def stock_generator(spec: NetworkSpec, **source: Any) -> Any:
    """Returns Magenta's generator for a config, given `checkpoint=` or `bundle=`."""
    shims.activate()
    config = magenta_config(spec)
    generator, model = _stock_classes(spec)
    return generator(
        model(config), config.details, steps_per_quarter=config.steps_per_quarter, **source
    )


def _stock_classes(spec: NetworkSpec) -> tuple[Any, Any]:
    """Returns Magenta's generator and model of a config's family.

    Raises:
        OptionError: It is neither Melody RNN's nor Improv RNN's.
    """
    if isinstance(spec, ImprovSpec):
        from magenta.models.improv_rnn import (  # noqa: PLC0415
            improv_rnn_model,
            improv_rnn_sequence_generator,
        )

        return (
            improv_rnn_sequence_generator.ImprovRnnSequenceGenerator,
            improv_rnn_model.ImprovRnnModel,
        )
    family = family_of(spec)
    if not family.magenta_config:
        raise OptionError(f"`engine=magenta` plays melodies; {family.name} needs `engine=core`")
    from magenta.models.melody_rnn import (  # noqa: PLC0415
        melody_rnn_model,
        melody_rnn_sequence_generator,
    )

    return (
        melody_rnn_sequence_generator.MelodyRnnSequenceGenerator,
        melody_rnn_model.MelodyRnnModel,
    )


def _loaded(
    spec: NetworkSpec, source: str, temperature: float | None, **weights: Any
) -> MagentaModel:
    generator = stock_generator(spec, **weights)
    with tensorflow_errors(source, "load"), shims.quiet_graph():
        generator.initialize()
    graph = generator._model._session.graph
    missing = [name for name in _COLLECTIONS if not graph.get_collection(name)]
    if missing:
        raise BundleError(
            f"{source}: not a Magenta generator: collection {missing[0]!r} is missing"
        )
    return MagentaModel(spec, temperature, source, generator)


def _fixed_temperature(metagraph: bytes) -> float | None:
    try:
        facts = read_metagraph(metagraph)
    except FormatError:  # a graph that only TensorFlow understands
        return None
    return None if facts.has_temperature else facts.temperature


def load_bundle(path: str | os.PathLike[str], config: str | None = None) -> MagentaModel:
    """Loads a bundle into TensorFlow.

    Args:
        path: The .mag file.
        config: Which config to play it as, where its id is not a registered one.

    Raises:
        BundleError: It cannot be read, is another family's, or TensorFlow cannot load it.
        SpecError: There is no such config.
    """
    bundle = read_bundle(path)
    spec = loading.melodies_only(loading.spec_of_bundle(bundle, config), bundle.source)
    spec = dataclasses.replace(spec, name=bundle.generator_id)
    shims.activate()
    from magenta.models.shared import sequence_generator_bundle  # noqa: PLC0415

    message = sequence_generator_bundle.read_bundle_file(bundle.source)
    temperature = _fixed_temperature(bundle.metagraph)
    return _loaded(spec, bundle.source, temperature, bundle=message)


def spec_of_checkpoint(path: Path, spec: NetworkSpec) -> NetworkSpec:
    """Returns a config with the layers that a checkpoint really has.

    Magenta builds its graph from the hyperparameters, which the user would have to repeat.

    Args:
        path: The checkpoint.
        spec: The config that it was trained with, but perhaps for sizes of layers, residual
            connections and the absence of attention.

    Raises:
        BundleError: It cannot be read, or is not of this config.
    """
    found: dict[str, Any] = loading.load_checkpoint(path, spec).hparams
    return dataclasses.replace(spec, **found)


def load_checkpoint(path: str | os.PathLike[str], spec: NetworkSpec) -> MagentaModel:
    """Loads a checkpoint into Magenta's graph.

    Args:
        path: The file or prefix, or a folder (as in `loading.load_checkpoint`).
        spec: The config that it was trained with; its batch size is the graph's.

    Raises:
        BundleError: It cannot be read, or does not fit the config.
    """
    prefix = loading.find_checkpoint(path)
    return _loaded(spec_of_checkpoint(prefix, spec), str(prefix), None, checkpoint=str(prefix))
