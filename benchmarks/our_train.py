"""Our training on a data set; bench_train.py starts it.

    python -m benchmarks.our_train CONFIG HPARAMS SECONDS FILE [nojit]

Prints useful events a second after two steps of warm-up (which compile), reading and packing
included.
"""

import json
import sys
import time
from pathlib import Path

from ssc_melody.magenta_layer import shims

with shims.quiet_import():
    from ssc_melody.magenta_layer.training import batches, data, graph, variables

from ssc_melody.specs import SPECS, with_hparams

WARM_UP = 2


def main() -> None:
    name, hparams, seconds, path, *more = sys.argv[1:]
    spec = with_hparams(SPECS[name], hparams)
    examples = data.load([Path(path)], spec)
    network = graph.Network(spec, variables.initial_state(spec, 1), 1, jit="nojit" not in more)
    with batches.TrainingBatches(examples, spec.batch_size, 1, 0) as feed:
        for _ in range(WARM_UP):
            network.train(feed.next())
        events, start = 0.0, time.perf_counter()
        while time.perf_counter() - start < float(seconds):
            events += float(network.train(feed.next()).steps)
        print(json.dumps(events / (time.perf_counter() - start)), flush=True)


if __name__ == "__main__":
    main()
