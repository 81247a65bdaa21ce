"""ssc_melody_train: melody_rnn_train's flags and files, and what people ask for beyond them."""

import hashlib
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.cli.model_flags import given_hparams, spec_from_flags
from ssc_melody.errors import BundleError, OptionError
from ssc_melody.files import read_bytes, user_path
from ssc_melody.formats.checkpoint import latest_checkpoint
from ssc_melody.magenta_layer import shims
from ssc_melody.play import run_config
from ssc_melody.specs import NetworkSpec

if TYPE_CHECKING:  # TensorFlow takes seconds to import, and --help needs none
    from ssc_melody.training.data import Examples
    from ssc_melody.training.loop import Progress

USAGE = """Trains a network on a data set of ssc_melody_create_dataset, or of stock Magenta.

  ssc_melody_train --config=ssc_lookback_rnn --run_dir=run \\
    --sequence_example_file=data/training_melodies.tfrecord \\
    --eval_file=data/eval_melodies.tfrecord --patience=10

Takes every flag of Magenta's melody_rnn_train, and more. A run_dir can be gone on with, by this
command or by stock; what it was started with is in its config.json and need not be given again."""

_MAX_SEED = 2**31 - 1


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    values = flags.FlagValues()
    console.define_common_flags(values)

    def string(name: str, default: str | None, text: str) -> None:
        flags.DEFINE_string(name, default, text, flag_values=values)

    def integer(name: str, default: int | None, text: str, low: int = 0) -> None:
        flags.DEFINE_integer(name, default, text, lower_bound=low, flag_values=values)

    def real(name: str, default: float, text: str) -> None:
        flags.DEFINE_float(name, default, text, lower_bound=0.0, flag_values=values)

    def boolean(name: str, default: bool, text: str) -> None:
        flags.DEFINE_boolean(name, default, text, flag_values=values)

    string("config", None, "Config, such as attention_rnn or ssc_lookback_rnn.")
    string(
        "melody_encoder_decoder", None, "Instead of --config, an encoding: onehot, lookback or key."
    )
    string("generator_id", None, "Id of bundles made of the run; the config's name if not given.")
    string("generator_description", None, "Description of the generator in such bundles.")
    string("hparams", "", "Comma-separated name=value pairs that override the config's.")
    string("run_dir", None, "Folder of the run: train/, eval/, best/, config.json, curves.png.")
    string("sequence_example_file", None,
           "TFRecord of SequenceExamples or of events, or a pattern; with --eval what to "
           "evaluate on.")  # fmt: skip
    integer("num_training_steps", 0, "The step to end at; 0 for no end.")
    integer("num_eval_examples", 0, "Melodies to evaluate on, the first ones; 0 for all.")
    integer("summary_frequency", 10, "Steps between summaries.", low=1)
    integer("num_checkpoints", 10, "Latest checkpoints to keep; 0 for all.")
    boolean("eval", False, "Only evaluate the run's checkpoints, as they come.")
    real("eval_timeout", 300, "With --eval, seconds to wait for a new checkpoint; 0 for none.")
    string("eval_file", None, "Eval data, like --sequence_example_file: evaluate while training "
           "and keep the best weights in run_dir/best.")  # fmt: skip
    integer("eval_every", 0, "Steps between evals; 0 for once an epoch (50 steps at least).")
    integer("patience", 0, "End after so many evals without a better one; 0 for no such end.")
    string("warm_start_bundle_file", None, "A .mag whose weights a new run begins with.")
    integer("seed", None, "Start of all random numbers; the same seed repeats a run on a CPU.")
    real("max_minutes", 0, "End after so many minutes; 0 for no such end.")
    real("save_checkpoint_secs", 60, "Seconds between checkpoints.")
    boolean("jit", True, "Let XLA compile the network: some seconds first, then twice as fast.")
    return values


class _Line(console.Progress):
    """The progress line of a training run."""

    def __init__(self, total: int, max_minutes: float) -> None:
        super().__init__(total, "steps")
        self.max_seconds = 60 * max_minutes
        self.first = -1
        self.progress: Progress | None = None

    def update(self, progress: "Progress") -> None:
        """Takes note of a finished step."""
        if self.first < 0:
            self.first, self.start = progress.step - 1, time.monotonic()
        self.progress = progress
        self(1)

    def _show(self, seconds: float) -> None:
        if self.progress is None:
            return
        now, wait = self.progress, self._left(seconds)
        left = f", {_clock(wait)} left" if wait is not None else ""
        of = f" of {self.total:,}" if self.total else ""
        rate = now.events / now.seconds if now.seconds else 0.0
        self._print(
            f"step {now.step:,}{of}, loss {now.loss:.4f}, perplexity per step "
            f"{math.exp(min(now.loss, 99.0)):.3f}, {rate:,.0f} events/s{left}"
        )

    def _left(self, seconds: float) -> float | None:
        """Returns the seconds until the run ends, as far as that is known."""
        assert self.progress is not None
        known = []
        if self.total and seconds:
            a_step = seconds / max(1, self.progress.step - self.first)
            known.append(a_step * (self.total - self.progress.step))
        if self.max_seconds:
            known.append(max(0.0, self.max_seconds - seconds))
        return min(known, default=None)

    def _print(self, text: str) -> None:
        start, end = ("\r\x1b[K", "") if self.terminal else ("", "\n")
        print(start + text, end=end, file=sys.stderr, flush=True)
        self.shown = self.terminal


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _check_flags(values: flags.FlagValues, others: list[str]) -> None:
    if others:
        raise OptionError(f"unexpected argument {others[0]!r}: flags are written --name=value")
    for name, example in (
        ("run_dir", "run"),
        ("sequence_example_file", "data/training_melodies.tfrecord"),
    ):
        if not values[name].value:
            raise OptionError(f"--{name} is missing; for instance --{name}={example}")
    if not values.eval_file:
        for name in ("patience", "eval_every"):
            if values[name].value:
                raise OptionError(f"--{name} needs --eval_file, the data to evaluate on")
    if values.seed is not None and values.seed > _MAX_SEED:
        raise OptionError(f"--seed: expected 0 to {_MAX_SEED}, got {values.seed}")


def _check_run(values: flags.FlagValues, run_dir: Path, run: run_config.RunConfig) -> None:
    """Compares what the run says of itself with every flag that says something else."""
    config = values.config or values.melody_encoder_decoder
    run_config.check(run_dir, run, config, given_hparams(values, run.spec), values.seed)
    for flag, found in (("id", run.spec.name), ("description", run.spec.description)):
        asked = values[f"generator_{flag}"].value
        if asked not in (None, found):
            raise OptionError(
                f"{run_dir / run_config.NAME}: this run has the generator {flag} {found!r}, "
                f"--generator_{flag} says {asked!r}; leave the flag out, and give it on exporting"
            )
    if values.warm_start_bundle_file and run.warm_start != _sha256(values.warm_start_bundle_file):
        raise OptionError(
            f"{run_dir / run_config.NAME}: this run began with the weights of "
            f"{run.warm_start or 'no bundle'}, --warm_start_bundle_file says "
            f"{values.warm_start_bundle_file}; leave the flag out, or name another --run_dir"
        )


def _sha256(path: str) -> str:
    return hashlib.sha256(read_bytes(user_path(path), BundleError)).hexdigest()


def _new_run(
    values: flags.FlagValues, spec: NetworkSpec, facts: dict[str, Any], resumed: bool
) -> run_config.RunConfig:
    if resumed and values.warm_start_bundle_file:
        raise OptionError(
            f"--warm_start_bundle_file: {values.run_dir} has checkpoints, and a run goes on from "
            "its own; name a new --run_dir"
        )
    seed = int.from_bytes(os.urandom(4), "little") & _MAX_SEED
    return run_config.RunConfig(
        config=values.config or values.melody_encoder_decoder,
        spec=spec,
        seed=seed if values.seed is None else values.seed,
        data=facts,
        warm_start=_sha256(values.warm_start_bundle_file) if values.warm_start_bundle_file else "",
        versions=run_config.versions(),
    )


def _load(pattern: str, flag: str, spec: NetworkSpec) -> "tuple[Examples, dict[str, Any]]":
    """Returns a data set, and what config.json says of it."""
    from ssc_melody.training import data  # noqa: PLC0415

    paths = data.find_files(pattern, flag)
    examples = data.load(paths, spec)
    return examples, {
        "sha256": data.fingerprint(paths),
        "files": [path.name for path in paths],
        "melodies": len(examples.lengths),
        "events": sum(examples.lengths),
    }


def _evaluate(values: flags.FlagValues, run_dir: Path, spec: NetworkSpec) -> None:
    latest_checkpoint(run_dir / "train")  # its complaint before anything is read
    with shims.quiet_import():
        from ssc_melody.training import evaluation  # noqa: PLC0415

    examples, _ = _load(values.sequence_example_file, "sequence_example_file", spec)
    examples = examples.first(values.num_eval_examples)
    found = evaluation.watch(run_dir, spec, examples, values.eval_timeout, values.jit)
    print(evaluation.table(found))


def _train(
    values: flags.FlagValues, run_dir: Path, spec: NetworkSpec, run: run_config.RunConfig | None
) -> None:
    with shims.quiet_import():
        from ssc_melody.network import variables  # noqa: PLC0415
        from ssc_melody.training import checkpoints, loop  # noqa: PLC0415

    examples, facts = _load(values.sequence_example_file, "sequence_example_file", spec)
    held_out = None
    if values.eval_file:
        held_out, _ = _load(values.eval_file, "eval_file", spec)
        held_out = held_out.first(values.num_eval_examples)
    state = checkpoints.latest_state(run_dir / "train", spec)
    if run is None:
        run = _new_run(values, spec, facts, resumed=state is not None)
    else:
        run_config.check_data(run_dir, run, facts["sha256"])
    if state is None:
        if run.warm_start and not values.warm_start_bundle_file:
            raise OptionError(
                f"{run_dir / run_config.NAME}: this run was to begin with a bundle's weights and "
                "ended before its first checkpoint; give --warm_start_bundle_file again"
            )
        state = variables.initial_state(spec, run.seed)
        if values.warm_start_bundle_file:
            bundle = user_path(values.warm_start_bundle_file)
            state = checkpoints.warm_start(bundle, spec, state)
    run_config.write(run_dir, run)
    logger.info(
        "%s melodies, %s events; seed %s; from step %s; on %s",
        f"{facts['melodies']:,}", f"{facts['events']:,}", run.seed,
        f"{int(state['global_step']):,}", loop.device(),
    )  # fmt: skip
    line = _Line(values.num_training_steps, values.max_minutes)
    options = loop.Options(
        num_training_steps=values.num_training_steps,
        summary_frequency=values.summary_frequency,
        num_checkpoints=values.num_checkpoints,
        save_checkpoint_secs=values.save_checkpoint_secs,
        eval_every=values.eval_every,
        patience=values.patience,
        max_minutes=values.max_minutes,
        jit=values.jit,
    )
    try:
        outcome = loop.train(
            run_dir, spec, run.seed, state, examples, held_out, options, line.update
        )
    finally:
        line.close()
    best = outcome.best
    told = f"; best eval loss {best[1]:.4f} at step {best[0]:,}, in best/" if best else ""
    print(f"Trained {outcome.step:,} steps into {run_dir}: {outcome.reason}{told}")
    if outcome.interrupted:
        raise KeyboardInterrupt


def _command(values: flags.FlagValues, others: list[str]) -> None:
    _check_flags(values, others)
    run_dir = user_path(values.run_dir)
    run = run_config.read(run_dir)
    if run is not None:
        _check_run(values, run_dir, run)
    spec = run.spec if run is not None else spec_from_flags(values)
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # in case Magenta is imported later
    if values.eval:
        _evaluate(values, run_dir, spec)
    else:
        _train(values, run_dir, spec, run)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
