"""ssc_melody_evaluate: models against each other, against people and against Markov chains."""

import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import OptionError, printable
from ssc_melody.evaluation import listening, run
from ssc_melody.evaluation.options import EvaluateOptions
from ssc_melody.files import user_path

USAGE = """Compares models with each other, with people and with Markov chains.

  ssc_melody_evaluate --output_dir=report lookback.mag attention.mag run_dir
  ssc_melody_evaluate --input=data --training_input=data --output_dir=report my.mag
  ssc_melody_evaluate --listening_answers answers.json

Writes report.html and report.json: how well the models predict melodies that people wrote, how near
their own come to them, and whether a discriminator can tell. Without a model the shipped bundles
are compared; without --input, on the held-out pieces of the corpus that they were trained on."""

NAMES = {"people": "input", "training": "training_input"}
"""The flags that are called otherwise than the library's arguments."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag, options = Flags(), EvaluateOptions()
    flag.string("output_dir", None, "Folder for the report.")
    flag.string("input", None, "People's melodies: what create_dataset reads, or a data set of "
                "--format=events, whose eval set counts.")  # fmt: skip
    flag.string("training_input", None, "What the models were trained on, for Markov chains and "
                "copies; of a data set, the training set counts.")  # fmt: skip
    flag.string("config", None, "Config of the models that do not say which they have.")
    for name, text in (
        ("num_melodies", "Melodies of each model and decoding, at most."),
        ("num_steps", "Length of a melody in sixteenths, after its primer bar."),
        ("num_fit_melodies", "People's melodies that are predicted, at most."),
        ("seed", "Start of the random numbers; the same seed, the same report."),
    ):
        flag.integer(name, getattr(options, name), text)
    flag.real("temperature", options.temperature, "Of sampling.")
    flag.boolean(
        "turing", options.turing, "Ask whether a discriminator can tell models from people."
    )
    flag.boolean("listening_test", False, "Write listening_test.html too, where people are asked.")
    flag.integer("num_pairs", 24, "Pairs of the listening test.", least=1)
    flag.boolean("listening_answers", False, "Add up the answers of listening tests: FILE.json ...")
    return flag.values


def _options(values: flags.FlagValues) -> EvaluateOptions:
    names = [field.name for field in dataclasses.fields(EvaluateOptions)]
    given: dict[str, Any] = {name: values[name].value for name in names}
    return EvaluateOptions(**given)


def _command(values: flags.FlagValues, others: list[str]) -> None:
    console.no_flags(others)
    if values.listening_answers:
        if not others:
            raise OptionError("expected files of answers: --listening_answers FILE.json ...")
        print(listening.score_table([user_path(other) for other in others]))
        return
    console.needed(values, "--output_dir=report")
    found = run.evaluate(
        others,
        values.input or None,
        values.training_input or None,
        config=values.config,
        options=_options(values),
    )
    written = found.write(values.output_dir, values.num_pairs if values.listening_test else 0)
    print(found)
    logger.info("Wrote %s to %s", ", ".join(written), printable(values.output_dir))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv, NAMES)


if __name__ == "__main__":
    sys.exit(main())
