"""Writing whole files: all of one, or nothing.

A file is written under a temporary name in its own folder and then renamed, so that a reader (or a
full disk) never meets half of one.

Left out: fsync; the files here can be made again.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ssc_melody.errors import SscMelodyError
from ssc_melody.files.reading import reason


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
        raise SscMelodyError(f"cannot write {path}: {reason(error)}") from error
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
        except (AttributeError, OSError):  # no links here: the name is taken first, then the file
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
        raise SscMelodyError(f"cannot write into {path}: {reason(error)}") from error


def _umask() -> int:
    """Return the process's file mode mask (mkstemp makes private files; ours are ordinary)."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
