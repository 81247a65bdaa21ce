"""One call from models to a report: what ssc_melody_evaluate does, for Python."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ssc_melody.constants import VERSION
from ssc_melody.errors import BundleError, DataError, OptionError, printable
from ssc_melody.evaluation import copy_index, listening, melodies, page, samples, text, turing
from ssc_melody.evaluation.compare import Evaluation
from ssc_melody.evaluation.copy_index import CopyIndex
from ssc_melody.evaluation.melodies import MelodySet
from ssc_melody.evaluation.options import EvaluateOptions
from ssc_melody.evaluation.players import NetworkPlayer
from ssc_melody.families import all_specs
from ssc_melody.files import near_names, read_bytes, user_path, write_bytes
from ssc_melody.play.loading import load, melodies_only, run_folder
from ssc_melody.play.model import Model
from ssc_melody.play.shipped import shipped_files
from ssc_melody.specs import SPECS

logger = logging.getLogger("ssc_melody")

SHIPPED = "corpus_eval.events", "corpus_train.events"
"""Held-out melodies of the shipped bundles' corpus, and some of those that they were trained on."""

COPIES = "corpus_train.copies"
"""What finds copies of all of them."""

PathLike = str | os.PathLike[str]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What came of comparing models.

    Attributes:
        content: All numbers, as report.json has them.
        evaluation: What was played, for the listening test.
    """

    content: dict[str, Any]
    evaluation: Evaluation

    def __str__(self) -> str:
        """Returns the tables of the report as text."""
        return text.report(self.content)

    def to_json(self) -> str:
        """Returns the content of report.json."""
        return json.dumps(self.content, indent=1) + "\n"

    def to_html(self) -> str:
        """Returns the report as a page that needs no other file."""
        return page.to_html(self.content, samples.section(self.evaluation.played))

    def listening_test(self, num_pairs: int = 24) -> str:
        """Returns a page on which people say which of two melodies a person wrote.

        Args:
            num_pairs: Pairs that are asked about.
        """
        return listening.to_html(listening.make_test(self.evaluation, num_pairs))

    def write(self, folder: PathLike, num_pairs: int = 0) -> list[str]:
        """Writes report.json and report.html, and listening_test.html for pairs, into a folder.

        Returns:
            The names of the files.

        Raises:
            SscMelodyError: They cannot be written.
        """
        contents = {"report.html": self.to_html(), "report.json": self.to_json()}
        if num_pairs:
            contents["listening_test.html"] = self.listening_test(num_pairs)
        for name, content in contents.items():
            write_bytes(user_path(folder) / name, content.encode())
        return list(contents)


def evaluate(
    models: PathLike | Model | Sequence[PathLike | Model] = (),
    people: PathLike | None = None,
    training: PathLike | None = None,
    *,
    config: str | None = None,
    options: EvaluateOptions | None = None,
    progress: Callable[[str], None] = logger.info,
) -> Comparison:
    """Compares models with each other, with people and with Markov chains.

    Args:
        models: Bundles (.mag), checkpoints, run_dirs, names of bundles that ship, or loaded
            models; none for all bundles that ship.
        people: Melodies that people wrote and the models were not trained on: what
            `create_dataset` reads, or a data set of events, whose eval set counts; None for the
            held-out part of the shipped bundles' corpus.
        training: What the models were trained on, for Markov chains and copies; of a data set the
            training set counts; None for that of the shipped bundles (a part of it for the chains,
            an index of all of it for copies), or for none if `people` is given.
        config: Config of the models that do not say which they have.
        options: How they are compared.
        progress: Told what is being done.

    Raises:
        OptionError: There are no melodies or no models, or an argument is out of range.
        BundleError: A model cannot be read.
        DataError: Melodies cannot be read, or are too short or too few.
        SscMelodyError: The package scikit-learn is not installed, and the Turing test is wanted.
    """

    options = options or EvaluateOptions()
    if options.turing:
        turing.check_installed()
    players, described = _players(_models(models), config, options.temperature)
    found = _people(people)
    copies = None if people or training else _copies()
    known = _training(training, people)
    evaluation = Evaluation(players, found, known, options, progress, copies)
    evaluation.run()
    content = evaluation.content | {
        "models": described,
        "versions": {"ssc_melody": VERSION, "numpy": np.__version__},
    }
    return Comparison(content, evaluation)


def _models(
    given: PathLike | Model | Sequence[PathLike | Model],
) -> Sequence[PathLike | Model]:
    """Returns what is compared: what is given, or the shipped bundles."""
    models = [given] if isinstance(given, str | os.PathLike | Model) else list(given)
    models = models or [path for path in shipped_files("ssc_*.mag") if path.stem in SPECS]
    if not models:
        raise OptionError("models: expected a bundle (FILE.mag) or a run_dir, got none")
    return models


def _load(each: PathLike | Model, config: str | None) -> tuple[Model, Path]:
    """Returns a model and the file or folder that it is from."""
    if isinstance(each, Model):
        return each, Path(each.source)
    path = user_path(each)
    there = os.path.lexists(path) or any(path.parent.glob(f"{path.name}.*"))
    if not there and os.fspath(each) not in all_specs():
        raise DataError(f"no such file or folder: {path}{near_names(path)}")
    model = load(each, config)
    return model, path if there else Path(model.source)


def _name(source: Path, names: Sequence[str]) -> str:
    """Returns a name for a model that no other has yet."""
    full = source.resolve()
    name = source.stem if source.suffix == ".mag" else run_folder(full).name
    if name in names:
        name = f"{full.parent.name}/{name}"
    count = sum(other.partition(" #")[0] == name for other in names)
    return printable(f"{name} #{count + 1}" if count else name)


def _players(
    given: Sequence[PathLike | Model], config: str | None, temperature: float
) -> tuple[list[NetworkPlayer], list[dict[str, Any]]]:
    """Returns the models under names that differ, and what the report says of them."""
    players: list[NetworkPlayer] = []
    described = []
    for each in given:
        model, source = _load(each, config)
        melodies_only(model.spec, str(source))
        if model.family.condition is not None:
            raise BundleError(
                f"{source}: {model.spec.label} makes melodies on chords, and the corpus has none"
            )
        name = _name(source, [player.name for player in players])
        players.append(NetworkPlayer(name, model, temperature))
        digest = None
        if source.is_file():
            digest = hashlib.sha256(read_bytes(source, BundleError)).hexdigest()
        described.append({"name": name, "config": model.spec.name, "sha256": digest})
    return players, described


def _people(path: PathLike | None) -> MelodySet:
    path = path or next(iter(shipped_files(SHIPPED[0])), None)
    if path is None:
        raise OptionError("people: expected melodies that people wrote, such as a folder of music")
    found = melodies.read(path, "eval")
    if not found.known_pieces:
        logger.warning(
            "%s does not say which melodies are of one piece: each counts as a piece of its own, "
            "and intervals come out too narrow", path,
        )  # fmt: skip
    return found


def _training(path: PathLike | None, people: PathLike | None) -> MelodySet | None:
    shipped = [] if people else shipped_files(SHIPPED[1])
    path = path or next(iter(shipped), None)
    if path is None:
        logger.warning("no `training`: no Markov chains to compare with, and no search for copies")
        return None
    return melodies.read(path, "training")


def _copies() -> CopyIndex | None:
    path = next(iter(shipped_files(COPIES)), None)
    return None if path is None else copy_index.read(path)
