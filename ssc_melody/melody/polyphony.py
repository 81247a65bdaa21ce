"""The tune of a piece with several notes at once: by the top note, or by the part that carries it.

`top_note` follows the rule of note_seq/melodies_lib.py (the highest of the notes that begin
together) over all parts of the piece. `melody_track` takes one part and its upper voice: the part
by its name, else by a score. The ideas are in A. Uitdenbogerd and J. Zobel, "Manipulation of music
for melody matching" (1998: skyline, entropy) and D. Rizo et al., "A pattern recognition approach
for melody track selection in MIDI files" (2006: which features tell). The constants were set on
benchmarks/bench_melody_track.py, which measures both functions. Left out: learned models,
velocities, and tunes that wander from part to part.

A part is a track; where only one track has notes, it is an instrument (a channel and program).
Drums are never part of a tune.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ssc_melody.melody.track_names import TUNE_WORDS, name_rank
from ssc_melody.midi.read import MidiNote, MidiPiece

STEPS_PER_QUARTER = 4
"""Grid on which `melody_track` tells which notes begin together: sixteenths, as melodies have."""

MIN_SHARE = 0.1
"""A part with fewer than this share of the notes of the largest part is an interjection, no tune,
even if its name says so (a "vocals" track with a count-in)."""

MAX_COVERED = 0.25
"""A note that begins under a higher one and lies under it for more than this share of its length
is accompaniment. 0.25 found more of the known tunes than 0.5 and 0.75 and forgives legato."""

REGISTER_GAP = 15
REGISTER_NOTES = 8
"""A note more than this many semitones below the upper quartile of its neighbours (this many on
each side) fills a rest of the tune. A tune seldom leaps by more than an octave; 7 and 9 semitones
cut real notes, 12 to 18 measured alike."""

MIN_SINGLE = 0.8
"""A part that keeps this share of its notes as an upper voice is one voice with a few double stops,
and is left as `top_note` gives it."""

PITCH_BITS = 5.0
"""Entropy of 32 equally frequent pitches, the most varied part that one finds."""


class TrackChoice(NamedTuple):
    """The part that `melody_track` takes: its track, the track's name and why it was taken."""

    track: int
    name: str
    reason: str


def top_note(notes: Iterable[MidiNote], step_ticks: int = 1) -> list[MidiNote]:
    """Keeps the highest of the notes that begin together, cut where the next one begins.

    A low note that begins under a sounding higher one is kept, and cuts it: that is stock's rule.
    Of two equal pitches the longer is kept.

    Args:
        notes: of any parts, in any order; drums are dropped.
        step_ticks: ticks a step; notes whose starts round to one step begin together.

    Source: note_seq/melodies_lib.py, Melody.from_quantized_sequence (ignore_polyphonic_notes).
    """
    return _cut(_highest(notes, step_ticks))


def _highest(notes: Iterable[MidiNote], step_ticks: int) -> list[MidiNote]:
    """Returns the highest pitched note of each step, uncut, in the order of the steps."""
    highest: dict[int, MidiNote] = {}
    for note in notes:
        step = (2 * note.start_tick + step_ticks) // (2 * step_ticks)
        best = highest.get(step)
        if not note.is_drum and (best is None or _height(note) > _height(best)):
            highest[step] = note
    return [highest[step] for step in sorted(highest)]


def _uncovered(notes: Iterable[MidiNote], step_ticks: int) -> list[MidiNote]:
    """Returns the highest notes, uncut, without those that a higher one before them covers."""
    kept: list[MidiNote] = []
    for note in _highest(notes, step_ticks):
        covered = 0
        if kept and kept[-1].pitch > note.pitch:
            covered = min(kept[-1].end_tick, note.end_tick) - note.start_tick
        if covered <= MAX_COVERED * (note.end_tick - note.start_tick):
            kept.append(note)
    return kept


def _height(note: MidiNote) -> tuple[int, int]:
    return note.pitch, note.end_tick - note.start_tick


def _cut(notes: list[MidiNote]) -> list[MidiNote]:
    """Ends each note where the next one begins, if not before."""
    cut = [
        note
        if note.end_tick <= following.start_tick
        else note._replace(end_tick=following.start_tick, end_time=following.start_time)
        for note, following in itertools.pairwise(notes)
    ]
    return cut + notes[-1:]


def upper_voice(notes: Iterable[MidiNote], step_ticks: int = 1) -> list[MidiNote]:
    """Keeps the top notes without the accompaniment that shows under and between them.

    Args:
        notes: of one part, in any order; drums are dropped.
        step_ticks: ticks a step; notes whose starts round to one step begin together.
    """
    pitched = [note for note in notes if not note.is_drum]
    top = top_note(pitched, step_ticks)
    uncovered = _uncovered(pitched, step_ticks)
    if len(uncovered) >= MIN_SINGLE * len(pitched):
        return top
    pitches = [note.pitch for note in uncovered]
    return _cut([note for i, note in enumerate(uncovered) if _in_register(pitches, i)])


def _in_register(pitches: list[int], i: int) -> bool:
    """Tells whether a note is among the higher ones around it, or at least near to them."""
    first = max(0, i - REGISTER_NOTES)
    near = sorted(pitches[first:i] + pitches[i + 1 : i + 1 + REGISTER_NOTES])
    return not near or pitches[i] >= near[len(near) * 3 // 4] - REGISTER_GAP


def melody_track(piece: MidiPiece) -> list[MidiNote]:
    """Returns the notes of the tune: the top notes of the part that most likely carries it.

    Notes come in the order of their starts and do not overlap; a piece without pitched notes gives
    none.
    """
    parts = _parts(piece)
    if not parts:
        return []
    key, _ = _choose(piece, parts)
    return upper_voice(parts[key], _step_ticks(piece))


def choose_track(piece: MidiPiece) -> int:
    """Returns the number of the track that `melody_track` takes, or -1 if no note is pitched."""
    return explain_choice(piece).track


def explain_choice(piece: MidiPiece) -> TrackChoice:
    """Says which track `melody_track` takes, and why, for reports."""
    parts = _parts(piece)
    if not parts:
        return TrackChoice(-1, "", "no pitched notes")
    key, reason = _choose(piece, parts)
    track = parts[key][0].track
    return TrackChoice(track, _name(piece, track), reason)


def _step_ticks(piece: MidiPiece) -> int:
    return max(1, piece.ticks_per_quarter // STEPS_PER_QUARTER)


def _name(piece: MidiPiece, track: int) -> str:
    return piece.track_names[track] if 0 <= track < len(piece.track_names) else ""


def _parts(piece: MidiPiece) -> dict[int, list[MidiNote]]:
    """Returns the pitched notes of each part in the order of their starts."""
    pitched = sorted((note for note in piece.notes if not note.is_drum), key=_by_start)
    by_track = len({note.track for note in pitched}) > 1
    parts: dict[int, list[MidiNote]] = {}
    for note in pitched:
        parts.setdefault(note.track if by_track else note.instrument, []).append(note)
    return dict(sorted(parts.items()))


def _by_start(note: MidiNote) -> tuple[int, int]:
    return note.start_tick, -note.pitch


def _choose(piece: MidiPiece, parts: dict[int, list[MidiNote]]) -> tuple[int, str]:
    """Returns the key of the part that carries the tune, and why."""
    if len(parts) == 1:
        return next(iter(parts)), "the only part"
    enough = MIN_SHARE * max(len(notes) for notes in parts.values())
    large = {key: notes for key, notes in parts.items() if len(notes) >= enough}
    ranks = {key: name_rank(_name(piece, notes[0].track)) for key, notes in large.items()}
    best_rank = min(ranks.values())
    named = {key: large[key] for key, rank in ranks.items() if rank == best_rank}
    by_name = best_rank < len(TUNE_WORDS)
    if len(named) == 1 and by_name:
        return next(iter(named)), "its name"
    scores = _scores(named, _step_ticks(piece))
    best = max(scores, key=lambda key: (scores[key], -key))
    why = f"the best score of {len(named)} parts ({scores[best]:.2f})"
    return best, f"its name and {why}" if by_name else why


def _scores(parts: dict[int, list[MidiNote]], step_ticks: int) -> dict[int, float]:
    """Rates parts from 0 to 3: how many notes are on top, how few in chords, how varied.

    Each of the three alone picks wrong parts: high pads are on top, basses are single, and broken
    chords are varied.
    """
    together = _uncovered(itertools.chain(*parts.values()), step_ticks)
    on_top = set(map(id, together))
    scores = {}
    for key, notes in parts.items():
        top = sum(id(note) in on_top for note in notes) / len(notes)
        single = len(_highest(notes, step_ticks)) / len(notes)
        scores[key] = top + single + min(1.0, _entropy(notes) / PITCH_BITS)
    return scores


def _entropy(notes: list[MidiNote]) -> float:
    """Returns the entropy of the pitches in bits."""
    counts = Counter(note.pitch for note in notes).values()
    return -sum(count / len(notes) * math.log2(count / len(notes)) for count in counts)
