"""Stock Magenta's steady rate of polyphony; bench_families.py starts it.

    python -m benchmarks.stock_polyphony RUN_DIR TRACKS STEPS

Prints tracks a second after a warm-up, imports and graph building not counted.
"""

import json
import os
import sys
import time

import note_seq
import tensorflow.compat.v1 as tf
from magenta.models.polyphony_rnn import polyphony_model, polyphony_sequence_generator
from note_seq.protobuf import generator_pb2, music_pb2


def main() -> None:
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    run_dir, tracks, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    config = polyphony_model.default_configs["polyphony"]
    config.hparams.batch_size = 1
    generator = polyphony_sequence_generator.PolyphonyRnnSequenceGenerator(
        polyphony_model.PolyphonyRnnModel(config),
        config.details,
        checkpoint=os.path.join(run_dir, "train"),
    )
    empty = music_pb2.NoteSequence(ticks_per_quarter=note_seq.STANDARD_PPQ)
    empty.tempos.add(qpm=120)

    def play(length: int) -> None:
        options = generator_pb2.GeneratorOptions()
        options.generate_sections.add(start_time=0, end_time=length * 0.125)
        generator.generate(empty, options)

    play(8)
    start = time.perf_counter()
    for _ in range(tracks):
        play(steps)
    print(json.dumps(tracks / (time.perf_counter() - start)))


if __name__ == "__main__":
    main()
