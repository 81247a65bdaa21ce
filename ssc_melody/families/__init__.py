"""Families of models: what each knows of its music, in one table.

To be read in this order: `family` (the record), `melody` and `improv` (Melody RNN's and
Improv RNN's), `table`. Adding a family
is adding a spec, an encoding (if it needs a new one) and a record.
"""

from ssc_melody.families.family import Family, Primed
from ssc_melody.families.table import (
    FAMILIES,
    REFUSED,
    all_specs,
    family_of,
    get_spec,
    spec_named,
)

__all__ = [
    "FAMILIES",
    "REFUSED",
    "Family",
    "Primed",
    "all_specs",
    "family_of",
    "get_spec",
    "spec_named",
]
