"""The key encoding of attention_rnn: the sounding note, the metre, repetitions and likely keys.

Follows KeyMelodyEncoderDecoder of note-seq (0.0.5) value for value; stock scans the whole melody at
every step, this keeps what it needs. `encodings.onehot` holds what it shares with the others.
"""

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import (
    DEFAULT_STEPS_PER_BAR,
    MAJOR_SCALE,
    NO_EVENT,
    NOTE_OFF,
    NOTES_PER_OCTAVE,
)
from ssc_melody.encodings.lookback import LOOKBACK_DISTANCES
from ssc_melody.encodings.onehot import Encoder, Encoding, FloatArray, IntArray

IN_MAJOR_KEY = np.array(
    [[(note - key) % NOTES_PER_OCTAVE in MAJOR_SCALE for key in range(12)] for note in range(12)],
    dtype=np.int64,
)
"""[pitch class, major key]: 1 where the pitch class belongs to the key."""


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
