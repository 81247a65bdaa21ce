"""Writing whole files: all of one, or nothing.

A file is written under a temporary name in its own folder and then renamed, so that a reader (or a
full disk) never meets half of one.

Left out: fsync; the files here can be made again.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from ssc_melody.errors import SscMelodyError
from ssc_melody.files.reading import reason

T = TypeVar("T")


@contextlib.contextmanager
def _temporary(path: Path, write: Callable[[BinaryIO], object]) -> Iterator[str]:
    """Writes a file's content beside it, and removes what is left of that in the end."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            write(file)
        os.chmod(temporary, 0o666 & ~_umask())
        yield temporary
    except (OSError, ValueError) as error:
        raise SscMelodyError(f"cannot write {path}: {reason(error)}") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file in one go, creating its folder where needed.

    Args:
        path: The file; one that exists is replaced.
        data: Its whole content.

    Raises:
        SscMelodyError: The folder or the file cannot be written.
    """
    path = Path(path)
    with _temporary(path, lambda file: file.write(data)) as temporary:
        os.replace(temporary, path)


def write_with(path: str | os.PathLike[str], write: Callable[[BinaryIO], T]) -> T:
    """Writes a file piece by piece, creating its folder where needed.

    Args:
        path: The file; one that exists is replaced when the new one is whole.
        write: Writes it; it gets a file that is open in binary mode.

    Returns:
        What `write` returned.

    Raises:
        SscMelodyError: The folder or the file cannot be written.
    """
    path = Path(path)
    told: list[T] = []
    with _temporary(path, lambda file: told.append(write(file))) as temporary:
        os.replace(temporary, path)
    return told[0]


def write_new_bytes(path: str | os.PathLike[str], data: bytes) -> bool:
    """Writes a file in one go, if there is none of its name; of two who try, one succeeds.

    Args:
        path: The file; one that exists is left alone.
        data: Its whole content.

    Returns:
        Whether it was written.

    Raises:
        SscMelodyError: The folder or the file cannot be written.
    """
    path = Path(path)
    with _temporary(path, lambda file: file.write(data)) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except (AttributeError, OSError):  # no links here: the name is taken first, then the file
            try:
                path.open("xb").close()
            except FileExistsError:
                return False
            os.replace(temporary, path)
    return True


def make_folder(path: Path) -> None:
    """Creates a folder where there is none, and checks that files can be made in it.

    Raises:
        SscMelodyError: They cannot.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (OSError, ValueError) as error:
        raise SscMelodyError(f"cannot write into {path}: {reason(error)}") from error


def _umask() -> int:
    """Returns the process's file mode mask (mkstemp makes private files; ours are ordinary)."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
