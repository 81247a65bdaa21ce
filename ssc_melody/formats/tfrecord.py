"""TFRecord files: records of bytes, one after the other, each with checksums.

Follows TensorFlow's record_writer.cc and record_reader.cc. All numbers are little-endian:

    length (8 bytes), masked CRC-32C of these 8 bytes (4), the bytes, masked CRC-32C of them (4)

Left out: compressed files (gzip and zlib are refused by name).
"""

import itertools
import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from ssc_melody import files
from ssc_melody.errors import DataError, FormatError
from ssc_melody.formats.crc32c import crc32c, masked

HEADER_BYTES = 12
FOOTER_BYTES = 4
MAX_RECORD_BYTES = 256 * 2**20
"""A longer record is refused unread: no piece of music has as many notes."""


def frame(data: bytes) -> bytes:
    """Returns the bytes of a record as they stand in a file.

    Source: tensorflow/core/lib/io/record_writer.cc.
    """
    length = struct.pack("<Q", len(data))
    return b"".join(
        (
            length,
            struct.pack("<I", masked(crc32c(length))),
            data,
            struct.pack("<I", masked(crc32c(data))),
        )
    )


def is_tfrecord(head: bytes) -> bool:
    """Tells from the first 12 bytes whether a file is a TFRecord file (an empty file is none)."""
    if len(head) < HEADER_BYTES:
        return False
    return head[8:12] == struct.pack("<I", masked(crc32c(head[:8])))


class Frame(NamedTuple):
    """A record and the masked checksum that stands behind it, not compared yet."""

    data: bytes
    checksum: int

    def is_intact(self) -> bool:
        """Tells whether the checksum is that of the bytes."""
        return self.checksum == masked(crc32c(self.data))


def scan_frames(path: str | os.PathLike[str]) -> Iterator[Frame | FormatError]:
    """Yields each record unchecked (the costly part); a damaged length is an error, and the last.

    Raises:
        DataError: The file cannot be opened.
    """
    with files.open_regular(path, DataError) as file:
        size = os.fstat(file.fileno()).st_size
        for number in itertools.count(1):
            length = _length(file, size, number)
            if length is None:
                return
            if isinstance(length, FormatError):
                yield length
                return
            data = file.read(length)
            yield Frame(data, struct.unpack("<I", file.read(FOOTER_BYTES))[0])


def scan_records(path: str | os.PathLike[str]) -> Iterator[bytes | FormatError]:
    """Yields each record, or an error in its place: a damaged one costs itself only.

    Where a length is damaged nothing after it can be found; the error is then the last one.

    Raises:
        DataError: The file cannot be opened.
    """
    for number, frame_ in enumerate(scan_frames(path), start=1):
        if isinstance(frame_, FormatError):
            yield frame_
        elif frame_.is_intact():
            yield frame_.data
        else:
            yield FormatError(f"record {number} is damaged (its checksum differs)")


def _length(file: BinaryIO, size: int, number: int) -> int | FormatError | None:
    """Returns the length of the record that begins here, or None at the end of the file."""
    start = file.tell()
    header = file.read(HEADER_BYTES)
    if not header:
        return None
    if not is_tfrecord(header):
        found = files.looks_like(header) if start == 0 else ""
        return FormatError(
            f"record {number} at byte {start}: expected a TFRecord header, found "
            f"{found or 'other bytes (damaged or cut short)'}"
        )
    length = int(struct.unpack("<Q", header[:8])[0])
    left = size - start - HEADER_BYTES - FOOTER_BYTES
    if length > left:
        return FormatError(
            f"record {number} is cut short: expected {length} bytes, found {max(left, 0)}"
        )
    if length > MAX_RECORD_BYTES:
        return FormatError(
            f"record {number}: expected at most {MAX_RECORD_BYTES} bytes, found {length}"
        )
    return length


def read_records(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """Yields the records of a file.

    Raises:
        DataError: The file cannot be opened, or a record is damaged.
    """
    for record in scan_records(path):
        if isinstance(record, FormatError):
            raise DataError(f"{path}: {record}")
        yield record


def count_records(path: str | os.PathLike[str]) -> int:
    """Returns how many records there are, checking their headers only."""
    count = 0
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        while isinstance(length := _length(file, size, 0), int):
            file.seek(length + FOOTER_BYTES, os.SEEK_CUR)
            count += 1
    return count
