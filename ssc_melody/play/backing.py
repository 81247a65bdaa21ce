"""The chords that a model plays on, and how long its melodies are with them.

What reads chords is in `chord_files`, and loaded when there are some: melodies alone need none.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssc_melody.errors import OptionError, PrimerError
from ssc_melody.families import family_of
from ssc_melody.melody.primer import Primer
from ssc_melody.specs import IMPROV_SPECS, ImprovSpec, NetworkSpec

if TYPE_CHECKING:
    from ssc_melody.chords import Progression
    from ssc_melody.play.chord_files import ChordsLike

_DEFAULT_STEPS = 128


def backing_of(
    spec: NetworkSpec, chords: ChordsLike | None, steps_per_chord: int
) -> Progression | None:
    """Returns the chords that a model is to play on; None for a model without chords.

    Raises:
        OptionError: Chords for a model without, or none for one that needs them; or it is a model
            that needs others.
        ChordError: They cannot be read.
    """
    family = family_of(spec)
    if not family.alone:
        raise OptionError(
            f"config: {spec.label} is one level of a hierarchy ({family.name}); {family.command} "
            "plays it with the others"
        )
    if not isinstance(spec, ImprovSpec):
        if chords is not None:
            raise OptionError(
                f"chords: {spec.label} makes melodies without chords; models of the configs "
                f"{', '.join(IMPROV_SPECS)} take them"
            )
        return None
    if chords is None:
        raise OptionError(
            f'chords: {spec.label} makes melodies on chords: give some, such as "C G Am F" '
            "(N.C. is none)"
        )
    from ssc_melody.play.chord_files import read_chords  # noqa: PLC0415 (melodies need none)

    return read_chords(chords, steps_per_chord, spec.steps_per_quarter)


def default_length(num_steps: int | None, backing: Progression | None) -> int:
    """Returns how many steps a melody has: as many as are asked for, or as the chords."""
    if num_steps is not None:
        return num_steps
    return _DEFAULT_STEPS if backing is None else len(backing)


def symbols_from(backing: Progression | None, start_step: int) -> tuple[str, ...] | None:
    """Returns the chords from a melody's first step on; the last one where they are over."""
    if backing is None:
        return None
    return backing.symbols[start_step:] or backing.symbols[-1:]


@contextlib.contextmanager
def within(backing: Progression | None, num_steps: int) -> Iterator[None]:
    """Says of a primer that is too long what the length comes from, if from chords."""
    try:
        yield
    except PrimerError as error:
        if backing is None or num_steps != len(backing):
            raise
        raise PrimerError(
            f"{error}; the chords are {num_steps} steps long: give more, or a larger "
            "`steps_per_chord`"
        ) from None


def fitted(primer: Primer, num_steps: int) -> Primer:
    """Returns a primer whose melody is exactly as long as its chords.

    At some tempos stock's roundings leave it a step short, and there stock stops (`assert
    chords.end_step == end_step`).
    """
    return dataclasses.replace(primer, num_steps=num_steps - primer.start_step)
