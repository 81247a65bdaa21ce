"""Eval loss over wall-clock time: stock Magenta's trainer and ours, on the same files.

    python -m benchmarks.bench_curves [--seconds=480] [--picture=docs/training_curves.png]
        [--train_file=A.events ...] [--eval_file=B.events ...]

The data is the corpus of the shipped bundles, if no other is given. Both sides train at the same
time, each in a process of its own, so that they share the machine and whatever else it does.
Imports, graph building and compiling are inside the time. Then all their checkpoints are evaluated
by the same code, dropout off, every step counted once. --only=train and --only=picture do one half
each (by way of --work).
"""

import argparse
import io
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.bench_train import write_examples
from benchmarks.measure import STOCK_ENVIRONMENT, print_table
from ssc_melody.dataset import events_file
from ssc_melody.files import write_bytes
from ssc_melody.magenta_layer import shims
from ssc_melody.play.shipped import shipped_files
from ssc_melody.specs import SPECS

CONFIG = "ssc_lookback_rnn"
SAVE_SECONDS = 15
SIDES = ("stock", "ours")

_STOCK = """
import sys
from ssc_melody.magenta_layer import shims
shims.activate()
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
tf.logging.set_verbosity(tf.logging.ERROR)
from magenta.models.shared import events_rnn_graph, events_rnn_train
from ssc_melody.magenta_layer.register import magenta_config
from ssc_melody.specs import SPECS
name, path, train_dir, seconds = sys.argv[1:]
build = events_rnn_graph.get_build_graph_fn("train", magenta_config(SPECS[name]), [path])
events_rnn_train.run_training(
    build, train_dir, save_checkpoint_secs=float(seconds), checkpoints_to_keep=0)
"""


def _commands(work: Path) -> dict[str, list[str]]:
    data = str(work / "train.tfrecord")
    stock = [CONFIG, data, str(work / "stock" / "train"), str(SAVE_SECONDS)]
    ours = [f"--config={CONFIG}", f"--sequence_example_file={data}", f"--run_dir={work / 'ours'}"]
    ours += [f"--save_checkpoint_secs={SAVE_SECONDS}", "--num_checkpoints=0", "--seed=1"]
    return {
        "stock": [sys.executable, "-c", _STOCK, *stock],
        "ours": [sys.executable, "-m", "ssc_melody.cli.train", *ours],
    }


def _train(work: Path, seconds: float) -> None:
    """Lets both sides train, and notes when each wrote each checkpoint."""
    start = time.time()
    processes = []
    for side, command in _commands(work).items():
        with (work / f"{side}.log").open("wb") as log:
            processes.append(
                subprocess.Popen(command, env=STOCK_ENVIRONMENT, stdout=log, stderr=log)
            )
    time.sleep(seconds)
    ended = [process.poll() for process in processes]
    for process in processes:
        process.kill()
        process.wait()
    if ended != [None] * len(ended):
        sys.exit(f"one ended early, with exit codes {ended}: see {work}/*.log")
    for side in SIDES:
        written = {
            path.stem: path.stat().st_mtime - start
            for path in (work / side / "train").glob("model.ckpt-*.index")
        }
        (work / f"{side}.json").write_text(json.dumps(written))


def _evaluate(work: Path) -> dict[str, list[tuple[float, int, float]]]:
    """Returns for each side (seconds, step, eval loss per step) of its checkpoints."""
    with shims.quiet_import():
        from ssc_melody.training import checkpoints, data, graph, history, loop

    spec = SPECS[CONFIG]
    examples = data.load([work / "eval.tfrecord"], spec)
    network = None
    curves = {}
    for side in SIDES:
        curves[side] = []
        for name, seconds in json.loads((work / f"{side}.json").read_text()).items():
            state = checkpoints.read_state(work / side / "train" / name, spec)
            network = network or graph.Network(spec, state, 0, jit=True)
            network.load(state)
            loss = loop.evaluate(network, examples)[history.LOSS]
            curves[side].append((seconds, network.global_step, loss))
        curves[side].sort()
    return curves


def _draw(curves: dict[str, list[tuple[float, int, float]]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    labels = {"stock": "stock Magenta 2.1.4", "ours": "ssc_melody_train"}
    for side, points in curves.items():
        seconds, steps, losses = zip(*points, strict=True)
        label = f"{labels[side]} ({steps[-1]} steps)"
        axes.plot(seconds, losses, marker=".", label=label)
    axes.set_xlabel("wall-clock time (s), start of the process and compiling included")
    axes.set_ylabel("eval loss per step (nats)")
    axes.grid(alpha=0.3)
    axes.legend()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=100)
    write_bytes(path, picture.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train_file", action="append", default=[], type=Path)
    parser.add_argument("--eval_file", action="append", default=[], type=Path)
    parser.add_argument("--picture", type=Path, default=Path("docs/training_curves.png"))
    parser.add_argument("--seconds", type=float, default=480)
    parser.add_argument("--only", choices=("train", "picture"))
    parser.add_argument("--work", type=Path, default=Path("curves"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for kind in ("train", "eval"):
        files = getattr(options, f"{kind}_file")
        if not files and options.only != "picture":  # whose data is that of the training
            files = shipped_files(f"corpus_{kind}.events")
        melodies = [melody for file in files for melody in events_file.read_events(file)]
        if melodies:
            write_examples(melodies, SPECS[CONFIG], options.work / f"{kind}.tfrecord")
    if options.only != "picture":
        _train(options.work, options.seconds)
    if options.only != "train":
        curves = _evaluate(options.work)
        _draw(curves, options.picture)
        rows = [
            (side, f"{seconds:.0f}", str(step), f"{loss:.4f}")
            for side, points in curves.items()
            for seconds, step, loss in points
        ]
        print_table("Eval loss per step", ("side", "seconds", "step", "loss"), rows)


if __name__ == "__main__":
    main()
