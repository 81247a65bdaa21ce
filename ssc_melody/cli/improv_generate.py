"""ssc_improv_generate: improv_rnn_generate's flags, melodies and files, without TensorFlow.

The same as ssc_melody_generate with an Improv RNN bundle, under stock's defaults.
"""

import sys
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import console, generate
from ssc_melody.cli.chord_flags import DEFAULT_CHORDS, NAMES

USAGE = """Makes melodies on chords and writes them as MIDI files.

  ssc_improv_generate --bundle_file=chord_pitches_improv.mag --output_dir=out --num_outputs=10 \\
      --backing_chords="C G Am F C G F C" --steps_per_chord=16 --render_chords

Takes every flag of Magenta's improv_rnn_generate, and those of ssc_melody_generate. A melody is as
long as its chords."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    values = generate.define_flags()
    values.set_default("output_dir", "/tmp/improv_rnn/generated")
    values.set_default("backing_chords", DEFAULT_CHORDS)
    return values


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(generate.command, define_flags(), USAGE, argv or sys.argv, NAMES)


if __name__ == "__main__":
    sys.exit(main())
