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

from make_bundles import corpus, measures
from ssc_melody.dataset import events_file
from ssc_melody.dataset.report import IN_LEAVE_OUT, IN_OTHER_SET, SIMILAR
from ssc_melody.evaluation import melodies, players
from ssc_melody.formats.checkpoint import latest_checkpoint
from ssc_melody.play.loading import load_checkpoint
from ssc_melody.specs import SPECS

HERE = Path(__file__).resolve().parent
BUNDLES = HERE.parent / "bundles"
PATIENCE = 12
"""Evals without a better one that end a training."""
AVERAGE_DECAY = 0.99
"""What is evaluated and shipped is a moving average of the weights."""
LAST_HPARAMS = "dropout_keep_prob=0.8"
"""What the last stretch of a training is trained with, from the best weights of the first one."""

BUNDLE_COLUMNS = (
    *("bundle", "best step", "wall time", "ended", "train loss", "eval loss"),
    *("slope", "perplexity per step", "size", "sha256"),
)
WARM = (
    "The run of `ssc_mono_rnn` began with the weights of `ssc_basic_rnn` at step 2,700 (a pitch "
    "outside its range with those of its nearest octave): after 50 steps it was better (1.042 nats "
    "per step) than a run of its own after 600 (1.058). The others began with the weights of the "
    "former bundles (those of basic and lookback after 400 and 200 steps on an earlier build of "
    "this corpus, which differs in 0.1 % of its bytes), which had been trained on some of this "
    "corpus (the melodies of `corpus_train.events`) and not on the held-out melodies of "
    "`corpus_eval.events`; what shares a run of twelve intervals with the former is left out of "
    "the second held-out set below. Large products took bfloat16 (`--bfloat16`) in the last "
    "stretch of basic and mono, in mono's first one from step 142 on, in lookback's run from step "
    "1,500 on and in attention's from 986 on; these two went on with less dropout in the same run, "
    "from steps 3,566 and 1,744 on."
)


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


def ended(evals: Sequence[dict[str, Any]]) -> str:
    """Returns what ended a run, early stopping or its time."""
    best = min(range(len(evals)), key=lambda i: evals[i]["loss"])
    return "stopped early" if len(evals) - 1 - best >= PATIENCE else "time over"


def slope(evals: Sequence[dict[str, Any]]) -> float:
    """Returns the fall of the loss a hundred steps, by least squares over the last third."""
    last = evals[-max(2, -(-len(evals) // 3)) :]
    if len(last) < 2:
        return float("nan")
    steps = [float(row["step"]) for row in last]
    losses = [float(row["loss"]) for row in last]
    middle, mean = sum(steps) / len(steps), sum(losses) / len(losses)
    spread = sum((step - middle) ** 2 for step in steps)
    rise = sum((s - middle) * (y - mean) for s, y in zip(steps, losses, strict=True))
    return -100 * rise / spread


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def sources(data: Path) -> str:
    """Returns the table of what the corpus is made of."""
    counts: dict[tuple[str, str], list[int]] = {}
    for split in ("training", "eval"):
        steps = map(len, events_file.read_events(data / f"{split}_melodies.events"))
        for name, count in corpus.rows(data, split):
            added = (1, count, sum(next(steps) for _ in range(count)))
            for key in (name.split("/")[0], ""):
                sums = counts.setdefault((key, split), [0, 0, 0])
                sums[:] = [old + new for old, new in zip(sums, added, strict=True)]
    rows = []
    for archive, text in (*((s.archive, s.text) for s in corpus.SOURCES), ("", "together")):
        row = [counts.get((archive, split), [0, 0, 0]) for split in ("training", "eval")]
        rows.append([text, *(f"{number:,}" for numbers in row for number in numbers)])
    head = ["source", "pieces to train on", "melodies", "steps"]
    return table([*head, "pieces held out", "melodies", "steps"], rows)


def lost(data: Path) -> str:
    """Returns the table of the melodies that were left out for being like others."""
    found = corpus.lost(data)
    total = sum(found.values(), Counter())
    names = (IN_LEAVE_OUT, IN_OTHER_SET, SIMILAR)
    rows = [
        [text, *(f"{count[name]:,}" for name in names)]
        for text, count in (
            *((source.text, found[source.archive]) for source in corpus.SOURCES),
            ("together", total),
        )
    ]
    return table(["source", "as held out above", "as the other set", "as earlier pieces"], rows)


def credit_list(archives: Path) -> str:
    """Returns who made the sources, and under which licence."""
    makers = corpus.maintainers(archives)
    lines = (
        f"- `{source.path}`, {source.text}: {source.credit.replace('$maintainers', makers)}. "
        f"{source.licence[0].upper()}{source.licence[1:]}."
        for source in corpus.SOURCES
    )
    return "\n".join(lines)


def first_stretch(run_dir: Path) -> Path:
    """Returns the run that a run with less dropout goes on from."""
    return run_dir.with_name(f"{run_dir.name}_first")


def bundle_row(config: str, run_dir: Path) -> list[str]:
    """Returns a bundle's row: steps, time, losses, checksum."""
    evals = curve(run_dir, "eval")
    best = min(evals, key=lambda row: row["loss"])
    nearest = min(curve(run_dir, "train"), key=lambda row: abs(row["step"] - best["step"]))
    data = (BUNDLES / f"{config}.mag").read_bytes()
    first, before, seconds = first_stretch(run_dir), "", wall_seconds(run_dir)
    if first.is_dir():
        before = f"{min(curve(first, 'eval'), key=lambda row: row['loss'])['step']:,} + "
        seconds += wall_seconds(first)
    return [
        f"`{config}`",
        f"{before}{best['step']:,} of {evals[-1]['step']:,}",
        f"{seconds / 60:.0f} min",
        ended(evals),
        f"{nearest['loss']:.3f}",
        f"{best['loss']:.3f}",
        f"{slope(evals):.4f}",
        f"{best['metrics/perplexity_per_step']:.2f}",
        f"{len(data) / 1e6:.1f} MB",
        f"`{hashlib.sha256(data).hexdigest()}`",
    ]


def network(run_dir: Path, config: str) -> players.NetworkPlayer:
    """Returns the best network of a run."""
    return players.NetworkPlayer(config, load_checkpoint(best_checkpoint(run_dir), SPECS[config]))


def comparison_row(config: str, work: Path, benchmark: melodies.MelodySet) -> list[str]:
    """Returns bits per step on the benchmark: Markov chains, Magenta's 128 units, ours."""
    view = melodies.view_of(SPECS[config])
    row = [f"`{config}`"]
    for chain in measures.chains(work / "corpus" / "training_melodies.events", view):
        row.append(f"{measures.bits(chain, benchmark).value:.3f}")
    small = config.removeprefix("ssc_")
    if (work / small / "best").is_dir():
        evals = curve(work / small, "eval")
        found = measures.told(measures.bits(network(work / small, small), benchmark))
        minutes = f"{wall_seconds(work / small) / 60:.0f} min"
        row.append(f"{found}; {evals[-1]['step']:,} steps, {minutes}, {ended(evals)}")
    else:
        row.append("not trained")
    ours = measures.bits(network(work / config, config), benchmark)
    return [*row, f"**{ours.value:.3f}** ({ours.low:.3f} to {ours.high:.3f})"]


def commands() -> str:
    """Returns the single commands."""
    inputs = [f"FOLDER/{source.path}" for source in corpus.SOURCES]
    lines = (
        f"ssc_melody_create_dataset --config={corpus.CONFIG} --input={inputs[0]} \\",
        *(f"  {path} \\" for path in inputs[1:]),
        "  --output_dir=build/bundles/corpus --format=events --dedupe=similar \\",
        f"  --leave_out=bundles/corpus_eval.events --eval_ratio={corpus.EVAL_RATIO} \\",
        f"  --max_steps={corpus.MAX_STEPS} --seed={corpus.SEED}",
        "ssc_melody_train --config=NAME --run_dir=build/bundles/NAME_first --eval_every=50 \\",
        "  --sequence_example_file=build/bundles/corpus/training_melodies.events \\",
        "  --eval_file=build/bundles/corpus/stop_melodies.events --num_checkpoints=3 \\",
        f"  --average_decay={AVERAGE_DECAY} --patience={PATIENCE} --seed=1756 --max_minutes=240",
        "ssc_melody_generate --save_generator_bundle --config=NAME \\",
        "  --checkpoint_file=build/bundles/NAME_first/best --bundle_file=build/first.mag",
        "ssc_melody_train --config=NAME --run_dir=build/bundles/NAME ... as above ... \\",
        f"  --hparams={LAST_HPARAMS} --warm_start_bundle_file=build/first.mag",
        "ssc_melody_generate --save_generator_bundle --config=NAME \\",
        "  --checkpoint_file=build/bundles/NAME/best --bundle_file=bundles/NAME.mag",
    )
    return "\n".join(f"    {line}" for line in lines)


def write(path: Path, work: Path, archives: Path, configs: Sequence[str], chords: str = "") -> None:
    """Writes the model card.

    Args:
        path: The file.
        work: Folder with the corpus and the runs.
        archives: Folder of the archives.
        configs: The configs of the bundles.
        chords: The section on the bundle of melodies on chords (`chord_card`), or "".
    """
    data = work / "corpus"
    report = json.loads((data / "report.json").read_text())
    runs = [json.loads((work / config / "config.json").read_text()) for config in configs]
    warm = any(run.get("warm_start") for run in runs)
    held_out = measures.held_out(data, warm)
    networks = [network(work / config, config) for config in configs]
    second = measures.by_source(networks, held_out.second)
    text = string.Template((HERE / "README.md.in").read_text()).substitute(
        patience=PATIENCE,
        average=AVERAGE_DECAY,
        start=WARM if warm else "",
        last=LAST_HPARAMS,
        chords=chords,
        sources=sources(data),
        lost=lost(data),
        credits=credit_list(archives),
        commands=commands(),
        bars=f"{report['bars']:,}",
        steps=f"{report['steps']:,}",
        uniform=f"{math.log2(38):.2f}",
        benchmark_melodies=len(held_out.benchmark.melodies),
        held_out_melodies=f"{len(held_out.second.melodies):,}",
        held_out_pieces=f"{len(set(held_out.second.pieces)):,}",
        bundles=table(
            BUNDLE_COLUMNS,
            [bundle_row(config, work / config) for config in configs],
        ),
        comparison=table(
            ["bundle", "Markov 0", "Markov 1", "Markov 2", "Magenta's 128 units", "ours"],
            [comparison_row(config, work, held_out.benchmark) for config in configs],
        ),
        by_source=table(
            ["source", "melodies", *(f"`{config}`" for config in configs)],
            [
                [name, f"{count:,}", *(f"{value:.3f}" for value in values)]
                for name, count, values in second
            ],
        ),
        versions=", ".join(f"{name} {version}" for name, version in runs[0]["versions"].items()),
        machine=f"{os.cpu_count()} cores ({platform.machine()}), no GPU",
    )
    path.write_text(text, encoding="utf-8")
