"""Other families: our polyphony command and engine against stock Magenta's, in one run.

    .venv/bin/python -m benchmarks.bench_families [--quick]

1. The whole command: ten tracks of 128 steps from a checkpoint of the config's own size (3 x 256),
   alternately polyphony_rnn_generate and ssc_polyphony_generate, medians.
2. Bulk: 200 tracks of 128 steps in one process each; stock makes fewer, one after another as it
   does, after a warm-up.

The weights are random, but for biases that make four or five events a step, as in a chorale; both
read the same checkpoint.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import STOCK_ENVIRONMENT, median_cost, print_table, run_once
from ssc_melody.formats.checkpoint import serialize_v1
from ssc_melody.play.loading import load_checkpoint
from ssc_melody.specs.tracks import POLYPHONY_SPECS
from tests.networks import random_checkpoint

ROOT = Path(__file__).resolve().parents[1]
STEPS = 128
SPEC = POLYPHONY_SPECS["polyphony"]


def make_run(folder: Path) -> Path:
    """Writes a checkpoint of random weights that make something like chords."""
    train = folder / "run" / "train"
    train.mkdir(parents=True)
    tensors = random_checkpoint(SPEC, scale=0.05)
    biases = np.full(259, -3.0, dtype=np.float32)
    biases[2] = 3.3
    biases[3 + 48 : 3 + 80 : 3] = 1.5
    biases[131 + 48 : 131 + 80 : 3] = 2.0
    tensors |= {"fully_connected/biases": biases, "global_step": np.array(1)}
    (train / "model.ckpt-1").write_bytes(serialize_v1(tensors))
    (train / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-1"\n')
    return folder / "run"


def whole_command(run: Path, runs: int) -> None:
    """Prints the cost of the command, stock's and ours in turn."""
    flags = [f"--run_dir={run}", f"--output_dir={run / 'out'}", f"--num_steps={STEPS}"]
    theirs = [sys.executable, "-m", "magenta.models.polyphony_rnn.polyphony_rnn_generate", *flags]
    mine = [sys.executable, "-m", "ssc_melody.cli.polyphony_generate", *flags]
    run_once(theirs, STOCK_ENVIRONMENT)  # fills the disk cache
    run_once(mine)
    stock, ours = [], []
    for _ in range(runs):
        stock.append(run_once(theirs, STOCK_ENVIRONMENT))
        ours.extend(run_once(mine) for _ in range(3))
    a, b = median_cost(stock), median_cost(ours)
    print_table(
        f"Ten polyphonic tracks of {STEPS} steps (3 x 256), whole command",
        ["", "stock Magenta 2.1.4", "ssc_melody", "ratio"],
        [
            ["seconds", f"{a.seconds:.2f}", f"{b.seconds:.2f}", f"{a.seconds / b.seconds:.1f}"],
            ["MB", f"{a.megabytes:.0f}", f"{b.megabytes:.0f}", f"{a.megabytes / b.megabytes:.1f}"],
        ],
    )


def bulk(run: Path, outputs: int, stock_outputs: int) -> None:
    """Prints tracks a second, stock's and ours."""
    command = [sys.executable, "-m", "benchmarks.stock_polyphony", run, stock_outputs, STEPS]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT, env=STOCK_ENVIRONMENT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    stock = json.loads(done.stdout.splitlines()[-1])
    model = load_checkpoint(run, SPEC)
    model.generate(8, 16, [], seed=0)
    start = time.perf_counter()
    tracks = model.generate(outputs, STEPS, [], seed=1)
    ours = outputs / (time.perf_counter() - start)
    events = sum(len(track.events) for track in tracks) / outputs / STEPS
    print_table(
        f"{outputs} tracks of {STEPS} steps, {events:.1f} events a step, tracks a second",
        ["stock Magenta 2.1.4", "ssc_melody", "ratio"],
        [[f"{stock:.2f}", f"{ours:.1f}", f"{ours / stock:.0f}"]],
    )


def main() -> None:
    quick = "--quick" in sys.argv
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        run = make_run(Path(folder))
        bulk(run, 32 if quick else 200, 1 if quick else 10)
        whole_command(run, 1 if quick else 3)


if __name__ == "__main__":
    main()
