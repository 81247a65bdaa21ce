"""All families in one table, on which loading and commands dispatch, and who is refused by name."""

from __future__ import annotations

import importlib

from ssc_melody.errors import SpecError
from ssc_melody.families.family import Family
from ssc_melody.families.improv import IMPROV
from ssc_melody.families.melody import MELODY
from ssc_melody.specs import ENCODER_DECODERS, NetworkSpec, nearest, spec_for_encoder_decoder

FAMILIES = {"melody": MELODY, "improv": IMPROV}
"""By the name that a run's config.json has for it; more are added when they are met."""

_LATER = {
    "polyphony": ("polyphony:POLYPHONY", ("polyphony",)),
    "drums": ("drums:DRUMS", ("one_drum", "drum_kit")),
    "performance": (
        "performance:PERFORMANCE",
        (
            "performance",
            "performance_with_dynamics",
            "performance_with_dynamics_compact",
            "performance_with_dynamics_and_modulo_encoding",
            "density_conditioned_performance_with_dynamics",
            "pitch_conditioned_performance_with_dynamics",
            "multiconditioned_performance_with_dynamics",
            "optional_multiconditioned_performance_with_dynamics",
        ),
    ),
    "hrnn": ("hrnn:HRNN", ()),
}
"""Families that are imported when one of their configs is met: the module, and the configs."""

REFUSED = {
    "performance_with_dynamics_and_note_encoding": "note-encoded Performance RNN",
    "rnn-nade": "Pianoroll RNN-NADE",
    "rnn-nade_attn": "Pianoroll RNN-NADE",
    "rl_tuner": "RL Tuner",
}
"""Ids of Magenta's bundles that do not play here, and their families."""


def with_article(family: str) -> str:
    """Returns a family's name with its article.

    >>> with_article("Improv RNN"), with_article("Polyphony RNN"), with_article("RL Tuner")
    ('an Improv RNN', 'a Polyphony RNN', 'an RL Tuner')
    """
    return f"{'an' if family.startswith(('A', 'E', 'I', 'O', 'RL')) else 'a'} {family}"


def family_named(key: str) -> Family | None:
    """Returns the family that a run's config.json calls so; None if there is none."""
    if key not in FAMILIES and key in _LATER:
        module, _, name = _LATER[key][0].partition(":")
        loaded = importlib.import_module(f"ssc_melody.families.{module}")
        FAMILIES[key] = getattr(loaded, name)
    return FAMILIES.get(key)


def all_families() -> list[Family]:
    """Returns every family, in one order whatever was met first."""
    for key in _LATER:
        family_named(key)
    first = [family for key, family in FAMILIES.items() if key not in _LATER]
    return [*first, *(FAMILIES[key] for key in _LATER)]


def all_specs() -> dict[str, NetworkSpec]:
    """Returns every config of every family by its name."""
    return {name: spec for family in all_families() for name, spec in family.specs.items()}


def find_spec(name: str) -> NetworkSpec | None:
    """Returns the config of that name, or None; only its own family is loaded."""
    for key, (_, names) in _LATER.items():
        if name in names:
            family_named(key)
    for family in FAMILIES.values():
        if name in family.specs:
            return family.specs[name]
    return None


def family_of(spec: NetworkSpec) -> Family:
    """Returns the family that a config belongs to.

    Raises:
        SpecError: No family has specs of that class.
    """
    for families in (FAMILIES.values, all_families):  # the second loads the others
        for family in families():
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
    found = find_spec(name)
    if found is None:
        specs = all_specs()
        raise SpecError(f"no config {name!r}{nearest(name, specs)}; there are: {', '.join(specs)}")
    return found


def spec_named(name: str) -> NetworkSpec:
    """Returns the config of a name, or that of an encoding's name (`spec_for_encoder_decoder`).

    Raises:
        SpecError: There is none.
    """
    return spec_for_encoder_decoder(name) if name in ENCODER_DECODERS else get_spec(name)
