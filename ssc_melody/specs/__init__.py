"""What a config is: a network's id and hyperparameters, and what its family adds.

To be read in this order: `spec`, `melody` (the table of Melody RNN), `hparams` (--hparams).
"""

from ssc_melody.specs.hparams import with_hparams
from ssc_melody.specs.melody import (
    MAX_PITCHES,
    SPECS,
    MelodySpec,
    spec_for_encoder_decoder,
    with_range,
)
from ssc_melody.specs.spec import HPARAMS, NetworkSpec, nearest

__all__ = [
    "HPARAMS",
    "MAX_PITCHES",
    "SPECS",
    "MelodySpec",
    "NetworkSpec",
    "nearest",
    "spec_for_encoder_decoder",
    "with_hparams",
    "with_range",
]
