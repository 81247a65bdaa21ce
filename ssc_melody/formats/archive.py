"""Zip archives that strangers made: opened and unpacked within bounds.

Follows PKWARE's APPNOTE for what is looked at before Python's zipfile is let in: the size of the
central directory. Members are stored or deflated, as any program packs music; bzip2 and LZMA are
refused, since their decoders hand out as much as a few bytes ask for (and LZMA takes a dictionary
of 4 GB), whatever a member claims to be.

Left out: archives in several parts.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from typing import BinaryIO

from ssc_melody.errors import FormatError

MAX_DIRECTORY_BYTES = 32 * 2**20
"""Central directory that is read; 100 bytes per member are usual."""

MAX_RATIO = 200
"""An archive that unpacks to more than this many times its size is a bomb, unless it is small."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NAMES = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd"}
_BLOCK = 2**20
_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_DAMAGED = (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError)


def open_archive(source: str | BinaryIO) -> zipfile.ZipFile:
    """Opens an archive.

    Args:
        source: A path, or a file that is seekable and in binary mode.

    Raises:
        FormatError: It is not a zip archive, damaged, or lists too many members.
        OSError: It cannot be opened.
    """
    if isinstance(source, str):
        with open(source, "rb") as file:
            size = _directory_bytes(file)
    else:
        size = _directory_bytes(source)
    if size > MAX_DIRECTORY_BYTES:
        raise FormatError(
            f"expected a list of members of at most {MAX_DIRECTORY_BYTES} bytes, found {size}"
        )
    try:
        return zipfile.ZipFile(source)
    except _DAMAGED as error:
        raise FormatError(f"is not a readable zip archive: {_why(error)}") from error


def _directory_bytes(file: BinaryIO) -> int:
    """Returns the size of the central directory, as the end of the archive says; 0 if it is odd."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _END.size - 2**16)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return 0
    directory = int(_END.unpack_from(tail, at)[5])
    locator = at - _END64_LOCATOR.size
    if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
        file.seek(min(int(_END64_LOCATOR.unpack_from(tail, locator)[2]), size))
        record = file.read(_END64.size)
        if len(record) == _END64.size:
            directory = max(directory if directory != 0xFFFFFFFF else 0, _END64.unpack(record)[8])
    return directory


def _why(error: Exception) -> str:
    """Returns what zipfile says, which may hold a name as long as a file, on one line."""
    return " ".join(str(error).split())[:200]


def is_bomb(members: list[zipfile.ZipInfo], packed: int, small: int) -> bool:
    """Tells whether the members claim to be far more than an archive of music holds.

    Args:
        members: All of them.
        packed: Bytes of the archive.
        small: Bytes that any archive may unpack to.
    """
    return sum(info.file_size for info in members) > max(small, MAX_RATIO * packed)


def check_method(info: zipfile.ZipInfo) -> None:
    """Refuses a member that is neither stored nor deflated.

    Raises:
        FormatError: It is packed by another method; the message names it.
    """
    if info.compress_type not in _METHODS:
        name = _NAMES.get(info.compress_type, f"method {info.compress_type}")
        raise FormatError(f"is packed with {name}; expected a plain zip archive (deflate)")


def read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int, up_to: int | None = None
) -> bytes:
    """Unpacks a member.

    Args:
        archive: Its archive.
        info: The member.
        most: Bytes that it may have.
        up_to: Read the first so many bytes only.

    Raises:
        FormatError: It is larger, damaged, encrypted, or packed by another method than deflate.
    """
    check_method(info)
    if info.file_size > most:
        raise FormatError(f"expected at most {most} bytes, found {info.file_size}")
    wanted = most + 1 if up_to is None else up_to
    blocks: list[bytes] = []
    try:
        with archive.open(info) as file:
            while wanted > 0 and (block := file.read(min(wanted, _BLOCK))):
                blocks.append(block)
                wanted -= len(block)
    except (*_DAMAGED, NotImplementedError) as error:
        raise FormatError(f"cannot be unpacked: {_why(error)}") from error
    if up_to is None and wanted <= 0:
        raise FormatError(f"expected at most {most} bytes, found more")
    return b"".join(blocks)
