"""ssc_melody_generate: melody_rnn_generate's flags, melodies and files, without TensorFlow."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy; `batching` spreads the work

from absl import flags

from ssc_melody import primer as primers
from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.cli.model_flags import (
    define_model_flags,
    locate,
    model_from_flags,
    spec_from_flags,
)
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import OptionError
from ssc_melody.melody import Melody
from ssc_melody.melody_events import clean
from ssc_melody.model import Model

if TYPE_CHECKING:
    from ssc_melody.magenta_layer.engine import MagentaModel

USAGE = """Continues a primer into new melodies and writes them as MIDI files.

  ssc_melody_generate --bundle_file=attention_rnn.mag --output_dir=out --num_outputs=10 \\
      --num_steps=128 --primer_melody="[60, -2, 62, -2]"

Takes every flag of Magenta's melody_rnn_generate, and more."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    values = flags.FlagValues()
    console.define_common_flags(values)
    define_model_flags(values)

    def string(name: str, default: str | None, text: str) -> None:
        flags.DEFINE_string(name, default, text, flag_values=values)

    def integer(
        name: str, default: int | None, text: str, least: int | None = None, most: int | None = None
    ) -> None:
        flags.DEFINE_integer(name, default, text, least, most, flag_values=values)

    def choice(name: str, options: list[str], text: str) -> None:
        flags.DEFINE_enum(name, options[0], options, text, flag_values=values)

    def boolean(name: str, default: bool, text: str) -> None:
        flags.DEFINE_boolean(name, default, text, flag_values=values)

    choice("engine", ["core", "magenta"], "Play with this library, or with TensorFlow and Magenta.")
    boolean("save_generator_bundle", False, "Save the model as --bundle_file; generate nothing.")
    string("bundle_description", None, "What a saved bundle says of itself.")
    string("output_dir", "/tmp/melody_rnn/generated", "Folder for the MIDI files.")
    integer("num_outputs", 10, "How many melodies, a MIDI file each.", least=0)
    integer("num_steps", 128, "Length of a melody in sixteenths, the primer included.")
    string("primer_melody", "", 'Melody events to continue, such as "[60, -2, 62, -2]" or 60.')
    string("primer_midi", "", "A MIDI file to continue; its tempo goes before --qpm.")
    string(
        "primer_track", None, "Which track of --primer_midi: a number from 1, or (part of) a name."
    )
    choice("continue_at", ["step", "bar"], "Begin a step after the primer, or at the next bar.")
    boolean("include_primer", True, "Write the primer too.")
    flags.DEFINE_float("qpm", None, "Quarter notes a minute (120).", flag_values=values)
    flags.DEFINE_float(
        "temperature", 1.0, "Above 1 more random, below 1 less, 0 not at all.", flag_values=values
    )
    choice("decoding", ["sample", "argmax"], "Draw each event, or take the likeliest.")
    integer("seed", None, "Start of the random numbers; the same seed, the same melodies.")
    integer("beam_size", 1, "Melodies that beam search keeps.")
    integer("branch_factor", 1, "Continuations that beam search tries of each.")
    integer("steps_per_iteration", 1, "Steps between beam search's prunings.")
    integer("program", 0, "MIDI program, 0 to 127.", least=0, most=127)
    integer("velocity", 100, "MIDI velocity, 1 to 127.", least=1, most=127)
    return values


def _primer(values: flags.FlagValues, steps_per_quarter: int) -> primers.Primer:
    if values.qpm is not None and values.qpm < 0:
        raise OptionError(f"--qpm: expected a tempo above 0, got {values.qpm}")
    common = {
        "num_steps": values.num_steps,
        "steps_per_quarter": steps_per_quarter,
        "continue_at": values.continue_at,
    }
    if values.primer_midi and not values.primer_melody:
        track = values.primer_track
        return primers.from_midi(
            Path(values.primer_midi).expanduser(),
            qpm=values.qpm or None,
            track=int(track) if track and track.isdecimal() else track,
            **common,
        )
    if values.primer_track:
        raise OptionError("--primer_track chooses a track of --primer_midi, which is not given")
    if not values.primer_melody:
        logger.debug("No primer given: beginning with middle C.")
    events = primers.parse_primer_melody(values.primer_melody or "60")
    return primers.from_melody(events, qpm=values.qpm or DEFAULT_QPM, **common)


def _seed(values: flags.FlagValues) -> int:
    if values.seed is None:
        return int.from_bytes(os.urandom(4), "little")
    return values.seed


def _without_primer(melody: Melody) -> Melody:
    events = clean(melody.events[melody.primer_steps :])
    return Melody(events, steps_per_quarter=melody.steps_per_quarter)


def _paths(output_dir: Path, count: int) -> list[Path]:
    """Returns stock's file names; a second later if there are such files already."""
    now = time.time()
    while True:
        stamp = time.strftime("%Y-%m-%d_%H%M%S", time.localtime(now))
        digits = len(str(count))
        paths = [output_dir / f"{stamp}_{i + 1:0{digits}}.mid" for i in range(count)]
        if not any(path.exists() for path in paths):
            return paths
        now += 1


def _model(values: flags.FlagValues) -> "Model | MagentaModel":
    if values.engine == "core":
        return model_from_flags(values)
    path, is_bundle = locate(values)
    from ssc_melody.magenta_layer import engine  # noqa: PLC0415 (needs TensorFlow)

    if is_bundle:
        return engine.load_bundle(path, values.config)
    return engine.load_checkpoint(path, spec_from_flags(values))


def _generate(values: flags.FlagValues, model: "Model | MagentaModel") -> None:
    if not values.output_dir:
        raise OptionError("--output_dir: expected a folder for the MIDI files")
    primer = _primer(values, model.spec.steps_per_quarter)
    seed = _seed(values)
    if model.temperature is not None and values.temperature != model.temperature:
        logger.warning(
            "%s is of Magenta 0.1.4 or older: its temperature is fixed at %g",
            model.source,
            model.temperature,
        )
    new_steps = (primer.num_steps - len(primer.events)) * values.num_outputs
    progress = console.Progress(new_steps, "steps")
    melodies = model.generate(
        num_outputs=values.num_outputs,
        num_steps=primer.num_steps,
        primer=primer.events,
        temperature=values.temperature,
        seed=seed,
        beam_size=values.beam_size,
        branch_factor=values.branch_factor,
        steps_per_iteration=values.steps_per_iteration,
        decoding=values.decoding,
        progress=progress,
    )
    progress.close()
    output_dir = Path(values.output_dir).expanduser()
    for melody, path in zip(melodies, _paths(output_dir, len(melodies)), strict=True):
        melody.start_step = primer.start_step
        melody.steps_per_bar = primer.steps_per_bar
        if melody.log_likelihood is not None:
            logger.debug("%s: log-likelihood %.6f", path.name, melody.log_likelihood)
        written = melody if values.include_primer else _without_primer(melody)
        written.to_midi(path, primer.qpm, values.velocity, values.program)
    again = "" if values.seed is not None else f" (--seed={seed} makes them again)"
    if logger.isEnabledFor(console.logging.INFO):
        print(f"Wrote {len(melodies)} MIDI files to {output_dir}{again}")


def _command(values: flags.FlagValues, others: list[str]) -> None:
    if others:
        raise OptionError(f"unexpected argument {others[0]!r}: flags are written --name=value")
    if values.save_generator_bundle:
        from ssc_melody.cli.save_bundle import save_bundle  # noqa: PLC0415 (needs TensorFlow)

        save_bundle(values)
        return
    _generate(values, _model(values))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
