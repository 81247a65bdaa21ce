"""ssc_melody_generate: melody_rnn_generate's flags, melodies and files, without TensorFlow."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from ssc_melody.cli import console, writing
from ssc_melody.cli.chord_flags import (
    NAMES,
    backing_from_flags,
    choose_model,
    define_chord_flags,
    length_from_flags,
)
from ssc_melody.cli.console import logger
from ssc_melody.cli.decoding_flags import (
    constraints_from_flags,
    define_decoding_flags,
    fit_primer,
    sampling_from_flags,
)
from ssc_melody.cli.flags import Flags
from ssc_melody.cli.model_flags import (
    define_model_flags,
    locate,
    model_from_flags,
    spec_from_flags,
    warn_of_ignored,
)
from ssc_melody.constants import DEFAULT_QPM, DEFAULT_STEPS_PER_QUARTER
from ssc_melody.errors import OptionError, printable
from ssc_melody.files import make_folder, user_path
from ssc_melody.melody import primer as primers
from ssc_melody.melody.events import clean
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.midi import check_qpm
from ssc_melody.play.backing import fitted, within
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.model import Player
from ssc_melody.specs import NetworkSpec, with_hparams

if TYPE_CHECKING:
    from ssc_melody.chords import Progression

USAGE = """Continues a primer into new melodies and writes them as MIDI files.

  ssc_melody_generate --bundle_file=attention_rnn.mag --output_dir=out --num_outputs=10 \\
      --num_steps=128 --primer_melody="[60, -2, 62, -2]"

Takes every flag of Magenta's melody_rnn_generate, and more."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    define_model_flags(flag)
    flag.choice(
        "engine",
        "core",
        ["core", "magenta"],
        "Play with this library, or with TensorFlow and Magenta.",
    )
    flag.boolean(
        "save_generator_bundle", False, "Save the model as --bundle_file; generate nothing."
    )
    flag.string("bundle_description", None, "What a saved bundle says of itself.")
    flag.string(
        "from_bundle", None, "With --save_generator_bundle: an old .mag to save in today's form."
    )
    flag.string("output_dir", "/tmp/melody_rnn/generated", "Folder for the MIDI files.")
    flag.integer("num_outputs", 10, "How many melodies, a MIDI file each.", least=0)
    flag.integer(
        "num_steps",
        128,
        "Length of a melody in sixteenths, the primer included; on chords, theirs if not given.",
    )
    flag.string("primer_melody", "", 'Melody events to continue, such as "[60, -2, 62, -2]" or 60.')
    define_chord_flags(flag)
    flag.string(
        "primer_midi",
        "",
        "A MIDI, MusicXML or ABC file to continue; its tempo takes precedence over --qpm.",
    )
    flag.string(
        "primer_track", None, "Which track of --primer_midi: a number from 1, or (part of) a name."
    )
    flag.choice(
        "continue_at", "step", ["step", "bar"], "Begin a step after the primer, or at the next bar."
    )
    flag.boolean("include_primer", True, "Write the primer too.")
    flag.real("qpm", None, "Quarter notes a minute (120).")
    flag.real("temperature", 1.0, "Above 1 more random, below 1 less, 0 not at all.")
    define_decoding_flags(flag)
    flag.choice(
        "decoding", "sample", ["sample", "argmax"], "Draw each event, or take the likeliest."
    )
    flag.integer("seed", None, "Start of the random numbers; the same seed, the same melodies.")
    flag.integer("beam_size", 1, "Melodies that beam search keeps.")
    flag.integer("branch_factor", 1, "Continuations that beam search tries of each.")
    flag.integer("steps_per_iteration", 1, "Steps between beam search's prunings.")
    flag.string("score", None, "Write scores too: abc, musicxml, or both with a comma.")
    flag.boolean(
        "mixtape", False, "Write index.html too: a page that shows and plays the melodies."
    )
    flag.string("mixtape_title", None, "The title of that page.")
    flag.integer("program", 0, "MIDI program, 0 to 127.", least=0, most=127)
    flag.integer("velocity", 100, "MIDI velocity, 1 to 127.", least=1, most=127)
    return flag.values


def _primer(values: flags.FlagValues, steps_per_quarter: int, num_steps: int) -> primers.Primer:
    if values.qpm:  # 0 is stock's way to say none
        check_qpm(values.qpm)
    common = {
        "num_steps": num_steps,
        "steps_per_quarter": steps_per_quarter,
        "continue_at": values.continue_at,
    }
    if values.primer_midi and not values.primer_melody:
        track = values.primer_track and console.argument_text(values.primer_track)
        primer = primers.from_midi(user_path(values.primer_midi), track=track, **common)
        if values.qpm and values.qpm != primer.qpm:
            logger.warning(
                "--qpm=%g ignored: the tempo of --primer_midi, %.6g, takes precedence over it",
                values.qpm, primer.qpm,
            )  # fmt: skip
        for warning in primer.warnings:
            logger.warning("%s: %s", values.primer_midi, warning)
        return primer
    if values.primer_midi:
        logger.warning("--primer_midi ignored: --primer_melody takes precedence over it")
    elif values.primer_track:
        raise OptionError("--primer_track chooses a track of --primer_midi, which is not given")
    if not values.primer_melody:
        logger.debug("No primer given: beginning with middle C.")
    events = primers.parse_primer_melody(console.argument_text(values.primer_melody) or "60")
    return primers.from_melody(events, qpm=values.qpm or DEFAULT_QPM, **common)


def without_primer(melody: Melody) -> Melody:
    """Returns what is new of a melody."""
    events = clean(melody.events[melody.primer_steps :])
    chords = melody.chords[melody.primer_steps :]
    return dataclasses.replace(melody, events=events, start_step=0, primer_steps=0, chords=chords)


def _model(values: flags.FlagValues) -> Player:
    if values.engine == "core":
        return model_from_flags(values)
    constraints_from_flags(values, DEFAULT_STEPS_PER_QUARTER)  # refused before TensorFlow loads
    path, is_bundle = locate(values)
    from ssc_melody.magenta_layer import engine  # noqa: PLC0415 (needs TensorFlow)

    if is_bundle:
        model = engine.load_bundle(path, values.config)
        warn_of_ignored(values, None, model.spec.name)
        with_hparams(model.spec, values.hparams)
        return model
    return engine.load_checkpoint(path, spec_from_flags(values))


def read_order(
    values: flags.FlagValues, spec: NetworkSpec
) -> tuple[primers.Primer, Constraints | None, Progression | None]:
    """Returns what is continued, what the melodies must be, and on which chords.

    Raises:
        SscMelodyError: They cannot be read, or do not go together.
    """
    rate = spec.steps_per_quarter
    constraints = constraints_from_flags(values, rate)
    backing = backing_from_flags(values, spec)
    return *fitted_primer(values, constraints, rate, backing), backing


def _generate(values: flags.FlagValues, model: Player) -> None:
    primer, constraints, backing = read_order(values, model.spec)
    seed = writing.seed_of(values)
    output_dir = user_path(values.output_dir)
    make_folder(output_dir)
    if values.mixtape:
        from ssc_melody.cli import generated as mixtape_page  # noqa: PLC0415 (rarely asked for)

        mixtape_page.check(output_dir, values.num_outputs)
    if values.score:
        from ssc_melody.cli import scores  # noqa: PLC0415 (the same)

        scores.notations(values.score)
    whole = melodies = play(values, model, primer, constraints, backing, seed)
    if not values.include_primer:
        melodies = list(map(without_primer, melodies))
    paths = writing.write_midi(output_dir, midi_files(values, primer, melodies))
    writing.warn_of_silence(sum(not melody.notes() for melody in melodies))
    writing.log_likelihoods(paths, [melody.log_likelihood for melody in melodies])
    written = scores.write(values, primer, whole, paths) if values.score else []
    writing.tell_written(values, output_dir, paths, seed, written)
    if values.mixtape:
        tunes = scores.to_abc(values, primer, whole) if values.score else []
        chords = _chords_of(melodies[0])
        page = mixtape_page.write(
            values, model.spec, model.source, primer, seed, paths, tunes, chords
        )
        print(f"Wrote {printable(str(page))}: open it in a browser")


def fitted_primer(
    values: flags.FlagValues,
    constraints: Constraints | None,
    rate: int,
    backing: Progression | None,
) -> tuple[primers.Primer, Constraints | None]:
    """Returns the primer of a melody that is as long as its chords, if it has some.

    Args:
        values: The flags.
        constraints: What the melody must be.
        rate: The model's steps per quarter note.
        backing: The chords.

    Raises:
        SscMelodyError: The primer cannot be read, or leaves no room.
    """
    num_steps = length_from_flags(values, backing)

    def read(length: int) -> primers.Primer:
        with within(backing, length):
            primer = _primer(values, rate, length)
        return fitted(primer, length) if backing and length == len(backing) else primer

    settled = backing is not None or bool(values["num_steps"].present)
    return fit_primer(values, constraints, rate, read, num_steps, settled)


def midi_files(
    values: flags.FlagValues, primer: primers.Primer, melodies: Sequence[Melody]
) -> list[bytes]:
    """Returns the MIDI file of each melody, as flags and primer say it is to sound."""
    metre = primer.metre if values.continue_at == "bar" else (4, 4)  # stock writes 4/4
    sound = (primer.qpm, values.velocity, values.program, metre)
    return [melody.midi_bytes(*sound, render_chords=values.render_chords) for melody in melodies]


def _chords_of(melody: Melody) -> list[tuple[float, str]]:
    """Returns the quarter notes on which a melody's chords begin, and their symbols."""
    rate = melody.steps_per_quarter
    return [((melody.start_step + at) / rate, symbol) for at, symbol in melody.chord_changes()]


def play(
    values: flags.FlagValues,
    model: Player,
    primer: primers.Primer,
    constraints: Constraints | None,
    backing: Progression | None,
    seed: int,
) -> list[Melody]:
    """Returns the melodies that flags ask for."""
    writing.warn_of_fixed_temperature(values, model.temperature, model.source)
    drawn = values.num_outputs * max(1, values.choose_from)
    new_steps = (primer.num_steps - len(primer.events)) * drawn
    progress = console.Progress(new_steps, "steps")
    try:
        return model.generate(
            num_outputs=values.num_outputs,
            primer=primer,
            sampling=sampling_from_flags(values),
            seed=seed,
            progress=progress,
            constraints=constraints,
            chords=backing,
            choose_from=values.choose_from,
        )
    finally:
        progress.close()


def command(values: flags.FlagValues, others: list[str]) -> None:
    """Does what the flags ask for."""
    writing.check_asked(values, others)
    if values.save_generator_bundle:
        from ssc_melody.cli.save_bundle import save_bundle  # noqa: PLC0415 (needs TensorFlow)

        save_bundle(values)
        return
    choose_model(values)
    _generate(values, _model(values))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(command, define_flags(), USAGE, argv or sys.argv, NAMES)


if __name__ == "__main__":
    sys.exit(main())
