"""ssc_performance_generate: performance_rnn_generate's flags and files, without TensorFlow."""

import sys
from collections.abc import Sequence
from typing import Any

from absl import flags

from ssc_melody.cli import console, track_command, track_flags
from ssc_melody.cli.console import logger
from ssc_melody.play.model import Model
from ssc_melody.specs.tracks import PerformanceSpec
from ssc_melody.tracks.controls import Conditions, unused

USAGE = """Makes performances, with their timing and dynamics, and writes them as MIDI files.

  ssc_performance_generate --bundle_file=performance_with_dynamics.mag --output_dir=out \\
      --num_outputs=10 --num_steps=3000 --primer_pitches="[60, 64, 67]"

Takes every flag of Magenta's performance_rnn_generate. A step is a hundredth of a second."""

_NAMES = ("notes_per_second", "pitch_class_histogram", "disable_conditioning")


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = track_flags.define_flags(
        "performance", "performance_rnn", 3000, "hundredths of a second"
    )
    track_flags.define_note_primers(flag, ", sixteenths at 120 quarter notes a minute")
    flag.string(
        "notes_per_second", None, "For conditioned models: notes a second, or a list of such."
    )
    flag.string(
        "pitch_class_histogram",
        None,
        "For conditioned models: 12 weights of the pitch classes from C on, or a list of such.",
    )
    flag.string(
        "disable_conditioning",
        None,
        "For optionally conditioned models: True for none, or a list of True and False.",
    )
    return flag.values


def _settings(values: flags.FlagValues, model: Model) -> dict[str, Any]:
    spec = model.spec
    assert isinstance(spec, PerformanceSpec)
    given = {name: track_flags.value_from_text(values, name) for name in _NAMES}
    conditions = Conditions(**given)
    for name in unused(spec, conditions):
        logger.warning("--%s ignored: %s is not conditioned on it", name, spec.label)
        given[name] = None
    return given


def _command(values: flags.FlagValues, others: list[str]) -> None:
    track_command.run(
        values,
        others,
        "performance",
        "performance_rnn_generate",
        track_command.notes_primer,
        _settings,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
