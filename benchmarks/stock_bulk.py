"""Stock Magenta's steady rate of generation; bench_generate.py starts it.

    python -m benchmarks.stock_bulk CONFIG CHECKPOINT MELODIES

Prints melodies a second after a warm-up, imports and graph building not counted.
"""

import json
import sys
import time

import note_seq
import tensorflow.compat.v1 as tf
from magenta.contrib import training
from magenta.models.melody_rnn import melody_rnn_model

from ssc_melody.specs import SPECS


def main() -> None:
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    spec = SPECS[sys.argv[1]]
    stock = melody_rnn_model.default_configs[spec.name.removeprefix("ssc_")]
    hparams = stock.hparams.values() | {
        "rnn_layer_sizes": list(spec.rnn_layer_sizes),
        "batch_size": 1,
    }
    config = melody_rnn_model.MelodyRnnConfig(
        stock.details, stock.encoder_decoder, training.HParams(**hparams)
    )
    model = melody_rnn_model.MelodyRnnModel(config)
    model.initialize_with_checkpoint(sys.argv[2])
    primer = note_seq.Melody([60])
    model.generate_melody(32, primer)
    start = time.perf_counter()
    for _ in range(int(sys.argv[3])):
        model.generate_melody(128, primer)
    print(json.dumps(int(sys.argv[3]) / (time.perf_counter() - start)))


if __name__ == "__main__":
    main()
