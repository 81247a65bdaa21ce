"""Melody events to network inputs and classes, and back: the encoding that a config names.

Each encoding has its module, to be read in this order: `encodings.onehot` (with what all share),
`encodings.lookback`, `encodings.key`.
"""

from ssc_melody.encodings.key import IN_MAJOR_KEY, KeyEncoding
from ssc_melody.encodings.lookback import LookbackEncoding
from ssc_melody.encodings.onehot import Encoder, Encoding, FloatArray, IntArray
from ssc_melody.errors import SpecError
from ssc_melody.specs import MelodySpec

__all__ = [
    "IN_MAJOR_KEY",
    "Encoder",
    "Encoding",
    "FloatArray",
    "IntArray",
    "KeyEncoding",
    "LookbackEncoding",
    "get_encoding",
]

_ENCODINGS = {"onehot": Encoding, "lookback": LookbackEncoding, "key": KeyEncoding}


def get_encoding(spec: MelodySpec) -> Encoding:
    """Returns the encoding that a config names, over its pitch range.

    Raises:
        SpecError: The config names an encoding that does not exist.
    """
    if spec.encoding not in _ENCODINGS:
        raise SpecError(f"no encoding {spec.encoding!r}; there are: {', '.join(_ENCODINGS)}")
    return _ENCODINGS[spec.encoding](spec.min_note, spec.max_note)
