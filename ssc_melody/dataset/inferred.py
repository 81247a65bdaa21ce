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
from ssc_melody.dataset import bars
from ssc_melody.dataset.bars import Metre
from ssc_melody.midi.piece import ChordMark, MidiNote, MidiPiece

MAX_CHORDS = 10_000
"""Chords of a stretch of one metre; a longer one is left without. Its search takes 30 MB."""


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
        marks += _marks(notes[first:last], start, end, metre, music)
    return dataclasses.replace(music, chords=marks)


def _marks(
    notes: list[MidiNote], start: int, end: float, metre: Metre, music: MidiPiece
) -> list[ChordMark]:
    """Returns the changes of chord in a stretch of one metre."""
    numerator, denominator = metre
    if not notes or numerator < 1 or denominator < 1:
        return []
    bar = 4 * music.ticks_per_quarter * numerator / denominator
    length = bar / inference.chords_per_bar(metre)
    sounds = [Sound(n.pitch, n.start_tick - start, min(n.end_tick, end) - start) for n in notes]
    frames = math.ceil(max(sound.end for sound in sounds) / length)
    if not 0 < frames <= MAX_CHORDS:
        return []
    found = inference.likeliest(inference.pitch_vectors(sounds, length, frames))
    marks: list[ChordMark] = []
    for frame, (_, symbol) in enumerate(found):
        if not marks or symbol != marks[-1].symbol:
            tick = start + round(frame * length)
            marks.append(ChordMark(tick, _seconds(tick, music), symbol))
    return marks


def _seconds(tick: int, music: MidiPiece) -> float:
    """Returns the time of a tick, through the tempos."""
    i = bisect.bisect_right(music.tempos, tick, key=operator.attrgetter("tick")) - 1
    ticks_per_quarter = music.ticks_per_quarter
    if i < 0:  # a NoteSequence may name no tempo, or a first one later on
        return tick / ticks_per_quarter * 0.5
    tempo = music.tempos[i]
    return tempo.time + (tick - tempo.tick) / ticks_per_quarter * 60.0 / tempo.qpm
