"""Scores as text that a test can hold: `60@0+1 62@1+1/2`, pitch, start and length in quarters."""

from __future__ import annotations

from fractions import Fraction

from ssc_melody.scores.score import TICKS_PER_QUARTER, Score


def quarters(ticks: int) -> str:
    """Returns ticks in quarter notes, as `1/2` if need be."""
    return str(Fraction(ticks, TICKS_PER_QUARTER))


def notes_text(score: Score) -> str:
    """Returns the notes of a score, its parts separated by ` / `."""
    parts = [
        " ".join(
            f"{note.pitch}@{quarters(note.start)}+{quarters(note.end - note.start)}"
            for note in score.notes
            if note.part == part
        )
        for part in range(len(score.part_names))
    ]
    return " / ".join(parts)
