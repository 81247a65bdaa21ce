"""What a config is: the table of configs, its hyperparameters, and what a run notes of its own."""

from ssc_melody.specs.table import (
    HPARAMS,
    SPECS,
    MelodySpec,
    get_spec,
    nearest,
    spec_for_encoder_decoder,
    with_hparams,
)

__all__ = [
    "HPARAMS",
    "SPECS",
    "MelodySpec",
    "get_spec",
    "nearest",
    "spec_for_encoder_decoder",
    "with_hparams",
]
