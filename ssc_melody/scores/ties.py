"""Ties: notes that go on at the moment at which one of their pitch was to be held.

A tie goes to the same voice if it can, else to any voice of the part: programs number the voices
anew in each bar. A unison in another voice is a note of its own.

Left out: a tie whose other end is not there (at a second ending, say) ties nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

SLACK = 300  # ticks; durations written in odd divisions miss each other by their rounding
_MAX_VOICES = 16  # that are looked through for the beginning of a tie


class WrittenNote(NamedTuple):
    """A note as written: ticks of the piece, its place in the part, what its tie does."""

    start: int
    end: int
    pitch: int
    staff: int
    voice: str
    stops: bool
    starts: bool


class TiedNote(NamedTuple):
    """A note as heard."""

    pitch: int
    start: int
    end: int
    staff: int


def join(notes: Iterable[WrittenNote]) -> list[TiedNote]:
    """Returns the notes of a part with tied ones as one.

    Args:
        notes: In any order; those that begin together keep theirs.
    """
    heard: list[TiedNote] = []
    held: dict[int, dict[str, list[int]]] = {}  # by pitch and voice, places in heard
    for note in sorted(notes, key=lambda note: note.start):
        voices = held.setdefault(note.pitch, {}) if note.stops or note.starts else {}
        place = _pop_held(note, voices, heard) if note.stops else None
        if place is None:
            place = len(heard)
            heard.append(TiedNote(note.pitch, note.start, note.end, note.staff))
        else:
            heard[place] = heard[place]._replace(end=note.end)
        if note.starts:
            voices.setdefault(note.voice, []).append(place)
    return heard


def _pop_held(note: WrittenNote, voices: dict[str, list[int]], heard: list[TiedNote]) -> int | None:
    """Takes out of what is held the note that another one goes on with; None if there is none."""
    for voice in [note.voice, *islice(voices, _MAX_VOICES)]:
        places = voices.get(voice, [])
        while places and heard[places[-1]].end < note.start - SLACK:
            places.pop()  # its other end is missing
        if places and heard[places[-1]].end <= note.start + SLACK:
            place = places.pop()
            if not places:
                del voices[voice]
            return place
        if not places:
            voices.pop(voice, None)
    return None
