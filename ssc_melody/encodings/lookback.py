"""The lookback encoding: the event, what followed one and two bars ago, and the metre.

Follows LookbackEventSequenceEncoderDecoder of note-seq (0.0.5) value for value;
`encodings.encoding` holds what it shares with the others. Next: `encodings.key`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ssc_melody.encodings.encoding import Encoder, Encoding, FloatArray, write_counter
from ssc_melody.encodings.vocabulary import IntArray, Pitches, Vocabulary

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

    encoding: LookbackEncoding

    def _write(self, events: IntArray, out: FloatArray) -> None:
        encoding = self.encoding
        rows = np.arange(len(out))
        size = encoding.first_lookback
        out[rows, encoding.index(events)] = 1.0
        for i, distance in enumerate(encoding.lookbacks):
            out[rows, (i + 1) * size + encoding.index(self.back(distance))] = 1.0
        repeats = encoding.input_size - len(encoding.lookbacks)
        self._write_counter(out[:, repeats - encoding.counter_bits : repeats])
        self._write_repeats(events, out[:, repeats:])


class LookbackEncoding(Encoding):
    """The classes of a vocabulary, and one for each lookback, which repeats that event."""

    encoder_class = LookbackEncoder

    def __init__(
        self,
        vocabulary: Vocabulary | None = None,
        lookbacks: Sequence[int] = LOOKBACK_DISTANCES,
        counter_bits: int = 5,
    ) -> None:
        """Takes the events (melody events from C3 to B5), distances in steps, and counter bits."""
        self.counter_bits = counter_bits
        super().__init__(vocabulary or Pitches(), lookbacks)

    def _input_size(self) -> int:
        lookbacks = len(self.lookbacks)
        return self.first_lookback * (1 + lookbacks) + self.counter_bits + lookbacks

    @property
    def one_hot_parts(self) -> tuple[tuple[int, int], ...]:
        """The event, and those that repetitions would give."""
        size = self.first_lookback
        return tuple((i * size, size) for i in range(1 + len(self.lookbacks)))

    def _write_all(self, events: IntArray, out: FloatArray) -> None:
        super()._write_all(events, out)
        steps, size = np.arange(len(events)), self.first_lookback
        for i, distance in enumerate(self.lookbacks):
            before = np.full(distance - 1, self.vocabulary.default_event)
            back = np.concatenate([before, events])[: len(events)]
            out[steps, (i + 1) * size + self.index(back)] = 1.0
        at = size * (1 + len(self.lookbacks))
        write_counter(out[:, at : at + self.counter_bits])
        self._write_all_repeats(events, out[:, at + self.counter_bits :])
