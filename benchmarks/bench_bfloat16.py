"""Loss curves and rates of training with and without bfloat16, side by side.

    python -m benchmarks.bench_bfloat16 [--steps=200] [--every=50] [--configs=a,b] [--data=FILE]

Both networks begin with the same weights and take the same batches with the same dropout, a step in
turns, so what others do on the machine slows both. The eval loss is that of the held-out melodies
that ship, computed in float32 for both.
"""

import argparse
import dataclasses
import statistics
import time
from pathlib import Path

from benchmarks.measure import print_table
from ssc_melody.magenta_layer import shims

with shims.quiet_import():
    from ssc_melody.network import variables
    from ssc_melody.training import batches, data, graph, loop

from ssc_melody.play.shipped import shipped_files
from ssc_melody.specs import SPECS

SEED = 1


@dataclasses.dataclass
class Side:
    """A network, and what was measured of its steps.

    Attributes:
        network: It.
        losses: Loss per step of a melody (nats), of each training step.
        rates: Events a second, and a CPU second, of each that did not compile.
    """

    network: graph.Network
    losses: list[float] = dataclasses.field(default_factory=list)
    rates: list[tuple[float, float]] = dataclasses.field(default_factory=list)

    def step(self, batch: batches.Batch) -> None:
        """Takes a step."""
        compiled, cpu, began = self.network.compiled, time.process_time(), time.perf_counter()
        sums = self.network.train(batch)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        self.losses.append(float(sums.cross_entropy / sums.steps))
        if self.network.compiled == compiled:
            self.rates.append((float(sums.steps) / wall, float(sums.steps) / cpu))

    def rate(self, kind: int) -> float:
        """Returns the median of events a second (0) or a CPU second (1)."""
        return statistics.median(rate[kind] for rate in self.rates)


def _compare(config: str, options: argparse.Namespace) -> None:
    spec = SPECS[config]
    examples, held_out = (data.load([path], spec) for path in (options.data, options.eval_data))
    state = variables.initial_state(spec, SEED)
    exact, rounded = sides = [
        Side(graph.Network(spec, state, SEED, jit=True, bfloat16=bfloat16))
        for bfloat16 in (False, True)
    ]
    rows = []
    with batches.TrainingBatches(examples, spec.batch_size, SEED, 0) as feed:
        for step in range(1, options.steps + 1):
            batch = feed.next()
            for side in sides if step % 2 else reversed(sides):
                side.step(batch)
            if step % options.every:
                continue
            evals = [loop.evaluate(side.network, held_out)["loss"] for side in sides]
            trained = [statistics.mean(side.losses[-options.every :]) for side in sides]
            rows.append([str(step), *(f"{loss:.4f}" for loss in trained + evals)])
    print_table(
        f"{config}: nats per step, training (mean of {options.every} steps) and held-out",
        ["step", "training, float32", "bfloat16", "held-out, float32", "bfloat16"],
        rows,
    )
    for name, kind in (("second", 0), ("CPU second", 1)):
        rates = [side.rate(kind) for side in (exact, rounded)]
        print(
            f"events a {name}: {rates[0]:,.0f}, bfloat16 {rates[1]:,.0f} "
            f"({rates[1] / rates[0]:.2f} times)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--every", type=int, default=50)
    parser.add_argument("--configs", default="ssc_lookback_rnn,ssc_attention_rnn")
    parser.add_argument("--data", type=Path, default=shipped_files("corpus_train.events")[0])
    parser.add_argument("--eval_data", type=Path, default=shipped_files("corpus_eval.events")[0])
    options = parser.parse_args()
    for config in options.configs.split(","):
        _compare(config, options)


if __name__ == "__main__":
    main()
