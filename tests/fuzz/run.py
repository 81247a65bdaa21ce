"""Runs a reader's inputs in children, and keeps what they find."""

import hashlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT
from tests.fuzz.child import make_input
from tests.fuzz.readers import READERS

FINDS = ROOT / "fuzz_finds"
CHILD = ("-m", "tests.fuzz.child")
SILENCE = 150.0
"""Seconds after which a child that says nothing is ended; its timer ends Python code earlier."""


@dataclass
class Outcome:
    """What came of a run: inputs done, and the problem of each number that has one."""

    reader: str
    inputs: int = 0
    seconds: float = 0.0
    finds: dict[int, str] = field(default_factory=dict)


def fuzz(name: str, seed: int, inputs: int, seconds: float = float("inf")) -> Outcome:
    """Runs inputs 0 to `inputs` of a reader, or as many as there is time for.

    Args:
        name: A reader.
        seed: Which inputs.
        inputs: How many at most.
        seconds: When to stop.
    """
    outcome, started = Outcome(name), time.monotonic()
    while outcome.inputs < inputs and time.monotonic() - started < seconds:
        _child(outcome, seed, inputs, started + seconds)
    outcome.seconds = time.monotonic() - started
    return outcome


def _child(outcome: Outcome, seed: int, inputs: int, end: float) -> None:
    """Runs a child from the next input on, until it ends, one way or another."""
    first = outcome.inputs
    arguments = [outcome.reader, str(seed), str(first), str(inputs - first)]
    command = [sys.executable, *CHILD, *arguments]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    with (
        tempfile.TemporaryFile() as told,  # a pipe would fill up, and the child wait
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=told, env=environment, cwd=ROOT
        ) as child,
    ):
        try:
            current, why = _follow(child, outcome, end)
        finally:
            child.kill()
        child.wait()
        told.seek(0)
        text = told.read().decode("utf-8", "replace")[-1500:]
    if not why:
        return
    if current is None:
        raise RuntimeError(f"{outcome.reader}: the child does not start: {text}")
    outcome.finds[current] = f"{why}\n{text}"
    outcome.inputs = current + 1


def _follow(child: subprocess.Popen[bytes], outcome: Outcome, end: float) -> tuple[int | None, str]:
    """Takes what a child says; returns the last number that it began, and why it stopped badly."""
    assert child.stdout is not None
    current: int | None = None
    buffered = b""
    while time.monotonic() < end:
        ready, _, _ = select.select([child.stdout], [], [], SILENCE)
        block = os.read(child.stdout.fileno(), 2**16) if ready else b""
        if not ready:
            return current, f"said nothing for {SILENCE:g} s"
        if not block:
            return current, f"died with code {child.wait()}"
        *lines, buffered = (buffered + block).split(b"\n")
        for line in lines:
            if line == b"end":
                outcome.inputs = (current or 0) + 1
                return current, ""
            if line.startswith(b"{"):
                found = json.loads(line)
                outcome.finds[found["number"]] = found["problem"]
            else:
                current = int(line)
                outcome.inputs = current
    return current, ""


def keep(outcome: Outcome, seed: int) -> list[Path]:
    """Writes the inputs that were found, and what was wrong with each beside it."""
    reader, paths = READERS[outcome.reader], []
    folder = FINDS / reader.name
    for number, problem in outcome.finds.items():
        data = make_input(reader, seed, number)
        folder.mkdir(parents=True, exist_ok=True)
        paths.append(folder / hashlib.sha256(data).hexdigest()[:12])
        paths[-1].write_bytes(data)
        paths[-1].with_suffix(".txt").write_text(f"seed {seed}, input {number}\n{problem}\n")
    return paths
