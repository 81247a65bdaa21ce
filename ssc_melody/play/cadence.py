"""How a melody is to end: the last note long, on a beat, and of the tonic triad.

Long is a half note, two beats, at least. People's held-out melodies end so less often than not, as
most are cut from longer lines; an ending that is asked for is to be heard as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import NO_EVENT
from ssc_melody.errors import OptionError
from ssc_melody.melody.events import steps

_BEATS = 2


class Cadence(NamedTuple):
    """How a melody is to end.

    Attributes:
        triad: [pitches] those that the last note may have.
        deadline: The last step on which it may begin.
        least: Steps that it sounds at least.
        beat: Steps of a beat, on which it begins.
    """

    triad: npt.NDArray[np.bool_]
    deadline: int
    least: int
    beat: int


def make_cadence(triad: npt.NDArray[np.bool_], begin: int, length: int, beat: int) -> Cadence:
    """Returns a cadence as late as it may be.

    Args:
        triad: [pitches] those of the tonic triad that are allowed.
        begin: The first new step.
        length: Steps of the melody.
        beat: Steps of a beat.

    Raises:
        OptionError: The new steps leave no room for it.
    """
    least = _BEATS * beat
    deadline = (length - least) // beat * beat
    if deadline < begin:
        raise OptionError(
            f"end='cadence': {steps(length - begin)} after the primer leave no beat for a last "
            f"note of {least}"
        )
    return Cadence(triad, deadline, least, beat)


def cadence_of_rhythm(
    triad: npt.NDArray[np.bool_], rhythm: Sequence[int], onset: int, begin: int, beat: int
) -> Cadence:
    """Returns the cadence of a given rhythm, which is its last note.

    Args:
        triad: [pitches] those of the tonic triad that are allowed.
        rhythm: Events, as long as the melody.
        onset: The step of its last note, or -1.
        begin: The first new step.
        beat: Steps of a beat.

    Raises:
        OptionError: The last note is not a cadence.
    """
    least = _BEATS * beat
    following = enumerate(rhythm[onset + 1 :], 1)
    lasts = next((i for i, event in following if event != NO_EVENT), len(rhythm) - onset)
    if onset < begin or onset % beat or lasts < least:
        raise OptionError(
            f"end='cadence' and rhythm_of: the rhythm's last note begins at step {onset} and lasts "
            f"{steps(lasts)}; a cadence is on a beat of {beat} after the primer, and at least "
            f"{least}"
        )
    return Cadence(triad, onset, least, beat)
