"""The one-hot encoding: an input and a class for each event.

Follows OneHotEventSequenceEncoderDecoder of note-seq (0.0.5). Next: `encodings.lookback`.
"""

from __future__ import annotations

from ssc_melody.encodings.encoding import Encoding
from ssc_melody.encodings.vocabulary import Pitches


class OneHotEncoding(Encoding):
    """Input and class are the event's place in the vocabulary (38 of them with 36 pitches).

    Attributes:
        min_note: Lowest MIDI pitch.
        max_note: One above the highest MIDI pitch.
    """

    def __init__(self, min_note: int = 48, max_note: int = 84) -> None:
        """Takes the lowest MIDI pitch and one above the highest."""
        self.min_note, self.max_note = min_note, max_note
        super().__init__(Pitches(min_note, max_note))

    @property
    def one_hot_parts(self) -> tuple[tuple[int, int], ...]:
        """All of an input."""
        return ((0, self.input_size),)
