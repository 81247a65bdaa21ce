"""ssc_drums_generate: drums_rnn_generate's flags and files, without TensorFlow."""

import sys
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import console, track_command, track_flags
from ssc_melody.cli.console import logger
from ssc_melody.errors import PrimerError
from ssc_melody.play.starts import drums_start
from ssc_melody.tracks.drums import BASS_DRUM
from ssc_melody.tracks.start import Start

USAGE = """Makes drum tracks and writes them as MIDI files.

  ssc_drums_generate --bundle_file=drum_kit_rnn.mag --output_dir=out --num_outputs=10 \\
      --num_steps=128 --primer_drums="[(36,42),(),(42,),()]"

Takes every flag of Magenta's drums_rnn_generate."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = track_flags.define_flags("drum_kit", "drums_rnn", 128, "sixteenths (one_drum: eighths)")
    flag.string("generator_id", None, "Id of a saved bundle; the config's name if not given.")
    flag.string("generator_description", None, "Description of the generator in a saved bundle.")
    flag.string(
        "primer_drums", "", 'Drums to begin with, a tuple a sixteenth: "[(36,42),(),(42,),()]".'
    )
    flag.real("qpm", None, "Quarter notes a minute (120).")
    return flag.values


def _primer(values: flags.FlagValues, qpm: float) -> Start:
    if values.primer_drums:
        if values.primer_midi:
            logger.warning("--primer_midi ignored: --primer_drums takes precedence over it")
        events = track_flags.value_from_text(values, "primer_drums")
        if not isinstance(events, list | tuple) or not events:
            raise PrimerError(
                f"Primer drums: expected a list of tuples of pitches, such as [(36, 42), ()], got "
                f"{values.primer_drums[:60]!r}"
            )
        return drums_start(events, qpm)
    if values.primer_midi:
        return track_command.midi_primer(values)
    logger.debug("No primer given: beginning with a bass drum.")
    return drums_start([(BASS_DRUM,)], qpm)


def _command(values: flags.FlagValues, others: list[str]) -> None:
    track_command.run(values, others, "drums", "drums_rnn_generate", _primer)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
