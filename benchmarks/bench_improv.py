"""Melodies on chords: our command against stock Magenta's improv_rnn, and against melodies alone.

    make bench          # or: .venv/bin/python -m benchmarks.bench_improv [--quick]

1. The whole command: ten melodies of 128 steps from an attention_improv bundle, chords rendered,
   alternately stock's improv_rnn_generate and ours, medians.
2. The price of chords: ten melodies of 128 steps from networks of 2 x 256 units, lookback, with
   chords (ssc_chord_rnn) and without (ssc_lookback_rnn), random weights, alternately.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import STOCK_ENVIRONMENT, median_cost, print_table, run_once
from ssc_melody.specs import IMPROV_SPECS, SPECS
from tests.networks import make_run

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = ROOT / "testdata" / "improv" / "attention_improv.mag"


def _command(module: str, folder: str, *flags: str) -> list[str]:
    given = [f"--output_dir={folder}", "--num_outputs=10", *flags]
    return [sys.executable, "-m", module, *given]


def whole_command(runs: int) -> None:
    """Prints the cost of the command, stock's and ours in turn."""
    stock, ours = [], []
    flags = (f"--bundle_file={BUNDLE}", "--render_chords")
    with tempfile.TemporaryDirectory() as folder:
        theirs = _command("magenta.models.improv_rnn.improv_rnn_generate", folder, *flags)
        mine = _command("ssc_melody.cli.improv_generate", folder, *flags)
        run_once(theirs, STOCK_ENVIRONMENT)  # fills the disk cache
        run_once(mine)
        for _ in range(runs):
            stock.append(run_once(theirs, STOCK_ENVIRONMENT))
            ours.extend(run_once(mine) for _ in range(3))
    a, b = median_cost(stock), median_cost(ours)
    print_table(
        "Ten melodies of 128 steps on chords, an attention_improv bundle, whole command",
        ["", "stock Magenta 2.1.4", "ssc_melody", "ratio"],
        [
            ["seconds", f"{a.seconds:.2f}", f"{b.seconds:.2f}", f"{a.seconds / b.seconds:.0f}"],
            ["MB", f"{a.megabytes:.0f}", f"{b.megabytes:.0f}", f"{a.megabytes / b.megabytes:.1f}"],
        ],
    )


def price_of_chords(runs: int) -> None:
    """Prints what a melody command costs with chords and without, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        costs = {}
        for name, spec in (("ssc_lookback_rnn", SPECS), ("ssc_chord_rnn", IMPROV_SPECS)):
            run = make_run(Path(folder) / name, spec[name], config_json=True)
            command = _command("ssc_melody.cli.generate", folder, f"--run_dir={run}")
            costs[name] = (command, [])
            run_once(command)
        for _ in range(runs):
            for command, found in costs.values():
                found.append(run_once(command))
    alone, chords = (median_cost(found) for _, found in costs.values())
    print_table(
        "Ten melodies of 128 steps, 2 x 256 units, lookback, whole command",
        ["", "melodies alone", "on chords", "ratio"],
        [
            [
                "seconds",
                f"{alone.seconds:.3f}",
                f"{chords.seconds:.3f}",
                f"{chords.seconds / alone.seconds:.2f}",
            ]
        ],
    )


if __name__ == "__main__":
    quick = "--quick" in sys.argv
    whole_command(1 if quick else 5)
    price_of_chords(3 if quick else 15)
