"""Rebuilds the corpus and the four bundles from their sources, and the model card.

    make bundles DATA=FOLDER

FOLDER holds mozart.zip and classical.zip: piano pieces of Mozart, Schubert and Schumann from
piano-midi.de. The rest comes with the package music21. What is finished is not made again, so the
same command goes on after an interruption; `build/bundles` holds all of it.
"""

import argparse
import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from make_bundles import model_card
from ssc_melody.evaluation.melodies import write_pieces

ROOT = Path(__file__).resolve().parents[1]
BUNDLES = ROOT / "bundles"

PIANO = ("mozart.zip", "classical.zip")
QUARTETS = ("mozart", "haydn", "beethoven", "schumann_robert")
LATER = [f"opus{number}.mxl" for number in ("18no3", "18no4", "18no5", "74", "132")]
"""Quartets of Beethoven that could not be read yet when the bundles were trained.

Without them a corpus made today differs in 11 of its 294,520 events from `bundles/corpus_*.events`:
tied notes, which are joined more exactly since.
"""

FOLK, EVERY = "ryansMammoth", 3
"""Every third dance tune only: together they are as many steps as Mozart's."""

SEED = 1756
CORPUS_SEED = 7


@dataclasses.dataclass(frozen=True)
class Training:
    """A bundle to train.

    Attributes:
        config: Config to train.
        minutes: The longest training; early stopping usually ends it before.
    """

    config: str
    minutes: int


TRAININGS = (
    Training("ssc_basic_rnn", 120),
    Training("ssc_mono_rnn", 120),
    Training("ssc_lookback_rnn", 120),
    Training("ssc_attention_rnn", 180),
)


def command(module: str, *flags: str) -> list[str]:
    """Returns the command line of one of our commands."""
    return [sys.executable, "-m", f"ssc_melody.cli.{module}", *flags]


def run(args: list[str]) -> None:
    """Runs a command and shows which."""
    print("$", " ".join(["ssc_melody_" + args[2].rsplit(".", 1)[1], *args[3:]]), flush=True)
    subprocess.run(args, check=True, cwd=ROOT)


def gather(piano_midi: Path, folder: Path) -> None:
    """Copies the sources into one folder."""
    import music21  # noqa: PLC0415 (takes seconds to import)

    corpus = Path(music21.__file__).parent / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PIANO:
        shutil.copy(piano_midi / name, folder)
    for name in QUARTETS:
        scores = shutil.ignore_patterns("*.krn", "*.py*", "__pycache__", *LATER)
        shutil.copytree(corpus / name, folder / name, ignore=scores, dirs_exist_ok=True)
    (folder / FOLK).mkdir(exist_ok=True)
    for path in sorted((corpus / FOLK).glob("*.abc"))[::EVERY]:
        shutil.copy(path, folder / FOLK)


def make_corpus(piano_midi: Path, work: Path) -> Path:
    """Makes the data set, and the list of its pieces."""
    corpus = work / "corpus"
    if not (corpus / "report.json").exists():
        gather(piano_midi, work / "music")
        run(command(
            "create_dataset", "--config=ssc_lookback_rnn", f"--input={work / 'music'}",
            f"--output_dir={corpus}", "--format=events", "--eval_ratio=0.1",
            "--max_steps=256", f"--seed={CORPUS_SEED}",
        ))  # fmt: skip
    for split in ("eval", "training"):
        write_pieces(corpus / f"{split}_melodies.events", pieces_of(corpus, split))
    return corpus


def pieces_of(corpus: Path, split: str) -> Iterable[str]:
    """Yields the piece of each melody of a set."""
    for line in (corpus / "report_files.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row.get("set") == split:
            yield from [row["file"]] * row["melodies"]


def train(training: Training, corpus: Path, run_dir: Path, minutes: float) -> None:
    """Trains a config, or goes on."""
    run(command(
        "train", f"--config={training.config}", f"--run_dir={run_dir}",
        f"--sequence_example_file={corpus / 'training_melodies.events'}",
        f"--eval_file={corpus / 'eval_melodies.events'}", "--eval_every=25",
        f"--patience={model_card.PATIENCE}", f"--seed={SEED}", "--num_checkpoints=3",
        f"--max_minutes={minutes}",
    ))  # fmt: skip


def export(config: str, run_dir: Path) -> Path:
    """Writes the bundle of a run's best checkpoint."""
    bundle = BUNDLES / f"{config}.mag"
    run(command(
        "generate", "--save_generator_bundle", f"--config={config}",
        f"--checkpoint_file={model_card.best_checkpoint(run_dir)}", f"--bundle_file={bundle}",
        "--bundle_description=Mozart, Schubert, Schumann, string quartets and dance tunes; "
        "see bundles/README.md",
    ))  # fmt: skip
    return bundle


def main() -> None:
    """Makes what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--piano_midi", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bundles")
    parser.add_argument("--only", default="", help="configs whose name contains this")
    options = parser.parse_args()
    BUNDLES.mkdir(exist_ok=True)
    corpus = make_corpus(options.piano_midi, options.work)
    for training in TRAININGS:
        if options.only not in training.config:
            continue
        run_dir = options.work / training.config
        train(training, corpus, run_dir, training.minutes)
        export(training.config, run_dir)
        small = dataclasses.replace(training, config=training.config.removeprefix("ssc_"))
        minutes = model_card.wall_seconds(run_dir) / 60
        train(small, corpus, options.work / small.config, minutes)
    for split, short in (("eval", "eval"), ("training", "train")):
        for suffix in (".events", ".pieces.json"):
            shipped = BUNDLES / f"corpus_{short}{suffix}"
            shutil.copy(corpus / f"{split}_melodies{suffix}", shipped)
    model_card.write(BUNDLES / "README.md", options.work, [t.config for t in TRAININGS])


if __name__ == "__main__":
    main()
