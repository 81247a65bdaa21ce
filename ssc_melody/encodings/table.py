"""An encoding whose input is of the last event alone: a row of a table for each class.

Follows OneHotEventSequenceEncoderDecoder of note-seq (0.0.5), whose table is the identity, and
ModuloPerformanceEventSequenceEncoderDecoder, whose rows are points on circles (`circles`).
"""

from __future__ import annotations

import numpy as np

from ssc_melody.encodings.encoding import Encoder, Encoding, FloatArray
from ssc_melody.encodings.vocabulary import Classes, IntArray


class TableEncoder(Encoder):
    """Writes the row of the last event's class."""

    encoding: TableEncoding

    def _write(self, events: IntArray, out: FloatArray) -> None:
        out[:] = self.encoding.table[events]


class TableEncoding(Encoding):
    """Events that are their classes, and the network's input after each.

    Attributes:
        table: [classes, input_size] what the network is fed after an event of a class.
    """

    encoder_class = TableEncoder

    def __init__(self, classes: Classes, table: FloatArray | None = None) -> None:
        """Takes the classes, and the table; None for the one-hot table."""
        one_hot: FloatArray = np.eye(classes.size, dtype=np.float32)
        self.table = one_hot if table is None else table
        self._is_one_hot = table is None
        super().__init__(classes)

    def _input_size(self) -> int:
        return int(self.table.shape[1])

    @property
    def one_hot_parts(self) -> tuple[tuple[int, int], ...]:
        """All of an input if the table is the one-hot one."""
        return ((0, self.input_size),) if self._is_one_hot else ()

    def _write_all(self, events: IntArray, out: FloatArray) -> None:
        out[:] = self.table[events]
