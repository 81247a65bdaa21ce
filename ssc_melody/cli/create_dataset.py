"""ssc_melody_create_dataset: melody_rnn_create_dataset's flags and files, from any music."""

import contextlib
import dataclasses
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy; processes spread the work

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.cli.model_flags import spec_from_flags
from ssc_melody.cores import usable_cores
from ssc_melody.dataset import build, inputs, options, process, report, runner
from ssc_melody.dataset.process import EVAL, TRAINING
from ssc_melody.errors import OptionError
from ssc_melody.files import user_path

USAGE = """Extracts melodies from music and writes them as training data.

  ssc_melody_create_dataset --config=ssc_lookback_rnn --input=midi_folder --output_dir=data

Takes every flag of Magenta's melody_rnn_create_dataset, and more. --input is a folder, a glob, a
zip archive, a MIDI, ABC or MusicXML file, or a TFRecord of NoteSequences; more of them may follow.
For NoteSequences all defaults are Magenta's; for music files they are what makes them train."""

_STOCK = "(NoteSequences: {}, music files: {})"


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    values = flags.FlagValues()
    console.define_common_flags(values)

    def string(name: str, default: str | None, text: str) -> None:
        flags.DEFINE_string(name, default, text, flag_values=values)

    def integer(name: str, text: str) -> None:
        flags.DEFINE_integer(name, None, text, flag_values=values)

    def real(name: str, default: float | None, text: str) -> None:
        flags.DEFINE_float(name, default, text, flag_values=values)

    def choice(name: str, choices: Sequence[str], text: str) -> None:
        flags.DEFINE_enum(name, None, list(choices), text, flag_values=values)

    string("config", None, "Config, such as attention_rnn or ssc_lookback_rnn.")
    string(
        "melody_encoder_decoder", None, "Instead of --config, an encoding: onehot, lookback or key."
    )
    string("generator_id", None, "Accepted as stock accepts it; a data set carries no id.")
    string("generator_description", None, "Accepted as stock accepts it.")
    string("hparams", "", "Checked, and noted in the report; no data depend on them.")
    string("input", None, "TFRecord of NoteSequences, folder, glob, zip archive or music file.")
    string("output_dir", None, "Folder for the data set.")
    real("eval_ratio", 0.1, "Share of the pieces that goes to the eval set.")
    choice("timing", options.TIMINGS, "Time in beats (symbolic) or in seconds (absolute) "
           + _STOCK.format("absolute", "symbolic"))  # fmt: skip
    choice("polyphony", options.POLYPHONIES, "What becomes of notes that begin together "
           + _STOCK.format("discard", "melody_track"))  # fmt: skip
    integer("min_pitch", "Lower notes are dropped " + _STOCK.format(0, "24 = C1"))
    integer("max_pitch", "Higher notes are dropped " + _STOCK.format(127, "108 = C8"))
    real("max_empty_bar_ratio", None,
         "Largest share of silent bars in a melody " + _STOCK.format(1, 0.25))  # fmt: skip
    flags.DEFINE_flag(
        flags.Flag(
            _Dedupe(), None, "dedupe", None,
            "Leave out pieces with the notes of an earlier one, transposed or not; with similar, "
            "melodies too that are mostly in earlier pieces or share twelve intervals with the "
            "other set " + _STOCK.format("no", "yes"), boolean=True,
        ), flag_values=values,
    )  # fmt: skip
    flags.DEFINE_multi_string(
        "leave_out", [], "File of events; training melodies that share twelve intervals with one "
        "of its are left out.", flag_values=values,
    )  # fmt: skip
    integer("min_bars", "Bars a melody has at least (7).")
    integer("max_steps", "Steps a melody has at most (512); 0 for any number.")
    choice("long_melodies", options.LONG_MELODIES, "What becomes of longer ones "
           + _STOCK.format("truncate", "split"))  # fmt: skip
    integer("min_unique_pitches", "Different pitch classes a melody has at least (5).")
    real("gap_bars", None, "Bars of silence that end a melody (1).")
    flags.DEFINE_list(
        "transpose_semitones", None, "Training pieces appear once for each of these, such as "
        "-2,0,2; configs that transpose to a key gain little (0).", flag_values=values,
    )  # fmt: skip
    integer("steps_per_quarter", "Steps a quarter note (4).")
    integer("seed", "Start of the random numbers that choose the eval set.")
    choice("format", options.FORMATS,
           "SequenceExamples as stock, or events alone, a byte a step.")  # fmt: skip
    flags.DEFINE_integer(
        "num_workers", 0, "Processes; 0 for one a core.", lower_bound=0, flag_values=values
    )
    choice("runner", ("local", "beam"), "This machine's processes, or Apache Beam (local).")
    flags.DEFINE_multi_string(
        "beam_option", [], "An option for Beam, such as --beam_option=--runner=FlinkRunner.",
        flag_values=values,
    )  # fmt: skip
    flags.DEFINE_integer(
        "num_shards", 1, "With Beam: files a set is spread over.", lower_bound=1, flag_values=values
    )
    choice("engine", ENGINES, "Our own stages (core), or Magenta's DAG pipelines of the same "
           "stages, with the same result (core).")  # fmt: skip
    return values


ENGINES = ("core", "magenta")


class _Dedupe(flags.ArgumentParser):  # type: ignore[type-arg]
    """A flag that is yes, no or similar."""

    def parse(self, argument: object) -> bool | str:
        """Returns the value."""
        if argument == "similar":
            return "similar"
        return flags.BooleanParser().parse(argument)  # type: ignore[arg-type]


def _engine(name: str | None) -> runner.Engine:
    """Returns what makes the stages."""
    if name != "magenta":
        return process.processor
    from ssc_melody.magenta_layer import preload  # noqa: PLC0415 (takes seconds to import)

    return preload.processor


_OPTION_FLAGS = (
    "eval_ratio", "timing", "polyphony", "min_pitch", "max_pitch", "max_empty_bar_ratio", "dedupe",
    "min_bars", "max_steps", "long_melodies", "min_unique_pitches", "gap_bars",
    "steps_per_quarter", "format",
)  # fmt: skip


def _given(values: flags.FlagValues) -> dict[str, Any]:
    """Returns the flags that become options; None where one is not set."""
    given = {name: values[name].value for name in _OPTION_FLAGS}
    if values.transpose_semitones is not None:
        try:
            given["transpose_semitones"] = tuple(int(text) for text in values.transpose_semitones)
        except ValueError:
            raise OptionError(
                "--transpose_semitones: expected whole numbers such as -2,0,2, got "
                f"{','.join(values.transpose_semitones)!r}"
            ) from None
    return given


def make_job(values: flags.FlagValues, seed: int) -> runner.Job:
    """Returns what the flags ask for.

    Raises:
        OptionError: A value is out of its range.
        SpecError: There is no such config.
    """
    spec, given = spec_from_flags(values), _given(values)
    given["leave_out"] = tuple(str(user_path(path)) for path in values.leave_out)
    return runner.Job(
        raw=options.make_options(spec, raw=True, **given),
        stock=options.make_options(spec, raw=False, **given),
        seed=seed,
        engine=_engine(values.engine),
    )


def _num_workers(wanted: int, work: int) -> int:
    """Returns how many processes are worth their start."""
    return min(wanted or usable_cores(), max(1, work // (2 * runner.CHUNK)))


def _seed(values: flags.FlagValues) -> int:
    return int.from_bytes(os.urandom(4), "little") if values.seed is None else values.seed


def _interrupt(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _settings(values: flags.FlagValues, job: runner.Job, paths: list[str]) -> dict[str, Any]:
    """Returns what report.json notes so that the run can be made again."""
    kinds = {"music_files": job.raw, "note_sequences": job.stock}
    return {
        "input": paths,
        "config": values.config or values.melody_encoder_decoder,
        "hparams": values.hparams,
        "seed": job.seed,
        "engine": values.engine or "core",
        **{kind: dataclasses.asdict(chosen) for kind, chosen in kinds.items()},
    }


def _command(values: flags.FlagValues, others: list[str]) -> None:
    for name in ("input", "output_dir"):
        if not values[name].value:
            raise OptionError(f"--{name} is missing; for instance --input=music --output_dir=data")
    if misspelt := [other for other in others if other.startswith("-")]:
        raise OptionError(f"unexpected argument {misspelt[0]!r}: flags are written --name=value")
    job = make_job(values, _seed(values))
    paths = [values.input, *others]
    output_dir = user_path(values.output_dir)
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, _interrupt)
    settings = _settings(values, job, paths)
    if values.runner == "beam":
        made = _on_beam(values, job, paths, output_dir, settings)
    else:
        made = _here(values, job, paths, output_dir, settings)
    _tell(made, job, output_dir, again=values.seed is None)


def _here(
    values: flags.FlagValues,
    job: runner.Job,
    paths: list[str],
    output_dir: Path,
    settings: dict[str, Any],
) -> report.Report:
    if values.beam_option or values.num_shards != 1:
        raise OptionError("--beam_option and --num_shards need --runner=beam")
    amount = inputs.measure(paths, skip=output_dir)
    workers = _num_workers(values.num_workers, amount.work)
    progress = console.Progress(max(amount.sources, 1), "files or records")
    try:
        return build.build(job, paths, output_dir, workers, settings, progress, progress.begin)
    finally:
        progress.close()


def _on_beam(
    values: flags.FlagValues,
    job: runner.Job,
    paths: list[str],
    output_dir: Path,
    settings: dict[str, Any],
) -> report.Report:
    try:
        from ssc_melody.dataset import beam_runner  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise OptionError(
            f'--runner=beam needs Apache Beam: {error}; pip install "ssc_melody[beam]"'
        ) from error
    given = values.beam_option
    if values.num_workers:
        given = [*given, f"--direct_num_workers={values.num_workers}"]
    return beam_runner.build_on_beam(job, paths, output_dir, given, settings, values.num_shards)


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _tell(made: report.Report, job: runner.Job, output_dir: Path, again: bool) -> None:
    melodies = made.total.melodies
    if not melodies[TRAINING] and job.stock.eval_ratio < 1:
        logger.warning("all melodies are in the eval set: a smaller --eval_ratio or another --seed")
    if not melodies[EVAL] and job.stock.eval_ratio > 0:
        logger.warning(
            "no melody is in the eval set, which holds about %.0f %% of %s: "
            "another --seed or a larger --eval_ratio",
            100 * job.stock.eval_ratio, _number(made.total.pieces, "piece", "pieces"),
        )  # fmt: skip
    for row in made.files:
        if "unreadable" in row:
            logger.warning("%s: %s", row["file"], row["unreadable"])
    if logger.isEnabledFor(logging.INFO):
        rate = melodies.total() / max(made.seconds, 1e-9)
        seed = f" (--seed={job.seed} makes it again)" if again else ""
        print(made.table())
        count = _number(melodies.total(), "melody", "melodies")
        print(
            f"Wrote {count} to {output_dir} in {made.seconds:.1f} s, "
            f"{rate:,.0f} a second{seed}; details in {build.REPORT}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
