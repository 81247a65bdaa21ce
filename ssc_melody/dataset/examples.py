"""A melody as training example: what the network is fed after each event, and should answer.

Follows note_seq/encoder_decoder.py (`encode`); `formats.sequence_example` makes the record of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ssc_melody.encodings import FloatArray, IntArray
from ssc_melody.families import family_of
from ssc_melody.specs import NetworkSpec


def encode(events: Sequence[int], spec: NetworkSpec) -> tuple[FloatArray, IntArray]:
    """Returns what the network is fed and should answer, for a melody as it was extracted.

    Returns:
        [steps - 1, input_size] inputs and [steps - 1] labels: each event and the class of the next.

    Source: magenta/models/melody_rnn/melody_rnn_pipeline.py, EncoderPipeline.
    """
    encoding = spec.make_encoding()
    primed = family_of(spec).prime(spec, events).events
    return encoding.encode(primed[:-1]), encoding.labels(primed)[1:]
