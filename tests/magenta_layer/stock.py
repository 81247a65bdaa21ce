"""Runs a script of stock Magenta's many times in one process, for the tests that compare.

    python -m tests.magenta_layer.stock (generate|train|improv) JOBS.json

A job is {"seed": 7, "flags": {...}}; flags are stock's own. Importing Magenta takes ten seconds, so
all jobs share one process, as stock's main would run them one after another. Generating is wholly
stock's; training needs the shims on a current TensorFlow.
"""

import importlib
import json
import os
import sys
import traceback

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from absl import flags
from absl.testing import flagsaver


def main() -> None:
    what, jobs = sys.argv[1:]
    if what == "train":
        from ssc_melody.magenta_layer import shims

        shims.activate()
    import tensorflow.compat.v1 as tf

    scripts = {"improv": "improv_rnn.improv_rnn_generate"}
    name = scripts.get(what, f"melody_rnn.melody_rnn_{what}")
    script = importlib.import_module(f"magenta.models.{name}")
    tf.disable_v2_behavior()
    flags.FLAGS(["stock"])
    results = []
    with open(jobs) as file:
        listed = json.load(file)
    for job in listed:
        np.random.seed(job["seed"])
        try:
            with flagsaver.flagsaver(**job["flags"]):
                script.main([])
            results.append("")
        except Exception:
            results.append(traceback.format_exc(limit=2))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
