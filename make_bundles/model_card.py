"""bundles/README.md from what the trainings left behind: reports, configs, curves, event files."""

import hashlib
import json
import math
import os
import platform
import string
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ssc_melody.evaluation import markov, melodies, players
from ssc_melody.formats.checkpoint import latest_checkpoint
from ssc_melody.play.loading import load_checkpoint
from ssc_melody.specs import SPECS

HERE = Path(__file__).resolve().parent
BUNDLES = HERE.parent / "bundles"
ORDERS = (0, 1, 2)
PATIENCE = 12
"""Evals without a better one that end a training."""

BUNDLE_COLUMNS = (
    *("bundle", "best step", "wall time", "train loss", "eval loss"),
    *("perplexity a step", "size", "sha256"),
)
SOURCES = {
    "mozart.zip": "Mozart, piano",
    "classical.zip": "Schubert and Schumann, piano",
    "mozart": "Mozart, string quartets and K. 545",
    "haydn": "Haydn, string quartets",
    "beethoven": "Beethoven, string quartets",
    "schumann_robert": "Schumann, string quartet and songs",
    "ryansMammoth": "Ryan's Mammoth Collection (1883), every third tune",
}


def best_checkpoint(run_dir: Path) -> Path:
    """Returns the checkpoint with the lowest eval loss."""
    return latest_checkpoint(run_dir / "best")


def wall_seconds(run_dir: Path) -> float:
    """Returns how long a run trained, by the clock in TensorBoard's files; pauses do not count."""
    from tensorflow.compat.v1.train import summary_iterator  # noqa: PLC0415 (seconds to import)

    total = 0.0
    for path in sorted((run_dir / "train").glob("events.out.*")):
        times = [event.wall_time for event in summary_iterator(str(path))]
        total += times[-1] - times[0]
    return total


def curve(run_dir: Path, kind: str) -> list[dict[str, Any]]:
    """Returns the measurements of a run, train or eval."""
    rows = map(json.loads, (run_dir / "curves.jsonl").read_text().splitlines())
    return [row for row in rows if row["kind"] == kind]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def sources(corpus: Path) -> str:
    """Returns the table of what the corpus is made of."""
    pieces: Counter[tuple[str, str]] = Counter()
    tunes: Counter[tuple[str, str]] = Counter()
    for line in (corpus / "report_files.jsonl").read_text().splitlines():
        row = json.loads(line)
        if "set" in row:
            key = (row["file"].split("/")[0], row["set"])
            pieces[key] += 1
            tunes[key] += row["melodies"]
    rows = []
    for folder, text in SOURCES.items():
        counts = [
            f"{count[folder, split]:,}"
            for split in ("training", "eval")
            for count in (pieces, tunes)
        ]
        rows.append([text, *counts])
    sums = [
        f"{sum(n for (_, s), n in count.items() if s == split):,}"
        for split in ("training", "eval")
        for count in (pieces, tunes)
    ]
    rows.append(["together", *sums])
    head = ["source", "pieces to train on", "melodies", "pieces held out", "melodies"]
    return _table(head, rows)


def bundle_row(config: str, run_dir: Path) -> list[str]:
    """Returns a bundle's row: steps, time, losses, checksum."""
    best = min(curve(run_dir, "eval"), key=lambda row: row["loss"])
    nearest = min(curve(run_dir, "train"), key=lambda row: abs(row["step"] - best["step"]))
    last = curve(run_dir, "eval")[-1]["step"]
    data = (BUNDLES / f"{config}.mag").read_bytes()
    return [
        f"`{config}`",
        f"{best['step']:,} of {last:,}",
        f"{wall_seconds(run_dir) / 60:.0f} min",
        f"{nearest['loss']:.3f}",
        f"{best['loss']:.3f}",
        f"{best['metrics/perplexity_per_step']:.2f}",
        f"{len(data) / 1e6:.1f} MB",
        f"`{hashlib.sha256(data).hexdigest()}`",
    ]


def bits(player: players.Player, found: Sequence[Sequence[int]]) -> float:
    """Returns the bits a step of melodies, in the key and range of the player."""
    fit = player.fit([player.view.squash(events) for events in found])
    return float(fit.bits.sum() / fit.steps.sum())


def network(run_dir: Path, config: str) -> players.NetworkPlayer:
    """Returns the best network of a run."""
    return players.NetworkPlayer(config, load_checkpoint(best_checkpoint(run_dir), SPECS[config]))


def _length(run_dir: Path) -> str:
    """Returns how long a run trained, and whether early stopping or its time ended it."""
    evals = curve(run_dir, "eval")
    best = min(range(len(evals)), key=lambda i: evals[i]["loss"])
    end = "stopped early" if len(evals) - 1 - best >= PATIENCE else "time over"
    return f"{evals[-1]['step']:,} steps, {wall_seconds(run_dir) / 60:.0f} min, {end}"


def comparison_row(config: str, work: Path, corpus: Path) -> list[str]:
    """Returns bits a step on the held-out melodies: Markov chains, Magenta's 128 units, ours."""
    view = melodies.view_of(SPECS[config])
    training = melodies.read(corpus, "training").melodies
    held_out = melodies.read(corpus, "eval").melodies
    seen = [view.squash(events) for events in training]
    row = [f"`{config}`"]
    for order in ORDERS:
        chain = markov.fit(seen, order, view.min_note, view.max_note)
        row.append(f"{bits(players.MarkovPlayer('', chain, view), held_out):.3f}")
    small = config.removeprefix("ssc_")
    if (work / small / "best").is_dir():
        found = bits(network(work / small, small), held_out)
        row.append(f"{found:.3f} ({_length(work / small)})")
    else:
        row.append("not trained")
    row.append(f"**{bits(network(work / config, config), held_out):.3f}**")
    return row


def write(path: Path, work: Path, configs: Sequence[str]) -> None:
    """Writes the model card.

    Args:
        path: The file.
        work: Folder with the corpus and the runs.
        configs: The configs of the bundles.
    """
    corpus = work / "corpus"
    report = json.loads((corpus / "report.json").read_text())
    run = json.loads((work / configs[0] / "config.json").read_text())
    text = string.Template((HERE / "README.md.in").read_text()).substitute(
        sources=sources(corpus),
        bars=f"{report['bars']:,}",
        steps=f"{report['steps']:,}",
        uniform=f"{math.log2(38):.2f}",
        bundles=_table(
            BUNDLE_COLUMNS,
            [bundle_row(config, work / config) for config in configs],
        ),
        comparison=_table(
            ["bundle", *(f"Markov {order}" for order in ORDERS), "Magenta's 128 units", "ours"],
            [comparison_row(config, work, corpus) for config in configs],
        ),
        versions=", ".join(f"{name} {version}" for name, version in run["versions"].items()),
        machine=f"{os.cpu_count()} cores ({platform.machine()}), no GPU",
    )
    path.write_text(text, encoding="utf-8")
