"""What all encodings share: events to network inputs and classes, and back, both ways.

Follows OneHotEventSequenceEncoderDecoder and LookbackEventSequenceEncoderDecoder of note-seq
(0.0.5) value for value. An encoding works both ways: `Encoding.encode` makes an array of a whole
melody, as data sets need it; an `Encoder` takes one step of a batch of melodies at a time, as
playing needs it, and its work does not grow with their length. A test equates the two.

All melodies of a batch have one length. Next: `encodings.onehot`, `lookback`, `key`, `conditional`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings.vocabulary import IntArray, Vocabulary

FloatArray = npt.NDArray[np.float32]


class Encoder:
    """The melodies of one batch so far, and what the network is fed after each event.

    Attributes:
        length: Steps so far.
    """

    def __init__(self, encoding: Encoding, rows: int, capacity: int) -> None:
        """Starts `rows` empty melodies, with room for `capacity` steps (more are made room for)."""
        self.encoding = encoding
        self.length = 0
        self._events = np.full((rows, capacity), encoding.vocabulary.default_event, dtype=np.int64)

    @property
    def events(self) -> IntArray:
        """[rows, length] the events so far."""
        return self._events[:, : self.length]

    def append(self, events: IntArray) -> None:
        """Appends [rows] events that the network is not to be fed."""
        if self.length == self._events.shape[1]:
            self._events = np.pad(self._events, ((0, 0), (0, self.length + 1)))
        self._events[:, self.length] = events
        self.length += 1

    def push(self, events: IntArray, out: FloatArray, controls: FloatArray | None = None) -> None:
        """Appends one event per row and writes the network's next input.

        Args:
            events: [rows] events of the vocabulary.
            out: [rows, input_size] is overwritten.
            controls: [rows, control_size] what the next event is conditioned on; None for
                encodings without.
        """
        self.append(events)
        out[:] = 0.0
        self._write(events, out)

    def _write(self, events: IntArray, out: FloatArray) -> None:
        out[np.arange(len(out)), self.encoding.index(events)] = 1.0

    def back(self, distance: int) -> IntArray:
        """Returns [rows] the events `distance` steps before the next one, or default events."""
        if distance > self.length:
            return np.full(len(self._events), self.encoding.vocabulary.default_event)
        return self._events[:, self.length - distance]

    def decode(self, classes: IntArray) -> IntArray:
        """Returns [rows] the events that follow if the network's output is `classes`."""
        events = self.encoding.event(classes)
        for i, distance in enumerate(self.encoding.lookbacks):
            repeat = classes == self.encoding.first_lookback + i
            events = np.where(repeat, self.back(distance), events)
        return events

    def select(self, rows: IntArray) -> None:
        """Replaces the batch by its own rows, in that order (with repeats)."""
        self._events = self._events[rows]

    def after_copy(self) -> None:
        """Does to the events what stock does when it copies a sequence."""
        self.encoding.vocabulary.after_copy(self.events)

    def _write_repeats(self, events: IntArray, out: FloatArray) -> None:
        """Marks in out[:, i] the rows whose last event repeats lookback i."""
        for i, distance in enumerate(self.encoding.lookbacks):
            if self.length > distance:
                out[:, i] = events == self.back(distance + 1)

    def _write_counter(self, out: FloatArray) -> None:
        """Writes the position of the next step in binary, low bit first, as 1 and -1."""
        for i in range(out.shape[1]):
            out[:, i] = 1.0 if self.length >> i & 1 else -1.0


class Encoding:
    """Events to network inputs and classes, and back.

    Attributes:
        vocabulary: The events, and their classes without lookbacks.
        lookbacks: Distances (steps) whose repetition has a class of its own.
        first_lookback: The class of the first of them.
        num_classes: Number of output classes.
        default_label: The class of a default event.
        input_size: Length of an input vector.
        control_size: How many values of it condition the next event.
    """

    encoder_class = Encoder
    control_size = 0

    def __init__(self, vocabulary: Vocabulary, lookbacks: Sequence[int] = ()) -> None:
        self.vocabulary = vocabulary
        self.lookbacks = tuple(lookbacks)
        self.first_lookback = vocabulary.size
        self.num_classes = vocabulary.size + len(self.lookbacks)
        self.default_label = int(self.index(np.array(vocabulary.default_event)))
        self.input_size = self._input_size()

    def _input_size(self) -> int:
        return self.num_classes

    @property
    def one_hot_parts(self) -> tuple[tuple[int, int], ...]:
        """(begin, width) of the parts of every input of which one value is 1 and the others 0.

        Training looks these up; an encoding that names none trains as well, some percent slower.
        """
        return ()

    def index(self, events: npt.ArrayLike) -> IntArray:
        """Returns the class of each event, lookbacks left aside."""
        return self.vocabulary.index(events)

    def event(self, classes: IntArray) -> IntArray:
        """Returns the event of each class that is not a lookback."""
        return self.vocabulary.event(classes)

    def encoder(self, rows: int, capacity: int) -> Encoder:
        """Returns an empty batch of `rows` melodies with room for `capacity` steps."""
        return self.encoder_class(self, rows, capacity)

    def labels(self, events: Sequence[int] | IntArray) -> IntArray:
        """Returns [steps] the class that the network should give for each event.

        The longest lookback wins; before two bars have passed a default event is always the class
        of the longest lookback (`events_to_label` in both of note_seq's encoders).
        """
        array = np.asarray(events, dtype=np.int64)
        labels: IntArray = self.index(array).copy()
        for i, distance in enumerate(self.lookbacks):
            repeats = np.flatnonzero(array[distance:] == array[:-distance]) + distance
            labels[repeats] = self.first_lookback + i
        if self.lookbacks:
            start = labels[: self.lookbacks[-1]]
            start[array[: len(start)] == self.vocabulary.default_event] = self.num_classes - 1
        return labels

    def encode(
        self, events: Sequence[int] | IntArray, controls: FloatArray | None = None
    ) -> FloatArray:
        """Returns [steps, input_size] what the network is fed after each event of one melody.

        Args:
            events: [steps] events of the vocabulary.
            controls: [steps + 1 or more, control_size] what each event is conditioned on; None for
                encodings without.
        """
        array = np.asarray(events, dtype=np.int64)
        out = np.zeros((len(array), self.input_size), dtype=np.float32)
        self._write_all(array, out)
        return out

    def _write_all(self, events: IntArray, out: FloatArray) -> None:
        out[np.arange(len(events)), self.index(events)] = 1.0

    def _write_all_repeats(self, events: IntArray, out: FloatArray) -> None:
        """Marks in out[:, i] the steps whose event repeats lookback i."""
        for i, distance in enumerate(self.lookbacks):
            out[distance:, i] = events[distance:] == events[:-distance]


def write_counter(out: FloatArray) -> None:
    """Writes the position of the step after each row in binary, low bit first, as 1 and -1."""
    bits = np.arange(1, len(out) + 1)[:, None] >> np.arange(out.shape[1]) & 1
    out[:] = np.where(bits, 1.0, -1.0)
