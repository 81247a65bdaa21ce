"""Which melodies stay out of a data set because others are like them (see `similar`).

In the order of the pieces:
  1. with `leave_out`, a training melody that shares a run with one of its files is left out;
  2. with `dedupe='similar'`, so is a melody with more than MOST_KNOWN of its runs in earlier pieces
     of its own set;
  3. and a melody that shares a run with the other set, so that what is held out was not trained on.

A piece may repeat itself: its melodies are compared with those of other pieces only.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ssc_melody.dataset.process import EVAL, TRAINING
from ssc_melody.dataset.report import IN_LEAVE_OUT, IN_OTHER_SET, SIMILAR, Tally
from ssc_melody.dataset.runner import Job, PieceResult
from ssc_melody.dataset.similar import Runs, runs_of_file
from ssc_melody.melody.hashing import Hashes

MOST_KNOWN = 0.5
"""A melody with a larger share of its runs in earlier pieces is a near-duplicate."""


class Kept(NamedTuple):
    """Which melodies of a piece are kept, and why the others are not.

    Attributes:
        indices: The melodies that are kept.
        reasons: For each of the others, the report's name of why.
    """

    indices: list[int]
    reasons: list[str]


class Sieve:
    """Takes piece after piece, and says which of their melodies to keep."""

    def __init__(self, dedupe: bool, leave_out: Iterable[str | os.PathLike[str]] = ()) -> None:
        """Takes what to look for.

        Args:
            dedupe: Whether near-duplicates are left out.
            leave_out: Files of events that training melodies must share nothing with.

        Raises:
            DataError: A file cannot be read.
        """
        self._dedupe = dedupe
        self._leave_out = [runs_of_file(path) for path in leave_out]
        self._known = {TRAINING: Runs(), EVAL: Runs()}

    def __call__(self, split: str, melodies: Sequence[Hashes]) -> Kept:
        """Returns which melodies of a piece are kept; later pieces are compared with these.

        Args:
            split: The piece's set.
            melodies: The runs of each.
        """
        kept = Kept([], [])
        for i, runs in enumerate(melodies):
            if reason := self._reason(split, runs):
                kept.reasons.append(reason)
            else:
                kept.indices.append(i)
        if self._dedupe:
            for i in kept.indices:
                self._known[split].add(melodies[i])
        return kept

    def _reason(self, split: str, runs: Hashes) -> str:
        """Returns why a melody is left out, or ""."""
        if split == TRAINING and any(left.share_known(runs) for left in self._leave_out):
            return IN_LEAVE_OUT
        if not self._dedupe:
            return ""
        if self._known[split].share_known(runs) > MOST_KNOWN:
            return SIMILAR
        return IN_OTHER_SET if self._known[_other(split)].share_known(runs) else ""


def _other(split: str) -> str:
    return EVAL if split == TRAINING else TRAINING


def sieve_of(job: Job) -> Sieve | None:
    """Returns what a job needs, or None if it asks for no such thing.

    Raises:
        DataError: A file of `leave_out` cannot be read.
    """
    if not job.raw.compares_runs:
        return None
    return Sieve(job.raw.dedupe == "similar", job.raw.leave_out)


def sifted(piece: PieceResult, sieve: Sieve | None) -> PieceResult:
    """Returns a piece with the melodies that are kept, and why the others are not in its counts."""
    if sieve is None:
        return piece
    kept = sieve(piece.split, [part.runs for part in piece.parts])
    tally = Tally()
    for tally_of in (piece.tally, *(piece.parts[i].tally for i in kept.indices)):
        tally.add(tally_of)
    tally.reasons.update(Counter(kept.reasons))
    tally.without_melody = int(not kept.indices)
    records = [piece.parts[i].record for i in kept.indices]
    return piece._replace(records=records, tally=tally, parts=[])
