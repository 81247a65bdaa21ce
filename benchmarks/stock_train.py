"""Stock Magenta's training graph on a data set; bench_train.py starts it.

    python -m benchmarks.stock_train CONFIG HPARAMS SECONDS TFRECORD

Prints useful events (those of melodies, without padding) a second and a CPU second after two
steps of warm-up;
reading by stock's own queues is included, imports and graph building are not.
"""

import json
import sys
import time

from ssc_melody.magenta_layer import shims

shims.activate()

import magenta
import tensorflow.compat.v1 as tf
from magenta.models.shared import events_rnn_graph

from ssc_melody.magenta_layer.register import magenta_config
from ssc_melody.specs import SPECS, with_hparams

WARM_UP = 2


def main() -> None:
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    name, hparams, seconds, path = sys.argv[1:]
    config = magenta_config(with_hparams(SPECS[name], hparams))
    stock = magenta.common.get_padded_batch
    made = []

    def get_padded_batch(*args: object, **kwargs: object) -> object:
        made.append(stock(*args, **kwargs))
        return made[-1]

    magenta.common.get_padded_batch = get_padded_batch
    with shims.quiet_graph():
        events_rnn_graph.get_build_graph_fn("train", config, [path])()
        fetched = [tf.get_collection("train_op")[0], tf.reduce_sum(made[0][2])]
        with tf.train.MonitoredTrainingSession() as session:
            for _ in range(WARM_UP):
                session.run(fetched)
            events, start, cpu = 0, time.perf_counter(), time.process_time()
            while time.perf_counter() - start < float(seconds):
                events += int(session.run(fetched)[1])
            wall, cpu = time.perf_counter() - start, time.process_time() - cpu
            print(json.dumps([events / wall, events / cpu]), flush=True)


if __name__ == "__main__":
    main()
