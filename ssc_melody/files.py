"""Reading and writing whole files, and telling what a file is from its first bytes.

A file is written under a temporary name in its own folder and then renamed, so that a reader (or a
full disk) never meets half of one.

Left out: fsync; the files here can be made again.
"""

import difflib
import os
import stat
import tempfile
from pathlib import Path

from ssc_melody.errors import BundleError, SscMelodyError

MAX_BYTES = 512 * 2**20
"""A bundle or checkpoint above this size is refused unread; real ones are below 30 MB."""

_TABLE_MAGIC = bytes.fromhex("57fb808b247547db")

_FIRST_BYTES = [
    (b"MThd", "a MIDI file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"Rar!", "a rar archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x89PNG", "a PNG picture"),
    (b"%PDF", "a PDF document"),
    (b"RIFF", "a RIFF (sound) file"),
    (b"OggS", "an Ogg (sound) file"),
    (b"ID3", "an MP3 (sound) file"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"version https://git-lfs", "a Git LFS pointer (fetch the file itself: git lfs pull)"),
    (b"model_checkpoint_path", "a TensorFlow checkpoint state file"),
    (b"X:", "an ABC tune"),
]
_MARKUP = [
    (b"<!doctype html", "a web page (saved in place of the file?)"),
    (b"<html", "a web page (saved in place of the file?)"),
    (b"<?xml", "an XML file"),
    (b"{", "a JSON file"),
]


def looks_like(data: bytes) -> str:
    """Name what a file is, judging by its bytes ("a MIDI file"), or return ""."""
    for start, name in _FIRST_BYTES:
        if data.startswith(start):
            return name
    head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, name in _MARKUP:
        if head.startswith(start):
            return name
    if data.endswith(_TABLE_MAGIC):
        return "a TensorFlow checkpoint (a V1 file or a V2 .index)"
    return ""


def near_names(path: Path) -> str:
    """Return "; did you mean X or Y?" for the files beside a missing one, or ""."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())[:1000]
    except OSError:
        return "" if path.parent.is_dir() else f"; there is no folder {path.parent} either"
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a file of at most MAX_BYTES.

    Args:
        path: the file.

    Raises:
        BundleError: it is missing, a folder, too large or unreadable.
    """
    path = Path(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise BundleError(f"{path} is a folder; expected a file")
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(f"{path} is a device or a pipe; expected a file")
        if status.st_size > MAX_BYTES:
            raise BundleError(f"{path} has {status.st_size} bytes; expected at most {MAX_BYTES}")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BundleError(f"no such file: {path}{near_names(path)}") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise BundleError(f"cannot read {path}: {_reason(error)}") from error


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file in one go, creating its folder where needed.

    Args:
        path: the file; one that exists is replaced.
        data: its whole content.

    Raises:
        SscMelodyError: the folder or the file cannot be written.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except (OSError, ValueError) as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise SscMelodyError(f"cannot write {path}: {_reason(error)}") from error


def _umask() -> int:
    """Return the process's file mode mask (mkstemp makes private files; ours are ordinary)."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _reason(error: Exception) -> str:
    """Say why a file operation failed, without the path that strerror would repeat."""
    return getattr(error, "strerror", None) or str(error)
