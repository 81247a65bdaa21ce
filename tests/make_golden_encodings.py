"""Records note-seq's inputs, labels and decoded events into testdata/golden_encodings.json.

Needs note-seq: `make install`, then `.venv/bin/python -m tests.make_golden_encodings`.
"""

import json
from pathlib import Path

import note_seq
import numpy as np
from note_seq import encoder_decoder, melody_encoder_decoder

OUTPUT = Path(__file__).resolve().parents[1] / "testdata" / "golden_encodings.json"


def _encoder(name: str, low: int, high: int) -> encoder_decoder.EventSequenceEncoderDecoder:
    one_hot = melody_encoder_decoder.MelodyOneHotEncoding(low, high)
    return {
        "onehot": lambda: encoder_decoder.OneHotEventSequenceEncoderDecoder(one_hot),
        "lookback": lambda: encoder_decoder.LookbackEventSequenceEncoderDecoder(one_hot),
        "key": lambda: melody_encoder_decoder.KeyMelodyEncoderDecoder(low, high),
    }[name]()


def _record(name: str, low: int, high: int, events: list[int]) -> dict:
    encoder = _encoder(name, low, high)
    melody = note_seq.Melody(events)
    inputs = [encoder.events_to_input(melody, i) for i in range(len(melody))]
    return {
        "encoding": name,
        "min_note": low,
        "max_note": high,
        "input_size": encoder.input_size,
        "num_classes": encoder.num_classes,
        "default_label": encoder.default_event_label,
        "events": list(melody),
        "nonzero_inputs": [
            [row, column, value]
            for row, vector in enumerate(inputs)
            for column, value in enumerate(vector)
            if value
        ],
        "labels": [int(encoder.events_to_label(melody, i)) for i in range(len(melody))],
        "next_events": [
            int(encoder.class_index_to_event(c, melody)) for c in range(encoder.num_classes)
        ],
    }


def main() -> None:
    random = np.random.default_rng(1)
    golden = []
    for name, low, high in [
        ("onehot", 48, 84),
        ("onehot", 0, 128),
        ("lookback", 48, 84),
        ("key", 48, 84),
    ]:
        for length, spread in [(1, 36), (15, 36), (17, 3), (33, 2), (80, 5), (200, 36)]:
            pitches = random.integers(low, min(high, low + spread), length)
            specials = random.integers(-2, 0, length)
            events = np.where(random.random(length) < 0.5, specials, pitches).tolist()
            golden.append(_record(name, low, high, events))
    OUTPUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
