"""A melody as training example: what the network is fed after each event, and should answer.

Follows note_seq/encoder_decoder.py (`encode`); `formats.sequence_example` makes the record of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ssc_melody.dataset.bars import Metre
from ssc_melody.encodings import FloatArray, IntArray
from ssc_melody.families import family_of
from ssc_melody.specs import NetworkSpec


class Tune(NamedTuple):
    """A melody as it was extracted, the metre that it is in, and its chords.

    Attributes:
        events: One per step.
        metre: (numerator, denominator).
        steps_per_bar: Steps.
        chords: A chord symbol per step; none for families that know no chords.
    """

    events: list[int]
    metre: Metre
    steps_per_bar: int
    chords: tuple[str, ...] = ()


def encode(
    events: Sequence[int], spec: NetworkSpec, chords: Sequence[str] = ()
) -> tuple[FloatArray, IntArray]:
    """Returns what the network is fed and should answer, for a melody as it was extracted.

    Args:
        events: One per step.
        spec: The config.
        chords: A chord symbol per step, for configs of melodies on chords. Nothing sees the first:
            each event is fed with the chord of the next.

    Returns:
        [steps - 1, input_size] inputs and [steps - 1] labels: each event and the class of the next.

    Raises:
        ChordError: The config cannot see one of the chords.

    Source: magenta/models/melody_rnn/melody_rnn_pipeline.py and
        magenta/models/improv_rnn/improv_rnn_pipeline.py, EncoderPipeline.
    """
    encoding, family = spec.make_encoding(), family_of(spec)
    primed = family.prime(spec, events)
    controls = None
    if family.condition is not None and (chords or primed.given is not None):
        # Nothing sees the first: a chord there may be one that the config cannot see.
        given = chords[1:] if chords else [row[1:] for row in primed.given]
        seen = family.condition(spec, primed._replace(given=given))
        controls = np.vstack([np.zeros((1, encoding.control_size), np.float32), seen])
    inputs = encoding.encode(primed.events[:-1], controls)
    return inputs, encoding.labels(primed.events)[1:]
