"""Notes as the bytes of a MIDI file, without any MIDI library: the one writer of this library.

Follows pretty_midi's PrettyMIDI.write and mido's file writer in how the bytes are put: for a melody
the bytes are those of note-seq (see `melody.midi`). Left out: pedals, bends, lyrics, keys.

What is in the file, in order (format 1):
    MThd   header: format 1, tracks, ticks to the quarter note
    MTrk   set_tempo and time signatures, end_of_track one tick later
    MTrk   a track: its name if it has one, program_change, then note-ons with running status
           (velocity 0 ends a note), end_of_track one tick after the last event
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ssc_melody.errors import MidiError, OptionError

MAX_TEMPO = 0xFFFFFF
"""Largest tempo (microseconds per quarter note) that three bytes hold: about 3.58 qpm."""

MAX_DELTA = 0x0FFFFFFF
"""Longest pause, in ticks, that the standard's four bytes of seven bits hold."""

DRUM_CHANNEL = 9

_END_OF_TRACK = bytes.fromhex("01 FF 2F 00")
_NOTE_ON = 0x90
_PROGRAM_CHANGE = 0xC0
_BEND = 0xE0


class TrackNote(NamedTuple):
    """A note of a track: MIDI pitch, its first tick and the one on which it ends, velocity."""

    pitch: int
    start: int
    end: int
    velocity: int


class TrackMove(NamedTuple):
    """A controller (status 0xB0) or a bend (0xE0) of a track, at a tick, with two data bytes."""

    tick: int
    status: int
    first: int
    second: int


class KeySignature(NamedTuple):
    """A key, from a tick on: sharps (flats are negative), and whether it is minor."""

    tick: int
    sharps: int
    minor: bool


class Metre(NamedTuple):
    """A time signature, from a tick on."""

    tick: int
    numerator: int
    denominator: int


@dataclass(frozen=True)
class MidiTrack:
    """Notes that one instrument plays.

    Attributes:
        notes: In any order.
        channel: 0 to 15; 9 is the drums'.
        program: MIDI program, 0 to 127.
        name: Written as the track's name; None writes none.
        moves: Controllers and bends, in any order.
    """

    notes: Sequence[TrackNote]
    channel: int = 0
    program: int = 0
    name: str | None = None
    moves: Sequence[TrackMove] = ()


def midi_bytes(
    tracks: Sequence[MidiTrack],
    *,
    ticks_per_quarter: int,
    microseconds_per_quarter: int,
    metres: Iterable[Metre] = (Metre(0, 4, 4),),
    keys: Iterable[KeySignature] = (),
) -> bytes:
    """Returns a MIDI file with one tempo.

    Quirk kept: notes that switch on one tick are ordered by pitch, so that a lower note may begin
    before a higher one ends; of one pitch, the end comes first.

    Args:
        tracks: What is played; each becomes a track of its own.
        ticks_per_quarter: Ticks in a quarter note.
        microseconds_per_quarter: The tempo, 1 to MAX_TEMPO.
        metres: Time signatures in any order.
        keys: Key signatures in any order.

    Raises:
        MidiError: A number has no place in a MIDI file.
    """
    chunks = [_chunk(_timing(microseconds_per_quarter, metres, keys))]
    chunks += [_chunk(_track_bytes(number, track)) for number, track in enumerate(tracks)]
    header = struct.pack(">4sLHHH", b"MThd", 6, 1, len(chunks), ticks_per_quarter)
    return header + b"".join(chunks)


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Checks a number that a MIDI file has limited room for.

    Raises:
        MidiError: It is out of range.
    """
    if not low <= value <= high:
        raise MidiError(f"MIDI {name}: expected {low} to {high}, found {value}")


def tempo_of(qpm: float, ticks_per_quarter: int) -> tuple[float, int]:
    """Returns seconds per tick and microseconds per quarter, through note-seq's roundings.

    Raises:
        OptionError: It does not fit the three bytes that a MIDI file has for it.

    Source: pretty_midi.py, PrettyMIDI.write.
    """
    seconds_per_tick, tempo = 0.0, 0
    if 1.0 <= qpm <= 1e9:
        seconds_per_tick = 60.0 / (qpm * ticks_per_quarter)
        tempo = int(6e7 / (60.0 / (seconds_per_tick * ticks_per_quarter)))
    if not 1 <= tempo <= MAX_TEMPO:
        raise OptionError(f"qpm: expected 3.58 to 6e7 (the tempos of a MIDI file), got {qpm:g}")
    return seconds_per_tick, tempo


def _timing(microseconds: int, metres: Iterable[Metre], keys: Iterable[KeySignature]) -> bytes:
    check_range("tempo in microseconds per quarter note", microseconds, 1, MAX_TEMPO)
    out = b"\x00\xff\x51\x03" + microseconds.to_bytes(3, "big")
    marks = []
    for tick, numerator, denominator in sorted(metres):
        power = denominator.bit_length() - 1
        if not (0 <= numerator < 256 and denominator == 1 << max(power, 0) and power < 256):
            raise MidiError(
                f"MIDI metre at tick {tick}: expected a numerator below 256 over a power of 2, "
                f"found {numerator}/{denominator}"
            )
        marks.append((tick, b"\xff\x58\x04" + bytes((numerator, power, 24, 8))))
    for tick, sharps, minor in sorted(keys):
        check_range("key signature", sharps, -7, 7)
        marks.append((tick, b"\xff\x59\x02" + bytes((sharps % 256, minor))))
    now = 0
    for tick, mark in sorted(marks, key=lambda row: row[0]):  # a metre before a key
        out += _variable_length(tick - now) + mark
        now = tick
    return out


def _track_bytes(number: int, track: MidiTrack) -> bytes:
    check_range(f"program of track {number}", track.program, 0, 127)
    out = b""
    if track.name is not None:
        text = track.name.encode("latin1", "replace")
        out = b"\x00\xff\x03" + _variable_length(len(text)) + text
    out += bytes((0, _PROGRAM_CHANGE | track.channel, track.program))
    if track.moves:
        return out + _event_bytes(track)
    return out + _note_bytes(track.notes, track.channel)


def _note_bytes(notes: Iterable[TrackNote], channel: int) -> bytes:
    """Encodes notes; the status byte stands once, then runs on."""
    switches = [(start, pitch, velocity) for pitch, start, _, velocity in notes]
    switches += [(end, pitch, 0) for pitch, _, end, _ in notes]
    out = bytearray()
    status = bytes((_NOTE_ON | channel,))
    now = 0
    for tick, pitch, velocity in sorted(switches):
        out += _variable_length(tick - now) + status + bytes((pitch, velocity))
        status = b""
        now = tick
    return bytes(out)


def _event_bytes(track: MidiTrack) -> bytes:
    """Encodes notes and moves; of one tick bends come first, then controllers, then notes."""
    rows = [(n.start, 2, (n.pitch, n.velocity), _NOTE_ON) for n in track.notes]
    rows += [(n.end, 2, (n.pitch, 0), _NOTE_ON) for n in track.notes]
    for tick, status, first, second in track.moves:
        order = 0 if status == _BEND else 1
        rows.append((tick, order, (first, second), status))
    rows.sort(key=lambda row: (row[0], row[1], row[2] if row[1] else row[2][::-1]))
    out, now, running = bytearray(), 0, -1
    for tick, _, content, status in rows:
        out += _variable_length(tick - now)
        if status != running:
            out.append(status | track.channel)
        out += bytes(content)
        now, running = tick, status
    return bytes(out)


def _variable_length(value: int) -> bytes:
    """Encodes a number in groups of seven bits, the high bit set in all but the last byte."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def _chunk(events: bytes) -> bytes:
    """Returns a track's bytes: its header, its events, and the end of the track a tick later."""
    body = events + _END_OF_TRACK
    return struct.pack(">4sL", b"MTrk", len(body)) + body
