"""The bundle of melodies on chords: its corpus, its training, its export.

Songs of the 19th century with a Roman-numeral analysis beside them, lead sheets, and hymns, whose
chords are inferred from their four voices (as are those of songs without an analysis). What its
melody does not fit is left out: most of it are analyses that are out of step with their score.
"""

from pathlib import Path

from make_bundles import corpus, model_card

CONFIG = "ssc_chord_rnn"
ARCHIVES = ("openscore_lieder.zip", "openewld.zip", "open_hymnal.zip")
SOURCES = tuple(source for source in corpus.SOURCES if source.archive in ARCHIVES)
EVAL_RATIO, MIN_CHORD_FIT, SEED, MINUTES = 0.08, 0.65, 1756, 240
FOLDER = "chords"
"""Of the corpus and the run, in the folder of all that `make bundles` makes."""


def dataset_flags(data: str, output: str) -> list[str]:
    """Returns the flags of ssc_improv_create_dataset.

    Args:
        data: Folder of the archives.
        output: Folder for the data set.
    """
    inputs = [f"{data}/{source.path}" for source in SOURCES]
    return [
        f"--config={CONFIG}", f"--output_dir={output}", "--format=events", "--infer_chords",
        f"--min_chord_fit={MIN_CHORD_FIT}", f"--max_steps={corpus.MAX_STEPS}",
        f"--eval_ratio={EVAL_RATIO}", "--dedupe=similar", f"--seed={corpus.SEED}",
        "--leave_out=bundles/corpus_eval.events", f"--input={inputs[0]}", *inputs[1:],
    ]  # fmt: skip


def training_flags(data: str, run_dir: str, minutes: float = MINUTES) -> list[str]:
    """Returns the flags of ssc_melody_train."""
    return [
        f"--config={CONFIG}", f"--run_dir={run_dir}",
        f"--sequence_example_file={data}/training_lead_sheets.events",
        f"--eval_file={data}/eval_lead_sheets.events", "--eval_every=50", "--num_checkpoints=3",
        f"--average_decay={model_card.AVERAGE_DECAY}", f"--patience={model_card.PATIENCE}",
        f"--seed={SEED}", f"--max_minutes={minutes}",
    ]  # fmt: skip


def export_flags(checkpoint: str, bundle: str) -> list[str]:
    """Returns the flags of ssc_melody_generate that write the bundle."""
    return [
        "--save_generator_bundle", f"--config={CONFIG}", f"--checkpoint_file={checkpoint}",
        f"--bundle_file={bundle}",
        "--bundle_description=Songs with their chords, lead sheets, hymns; see bundles/README.md",
    ]  # fmt: skip


def make(archives: Path, work: Path, bundles: Path, training: bool) -> None:
    """Makes what is missing of corpus and run, and the bundle.

    Args:
        archives: Folder of the archives.
        work: Folder of all that `make bundles` makes.
        bundles: Folder of the bundles.
        training: Whether to train, or to take the run as it is.
    """
    data, run_dir = work / FOLDER / "corpus", work / FOLDER / CONFIG
    if not (data / "report.json").exists():
        corpus.run(
            corpus.command("improv_create_dataset", *dataset_flags(str(archives), str(data)))
        )
    if training:
        corpus.run(corpus.command("train", *training_flags(str(data), str(run_dir))))
    best = model_card.best_checkpoint(run_dir)
    flags = export_flags(str(best), str(bundles / f"{CONFIG}.mag"))
    corpus.run(corpus.command("generate", *flags))
