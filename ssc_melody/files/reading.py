"""Reading whole files: regular ones of a bounded size only, and what is wrong with the others."""

import difflib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ssc_melody.errors import OptionError, SscMelodyError

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A file: its path, its bytes, or itself, opened in binary mode."""

MAX_BYTES = 512 * 2**20
"""A bundle or checkpoint above this size is refused unread; real ones are below 30 MB."""

_BLOCK = 2**22
_NOT_FILES = ("/proc/", "/sys/")
"""Folders in which reading a file asks the system something, and may wait for ever."""


def user_path(path: str | os.PathLike[str]) -> Path:
    """Returns a path with ~ and ~name at its beginning replaced by the home folder.

    Raises:
        OptionError: There is no such home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        home = Path(path).parts[0]
        raise OptionError(
            f"{path}: there is no home folder {home}; write ./{home} for a file of that name"
        ) from None


def near_names(path: Path, stem: Callable[[str], str] = str) -> str:
    """Returns "; did you mean X or Y?" for the files beside a missing one, or "".

    Args:
        path: The missing file.
        stem: What is shown (and compared) of a file's name.
    """
    try:
        names = sorted({stem(entry.name) for entry in path.parent.iterdir()})[:1000]
    except OSError:
        return "" if os.path.isdir(path.parent) else f"; there is no folder {path.parent} either"
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def read_bytes(
    path: str | os.PathLike[str], error_class: type[SscMelodyError], most: int = MAX_BYTES
) -> bytes:
    """Reads a file.

    Args:
        path: The file.
        error_class: What is raised.
        most: Bytes that it may have.

    Raises:
        SscMelodyError: It is missing, not a regular file, too large or unreadable.
    """
    with open_regular(path, error_class, most) as file:
        try:
            data = read_at_most(file, most + 1)
        except OSError as error:
            raise error_class(f"cannot read {path}: {reason(error)}") from error
    if len(data) > most:  # it has grown, or its system does not tell sizes (/proc)
        raise error_class(f"{path} has more than {most} bytes, the most expected")
    return data


def read_at_most(file: BinaryIO, most: int) -> bytes:
    """Reads up to so many bytes, in blocks: Python makes room for all that one call asks for."""
    blocks: list[bytes] = []
    while most > 0 and (block := file.read(min(most, _BLOCK))):
        blocks.append(block)
        most -= len(block)
    return b"".join(blocks)


def read_source(
    source: Source, error_class: type[SscMelodyError], most: int = MAX_BYTES
) -> tuple[bytes, str]:
    """Reads what a caller gives: a path, bytes, or a file object opened in binary mode.

    Args:
        source: What is read; a ~ at the beginning of a path is the home folder.
        error_class: What is raised.
        most: Bytes that it may have.

    Returns:
        The bytes, and a name for messages.

    Raises:
        SscMelodyError: It cannot be read, is too large, or not in binary mode.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        data, name = bytes(source), "the bytes given"
    elif isinstance(source, str | os.PathLike):
        path = user_path(source)
        return read_bytes(path, error_class, most), os.fspath(path)
    elif hasattr(source, "read"):
        name = getattr(source, "name", "")
        name = name if isinstance(name, str) and name else "the file object given"
        try:
            data = read_at_most(source, most + 1)
        except (OSError, ValueError) as error:
            raise error_class(f"cannot read {name}: {reason(error)}") from error
        except TypeError:
            raise error_class(f'{name} is open in text mode; open it with "rb"') from None
    else:
        raise error_class(f"expected a path, bytes or a file object, found {type(source).__name__}")
    if len(data) > most:
        raise error_class(f"{name} has more than {most} bytes, the most expected")
    return data, name


def is_regular(path: str | os.PathLike[str]) -> bool:
    """Tells whether a path is a file that ends: no folder, device or pipe, nor the system's own.

    Raises:
        OSError: It cannot be looked at.
    """
    return stat.S_ISREG(os.stat(path).st_mode) and not os.path.realpath(path).startswith(_NOT_FILES)


def open_regular(
    path: str | os.PathLike[str],
    error_class: type[SscMelodyError],
    most: int | None = None,
) -> BinaryIO:
    """Opens a regular file for reading: no folder, and nothing that may never end.

    Args:
        path: The file.
        error_class: What is raised.
        most: Bytes that it may have; None for any number.

    Raises:
        SscMelodyError: It is missing, not a regular file, too large or unreadable.
    """
    path = Path(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise error_class(f"{path} is a folder; expected a file")
        if not is_regular(path):
            raise error_class(f"{path} is a device or a pipe; expected a file")
        if most is not None and status.st_size > most:
            raise error_class(f"{path} has {status.st_size} bytes; expected at most {most}")
        return path.open("rb")
    except FileNotFoundError as error:
        raise error_class(f"no such file: {path}{near_names(path)}") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise error_class(f"cannot read {path}: {reason(error)}") from error


def reason(error: Exception) -> str:
    """Says why a file operation failed, without the path that strerror would repeat."""
    return getattr(error, "strerror", None) or str(error)
