"""The configs of Improv RNN, melodies on chords, as one table.

Three rows are Magenta's (magenta/models/improv_rnn/improv_rnn_model.py, 2.1.4), one is ours.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ssc_melody.encodings import ConditionalEncoding
from ssc_melody.errors import SpecError
from ssc_melody.specs.melody import MelodySpec

if TYPE_CHECKING:
    from ssc_melody.chords import ChordEncoding


@dataclasses.dataclass(frozen=True)
class ImprovSpec(MelodySpec):
    """A config of melodies on chords.

    Attributes:
        transpose_to_key: None: chords have a key of their own, so training takes each song in
            twelve keys and playing leaves both where they are.
        chord_encoding: 'triads' or 'pitches' (see `ssc_melody.chords.encoding`).
    """

    transpose_to_key: int | None = None
    chord_encoding: str = "pitches"

    @property
    def chords(self) -> ChordEncoding:
        """What the network sees of a chord.

        Raises:
            SpecError: There is no such encoding.
        """
        from ssc_melody.chords import CHORD_ENCODINGS  # noqa: PLC0415 (melodies need none)

        if self.chord_encoding not in CHORD_ENCODINGS:
            known = ", ".join(CHORD_ENCODINGS)
            raise SpecError(f"no chord encoding {self.chord_encoding!r}; there are: {known}")
        return CHORD_ENCODINGS[self.chord_encoding]

    def make_encoding(self) -> ConditionalEncoding:
        """Returns the melody's encoding, each step on the chord of the next.

        Raises:
            SpecError: There is no such encoding.
        """
        return ConditionalEncoding(super().make_encoding(), self.chords.size)

    def facts(self) -> dict[str, object]:
        """Returns what a report says: also what is seen of a chord."""
        return {**super().facts(), "chord_encoding": self.chord_encoding}


IMPROV_SPECS = {
    spec.name: spec
    for spec in (
        ImprovSpec(
            "basic_improv",
            "Basic melody-given-chords RNN with one-hot triad encoding for chords.",
            rnn_layer_sizes=(64, 64),
            chord_encoding="triads",
        ),
        ImprovSpec(
            "attention_improv",
            "Melody-given-chords RNN with one-hot triad encoding for chords, attention, and "
            "binary counters.",
            encoding="key",
            rnn_layer_sizes=(128, 128, 128),
            attn_length=40,
            clip_norm=3,
            chord_encoding="triads",
        ),
        ImprovSpec(
            "chord_pitches_improv",
            "Melody-given-chords RNN with chord pitches encoding.",
            rnn_layer_sizes=(256, 256, 256),
            clip_norm=3,
        ),
        ImprovSpec(
            "ssc_chord_rnn",
            "SSC Melody RNN on chords with lookback encoding.",
            encoding="lookback",
            rnn_layer_sizes=(256, 256),
            batch_size=64,
        ),
    )
}
"""Every config of Improv RNN by its name, Magenta's three first."""
