"""ssc_improv_create_dataset: improv_rnn_create_dataset's flags and files, from any music."""

import sys
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import create_dataset
from ssc_melody.specs import IMPROV_SPECS

USAGE = """Extracts melodies with the chords below them and writes them as training data.

  ssc_improv_create_dataset --config=ssc_chord_rnn --input=songs --output_dir=data --infer_chords

Takes every flag of improv_rnn_create_dataset, and all of ssc_melody_create_dataset. Chords
are those that a score writes (MusicXML, ABC) or a NoteSequence has, else those of a Roman-numeral
analysis (.rntxt) beside the score, else, with --infer_chords, those that the notes suggest. Each
lead sheet is there in twelve keys, in the training set at least."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    return create_dataset.define_flags(next(iter(IMPROV_SPECS.values())))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return create_dataset.run(define_flags(), USAGE, argv)


if __name__ == "__main__":
    sys.exit(main())
