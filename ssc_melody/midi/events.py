"""The events of a MIDI track, from its bytes.

Follows the Standard MIDI Files specification (1.0), and mido for what it leaves open (its `clip`: a
data byte above 127 counts as 127, by the reader of the notes). A running status goes on over system
exclusive and meta events, as most readers have it.

Quirks of mido, kept where stock's notes are asked for (`as_stock`):
  1. the pause before a meta event of a type that it does not know is lost;
  2. a running status after a system exclusive event is that event's, so bytes are eaten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ssc_melody.constants import MAX_TICK
from ssc_melody.errors import FormatError

META = 0x100
"""Added to the type of a meta event to tell it from a status byte."""

TRACK_NAME, SET_TEMPO, TIME_SIGNATURE = META + 0x03, META + 0x51, META + 0x58
TIMING = (SET_TEMPO, TIME_SIGNATURE)
NOTE_ON, PROGRAM = 0x90, 0xC0

_SYSEX = (0xF0, 0xF7)
_KNOWN_META = frozenset((0, 1, 2, 3, 4, 5, 6, 7, 9, 0x20, 0x21, 0x2F, 0x51, 0x54, 0x58, 0x59, 0x7F))
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_CHANNEL_BYTES = [
    _DATA_BYTES.get(status & 0xF0, 0) if status < 0xF0 else 0 for status in range(256)
]
"""Data bytes of a channel message for each status byte, 0 for others (see `_content`)."""

_SYSTEM_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFE: 0}


class Event(NamedTuple):
    """An event: its tick, its status byte (or META + the type of a meta event), and its data."""

    tick: int
    kind: int
    content: bytes


def read_events(  # noqa: PLR0912 (what is most frequent stands inline: twice as fast)
    body: bytes, budget: Iterator[int], as_stock: bool = False
) -> Iterator[tuple[int, int, bytes]]:
    """Yields the events of a track, as the fields of `Event` (a plain tuple: there are many).

    Args:
        body: The track's bytes.
        budget: Is asked for a number before each event, and raises when there were enough.
        as_stock: Whether mido's quirks are kept.

    Raises:
        FormatError: An event is damaged or cut off, or there are too many.
    """
    position = tick = running = 0
    end = len(body)
    try:
        while position < end:
            next(budget)
            delta = body[position]
            position += 1
            if delta >= 0x80:
                if body[position] < 0x80:
                    delta = (delta & 0x7F) << 7 | body[position]
                    position += 1
                else:
                    delta, position = _variable_length(body, position - 1)
            kind = body[position]
            if kind >= 0x80:
                position += 1
                if kind < 0xF0 or (as_stock and kind != 0xFF):
                    running = kind
            else:
                kind = running
                if kind in _SYSEX:  # as mido, which reads over a byte
                    position += 1
            size = _CHANNEL_BYTES[kind]
            if not size:
                kind, size, position = _content(kind, body, position)
            if position + size > end:
                raise IndexError
            if kind < META or not as_stock or kind - META in _KNOWN_META:
                tick += delta
            if tick >= MAX_TICK:
                raise FormatError(f"expected ticks below {MAX_TICK}, found {tick}: damaged?")
            yield tick, kind, body[position : position + size]
            position += size
    except IndexError:
        raise FormatError(f"the event at byte {position} of a track is cut off") from None


def _content(status: int, body: bytes, position: int) -> tuple[int, int, int]:
    """Returns the kind of an event, how many bytes of data it has and where they begin."""
    if status == 0xFF:
        return (META + body[position], *_variable_length(body, position + 1))
    if status in _SYSEX:
        return (status, *_variable_length(body, position))
    size = _DATA_BYTES.get(status & 0xF0) if status < 0xF0 else _SYSTEM_BYTES.get(status)
    if size is None:
        found = f"0x{status:02x}" if status else "a data byte before any status byte"
        raise FormatError(f"byte {position} of a track: expected a status byte, found {found}")
    return status, size, position


def _variable_length(body: bytes, position: int) -> tuple[int, int]:
    """Reads a number in groups of seven bits; returns it and where it ends."""
    value = 0
    for end in range(position + 1, position + 10):
        byte = body[end - 1]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, end
    raise FormatError(f"expected a number of at most 9 bytes at byte {position} of a track")
