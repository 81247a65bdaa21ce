"""Whole processes and their cost, and tables of it."""

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

STOCK_ENVIRONMENT = os.environ | {
    "TF_USE_LEGACY_KERAS": "1",  # without it Magenta 2.1.4 does not import on this TensorFlow
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}


class Cost(NamedTuple):
    """What one run of a process took."""

    seconds: float
    megabytes: float


_LAUNCHER = """
import os, subprocess, sys, time
start = time.perf_counter()
null = subprocess.DEVNULL
process = subprocess.Popen(sys.argv[1:], stdout=null, stderr=null)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - start, usage.ru_maxrss / 1024)
"""


def run_once(command: Sequence[str], env: dict[str, str] | None = None) -> Cost:
    """Runs a command to its end.

    A small process starts it: a child's largest resident set counts what its parent held when it
    was forked, and this process holds arrays.

    Args:
        command: Program and arguments; it must exit with 0.
        env: Its environment.

    Returns:
        Wall-clock seconds, and the process's largest resident set as the kernel counts it.
    """
    launch = [sys.executable, "-S", "-E", "-c", _LAUNCHER, *command]
    done = subprocess.run(launch, env=env, capture_output=True, text=True, check=True)
    code, seconds, megabytes = done.stdout.split()
    if code != "0":
        raise RuntimeError(f"exit code {code} of {' '.join(command)}")
    return Cost(float(seconds), float(megabytes))


def median_cost(costs: Sequence[Cost]) -> Cost:
    """Returns the median of each figure."""
    return Cost(*(statistics.median(figures) for figures in zip(*costs, strict=True)))


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a Markdown table."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)
