"""The lookback encoding: the event, what followed one and two bars ago, and the metre.

Follows LookbackEventSequenceEncoderDecoder of note-seq (0.0.5) value for value; `encodings.onehot`
holds what it shares with the others. Next: `encodings.key`.
"""

import numpy as np

from ssc_melody.encodings.onehot import Encoder, Encoding, FloatArray, IntArray

LOOKBACK_DISTANCES = (16, 32)
"""Steps: one and two bars of 4/4."""


class LookbackEncoder(Encoder):
    """Input vector of the lookback encoding (with 36 pitches and two lookbacks: 121 values).

    | index | signal |
    |---|---|
    | 0-37 | this step's event, one-hot |
    | 38-75 | the event that follows if the melody repeats one bar ago |
    | 76-113 | the event that follows if it repeats two bars ago |
    | 114-118 | position of the next step, binary, -1 or 1 |
    | 119, 120 | this event repeats that of one, two bars ago |
    """

    def _write(self, events: IntArray, out: FloatArray) -> None:
        encoding = self.encoding
        rows = np.arange(len(out))
        size = encoding.first_lookback
        out[rows, encoding.index(events)] = 1.0
        for i, distance in enumerate(encoding.lookbacks):
            out[rows, (i + 1) * size + encoding.index(self.back(distance))] = 1.0
        repeats = encoding.input_size - len(encoding.lookbacks)
        self._write_counter(out[:, repeats - LookbackEncoding.counter_bits : repeats])
        self._write_repeats(events, out[:, repeats:])


class LookbackEncoding(Encoding):
    """One-hot classes, and two more that repeat the event of one or two bars ago."""

    lookbacks = LOOKBACK_DISTANCES
    encoder_class = LookbackEncoder
    counter_bits = 5

    def _input_size(self) -> int:
        lookbacks = len(self.lookbacks)
        return self.first_lookback * (1 + lookbacks) + self.counter_bits + lookbacks
