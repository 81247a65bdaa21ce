"""ssc_melody_create_dataset: melody_rnn_create_dataset's flags and files, from any music."""

import dataclasses
import logging
import sys
from collections.abc import Sequence
from typing import Any

from absl import flags

from ssc_melody.cli import console, signals
from ssc_melody.cli.console import logger
from ssc_melody.cli.flags import Flags
from ssc_melody.cli.model_flags import define_range_flags, spec_from_flags
from ssc_melody.cli.progress import Progress, counted
from ssc_melody.dataset import build, create, options, process, runner
from ssc_melody.dataset.options import DatasetOptions, knows_chords
from ssc_melody.dataset.report import Report
from ssc_melody.errors import OptionError, printable
from ssc_melody.families import get_spec
from ssc_melody.specs import IMPROV_SPECS, NetworkSpec, with_hparams, with_range

USAGE = """Extracts melodies from music and writes them as training data.

  ssc_melody_create_dataset --config=ssc_lookback_rnn --input=midi_folder --output_dir=data

Takes every flag of Magenta's melody_rnn_create_dataset, and more. --input is a folder, a glob, a
zip archive, a MIDI, ABC or MusicXML file, or a TFRecord of NoteSequences; more of them may follow.
For NoteSequences all defaults are Magenta's; for music files they are what makes them train."""

ENGINES = ("core", "magenta")

_CHOICES = {
    "timing": (options.TIMINGS, "Time in beats (symbolic) or in seconds (absolute)"),
    "polyphony": (options.POLYPHONIES, "What becomes of notes that begin together"),
    "long_melodies": (options.LONG_MELODIES, "What becomes of melodies longer than max_steps"),
    "format": (options.FORMATS, "SequenceExamples as stock, or events alone, one byte per step"),
}
_INTEGERS = {
    "min_pitch": "Lower notes are dropped (MIDI pitch; 24 is C1)",
    "max_pitch": "Higher notes are dropped (MIDI pitch; 108 is C8)",
    "min_bars": "Bars a melody has at least",
    "max_steps": "Steps a melody has at most; 0 for any number",
    "min_unique_pitches": "Different pitch classes a melody has at least",
    "steps_per_quarter": "Steps per quarter note",
}
_REALS = {
    "eval_ratio": "Share of the pieces that goes to the eval set",
    "max_empty_bar_ratio": "Largest share of silent bars in a melody",
    "gap_bars": "Bars of silence that end a melody",
    "pickup": "Quarter notes of the upbeat with which every music file begins",
}


def define_flags(spec: NetworkSpec | None = None) -> flags.FlagValues:
    """Returns the command's flags.

    Args:
        spec: A config of the family whose defaults are told; None for Melody RNN.
    """
    flag = Flags()

    def default_of(name: str) -> str:
        return options.default_of(name, spec)

    example = "attention_rnn or ssc_lookback_rnn"
    if spec is not None:
        example = "chord_pitches_improv or ssc_chord_rnn"
        flag.boolean("infer_chords", None, "Give pieces without chord symbols the chords that "
                     f"their notes suggest ({default_of('infer_chords')}).")  # fmt: skip
        flag.real("min_chord_fit", None, "Share of the sounding steps of a section (a stretch of "
                  "one metre) that are on notes of their chords; a section with less is left out "
                  f"({default_of('min_chord_fit')}).")  # fmt: skip
    flag.string("config", None, f"Config, such as {example}.")
    if spec is None:
        flag.string("melody_encoder_decoder", None,
                    "Instead of --config, an encoding: onehot, lookback or key.")  # fmt: skip
    flag.string("generator_id", None, "Accepted as stock accepts it; a data set carries no id.")
    flag.string("generator_description", None, "Accepted as stock accepts it.")
    flag.string("hparams", "", "Checked, and noted in the report; no data depend on them.")
    flag.string(
        "input", None, "TFRecord of NoteSequences, folder, glob, zip archive or music file."
    )
    define_range_flags(flag)
    flag.string("output_dir", None, "Folder for the data set.")
    for name, (choices, text) in _CHOICES.items():
        flag.choice(name, None, choices, f"{text} ({default_of(name)}).")
    for name, text in _INTEGERS.items():
        flag.integer(name, None, f"{text} ({default_of(name)}).")
    for name, text in _REALS.items():
        flag.real(name, None, f"{text} ({default_of(name)}).")
    flag.boolean("dedupe", None, "Leave out pieces with the notes of an earlier one, transposed or "
                 "not; with similar, also melodies mostly in earlier pieces or sharing twelve "
                 f"intervals with the other set ({default_of('dedupe')}).", "similar")  # fmt: skip
    flag.many("leave_out", "File of events; training melodies that share twelve intervals with one "
              "of its melodies are left out.")  # fmt: skip
    flag.words("transpose_semitones", None, "Training pieces appear once for each of these, such "
               "as -2,0,2; configs that transpose to a key gain little "
               f"({default_of('transpose_semitones')}).")  # fmt: skip
    flag.words("metres", None, "Only sections in these metres, such as 4/4,2/2 (all).")
    flag.integer("seed", None, "Start of the random numbers that choose the eval set.")
    flag.integer("num_workers", 0, "Processes; 0 for one per core.")
    flag.choice("runner", "local", ("local", "beam"), "This machine's processes, or Apache Beam.")
    flag.many("beam_option", "An option for Beam, such as --beam_option=--runner=FlinkRunner.")
    flag.integer("num_shards", 1, "With Beam: files a set is spread over.")
    flag.choice("engine", "core", ENGINES, "Our own stages, or Magenta's DAG pipelines of the same "
                "stages, with the same result.")  # fmt: skip
    return flag.values


def _engine(name: str) -> runner.Engine:
    """Returns what makes the stages."""
    if name != "magenta":
        return process.processor
    from ssc_melody.magenta_layer import preload  # noqa: PLC0415 (takes seconds to import)

    return preload.processor


def _options(values: flags.FlagValues) -> DatasetOptions:
    given: dict[str, Any] = {
        field.name: values[field.name].value
        for field in dataclasses.fields(DatasetOptions)
        if field.name in values
    }
    if values.transpose_semitones is not None:
        try:
            semitones = tuple(int(text) for text in values.transpose_semitones)
        except ValueError:
            raise OptionError(
                "transpose_semitones: expected whole numbers such as -2,0,2, got "
                f"{','.join(values.transpose_semitones)!r}"
            ) from None
        given["transpose_semitones"] = semitones
    return DatasetOptions(**given)


def _config(values: flags.FlagValues) -> str:
    encoding = "melody_encoder_decoder" in values and values.melody_encoder_decoder
    return values.config or encoding or ""


def _spec(values: flags.FlagValues) -> NetworkSpec:
    """Returns the config that the flags name, of the command's family."""
    if "infer_chords" not in values:
        spec = spec_from_flags(values)
        if knows_chords(spec):
            raise OptionError(
                f"config: {spec.name} is of melodies on chords: ssc_improv_create_dataset makes "
                "its data"
            )
        return spec
    if not values.config:
        names = ", ".join(IMPROV_SPECS)
        raise OptionError(f"--config is missing; for instance --config=ssc_chord_rnn, of {names}")
    spec = with_range(get_spec(values.config), values.min_note, values.max_note)
    if not knows_chords(spec):
        raise OptionError(
            f"config: {spec.name} knows no chords: ssc_melody_create_dataset makes its data"
        )
    return with_hparams(spec, values.hparams)


class _Line:
    """The progress line, begun when the work begins."""

    line: Progress | None = None

    def __call__(self, done: int, total: int) -> None:
        if self.line is None:
            self.line = Progress(total, "files or records")
        self.line(done - self.line.done)

    def close(self) -> None:
        if self.line is not None:
            self.line.close()


def _command(values: flags.FlagValues, others: list[str]) -> None:
    console.needed(values, "--input=music --output_dir=data")
    console.no_flags(others)
    if values.runner != "beam" and (values.beam_option or values.num_shards != 1):
        raise OptionError("`beam_option` and `num_shards` need `runner=beam`")
    line, spec = _Line(), _spec(values)
    try:
        with signals.sigterm_interrupts():
            made = create.create_dataset(
                [values.input, *others],
                values.output_dir,
                spec,
                _options(values),
                num_workers=values.num_workers,
                seed=values.seed,
                progress=line,
                engine=_engine(values.engine),
                beam_options=values.beam_option if values.runner == "beam" else None,
                num_shards=values.num_shards,
                noted={
                    "config": _config(values),
                    "hparams": values.hparams,
                    "engine": values.engine,
                },
            )
    finally:
        line.close()
    _tell(made, values)


def _tell(made: Report, values: flags.FlagValues) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    melodies = made.total.melodies.total()
    rate = melodies / max(made.seconds, 1e-9)
    seed = f" (--seed={made.seed} makes it again)" if values.seed is None else ""
    print(console.as_flags(made.table(), values))
    print(
        f"Wrote {counted(melodies, 'melody', 'melodies')} to {printable(values.output_dir)} in "
        f"{made.seconds:.1f} s, {rate:,.0f} per second{seed}; details in {build.REPORT}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run(define_flags(), USAGE, argv)


def run(values: flags.FlagValues, usage: str, argv: Sequence[str] | None) -> int:
    """Runs the command of a family and returns its exit code.

    Args:
        values: What `define_flags` gave.
        usage: What --help prints above the flags.
        argv: The program's name and its arguments.
    """
    return console.run(_command, values, usage, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
