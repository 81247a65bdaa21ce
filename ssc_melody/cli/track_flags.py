"""The flags of the commands for polyphony, drums and performances, and the model that they mean.

Follows polyphony_rnn_generate.py, drums_rnn_generate.py (with drums_rnn_config_flags.py) and
performance_rnn_generate.py (Magenta 2.1.4) in names, defaults and meaning. Stock's --bundle_file
and --run_dir together are an error there, and here.
"""

from __future__ import annotations

import ast
import dataclasses
from typing import Any

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
from ssc_melody.cli.model_flags import checkpoint_model, checkpoint_path, warn_of_ignored
from ssc_melody.errors import BundleError, OptionError
from ssc_melody.families import Family, family_of, find_spec, get_spec, with_article
from ssc_melody.files import user_path
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.play.loading import model_of_bundle, spec_of_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.sampling import Sampling
from ssc_melody.specs import NetworkSpec, with_hparams

_LONGEST_TEXT = 100_000


def define_flags(config: str, kind: str, num_steps: int, step: str) -> Flags:
    """Defines what the three commands have in common.

    Args:
        config: The default of --config.
        kind: Part of stock's default --output_dir.
        num_steps: The default of --num_steps.
        step: What a step is, for --help.
    """
    flag = Flags()
    flag.string("config", config, "Config of a checkpoint; a bundle says its own.")
    flag.string("hparams", "", "Comma-separated name=value pairs that override the config's.")
    flag.string("run_dir", None, "Folder of a training run; its latest checkpoint is used.")
    flag.string("checkpoint_file", None, "A checkpoint file; --run_dir takes precedence over it.")
    flag.string(
        "bundle_file", None, "A .mag bundle; with --save_generator_bundle, where to save one."
    )
    flag.boolean(
        "save_generator_bundle", False, "Let Magenta save the model as --bundle_file, no more."
    )
    flag.string("bundle_description", None, "What a saved bundle says of itself.")
    flag.string("output_dir", f"/tmp/{kind}/generated", "Folder for the MIDI files.")
    flag.integer("num_outputs", 10, "How many tracks, a MIDI file each.", least=0)
    flag.integer("num_steps", num_steps, f"Length of a track in {step}, the primer included.")
    flag.string("primer_midi", "", "A MIDI, MusicXML or ABC file to continue.")
    flag.real("temperature", 1.0, "Above 1 more random, below 1 less, 0 not at all.")
    flag.integer("beam_size", 1, "Tracks that beam search keeps.")
    flag.integer("branch_factor", 1, "Continuations that beam search tries of each.")
    flag.integer("steps_per_iteration", 1, "Events between beam search's prunings.")
    flag.choice(
        "decoding", "sample", ["sample", "argmax"], "Draw each event, or take the likeliest."
    )
    flag.integer("seed", None, "Start of the random numbers; the same seed, the same tracks.")
    flag.boolean("mixtape", False, "Write index.html too: a page that shows and plays the tracks.")
    flag.string("mixtape_title", None, "The title of that page.")
    return flag


def define_note_primers(flag: Flags, tempo: str) -> None:
    """Defines the primers of polyphony and performance that are given as text."""
    flag.string("primer_pitches", "", 'Pitches of a chord to begin with, such as "[60, 64, 67]".')
    flag.string(
        "primer_melody", "", f'Melody events to begin with, such as "[60, -2, 62, -2]"{tempo}.'
    )


def sampling_from_flags(values: flags.FlagValues) -> Sampling:
    """Returns how events are chosen.

    Raises:
        OptionError: A value is out of its range.
    """
    return Sampling(
        temperature=values.temperature,
        beam_size=values.beam_size,
        branch_factor=values.branch_factor,
        steps_per_iteration=values.steps_per_iteration,
        decoding=values.decoding,
    )


def model_from_flags(values: flags.FlagValues, family: Family) -> Model:
    """Loads the model that the flags mean.

    Raises:
        OptionError: The flags contradict each other or name no weights.
        BundleError: The file cannot be read, does not fit, or is another family's.
        SpecError: There is no such config.
    """
    if values.bundle_file is not None:
        return _of_bundle(values, family)
    spec = with_hparams(_own(get_spec(values.config), family, "config"), values.hparams)
    path = checkpoint_path(values)
    if path is None:
        raise OptionError(
            f"no bundle of {family.name} ships: give --bundle_file=FILE.mag, --run_dir=DIR or "
            "--checkpoint_file=FILE"
        )
    model = checkpoint_model(values, spec, path)
    rows = sampling_from_flags(values).rows
    return dataclasses.replace(model, graph_batch=min(model.graph_batch, rows))  # as stock does


def _of_bundle(values: flags.FlagValues, family: Family) -> Model:
    if not values.bundle_file:
        raise OptionError("--bundle_file: expected a .mag file, got nothing")
    for other in ("run_dir", "checkpoint_file"):
        if values[other].value:
            raise OptionError(
                f"--bundle_file and --{other} both say which model to play: give one of them"
            )
    bundle = read_bundle(user_path(values.bundle_file))
    known = find_spec(bundle.generator_id)
    given = None if known or not values["config"].present else values.config
    spec = _own(spec_of_bundle(bundle, given), family, bundle.source)
    model = model_of_bundle(bundle, spec)
    warn_of_ignored(values, model, model.spec.name)
    return model


def _own(spec: NetworkSpec, family: Family, source: str) -> NetworkSpec:
    """Returns a config of a family.

    Raises:
        BundleError: It is another family's, in a file.
        OptionError: It is another family's, named by a flag.
    """
    other = family_of(spec)
    if other is family:
        return spec
    named = with_article(other.name)
    if source == "config":
        raise OptionError(f"config: {spec.label} is {named}; {other.command} plays it")
    raise BundleError(f"{source}: {named} bundle; {other.command} plays it")


def value_from_text(values: flags.FlagValues, name: str) -> Any:
    """Returns the number, list or truth value that a flag's text writes as Python does.

    Raises:
        OptionError: It is no such text.
    """
    text = values[name].value
    if text is None:
        return None
    try:
        if len(text) > _LONGEST_TEXT:
            raise ValueError(text)
        return ast.literal_eval(console.argument_text(text).strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        raise OptionError(
            f"{name}: expected a value as Python writes it, such as 5 or [5, 10], got {text[:60]!r}"
        ) from None
