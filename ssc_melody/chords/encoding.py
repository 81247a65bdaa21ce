"""What a network sees of a chord: the two encodings of Magenta's improv_rnn.

Follows TriadChordOneHotEncoding and PitchChordsEncoderDecoder of note-seq 0.0.5
(chords_encoder_decoder.py) value for value. Left out: major and minor only (25 classes), which no
config uses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.chords.symbols import NO_CHORD, parse_chord
from ssc_melody.constants import NOTES_PER_OCTAVE
from ssc_melody.errors import ChordError

FloatArray = npt.NDArray[np.float32]

_TRIADS = ("major", "minor", "augmented", "diminished")


def _triad(symbol: str) -> list[int]:
    """0 for no chord, then twelve roots of each triad; other notes of a chord are not seen."""
    if symbol == NO_CHORD:
        return [0]
    chord = parse_chord(symbol)
    if not chord.triad:
        raise ChordError(
            f"{symbol!r} has no major, minor, augmented or diminished triad, and a model of triads "
            "knows no other chord"
        )
    return [1 + NOTES_PER_OCTAVE * _TRIADS.index(chord.triad) + chord.root]


def _pitches(symbol: str) -> list[int]:
    """0 for no chord, then its root, its pitch classes and its bass, twelve places each."""
    if symbol == NO_CHORD:
        return [0]
    chord = parse_chord(symbol)
    notes = [1 + NOTES_PER_OCTAVE + pitch for pitch in chord.pitches]
    return [1 + chord.root, *notes, 1 + 2 * NOTES_PER_OCTAVE + chord.bass]


@dataclasses.dataclass(frozen=True)
class ChordEncoding:
    """Chord symbols to vectors of zeros and ones.

    Attributes:
        size: Values per chord.
        ones: Returns where a symbol's vector has ones.
    """

    size: int
    ones: Callable[[str], list[int]]

    def encode(self, symbols: Sequence[str]) -> FloatArray:
        """Returns [steps, size] the vectors of a chord symbol per step.

        Raises:
            ChordError: One is not a symbol, or not one that this encoding can tell from others.
        """
        rows = {symbol: self.ones(symbol) for symbol in dict.fromkeys(symbols)}
        out = np.zeros((len(symbols), self.size), dtype=np.float32)
        for step, symbol in enumerate(symbols):
            out[step, rows[symbol]] = 1.0
        return out


CHORD_ENCODINGS = {
    "triads": ChordEncoding(4 * NOTES_PER_OCTAVE + 1, _triad),
    "pitches": ChordEncoding(3 * NOTES_PER_OCTAVE + 1, _pitches),
}
"""By the name that a config has for it."""
