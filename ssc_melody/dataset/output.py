"""The files of a data set: written under temporary names, renamed when all are whole.

The temporary files lie in the output folder itself (a rename is then one step) and begin with a
dot. An interrupted run removes them and leaves an older data set as it was.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ssc_melody.errors import SscMelodyError


class Output:
    """A context in which the named files of a folder are written; `commit` puts them in place."""

    def __init__(self, folder: str | os.PathLike[str], names: Iterable[str]) -> None:
        """Opens nothing yet.

        Args:
            folder: Is made where needed.
            names: Names of the files.
        """
        self.folder = Path(folder)
        self._names = list(names)
        self._open: dict[str, BinaryIO] = {}
        self._temporary: dict[str, Path] = {}

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
        try:
            for file in self._open.values():
                file.close()
            for name, path in list(self._temporary.items()):
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
        """Opens the temporary files.

        Raises:
            SscMelodyError: The folder cannot be written to.
        """
        try:
            self._make()
            return self
        except (OSError, ValueError) as error:
            self.discard()
            reason = getattr(error, "strerror", None) or str(error)
            raise SscMelodyError(f"cannot write to {self.folder}: {reason}") from error
        except BaseException:  # Ctrl-C while the files are being opened
            self.discard()
            raise

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self._names:
            # Noted before it exists: Ctrl-C may come between any two lines.
            self._temporary[name] = self.folder / f".{name}.{secrets.token_hex(6)}"
            self._open[name] = open(self._temporary[name], "xb")  # noqa: SIM115 (see discard)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    def __del__(self) -> None:
        """Removes the files where Ctrl-C came just before `__exit__` would have done so."""
        if hasattr(self, "_temporary"):
            self.discard()
