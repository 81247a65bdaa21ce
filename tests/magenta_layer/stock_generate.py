"""Runs stock melody_rnn_generate many times in one process; test_generate_parity.py starts it.

    python -m tests.magenta_layer.stock_generate JOBS.json

A job is {"seed": 7, "flags": {...}}; flags are stock's own. Importing Magenta takes ten seconds, so
all jobs share one process, as stock's main would run them one after another.
"""

import json
import os
import sys
import traceback

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow.compat.v1 as tf
from absl import flags
from absl.testing import flagsaver
from magenta.models.melody_rnn import melody_rnn_generate


def main() -> None:
    tf.disable_v2_behavior()
    flags.FLAGS(["stock"])
    with open(sys.argv[1]) as file:
        jobs = json.load(file)
    results = []
    for job in jobs:
        np.random.seed(job["seed"])
        try:
            with flagsaver.flagsaver(**job["flags"]):
                melody_rnn_generate.main([])
            results.append("")
        except Exception:
            results.append(traceback.format_exc(limit=1))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
