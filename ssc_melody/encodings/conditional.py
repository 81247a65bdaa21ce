"""An encoding on a condition: what the next event is to go with stands before what came so far.

Follows ConditionalEventSequenceEncoderDecoder of note-seq (0.0.5): the input after step p is the
condition of step p + 1, then the target's input; classes and labels are the target's alone. It
wraps any other encoding, so chords, rhythm plans or densities need no encoder of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ssc_melody.encodings.encoding import Encoder, Encoding, FloatArray
from ssc_melody.encodings.vocabulary import IntArray


class ConditionalEncoder(Encoder):
    """Writes the condition, then lets the target's encoder write behind it."""

    encoding: ConditionalEncoding

    def __init__(self, encoding: ConditionalEncoding, rows: int, capacity: int) -> None:
        super().__init__(encoding, rows, 0)
        self.target = encoding.target.encoder(rows, capacity)

    @property
    def events(self) -> IntArray:
        """[rows, length] the events so far."""
        return self.target.events

    def append(self, events: IntArray) -> None:
        """Appends [rows] events that the network is not to be fed."""
        self.target.append(events)
        self.length = self.target.length

    def push(self, events: IntArray, out: FloatArray, controls: FloatArray | None = None) -> None:
        """Appends one event per row and writes the network's next input.

        Args:
            events: [rows] events of the vocabulary.
            out: [rows, input_size] is overwritten.
            controls: [rows or 1, control_size] what the next event is conditioned on.
        """
        size = self.encoding.control_size
        assert controls is not None, "a conditional encoding needs controls"
        self.target.push(events, out[:, size:])
        out[:, :size] = controls
        self.length = self.target.length

    def back(self, distance: int) -> IntArray:
        """Returns [rows] the events `distance` steps before the next one, or default events."""
        return self.target.back(distance)

    def select(self, rows: IntArray) -> None:
        """Replaces the batch by its own rows, in that order (with repeats)."""
        self.target.select(rows)


class ConditionalEncoding(Encoding):
    """A target's encoding with `control_size` values in front of each input.

    Attributes:
        target: The encoding of the events.
        control_size: Values per step that condition the next event.
    """

    def __init__(self, target: Encoding, control_size: int) -> None:
        """Takes the encoding of the events and the length of a condition."""
        self.target, self.control_size = target, control_size
        super().__init__(target.vocabulary, target.lookbacks)

    def encoder(self, rows: int, capacity: int) -> ConditionalEncoder:
        """Returns an empty batch of `rows` melodies with room for `capacity` steps."""
        return ConditionalEncoder(self, rows, capacity)

    def _input_size(self) -> int:
        return self.control_size + self.target.input_size

    @property
    def one_hot_parts(self) -> tuple[tuple[int, int], ...]:
        """The target's, behind the condition."""
        return tuple((self.control_size + a, width) for a, width in self.target.one_hot_parts)

    def encode(
        self, events: Sequence[int] | IntArray, controls: FloatArray | None = None
    ) -> FloatArray:
        """Returns [steps, input_size] what the network is fed after each event of one melody.

        Args:
            events: [steps] events of the vocabulary.
            controls: [steps + 1 or more, control_size] what each event is conditioned on.
        """
        assert controls is not None, "a conditional encoding needs controls"
        array = np.asarray(events, dtype=np.int64)
        return np.hstack([controls[1 : len(array) + 1], self.target.encode(array)])
