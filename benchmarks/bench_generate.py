"""Generating melodies: our command and engine against stock Magenta's, in one run.

    make bench          # or: .venv/bin/python -m benchmarks.bench_generate [--quick]

1. The whole command: ten melodies of 128 steps from an attention bundle, alternately stock's
   melody_rnn_generate and ours, medians.
2. Bulk: 1,000 melodies of 128 steps from networks of 2 x 256 units, in one process each; stock
   makes fewer, one after another as it does, after a warm-up. Random weights of trained size (0.05,
   like the shipped bundle's: with 0.15 attention's keys pass 10,000, and it has to take tanh of
   them, see network/cells.py); both read the same checkpoint, stock with a graph of batch 1, its
   fastest.
3. The same with onnxruntime as the engine (onnx_bulk.py), in turns with ours, medians; the share
   of the matrix-multiply peak that both reach.
4. Importing the library.

Attention's bound, in microseconds of one core for a step of a melody (256 rows, quiet moments of a
busy machine, 98 to 105 GFLOP/s): its products take 24.9, of which those that the share counts, the
LSTMs' and the output's, are 18.1. With nothing else to do two cores would make 632 melodies a
second, 67 % of the peak. 10,240 tanh would take 3.6, at 2.8 billion a second and core, and the sum
under them 2.0; the sum and quotient that stand for them take 3.1 at most, the scores 0.6, the
weighted sum 1.2 in the cache and 3.3 out of it. The whole step took 46.6 and takes 36.2 (500 rows)
to 39.3 (256): 38 % of a core's peak before, 49 and 45 % now.

Tried, without gain: the query repeated so that a broadcast has longer rows (5.2 instead of 5.0),
blocks of fewer than 16 rows (4: 13.0 instead of 11.8), huge pages (1.2 and 1.2), fewer rows so that
the window stays in the cache (128: 41.5; 64: 44.7: the products lose more than attention gains).
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import onnx_bulk
from benchmarks.measure import (
    STOCK_ENVIRONMENT,
    matmul_peak,
    median_cost,
    print_table,
    run_once,
    seconds_of,
)
from ssc_melody.formats.checkpoint import serialize_v1
from ssc_melody.play.loading import load_checkpoint
from ssc_melody.play.model import Model
from ssc_melody.specs import SPECS, MelodySpec
from tests.networks import random_checkpoint

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = ROOT / "testdata" / "bundles" / "m2.1.4_tf2.9.1_attention_64x2_b1.mag"
CONFIGS = ("ssc_basic_rnn", "ssc_lookback_rnn", "ssc_attention_rnn")
STEPS = 128
ROUNDS = 3


def generate_command(module: str, folder: str, melodies: int = 10, steps: int = STEPS) -> list[str]:
    """Returns the command of stock or ours that makes melodies with BUNDLE."""
    flags = ["--config=attention_rnn", f"--bundle_file={BUNDLE}", f"--output_dir={folder}"]
    return [
        sys.executable,
        "-m",
        module,
        *flags,
        f"--num_outputs={melodies}",
        f"--num_steps={steps}",
    ]


def whole_command(runs: int) -> None:
    """Prints the cost of the command, stock's and ours in turn."""
    stock, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        theirs = generate_command("magenta.models.melody_rnn.melody_rnn_generate", folder)
        mine = generate_command("ssc_melody.cli.generate", folder)
        run_once(theirs, STOCK_ENVIRONMENT)  # fills the disk cache
        run_once(mine)
        for _ in range(runs):
            stock.append(run_once(theirs, STOCK_ENVIRONMENT))
            ours.extend(run_once(mine) for _ in range(3))
    a, b = median_cost(stock), median_cost(ours)
    print_table(
        f"Ten melodies of {STEPS} steps from an attention bundle (2 x 64), whole command",
        ["", "stock Magenta 2.1.4", "ssc_melody", "ratio"],
        [
            ["seconds", f"{a.seconds:.2f}", f"{b.seconds:.2f}", f"{a.seconds / b.seconds:.0f}"],
            ["MB", f"{a.megabytes:.0f}", f"{b.megabytes:.0f}", f"{a.megabytes / b.megabytes:.1f}"],
        ],
    )


def _operations(model: Model) -> float:
    """Returns the multiplications and additions of the LSTM and output products of one step."""
    kernels = [layer.lstm.kernel for layer in model.network.layers]
    return 2.0 * sum(array.size for array in [*kernels, model.network.output.weights])


def _stock_rate(spec: MelodySpec, checkpoint: str, melodies: int) -> float:
    command = [sys.executable, "-m", "benchmarks.stock_bulk", spec.name, checkpoint, str(melodies)]
    done = subprocess.run(
        command, cwd=ROOT, env=STOCK_ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def bulk(outputs: int, stock_outputs: int) -> None:
    """Prints melodies a second, stock's and ours, and our share of the peak."""
    rows = []
    for name in CONFIGS:
        spec = SPECS[name]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.ckpt"
            path.write_bytes(serialize_v1(random_checkpoint(spec, scale=0.05)))
            stock = _stock_rate(spec, str(path), stock_outputs)
            model = load_checkpoint(path, spec)
        ours, theirs = _bulk_rates(model, outputs)
        peak = matmul_peak()
        share = _operations(model) * (STEPS - 1) / peak
        rows.append(
            [
                name, f"{stock:.2f}", f"{theirs:.0f}" if theirs else "not installed", f"{ours:.0f}",
                f"{ours / stock:.0f}", f"{ours / theirs:.2f}" if theirs else "",
                f"{theirs * share:.0%}" if theirs else "", f"{ours * share:.0%}",
            ]
        )  # fmt: skip
    print_table(
        f"{outputs:,} melodies of {STEPS} steps, 2 x 256 units, melodies a second",
        [
            "config", "stock Magenta 2.1.4", "onnxruntime", "ssc_melody", "times stock",
            "times onnxruntime", "share of the matmul peak, onnxruntime", "ssc_melody",
        ],
        rows,
    )  # fmt: skip
    print(f"matmul peak: {peak / 1e9:.0f} GFLOP/s in float32")


def _bulk_rates(model: Model, outputs: int) -> tuple[float, float]:
    """Returns melodies a second, ours and onnxruntime's (0 without it), in turns."""
    try:
        import onnx  # noqa: F401
        import onnxruntime
    except ImportError as error:
        print(f"onnxruntime is left out: {error}")
        theirs = {}
    else:
        print(f"onnxruntime {onnxruntime.__version__}")
        theirs = onnx_bulk.ways(model, outputs, STEPS)
    ways = {
        "ours": lambda: model.generate(num_outputs=outputs, num_steps=STEPS, seed=1),
        **theirs,
    }
    model.generate(num_outputs=64, num_steps=16, seed=0)
    rounds = [{name: seconds_of(work) for name, work in ways.items()} for _ in range(ROUNDS)]
    rates = {name: outputs / statistics.median(times[name] for times in rounds) for name in ways}
    ours = rates.pop("ours")
    return ours, max(rates.values(), default=0.0)


def importing(runs: int) -> None:
    """Prints what importing the library costs, alone and with what plays bundles."""
    codes = ("import numpy", "import ssc_melody", "import ssc_melody; ssc_melody.load_bundle")
    costs = {code: [] for code in codes}
    for _ in range(runs):
        for code in codes:
            costs[code].append(run_once([sys.executable, "-c", code]))
    numpy, alone, playing = (median_cost(costs[code]).seconds for code in codes)
    print_table(
        "Importing, seconds for the whole process",
        ["numpy", "ssc_melody", "with load_bundle", "beyond numpy"],
        [[f"{numpy:.3f}", f"{alone:.3f}", f"{playing:.3f}", f"{playing - numpy:.3f}"]],
    )


def main() -> None:
    quick = "--quick" in sys.argv
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores")
    importing(5 if quick else 15)
    bulk(200 if quick else 1000, 4 if quick else 20)
    whole_command(1 if quick else 5)


if __name__ == "__main__":
    main()
