"""What metrics are made of, over a batch.

Follows events_rnn_graph.py in what it counts.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from ssc_melody.encodings import Encoding


class Sums(NamedTuple):
    """What metrics are made of; `plus` over batches.

    Attributes:
        cross_entropy: Sum over steps (nats).
        steps: Their number.
        correct: Steps whose most likely class is the right one.
        events: Steps whose class is not no-event.
        events_correct: Those among them that are right.
        class_steps: [classes] steps of each class.
        class_correct: [classes] those that are right.
    """

    cross_entropy: Any
    steps: Any
    correct: Any
    events: Any
    events_correct: Any
    class_steps: Any
    class_correct: Any

    def plus(self, other: "Sums") -> "Sums":
        """Returns the sums over both."""
        return Sums(*(a + b for a, b in zip(self, other, strict=True)))


def sums_of(logits: Any, labels: Any, position: Any, encoding: Encoding) -> Sums:
    """Returns the sums of a batch as tensors.

    Args:
        logits: [steps, rows, classes].
        labels: [steps, rows] the right classes.
        position: [steps, rows] steps since the melody began; -1 where there is none.
        encoding: The config's.
    """
    counts = tf.cast(position >= 0, tf.float32)
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    predicted = tf.argmax(logits, 2, output_type=labels.dtype)
    correct = tf.where(predicted == labels, counts, 0.0)
    is_event = tf.cast(labels != encoding.default_label, tf.float32)
    classes = tf.one_hot(labels, encoding.num_classes)
    return Sums(
        cross_entropy=tf.reduce_sum(cross_entropy * counts),
        steps=tf.reduce_sum(counts),
        correct=tf.reduce_sum(correct),
        events=tf.reduce_sum(counts * is_event),
        events_correct=tf.reduce_sum(correct * is_event),
        class_steps=tf.reduce_sum(classes * counts[:, :, None], (0, 1)),
        class_correct=tf.reduce_sum(classes * correct[:, :, None], (0, 1)),
    )
