"""Events to network inputs and classes, and back: a class for each encoding, both ways.

To be read in this order: `vocabulary` (what events there are), `encoding` (what all share),
`onehot`, `lookback`, `key`, `conditional`.
"""

from ssc_melody.encodings.conditional import ConditionalEncoding
from ssc_melody.encodings.encoding import Encoder, Encoding, FloatArray
from ssc_melody.encodings.key import IN_MAJOR_KEY, KeyEncoding
from ssc_melody.encodings.lookback import LookbackEncoding
from ssc_melody.encodings.onehot import OneHotEncoding
from ssc_melody.encodings.vocabulary import Classes, IntArray, Pitches, PitchesFirst, Vocabulary

__all__ = [
    "IN_MAJOR_KEY",
    "Classes",
    "ConditionalEncoding",
    "Encoder",
    "Encoding",
    "FloatArray",
    "IntArray",
    "KeyEncoding",
    "LookbackEncoding",
    "OneHotEncoding",
    "Pitches",
    "PitchesFirst",
    "Vocabulary",
]
