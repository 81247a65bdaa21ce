"""Rebuilds the corpora and the five bundles from their sources, the critic, the model card.

    make bundles DATA=FOLDER

FOLDER holds the archives that `corpus.SOURCES` names. What is finished is not made again, so the
same command goes on after an interruption; `build/bundles` holds all of it. A run that has begun is
gone on with; with --no_training the bundles and the card are made of the runs as they are.
"""

import argparse
import dataclasses
import os
from pathlib import Path

from make_bundles import chord_card, chords, corpus, critic, model_card
from ssc_melody.evaluation.run import COPIES
from ssc_melody.play import critic as judge

ROOT = corpus.ROOT
BUNDLES = ROOT / "bundles"

SEED = 1756


@dataclasses.dataclass(frozen=True)
class Training:
    """A bundle to train.

    Attributes:
        config: Config to train.
        minutes: The longest training; early stopping usually ends it before.
        eval_every: Steps between evals.
        begins_with: Config of the bundle whose weights it begins with, trained before it.
    """

    config: str
    minutes: int
    eval_every: int = 50
    begins_with: str = ""


TRAININGS = (
    Training("ssc_basic_rnn", 240),
    Training("ssc_mono_rnn", 240, begins_with="ssc_basic_rnn"),
    Training("ssc_lookback_rnn", 240),
    Training("ssc_attention_rnn", 480, 25),
)


def train(
    training: Training,
    data: Path,
    run_dir: Path,
    minutes: float,
    warm: Path | None = None,
    hparams: str = "",
) -> None:
    """Trains a config, or goes on.

    Args:
        training: What to train.
        data: Folder of the corpus.
        run_dir: Folder of the run.
        minutes: The longest training.
        warm: Bundle whose weights a new run begins with, or None.
        hparams: Hyperparameters other than the config's.
    """
    flags = [
        f"--config={training.config}", f"--run_dir={run_dir}", f"--hparams={hparams}",
        f"--sequence_example_file={data / 'training_melodies.events'}",
        f"--eval_file={data / 'stop_melodies.events'}", f"--eval_every={training.eval_every}",
        f"--patience={model_card.PATIENCE}", f"--seed={SEED}", "--num_checkpoints=3",
        f"--max_minutes={minutes}", f"--average_decay={model_card.AVERAGE_DECAY}",
    ]  # fmt: skip
    if warm is not None and not (run_dir / "train").is_dir():
        flags.append(f"--warm_start_bundle_file={warm}")
    corpus.run(corpus.command("train", *flags))


def export(config: str, run_dir: Path, bundle: Path) -> Path:
    """Writes the bundle of a run's best checkpoint, and returns its path."""
    corpus.run(corpus.command(
        "generate", "--save_generator_bundle", f"--config={config}",
        f"--checkpoint_file={model_card.best_checkpoint(run_dir)}", f"--bundle_file={bundle}",
        "--bundle_description=Songs, string quartets, piano and orchestral melodies, dance tunes, "
        "hymns; see bundles/README.md",
    ))  # fmt: skip
    return bundle


def _train_all(options: argparse.Namespace, data: Path) -> None:
    for training in TRAININGS:
        if options.only not in training.config:
            continue
        last = options.work / training.config
        first = model_card.first_stretch(last)
        train(training, data, first, training.minutes, _first_weights(training, options))
        warm = export(training.config, first, first / "best.mag")
        train(training, data, last, training.minutes, warm, model_card.LAST_HPARAMS)
        small = dataclasses.replace(training, config=training.config.removeprefix("ssc_"))
        minutes = sum(map(model_card.wall_seconds, (first, last))) / 60
        train(small, data, options.work / small.config, minutes)


def _first_weights(training: Training, options: argparse.Namespace) -> Path | None:
    """Returns the bundle that a training begins with, if any."""
    if training.begins_with:
        run_dir = options.work / training.begins_with
        return export(training.begins_with, run_dir, run_dir / "best.mag")
    return options.warm_start / f"{training.config}.mag" if options.warm_start else None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the archives")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bundles")
    parser.add_argument("--only", default="", help="configs whose name contains this")
    parser.add_argument("--no_training", action="store_true", help="take the runs as they are")
    parser.add_argument(
        "--warm_start", type=Path, help="folder of bundles whose weights new runs begin with"
    )
    return parser.parse_args()


def main() -> None:
    """Makes what is missing."""
    options = _options()
    BUNDLES.mkdir(exist_ok=True)
    data = options.work / "corpus"
    corpus.build(Path(os.path.abspath(options.data)), data)
    corpus.write_copies(data, BUNDLES / COPIES)
    if not options.no_training:
        _train_all(options, data)
    for training in TRAININGS:
        if options.only in training.config:
            name = training.config
            export(name, options.work / name, BUNDLES / f"{name}.mag")
    made = [BUNDLES / f"{training.config}.mag" for training in TRAININGS]
    critic.build(data, made, BUNDLES / judge.NAME)
    card, configs = BUNDLES / "README.md", [training.config for training in TRAININGS]
    section = chord_card.kept(card)
    model_card.write(card, options.work, options.data, configs, section)
    if options.only in chords.CONFIG:
        archives = Path(os.path.abspath(options.data))
        chords.make(archives, options.work, BUNDLES, not options.no_training)
        chord_card.write(card, options.work)


if __name__ == "__main__":
    main()
