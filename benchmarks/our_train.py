"""Our training on a data set; bench_train.py starts it.

    python -m benchmarks.our_train CONFIG HPARAMS SECONDS FILE [nojit|bfloat16]

Prints useful events a second and a CPU second, reading and packing included. First, one batch of
each height is trained on, which compiles.
"""

import json
import sys
import time
from pathlib import Path

from ssc_melody.magenta_layer import shims

with shims.quiet_import():
    from ssc_melody.network import variables
    from ssc_melody.training import batches, data, graph

from ssc_melody.specs import SPECS, with_hparams


def main() -> None:
    name, hparams, seconds, path, *more = sys.argv[1:]
    spec = with_hparams(SPECS[name], hparams)
    examples = data.load([Path(path)], spec)
    network = graph.Network(
        spec, variables.initial_state(spec, 1), 1, "nojit" not in more, bfloat16="bfloat16" in more
    )
    steps = batches.row_steps(examples)
    for height in batches.heights(examples, spec.batch_size, 1, steps):
        for _ in range(2):
            network.train(batches.batch_of(examples, range(4), steps, height))
    with batches.TrainingBatches(examples, spec.batch_size, 1, 0) as feed:
        events, start, cpu = 0.0, time.perf_counter(), time.process_time()
        while time.perf_counter() - start < float(seconds):
            events += float(network.train(feed.next()).steps)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        print(json.dumps([events / wall, events / cpu]), flush=True)


if __name__ == "__main__":
    main()
