"""What a config is: the table of configs, its hyperparameters, and what a run notes of its own."""

from ssc_melody.specs.checks import nearest
from ssc_melody.specs.hparams import HPARAMS, named_hparams, with_hparams
from ssc_melody.specs.table import SPECS, MelodySpec, get_spec, spec_for_encoder_decoder, spec_named

__all__ = [
    "HPARAMS",
    "SPECS",
    "MelodySpec",
    "get_spec",
    "named_hparams",
    "nearest",
    "spec_for_encoder_decoder",
    "spec_named",
    "with_hparams",
]
