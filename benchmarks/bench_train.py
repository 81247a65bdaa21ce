"""Useful events trained a second, against stock Magenta's graph on the same melodies.

    python -m benchmarks.bench_train [--rounds=3] [--seconds=20] [--data=FILE.events]

The melodies are those that the shipped bundles were trained on. Stock and ours take turns, so that
a machine that others use too slows both; the table has the best round of each. Times a CPU second
are less disturbed by others.

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
- Not done: bfloat16 (XLA's products are no faster for it here, TensorFlow's operations are 1.7
  times; losses would differ from stock's in the third digit); a table look-up for the one-hot
  inputs (a tenth of the arithmetic at most).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import STOCK_ENVIRONMENT, print_table
from ssc_melody.dataset import events_file, examples
from ssc_melody.files import write_bytes
from ssc_melody.formats import tfrecord
from ssc_melody.formats.sequence_example import sequence_example
from ssc_melody.play.shipped import shipped_files
from ssc_melody.specs import SPECS, MelodySpec

CASES = {
    "lookback, 2x256, batch 64": ("ssc_lookback_rnn", ""),
    "attention 40, 2x256, batch 64": ("ssc_attention_rnn", ""),
    "one-hot, 2x128, batch 128": ("basic_rnn", ""),
}


def write_examples(melodies: list[list[int]], spec: MelodySpec, path: Path) -> None:
    records = (sequence_example(*examples.encode(m, spec)) for m in melodies)
    write_bytes(path, b"".join(map(tfrecord.frame, records)))


def _rate(module: str, *args: str) -> tuple[float, float]:
    command = [sys.executable, "-m", f"benchmarks.{module}", *args]
    done = subprocess.run(
        command, env=STOCK_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    wall, cpu = json.loads(done.stdout.splitlines()[-1])
    return wall, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--data", type=Path, default=shipped_files("corpus_train.events")[0])
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    melodies = list(events_file.read_events(options.data))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case, (name, hparams) in CASES.items():
            if options.only not in case:
                continue
            path = Path(folder, f"{name}.tfrecord")
            write_examples(melodies, SPECS[name], path)
            args = (name, hparams, str(options.seconds), str(path))
            rates = [
                (_rate("stock_train", *args), _rate("our_train", *args))
                for _ in range(options.rounds)
            ]
            (stock, stock_cpu), (ours, ours_cpu) = (
                (max(wall for wall, _ in side), max(cpu for _, cpu in side))
                for side in zip(*rates, strict=True)
            )
            rows.append((case, f"{stock:,.0f}", f"{ours:,.0f}", f"{ours / stock:.1f}",
                         f"{ours_cpu / stock_cpu:.1f}"))  # fmt: skip
    print_table(
        f"Useful events trained a second, {os.cpu_count()} cores, {len(melodies)} melodies",
        ("network", "stock", "ours", "times", "times, a CPU second"),
        rows,
    )


if __name__ == "__main__":
    main()
