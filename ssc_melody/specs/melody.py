"""The eight configs of Melody RNN as one table; everything that lists them is derived from it.

Four rows are Magenta's own (magenta/models/melody_rnn/melody_rnn_model.py, 2.1.4), four are ours.
Ours differ in hyperparameters only, so data sets and bundles stay exchangeable between them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from ssc_melody.constants import NOTES_PER_OCTAVE
from ssc_melody.encodings import (
    Encoding,
    KeyEncoding,
    LookbackEncoding,
    OneHotEncoding,
    Pitches,
)
from ssc_melody.errors import SpecError
from ssc_melody.specs.checks import nearest
from ssc_melody.specs.spec import NetworkSpec

_ENCODINGS: dict[str, Callable[[int, int], Encoding]] = {
    "onehot": OneHotEncoding,
    "lookback": lambda low, high: LookbackEncoding(Pitches(low, high)),
    "key": KeyEncoding,
}


@dataclasses.dataclass(frozen=True)
class MelodySpec(NetworkSpec):
    """A config of Melody RNN: a network, the encoding and its pitch range.

    Attributes:
        encoding: 'onehot', 'lookback' or 'key' (see `ssc_melody.encodings`).
        min_note: Lowest MIDI pitch the encoding knows.
        max_note: One above the highest MIDI pitch the encoding knows.
        transpose_to_key: Melodies are transposed to this key (0 = C major) before they are
            encoded; None leaves them where they are.
    """

    encoding: str = "onehot"
    min_note: int = 48
    max_note: int = 84
    transpose_to_key: int | None = 0

    def make_encoding(self) -> Encoding:
        """Returns the encoding, over the pitch range.

        Raises:
            SpecError: There is no such encoding.
        """
        if self.encoding not in _ENCODINGS:
            known = ", ".join(_ENCODINGS)
            raise SpecError(f"no encoding {self.encoding!r}; there are: {known}")
        return _ENCODINGS[self.encoding](self.min_note, self.max_note)

    def facts(self) -> dict[str, object]:
        """Returns what a report says: the encoding and its pitches, the last one included."""
        return {"encoding": self.encoding, "pitch_range": [self.min_note, self.max_note - 1]}

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or self.encoding


_BASIC = MelodySpec("basic_rnn", "Melody RNN with one-hot encoding.", encoding="onehot")
_MONO = MelodySpec(
    "mono_rnn",
    "Monophonic RNN with one-hot encoding.",
    encoding="onehot",
    min_note=0,
    max_note=128,
    transpose_to_key=None,
)
_LOOKBACK = MelodySpec("lookback_rnn", "Melody RNN with lookback encoding.", encoding="lookback")
_ATTENTION = MelodySpec(
    "attention_rnn",
    "Melody RNN with lookback encoding and attention.",
    encoding="key",
    attn_length=40,
    clip_norm=3,
)
_MAGENTA = (_BASIC, _MONO, _LOOKBACK, _ATTENTION)


def _ours(spec: MelodySpec) -> MelodySpec:
    return dataclasses.replace(
        spec,
        name=f"ssc_{spec.name}",
        description=f"SSC {spec.description}",
        rnn_layer_sizes=(256, 256),
        batch_size=64,
    )


MAX_PITCHES = 128
"""How many pitches MIDI has."""


def with_range(spec: NetworkSpec, min_note: int | None, max_note: int | None) -> NetworkSpec:
    """Returns a config over another pitch range.

    Args:
        spec: A config of melodies.
        min_note: Lowest MIDI pitch; None for the config's.
        max_note: One above the highest MIDI pitch; None for the config's.

    Raises:
        SpecError: The range is not within 0 to 128 or narrower than an octave, or the config is
            not of melodies.

    Source: note_seq/melody_encoder_decoder.py, MelodyOneHotEncoding, for the limits.
    """
    if min_note is None and max_note is None:
        return spec
    if not isinstance(spec, MelodySpec):
        raise SpecError(f"min_note, max_note: {spec.label} has no pitch range")
    low = spec.min_note if min_note is None else min_note
    high = spec.max_note if max_note is None else max_note
    if not 0 <= low < high <= MAX_PITCHES or high - low < NOTES_PER_OCTAVE:
        raise SpecError(
            f"min_note, max_note: expected 0 to {MAX_PITCHES} (one above the highest pitch), an "
            f"octave or more apart, got {low} and {high}"
        )
    return dataclasses.replace(spec, min_note=low, max_note=high)


SPECS = {spec.name: spec for spec in (*_MAGENTA, *(_ours(spec) for spec in _MAGENTA))}
"""Every config of Melody RNN by its name, Magenta's four first."""

_BY_ENCODER_DECODER = {"onehot": _BASIC, "lookback": _LOOKBACK, "key": _ATTENTION}


ENCODER_DECODERS = tuple(_BY_ENCODER_DECODER)
"""Names of encodings that --melody_encoder_decoder takes."""


def spec_for_encoder_decoder(name: str) -> MelodySpec:
    """Returns the config that Magenta's --melody_encoder_decoder=NAME builds.

    Source: melody_rnn_config_flags.config_from_flags: the encoding with Magenta's default pitch
    range and EventSequenceRnnConfig's default hyperparameters (which are not those of `--config`).

    Raises:
        SpecError: The name is not onehot, lookback or key.
    """
    if name not in _BY_ENCODER_DECODER:
        raise SpecError(
            f"no encoder/decoder {name!r}{nearest(name, _BY_ENCODER_DECODER)}; "
            f"there are: {', '.join(_BY_ENCODER_DECODER)}"
        )
    return dataclasses.replace(
        _BY_ENCODER_DECODER[name],
        name="",
        description="",
        batch_size=64,
        dropout_keep_prob=1.0,
        attn_length=0,
        clip_norm=3,
    )
