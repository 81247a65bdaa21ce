"""What an input means: a stream of sources (files, members of archives, records) and of problems.

Nothing is read here but names, sizes and the records of TFRecord files, and nothing is kept: a
corpus may have any size. The order is that of the names, whatever the file system says. Archives
are never unpacked to disk, so a member called `../x` is just a name.

Left out: archives inside archives, and archives other than zip (both are reported).
"""

from __future__ import annotations

import functools
import glob
import os
import re
import stat
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ssc_melody import files
from ssc_melody.errors import DataError, FormatError, printable
from ssc_melody.formats import tfrecord
from ssc_melody.formats.archive import is_bomb, open_archive, read_member
from ssc_melody.midi.read import is_midi

SCORES = (".abc", ".xml", ".musicxml", ".mxl", ".krn", ".mei")
MIDI = (".mid", ".midi", ".kar", ".smf", ".rmi")
MUSIC = (*MIDI, *SCORES)
RECORDS = (".tfrecord", ".tfrecords")
ARCHIVE = ".zip"
OTHER_ARCHIVES = (".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")

MAX_MEMBER_BYTES = 64 * 2**20

SCORE_WORK = 2
"""A score takes as long as this many MIDI files."""


class Source(NamedTuple):
    """Something to read a piece (or several) from.

    Attributes:
        name: What reports call it: the path below the input.
        path: The file.
        member: Name of the member of an archive, or "".
        record: A record, whose checksum the reader compares, or None.
    """

    name: str
    path: str
    member: str = ""
    record: tfrecord.Frame | None = None

    @property
    def work(self) -> int:
        """How long it takes, a MIDI file being 1."""
        is_score = (self.member or self.path).lower().endswith(SCORES)
        return SCORE_WORK if is_score and self.record is None else 1


class Problem(NamedTuple):
    """Something that cannot be read, and why; `ignored` if it is not music at all."""

    name: str
    reason: str
    ignored: bool = False


Found = Source | Problem


class _Walked:
    """The folders that were read, and the one whose files of ours are skipped."""

    def __init__(self, output: str | os.PathLike[str] | None) -> None:
        self.seen: set[tuple[int, int]] = set()
        self._output = None
        if output is not None and os.path.isdir(output):
            self._output = self._number(output)

    @staticmethod
    def _number(folder: str | os.PathLike[str]) -> tuple[int, int]:
        info = os.stat(folder)
        return info.st_dev, info.st_ino

    def enter(self, folder: str) -> list[str] | None:
        """Returns a folder's entries, but for our own files; None where it was read already."""
        number = self._number(folder)
        if number in self.seen:
            return None
        self.seen.add(number)
        entries = sorted(os.listdir(folder))
        if number == self._output:
            return [entry for entry in entries if not _OWN_FILES.match(entry)]
        return entries


_OWN_FILES = re.compile(
    r"(training|eval)_(melodies|lead_sheets)\.(tfrecord|events|pieces)|report(_files)?\.jsonl?$"
    r"|\.((training|eval)_(melodies|lead_sheets)|report|report_files|beam)\."
)
"""What a data set's folder holds: the sets (their shards too), reports, files being written."""

_DATA_SET = re.compile(
    rb'.{12}(\{"format": "ssc_melody (?:events|lead sheets)"|.{,12}\x0a\x06(inputs|labels)\x12)',
    re.DOTALL,
)
"""How a TFRecord file of events begins, or one of SequenceExamples."""


def find(
    inputs: Sequence[str],
    skip: str | os.PathLike[str] | None = None,
    counting: bool = False,
) -> Iterator[Found]:
    """Yields all that the inputs hold.

    Args:
        inputs: Files, folders, zip archives (or folders in them, a.zip/folder), TFRecord files or
            glob patterns (`**` for any depth).
        skip: The output folder: files of a data set in it are not read.
        counting: Skip over the bytes of records, to learn their number only.

    Raises:
        DataError: An input does not exist, or a pattern matches nothing.
    """
    seen = _Walked(skip)
    for found in _find_all(inputs, seen, counting):
        yield found._replace(name=printable(found.name))  # a name may hold bytes that are not text


def _find_all(inputs: Sequence[str], seen: _Walked, counting: bool) -> Iterator[Found]:
    for text in inputs:
        path = os.path.expanduser(text)
        if os.path.lexists(path):
            yield from _find(path, os.path.basename(os.path.abspath(path)), seen, True, counting)
            continue
        if inside := _inside(path):
            archive, folder = inside
            yield from _members(archive, os.path.basename(archive), folder)
            continue
        matches = sorted(glob.iglob(path, recursive=True)) if glob.has_magic(path) else []
        if not matches:
            near = "" if glob.has_magic(path) else files.near_names(Path(path))
            raise DataError(f"input: nothing found at {text}{near}")
        for match in matches:
            if not os.path.isdir(match):  # `**` lists what is in a folder, too
                yield from _find(match, match, seen, False, counting)


def _find(path: str, name: str, seen: _Walked, named: bool, counting: bool) -> Iterator[Found]:
    """Yields what one path holds; `named` if the user wrote this very path."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            yield from _walk(path, "", seen, counting)
        elif not files.is_regular(path):
            yield Problem(name, "is a device or a pipe, not a file")
        else:
            yield from _find_in_file(path, name, named, counting)
    except OSError as error:
        yield Problem(name, f"cannot be read: {error.strerror or error}")


def _walk(folder: str, prefix: str, seen: _Walked, counting: bool) -> Iterator[Found]:
    """Yields what is below a folder; no folder is visited twice, so links cannot make a loop."""
    entries = seen.enter(folder)
    if entries is None:
        yield Problem(prefix or folder, "was read already", True)
        return
    for entry in entries:
        path, name = os.path.join(folder, entry), f"{prefix}{entry}"
        try:
            if os.path.isdir(path):
                yield from _walk(path, f"{name}/", seen, counting)
            else:
                yield from _find(path, name, seen, False, counting)
        except OSError as error:
            yield Problem(name, f"cannot be read: {error.strerror or error}")


def _find_in_file(path: str, name: str, named: bool, counting: bool) -> Iterator[Found]:
    extension = os.path.splitext(path)[1].lower()
    if extension in MUSIC:
        yield Source(name, path)
        return
    with open(path, "rb") as file:
        head = file.read(64)
    if _DATA_SET.match(head) or (not head and _OWN_FILES.match(os.path.basename(path))):
        train = f"ssc_melody_train --sequence_example_file={path}"
        yield Problem(name, f"is already a data set; to train on it: {train}")
    elif tfrecord.is_tfrecord(head):
        if counting:
            yield from (Source(name, path) for _ in range(tfrecord.count_records(path)))
        else:
            yield from _records(path, name)
    elif extension == ARCHIVE or (named and head.startswith(b"PK\x03\x04")):
        yield from _members(path, name)
    elif is_midi(head) or (named and head.lstrip().startswith((b"X:", b"<?xml"))):
        yield Source(name, path)
    elif extension in OTHER_ARCHIVES:
        yield Problem(name, f"is an archive other than {ARCHIVE}: unpack it first")
    elif extension in RECORDS:
        found = files.looks_like(head) or ("an empty file" if not head else "other bytes")
        yield Problem(name, f"expected TFRecords, found {found}")
    else:
        found = files.looks_like(head) or f"a file {extension or 'without extension'}"
        yield Problem(name, f"no music: {found}; expected {' '.join(MUSIC)}", ignored=not named)


def _records(path: str, name: str) -> Iterator[Found]:
    for number, record in enumerate(tfrecord.scan_frames(path), start=1):
        record_name = f"{name}#{number}"
        if isinstance(record, FormatError):
            yield Problem(record_name, str(record))
        else:
            yield Source(record_name, path, record=record)


def _inside(path: str) -> tuple[str, str] | None:
    """Returns the archive and the folder in it that a path such as a.zip/folder means."""
    archive = Path(path)
    while archive.name and not archive.exists():
        archive = archive.parent
    if archive.suffix.lower() != ARCHIVE or not archive.is_file():
        return None
    return str(archive), Path(path).relative_to(archive).as_posix()


def _members(path: str, name: str, folder: str = "") -> Iterator[Found]:
    """Yields the members of a zip archive (of a folder in it), or why they are not read.

    Raises:
        DataError: There is no such folder in it.
    """
    try:
        archive = opened_archive(path)
    except (OSError, FormatError) as error:
        yield Problem(name, str(error))
        return
    members, packed = archive.infolist(), os.path.getsize(path)
    if is_bomb(members, packed, MAX_MEMBER_BYTES):
        total = sum(info.file_size for info in members)
        yield Problem(name, f"refused: its {packed} bytes unpack to {total} (a zip bomb?)")
        return
    if folder:
        members = [info for info in members if f"{info.filename}/".startswith(f"{folder}/")]
        if not members:
            raise DataError(f"input: {path} has no folder or file {folder}")
    for info in sorted(members, key=lambda info: info.filename):
        if not info.filename.endswith("/"):
            yield _member(archive, info, path, f"{name}/{info.filename}")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, name: str) -> Found:
    extension = os.path.splitext(info.filename)[1].lower()
    if extension == ARCHIVE:
        return Problem(name, "is an archive within an archive; unpack the outer one")
    if os.path.basename(info.filename).startswith("._"):
        return Problem(name, "no music: a note of macOS about another file", ignored=True)
    if extension not in MUSIC:
        try:
            head = read_member(archive, info, sys.maxsize, up_to=12)
        except FormatError:
            head = b""
        if not is_midi(head):
            named = f"a file {extension or 'without extension'}"
            return Problem(name, f"no music: {named}", ignored=True)
    if info.file_size > MAX_MEMBER_BYTES:
        return Problem(name, f"expected at most {MAX_MEMBER_BYTES} bytes, found {info.file_size}")
    return Source(name, path, info.filename)


def opened_archive(path: str) -> zipfile.ZipFile:
    """Returns an archive, opened once for all its members.

    Raises:
        FormatError: It is not a readable zip archive.
        OSError: It cannot be opened.
    """
    return _opened_archive(path, os.stat(path).st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _opened_archive(path: str, changed: int) -> zipfile.ZipFile:
    return open_archive(path)


class Amount(NamedTuple):
    """How many there are, those that cannot be read too, and how long they take (MIDI file: 1)."""

    sources: int
    work: int


def measure(inputs: Sequence[str], skip: str | os.PathLike[str] | None = None) -> Amount:
    """Returns how much there is to do (for a progress line); records are not read.

    Raises:
        DataError: As `find`.
    """
    sources = work = 0
    for found in find(inputs, skip, counting=True):
        sources += 1
        work += found.work if isinstance(found, Source) else 0
    return Amount(sources, work)
