"""A MIDI file as notes, tempos and metres, with the times that note-seq gives them.

Follows note_seq/midi_io.py and pretty_midi's reader for what a piece holds, and mido for how the
bytes are read (with its `clip`: a data byte above 127 counts as 127). mido itself is not used: it
makes an object of each event and needs minutes and gigabytes for some damaged files. Left out:
bends, pedals, lyrics, keys, and the table of all ticks, so that memory grows with the notes only.

Quirks kept from there:
  1. tempos and time signatures count in the first track only;
  2. a note-off ends all notes of its pitch and channel, save those begun on the same tick; a note
     that is never ended does not exist;
  3. a note belongs to the program that is set when it ends; an instrument is a program, channel
     and track, numbered as their first notes end;
  4. the pause before a meta event of a type that mido does not know is lost.
"""

from __future__ import annotations

import bisect
import os
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ssc_melody import files
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import MidiError

MAX_BYTES = 64 * 2**20
MAX_EVENTS = 1_000_000
MAX_TICK = 10**10
"""Largest tick that note-seq accepts."""

_SHORT_TRACK = 2**18
"""Bytes of a first track up to which its events are kept, not read twice (for tempos, notes)."""

_DRUM_CHANNEL = 9
_TRACK_NAME, _SET_TEMPO, _TIME_SIGNATURE = 0x03, 0x51, 0x58
_KNOWN_META = frozenset((0, 1, 2, 3, 4, 5, 6, 7, 9, 0x20, 0x21, 0x2F, 0x51, 0x54, 0x58, 0x59, 0x7F))
_META = 0x100
"""Added to the type of a meta event to tell it from a status byte."""

_SYSEX = (0xF0, 0xF7)
_NOTE_OFF, _NOTE_ON, _PROGRAM = 0x80, 0x90, 0xC0
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_CHANNEL_BYTES = [
    _DATA_BYTES.get(status & 0xF0, 0) if status < 0xF0 else 0 for status in range(256)
]
"""Data bytes of a channel message for each status byte, 0 for others (see `_content`)."""

_SYSTEM_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFE: 0}


class MidiNote(NamedTuple):
    """A note: ticks and seconds from the file's beginning; track and instrument from 0."""

    pitch: int
    velocity: int
    start_tick: int
    end_tick: int
    start_time: float
    end_time: float
    track: int
    instrument: int
    program: int
    is_drum: bool


class TempoChange(NamedTuple):
    """A tempo in quarter notes per minute, from a tick (and second) on."""

    tick: int
    time: float
    qpm: float


class TimeSignature(NamedTuple):
    """A metre, from a tick (and second) on."""

    tick: int
    time: float
    numerator: int
    denominator: int


@dataclass(frozen=True)
class MidiPiece:
    """What a MIDI file holds.

    Attributes:
        ticks_per_quarter: ticks in a quarter note.
        tempos: at least one; the first is at tick 0 (120 qpm if the file does not say).
        time_signatures: may be empty.
        notes: by instrument, and within one in the order of their ends.
        track_names: one a track, "" for a track without a name.
    """

    ticks_per_quarter: int
    tempos: list[TempoChange]
    time_signatures: list[TimeSignature]
    notes: list[MidiNote]
    track_names: list[str]


def read_midi(path: str | os.PathLike[str]) -> MidiPiece:
    """Reads a MIDI file.

    Args:
        path: the file; a ~ at its beginning is the home folder.

    Raises:
        MidiError: there is no such file, it is no MIDI file, it is damaged, or it is larger than
            64 MiB, a million events or 10^10 ticks.

    Source: note_seq/midi_io.py, midi_file_to_note_sequence; pretty_midi.py, PrettyMIDI.
    """
    found = files.user_path(path)
    return parse_midi(files.read_bytes(found, MidiError, MAX_BYTES), os.fspath(found))


def parse_midi(data: bytes, name: str) -> MidiPiece:
    """Reads the bytes of a MIDI file; `name` is for messages.

    Raises:
        MidiError: they are no MIDI file, damaged, or beyond a million events or 10^10 ticks.
    """
    try:
        return _parse(data)
    except MidiError as error:
        raise MidiError(f"MIDI file {name}: {error}") from None


def _parse(data: bytes) -> MidiPiece:
    ticks_per_quarter, bodies = _chunks(data)
    budget = iter(range(MAX_EVENTS))
    short = list(_events(bodies[0], budget)) if len(bodies[0]) <= _SHORT_TRACK else None
    first = [event for event in short or _events(bodies[0], budget) if event[1] >= _META]
    clock = _Clock(ticks_per_quarter, first)
    signatures = [
        TimeSignature(tick, clock.seconds(tick), content[0], 2 ** content[1])
        for tick, kind, content in first
        if kind == _META + _TIME_SIGNATURE and len(content) >= 2
    ]
    budget = budget if short else iter(range(MAX_EVENTS))
    instruments: dict[tuple[int, int, int], int] = {}
    notes: list[MidiNote] = []
    names: list[str] = []
    for number, body in enumerate(bodies):
        events = iter(short) if short and number == 0 else _events(body, budget)
        found, name = _read_track(number, events, clock, instruments)
        notes += found
        names.append(name)
    notes.sort(key=lambda note: note.instrument)
    return MidiPiece(ticks_per_quarter, clock.tempos(), signatures, notes, names)


def _chunks(data: bytes) -> tuple[int, list[bytes]]:
    """Returns the ticks of a quarter note and the bytes of each track."""
    if not data:
        raise MidiError("the file is empty")
    if data[:4] != b"MThd":
        found = files.looks_like(data) or repr(data[:4])
        raise MidiError(f"not a MIDI file: expected it to begin with b'MThd', found {found}")
    if len(data) < 14:
        raise MidiError(f"cut off: expected a header of 14 bytes, found {len(data)}")
    header_size, _, count, ticks_per_quarter = struct.unpack(">LHHh", data[4:14])
    if ticks_per_quarter <= 0:
        raise MidiError(
            f"expected time in ticks per quarter note, found a division of {ticks_per_quarter} "
            "(negative: frames per second); export it again with musical time"
        )
    bodies: list[bytes] = []
    position = 8 + header_size
    while len(bodies) < count and position + 8 <= len(data):
        name, size = struct.unpack(">4sL", data[position : position + 8])
        body = data[position + 8 : position + 8 + size]
        position += 8 + size
        if name == b"MTrk" and len(body) < size:
            raise MidiError(
                f"cut off in track {len(bodies) + 1}: expected {size} bytes, found {len(body)}"
            )
        if name == b"MTrk":
            bodies.append(body)
    if not bodies or len(bodies) < count:
        raise MidiError(f"expected {max(count, 1)} tracks, found {len(bodies)}")
    return ticks_per_quarter, bodies


def _events(  # noqa: PLR0912 (what is most frequent stands inline: twice as fast)
    body: bytes, budget: Iterator[int]
) -> Iterator[tuple[int, int, bytes]]:
    """Yields (tick, status byte or _META + meta type, data) for the events of a track."""
    position = tick = running = 0
    end = len(body)
    try:
        while position < end:
            if next(budget, None) is None:
                raise MidiError(f"expected at most {MAX_EVENTS} events, found more")
            delta = body[position]
            position += 1
            if delta >= 0x80:
                if body[position] < 0x80:
                    delta = (delta & 0x7F) << 7 | body[position]
                    position += 1
                else:
                    delta, position = _variable_length(body, position - 1)
            kind = body[position]
            if kind >= 0x80 or running in _SYSEX:  # the latter reads over a byte, as mido does
                position += 1
            if kind < 0x80:
                kind = running
            elif kind != 0xFF:
                running = kind
            size = _CHANNEL_BYTES[kind]
            if not size:
                kind, size, position = _content(kind, body, position)
            if position + size > end:
                raise IndexError
            if kind < _META or kind - _META in _KNOWN_META:
                tick += delta
            if tick >= MAX_TICK:
                raise MidiError(f"expected ticks below {MAX_TICK}, found {tick}: damaged?")
            yield tick, kind, body[position : position + size]
            position += size
    except IndexError:
        raise MidiError(f"the event at byte {position} of a track is cut off") from None


def _content(status: int, body: bytes, position: int) -> tuple[int, int, int]:
    """Returns the kind of an event, how many bytes of data it has and where they begin."""
    if status == 0xFF:
        return (_META + body[position], *_variable_length(body, position + 1))
    if status in _SYSEX:
        return (status, *_variable_length(body, position))
    size = _DATA_BYTES.get(status & 0xF0) if status < 0xF0 else _SYSTEM_BYTES.get(status)
    if size is None:
        found = f"0x{status:02x}" if status else "a data byte before any status byte"
        raise MidiError(f"byte {position} of a track: expected a status byte, found {found}")
    return status, size, position


def _variable_length(body: bytes, position: int) -> tuple[int, int]:
    """Reads a number in groups of seven bits; returns it and where it ends."""
    value = 0
    for end in range(position + 1, position + 10):
        byte = body[end - 1]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, end
    raise MidiError(f"expected a number of at most 9 bytes at byte {position} of a track")


class _Clock:
    """Ticks to seconds, rounded as pretty_midi's table of all ticks is."""

    def __init__(self, ticks_per_quarter: int, events: list[tuple[int, int, bytes]]) -> None:
        self._ticks_per_quarter = ticks_per_quarter
        self._ticks = [0]
        self._scales = [60.0 / (DEFAULT_QPM * ticks_per_quarter)]
        self._times = [0.0]
        for tick, kind, content in events:
            if kind == _META + _SET_TEMPO:
                self._add(tick, int.from_bytes(content[:3], "big"))

    def _add(self, tick: int, microseconds: int) -> None:
        if microseconds == 0:
            raise MidiError(f"the tempo at tick {tick}: expected a positive number, found 0")
        scale = 60.0 / ((6e7 / microseconds) * self._ticks_per_quarter)
        if tick == 0:
            self._scales = [scale]
        elif scale != self._scales[-1]:
            self._times.append(self.seconds(tick))
            self._ticks.append(tick)
            self._scales.append(scale)

    def seconds(self, tick: int) -> float:
        """Returns the time of a tick in seconds."""
        span = bisect.bisect_right(self._ticks, tick) - 1 if len(self._ticks) > 1 else 0
        return self._times[span] + self._scales[span] * (tick - self._ticks[span])

    def tempos(self) -> list[TempoChange]:
        """Lists the tempos; qpm carries the roundings of seconds per tick, as note-seq's does."""
        rows = zip(self._ticks, self._times, self._scales, strict=True)
        return [
            TempoChange(tick, time, 60.0 / (scale * self._ticks_per_quarter))
            for tick, time, scale in rows
        ]


def _read_track(
    number: int,
    events: Iterator[tuple[int, int, bytes]],
    clock: _Clock,
    instruments: dict[tuple[int, int, int], int],
) -> tuple[list[MidiNote], str]:
    """Returns a track's notes and its first name; `instruments` gets the new ones."""
    notes: list[MidiNote] = []
    name = ""
    programs = [0] * 16
    begun: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for tick, kind, content in events:
        if kind == _META + _TRACK_NAME and not name:
            name = content.decode("latin1").strip("\0 ")
        message, channel = kind & 0xF0, kind & 0x0F
        if kind >= 0xF0 or (message > _NOTE_ON and message != _PROGRAM):
            continue
        pitch = min(content[0], 127)
        if message == _PROGRAM:
            programs[channel] = pitch
        elif message == _NOTE_ON and content[1]:
            begun[channel, pitch].append((tick, min(content[1], 127)))
        else:
            open_notes = begun.pop((channel, pitch), [])
            ended = [note for note in open_notes if note[0] != tick]
            if ended and len(ended) < len(open_notes):
                begun[channel, pitch] = open_notes[len(ended) :]
            for start, velocity in ended:
                program = programs[channel]
                index = instruments.setdefault((program, channel, number), len(instruments))
                # fmt: off
                notes.append(
                    MidiNote(  # positional: a third faster, and there are many
                        pitch, velocity, start, tick, clock.seconds(start), clock.seconds(tick),
                        number, index, program, channel == _DRUM_CHANNEL,
                    )
                )
                # fmt: on
    return notes, name
