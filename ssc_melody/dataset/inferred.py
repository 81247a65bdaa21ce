"""A piece without chord symbols to one with those that its notes suggest (see `chords.inference`).

Follows infer_chords_for_sequence of note_seq/chord_inference.py: each stretch of one metre by
itself, one or two chords a bar, all tracks but drums and unpitched programs.
"""

from __future__ import annotations

import bisect
import dataclasses
import math
import operator

from ssc_melody.chords import inference
from ssc_melody.chords.inference import Sound
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.dataset import bars
from ssc_melody.dataset.bars import Metre
from ssc_melody.midi.piece import ChordMark, MidiNote, MidiPiece, TempoChange

MAX_CHORDS = 10_000
"""Chords of a stretch of one metre; a longer one is left without. Its search takes 30 MB."""

_STEPS = 4
"""Steps per quarter note, which note-seq counts in, whatever they are later."""


def with_chords(music: MidiPiece) -> MidiPiece:
    """Returns a piece with the chords that its notes suggest, one mark for each change."""
    music = dataclasses.replace(music, tempos=sorted(music.tempos))
    notes = [
        note
        for note in music.notes
        if not note.is_drum and note.program not in inference.UNPITCHED_PROGRAMS
    ]
    notes.sort(key=operator.attrgetter("start_tick"))
    starts = [note.start_tick for note in notes]
    marks: list[ChordMark] = []
    for start, end, metre in bars.stretches(music):
        first, last = (bisect.bisect_left(starts, tick) for tick in (start, end))
        if first < last and min(metre) > 0:
            marks += _marks(notes[first:last], start, end, metre, music)
    return dataclasses.replace(music, chords=marks)


def _marks(
    notes: list[MidiNote], start: int, end: float, metre: Metre, music: MidiPiece
) -> list[ChordMark]:
    """Returns the changes of chord in a stretch of one metre."""
    quarters = 4 * metre[0] / metre[1] / inference.chords_per_bar(metre)
    ticks = music.ticks_per_quarter * quarters
    sounds, length = _in_seconds(notes, start, end, quarters, music) or (
        [Sound(n.pitch, n.start_tick - start, min(n.end_tick, end) - start) for n in notes],
        ticks,
    )
    last = max(min(note.end_tick, end) for note in notes) - start
    frames = math.ceil(last / ticks)
    if not 0 < frames <= MAX_CHORDS:
        return []
    found = inference.likeliest(inference.pitch_vectors(sounds, length, frames))
    marks: list[ChordMark] = []
    for frame, (_, symbol) in enumerate(found):
        if not marks or symbol != marks[-1].symbol:
            tick = start + round(frame * ticks)
            marks.append(ChordMark(tick, _seconds(tick, music), symbol))
    return marks


def _in_seconds(
    notes: list[MidiNote], start: int, end: float, quarters: float, music: MidiPiece
) -> tuple[list[Sound], float] | None:
    """Returns what sounds, and the length of a frame, in seconds; None where the tempo changes.

    Ticks would do, but of two chords that fit equally well note-seq takes the one that its rounding
    favours, which is that of seconds.
    """
    tempos = {change.qpm for change in music.tempos if start < change.tick < end}
    tempo = _tempo(start, music)
    if tempos - {tempo.qpm} or not tempo.qpm > 0:
        return None
    times = {metre.tick: metre.time for metre in music.time_signatures}
    begin = times.get(start, _seconds(start, music)) if start else 0.0
    stop = times.get(round(end), _seconds(round(end), music)) if end < math.inf else math.inf
    sounds = [Sound(n.pitch, n.start_time - begin, min(n.end_time, stop) - begin) for n in notes]
    return sounds, quarters * _STEPS / (_STEPS * tempo.qpm / 60.0)


def _tempo(tick: int, music: MidiPiece) -> TempoChange:
    """Returns the last tempo up to a tick; the first of a NoteSequence may come later."""
    i = bisect.bisect_right(music.tempos, tick, key=operator.attrgetter("tick")) - 1
    return music.tempos[i] if i >= 0 else TempoChange(0, 0.0, DEFAULT_QPM)


def _seconds(tick: int, music: MidiPiece) -> float:
    """Returns the time of a tick, through the tempos."""
    tempo = _tempo(tick, music)
    if not tempo.qpm > 0:
        return tempo.time
    return tempo.time + (tick - tempo.tick) * 60.0 / tempo.qpm / music.ticks_per_quarter
