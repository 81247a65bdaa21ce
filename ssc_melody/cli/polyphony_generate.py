"""ssc_polyphony_generate: polyphony_rnn_generate's flags and files, without TensorFlow."""

import sys
from collections.abc import Sequence
from typing import Any

from absl import flags

from ssc_melody.cli import console, track_command, track_flags
from ssc_melody.play.model import Model

USAGE = """Makes polyphonic music and writes it as MIDI files.

  ssc_polyphony_generate --bundle_file=polyphony_rnn.mag --output_dir=out --num_outputs=10 \\
      --num_steps=128 --primer_melody="[60, -2, 62, -2]" --condition_on_primer

Takes every flag of Magenta's polyphony_rnn_generate. A primer is harmonized (its notes are put into
the new music) unless --noinject_primer_during_generation is given."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = track_flags.define_flags("polyphony", "polyphony_rnn", 128, "sixteenths")
    track_flags.define_note_primers(flag, "")
    flag.boolean("condition_on_primer", False, "Let the network hear the primer first.")
    flag.boolean(
        "inject_primer_during_generation", True, "Put the primer's notes into the new music."
    )
    flag.real("qpm", None, "Quarter notes a minute (120).")
    return flag.values


def _settings(values: flags.FlagValues, model: Model) -> dict[str, Any]:
    names = ("condition_on_primer", "inject_primer_during_generation")
    return {name: values[name].value for name in names}


def _command(values: flags.FlagValues, others: list[str]) -> None:
    track_command.run(
        values,
        others,
        "polyphony",
        "polyphony_rnn_generate",
        track_command.notes_primer,
        _settings,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
