"""ssc_hrnn_train: a hierarchy of models, trained level by level on melodies in 4/4."""

import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.cli.flags import Flags
from ssc_melody.cli.progress import TrainLine, counted
from ssc_melody.play.hierarchy_file import save_hierarchy
from ssc_melody.training import hierarchy
from ssc_melody.training.options import TrainOptions

USAGE = """Trains a hierarchy of three networks: bar profiles, beat profiles, notes (HRNN).

  ssc_melody_create_dataset --config=ssc_lookback_rnn --input=music --output_dir=data \\
    --format=events --metres=4/4
  ssc_hrnn_train --run_dir=run --sequence_example_file=data/training_melodies.events \\
    --eval_file=data/eval_melodies.events --patience=10 --bundle_file=mine.hrnn

Profiles are the clusters of the training melodies' rhythms. Each level is a run of its own in
--run_dir, and limits are those of each; the same command goes on where one has ended."""

NAMES = {"data": "sequence_example_file", "eval_data": "eval_file"}
"""The flags that the library calls otherwise."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag, options = Flags(), TrainOptions()
    flag.string("run_dir", None, "Folder of the runs: bars/, beats/, notes/.")
    flag.string("sequence_example_file", None, "File of events of melodies in 4/4, or a pattern.")
    flag.string("eval_file", None, "Eval data: keep the best weights of each level.")
    flag.string("bundle_file", None, "Write the hierarchy to this file (.hrnn) in the end.")
    flag.string("hparams", "", "Comma-separated name=value pairs, for all levels.")
    flag.integer("layers", 3, "Levels: 3; 2 without bars; 1 with notes alone.", least=1, most=3)
    flag.integer("bar_profiles", 16, "Clusters of the rhythms of bars.", least=1, most=256)
    flag.integer("beat_profiles", 8, "Clusters of the rhythms of beats.", least=1, most=16)
    flag.integer("seed", 0, "Start of all random numbers.", least=0)
    for name, text in (
        ("num_training_steps", "The step at which each level ends; 0 for no end."),
        ("summary_frequency", "Steps between summaries."),
        ("num_checkpoints", "Latest checkpoints to keep; 0 for all."),
        ("eval_every", "Steps between evals; 0 for once an epoch (50 steps at least)."),
        ("patience", "End a level after so many evals without a better one; 0 for no such end."),
    ):
        flag.integer(name, getattr(options, name), text)
    flag.real("max_minutes", options.max_minutes, "End each level after so many minutes; 0 for "
              "no such end.")  # fmt: skip
    flag.real("average_decay", 0.99, "Share that stays, at a step, of a moving average of the "
              "weights, which is what is evaluated and kept; 0 for the weights.")  # fmt: skip
    flag.boolean("jit", options.jit, "Let XLA compile the network.")
    return flag.values


def _command(values: flags.FlagValues, others: list[str]) -> None:
    console.no_arguments(others)
    console.needed(values, "--run_dir=run --sequence_example_file=data/training_melodies.events")
    names = [field.name for field in dataclasses.fields(TrainOptions)]
    given: dict[str, Any] = {name: values[name].value for name in names if name in values}
    line = TrainLine(values.num_training_steps, values.max_minutes)
    try:
        outcomes = hierarchy.train_hierarchy(
            values.run_dir,
            values.sequence_example_file,
            layers=values.layers,
            eval_data=values.eval_file or None,
            hparams=values.hparams,
            bar_profiles=values.bar_profiles,
            beat_profiles=values.beat_profiles,
            options=TrainOptions(**given),
            seed=values.seed,
            told=lambda level: logger.info("Level %s:", level),
            progress=line.update,
        )
    finally:
        line.close()
    for level, outcome in outcomes.items():
        best = outcome.best
        told = f"; best eval loss {best[1]:.4f} at step {best[0]:,}" if best else ""
        reason = console.as_flags(outcome.reason, values)
        print(f"Trained {level} for {counted(outcome.step, 'step', 'steps')}: {reason}{told}")
    if any(outcome.interrupted for outcome in outcomes.values()):
        raise KeyboardInterrupt
    if values.bundle_file:
        save_hierarchy(values.run_dir, values.bundle_file)
        print(f"Wrote {values.bundle_file}")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv, NAMES)


if __name__ == "__main__":
    sys.exit(main())
