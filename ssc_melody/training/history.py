"""What a run has measured: TensorBoard's files, curves.jsonl, and the picture of it.

Follows events_rnn_graph.py in the metrics and their names, and stock's folders: training's event
files are in run_dir/train, eval's in run_dir/eval. curves.jsonl holds the same numbers, a line a
measurement, and is what a resumed run remembers its best eval by.

Differs: eval counts the last, partial batch and keeps dropout off.
"""

from __future__ import annotations

import io
import json
import logging
import math
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssc_melody.errors import FormatError, SscMelodyError
from ssc_melody.files import write_bytes
from ssc_melody.formats import tfrecord
from ssc_melody.formats.json_data import parse_json

if TYPE_CHECKING:  # imports TensorFlow, which what a run has measured needs not
    from ssc_melody.training.sums import Sums

logger = logging.getLogger("ssc_melody")

FILE = "curves.jsonl"
PICTURE = "curves.png"
LOSS = "metrics/loss_per_step"
_SMOOTHED = 25


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan


def metrics(sums: Sums, per_class: bool = False) -> dict[str, float]:
    """Returns the metrics under stock's names; NaN where nothing was counted.

    Args:
        sums: Over the steps that are measured.
        per_class: Whether to add the mean accuracy over classes, as stock's eval does.
    """
    loss = _share(sums.cross_entropy, sums.steps)
    perplexity = math.exp(min(loss, 700.0)) if math.isfinite(loss) else loss
    no_events = sums.steps - sums.events
    found = {
        "loss": loss,
        "metrics/perplexity": perplexity,
        "metrics/accuracy": _share(sums.correct, sums.steps),
        "metrics/event_accuracy": _share(sums.events_correct, sums.events),
        "metrics/no_event_accuracy": _share(sums.correct - sums.events_correct, no_events),
        LOSS: loss,
        "metrics/perplexity_per_step": perplexity,
    }
    if per_class:
        shares = sums.class_correct / np.maximum(sums.class_steps, 1)
        found["metrics/per_class_accuracy"] = float(np.mean(shares))
    return found


def in_words(found: dict[str, float]) -> str:
    """Returns metrics on one line; those of which nothing was counted are left out."""
    names = {name: name.removeprefix("metrics/").replace("_", " ") for name in found}
    return ", ".join(
        f"{names[name]} {value:.4f}" for name, value in found.items() if not math.isnan(value)
    )


class Events:
    """One of TensorBoard's event files, begun when it is first written to.

    Follows TensorFlow's events_writer.cc: a TFRecord file of Event messages. TensorFlow's own
    writer takes no path that is not UTF-8.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path: Path | None = None

    def write(self, step: int, values: dict[str, float]) -> None:
        """Notes values at a step; NaN stands for nothing to note.

        Raises:
            SscMelodyError: The disk is full, or gone.
        """
        from tensorflow.compat.v1 import Event, Summary  # noqa: PLC0415 (takes seconds to import)

        entries = [
            Summary.Value(tag=tag, simple_value=value)
            for tag, value in values.items()
            if not math.isnan(value)
        ]
        now = time.time()
        events = [Event(wall_time=now, step=step, summary=Summary(value=entries))]
        if self.path is None:
            name = f"events.out.tfevents.{int(now)}.{socket.gethostname()}.{os.getpid()}"
            self.path = self.folder / name
            events.insert(0, Event(wall_time=now, file_version="brain.Event:2"))
        data = b"".join(tfrecord.frame(event.SerializeToString()) for event in events)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(data)
        except OSError as error:
            raise SscMelodyError(f"cannot write {self.path}: {error.strerror}") from error


class History:
    """The measurements of a run, those before it was resumed included."""

    def __init__(self, run_dir: Path) -> None:
        """Reads what there is."""
        self.run_dir = run_dir
        self.rows = _rows(run_dir / FILE)
        self._events = {kind: Events(run_dir / kind) for kind in ("train", "eval")}

    def forget_after(self, step: int) -> None:
        """Drops what was measured after a step: it will be measured again."""
        self.rows = [row for row in self.rows if row["step"] <= step]
        if (self.run_dir / FILE).exists():
            lines = "".join(json.dumps(row) + "\n" for row in self.rows)
            write_bytes(self.run_dir / FILE, lines.encode())

    def add(self, kind: str, step: int, values: dict[str, float], **more: float) -> None:
        """Notes a measurement of training or eval ("train", "eval") at a step."""
        self._events[kind].write(step, {**values, **more})
        row = {"step": step, "kind": kind, **values}
        self.rows.append(row)
        try:
            _append(self.run_dir / FILE, json.dumps(row) + "\n")
        except OSError as error:
            raise SscMelodyError(f"cannot write {self.run_dir / FILE}: {error.strerror}") from error

    def of(self, kind: str) -> list[tuple[int, float]]:
        """Returns (step, loss per step) of all measurements of a kind."""
        return [(row["step"], row[LOSS]) for row in self.rows if row["kind"] == kind]

    def best(self) -> tuple[int, float] | None:
        """Returns (step, loss per step) of the best eval, the first where several are equal."""
        return min(self.of("eval"), key=lambda row: row[1], default=None)

    def evals_since_best(self) -> int:
        """Returns how many evals came after the best one."""
        best = self.best()
        return sum(step > best[0] for step, _ in self.of("eval")) if best else 0

    def draw(self) -> None:
        """Writes run_dir/curves.png; without matplotlib there is none, and a warning."""
        try:
            from matplotlib.figure import Figure  # noqa: PLC0415 (takes seconds to import)
        except ImportError:
            logger.warning("no %s: matplotlib is not installed", PICTURE)
            return
        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.add_subplot()
        if train := self.of("train"):
            steps, losses = zip(*train, strict=True)
            axes.plot(steps, losses, color="0.8", linewidth=0.8)
            axes.plot(steps, _smooth(losses), label="training (dropout on)")
        if evals := self.of("eval"):
            axes.plot(*zip(*evals, strict=True), marker=".", label="eval (dropout off)")
        if best := self.best():
            axes.plot(*best, "o", mfc="none", label=f"best eval: {best[1]:.4f}, step {best[0]:,}")
        axes.set_xlabel("training step")
        axes.set_ylabel("loss per step (nats)")
        axes.grid(alpha=0.3)
        if train or evals:
            axes.legend()
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=120)
        write_bytes(self.run_dir / PICTURE, picture.getvalue())


def _smooth(losses: tuple[float, ...]) -> list[float]:
    """Returns the mean of up to the last _SMOOTHED values at each place."""
    total = np.concatenate([[0.0], np.cumsum(losses)])
    ends = np.arange(1, len(total))
    starts = np.maximum(ends - _SMOOTHED, 0)
    return list((total[ends] - total[starts]) / (ends - starts))


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line)


def _rows(path: Path) -> list[dict[str, Any]]:
    """Returns the lines that are whole; a killed run may have left half of one."""
    rows = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(parse_json(line, {"step": int, "kind": str}))
        except FormatError:
            continue
    return [row for row in rows if isinstance(row.get(LOSS), float | int)]
