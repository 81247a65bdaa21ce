"""The chunks of a MIDI file: its header, and the bytes of each track.

Follows the Standard MIDI Files specification (1.0), and for a MIDI file in a RIFF file (.rmi) the
RMID form of the Multimedia Programming Interface. The header's number of tracks is believed less
than what is there: a file may have fewer or more.

Left out: time in frames per second; RIFF's other chunks (instruments, texts).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from ssc_melody import files
from ssc_melody.errors import FormatError


class Chunks(NamedTuple):
    """A MIDI file's ticks per quarter note, its tracks' bytes, and what does not add up."""

    ticks_per_quarter: int
    tracks: list[bytes]
    warnings: list[str]


def is_midi(head: bytes) -> bool:
    """Tells from the first 12 bytes (or more) whether a file is a MIDI file, in RIFF or not."""
    return head.startswith(b"MThd") or (head.startswith(b"RIFF") and head[8:12] == b"RMID")


def read_chunks(data: bytes, as_stock: bool = False) -> Chunks:
    """Takes a MIDI file apart.

    Args:
        data: The whole file.
        as_stock: Whether tracks beyond the header's number are left out, as mido does.

    Raises:
        FormatError: It is not a MIDI file, cut off, without a track, or counts time in frames.
    """
    if data.startswith(b"RIFF") and data[8:12] == b"RMID":
        data = _unwrapped(data)
    if not data:
        raise FormatError("the file is empty")
    if data[:4] != b"MThd":
        found = files.looks_like(data) or repr(data[:4])
        raise FormatError(f"not a MIDI file: expected it to begin with b'MThd', found {found}")
    if len(data) < 14:
        raise FormatError(f"cut off: expected a header of 14 bytes, found {len(data)}")
    header_size, _, count, ticks_per_quarter = struct.unpack(">LHHh", data[4:14])
    if ticks_per_quarter <= 0:
        raise FormatError(
            f"expected time in ticks per quarter note, found a division of {ticks_per_quarter} "
            "(negative: frames per second); export it again with musical time"
        )
    tracks = _tracks(data, 8 + header_size, count, as_stock)
    if not tracks:
        raise FormatError(f"expected {max(count, 1)} tracks, found 0")
    warnings = []
    if len(tracks) != count:
        warnings.append(f"its header counts {count} tracks, there are {len(tracks)}; those count")
    return Chunks(ticks_per_quarter, tracks, warnings)


def _tracks(data: bytes, position: int, count: int, as_stock: bool) -> list[bytes]:
    """Returns the tracks' bytes; what follows the header's number of them must be whole."""
    tracks: list[bytes] = []
    while position + 8 <= len(data) and (len(tracks) < count or not as_stock):
        name, size = struct.unpack(">4sL", data[position : position + 8])
        body = data[position + 8 : position + 8 + size]
        position += 8 + size
        if len(tracks) >= count and (name != b"MTrk" or len(body) < size):
            break  # bytes after the last track that are not one
        if name != b"MTrk":
            continue
        if len(body) < size:
            raise FormatError(
                f"cut off in track {len(tracks) + 1}: expected {size} bytes, found {len(body)}"
            )
        tracks.append(body)
    if len(tracks) < count and 0 < len(data) - position < 8:
        raise FormatError(f"cut off in the header of track {len(tracks) + 1}")
    return tracks


def _unwrapped(data: bytes) -> bytes:
    """Returns the MIDI file in a RIFF file of the form RMID."""
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack("<4sL", data[position : position + 8])
        if name == b"data":
            return data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    raise FormatError("a MIDI file in RIFF (.rmi): expected a chunk named data, found none")
