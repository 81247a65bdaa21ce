"""MIDI files to piano rolls and back, in symbolic time: ticks count, seconds do not.

Follows `midi_read` for what a piece holds (a track of the roll is an instrument: one program and
channel of a MIDI track). Left out: velocities, pedals, bends; of the tempos only the average is
kept, so that a roll lasts as long as its piece.
"""

from __future__ import annotations

import math
import os
import struct

from ssc_melody.constants import DEFAULT_VELOCITY
from ssc_melody.errors import MidiError
from ssc_melody.midi_read import MidiNote, MidiPiece, read_midi
from ssc_melody.midi_write import MAX_TEMPO, track_chunk, variable_length
from ssc_melody.pianoroll.roll import STEPS_PER_BEAT, PianoRoll, Track, roll_of

TICKS_PER_QUARTER = 480
"""Resolution of the files: the usual one, and a multiple of 24."""

_STEP_TICKS = TICKS_PER_QUARTER // STEPS_PER_BEAT
_DRUM_CHANNEL = 9
_CHANNELS = [channel for channel in range(16) if channel != _DRUM_CHANNEL]


def from_midi(path: str | os.PathLike[str]) -> PianoRoll:
    """Reads a MIDI file as a piano roll; each tick goes to the nearest 1/24 of a beat.

    Args:
        path: the file.

    Raises:
        MidiError: it cannot be read, or its roll would be larger than 2 GiB.
    """
    piece = read_midi(path)
    try:
        return from_piece(piece)
    except MidiError as error:
        raise MidiError(f"MIDI file {os.fspath(path)}: {error}") from None


def from_piece(piece: MidiPiece) -> PianoRoll:
    """Makes the piano roll of a piece: one track an instrument, in their order.

    Raises:
        MidiError: it would be larger than 2 GiB.
    """
    instruments: dict[int, list[MidiNote]] = {}
    for note in piece.notes:
        instruments.setdefault(note.instrument, []).append(note)
    parts = [instruments[key] for key in sorted(instruments)]
    scale = piece.ticks_per_quarter
    rows = [
        [(n.pitch, _step(n.start_tick, scale), _step(n.end_tick, scale)) for n in part]
        for part in parts
    ]
    tracks = tuple(_track(piece, part[0]) for part in parts)
    metres = [(_step(s.tick, scale), s.numerator, s.denominator) for s in piece.time_signatures]
    return PianoRoll(roll_of(rows), tracks, _mean_qpm(piece), tuple(metres) or ((0, 4, 4),))


def _step(tick: int, ticks_per_quarter: int) -> int:
    """Returns the nearest step, the later one of two."""
    return (2 * STEPS_PER_BEAT * tick + ticks_per_quarter) // (2 * ticks_per_quarter)


def _track(piece: MidiPiece, note: MidiNote) -> Track:
    name = piece.track_names[note.track] if note.track < len(piece.track_names) else ""
    return Track(name, note.program, note.is_drum)


def _mean_qpm(piece: MidiPiece) -> float:
    """Returns quarter notes per minute over the whole piece (its beats over its minutes)."""
    last = max(piece.notes, key=lambda note: note.end_tick, default=None)
    if len(piece.tempos) == 1 or last is None or last.end_time <= 0.0:
        return piece.tempos[0].qpm
    return 60.0 * last.end_tick / piece.ticks_per_quarter / last.end_time


def roll_to_midi(roll: PianoRoll, velocity: int = DEFAULT_VELOCITY) -> bytes:
    """Returns a MIDI file (format 1, 480 ticks a quarter): tempo and metres, then the tracks.

    Empty tracks and bars at the end are not in it. Drums are on channel 10; other tracks take the
    channels in turn, so from the sixteenth on two of them share one.

    Args:
        roll: the piano roll.
        velocity: MIDI velocity of every note, 1..127.

    Raises:
        MidiError: the tempo, the velocity, a program or a metre has no place in a MIDI file.
    """
    if not 1 <= velocity <= 127:
        raise MidiError(f"MIDI velocity: expected 1 to 127, found {velocity}")
    chunks = [track_chunk(_timing(roll))]
    pitched = 0
    for number, track in enumerate(roll.tracks):
        channel = _DRUM_CHANNEL if track.is_drum else _CHANNELS[pitched % len(_CHANNELS)]
        pitched += not track.is_drum
        chunks.append(track_chunk(_track_bytes(roll, number, channel, velocity)))
    header = struct.pack(">4sLHHH", b"MThd", 6, 1, len(chunks), TICKS_PER_QUARTER)
    return header + b"".join(chunks)


def _timing(roll: PianoRoll) -> bytes:
    if not 0.0 < roll.qpm < math.inf or not 1 <= round(6e7 / roll.qpm) <= MAX_TEMPO:
        raise MidiError(f"MIDI qpm: expected 3.58 or more and less than 1e8, found {roll.qpm}")
    out = b"\x00\xff\x51\x03" + round(6e7 / roll.qpm).to_bytes(3, "big")
    now = 0
    for step, numerator, denominator in sorted(roll.time_signatures):
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


def _track_bytes(roll: PianoRoll, number: int, channel: int, velocity: int) -> bytes:
    name, program, _ = roll.tracks[number]
    if not 0 <= program <= 127:
        raise MidiError(f"MIDI program of track {number}: expected 0 to 127, found {program}")
    text = name.encode("latin1", "replace")
    out = bytearray(b"\x00\xff\x03" + variable_length(len(text)) + text)
    out += bytes((0, 0xC0 | channel, program))
    notes = roll.notes(number)
    switches = [(note.start, note.pitch, velocity) for note in notes]
    switches += [(note.end, note.pitch, 0) for note in notes]
    now = 0
    for step, pitch, loudness in sorted(switches):  # at one step a note ends before it begins
        out += variable_length((step - now) * _STEP_TICKS)
        out += bytes((0x90 | channel, pitch, loudness))
        now = step
    return bytes(out)
