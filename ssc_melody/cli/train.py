"""ssc_melody_train: melody_rnn_train's flags and files, and what people ask for beyond them."""

import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
from ssc_melody.cli.model_flags import define_range_flags
from ssc_melody.cli.progress import TrainLine, counted
from ssc_melody.errors import OptionError
from ssc_melody.training import history, run
from ssc_melody.training.options import TrainOptions

USAGE = """Trains a network on a data set of ssc_melody_create_dataset, or of stock Magenta.

  ssc_melody_train --config=ssc_lookback_rnn --run_dir=run \\
    --sequence_example_file=data/training_melodies.tfrecord \\
    --eval_file=data/eval_melodies.tfrecord --patience=10

Takes every flag of Magenta's melody_rnn_train, and more. A run_dir can be gone on with, by this
command or by stock; what it was started with is in its config.json and need not be given again."""

NAMES = {
    "data": "sequence_example_file",
    "eval_data": "eval_file",
    "warm_start": "warm_start_bundle_file",
}
"""The flags that stock calls otherwise than the library calls its arguments."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag, options = Flags(), TrainOptions()
    flag.string("config", None, "Config, such as attention_rnn or ssc_lookback_rnn.")
    flag.string(
        "melody_encoder_decoder", None, "Instead of --config, an encoding: onehot, lookback or key."
    )
    flag.string(
        "generator_id", None, "Id of bundles made of the run; the config's name if not given."
    )
    flag.string("generator_description", None, "Description of the generator in such bundles.")
    define_range_flags(flag)
    flag.string("hparams", "", "Comma-separated name=value pairs that override the config's.")
    flag.string(
        "run_dir", None, "Folder of the run: train/, eval/, best/, config.json, curves.png."
    )
    flag.string("sequence_example_file", None,
                "TFRecord of SequenceExamples or of events, or a pattern; with --eval what to "
                "evaluate on.")  # fmt: skip
    flag.string("eval_file", None, "Eval data, like --sequence_example_file: evaluate while "
                "training and keep the best weights in run_dir/best.")  # fmt: skip
    flag.string("warm_start_bundle_file", None, "A .mag whose weights a new run begins "
                "with; another pitch range fits too.")  # fmt: skip
    flag.integer("seed", None, "Start of all random numbers; the same seed repeats a run on a CPU.")
    flag.boolean("eval", False, "Only evaluate the run's checkpoints, as they come.")
    flag.real("eval_timeout", 300, "With --eval, seconds to wait for a new checkpoint; 0 for none.")
    for name, text in (
        ("num_training_steps", "The step to end at; 0 for no end."),
        ("num_eval_examples", "Melodies to evaluate on, the first ones; 0 for all."),
        ("summary_frequency", "Steps between summaries."),
        ("num_checkpoints", "Latest checkpoints to keep; 0 for all."),
        ("eval_every", "Steps between evals; 0 for once an epoch (50 steps at least)."),
        ("patience", "End after so many evals without a better one; 0 for no such end."),
    ):
        flag.integer(name, getattr(options, name), text)
    flag.real("max_minutes", options.max_minutes, "End after so many minutes; 0 for no such end.")
    flag.real("save_checkpoint_secs", options.save_checkpoint_secs, "Seconds between checkpoints.")
    flag.real("learning_rate_half_life", options.learning_rate_half_life,
              "Steps in which the learning rate halves; 0 for never.")  # fmt: skip
    flag.real("average_decay", options.average_decay, "Share that stays, at a step, of a moving "
              "average of the weights, which is what is evaluated and kept as best, such as 0.99; "
              "0 for the weights themselves.")  # fmt: skip
    flag.string("source_weights", options.source_weights, "How often melodies come up by the "
                "beginning of their piece's name, such as mozart.zip=2,dance_tunes=0.5; 1 for the "
                "others.")  # fmt: skip
    flag.boolean("bfloat16", options.bfloat16, "Round what large products multiply to bfloat16: "
                 "faster where the CPU has it; losses differ in the third digit.")  # fmt: skip
    flag.boolean(
        "jit", options.jit, "Let XLA compile the network: some seconds first, then twice as fast."
    )
    return flag.values


def _options(values: flags.FlagValues) -> TrainOptions:
    names = [field.name for field in dataclasses.fields(TrainOptions)]
    given: dict[str, Any] = {name: values[name].value for name in names}
    return TrainOptions(**given)


def _config(values: flags.FlagValues) -> str | None:
    if values.config and values.melody_encoder_decoder:
        raise OptionError("expected one of --config and --melody_encoder_decoder, got both")
    return values.config or values.melody_encoder_decoder or None


def _evaluate(values: flags.FlagValues) -> None:
    opened = run.Run.open(values.run_dir, _config(values), values.hparams)
    found = opened.evaluate(values.sequence_example_file, _options(values), values.eval_timeout)
    print(history.in_words(found))


def _train(values: flags.FlagValues) -> None:
    line = TrainLine(values.num_training_steps, values.max_minutes)
    try:
        outcome = run.train(
            values.run_dir,
            _config(values),
            values.sequence_example_file,
            eval_data=values.eval_file or None,
            hparams=values.hparams,
            min_note=values.min_note,
            max_note=values.max_note,
            generator_id=values.generator_id,
            generator_description=values.generator_description,
            options=_options(values),
            seed=values.seed,
            warm_start=values.warm_start_bundle_file or None,
            progress=line.update,
        )
    finally:
        line.close()
    best = outcome.best
    told = f"; best eval loss {best[1]:.4f} at step {best[0]:,}, in best/" if best else ""
    reason = console.as_flags(outcome.reason, values)
    steps = counted(outcome.step, "step", "steps")
    print(f"Trained {steps} into {values.run_dir}: {reason}{told}")
    if outcome.interrupted:
        raise KeyboardInterrupt


def _command(values: flags.FlagValues, others: list[str]) -> None:
    console.no_arguments(others)
    console.needed(values, "--run_dir=run --sequence_example_file=data/training_melodies.tfrecord")
    if values.eval:
        _evaluate(values)
    else:
        _train(values)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv, NAMES)


if __name__ == "__main__":
    sys.exit(main())
