"""The training run: steps, evals, checkpoints, and why it ends.

Follows events_rnn_train.py (`run_training`) and its files. Stock evaluates in a second process,
with dropout on and over full batches only; here eval happens between steps.

Differs: num_training_steps is the step that the run ends at, as stock's help says (stock itself
trains that many more on resuming).
"""

import contextlib
import functools
import logging
import math
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from ssc_melody.errors import SscMelodyError
from ssc_melody.network.variables import with_averages
from ssc_melody.specs import NetworkSpec
from ssc_melody.training import batches, checkpoints, graph, history
from ssc_melody.training.data import Examples
from ssc_melody.training.options import Outcome, Progress, TrainOptions
from ssc_melody.training.products import multiplies_bfloat16
from ssc_melody.training.sums import Sums

logger = logging.getLogger("ssc_melody")

_FEWEST_STEPS_BETWEEN_EVALS = 50


def device() -> str:
    """Returns which device runs, in words."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return f"GPU ({details.get('device_name', gpus[0].name)})"
    return "CPU (TensorFlow sees no GPU)"


@contextlib.contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Makes Ctrl-C and SIGTERM wait for the end of a step; a second Ctrl-C does not wait."""
    seen: list[int] = []

    def note(number: int, frame: Any) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(number)

    before = {}
    with contextlib.suppress(ValueError):  # not in the main thread
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, note)
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def evaluate(network: graph.Network, examples: Examples) -> dict[str, float]:
    """Returns the metrics over a data set, dropout off, every step counted once."""
    feed = batches.eval_batches(examples, network.spec.batch_size)
    total = functools.reduce(Sums.plus, map(network.evaluate, feed))
    return history.metrics(total, per_class=True)


class _Run:
    """One process's share of a run."""

    def __init__(
        self,
        run_dir: Path,
        network: graph.Network,
        examples: Examples,
        eval_examples: Examples | None,
        options: TrainOptions,
        progress: Callable[[Progress], None],
    ) -> None:
        self.train_dir, self.best_dir = run_dir / "train", run_dir / "best"
        self.network, self.examples, self.eval_examples = network, examples, eval_examples
        self.options, self.progress = options, progress
        self.step = network.global_step
        self.history = history.History(run_dir)
        self.history.forget_after(self.step)
        self.start = self.saved_at = time.monotonic()
        there = checkpoints.steps_in(self.train_dir)
        self.saved_step = self.step if self.step in there else -1
        self.events = self.seconds = 0.0
        size = min(network.spec.batch_size, len(examples.lengths))
        epoch = -(-len(examples.lengths) // size)
        self.eval_every = options.eval_every or max(epoch, _FEWEST_STEPS_BETWEEN_EVALS)

    def save(self) -> None:
        """Writes a checkpoint of this step, if there is none."""
        if self.saved_step == self.step:
            return
        if not self.network.weights_are_finite():
            raise self._diverged("a weight is not a number")
        checkpoints.save(self.train_dir, self.network.state(), self.options.num_checkpoints)
        self.saved_step, self.saved_at = self.step, time.monotonic()

    def _diverged(self, what: str) -> SscMelodyError:
        good = checkpoints.steps_in(self.train_dir)
        there = f"the last good checkpoint is model.ckpt-{good[-1]}; " if good else ""
        spec = self.network.spec
        return SscMelodyError(
            f"step {self.step}: {what}; {there}train again with a smaller learning_rate (now "
            f"{spec.learning_rate:g}) or clip_norm (now {spec.clip_norm:g})"
        )

    def train_step(self, batch: batches.Batch, waited: float) -> None:
        """Trains on one batch and notes what it cost; `waited` seconds went into getting it."""
        start, compiled = time.monotonic(), self.network.compiled
        sums = self.network.train(batch)
        self.step += 1
        loss = float(sums.cross_entropy / sums.steps)
        if not math.isfinite(loss):
            raise self._diverged(f"the loss is {loss}")
        if self.network.compiled == compiled:  # else the time was the compiler's
            self.seconds += time.monotonic() - start + waited
            self.events += float(sums.steps)
        if self.step % self.options.summary_frequency == 0:
            self.history.add("train", self.step, history.metrics(sums))
        self.progress(Progress(self.step, loss, self.events, self.seconds))

    def eval_if_due(self) -> None:
        """Evaluates every `eval_every` steps, and keeps the weights if they are the best."""
        if self.eval_examples is None or self.step % self.eval_every:
            return
        before = self.history.best()
        with self.network.averaged():
            found = evaluate(self.network, self.eval_examples)
            self.history.add("eval", self.step, found)
            better = before is None or found[history.LOSS] < before[1]
            if better:
                checkpoints.save_best(self.best_dir, self.network.state())
        logger.info(
            "step %s: eval loss %.4f, perplexity per step %.3f, accuracy %.3f%s",
            f"{self.step:,}",
            found[history.LOSS],
            found["metrics/perplexity_per_step"],
            found["metrics/accuracy"],
            " (best so far)" if better else "",
        )

    def reason_to_end(self) -> str:
        """Returns why the run ends now, or ""."""
        options = self.options
        if options.num_training_steps and self.step >= options.num_training_steps:
            return f"`num_training_steps={options.num_training_steps}` reached"
        if options.patience and self.history.evals_since_best() >= options.patience:
            return f"no better eval in the last {options.patience} (`patience`)"
        if options.max_minutes and time.monotonic() - self.start >= 60 * options.max_minutes:
            return f"`max_minutes={options.max_minutes:g}` is over"
        return ""

    def work(self, stopped: Callable[[], bool]) -> str:
        """Trains until there is a reason to end, and returns it."""
        spec = self.network.spec
        with batches.TrainingBatches(
            self.examples, spec.batch_size, self.network.seed, self.step
        ) as feed:
            while not (reason := self.reason_to_end()):
                if stopped():
                    return "interrupted"
                start = time.monotonic()
                batch = feed.next()
                self.train_step(batch, time.monotonic() - start)
                self.eval_if_due()
                if time.monotonic() - self.saved_at >= self.options.save_checkpoint_secs:
                    self.save()
        return reason


def train(
    run_dir: Path,
    spec: NetworkSpec,
    seed: int,
    state: dict[str, Any],
    examples: Examples,
    eval_examples: Examples | None,
    options: TrainOptions,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Outcome:
    """Trains until the options say so, or the user.

    Args:
        run_dir: Folder of the run.
        spec: The config.
        seed: Start of all random numbers.
        state: Where to start (`variables.initial_state`, `checkpoints.latest_state`).
        examples: The training data.
        eval_examples: The eval data, or None.
        options: How to run.
        progress: Called after every step.

    Raises:
        SscMelodyError: The training diverged, memory is out, or a checkpoint cannot be written.
    """
    network = graph.Network(
        spec,
        with_averages(state, wanted=options.average_decay > 0),
        seed,
        options.jit,
        average_decay=options.average_decay,
        half_life=options.learning_rate_half_life,
        bfloat16=options.bfloat16,
    )
    if options.bfloat16 and multiplies_bfloat16() is False:
        logger.warning(
            "this CPU does not multiply bfloat16 (no avx512_bf16 or amx_bf16 in /proc/cpuinfo): "
            "training may be slower with `bfloat16` than without"
        )
    checkpoints.clean(run_dir / "train", after=network.global_step)
    checkpoints.clean(run_dir / "best")
    run = _Run(run_dir, network, examples, eval_examples, options, progress)
    run.save()
    with _signals() as stopped:
        try:
            reason = run.work(stopped)
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise SscMelodyError(
                f"out of memory at step {run.step}: batch_size {spec.batch_size}, layers "
                f"{list(spec.rnn_layer_sizes)}, melodies of up to {max(examples.lengths)} steps; "
                "set a smaller batch_size (`hparams=batch_size=N`), or make the data with a "
                "smaller max_steps"
            ) from error
        run.save()
        run.history.draw()
        return Outcome(run.step, reason, run.history.best(), stopped())
