"""The flags of chords, and the chords that they mean.

Follows improv_rnn_generate.py in names, defaults and meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import OptionError
from ssc_melody.play.backing import backing_of
from ssc_melody.specs import ImprovSpec, NetworkSpec, checks

if TYPE_CHECKING:
    from ssc_melody.chords import Progression

NAMES = {"chords": "backing_chords"}
"""What arguments of the library are called here."""

DEFAULT_CHORDS = "C G Am F C G F C"
DEFAULT_MODEL = "ssc_chord_rnn"
"""The config whose bundle plays where chords are given and no model."""

_NAMING = ("bundle_file", "config", "melody_encoder_decoder", "run_dir", "checkpoint_file")


_LONGEST = 1_000_000
"""Steps of a melody, as `Model.generate` has it: checked before a primer is fitted into them."""


def define_chord_flags(flag: Flags) -> None:
    """Defines what says which chords a melody is made on."""
    flag.string(
        "backing_chords",
        None,
        'Chords to play on, such as "C G Am F" or "| C | G/B | Am7 F |"; or a .csv, .abc or '
        "MusicXML file of chords.",
    )
    flag.integer(
        "steps_per_chord", 16, "Sixteenths that each chord lasts; with bar lines, each bar.", 1
    )
    flag.boolean("render_chords", False, "Write the chords too, as held notes.")


def choose_model(values: flags.FlagValues) -> None:
    """Names our model on chords where chords are given and no model."""
    if values.backing_chords is not None and not any(values[name].value for name in _NAMING):
        values["config"].value = DEFAULT_MODEL


def backing_from_flags(values: flags.FlagValues, spec: NetworkSpec) -> Progression | None:
    """Returns the chords that a model is to play on; None for a model without chords.

    Raises:
        OptionError: Chords for a model without.
        ChordError: They cannot be read.
    """
    chords = values.backing_chords
    if isinstance(spec, ImprovSpec):
        if chords is None:
            chords = DEFAULT_CHORDS
            logger.info("No --backing_chords: playing on %s.", chords)
    elif values.render_chords and chords is None:
        raise OptionError(f"--render_chords: {spec.label} makes melodies without chords")
    if chords is not None:
        chords = console.argument_text(chords)
    return backing_of(spec, chords, values.steps_per_chord)


def length_from_flags(values: flags.FlagValues, backing: Progression | None) -> int:
    """Returns how many steps a melody has: those of --num_steps, or of the chords."""
    if backing is None or values["num_steps"].present:
        return checks.whole("num_steps", values.num_steps, most=_LONGEST)
    return len(backing)
