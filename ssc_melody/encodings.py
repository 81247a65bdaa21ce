"""Melody events to network inputs and classes, and back: one-hot, lookback and key.

Follows note_seq/encoder_decoder.py and note_seq/melody_encoder_decoder.py (0.0.5) value for value.
Two things differ in kind: a whole batch is encoded at once, and an `Encoder` is incremental, so the
work of a step does not grow with the melody's length. All melodies of a batch have one length.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import (
    DEFAULT_STEPS_PER_BAR,
    NO_EVENT,
    NOTE_OFF,
    NOTES_PER_OCTAVE,
    NUM_SPECIAL_EVENTS,
)
from ssc_melody.errors import SpecError
from ssc_melody.specs import MelodySpec

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

LOOKBACK_DISTANCES = (16, 32)
"""Steps: one and two bars of 4/4."""

_MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
IN_MAJOR_KEY = np.array(
    [[(note - key) % NOTES_PER_OCTAVE in _MAJOR_SCALE for key in range(12)] for note in range(12)],
    dtype=np.int64,
)
"""[pitch class, major key]: 1 where the pitch class belongs to the key."""


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


class KeyEncoder(Encoder):
    """Input vector of the key encoding (with 36 pitches and two lookbacks: 74 values).

    | index | signal |
    |---|---|
    | 0-35 | the sounding pitch, one-hot |
    | 36, 37 | a note sounds, silence |
    | 38 | the last event that was not a note-off started a note (note_seq keeps it so) |
    | 39 | the last change of pitch went up (1) or down (-1); 0 before there was one |
    | 40, 41 | this event repeats that of one, two bars ago |
    | 42-48 | position of the next step, binary, -1 or 1 |
    | 49 | the next step starts a bar of 16 |
    | 50-61 | major keys that hold most notes so far (all of them before the first note) |
    | 62-73 | major keys that hold most of the last three different pitches |

    Quirk: pitch 0 counts as silence (melody_encoder_decoder.py tests `if current_note`).
    """

    def __init__(self, encoding: Encoding, rows: int, capacity: int) -> None:
        super().__init__(encoding, rows, capacity)
        self.pitch = np.full(rows, NOTE_OFF)
        self.attack = np.zeros(rows, dtype=bool)
        self.direction = np.zeros(rows)
        self.recent = np.full((rows, 3), NOTE_OFF)  # distinct pitches, the latest last
        self.keys = np.zeros((rows, NOTES_PER_OCTAVE), dtype=np.int64)

    def select(self, rows: IntArray) -> None:
        """Replaces the batch by its own rows, in that order (with repeats)."""
        super().select(rows)
        for name in ("pitch", "attack", "direction", "recent", "keys"):
            setattr(self, name, getattr(self, name)[rows])

    def _note_on(self, started: npt.NDArray[np.bool_], events: IntArray) -> None:
        """Takes up the notes that start in the rows where `started`."""
        pitch, previous, recent = events[started], self.recent[started, 2], self.recent[started]
        moved = (previous >= 0) & (pitch != previous)
        self.direction[started] = np.where(
            moved, np.sign(pitch - previous), self.direction[started]
        )
        # A pitch that is among the last three moves to the end; else the oldest falls out.
        first, second, third = recent.T
        keep_first = (pitch == second) | (pitch == third)
        recent = np.stack(
            [
                np.where(keep_first, first, second),
                np.where(pitch == third, second, third),
                pitch,
            ],
            axis=1,
        )
        self.recent[started] = recent
        self.keys[started] += IN_MAJOR_KEY[pitch % NOTES_PER_OCTAVE]

    def _update(self, events: IntArray) -> None:
        started = events >= 0
        self.attack = np.where(events == NO_EVENT, False, self.attack | started)
        self.pitch = np.where(started, events, np.where(events == NOTE_OFF, NOTE_OFF, self.pitch))
        if started.any():
            self._note_on(started, events)

    def _write(self, events: IntArray, out: FloatArray) -> None:
        self._update(events)
        encoding = self.encoding
        note_range = encoding.max_note - encoding.min_note
        sounds = self.pitch > 0
        rows = np.flatnonzero(sounds)
        out[rows, self.pitch[rows] - encoding.min_note] = 1.0
        out[:, note_range] = sounds
        out[:, note_range + 1] = ~sounds
        out[:, note_range + 2] = self.attack
        out[:, note_range + 3] = self.direction
        at = note_range + 4
        self._write_repeats(events, out[:, at:])
        at += len(encoding.lookbacks)
        self._write_counter(out[:, at : at + KeyEncoding.counter_bits])
        at += KeyEncoding.counter_bits
        out[:, at] = self.length % DEFAULT_STEPS_PER_BAR == 0
        recent = IN_MAJOR_KEY[self.recent % NOTES_PER_OCTAVE] * (self.recent >= 0)[:, :, None]
        out[:, at + 1 : at + 13] = self.keys == self.keys.max(axis=1, keepdims=True)
        counts = recent.sum(axis=1)
        out[:, at + 13 : at + 25] = counts == counts.max(axis=1, keepdims=True)


class KeyEncoding(Encoding):
    """Classes: 0.. start a note, then no-event, note-off, and the two lookbacks."""

    lookbacks = LOOKBACK_DISTANCES
    encoder_class = KeyEncoder
    counter_bits = 7

    def _input_size(self) -> int:
        sounding, attack, direction, bar = self.max_note - self.min_note + 2, 1, 1, 1
        keys = 2 * NOTES_PER_OCTAVE
        return sounding + attack + direction + len(self.lookbacks) + self.counter_bits + bar + keys

    def index(self, events: npt.ArrayLike) -> IntArray:
        """Returns the class of each event, lookbacks left aside."""
        events = np.asarray(events)
        return np.where(events < 0, events + self.first_lookback, events - self.min_note)

    def event(self, classes: IntArray) -> IntArray:
        """Returns the event of each class that is no lookback."""
        no_event = self.first_lookback + NO_EVENT
        return np.where(classes < no_event, classes + self.min_note, classes - self.first_lookback)


_ENCODINGS = {"onehot": Encoding, "lookback": LookbackEncoding, "key": KeyEncoding}


def get_encoding(spec: MelodySpec) -> Encoding:
    """Returns the encoding that a config names, over its pitch range.

    Raises:
        SpecError: The config names an encoding that does not exist.
    """
    if spec.encoding not in _ENCODINGS:
        raise SpecError(f"no encoding {spec.encoding!r}; there are: {', '.join(_ENCODINGS)}")
    return _ENCODINGS[spec.encoding](spec.min_note, spec.max_note)
