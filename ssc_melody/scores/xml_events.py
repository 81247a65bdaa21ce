"""XML read piece by piece, safely: no tree of the whole file, no entities, no network.

Built on the standard library's expat. A file is a few containers (score, part, measure) with small
records in them (note, attributes): a container is told when it begins and ends, a record is handed
over as an element with its children once it is complete, anything else is skipped. Names are given
without the prefix that the root has; elements with another prefix are of other vocabularies.

A document type that only names its DTD is passed over unread; one that declares anything itself is
refused, since its entities and default attributes let a small file grow without limit.

Left out: comments, processing instructions, text between records (MusicXML has none).
"""

from __future__ import annotations

from typing import Protocol
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from ssc_melody.errors import DataError
from ssc_melody.scores.xml_text import to_utf8

MAX_BYTES = 64 * 2**20
MAX_ELEMENTS = 2_500_000  # the largest of 2,370 real files has 134,000
MAX_DEPTH = 100
MAX_RECORD_BYTES = 2**20  # of a record, and of a single tag; a note has five hundred
_BLOCK = 2**16


class Handler(Protocol):
    """What is interested in a file.

    Attributes:
        containers: Names of elements that are entered, if what they lie in is one.
        records: Names of elements that are handed over, if they lie in a container.
    """

    containers: frozenset[str]
    records: frozenset[str]

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Told that a container begins; the first is the root, whatever its name."""

    def end(self, tag: str) -> None:
        """Told that a container ends."""

    def record(self, element: Element) -> None:
        """Given a record, to be used before the next comes."""


def child_text(element: Element, tag: str) -> str:
    """Returns the text of the first child of a name, stripped, or ""."""
    return (element.findtext(tag) or "").strip()


def parse(data: bytes, handler: Handler) -> str:
    """Reads an XML file.

    Returns:
        A warning about its encoding, or "".

    Raises:
        DataError: It is not well-formed, declares entities, or is larger or deeper than a score.
    """
    if len(data) > MAX_BYTES:
        raise DataError(f"expected at most {MAX_BYTES} bytes of XML, found {len(data)}")
    data, warning = to_utf8(data)
    if not data.startswith(b"<"):
        raise DataError("expected XML (a first character <), found something else")
    _Parser(handler).feed(data)
    return warning


class _Parser:
    """The state of a reading, which is what expat calls: outside, in a record, in what is skipped.

    Records are built in C, as children of one holder that is emptied after each.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.expat = expat.ParserCreate("utf-8")
        self.expat.buffer_text = True
        self.expat.StartDoctypeDeclHandler = self._doctype
        self.builder = TreeBuilder()
        self.holder = self.builder.start("holder", {})
        self.record: Element | None = None
        self.record_start = 0
        self.prefix: str | None = None
        self.elements = 0
        self.containers: list[str] = []
        self.skipped = 0  # how deep it is in what is skipped
        self._go_outside()

    def feed(self, data: bytes) -> None:
        """Reads the whole of a file."""
        parser = self.expat
        try:
            for start in range(0, len(data), _BLOCK):
                parser.Parse(data[start : start + _BLOCK], False)
                since = self.record_start if self.record is not None else parser.CurrentByteIndex
                if start - since > MAX_RECORD_BYTES:
                    raise DataError(f"expected elements of at most {MAX_RECORD_BYTES} bytes")
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            reason = expat.errors.messages.get(error.code, "damaged")
            where = f"line {error.lineno}, column {error.offset + 1}"
            raise DataError(f"not well-formed XML: {reason} in {where}") from error

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal:
            raise DataError("refused: its <!DOCTYPE ... [...]> has declarations of its own")

    def _go_outside(self) -> None:
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.prefix is None:
            self.prefix = tag[: tag.find(":") + 1]
        tag = tag.removeprefix(self.prefix)
        if tag in self.handler.records and self.containers:
            self.record = self.builder.start(tag, attributes)
            self.record_start = self.expat.CurrentByteIndex
            self.expat.StartElementHandler = (
                self._start_prefixed if self.prefix else self.builder.start
            )
            self.expat.EndElementHandler = self._end_in_record
            self.expat.CharacterDataHandler = self.builder.data
        elif tag in self.handler.containers or not self.containers:
            self.containers.append(tag)
            self._check_depth(len(self.containers))
            self.handler.begin(tag, attributes)
        else:
            self.skipped = 1
            self.expat.StartElementHandler = self._start_skipped
            self.expat.EndElementHandler = self._end_skipped

    def _end(self, tag: str) -> None:
        self._count()
        self.handler.end(self.containers.pop())

    def _start_prefixed(self, tag: str, attributes: dict[str, str]) -> None:
        self.builder.start(tag.removeprefix(self.prefix or ""), attributes)

    def _end_in_record(self, tag: str) -> None:
        self.elements += 1
        record = self.builder.end(tag)
        if record is self.record:
            self._count()
            self.record = None
            self._go_outside()
            self.handler.record(record)
            self.holder.clear()

    def _start_skipped(self, tag: str, attributes: dict[str, str]) -> None:
        self.skipped += 1
        self._check_depth(self.skipped)

    def _end_skipped(self, tag: str) -> None:
        self._count()
        self.skipped -= 1
        if not self.skipped:
            self._go_outside()

    def _count(self) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise DataError(f"expected at most {MAX_ELEMENTS} elements, found more")

    @staticmethod
    def _check_depth(depth: int) -> None:
        if depth > MAX_DEPTH:
            raise DataError(f"expected elements at most {MAX_DEPTH} deep, found deeper ones")
