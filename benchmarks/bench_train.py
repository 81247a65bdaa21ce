"""Useful events trained a second, against stock Magenta's graph on the same melodies.

    python -m benchmarks.bench_train [--rounds=3] [--seconds=20] [--data=FILE.events]

The melodies are those that the shipped bundles were trained on. Stock, PyTorch (padded and packed,
see torch_train.py; it has no such attention) and ours take turns, so that a machine that others use
too slows all; the table has medians. Times a CPU second are less disturbed by others. The share of
the multiply peak is that of useful arithmetic: the matrix products of the steps that melodies have,
over what a large float32 product reaches here.

What was tried for lookback, 2x256, batch 64, on 101 melodies of Mozart (2 cores; "steps" are those
of the arrays, empty ones included):

- The bound: one step of a melody is 5.3 million floating-point operations, forward and backward.
  Large products reach 97 billion a second on one core, 190 on both: at most 36,000 steps a second.
  Stock's graph runs at 10,000 to 12,000, without the 19 % that are padding.
- Melodies one after the other in a row: 3 % empty steps instead of 19 %; 14 % where all batches get
  the height of the largest one, so a few heights are compiled.
- Products of all steps at once, before and after the loop: 150 to 190 billion a second; within the
  loop, 64 rows: 110 to 150 in XLA, 62 as TensorFlow's operations, 77 on one core alone.
- Dropout from a hash instead of TensorFlow's generator: 3 ms a layer instead of 82.
- One activation formula for all four gates, which a compiler can vectorize: the forward loop takes
  0.45 ms of CPU time a step instead of 0.49.
- Half of the rows for each core, as two calls of one compiled function from two threads: 25,700
  steps a second instead of 20,800; one-hot inputs, 2x128, batch 128: 87,200 instead of 57,100. Two
  processes, each on a core of its own, would give 26,000. Both halves within one compiled function
  gave 9,500 to 11,000.
- Of the 77 microseconds that a step takes on one core, products take 61, at 85 to 94 billion
  operations a second; the rest is activations and moving what the gradient needs.
- Large products as TensorFlow's operations, only the loops compiled: 11,400 to 12,000 steps a CPU
  second instead of 12,300 to 12,600, though they alone run at 103 billion instead of 86.
- Memory kept between steps (malloc's thresholds), huge pages: -7 to +4 %, within what varies.
- On the shipped corpus, batch 64, CPU time of a training step, before and after, in turns on a busy
  machine: what gradients are multiplied with computed within the loop, 1,075 and 1,227 ms; products
  before and after the loop 32 steps at a time, so that they stay in the cache, 1,149 and 1,175;
  XLA's products by oneDNN (--xla_cpu_use_onednn) 1,095 and 1,173, vectors of 512 bits 1,095 and
  1,118. None is kept.
- Empty steps there: 11.5 % with rows in fours (60 or 64 of them), 8.9 % with rows in twos, which
  are 50 to 64 and eight shapes to compile; from 58 on, two shapes more than now, it would be 2 %
  less to compute, and each shape takes nine seconds. Half of the melodies fill nearly a row, so
  first-fit is near what can be had.
- Attention: XLA vectorizes no sum over the last axis, nor what is computed for it. As products with
  a vector the scores of a step of a row take 5.3 microseconds instead of 17, the window's part of
  the gradient 16 instead of 39; a training step 2,118 ms of CPU time instead of 2,378. Transposing
  the weights before the loop changes nothing. Nothing is copied as a whole within the loops: 64
  steps and 256 take the same time a step.
- Where a step of a row goes, in microseconds of a core (least of nine, busy machine, 216 steps).
  2x128, 64 rows: a layer's loop 2.2 forward, of which its products alone take 1.3, and 3.2 back, of
  which 1.5; outside of the loops 7.2, all products, and 0.6 for looking inputs up: 18.7, of which
  products 12.8. 2x256, 32 rows: 7.5 (5.4) and 9.0 (5.4), 28.5 outside, 1.7 for looking up: 63, of
  which products 50. What is left is dropout, the softmax, Adam, making batches, and waiting of one
  half for the other. So one-hot 2x128 would be at 2.0 times stock's rate if all but products took a
  third of what it takes.
- One-hot inputs looked up in the weights, in microseconds of a core for a step of a row, and the
  weights' gradient added up by place: 0.39 and 0.17 instead of 0.67 and 0.54 (2x128), 0.89 and 0.83
  instead of 3.13 and 2.66 (lookback, 2x256). A CPU second trains 12,930 events of lookback instead
  of 12,210, 42,900 of one-hot 2x128 instead of 41,200 (two runs each, in turns, busy machine). As
  TensorFlow's operations, not compiled, sums by place are no faster than products.
- bfloat16, billion operations a second of one core: XLA's products 80 to 95, within a loop too and
  whatever its flags (oneDNN, custom calls, YNNPACK), as its float32; TensorFlow's operation 177,
  the roundings included, for 98 in float32. So --bfloat16 leaves the products of all steps to
  operations and compiles what is between; three fifths of the arithmetic are there. Losses side by
  side: bench_bfloat16.py.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measure import STOCK_ENVIRONMENT, matmul_peak, print_table, training_operations
from ssc_melody.dataset import events_file, examples
from ssc_melody.files import write_bytes
from ssc_melody.formats import tfrecord
from ssc_melody.formats.sequence_example import sequence_example
from ssc_melody.network.variables import variable_shapes
from ssc_melody.play.shipped import shipped_files
from ssc_melody.specs import SPECS, MelodySpec

ROOT = Path(__file__).resolve().parents[1]
TORCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"

CASES = {
    "lookback, 2x256, batch 64": ("ssc_lookback_rnn", ""),
    "attention 40, 2x256, batch 64": ("ssc_attention_rnn", ""),
    "one-hot, 2x128, batch 128": ("basic_rnn", ""),
}
NAMES = ("stock", "PyTorch, padded", "PyTorch, packed", "ours", "ours, bfloat16")


def write_examples(melodies: list[list[int]], spec: MelodySpec, path: Path) -> None:
    records = (sequence_example(*examples.encode(m, spec)) for m in melodies)
    write_bytes(path, b"".join(map(tfrecord.frame, records)))


def _write_arrays(melodies: list[list[int]], spec: MelodySpec, path: Path) -> None:
    """Writes what torch_train.py reads, which has none of our code."""
    inputs, labels = zip(*(examples.encode(melody, spec) for melody in melodies), strict=True)
    hparams = {
        "units": spec.rnn_layer_sizes,
        "classes": spec.make_encoding().num_classes,
        "batch_size": spec.batch_size,
        "keep_prob": spec.dropout_keep_prob,
        "clip_norm": spec.clip_norm,
        "learning_rate": spec.learning_rate,
    }
    np.savez(
        path,
        inputs=np.concatenate(inputs).astype(np.int8),
        labels=np.concatenate(labels).astype(np.int64),
        lengths=np.array([len(some) for some in labels]),
        hparams=json.dumps(hparams),
    )


def _rate(python: str | Path, module: str, *args: str) -> tuple[float, float]:
    """Returns useful events a second, and a CPU second."""
    command = [str(python), "-m", f"benchmarks.{module}", *args]
    done = subprocess.run(
        command, cwd=ROOT, env=STOCK_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    wall, cpu, *_ = json.loads(done.stdout.splitlines()[-1])
    return wall, cpu


def _torch_version(python: Path) -> str:
    """Returns PyTorch's version, or "" with a line that says why there is none."""
    code = "import torch; print(torch.__version__)"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        why = (done.stderr.splitlines() or [""])[-1]
    except OSError as error:
        done, why = None, str(error)
    if done and not done.returncode:
        return done.stdout.strip()
    print(f"PyTorch is left out: {python} does not import it ({why}); `make bench` installs it")
    return ""


def _contenders(
    name: str, hparams: str, seconds: str, folder: Path, torch: Path | None
) -> dict[str, tuple[str | Path, ...]]:
    """Returns the command line of each by its name: the Python, the module, its arguments."""
    records, arrays = str(folder / f"{name}.tfrecord"), str(folder / f"{name}.npz")
    args = (name, hparams, seconds, records)
    found: dict[str, tuple[str | Path, ...]] = {"stock": (sys.executable, "stock_train", *args)}
    if torch and not SPECS[name].attn_length:
        for way in ("padded", "packed"):
            found[f"PyTorch, {way}"] = (torch, "torch_train", arrays, seconds, way)
    ours = (sys.executable, "our_train", *args)
    return found | {"ours": ours, "ours, bfloat16": (*ours, "bfloat16")}


def _row(case: str, rates: dict[str, list[tuple[float, float]]], work: float) -> list[str]:
    """Returns a row of the table.

    Args:
        case: Its name.
        rates: Of each contender events a second and a CPU second, for each round.
        work: What one event is of a second's work at the multiply peak.
    """
    wall, cpu = (
        {
            name: statistics.median(figures[i] for figures in rounds)
            for name, rounds in rates.items()
        }
        for i in (0, 1)
    )
    peers = [rate for name, rate in wall.items() if name.startswith("PyTorch")]
    return [
        case,
        *(f"{wall[name]:,.0f} ({wall[name] * work:.0%})" if name in wall else "" for name in NAMES),
        f"{wall['ours'] / wall['stock']:.2f}",
        f"{wall['ours'] / max(peers):.2f}" if peers else "",
        f"{cpu['ours'] / cpu['stock']:.2f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--data", type=Path, default=shipped_files("corpus_train.events")[0])
    parser.add_argument("--torch_python", type=Path, default=TORCH_PYTHON)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    melodies = list(events_file.read_events(options.data))
    version = _torch_version(options.torch_python)
    peak = matmul_peak()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case, (name, hparams) in CASES.items():
            if options.only not in case:
                continue
            spec = SPECS[name]
            write_examples(melodies, spec, Path(folder, f"{name}.tfrecord"))
            _write_arrays(melodies, spec, Path(folder, f"{name}.npz"))
            commands = _contenders(
                name, hparams, str(options.seconds), Path(folder),
                options.torch_python if version else None,
            )  # fmt: skip
            rates: dict[str, list[tuple[float, float]]] = {side: [] for side in commands}
            for _ in range(options.rounds):
                for side, command in commands.items():
                    rates[side].append(_rate(*command))
            shapes = list(variable_shapes(spec).values())
            operations = training_operations(shapes, spec.make_encoding().input_size)
            rows.append(_row(case, rates, operations / peak))
    print_table(
        f"Useful events trained a second (share of the multiply peak, {peak / 1e9:.0f} GFLOP/s), "
        f"{os.cpu_count()} cores, {len(melodies)} melodies, PyTorch {version or 'left out'}",
        ["network", *NAMES, "times stock", "times PyTorch", "times stock, a CPU second"],
        rows,
    )


if __name__ == "__main__":
    main()
