"""The one-hot encoding, and what all encodings share.

Follows OneHotEventSequenceEncoderDecoder and MelodyOneHotEncoding of note-seq (0.0.5) value for
value. Two things differ in kind: a whole batch is encoded at once, and an `Encoder` is incremental,
so the work of a step does not grow with the melody's length. All melodies of a batch have one
length. Next: `encodings.lookback`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import NO_EVENT, NUM_SPECIAL_EVENTS

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


class Encoder:
    """The melodies of one batch so far, and what the network is fed after each event.

    Attributes:
        events: [rows, capacity] the events pushed so far, in the first `length` columns.
        length: Steps so far.
    """

    def __init__(self, encoding: "Encoding", rows: int, capacity: int) -> None:
        self.encoding = encoding
        self.events = np.full((rows, capacity), NO_EVENT, dtype=np.int64)
        self.length = 0

    def push(self, events: IntArray, out: FloatArray) -> None:
        """Appends one event a row and writes the network's next input.

        Args:
            events: [rows] events; pitches lie in the encoding's range.
            out: [rows, input_size] is overwritten.
        """
        self.events[:, self.length] = events
        self.length += 1
        out[:] = 0.0
        self._write(events, out)

    def _write(self, events: IntArray, out: FloatArray) -> None:
        out[np.arange(len(out)), self.encoding.index(events)] = 1.0

    def back(self, distance: int) -> IntArray:
        """Returns [rows] the events `distance` steps before the next one, or no-events."""
        if distance > self.length:
            return np.full(len(self.events), NO_EVENT)
        return self.events[:, self.length - distance]

    def decode(self, classes: IntArray) -> IntArray:
        """Returns [rows] the events that follow if the network's output is `classes`."""
        events = self.encoding.event(classes)
        for i, distance in enumerate(self.encoding.lookbacks):
            repeat = classes == self.encoding.first_lookback + i
            events = np.where(repeat, self.back(distance), events)
        return events

    def select(self, rows: IntArray) -> None:
        """Replaces the batch by its own rows, in that order (with repeats)."""
        self.events = self.events[rows]

    def silence_first_note_offs(self) -> None:
        """Makes no-events of the note-offs before a melody's first note."""
        events = self.events[:, : self.length]
        events[np.maximum.accumulate(events, axis=1) < 0] = NO_EVENT

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
    """One-hot: class 0 goes on, 1 ends the note, 2.. start a note at min_note + class - 2.

    Attributes:
        min_note: Lowest MIDI pitch.
        max_note: One above the highest MIDI pitch.
        lookbacks: Distances (steps) whose repetition has a class of its own.
        first_lookback: The class of the first of them.
        default_label: The class of a no-event.
        input_size: Length of an input vector.
        num_classes: Number of output classes.
    """

    lookbacks: tuple[int, ...] = ()
    encoder_class = Encoder

    def __init__(self, min_note: int = 48, max_note: int = 84) -> None:
        self.min_note, self.max_note = min_note, max_note
        self.first_lookback = max_note - min_note + NUM_SPECIAL_EVENTS
        self.num_classes = self.first_lookback + len(self.lookbacks)
        self.default_label = int(self.index(np.array(NO_EVENT)))
        self.input_size = self._input_size()

    def _input_size(self) -> int:
        return self.num_classes

    def index(self, events: npt.ArrayLike) -> IntArray:
        """Returns the class of each event, lookbacks left aside."""
        events = np.asarray(events)
        return events + NUM_SPECIAL_EVENTS - np.where(events < 0, 0, self.min_note)

    def event(self, classes: IntArray) -> IntArray:
        """Returns the event of each class that is no lookback."""
        return (
            classes - NUM_SPECIAL_EVENTS + np.where(classes < NUM_SPECIAL_EVENTS, 0, self.min_note)
        )

    def encoder(self, rows: int, capacity: int) -> Encoder:
        """Returns an empty batch of `rows` melodies with room for `capacity` steps."""
        return self.encoder_class(self, rows, capacity)

    def labels(self, events: Sequence[int]) -> IntArray:
        """Returns [steps] the class that the network should give for each event.

        The longest lookback wins; before two bars have passed a no-event is always the class
        of the longest lookback (`events_to_label` in both of note_seq's encoders).
        """
        array = np.asarray(events, dtype=np.int64)
        labels = self.index(array)
        for i, distance in enumerate(self.lookbacks):
            repeats = np.flatnonzero(array[distance:] == array[:-distance]) + distance
            labels[repeats] = self.first_lookback + i
        if self.lookbacks:
            start = labels[: self.lookbacks[-1]]
            start[array[: len(start)] == NO_EVENT] = self.num_classes - 1
        return labels

    def inputs(self, events: Sequence[int]) -> FloatArray:
        """Returns [steps, input_size] what the network is fed after each event of one melody."""
        encoder = self.encoder(1, len(events))
        inputs = np.zeros((len(events), self.input_size), dtype=np.float32)
        for i, event in enumerate(events):
            encoder.push(np.array([event]), inputs[i : i + 1])
        return inputs
