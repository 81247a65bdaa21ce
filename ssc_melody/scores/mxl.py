"""Compressed MusicXML (.mxl): a zip archive whose META-INF/container.xml names the score.

Members are read in blocks and only as far as a score may go, whatever size the archive claims;
methods other than stored and deflated (MusicXML allows no others) and encrypted members are
refused.

Left out: the other root files (a PDF of the score, parts). Where the container is missing or names
nothing that is there, the first score of the archive is read.

Follows: MusicXML 4.0, "Compressed .MXL files".
"""

from __future__ import annotations

import io
import posixpath
import urllib.parse
import zipfile
import zlib
from xml.etree.ElementTree import Element

from ssc_melody.errors import DataError, printable
from ssc_melody.scores import xml_events

MAGIC = b"PK\x03\x04"
_CONTAINER = "META-INF/container.xml"
_MAX_MEMBERS = 10_000
_MAX_CONTAINER = 2**20
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip archive's directory
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TYPES = ("", "application/vnd.recordare.musicxml+xml", "application/vnd.recordare.musicxml")


def unpack(data: bytes) -> bytes:
    """Returns the score of a compressed MusicXML file.

    Raises:
        DataError: The archive is damaged, has no score, or one that is too large.
    """
    if data.count(_ENTRY) > _MAX_MEMBERS:
        raise DataError(f"expected an archive of at most {_MAX_MEMBERS} files, found more")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive, _score(archive), xml_events.MAX_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise DataError(f"damaged .mxl archive: {_reason(error)}") from error
    except (NotImplementedError, RuntimeError, OverflowError) as error:
        raise DataError(f"cannot unpack the .mxl archive: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return printable(str(error)[:100])


def _score(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Returns the member that is the score."""
    files = [info for info in archive.infolist() if not info.filename.endswith("/")]
    members = {_plain(info.filename): info for info in files}
    for path in _root_files(archive, members):
        for candidate in (_plain(path), _plain(urllib.parse.unquote(path))):
            if candidate in members:
                return members[candidate]
    for name, info in members.items():
        if name.endswith((".xml", ".musicxml")) and not name.startswith("meta-inf/"):
            return info
    raise DataError("expected a score (.xml or .musicxml) in the .mxl archive, found none")


def _plain(path: str) -> str:
    """Returns a path in the one spelling by which members are compared."""
    return posixpath.normpath(path.replace("\\", "/")).lstrip("/").lower()


def _root_files(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> list[str]:
    info = members.get(_plain(_CONTAINER))
    if info is None:
        return []
    found = _RootFiles()
    try:
        xml_events.parse(_read(archive, info, _MAX_CONTAINER), found)
    except DataError:
        return []  # as without one
    return found.paths


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """Unpacks a member."""
    if info.compress_type not in _METHODS:
        raise DataError(
            "expected a stored or deflated score in the .mxl archive, found one packed with "
            f"method {info.compress_type}"
        )
    if info.flag_bits & 1:
        raise DataError("the archive is encrypted; expected one without a password")
    with archive.open(info) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise DataError(f"refused: {info.filename[:100]!r} unpacks to over {most} bytes")
    return data


class _RootFiles:
    """Collects the paths of the MusicXML files that a container names, in its order."""

    containers = frozenset({"container", "rootfiles"})
    records = frozenset({"rootfile"})

    def __init__(self) -> None:
        self.paths: list[str] = []

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Takes no interest."""

    def end(self, tag: str) -> None:
        """Takes no interest."""

    def record(self, element: Element) -> None:
        """Notes a root file."""
        if element.get("media-type", "") in _TYPES:
            self.paths.append(element.get("full-path", ""))
