"""Plays model.onnx: the melody that ssc_melody makes of the same seed, without ssc_melody.

python play.py [SEED [STEPS]]     (pip install numpy onnxruntime)

Prints events, one a sixteenth: -2 goes on, -1 ends a note, others begin a MIDI pitch. One-hot
inputs are made here; for others (lookback, key, chords) the encoders of ssc_melody are needed.
"""

import json
import sys

import numpy as np
import onnxruntime


def play(path: str = "model.onnx", seed: int = 7, steps: int = 128, first: int = 60) -> list[int]:
    """Returns the events of a melody that begins with a pitch."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map
    if facts.get("encoding") != "onehot" or "chord_encoding" in facts:
        sys.exit(f"{path} has other inputs than one-hot melodies: see ssc_melody.encodings")
    low = json.loads(facts["pitch_range"])[0]
    shapes = {value.name: [1, *value.shape[1:]] for value in session.get_inputs()}
    feeds = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    names = [value.name for value in session.get_outputs()]
    random = np.random.RandomState(seed)
    events = [first]
    while len(events) < steps:
        feeds["input"][:] = 0
        feeds["input"][0, events[-1] - low + 2 if events[-1] >= 0 else events[-1] + 2] = 1
        made = dict(zip(names, session.run(names, feeds), strict=True))
        feeds |= {name: made[f"next_{name}"] for name in feeds if name != "input"}
        shares = np.exp(made["logits"][0] - made["logits"].max())
        sums = (shares / shares.sum()).astype(np.float64).cumsum()
        draw = random.random_sample(int(facts["batch_size"]))[0]
        chosen = int((sums / sums[-1] <= draw).sum())
        events.append(chosen - 2 if chosen < 2 else chosen - 2 + low)
    return events


if __name__ == "__main__":
    print(play("model.onnx", *map(int, sys.argv[1:])))
