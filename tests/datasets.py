"""Small data sets for tests: a tune, and the command run on it."""

import json

from ssc_melody.cli import create_dataset
from ssc_melody.dataset import events_file

TUNE = [60, 62, 64, 65, 67, 69, 71, 72] * 4


def tune(shift=0, extra=0):
    """A melody of eight bars (and more), as (pitch, start, end) in sixteenths."""
    return [(p + shift, 4 * i, 4 * i + 4) for i, p in enumerate(TUNE + TUNE[:extra])]


def run(tmp_path, *flags, output="out"):
    return create_dataset.main(
        ["ssc_melody_create_dataset", "--config=basic_rnn", "--engine=core", "--num_workers=1",
         f"--output_dir={tmp_path / output}", "--seed=1", "--eval_ratio=0", *flags]
    )  # fmt: skip


def report(tmp_path, output="out"):
    return json.loads((tmp_path / output / "report.json").read_text())


def melodies(tmp_path, *flags, output="out"):
    """Runs with --format=events and returns the melodies of both sets."""
    assert run(tmp_path, "--format=events", *flags, output=output) == 0
    folder = tmp_path / output
    return [
        list(events_file.read_events(folder / f"{split}_melodies.events"))
        for split in ("training", "eval")
    ]
