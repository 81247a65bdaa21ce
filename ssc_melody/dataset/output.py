"""The files of a data set: written under temporary names, renamed when all are whole.

The temporary files lie in the output folder itself (a rename is then one step) and begin with a
dot. An interrupted run removes them and leaves an older data set as it was.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ssc_melody.errors import SscMelodyError


class Output:
    """A context in which the named files of a folder are written; `commit` puts them in place."""

    def __init__(self, folder: str | os.PathLike[str], names: Iterable[str]) -> None:
        """Opens the temporary files.

        Args:
            folder: Is made where needed.
            names: Names of the files.

        Raises:
            SscMelodyError: The folder cannot be written to.
        """
        self.folder = Path(folder)
        self._open: dict[str, BinaryIO] = {}
        self._temporary: dict[str, str] = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                handle, path = tempfile.mkstemp(prefix=f".{name}.", dir=self.folder)
                self._temporary[name] = path
                self._open[name] = os.fdopen(handle, "wb")
        except (OSError, ValueError) as error:
            self.discard()
            reason = getattr(error, "strerror", None) or str(error)
            raise SscMelodyError(f"cannot write to {self.folder}: {reason}") from error
        except BaseException:  # Ctrl-C while the files are being opened
            self.discard()
            raise

    def write(self, name: str, data: bytes) -> None:
        """Appends bytes to a file.

        Raises:
            SscMelodyError: The disk is full, or gone.
        """
        try:
            self._open[name].write(data)
        except OSError as error:
            raise SscMelodyError(f"cannot write to {self.folder}: {error.strerror}") from error

    def commit(self) -> None:
        """Closes the files and gives them their names, replacing older ones.

        Raises:
            SscMelodyError: A file cannot be completed; then none is replaced.
        """
        mask = os.umask(0o022)
        os.umask(mask)
        try:
            for file in self._open.values():
                file.close()
            for name, path in list(self._temporary.items()):
                os.chmod(path, 0o666 & ~mask)
                os.replace(path, self.folder / name)
                del self._temporary[name]
        except OSError as error:
            raise SscMelodyError(f"cannot write to {self.folder}: {error.strerror}") from error

    def discard(self) -> None:
        """Removes what is not in place."""
        for file in self._open.values():
            with contextlib.suppress(OSError):
                file.close()
        for path in self._temporary.values():
            with contextlib.suppress(OSError):
                os.unlink(path)
        self._temporary.clear()

    def __enter__(self) -> Output:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()
