"""The life of a run: new, gone on with, or begun with a bundle's weights; and what contradicts it.

A run is a folder. run_dir/config.json says what it was started with, and a later call need not say
it again, but may not say otherwise: neither another config, hyperparameter or seed, nor other data.
Stock's runs have no config.json; they can be gone on with where the config is named.

Importing this module imports no TensorFlow.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssc_melody.errors import BundleError, OptionError
from ssc_melody.files import read_bytes, user_path
from ssc_melody.formats.checkpoint import latest_checkpoint
from ssc_melody.play import run_config
from ssc_melody.play.loading import load_checkpoint
from ssc_melody.specs import NetworkSpec
from ssc_melody.training import checkpoints, history, imports, weights
from ssc_melody.training.asked import MAX_SEED, Asked, Config, spec_of_run
from ssc_melody.training.data import Examples, Patterns, find_files, fingerprint, load
from ssc_melody.training.options import Outcome, Progress, TrainOptions

if TYPE_CHECKING:
    from ssc_melody.play.model import Model

logger = logging.getLogger("ssc_melody")

PathLike = str | os.PathLike[str]


@dataclasses.dataclass(frozen=True)
class Run:
    """A run that exists.

    Attributes:
        folder: Its run_dir.
        spec: Its config, with the run's hyperparameters.
        config: What its config.json says; None for stock's runs, which have none.
    """

    folder: Path
    spec: NetworkSpec
    config: run_config.RunConfig | None

    @classmethod
    def open(cls, run_dir: PathLike, config: Config = None, hparams: str = "") -> Run:
        """Opens a run_dir of ours, or one of stock's with the config that it was trained with.

        Args:
            run_dir: The folder, with checkpoints in `train`.
            config: A config, its name, or an encoding's; None where the run says it.
            hparams: Hyperparameters, such as 'rnn_layer_sizes=[64,64]'.

        Raises:
            OptionError: The run says otherwise, or there is none yet.
            SpecError: There is no such config.
            SscMelodyError: Its config.json is damaged.
        """
        folder = user_path(run_dir)
        if not folder.is_dir():
            raise OptionError(f"run_dir: there is no run at {folder} yet: train first")
        found = run_config.read(folder)
        spec = spec_of_run(folder, found, Asked(config, hparams))
        latest_checkpoint(folder / "train")
        return cls(folder, spec, found)

    @property
    def step(self) -> int:
        """Steps trained, by the latest checkpoint."""
        step = re.search(r"-(\d+)$", latest_checkpoint(self.folder / "train").name)
        return int(step[1]) if step else 0

    @property
    def best(self) -> tuple[int, float] | None:
        """(Step, loss per step in nats) of the best eval, whose weights are in `best`, or None."""
        return history.History(self.folder).best()

    def losses(self, kind: str) -> list[tuple[int, float]]:
        """Returns (step, loss per step in nats) as measured: of 'train' or of 'eval'."""
        return history.History(self.folder).of(kind)

    def model(self, best: bool = False) -> Model:
        """Loads the latest weights, or those of the best eval, as a model that plays.

        Raises:
            BundleError: There are none, or they are damaged.
        """
        return load_checkpoint(self.folder / ("best" if best else "train"), self.spec)

    def evaluate(
        self, eval_data: Patterns, options: TrainOptions | None = None, timeout: float = 0
    ) -> dict[str, float]:
        """Returns the metrics of the latest checkpoint, and notes them for TensorBoard.

        Args:
            eval_data: As for `train`.
            options: num_eval_examples and jit count.
            timeout: Seconds to wait for a new checkpoint, which is evaluated too; 0 for none.

        Raises:
            DataError: The data cannot be read.
            BundleError: A checkpoint is damaged.
            SscMelodyError: TensorFlow is not installed.
        """
        options = options or TrainOptions()
        imports.import_tensorflow()
        from ssc_melody.training import evaluation  # noqa: PLC0415 (TensorFlow)

        examples, _ = _load(eval_data, "eval_data", self.spec)
        examples = examples.first(options.num_eval_examples)
        return evaluation.watch(self.folder, self.spec, examples, timeout, options.jit)


def train(
    run_dir: PathLike,
    config: Config,
    data: Patterns,
    *,
    eval_data: Patterns | None = None,
    hparams: str | Mapping[str, Any] = "",
    min_note: int | None = None,
    max_note: int | None = None,
    generator_id: str | None = None,
    generator_description: str | None = None,
    options: TrainOptions | None = None,
    seed: int | None = None,
    warm_start: PathLike | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Outcome:
    """Trains a network: begins a run, or goes on with one until the options say so.

    Ctrl-C ends it after the step, with a checkpoint.

    Args:
        run_dir: Folder of the run: train/, eval/, best/, config.json, curves.png.
        config: A config, its name, or an encoding's (onehot, lookback, key); None where the run
            exists and says it.
        data: Data set of `create_dataset` or of stock: a TFRecord file of SequenceExamples or a
            file of events, a pattern, or several.
        eval_data: Likewise; evaluated while training, and the best weights are kept in best/.
        hparams: Hyperparameters over the config's, as text or a mapping.
        min_note: Lowest MIDI pitch that the network knows; None for the config's.
        max_note: One above the highest; None for the config's.
        generator_id: Id of bundles made of the run; None for the config's name.
        generator_description: Description of the generator in such bundles.
        options: How to run.
        seed: Start of all random numbers, 0 to 2**31 - 1; the same seed repeats a run on a CPU.
        warm_start: A .mag file whose weights a new run begins with.
        progress: Called after every step.

    Raises:
        OptionError: The run says otherwise, or an argument is out of range.
        SpecError: There is no such config or hyperparameter.
        DataError: The data cannot be read, are of another config, or hold no melody.
        BundleError: A checkpoint or the bundle is damaged, or does not fit the config.
        SscMelodyError: TensorFlow is not installed, the training diverged, or the disk is full.
    """
    options = options or TrainOptions()
    _check(options, eval_data)
    asked = Asked(config, hparams, min_note, max_note, generator_id, generator_description, seed)
    folder = user_path(run_dir)
    found = run_config.read(folder)
    spec = spec_of_run(folder, found, asked)
    if found is not None and warm_start is not None:
        _check_warm_start(folder, found, warm_start)
    imports.import_tensorflow()
    from ssc_melody.training import loop  # noqa: PLC0415 (TensorFlow)

    if options.source_weights:
        weights.parse(options.source_weights)
    examples, facts = _load(data, "data", spec)
    if options.source_weights:
        asked_for = weights.of_files(find_files(data, "data"), options.source_weights)
        examples = examples.weighted(asked_for)
    held_out = None
    if eval_data is not None:
        held_out = _load(eval_data, "eval_data", spec)[0].first(options.num_eval_examples)
    run, state = _begin(folder, found, spec, asked, facts, warm_start)
    logger.info(
        "%s, %s; seed %s; from step %s; on %s",
        _counted(facts["melodies"], "melody", "melodies"),
        _counted(facts["events"], "event", "events"),
        run.seed, f"{int(state['global_step']):,}", loop.device(),
    )  # fmt: skip
    return loop.train(folder, spec, run.seed, state, examples, held_out, options, progress)


def _check(options: TrainOptions, eval_data: Patterns | None) -> None:
    for name in ("patience", "eval_every"):
        if eval_data is None and getattr(options, name):
            raise OptionError(f"`{name}` needs `eval_data`, the data to evaluate on")


def _check_warm_start(folder: Path, run: run_config.RunConfig, warm_start: PathLike) -> None:
    if run.warm_start != _sha256(warm_start):
        raise OptionError(
            f"{folder / run_config.NAME}: this run began with the weights of "
            f"{run.warm_start or 'no bundle'}, `warm_start` says {os.fspath(warm_start)}; leave it "
            "out, or name another `run_dir`"
        )


def _sha256(path: PathLike) -> str:
    return hashlib.sha256(read_bytes(user_path(path), BundleError)).hexdigest()


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _load(patterns: Patterns, name: str, spec: NetworkSpec) -> tuple[Examples, dict[str, Any]]:
    """Returns a data set, and what config.json says of it."""
    paths = find_files(patterns, name)
    if_empty = ""
    if name == "eval_data":
        if_empty = (
            "leave out `eval_data`, or make the data set anew with a larger eval_ratio or more "
            "music"
        )
    examples = load(paths, spec, if_empty)
    return examples, {
        "sha256": fingerprint(paths),
        "files": [path.name for path in paths],
        "melodies": len(examples.lengths),
        "events": sum(examples.lengths),
    }


def _begin(
    folder: Path,
    found: run_config.RunConfig | None,
    spec: NetworkSpec,
    asked: Asked,
    facts: dict[str, Any],
    warm_start: PathLike | None,
) -> tuple[run_config.RunConfig, dict[str, Any]]:
    """Returns what the run is and where it starts, and writes config.json."""
    from ssc_melody.network import variables  # noqa: PLC0415

    state = checkpoints.latest_state(folder / "train", spec)
    run = found or _new_run(folder, spec, asked, facts, warm_start, resumed=state is not None)
    run_config.check_data(folder, run, facts["sha256"])
    if state is None:
        if run.warm_start and warm_start is None:
            raise OptionError(
                f"{folder / run_config.NAME}: this run was to begin with a bundle's weights and "
                "ended before its first checkpoint; give `warm_start` again"
            )
        state = variables.initial_state(spec, run.seed)
        if warm_start is not None:
            state = checkpoints.warm_start(user_path(warm_start), spec, state)
    run_config.write(folder, run)
    return run, state


def _new_run(
    folder: Path,
    spec: NetworkSpec,
    asked: Asked,
    facts: dict[str, Any],
    warm_start: PathLike | None,
    resumed: bool,
) -> run_config.RunConfig:
    if resumed and warm_start is not None:
        raise OptionError(
            f"warm_start: {folder} has checkpoints, and a run goes on from its own; name a new "
            "`run_dir`"
        )
    seed = int.from_bytes(os.urandom(4), "little") & MAX_SEED
    return run_config.RunConfig(
        config=str(asked.name),
        spec=spec,
        seed=seed if asked.seed is None else asked.seed,
        data=facts,
        warm_start=_sha256(warm_start) if warm_start is not None else "",
        versions=run_config.versions(),
    )
