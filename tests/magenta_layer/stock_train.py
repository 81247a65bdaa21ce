"""Runs stock melody_rnn_train many times in one process; test_train_stock.py starts it.

    python -m tests.magenta_layer.stock_train JOBS.json

A job is {"seed": 7, "flags": {...}}; flags are stock's own.
"""

import json
import os
import sys
import traceback

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from absl import flags
from absl.testing import flagsaver

from ssc_melody.magenta_layer import shims


def main() -> None:
    shims.activate()
    import tensorflow.compat.v1 as tf
    from magenta.models.melody_rnn import melody_rnn_train

    tf.disable_v2_behavior()
    flags.FLAGS(["stock"])
    with open(sys.argv[1]) as file:
        jobs = json.load(file)
    results = []
    for job in jobs:
        np.random.seed(job["seed"])
        try:
            with flagsaver.flagsaver(**job["flags"]):
                melody_rnn_train.main([])
            results.append("")
        except Exception:
            results.append(traceback.format_exc(limit=2))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
