"""Families of models: what each knows of its music, in one table.

To be read in this order: `family` (the record), `melody` and `improv` (Melody RNN's and
Improv RNN's), `polyphony`, `drums`, `performance` (imported when they are met), `table`. Adding a
family
is adding a spec, an encoding (if it needs a new one) and a record.
"""

from ssc_melody.families.family import Family, Primed
from ssc_melody.families.table import (
    FAMILIES,
    REFUSED,
    all_families,
    all_specs,
    family_named,
    family_of,
    find_spec,
    get_spec,
    spec_named,
    with_article,
)

__all__ = [
    "FAMILIES",
    "REFUSED",
    "Family",
    "Primed",
    "all_families",
    "all_specs",
    "family_named",
    "family_of",
    "find_spec",
    "get_spec",
    "spec_named",
    "with_article",
]
