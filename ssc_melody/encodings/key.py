"""The key encoding of attention_rnn: the sounding note, the metre, repetitions and likely keys.

Follows KeyMelodyEncoderDecoder of note-seq (0.0.5) value for value; stock scans the whole melody at
every step, this keeps what it needs. `encodings.encoding` holds what it shares with the others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import (
    DEFAULT_STEPS_PER_BAR,
    MAJOR_SCALE,
    NO_EVENT,
    NOTE_OFF,
    NOTES_PER_OCTAVE,
)
from ssc_melody.encodings.encoding import Encoder, Encoding, FloatArray, write_counter
from ssc_melody.encodings.lookback import LOOKBACK_DISTANCES
from ssc_melody.encodings.vocabulary import IntArray, PitchesFirst

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

    encoding: KeyEncoding

    def __init__(self, encoding: KeyEncoding, rows: int, capacity: int) -> None:
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
        pitches = encoding.pitches
        sounds = self.pitch > 0
        rows = np.flatnonzero(sounds)
        out[rows, self.pitch[rows] - encoding.min_note] = 1.0
        out[:, pitches] = sounds
        out[:, pitches + 1] = ~sounds
        out[:, pitches + 2] = self.attack
        out[:, pitches + 3] = self.direction
        at = pitches + 4
        self._write_repeats(events, out[:, at:])
        at += len(encoding.lookbacks)
        self._write_counter(out[:, at : at + encoding.counter_bits])
        at += encoding.counter_bits
        out[:, at] = self.length % DEFAULT_STEPS_PER_BAR == 0
        recent = IN_MAJOR_KEY[self.recent % NOTES_PER_OCTAVE] * (self.recent >= 0)[:, :, None]
        out[:, at + 1 : at + 13] = self.keys == self.keys.max(axis=1, keepdims=True)
        counts = recent.sum(axis=1)
        out[:, at + 13 : at + 25] = counts == counts.max(axis=1, keepdims=True)


class KeyEncoding(Encoding):
    """Classes: 0.. start a note, then no-event, note-off, and the lookbacks.

    Attributes:
        min_note: Lowest MIDI pitch.
        pitches: How many pitches there are.
        counter_bits: Bits of the position within the metre.
    """

    def __init__(
        self,
        min_note: int = 48,
        max_note: int = 84,
        lookbacks: Sequence[int] = LOOKBACK_DISTANCES,
        counter_bits: int = 7,
    ) -> None:
        """Takes the lowest pitch, one above the highest, distances in steps, and counter bits."""
        self.min_note, self.pitches = min_note, max_note - min_note
        self.counter_bits = counter_bits
        super().__init__(PitchesFirst(min_note, max_note), lookbacks)

    def encoder(self, rows: int, capacity: int) -> KeyEncoder:
        """Returns an empty batch of `rows` melodies with room for `capacity` steps."""
        return KeyEncoder(self, rows, capacity)

    def _input_size(self) -> int:
        sounding, attack, direction, bar = self.pitches + 2, 1, 1, 1
        keys = 2 * NOTES_PER_OCTAVE
        return sounding + attack + direction + len(self.lookbacks) + self.counter_bits + bar + keys

    def _write_all(self, events: IntArray, out: FloatArray) -> None:
        steps, pitches = np.arange(len(events)), self.pitches
        change = _last_where(events != NO_EVENT)
        pitch = np.where(change >= 0, events[change], NOTE_OFF)
        sounds = pitch > 0  # quirk: pitch 0 counts as silence
        out[steps[sounds], pitch[sounds] - self.min_note] = 1.0
        out[:, pitches] = sounds
        out[:, pitches + 1] = ~sounds
        latest = _last_where(events != NOTE_OFF)  # quirk: an attack lasts over note-offs
        out[:, pitches + 2] = (latest >= 0) & (events[latest] >= 0)
        direction, recent_keys, all_keys = _after_notes(events[events >= 0])
        count = np.cumsum(events >= 0)
        out[:, pitches + 3] = direction[count]
        at = pitches + 4
        self._write_all_repeats(events, out[:, at : at + len(self.lookbacks)])
        at += len(self.lookbacks)
        write_counter(out[:, at : at + self.counter_bits])
        at += self.counter_bits
        out[:, at] = (steps + 1) % DEFAULT_STEPS_PER_BAR == 0
        out[:, at + 1 : at + 13] = all_keys[count]
        out[:, at + 13 : at + 25] = recent_keys[count]


def _last_where(condition: npt.NDArray[np.bool_]) -> IntArray:
    """Returns for each step the latest step up to it where the condition holds, or -1."""
    return np.maximum.accumulate(np.where(condition, np.arange(len(condition)), -1))


def _after_notes(
    pitches: IntArray,
) -> tuple[IntArray, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Returns what is known after 0, 1, ... notes.

    Returns:
        [notes + 1] direction of the last change of pitch; [notes + 1, 12] the keys that hold most
        of the last three different pitches; the same for all notes so far.
    """
    in_key = IN_MAJOR_KEY[pitches % NOTES_PER_OCTAVE]
    all_keys = np.zeros((len(pitches) + 1, NOTES_PER_OCTAVE), dtype=np.int64)
    np.cumsum(in_key, axis=0, out=all_keys[1:])
    recent_keys = np.zeros_like(all_keys)
    direction = np.zeros(len(pitches) + 1, dtype=np.int64)
    recent: list[int] = []
    for i, pitch in enumerate(pitches.tolist(), start=1):
        moved = bool(recent) and pitch != recent[-1]
        direction[i] = (1 if pitch > recent[-1] else -1) if moved else direction[i - 1]
        recent = [*(p for p in recent if p != pitch), pitch][-3:]
        recent_keys[i] = sum(IN_MAJOR_KEY[p % NOTES_PER_OCTAVE] for p in recent)
    return (
        direction,
        recent_keys == recent_keys.max(axis=1, keepdims=True),
        all_keys == all_keys.max(axis=1, keepdims=True),
    )
