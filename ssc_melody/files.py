"""Reading and writing whole files, and telling what a file is from its first bytes.

A file is written under a temporary name in its own folder and then renamed, so that a reader (or a
full disk) never meets half of one.

Left out: fsync; the files here can be made again.
"""

import contextlib
import difflib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ssc_melody.errors import BundleError, OptionError, SscMelodyError

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


def user_path(path: str | os.PathLike[str]) -> Path:
    """Return a path with ~ and ~name at its beginning replaced by the home folder.

    Raises:
        OptionError: there is no such home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        home = Path(path).parts[0]
        raise OptionError(
            f"{path}: there is no home folder {home}; write ./{home} for a file of that name"
        ) from None


def near_names(path: Path, stem: Callable[[str], str] = str) -> str:
    """Return "; did you mean X or Y?" for the files beside a missing one, or "".

    Args:
        path: the missing file.
        stem: what is shown (and compared) of a file's name.
    """
    try:
        names = sorted({stem(entry.name) for entry in path.parent.iterdir()})[:1000]
    except OSError:
        return "" if os.path.isdir(path.parent) else f"; there is no folder {path.parent} either"
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def read_bytes(
    path: str | os.PathLike[str],
    most: int = MAX_BYTES,
    error_class: type[SscMelodyError] = BundleError,
) -> bytes:
    """Read a file.

    Args:
        path: the file.
        most: bytes that it may have.
        error_class: what is raised.

    Raises:
        SscMelodyError: it is missing, a folder, too large or unreadable.
    """
    path = Path(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise error_class(f"{path} is a folder; expected a file")
        if not stat.S_ISREG(status.st_mode):
            raise error_class(f"{path} is a device or a pipe; expected a file")
        if status.st_size > most:
            raise error_class(f"{path} has {status.st_size} bytes; expected at most {most}")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise error_class(f"no such file: {path}{near_names(path)}") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise error_class(f"cannot read {path}: {_reason(error)}") from error


@contextlib.contextmanager
def _temporary(path: Path, data: bytes) -> Iterator[str]:
    """Write a file's content beside it, and remove what is left of that in the end."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        yield temporary
    except (OSError, ValueError) as error:
        raise SscMelodyError(f"cannot write {path}: {_reason(error)}") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file in one go, creating its folder where needed.

    Args:
        path: the file; one that exists is replaced.
        data: its whole content.

    Raises:
        SscMelodyError: the folder or the file cannot be written.
    """
    path = Path(path)
    with _temporary(path, data) as temporary:
        os.replace(temporary, path)


def write_new_bytes(path: str | os.PathLike[str], data: bytes) -> bool:
    """Write a file in one go, if there is none of its name; of two who try, one succeeds.

    Args:
        path: the file; one that exists is left alone.
        data: its whole content.

    Returns:
        Whether it was written.

    Raises:
        SscMelodyError: the folder or the file cannot be written.
    """
    path = Path(path)
    with _temporary(path, data) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without links: the name is taken first, then the file
            try:
                path.open("xb").close()
            except FileExistsError:
                return False
            os.replace(temporary, path)
    return True


def make_folder(path: Path) -> None:
    """Create a folder where there is none, and check that files can be made in it.

    Raises:
        SscMelodyError: they cannot.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (OSError, ValueError) as error:
        raise SscMelodyError(f"cannot write into {path}: {_reason(error)}") from error


def _umask() -> int:
    """Return the process's file mode mask (mkstemp makes private files; ours are ordinary)."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _reason(error: Exception) -> str:
    """Say why a file operation failed, without the path that strerror would repeat."""
    return getattr(error, "strerror", None) or str(error)
