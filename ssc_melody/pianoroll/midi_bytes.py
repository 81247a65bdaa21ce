"""Notes of piano rolls as the bytes of a MIDI file, in symbolic time.

Follows `midi_write` for the chunks; several tracks with names, metres and one tempo. Left out:
velocities of single notes, tempo changes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence

from ssc_melody.constants import DEFAULT_VELOCITY
from ssc_melody.errors import MidiError
from ssc_melody.midi_write import MAX_TEMPO, track_chunk, variable_length
from ssc_melody.pianoroll.roll import STEPS_PER_BEAT, RollNote, Track

TICKS_PER_QUARTER = 480
"""Resolution of the files: the usual one, and a multiple of 24."""

_STEP_TICKS = TICKS_PER_QUARTER // STEPS_PER_BEAT
_DRUM_CHANNEL = 9
_CHANNELS = [channel for channel in range(16) if channel != _DRUM_CHANNEL]


def midi_bytes(
    tracks: Sequence[tuple[Track, Sequence[RollNote]]],
    qpm: float,
    time_signatures: Iterable[tuple[int, int, int]],
    velocity: int = DEFAULT_VELOCITY,
) -> bytes:
    """Returns a MIDI file (format 1, 480 ticks a quarter): tempo and metres, then the tracks.

    Empty tracks and bars at the end are not in it. Drums are on channel 10; other tracks take the
    channels in turn, so from the sixteenth on two of them share one.

    Args:
        tracks: what is known of each track, and its notes, in steps.
        qpm: quarter notes per minute.
        time_signatures: (step, numerator, denominator) in any order.
        velocity: MIDI velocity of every note, 1..127.

    Raises:
        MidiError: the tempo, the velocity, a program or a metre has no place in a MIDI file.
    """
    if not 1 <= velocity <= 127:
        raise MidiError(f"MIDI velocity: expected 1 to 127, found {velocity}")
    chunks = [track_chunk(_timing(qpm, time_signatures))]
    pitched = 0
    for number, (track, notes) in enumerate(tracks):
        channel = _DRUM_CHANNEL if track.is_drum else _CHANNELS[pitched % len(_CHANNELS)]
        pitched += not track.is_drum
        chunks.append(track_chunk(_track_bytes(number, track, notes, channel, velocity)))
    header = struct.pack(">4sLHHH", b"MThd", 6, 1, len(chunks), TICKS_PER_QUARTER)
    return header + b"".join(chunks)


def _timing(qpm: float, time_signatures: Iterable[tuple[int, int, int]]) -> bytes:
    if not 0.0 < qpm < math.inf or not 1 <= round(6e7 / qpm) <= MAX_TEMPO:
        raise MidiError(f"MIDI qpm: expected 3.58 or more and less than 1e8, found {qpm}")
    out = b"\x00\xff\x51\x03" + round(6e7 / qpm).to_bytes(3, "big")
    now = 0
    for step, numerator, denominator in sorted(time_signatures):
        power = denominator.bit_length() - 1
        if not (0 <= numerator < 256 and denominator == 1 << max(power, 0) and power < 256):
            raise MidiError(
                f"MIDI metre at step {step}: expected a numerator below 256 over a power of 2, "
                f"found {numerator}/{denominator}"
            )
        out += variable_length((step - now) * _STEP_TICKS)
        out += b"\xff\x58\x04" + bytes((numerator, power, 24, 8))
        now = step
    return out


def _track_bytes(
    number: int, track: Track, notes: Sequence[RollNote], channel: int, velocity: int
) -> bytes:
    name, program, _ = track
    if not 0 <= program <= 127:
        raise MidiError(f"MIDI program of track {number}: expected 0 to 127, found {program}")
    text = name.encode("latin1", "replace")
    out = bytearray(b"\x00\xff\x03" + variable_length(len(text)) + text)
    out += bytes((0, 0xC0 | channel, program))
    switches = [(note.start, note.pitch, velocity) for note in notes]
    switches += [(note.end, note.pitch, 0) for note in notes]
    now = 0
    for step, pitch, loudness in sorted(switches):  # at one step a note ends before it begins
        out += variable_length((step - now) * _STEP_TICKS)
        out += bytes((0x90 | channel, pitch, loudness))
        now = step
    return bytes(out)
