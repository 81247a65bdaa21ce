"""Whether some notes on, with leaps no larger than allowed, a melody can still be at a pitch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]


class Walks:
    """Pitches that can be reached from pitches; pitch number `pitches` stands for none yet."""

    def __init__(self, allowed: Bools, max_leap: int) -> None:
        """Takes [pitches] where new notes may be, and the most semitones between two."""
        pitches = np.arange(len(allowed))
        near = np.abs(pitches[:, None] - pitches) <= max_leap
        self.leap: Bools = np.vstack([near, np.ones((1, len(allowed)), dtype=bool)])
        self._through = (self.leap & allowed).astype(np.float32)
        self._exact = [self.leap]
        self._within = [self.leap]

    def ways(self, notes: int, exact: bool) -> Bools:
        """Returns [pitches + 1, pitches] which pitch may follow which, with notes between.

        The ends may be any pitch, what lies between only allowed ones.

        Args:
            notes: How many lie between.
            exact: So many, and not fewer.
        """
        # A note can be repeated, so beyond one a pitch nothing new comes up.
        notes = min(notes, self.leap.shape[1] + 1)
        while len(self._exact) <= notes:
            longer = self._through @ self._exact[-1][:-1].astype(np.float32) > 0
            self._exact.append(longer)
            self._within.append(self._within[-1] | longer)
        return self._exact[notes] if exact else self._within[notes]
