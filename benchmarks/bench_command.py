"""Where the time of one command goes: ten melodies of 128 steps from an attention bundle.

    python -m benchmarks.bench_command [ROUNDS]

Each row is a whole process that does what the row above it does and one thing more; all take turns,
and the table shows the medians of the rounds, in seconds and in seconds of processor time, which a
busy machine disturbs less. What the command takes beyond Python and NumPy is its own; the first two
rows are the floor under anything that uses NumPy.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.bench_generate import BUNDLE, STEPS
from benchmarks.measure import print_table

STARTS = {
    "Python starts": "pass",
    "NumPy": "import numpy",
    "the command's other imports": "import numpy; import ssc_melody.cli.generate",
}
"""What each row adds -> the whole of what its process runs."""

RUNS = {"flags, the bundle, one melody of 3 steps": (1, 3), "the other melodies": (10, STEPS)}
"""What each row adds -> melodies and steps of the command."""


def generate(melodies: int, steps: int, folder: str) -> list[str]:
    """Returns the command."""
    flags = ["--config=attention_rnn", f"--bundle_file={BUNDLE}", f"--output_dir={folder}"]
    outputs = [f"--num_outputs={melodies}", f"--num_steps={steps}"]
    return [sys.executable, "-m", "ssc_melody.cli.generate", *flags, *outputs]


def run_once(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Returns the wall-clock and processor seconds of a process."""
    null = subprocess.DEVNULL
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=null, stderr=null)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode} of {' '.join(command)}")
    return seconds, usage.ru_utime + usage.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # as the commands' front door has it
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    commands = {name: [sys.executable, "-c", code] for name, code in STARTS.items()}
    with tempfile.TemporaryDirectory() as folder:
        for name, order in RUNS.items():
            commands[name] = generate(*order, folder)
        costs = {name: [] for name in commands}
        for command in commands.values():
            run_once(command, environment)  # fills the disk cache
        for _ in range(rounds):
            for name, command in commands.items():
                costs[name].append(run_once(command, environment))
    rows, before = [], (0.0, 0.0)
    for name, runs in costs.items():
        both = tuple(statistics.median(times) for times in zip(*runs, strict=True))
        cells = [f"{figure:.3f}" for i in (0, 1) for figure in (both[i] - before[i], both[i])]
        rows.append([name, *cells])
        before = both
    header = ["", "adds, s", "in all, s", "adds, CPU s", "in all, CPU s"]
    print_table(f"Ten melodies of {STEPS} steps, whole command", header, rows)


if __name__ == "__main__":
    main()
