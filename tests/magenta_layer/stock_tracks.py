"""Runs stock's polyphony, drums or performance command many times in one process.

    python -m tests.magenta_layer.stock_tracks (polyphony|drums|performance) JOBS.json

As `tests.magenta_layer.stock`, which see; beside the files, what each job played is recorded: the
class of every event of every track (for drums the pitches), and the random number that comes next.
Stock changes its configs while it runs; here each job finds them as they were.
"""

import copy
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

SCRIPTS = {
    "polyphony": ("polyphony_rnn.polyphony_rnn_generate", "polyphony_rnn.polyphony_model"),
    "drums": ("drums_rnn.drums_rnn_generate", "drums_rnn.drums_rnn_model"),
    "performance": (
        "performance_rnn.performance_rnn_generate",
        "performance_rnn.performance_model",
    ),
}


def _record(what: str, made: list) -> None:
    """Makes stock's tracks leave their events when they become notes."""
    import note_seq
    from magenta.models.polyphony_rnn import polyphony_encoder_decoder, polyphony_lib

    if what == "polyphony":
        owner = polyphony_lib.PolyphonicSequence
        encode = polyphony_encoder_decoder.PolyphonyOneHotEncoding().encode_event
    elif what == "drums":
        owner, encode = note_seq.DrumTrack, sorted
    else:
        owner = note_seq.Performance
        encode = note_seq.PerformanceOneHotEncoding(num_velocity_bins=32).encode_event
    plain = owner.to_sequence

    def recording(self, *args, **kwargs):
        made.append([encode(event) for event in self])
        return plain(self, *args, **kwargs)

    owner.to_sequence = recording


def main() -> None:
    what, jobs = sys.argv[1:]
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    script, model = (importlib.import_module(f"magenta.models.{name}") for name in SCRIPTS[what])
    configs = copy.deepcopy(model.default_configs)
    flags.FLAGS(["stock"])
    made: list = []
    _record(what, made)
    results = []
    with open(jobs) as file:
        listed = json.load(file)
    for job in listed:
        np.random.seed(job["seed"])
        model.default_configs.update(copy.deepcopy(configs))
        made.clear()
        try:
            with flagsaver.flagsaver(**job["flags"]):
                script.main([])
            count = job["flags"].get("num_outputs", 10)
            results.append({"events": made[-count:], "next": np.random.random_sample()})
        except Exception:
            results.append({"error": traceback.format_exc(limit=-2)})
    print(json.dumps(results))


if __name__ == "__main__":
    main()
