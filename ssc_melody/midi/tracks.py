"""The notes of a MIDI track, in ticks.

Quirks kept from pretty_midi, for all files:
  1. a note-off ends all notes of its pitch and channel, save those begun on the same tick; a note
     that is never ended does not exist;
  2. a note belongs to the program that is set when it ends; an instrument is a program, channel
     and track, numbered as their first notes end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ssc_melody.midi.events import META, NOTE_ON, PROGRAM, TIMING, TRACK_NAME, Event

_DRUM_CHANNEL = 9

RawNote = tuple[int, int, int, int, int, int, int, bool]
"""Pitch, velocity, first tick, last tick, track, instrument, program, whether it is a drum."""


@dataclass
class Track:
    """A track: its notes as they end, first name, tempos and metres, and notes without an end."""

    notes: list[RawNote] = field(default_factory=list)
    name: str = ""
    timing: list[Event] = field(default_factory=list)
    unended: int = 0


def read_track(
    number: int,
    events: Iterable[tuple[int, int, bytes]],
    instruments: dict[tuple[int, int, int], int],
) -> Track:
    """Reads a track.

    Args:
        number: Its number, from 0.
        events: Its events.
        instruments: (program, channel, track) to the number of the instrument; gets the new ones.
    """
    track = Track()
    notes = track.notes
    programs = [0] * 16
    begun: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for tick, kind, content in events:
        if kind >= META:
            if kind in TIMING:
                track.timing.append(Event(tick, kind, content))
            elif kind == TRACK_NAME and not track.name:
                track.name = content.decode("latin1").strip("\0 ")
            continue
        message, channel = kind & 0xF0, kind & 0x0F
        if message == 0xF0 or (message > NOTE_ON and message != PROGRAM):
            continue
        pitch = min(content[0], 127)
        if message == PROGRAM:
            programs[channel] = pitch
        elif message == NOTE_ON and content[1]:
            begun[channel, pitch].append((tick, min(content[1], 127)))
        else:
            open_notes = begun.pop((channel, pitch), [])
            ended = [note for note in open_notes if note[0] != tick]
            if ended and len(ended) < len(open_notes):
                begun[channel, pitch] = open_notes[len(ended) :]
            for start, velocity in ended:
                program = programs[channel]
                index = instruments.setdefault((program, channel, number), len(instruments))
                drum = channel == _DRUM_CHANNEL
                notes.append((pitch, velocity, start, tick, number, index, program, drum))
    track.unended = sum(map(len, begun.values()))
    return track
