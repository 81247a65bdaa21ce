"""Where the time of one command goes: ten melodies of 128 steps from an attention bundle.

    python -m benchmarks.bench_command [ROUNDS]

Each row is a whole process that does what the row above it does and one thing more; all take turns,
and the table shows the medians of the rounds, in seconds and in seconds of processor time, which a
busy machine disturbs less. What the command takes beyond Python and NumPy is its own; the first two
rows are the floor under anything that uses NumPy.
"""

import os
import sys
import tempfile

from benchmarks.bench_generate import STEPS, generate_command
from benchmarks.measure import median_cost, print_table, run_once

STARTS = {
    "Python starts": "pass",
    "NumPy": "import numpy",
    "the command's other imports": "import numpy; import ssc_melody.cli.generate",
}
"""What each row adds -> the whole of what its process runs."""

RUNS = {"flags, the bundle, one melody of 3 steps": (1, 3), "the other melodies": (10, STEPS)}
"""What each row adds -> melodies and steps of the command."""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # as the commands' front door has it
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    commands = {name: [sys.executable, "-c", code] for name, code in STARTS.items()}
    with tempfile.TemporaryDirectory() as folder:
        for name, order in RUNS.items():
            commands[name] = generate_command("ssc_melody.cli.generate", folder, *order)
        costs = {name: [] for name in commands}
        for command in commands.values():
            run_once(command, environment)  # fills the disk cache
        for _ in range(rounds):
            for name, command in commands.items():
                costs[name].append(run_once(command, environment))
    rows, before = [], (0.0, 0.0)
    for name, runs in costs.items():
        median = median_cost(runs)
        both = median.seconds, median.cpu_seconds
        cells = [f"{figure:.3f}" for i in (0, 1) for figure in (both[i] - before[i], both[i])]
        rows.append([name, *cells])
        before = both
    header = ["", "adds, s", "in all, s", "adds, CPU s", "in all, CPU s"]
    print_table(f"Ten melodies of {STEPS} steps, whole command", header, rows)


if __name__ == "__main__":
    main()
