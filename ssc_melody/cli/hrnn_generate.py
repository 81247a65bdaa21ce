"""ssc_hrnn_generate: melodies of a hierarchy of models, on profiles drawn or given."""

import sys
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import console, writing
from ssc_melody.cli.decoding_flags import melody_of
from ssc_melody.cli.flags import Flags
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import OptionError
from ssc_melody.files import make_folder, user_path
from ssc_melody.melody.midi import check_qpm
from ssc_melody.play.hierarchy_file import load_hierarchy

USAGE = """Makes melodies in 4/4 from bar profiles, beat profiles and notes (HRNN), as MIDI files.

  ssc_hrnn_generate --bundle_file=mine.hrnn --output_dir=out --num_outputs=10
  ssc_hrnn_generate --bundle_file=mine.hrnn --output_dir=out --profile_of=tune.mid

--profile_of takes the rhythm plan of a melody, and makes new notes to it."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.string("bundle_file", None, "A hierarchy, as ssc_hrnn_train writes it (.hrnn).")
    flag.string("run_dir", None, "Instead, the folder of its runs.")
    flag.string("output_dir", "/tmp/hrnn/generated", "Folder for the MIDI files.")
    flag.string("profile_of", None, "A MIDI, MusicXML or ABC file of a melody in 4/4: take its "
                "profiles of bars and beats.")  # fmt: skip
    flag.integer("num_outputs", 10, "How many melodies, a MIDI file each.", least=1, most=1000)
    flag.integer("num_steps", 128, "Length of a melody in sixteenths.", least=2, most=10_000)
    flag.integer("first_note", 60, "MIDI pitch of the first note.", least=0, most=127)
    flag.real("temperature", 1.0, "Above 1 more random, below 1 less.")
    flag.real("qpm", DEFAULT_QPM, "Quarter notes a minute.")
    flag.integer("program", 0, "MIDI program, 0 to 127.", least=0, most=127)
    flag.integer("velocity", 100, "MIDI velocity, 1 to 127.", least=1, most=127)
    flag.integer("seed", None, "Start of the random numbers; the same seed, the same melodies.",
                 least=0, most=2**32 - 1)  # fmt: skip
    return flag.values


def _command(values: flags.FlagValues, others: list[str]) -> None:
    writing.check_asked(values, others)
    if bool(values.bundle_file) == bool(values.run_dir):
        raise OptionError("expected one of --bundle_file=mine.hrnn and --run_dir")
    check_qpm(values.qpm)
    hierarchy = load_hierarchy(values.bundle_file or values.run_dir)
    profile_of = None
    if values.profile_of:
        profile_of = melody_of(user_path(values.profile_of), hierarchy.steps_per_quarter)
    seed = writing.seed_of(values)
    output_dir = user_path(values.output_dir)
    make_folder(output_dir)
    melodies = hierarchy.generate(
        values.num_outputs, values.num_steps, first_note=values.first_note,
        temperature=values.temperature, profile_of=profile_of, seed=seed,
    )  # fmt: skip
    sound = (values.qpm, values.velocity, values.program)
    paths = writing.write_midi(output_dir, [melody.midi_bytes(*sound) for melody in melodies])
    writing.warn_of_silence(sum(not melody.notes() for melody in melodies))
    writing.tell_written(values, output_dir, paths, seed)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
