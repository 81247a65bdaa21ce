"""A melody as the bytes of a MIDI file, without any MIDI library.

Follows note_seq/midi_io.py, pretty_midi's PrettyMIDI.write and mido's file writer: for a melody
the bytes are the same. Left out: all that a melody does not have (several instruments, names,
tempo changes, other metres, pedals and bends).

What is in the file, in order (format 1, 220 ticks to the quarter note):
    MThd   header: format 1, 2 tracks, 220
    MTrk   set_tempo, 4/4, end_of_track one tick later
    MTrk   program_change, then note-ons with running status (velocity 0 ends a note),
           end_of_track one tick after the last event
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ssc_melody.constants import (
    DEFAULT_QPM,
    DEFAULT_STEPS_PER_QUARTER,
    DEFAULT_VELOCITY,
    MIDI_TICKS_PER_QUARTER,
)
from ssc_melody.errors import MidiError, OptionError
from ssc_melody.melody_events import clean, note_times

MAX_TEMPO = 0xFFFFFF
"""Largest tempo (microseconds per quarter note) that three bytes hold: about 3.58 qpm."""

MAX_DELTA = 0x0FFFFFFF
"""Longest pause, in ticks, that the standard's four bytes of seven bits hold."""

_TIME_SIGNATURE = bytes.fromhex("00 FF 58 04 04 02 18 08")
_END_OF_TRACK = bytes.fromhex("01 FF 2F 00")
_NOTE_ON = 0x90
_PROGRAM_CHANGE = 0xC0


def melody_to_midi(
    events: Iterable[int],
    *,
    qpm: float = DEFAULT_QPM,
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER,
    start_step: int = 0,
    velocity: int = DEFAULT_VELOCITY,
    program: int = 0,
) -> bytes:
    """Returns the MIDI file that note-seq writes for a melody.

    Quirks kept: the tempo's microseconds are cut off, not rounded; a tick is the nearest one to
    the note's time in seconds, half to even; notes of one tick are ordered by pitch, so that a
    lower note may begin before a higher one ends; a melody without notes has program 0.

    Args:
        events: one event a step.
        qpm: quarter notes per minute, 3.58 to 6e7.
        steps_per_quarter: steps in a quarter note.
        start_step: steps of silence before the first event, 0 or more.
        velocity: MIDI velocity of every note, 0..127.
        program: MIDI program, 0..127.

    Raises:
        MelodyError: an event is not in -2..127.
        OptionError: qpm is no tempo of a MIDI file.
        MidiError: another number is out of range.

    Source: note_seq/midi_io.py, note_sequence_to_midi_file; pretty_midi.py, PrettyMIDI.write.
    """
    _check("velocity", velocity, 0, 127)
    _check("program", program, 0, 127)
    _check("start_step", start_step, 0, MAX_DELTA)
    _check("steps_per_quarter", steps_per_quarter, 1, MAX_DELTA)
    seconds_per_tick, tempo = _tempo(qpm)
    switches: list[tuple[int, int, int]] = []
    for pitch, start, end in note_times(clean(events), qpm, steps_per_quarter, start_step):
        switches.append((round(start / seconds_per_tick), pitch, velocity))
        switches.append((round(end / seconds_per_tick), pitch, 0))
    timing = b"\x00\xff\x51\x03" + tempo.to_bytes(3, "big") + _TIME_SIGNATURE
    track = bytes((0, _PROGRAM_CHANGE, program if switches else 0)) + _note_bytes(switches)
    header = struct.pack(">4sLHHH", b"MThd", 6, 1, 2, MIDI_TICKS_PER_QUARTER)
    return header + track_chunk(timing) + track_chunk(track)


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise MidiError(f"MIDI {name}: expected {low} to {high}, found {value}")


def check_qpm(qpm: float) -> None:
    """Checks that a tempo fits the three bytes that a MIDI file has for it.

    Raises:
        OptionError: it does not.
    """
    _tempo(qpm)


def _tempo(qpm: float) -> tuple[float, int]:
    """Returns seconds per tick and microseconds per quarter, through the same roundings."""
    seconds_per_tick, tempo = 0.0, 0
    if 1.0 <= qpm <= 1e9:
        seconds_per_tick = 60.0 / (qpm * MIDI_TICKS_PER_QUARTER)
        tempo = int(6e7 / (60.0 / (seconds_per_tick * MIDI_TICKS_PER_QUARTER)))
    if not 1 <= tempo <= MAX_TEMPO:
        raise OptionError(f"qpm: expected 3.58 to 6e7 (the tempos of a MIDI file), got {qpm:g}")
    return seconds_per_tick, tempo


def _note_bytes(switches: list[tuple[int, int, int]]) -> bytes:
    """Encodes (tick, pitch, velocity) rows; the status byte stands once, then runs on."""
    out = bytearray()
    status = bytes((_NOTE_ON,))
    now = 0
    for tick, pitch, velocity in sorted(switches):
        out += variable_length(tick - now) + status + bytes((pitch, velocity))
        status = b""
        now = tick
    return bytes(out)


def variable_length(value: int) -> bytes:
    """Encodes a number in groups of seven bits, the high bit set in all but the last byte."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def track_chunk(events: bytes) -> bytes:
    """Returns a track's bytes: its header, its events, and the end of the track a tick later."""
    body = events + _END_OF_TRACK
    return struct.pack(">4sL", b"MTrk", len(body)) + body
