"""What a caller may give as a primer of a track, and what a track then begins with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from ssc_melody.constants import DEFAULT_QPM, DEFAULT_STEPS_PER_QUARTER
from ssc_melody.errors import MidiError, about
from ssc_melody.files import Source, read_source
from ssc_melody.melody.events import clean, note_times
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.primer_piece import piece_of_bytes, read_piece
from ssc_melody.midi.moves import read_moves
from ssc_melody.midi.read import MAX_BYTES, is_midi
from ssc_melody.play.priming import PrimerLike, as_events, is_music
from ssc_melody.tracks import drums
from ssc_melody.tracks.notes import Note
from ssc_melody.tracks.start import Start


def as_start(primer: PrimerLike) -> Start:
    """Returns what a track begins with: a chord, a piece of music, or nothing.

    Args:
        primer: A `Start`; a `Melody`; MIDI pitches of a chord, or one; a file of MIDI, MusicXML
            or ABC, or a NoteSequence; or an empty list for nothing.

    Raises:
        MidiError: The file or NoteSequence cannot be read.
        PrimerError: A number is no MIDI pitch.
    """
    if isinstance(primer, Start):
        return primer
    if isinstance(primer, Melody):
        return melody_start(primer.events)
    if is_music(primer):
        return music_start(primer)
    pitches = as_events(primer)
    return Start.from_pitches(pitches) if len(pitches) else Start()


def melody_start(events: Iterable[int], qpm: float = DEFAULT_QPM) -> Start:
    """Returns a primer of melody events, sixteenths."""
    timed = note_times(clean(events), qpm, DEFAULT_STEPS_PER_QUARTER, 0)
    return Start([Note(*note) for note in timed], qpm)


def music_start(source: Source | Any) -> Start:
    """Returns a primer of a file of MIDI, MusicXML or ABC, or of a NoteSequence.

    Raises:
        MidiError: It cannot be read.
    """
    if hasattr(source, "quantization_info"):
        return Start.of_piece(read_piece(source)[0])
    data, name = read_source(source, MidiError, MAX_BYTES)
    with about(name, MidiError):
        start = Start.of_piece(piece_of_bytes(data, name))
        if is_midi(data):
            moves, keys = read_moves(data)
            start = dataclasses.replace(start, moves=moves, keys=keys)
    return start


def drums_start(events: Any, qpm: float = DEFAULT_QPM) -> Start:
    """Returns a primer of drum events, sixteenths (also where the model's steps are others)."""
    hits = drums.checked(events)
    return Start(drums.to_notes(hits, 60.0 / qpm / DEFAULT_STEPS_PER_QUARTER, 0), qpm)
