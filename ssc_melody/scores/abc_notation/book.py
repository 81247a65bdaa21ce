"""An ABC file as text: its characters, its lines, its tunes, and what each line is.

Follows sections 2 and 3.3 of the ABC standard 2.1. A tune goes from its line `X:` to the first
empty line or the next `X:`; everything else is text. The file header is all that stands before
the first `X:`, empty lines in it included.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_CHARSET = re.compile(rb"^(?:%%|I:)\s*abc-charset\s+([\w-]{1,20})", re.MULTILINE)
_CHARSETS = ("utf-8", "ascii", "cp1252", "mac-roman", *(f"iso8859-{i}" for i in range(1, 17)))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMENT = re.compile(r"(?<!\\)%.*", re.DOTALL)
_BLOCK = re.compile(r"%%begin(\w{1,20})")
_HEAD_FIELD = re.compile(r"\s*([A-Za-z+])\s?:")
_BODY_FIELD = re.compile(r"\s*([A-Zdmrsw+])\s?:(?![:|])")


class Line(NamedTuple):
    """A line that says something: a field's letter, '%' (a directive) or '' (music); its text."""

    kind: str
    text: str


def decode(data: bytes) -> str:
    """Returns the text of a file: UTF-8 where it is that, else as it declares, else Latin-1."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace").replace("\ufeff", "")
    try:
        return data.decode("utf-8").replace("\ufeff", "")
    except UnicodeDecodeError:
        return data.decode(_declared_charset(data), errors="replace")


def _declared_charset(data: bytes) -> str:
    declared = _CHARSET.search(data)
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name if declared else ""
    except (LookupError, UnicodeDecodeError):
        name = ""
    return name if name in _CHARSETS and name != "utf-8" else "latin-1"


def split_lines(text: str) -> list[str]:
    """Returns the lines of a text whose lines end in LF, CRLF, LFCR or CR."""
    if "\r" in text:
        text = re.sub(r"\r+\n", "\n", text).replace("\n\r", "\n").replace("\r", "\n")
    return text.split("\n")


def split_tunes(lines: list[str]) -> tuple[list[str], list[tuple[int, int]]]:
    """Returns the lines before the first tune, and where those of each begin and end."""
    starts = [i for i, line in enumerate(lines) if line.startswith("X:")]
    spans = list(itertools.pairwise([*starts, len(lines)]))
    return lines[: starts[0]] if starts else lines, spans


def _said(lines: Iterable[str], stop_at_blank: bool) -> Iterator[str]:
    """Yields the lines that are not blank, a comment or within %%begin... and %%end..."""
    block = ""
    for line in lines:
        if block:
            if line.startswith(block):
                block = ""
            continue
        if line.startswith("%"):
            begin = _BLOCK.match(line)
            if begin:
                block = "%%end" + begin[1]
            elif line.startswith("%%"):
                yield line
            continue
        if line and not line.isspace():
            yield line
        elif stop_at_blank:
            return


def _kind(line: str, field: re.Pattern[str]) -> Line:
    if line.startswith("%%"):
        return Line("%", line[2:].strip())
    text = _COMMENT.sub("", line) if "%" in line else line
    found = field.match(text)
    if not found:
        return Line("", text)
    return Line(found[1], text[found.end() :].strip().removesuffix("\\").rstrip())


class TuneLines:
    """The lines of a tune, one after another; those of the body are read otherwise than the head's.

    Iterating yields what is said; a field that `+:` goes on with is one line.
    """

    def __init__(self, lines: Iterable[str], file_header: bool = False) -> None:
        self._lines = _said(lines, stop_at_blank=not file_header)
        self.in_body = False

    def __iter__(self) -> Iterator[Line]:
        waiting: Line | None = None
        more: list[str] = []
        for text in self._lines:
            line = _kind(text, _BODY_FIELD if self._body_after(waiting) else _HEAD_FIELD)
            if line.kind == "+":
                more.append(line.text)
                continue
            if waiting:
                yield Line(waiting.kind, " ".join([waiting.text, *more]))
            waiting, more = line, []
        if waiting:
            yield Line(waiting.kind, " ".join([waiting.text, *more]))

    def _body_after(self, waiting: Line | None) -> bool:
        """Tells whether the next line belongs to the body; the first K: ends the head."""
        self.in_body = self.in_body or bool(waiting and waiting.kind == "K")
        return self.in_body
