"""The tune of a piece with several notes at once: by the top note, or by the part that carries it.

`top_note` follows the rule of note_seq/melodies_lib.py (the highest of the notes that begin
together), over all parts of the piece. `melody_track` looks for the part first: by its name, else by
a score in the manner of A. Uitdenbogerd and J. Zobel, "Manipulation of music for melody matching"
(1998), and D. Rizo et al., "A pattern recognition approach for melody track selection in MIDI files"
(2006). Left out: learned models, velocities, and tunes that wander from part to part.

A part is a track; where only one track has notes, it is an instrument (a channel and program).
Drums are never part of a tune.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ssc_melody.midi_read import MidiNote, MidiPiece

STEPS_PER_QUARTER = 4
"""Grid on which `melody_track` tells which notes begin together: sixteenths, as melodies have."""

MIN_SHARE = 0.1
"""A part with fewer than this share of the notes of the largest part is an interjection, no tune,
even if its name says so (a "vocals" track with a count-in)."""

TUNE_WORDS = (
    "melody melodie mélodie melodia melodía melodi melo tune tema theme thema air "
    "旋律 主旋律 メロディ メロディー мелодия",
    "vocal vocals voice vox singer sing song gesang singstimme stimme voix chant canto voz voce "
    "cantus superius zang 歌 人声 ボーカル ヴォーカル голос вокал",
    "lead solo solist soprano sopran sopranos descant discantus treble dessus discant",
    "right rh upper rechts rechte droite md derecha destra 右手",
)
"""Words of track names that promise the tune, the most reliable row first."""

OTHER_WORDS = (
    "back backing backup background bg harmony harmonies accomp accompaniment begleitung "
    "accompagnement acompañamiento bass basso basse bajo chord chords akkorde accords pad drum "
    "drums percussion left lh lower links linke gauche mg izquierda sinistra alto tenor 左手 伴奏"
)
"""Words of track names that belong to other parts, whatever else the name says."""


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
    highest: dict[int, MidiNote] = {}
    for note in notes:
        step = (2 * note.start_tick + step_ticks) // (2 * step_ticks)
        best = highest.get(step)
        if not note.is_drum and (best is None or _height(note) > _height(best)):
            highest[step] = note
    return _cut([highest[step] for step in sorted(highest)])


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


def melody_track(piece: MidiPiece) -> list[MidiNote]:
    """Returns the notes of the tune: the top notes of the part that most likely carries it.

    Notes come in the order of their starts and do not overlap; a piece without pitched notes gives
    none.
    """
    parts = _parts(piece)
    if not parts:
        return []
    key, _ = _choose(piece, parts)
    return top_note(parts[key], _step_ticks(piece))


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
    ranks = {key: _name_rank(_name(piece, notes[0].track)) for key, notes in large.items()}
    best_rank = min(ranks.values())
    named = {key: large[key] for key, rank in ranks.items() if rank == best_rank}
    by_name = best_rank < len(TUNE_WORDS)
    if len(named) == 1 and by_name:
        return next(iter(named)), "its name"
    scores = _scores(named, _step_ticks(piece))
    best = max(scores, key=lambda key: (scores[key], -key))
    why = f"the best score of {len(named)} parts ({scores[best]:.2f})"
    return best, f"its name and {why}" if by_name else why


def _name_rank(name: str) -> int:
    """Returns the row of TUNE_WORDS that a name is in; behind the last: neither; then OTHER."""
    words = _words(name)
    if words & set(OTHER_WORDS.split()):
        return len(TUNE_WORDS) + 1
    rows = (i for i, row in enumerate(TUNE_WORDS) if words & set(row.split()))
    return next(rows, len(TUNE_WORDS))


def _words(name: str) -> set[str]:
    """Splits a name (read as Latin-1) into words, in each of the scripts it may be written in."""
    words: set[str] = set()
    for encoding in ("latin1", "utf-8", "cp932", "gb18030"):
        try:
            text = name.encode("latin1").decode(encoding)
        except UnicodeError:
            text = name
        words.update(re.findall(r"[^\W\d_]+", text.casefold()))
    return words


def _scores(parts: dict[int, list[MidiNote]], step_ticks: int) -> dict[int, float]:
    """Rates parts: how often on top, how seldom in chords, how varied (each from 0 to 1)."""
    skyline = Counter(
        note.track * 10**6 + note.instrument
        for note in top_note(itertools.chain(*parts.values()), step_ticks)
    )
    total = sum(skyline.values())
    scores = {}
    for key, notes in parts.items():
        own = {note.track * 10**6 + note.instrument for note in notes}
        top = sum(skyline[part] for part in own) / total
        single = len(top_note(notes, step_ticks)) / len(notes)
        scores[key] = top + single + _entropy(notes)
    return scores


def _entropy(notes: list[MidiNote]) -> float:
    """Returns the entropy of the pitches in bits, over the 5 bits of 32 equally frequent ones."""
    counts = Counter(note.pitch for note in notes).values()
    shares = [count / len(notes) for count in counts]
    return min(1.0, -sum(share * math.log2(share) for share in shares) / 5)
