"""The Roman-numeral analysis that lies beside a score: in its folder, or in its archive's.

One of the score's own name counts first ("song.mxl", "song.rntxt"), then analysis.rntxt, then the
only .rntxt there, if the folder has no other score that it could be of.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable

from ssc_melody import files
from ssc_melody.dataset.inputs import SCORES, Source, opened_archive
from ssc_melody.errors import DataError, FormatError
from ssc_melody.formats.archive import read_member
from ssc_melody.scores.roman_text import MAX_BYTES

SUFFIX = ".rntxt"
_PREFERRED = "analysis"


def analysis_of(source: Source) -> str:
    """Returns the text of the analysis beside a score, "" where there is none or it is unreadable.

    Args:
        source: Where the score is.
    """
    folder, name = os.path.split(source.member or source.path)
    if not name.lower().endswith(SCORES):
        return ""
    try:
        if not source.member:
            there = folder or "."
            found = _choose(name, _entries(there, os.stat(there).st_mtime_ns))
            path = os.path.join(folder, found)
            return _text(files.read_bytes(path, DataError, MAX_BYTES)) if found else ""
        found = _choose(name, _members(source.path, os.stat(source.path).st_mtime_ns)[folder])
        archive = opened_archive(source.path)
        info = archive.getinfo(f"{folder}/{found}".lstrip("/")) if found else None
        return _text(read_member(archive, info, MAX_BYTES)) if info else ""
    except (OSError, KeyError, DataError, FormatError):
        return ""


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _choose(score: str, names: Iterable[str]) -> str:
    """Returns the analysis of a score among the names in its folder, or ""."""
    there = sorted(names)
    found = [name for name in there if name.lower().endswith(SUFFIX)]
    for stem in (os.path.splitext(score)[0], _PREFERRED):
        if stem + SUFFIX in found:
            return stem + SUFFIX
    scores = sum(name.lower().endswith(SCORES) for name in there)
    return found[0] if len(found) == 1 and scores == 1 else ""


@functools.lru_cache(maxsize=4)
def _entries(folder: str, changed: int) -> tuple[str, ...]:
    return tuple(os.listdir(folder))


@functools.lru_cache(maxsize=4)
def _members(path: str, changed: int) -> dict[str, list[str]]:
    """Returns the names in each folder of an archive."""
    folders: dict[str, list[str]] = {}
    for name in opened_archive(path).namelist():
        folder, _, base = name.rpartition("/")
        folders.setdefault(folder, []).append(base)
    return folders
