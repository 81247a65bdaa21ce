"""Writes three openings by Mozart to testdata/mozart, as piano rolls that breathe.

The notes are typed in here, from music long in the public domain, ornaments left out and what
only accompanies made simple. Each file has what makes Magenta find no melody in collections of
piano music: a change of tempo every thirty-second, and hands that play chords. The tracks of two
are named, those of K. 525 are not. To make them again: `python -m tests.make_mozart`.
"""

import math
import struct
from pathlib import Path

from ssc_melody.files import write_bytes

FOLDER = Path(__file__).resolve().parents[1] / "testdata" / "mozart"
TICKS = 480
_RUBATO = TICKS // 8
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

K545 = {
    "metre": (4, 4),
    "qpm": 132,
    "Piano right": """
        C5:8 E5:4 G5:4 | B4:6 C5:1 D5:1 C5:4 r:4 | A5:8 G5:4 C6:4 | G5:4 F5:4 E5:4 r:4 |
        A4:2 B4:1 C5:1 D5:1 E5:1 F5:1 G5:1 A5:1 G5:1 F5:1 E5:1 D5:1 C5:1 B4:1 A4:1 |
        G4:2 A4:1 B4:1 C5:1 D5:1 E5:1 F5:1 G5:1 F5:1 E5:1 D5:1 C5:1 B4:1 A4:1 G4:1 |
        F4:2 G4:1 A4:1 B4:1 C5:1 D5:1 E5:1 F5:1 E5:1 D5:1 C5:1 B4:1 A4:1 G4:1 F4:1 |
        E4:2 F4:1 G4:1 A4:1 B4:1 C5:1 D5:1 E5:1 D5:1 C5:1 B4:1 A4:1 G4:1 F4:1 E4:1""",
    "Piano left": """
        C4:2 G4:2 E4:2 G4:2 C4:2 G4:2 E4:2 G4:2 | D4:2 G4:2 F4:2 G4:2 C4:2 G4:2 E4:2 G4:2 |
        C4:2 A4:2 F4:2 A4:2 C4:2 G4:2 E4:2 G4:2 | B3:2 G4:2 D4:2 G4:2 C4:2 G4:2 E4:2 G4:2 |
        F3+A3+C4:4 r:12 | E3+G3+C4:4 r:12 | D3+F3+B3:4 r:12 | C3+E3+G3:4 r:12""",
}
K331 = {
    "metre": (6, 8),
    "qpm": 66,
    "Piano right": """
        E4+C#5:3 D5:1 E4+C#5:2 E4+E5:4 E5:2 | E4+B4:3 C#5:1 E4+B4:2 E4+D5:4 D5:2 |
        E4+A4:4 A4:2 E4+B4:4 B4:2 | E4+C#5:4 E5:2 D5:2 C#5:2 B4:2 |
        E4+C#5:3 D5:1 E4+C#5:2 E4+E5:4 E5:2 | E4+B4:3 C#5:1 E4+B4:2 E4+D5:4 D5:2 |
        E4+A4:4 B4:2 C#5:4 D5:2 | C#5:4 B4:2 A4:4 r:2""",
    "Piano left": """
        A3:3 B3:1 A3:2 C#4:4 C#4:2 | G#3:3 A3:1 G#3:2 B3:4 B3:2 |
        F#3:4 F#3:2 G#3:4 G#3:2 | A3:4 C#4:2 E3+E4:6 |
        A3:3 B3:1 A3:2 C#4:4 C#4:2 | G#3:3 A3:1 G#3:2 B3:4 B3:2 |
        F#3:4 G#3:2 A3:4 D3:2 | E3+A3:4 E3+G#3:2 A2+C#4:4 r:2""",
}
K525 = {
    "metre": (4, 4),
    "qpm": 138,
    "": """
        G5:4 r:2 D5:2 G5:4 r:2 D5:2 | G5:2 D5:2 G5:2 B5:2 D6:4 r:4 |
        C6:4 r:2 A5:2 C6:4 r:2 A5:2 | C6:2 A5:2 F#5:2 A5:2 D5:4 r:4 |
        D5+G5:4 G5:6 B5:2 A5:2 G5:2 | G5:2 F#5:2 C5+F#5:6 A5:2 C6:2 F#5:2 |
        A5:2 G5:2 D5+G5:6 B5:2 A5:2 G5:2 | G5:2 F#5:2 C5+F#5:6 A5:2 C6:2 F#5:2 | B4+G5:8 r:8""",
    " ": """
        G3+G4:4 r:2 D3+D4:2 G3+G4:4 r:2 D3+D4:2 | G3+G4:2 D3+D4:2 G3+G4:2 B3+B4:2 D4+D5:4 r:4 |
        C4+C5:4 r:2 A3+A4:2 C4+C5:4 r:2 A3+A4:2 | C4+C5:2 A3+A4:2 F#3+F#4:2 A3+A4:2 D3+D4:4 r:4 |
        G2+G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 | G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 |
        G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 | G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 G3:2 |
        G2+G3:8 r:8""",
}
PIECES = {"k545.mid": K545, "k331.mid": K331, "k525.mid": K525}


def pitch(name: str) -> int:
    """Returns the MIDI pitch of a name such as F#4."""
    return 12 * (int(name[-1]) + 1) + _STEPS[name[0]] + name.count("#")


def read_voice(text: str) -> list[tuple[list[int], int, int]]:
    """Returns (pitches, start, end) in sixteenths of what is written as `C5:8 E4+G4:4 r:4 |`."""
    found, now = [], 0
    for word in text.replace("|", " ").split():
        names, _, length = word.partition(":")
        pitches = [] if names == "r" else [pitch(name) for name in names.split("+")]
        found.append((pitches, now, now + int(length)))
        now += int(length)
    return found


def _variable_length(number: int) -> bytes:
    """Returns a delta time: seven bits per byte, all but the last with their highest bit set."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(number & 0x7F | 0x80)
    return bytes(reversed(found))


def _track(events: list[tuple[int, bytes]]) -> bytes:
    """Returns a track of (tick, message), in their order where ticks are equal."""
    data, now = b"", 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        data += _variable_length(tick - now) + message
        now = tick
    data += b"\x00\xff\x2f\x00"
    return b"MTrk" + struct.pack(">I", len(data)) + data


def _conductor(metre: tuple[int, int], qpm: float, sixteenths: int) -> bytes:
    beats, unit = metre
    events = [(0, bytes([0xFF, 0x58, 4, beats, unit.bit_length() - 1, 24, 8]))]
    for tick in range(0, sixteenths * TICKS // 4, _RUBATO):
        swing = 1 + 0.12 * math.sin(tick / 700) + 0.05 * math.sin(tick / 190)
        microseconds = round(60_000_000 / qpm * swing)
        events.append((tick, b"\xff\x51\x03" + microseconds.to_bytes(3, "big")))
    return _track(events)


def _hand(name: str, channel: int, text: str) -> bytes:
    offs, ons = [], []
    for pitches, start, end in read_voice(text):
        for number in pitches:
            ons.append((start * TICKS // 4, bytes([0x90 | channel, number, 80])))
            offs.append((end * TICKS // 4, bytes([0x80 | channel, number, 0])))
    title = b"\xff\x03" + bytes([len(name)]) + name.encode()
    return _track([(0, title), *offs, *ons])  # a note ends before it begins again


def midi_of(piece: dict) -> bytes:
    """Returns the MIDI file of a piece."""
    hands = {name: text for name, text in piece.items() if name not in ("metre", "qpm")}
    length = max(read_voice(text)[-1][2] for text in hands.values())
    chunks = [_conductor(piece["metre"], piece["qpm"], length)]
    chunks += [_hand(name, i, text) for i, (name, text) in enumerate(hands.items())]
    return b"MThd" + struct.pack(">IHHH", 6, 1, len(chunks), TICKS) + b"".join(chunks)


if __name__ == "__main__":
    for file, piece in PIECES.items():
        write_bytes(FOLDER / file, midi_of(piece))
