"""The metrics of a run's checkpoints, in a process of its own.

Follows events_rnn_train.run_eval: each new checkpoint of run_dir/train is evaluated, until none
comes for a while. Differs: dropout is off, the last partial batch counts, and the wait is shorter.
"""

import logging
import time
from pathlib import Path

from ssc_melody.formats.checkpoint import latest_checkpoint
from ssc_melody.specs import NetworkSpec
from ssc_melody.training import checkpoints, graph, history, loop
from ssc_melody.training.data import Examples

logger = logging.getLogger("ssc_melody")

_POLL_SECONDS = 2.0


def watch(
    run_dir: Path, spec: NetworkSpec, examples: Examples, timeout: float, jit: bool
) -> dict[str, float]:
    """Evaluates the latest checkpoint, and each new one.

    Args:
        run_dir: The run.
        spec: Its config.
        examples: The eval data.
        timeout: Seconds without a new checkpoint that end it; 0 evaluates the latest only.
        jit: Whether XLA compiles the network.

    Returns:
        The metrics of the last one.

    Raises:
        BundleError: There is no checkpoint, or it does not fit the config.
    """
    events = history.Events(run_dir / "eval")
    network: graph.Network | None = None
    prefix = latest_checkpoint(run_dir / "train")
    while True:
        state = checkpoints.read_state(prefix, spec)
        if network is None:
            network = graph.Network(spec, state, 0, jit)
        else:
            network.load(state)
        found = loop.evaluate(network, examples)
        events.write(network.global_step, found)
        logger.info("step %s: %s", f"{network.global_step:,}", history.in_words(found))
        new = _next(run_dir / "train", prefix, timeout)
        if new is None:
            return found
        prefix = new


def _next(folder: Path, before: Path, timeout: float) -> Path | None:
    """Waits for a checkpoint after this one."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        time.sleep(min(_POLL_SECONDS, timeout))
        latest = latest_checkpoint(folder)
        if latest != before:
            return latest
    return None
