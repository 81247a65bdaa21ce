"""What a config is: a network's id and hyperparameters, and what its family adds.

To be read in this order: `spec`, `melody` and `improv` (the tables of Melody RNN and
Improv RNN), `hrnn`, `hparams` (--hparams).
"""

from ssc_melody.specs.checks import nearest
from ssc_melody.specs.hparams import named_hparams, with_hparams
from ssc_melody.specs.improv import IMPROV_SPECS, ImprovSpec
from ssc_melody.specs.melody import (
    ENCODER_DECODERS,
    MAX_PITCHES,
    SPECS,
    MelodySpec,
    spec_for_encoder_decoder,
    with_range,
)
from ssc_melody.specs.spec import HPARAMS, NetworkSpec

__all__ = [
    "ENCODER_DECODERS",
    "HPARAMS",
    "IMPROV_SPECS",
    "MAX_PITCHES",
    "SPECS",
    "ImprovSpec",
    "MelodySpec",
    "NetworkSpec",
    "named_hparams",
    "nearest",
    "spec_for_encoder_decoder",
    "with_hparams",
    "with_range",
]
