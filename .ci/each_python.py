"""Runs `make TARGETS` on each Python from 3.10 up that is found, each in a venv of its own.

    each_python.py make lint test-core

Looks at pyenv's versions and at python3.10 ... on the PATH; of a minor version, the first one found
is taken.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NEWEST = 19


def minor_version(python: Path) -> int | None:
    """Returns the X of Python 3.X; None for what does not start or cannot make a venv."""
    code = "import ensurepip, sys, venv; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.startswith("3 "):
        return None
    return int(done.stdout.split()[1])


def pythons() -> dict[int, Path]:
    """Returns the interpreters by their minor version."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = sorted(root.glob("versions/3.*/bin/python"))
    for minor in range(10, NEWEST + 1):
        if found := shutil.which(f"python3.{minor}"):
            candidates.append(Path(found))
    result: dict[int, Path] = {}
    for candidate in candidates:
        minor = minor_version(candidate)
        if minor is not None and minor >= 10:
            result.setdefault(minor, candidate)
    return dict(sorted(result.items()))


def main(command: list[str]) -> int:
    """Returns 0 where every Python passed."""
    failed = []
    for minor, python in pythons().items():
        print(f"== Python 3.{minor}: {python}", flush=True)
        done = subprocess.run(
            [*command, f"PYTHON={python}", f"VENV=.venv-3.{minor}"], check=False
        )  # fmt: skip
        if done.returncode:
            failed.append(f"3.{minor}")
    print("failed on Python " + ", ".join(failed) if failed else "passed on every Python")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
