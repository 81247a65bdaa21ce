"""The tune of a piece with several notes at once: by the top note, or by the part that carries it.

`top_note` follows the rule of note_seq/melodies_lib.py (the highest of the notes that begin
together) over all parts of the piece. `melody_track` takes one part and its upper voice: the part
by its name (`track_names`), else by a score (`part_scores`), and its voice by the skyline of
A. Uitdenbogerd and J. Zobel, "Manipulation of music for melody matching" (1998). The constants were
set on benchmarks/bench_melody_track.py, which measures both functions. Left out: velocities, and
tunes that wander from part to part.

A part is a track; where only one track has notes, it is an instrument (a channel and program).
Drums are never part of a tune.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ssc_melody.melody.part_scores import Floats, Voices, covers, tune_scores, voices
from ssc_melody.melody.track_names import BASS, NAMELESS, OTHER, SINGER_ROWS, Role, roles
from ssc_melody.midi.piece import MidiNote, MidiPiece

STEPS_PER_QUARTER = 4
"""Grid on which `melody_track` tells which notes begin together: sixteenths, as melodies have."""

MIN_SHARE = 0.1
"""A part that sounds for less than this share of the time of the fullest is an interjection, not
a tune, even if its name says so (a "vocals" track with a count-in). Notes are not a measure: ten
notes of a piano to one of the singer are common."""

MIN_SINGER = 0.5
"""A singer who sounds for less than this share of the time of another is passed over: a second
verse on a staff of its own, a voice that joins in the refrain."""

BASS_SINGER = 45
"""Median pitch above which a part called "Bass" may be a singer's; basses sing from 40 to 64 and
bass guitars play from 28 to 55."""

MAX_PARTS = 128
"""Parts that are looked at, those with the most notes; no piece that is music has more."""

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

_PITCH = operator.attrgetter("pitch")
_START = operator.attrgetter("start_tick")


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
        notes: Of any parts, in any order; drums are dropped.
        step_ticks: Ticks a step; notes whose starts round to one step begin together.

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


def _uncovered(highest: list[MidiNote]) -> list[MidiNote]:
    """Drops those of the highest notes that a higher one before them covers."""
    kept: list[MidiNote] = []
    for note in highest:
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
        notes: Of one part, in any order; drums are dropped.
        step_ticks: Ticks a step; notes whose starts round to one step begin together.
    """
    pitched = [note for note in notes if not note.is_drum]
    highest = _highest(pitched, step_ticks)
    uncovered = _uncovered(highest)
    if len(uncovered) >= MIN_SINGLE * len(pitched):
        return _cut(highest)
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
    """Returns the pitched notes of each part by their starts, the highest first."""
    pitched = [note for note in piece.notes if not note.is_drum]
    pitched.sort(key=_PITCH, reverse=True)
    pitched.sort(key=_START)
    by_track = len({note.track for note in pitched}) > 1
    parts: dict[int, list[MidiNote]] = {}
    for note in pitched:
        parts.setdefault(note.track if by_track else note.instrument, []).append(note)
    return dict(sorted(parts.items()))


def _choose(piece: MidiPiece, parts: dict[int, list[MidiNote]]) -> tuple[int, str]:
    """Returns the key of the part that carries the tune, and why."""
    if len(parts) == 1:
        return next(iter(parts)), "the only part"
    fullest = sorted(parts, key=lambda key: -len(parts[key]))[:MAX_PARTS]
    keys = sorted(fullest)
    music = voices([parts[key] for key in keys], _step_ticks(piece))
    sounds = covers(music)
    enough = MIN_SHARE * max(sounds)
    names = [_name(piece, parts[key][0].track) for key in keys]
    ranks = {i: r for i, r in enumerate(_roles(names, music)) if sounds[i] >= enough}
    row = min(role.row for role in ranks.values())
    if row in SINGER_ROWS:
        singers = {i: role for i, role in ranks.items() if role.row in SINGER_ROWS}
        best, why = _first_singer(singers, sounds)
        return keys[best], why
    rivals = [i for i, role in ranks.items() if role.row == row]
    by_name = row < NAMELESS
    if len(rivals) == 1 and by_name:
        return keys[rivals[0]], "its name"
    scores = tune_scores(music)
    best = max(rivals, key=lambda i: (scores[i], -i))
    why = f"the best score of {len(rivals)} parts ({scores[best]:.2f})"
    return keys[best], f"its name and {why}" if by_name else why


def _roles(names: list[str], music: Voices) -> list[Role]:
    """Returns what the names say of each part; a bass in the depth of a bass guitar is one."""
    found = roles(names)
    for i, role in enumerate(found):
        if role.kind == BASS and np.median(music.pitch[music.part == i]) < BASS_SINGER:
            found[i] = Role(OTHER)
    return found


def _first_singer(singers: dict[int, Role], sounds: Floats) -> tuple[int, str]:
    """Returns the highest of the singers who have a good deal to sing, and why.

    Of several of one kind the numbers in the names put one first ("Tenor 1"), else the order of
    the parts.
    """
    enough = MIN_SINGER * max(sounds[key] for key in singers)
    ready = [key for key in singers if sounds[key] >= enough]
    best = min(ready, key=lambda key: (*singers[key], key))
    return best, "its name" if len(
        singers
    ) == 1 else f"its name, the first of {len(singers)} voices"
