"""How well an answer is the tune: precision, recall and F1 of the notes that begin where its do."""

import bisect
from collections import defaultdict

from ssc_melody.midi.piece import MidiNote, MidiPiece, TempoChange

TICKS = 480
Row = tuple[int, int, int]
"""Pitch, start tick, end tick."""


def make_piece(parts: list[tuple[str, list[Row]]]) -> MidiPiece:
    notes = [
        MidiNote(pitch, 80, start, end, start / 960, end / 960, track, track, 0, False)
        for track, (_, rows) in enumerate(parts)
        for pitch, start, end in rows
    ]
    return MidiPiece(TICKS, [TempoChange(0, 0.0, 120.0)], [], notes, [name for name, _ in parts])


def score(answer: list[MidiNote], tune: list[Row], tolerance: float) -> tuple[float, float, float]:
    """Returns precision, recall and F1."""
    free = defaultdict(list)
    for note in sorted(answer, key=lambda note: note.start_tick):
        free[note.pitch].append(note.start_tick)
    hits = 0
    for pitch, start, _ in sorted(tune, key=lambda row: row[1]):
        at = bisect.bisect_left(free[pitch], start - tolerance)
        if at < len(free[pitch]) and free[pitch][at] <= start + tolerance:
            free[pitch].pop(at)
            hits += 1
    precision, recall = hits / max(1, len(answer)), hits / max(1, len(tune))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)
