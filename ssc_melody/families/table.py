"""All families in one table, on which loading and commands dispatch, and who is refused by name."""

from __future__ import annotations

from ssc_melody.errors import SpecError
from ssc_melody.families.family import Family
from ssc_melody.families.improv import IMPROV
from ssc_melody.families.melody import MELODY
from ssc_melody.specs import ENCODER_DECODERS, NetworkSpec, nearest, spec_for_encoder_decoder

FAMILIES = {"melody": MELODY, "improv": IMPROV}
"""By the name that a run's config.json has for it."""

REFUSED = {
    "polyphony": "Polyphony RNN",
    "drum_kit": "Drums RNN",
    "one_drum": "Drums RNN",
    "performance": "Performance RNN",
    "performance_with_dynamics": "Performance RNN",
    "rnn-nade": "Pianoroll RNN-NADE",
    "rnn-nade_attn": "Pianoroll RNN-NADE",
    "rl_tuner": "RL Tuner",
}
"""Ids of Magenta's bundles that do not play here, and their families."""


def all_specs() -> dict[str, NetworkSpec]:
    """Returns every config of every family by its name."""
    return {name: spec for family in FAMILIES.values() for name, spec in family.specs.items()}


def family_of(spec: NetworkSpec) -> Family:
    """Returns the family that a config belongs to.

    Raises:
        SpecError: No family has specs of that class.
    """
    for family in FAMILIES.values():
        if type(spec) is family.spec_type:
            return family
    raise SpecError(f"config {spec.label!r}: no family has specs of class {type(spec).__name__}")


def get_spec(name: str) -> NetworkSpec:
    """Returns the config of that name.

    Args:
        name: Such as "ssc_attention_rnn".

    Raises:
        SpecError: There is none; the message names the nearest one and all there are.
    """
    specs = all_specs()
    if name not in specs:
        raise SpecError(f"no config {name!r}{nearest(name, specs)}; there are: {', '.join(specs)}")
    return specs[name]


def spec_named(name: str) -> NetworkSpec:
    """Returns the config of a name, or that of an encoding's name (`spec_for_encoder_decoder`).

    Raises:
        SpecError: There is none.
    """
    return spec_for_encoder_decoder(name) if name in ENCODER_DECODERS else get_spec(name)
