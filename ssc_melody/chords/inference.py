"""The chords that notes suggest: the likeliest path through keys and chords, frame by frame.

Follows note_seq/chord_inference.py (0.0.5): a hidden Markov model of 12 keys times 97 chords (none,
and 12 roots of 8 kinds), whose frames are parts of a bar; a frame's notes, weighted by how long
they sound, are compared with the notes of each chord.

A step of its Viterbi search compares 1,164 states with 1,164. Those of another key all reach a
state at the same cost, so it is enough to compare the best of each key, and the 97 chords of its
own.

Left out: beats that are annotated, and the limit of 1,000 chords. Ours: one chord a bar in metres
that note-seq refuses.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.chords.symbols import NO_CHORD
from ssc_melody.constants import NOTES_PER_OCTAVE

Floats = npt.NDArray[np.float64]

_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_SCALE = (0, 2, 4, 5, 7, 9, 11)
_KINDS = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "+": (0, 4, 8),
    "dim": (0, 3, 6),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
}
"""Semitones above the root of the notes of each kind of chord."""

SYMBOLS = (NO_CHORD, *(name + kind for name in _NAMES for kind in _KINDS))
"""The chords, by their index."""

_CHORDS_PER_BAR = {(2, 2): 1, (2, 4): 1, (3, 4): 1, (4, 4): 2, (6, 8): 2}

UNPITCHED_PROGRAMS = frozenset((*range(96, 104), *range(112, 128)))
"""General MIDI programs whose notes have no pitch that a chord could be heard in."""


class Sound(NamedTuple):
    """A note: its MIDI pitch, and when it sounds, in any unit from 0 on."""

    pitch: int
    start: float
    end: float


@dataclasses.dataclass(frozen=True)
class Odds:
    """The numbers of the model; the defaults are note-seq's.

    Attributes:
        key_change: Probability of another key in the next frame.
        chord_change: Probability of another chord in the next frame.
        out_of_key: Probability that a note of a chord is not in the key.
        concentration: How closely the notes must match the chord; 0 for not at all.
    """

    key_change: float = 0.001
    chord_change: float = 0.5
    out_of_key: float = 0.01
    concentration: float = 100.0


def chords_per_bar(metre: tuple[int, int]) -> int:
    """Returns how many chords a bar of a metre (numerator, denominator) is given."""
    return _CHORDS_PER_BAR.get(metre, 1)


def pitch_vectors(notes: Sequence[Sound], length: float, frames: int) -> Floats:
    """Returns [frames, 12] how much of each pitch class sounds in each frame, of norm 1 or 0.

    Args:
        notes: In any order.
        length: Of a frame, in the notes' unit; the last frame goes on for ever.
        frames: How many there are, one or more.

    Source: note_seq/chord_inference.py, sequence_note_pitch_vectors.
    """
    table = np.array(notes, dtype=np.float64).reshape(-1, 3)
    pitches, starts, ends = (
        table[:, 0].astype(np.int64) % NOTES_PER_OCTAVE,
        table[:, 1],
        table[:, 2],
    )
    inner = length * np.arange(1, frames)
    first = np.searchsorted(inner, starts, side="right")
    last = np.maximum(np.searchsorted(inner, ends, side="left"), first)
    bounds = np.concatenate([[0.0], inner, [np.inf]])
    found = np.zeros([frames + 1, NOTES_PER_OCTAVE])
    np.add.at(found, (first, pitches), np.minimum(ends, bounds[first + 1]) - starts)
    later = last > first
    np.add.at(found, (last[later], pitches[later]), ends[later] - bounds[last[later]])
    whole = np.zeros([frames + 1, NOTES_PER_OCTAVE])  # notes that fill a frame: begun less ended
    np.add.at(whole, (first[later] + 1, pitches[later]), 1)
    np.add.at(whole, (last[later], pitches[later]), -1)
    found[: frames - 1] += np.cumsum(whole, axis=0)[: frames - 1] * np.diff(bounds[:-1])[:, None]
    norms = np.linalg.norm(found[:frames], axis=1, keepdims=True)
    vectors = np.zeros([frames, NOTES_PER_OCTAVE])
    np.divide(found[:frames], norms, out=vectors, where=norms > 0)
    return vectors


def likeliest(vectors: Floats, odds: Odds | None = None) -> list[tuple[int, str]]:
    """Returns the key (0 = C) and the chord symbol of each frame.

    Args:
        vectors: [frames, 12], of `pitch_vectors`.
        odds: The numbers of the model.

    Source: note_seq/chord_inference.py, _key_chord_viterbi; of equal paths the same one is taken.
    """
    odds = odds or Odds()
    prior, within, across = _transitions(odds)
    heard = odds.concentration * np.dot(vectors, _chord_vectors().T)
    keys, chords = prior.shape
    best = -np.log(keys) + prior + heard[0]
    came_from = np.zeros([len(vectors), keys, chords], dtype=np.int16)
    for frame in range(1, len(vectors)):
        stay = within + best[:, None, :]  # [key, chord, chord before]
        before = stay.argmax(axis=2)
        stayed = np.take_along_axis(stay, before[:, :, None], axis=2)[:, :, 0]
        before += np.arange(keys)[:, None] * chords
        other = _best_of_other_keys(best)[:, None]
        moved = best.reshape(-1)[other] + across
        moves = (moved > stayed) | ((moved == stayed) & (other < before))
        came_from[frame] = np.where(moves, other, before)
        best = np.where(moves, moved, stayed) + heard[frame]
    state = int(best.argmax())
    path = [state]
    for frame in range(len(vectors) - 1, 0, -1):
        state = int(came_from[frame].reshape(-1)[state])
        path.append(state)
    return [(state // chords, SYMBOLS[state % chords]) for state in reversed(path)]


def _best_of_other_keys(best: Floats) -> npt.NDArray[np.int64]:
    """Returns, for each key, the best state of all other keys, the first of equals."""
    keys, chords = best.shape
    of_key = best.argmax(axis=1) + np.arange(keys) * chords
    values = np.broadcast_to(best.max(axis=1), (keys, keys)).copy()
    np.fill_diagonal(values, -np.inf)
    found: npt.NDArray[np.int64] = of_key[values.argmax(axis=1)]
    return found


@functools.cache
def _chord_vectors() -> Floats:
    """Returns [97, 12] the notes of each chord, of norm 1 (0 for none)."""
    found = np.zeros([len(SYMBOLS), NOTES_PER_OCTAVE])
    for i, pitches in enumerate(_chord_pitches()):
        found[i, pitches] = 1 / np.sqrt(len(pitches)) if pitches else 0
    return found


def _chord_pitches() -> list[list[int]]:
    """Returns the pitch classes of each chord."""
    roots = range(NOTES_PER_OCTAVE)
    return [[], *([(r + i) % NOTES_PER_OCTAVE for i in k] for r in roots for k in _KINDS.values())]


@functools.lru_cache(maxsize=8)
def _transitions(odds: Odds) -> tuple[Floats, Floats, Floats]:
    """Returns log probabilities: [12, 97] of a chord in a key, and of the next chord.

    The latter are [12, 97, 97] for a key that stays (next chord, chord before), and [12, 97] for
    one that is new.
    """
    in_scale = np.zeros([NOTES_PER_OCTAVE, NOTES_PER_OCTAVE], dtype=np.int64)
    for key in range(NOTES_PER_OCTAVE):
        in_scale[key, [(key + step) % NOTES_PER_OCTAVE for step in _SCALE]] = 1
    chords = (_chord_vectors() > 0).astype(np.int64)
    inside, outside = in_scale @ chords.T, (1 - in_scale) @ chords.T
    of_key = (1 - odds.out_of_key) ** inside * odds.out_of_key**outside
    of_key /= of_key.sum(axis=1)[:, None]
    others = len(SYMBOLS) - 1
    changed = odds.chord_change * (of_key[:, :, None] + of_key[:, None, :] / others)
    within = (1 - odds.key_change) * changed
    same = np.arange(len(SYMBOLS))
    within[:, same, same] = (1 - odds.key_change) * (1 - odds.chord_change)
    across = odds.key_change / (NOTES_PER_OCTAVE - 1) * of_key
    return np.log(of_key), np.log(within), np.log(across)
