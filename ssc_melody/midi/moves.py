"""What a MIDI file says beside its notes: controllers and bends of its instruments, and keys.

Follows pretty_midi's reader (0.2) for whose they are: those before the first note of a track and
channel belong to every instrument that plays there later. Only for copies of a file (a primer that
stands in new music): nothing else listens to them.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import NamedTuple

from ssc_melody.midi.chunks import read_chunks
from ssc_melody.midi.clock import read_timing
from ssc_melody.midi.events import META, NOTE_ON, PROGRAM, TIMING, Event, read_events

BEND, CONTROL = 0xE0, 0xB0
_KEY_SIGNATURE = META + 0x59
_NOTE_OFF = 0x80
_DRUM_CHANNEL = 9


class Move(NamedTuple):
    """A controller or a bend: seconds, whose, its status (BEND, CONTROL) and two data bytes."""

    time: float
    instrument: int
    program: int
    is_drum: bool
    status: int
    first: int
    second: int


class Key(NamedTuple):
    """A key signature, from a second on: sharps (flats are negative), and whether it is minor."""

    time: float
    sharps: int
    minor: bool


class _Owners:
    """Instruments by (program, channel, track) as their first notes end, and what came before."""

    def __init__(self) -> None:
        self.lists: dict[tuple[int, int, int], list[Event]] = {}
        self._early: dict[tuple[int, int], list[Event]] = {}

    def found(self, program: int, channel: int, track: int) -> list[Event]:
        """Returns where the moves of an instrument go."""
        own = self.lists.get((program, channel, track))
        return self._early.setdefault((channel, track), []) if own is None else own

    def made(self, program: int, channel: int, track: int) -> None:
        """Makes an instrument, if it is not there."""
        early = self._early.get((channel, track), [])
        self.lists.setdefault((program, channel, track), early)


def read_moves(data: bytes) -> tuple[list[Move], list[Key]]:
    """Reads a MIDI file that `midi.read` has read as stock does.

    Raises:
        FormatError: It is damaged.
    """
    chunks = read_chunks(data, True)
    owners, first = _Owners(), list[Event]()
    keys: list[Event] = []
    for number, body in enumerate(chunks.tracks):
        for event in _read_track(number, body, owners):
            if number == 0:
                (keys if event.kind == _KEY_SIGNATURE else first).append(event)
    seconds = read_timing([first], chunks.ticks_per_quarter, True).clock.seconds
    moves = [
        Move(seconds(tick), index, program, channel == _DRUM_CHANNEL, kind, *content[:2])
        for index, ((program, channel, _), events) in enumerate(owners.lists.items())
        for tick, kind, content in events
    ]
    found = [
        Key(seconds(tick), (content[0] + 128) % 256 - 128, bool(content[1]))
        for tick, _, content in keys
        if len(content) >= 2
    ]
    return moves, found


def _read_track(number: int, body: bytes, owners: _Owners) -> list[Event]:
    """Gives moves to their owners, and returns the track's tempos, metres and keys."""
    timing: list[Event] = []
    programs = [0] * 16
    begun: dict[tuple[int, int], list[int]] = defaultdict(list)
    for tick, kind, content in read_events(body, itertools.count(), True):
        if kind >= META:
            if kind in (*TIMING, _KEY_SIGNATURE):
                timing.append(Event(tick, kind, content))
            continue
        message, channel = kind & 0xF0, kind & 0x0F
        if message in (BEND, CONTROL):
            plain = bytes(min(byte, 127) for byte in content)
            owners.found(programs[channel], channel, number).append(Event(tick, message, plain))
        elif message == PROGRAM:
            programs[channel] = min(content[0], 127)
        elif message == NOTE_ON and content[1]:
            begun[channel, min(content[0], 127)].append(tick)
        elif message in (NOTE_ON, _NOTE_OFF):
            key = (channel, min(content[0], 127))
            open_notes = begun.pop(key, [])
            kept = [start for start in open_notes if start == tick]
            if len(kept) < len(open_notes):
                owners.made(programs[channel], channel, number)
                if kept:
                    begun[key] = kept
    return timing
