"""ssc_melody_evaluate: models against each other, against people and against Markov chains."""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy; threads spread the work

from pathlib import Path

import numpy as np
from absl import flags

from ssc_melody import __version__
from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.errors import BundleError, DataError, OptionError
from ssc_melody.evaluation import listening, melodies, page, text, turing
from ssc_melody.evaluation.compare import Evaluation, Settings
from ssc_melody.evaluation.players import NetworkPlayer
from ssc_melody.files import near_names, read_bytes, user_path, write_bytes
from ssc_melody.play.loading import load_bundle, load_checkpoint, run_folder
from ssc_melody.play.model import Model
from ssc_melody.play.shipped import shipped_files

USAGE = """Compares models with each other, with people and with Markov chains.

  ssc_melody_evaluate --output_dir=report lookback.mag attention.mag run_dir
  ssc_melody_evaluate --input=data --training_input=data --output_dir=report my.mag
  ssc_melody_evaluate --listening_answers answers.json

Writes report.html and report.json: how well the models predict melodies that people wrote, how near
their own come to them, and whether a discriminator can tell. Without a model the shipped bundles
are compared; without --input, on the held-out pieces of the corpus that they were trained on."""

SHIPPED = "corpus_eval.events", "corpus_train.events"


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    values = flags.FlagValues()
    console.define_common_flags(values)

    def string(name: str, default: str | None, meaning: str) -> None:
        flags.DEFINE_string(name, default, meaning, flag_values=values)

    def integer(name: str, default: int, meaning: str, least: int) -> None:
        flags.DEFINE_integer(name, default, meaning, least, flag_values=values)

    def boolean(name: str, default: bool, meaning: str) -> None:
        flags.DEFINE_boolean(name, default, meaning, flag_values=values)

    string("output_dir", None, "Folder for the report.")
    string(
        "input", None, "People's melodies: what create_dataset reads, or a data set of "
        "--format=events, whose eval set counts.",
    )  # fmt: skip
    string(
        "training_input", None, "What the models were trained on, for Markov chains and copies; "
        "of a data set, the training set counts.",
    )  # fmt: skip
    string("config", None, "Config of the models that do not say which they have.")
    integer("num_melodies", 300, "Melodies of each model and decoding, at most.", 2)
    integer("num_steps", 112, "Length of a melody in sixteenths, after its primer bar.", 16)
    integer("num_fit_melodies", 500, "People's melodies that are predicted, at most.", 2)
    flags.DEFINE_float("temperature", 1.0, "Of sampling.", flag_values=values)
    integer("seed", 0, "Start of the random numbers; the same seed, the same report.", 0)
    boolean("turing", True, "Ask whether a discriminator can tell models from people.")
    boolean("listening_test", False, "Write listening_test.html too, where people are asked.")
    integer("num_pairs", 24, "Pairs of the listening test.", 1)
    boolean("listening_answers", False, "Add up the answers of listening tests: FILE.json ...")
    return values


def _load(path: str, config: str | None) -> Model:
    file = user_path(path)
    if not os.path.lexists(file) and not list(file.parent.glob(f"{file.name}.*")):
        raise DataError(f"no such file or folder: {file}{near_names(file)}")
    if file.suffix == ".mag":
        return load_bundle(file, config)
    return load_checkpoint(file, config)


def _players(
    paths: Sequence[str], config: str | None, temperature: float
) -> tuple[list[NetworkPlayer], list[dict[str, Any]]]:
    """Returns the models under names that differ, and what the report says of them."""
    loaded = [(user_path(path), _load(path, config)) for path in paths]
    names: list[str] = []
    for path, _ in loaded:
        name = path.stem if path.suffix == ".mag" else run_folder(path.resolve()).name
        if name in names:
            name = f"{path.resolve().parent.name}/{name}"
        count = sum(other.partition(" #")[0] == name for other in names)
        names.append(f"{name} #{count + 1}" if count else name)
    players = [
        NetworkPlayer(name, model, temperature)
        for name, (_, model) in zip(names, loaded, strict=True)
    ]
    described = [
        {
            "name": player.name,
            "config": player.model.spec.name,
            "sha256": _sha256(path) if path.is_file() else None,
        }
        for player, (path, _) in zip(players, loaded, strict=True)
    ]
    return players, described


def _sha256(path: Path) -> str:
    return hashlib.sha256(read_bytes(path, BundleError)).hexdigest()


def _models(paths: Sequence[str]) -> Sequence[str]:
    """Returns what is compared: the paths given, or the shipped bundles."""
    shipped = [str(path) for path in shipped_files("ssc_*.mag")]
    if not paths and not shipped:
        raise OptionError(
            "expected a bundle or run_dir: ssc_melody_evaluate --output_dir=out FILE.mag"
        )
    return paths or shipped


def _people(values: flags.FlagValues) -> melodies.MelodySet:
    path = values.input or next(iter(shipped_files(SHIPPED[0])), None)
    if path is None:
        raise OptionError("--input is missing: people's melodies, such as --input=midi_folder")
    found = melodies.read(path, "eval")
    if not found.known_pieces:
        logger.warning(
            "%s does not say which melodies are of one piece: each counts as a piece of its own, "
            "and intervals come out too narrow", path,
        )  # fmt: skip
    return found


def _training(values: flags.FlagValues) -> melodies.MelodySet | None:
    shipped = [] if values.input else shipped_files(SHIPPED[1])
    path = values.training_input or next(iter(shipped), None)
    if path is None:
        logger.warning(
            "no --training_input: no Markov chains to compare with, and no search for copies"
        )
        return None
    return melodies.read(path, "training")


def _command(values: flags.FlagValues, others: list[str]) -> None:
    if misspelt := [other for other in others if other.startswith("-")]:
        raise OptionError(f"unexpected argument {misspelt[0]!r}: flags are written --name=value")
    if values.listening_answers:
        if not others:
            raise OptionError("expected files of answers: --listening_answers FILE.json ...")
        print(listening.score_table([user_path(other) for other in others]))
        return
    if not values.output_dir:
        raise OptionError("--output_dir is missing; for instance --output_dir=report")
    if not 0 < values.temperature < float("inf"):
        raise OptionError(f"--temperature: expected a number above 0, got {values.temperature}")
    if values.turing:
        turing.check_installed()
    players, described = _players(_models(others), values.config, values.temperature)
    settings = Settings(
        num_melodies=values.num_melodies,
        num_steps=values.num_steps,
        num_fit_melodies=values.num_fit_melodies,
        temperature=values.temperature,
        seed=values.seed,
        turing=values.turing,
    )
    evaluation = Evaluation(players, _people(values), _training(values), settings, logger.info)
    evaluation.run()
    content = evaluation.content | {
        "models": described,
        "versions": {"ssc_melody": __version__, "numpy": np.__version__},
    }
    folder = user_path(values.output_dir)
    written = ["report.html", "report.json"]
    write_bytes(folder / "report.json", (json.dumps(content, indent=1) + "\n").encode())
    write_bytes(folder / "report.html", page.to_html(content).encode())
    if values.listening_test:
        written.append("listening_test.html")
        test = listening.make_test(evaluation, values.num_pairs)
        write_bytes(folder / written[-1], listening.to_html(test).encode())
    print(text.report(content))
    logger.info("Wrote %s to %s", ", ".join(written), folder)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
