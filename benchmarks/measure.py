"""Whole processes and their cost, the machine's multiply peak, and tables of it."""

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

STOCK_ENVIRONMENT = os.environ | {
    "TF_USE_LEGACY_KERAS": "1",  # without it Magenta 2.1.4 does not import on this TensorFlow
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}


class Cost(NamedTuple):
    """What one run of a process took."""

    seconds: float
    megabytes: float
    cpu_seconds: float


_LAUNCHER = """
import os, subprocess, sys, time
start = time.perf_counter()
null = subprocess.DEVNULL
process = subprocess.Popen(sys.argv[1:], stdout=null, stderr=null)
_, status, usage = os.wait4(process.pid, 0)
seconds, cpu = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
print(os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss / 1024, cpu)
"""


def run_once(command: Sequence[str], env: dict[str, str] | None = None) -> Cost:
    """Runs a command to its end.

    A small process starts it: a child's largest resident set counts what its parent held when it
    was forked, and this process holds arrays.

    Args:
        command: Program and arguments; it must exit with 0.
        env: Its environment.

    Returns:
        Wall-clock seconds, the process's largest resident set as the kernel counts it, and its
        processor seconds.
    """
    launch = [sys.executable, "-S", "-E", "-c", _LAUNCHER, *command]
    done = subprocess.run(launch, env=env, capture_output=True, text=True, check=True)
    code, *figures = done.stdout.split()
    if code != "0":
        raise RuntimeError(f"exit code {code} of {' '.join(command)}")
    return Cost(*map(float, figures))


def median_cost(costs: Sequence[Cost]) -> Cost:
    """Returns the median of each figure."""
    return Cost(*(statistics.median(figures) for figures in zip(*costs, strict=True)))


def seconds_of(work: Callable[[], object]) -> float:
    """Returns the wall-clock seconds that a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def matmul_peak() -> float:
    """Returns the operations a second of a large float32 product on all cores."""
    a = np.random.default_rng(0).random((2048, 2048), dtype=np.float32)
    a @ a
    return 2 * 2048**3 / min(seconds_of(lambda: a @ a) for _ in range(8))


def training_operations(shapes: Sequence[tuple[int, ...]], inputs: int) -> float:
    """Returns the operations of the matrix products that train on one step of a melody.

    Each matrix is multiplied forward, for the gradient of what came in, and for its own gradient;
    a network's inputs need no gradient. What is added to products, or done between them, does not
    count.

    Args:
        shapes: Of the trained variables, the one that the inputs are multiplied with first.
        inputs: Length of an input vector.
    """
    matrices = [shape for shape in shapes if len(shape) > 1]
    return 2.0 * (3 * sum(map(math.prod, matrices)) - inputs * matrices[0][-1])


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a Markdown table."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)
