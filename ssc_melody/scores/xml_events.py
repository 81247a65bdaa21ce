"""XML read piece by piece, safely: no tree of the whole file, no entities, no network.

Built on the standard library's expat. A file is a few containers (score, part, measure) with small
records in them (note, attributes): a container is told when it begins and ends, a record is handed
over as a small tree once it is complete, anything else is skipped. Names are compared without the
prefix that the root has; elements with another prefix belong to other vocabularies.

A document type that only names its DTD is passed over unread; one that declares anything itself is
refused, since its entities and default attributes let a small file grow without limit.

Left out: comments, processing instructions, text between elements (MusicXML has none).
"""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

from ssc_melody.errors import DataError
from ssc_melody.scores.xml_text import to_utf8

MAX_BYTES = 64 * 2**20
MAX_ELEMENTS = 4_000_000  # a symphony has a quarter of that
MAX_RECORD = 10_000  # elements in a record; a note has twenty
MAX_DEPTH = 100
MAX_TEXT = 1000  # characters of an element that are kept
_BLOCK = 2**16
_MAX_TOKEN = 2**20  # bytes of one tag, comment or the like


class Element:
    """An element of a record: its name without prefix, attributes, text and children."""

    __slots__ = ("attributes", "children", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.text = ""
        self.children: list[Element] = []

    def child(self, tag: str) -> Element | None:
        """Returns the first child of a name."""
        for child in self.children:
            if child.tag == tag:
                return child
        return None

    def child_text(self, tag: str) -> str:
        """Returns the text of the first child of a name, stripped, or ""."""
        child = self.child(tag)
        return child.text.strip() if child is not None else ""


class Handler(Protocol):
    """What is interested in a file.

    Attributes:
        containers: Names of elements that are entered, if what they lie in is one.
        records: Names of elements that are handed over, if they lie in a container.
        pruned: Names of elements that are left out of records.
    """

    containers: frozenset[str]
    records: frozenset[str]
    pruned: frozenset[str]

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Told that a container begins; the first is the root, whatever its name."""

    def end(self, tag: str) -> None:
        """Told that a container ends."""

    def record(self, element: Element) -> None:
        """Given a record."""


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
    parser = _Parser(handler).expat
    try:
        for start in range(0, len(data), _BLOCK):
            parser.Parse(data[start : start + _BLOCK], False)
            if start + _BLOCK - parser.CurrentByteIndex > _MAX_TOKEN:
                raise DataError(f"expected tags below {_MAX_TOKEN} bytes, found a longer one")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "damaged")
        where = f"line {error.lineno}, column {error.offset + 1}"
        raise DataError(f"not well-formed XML: {reason} in {where}") from error
    return warning


class _Parser:
    """The state of a reading: how deep it is, in containers, in a record or in what is skipped."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.expat = expat.ParserCreate("utf-8")
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._text
        self.expat.StartDoctypeDeclHandler = self._doctype
        self.prefix: str | None = None
        self.elements = 0
        self.containers: list[str] = []
        self.stack: list[Element] = []  # of the record being built
        self.size = 0  # of that record
        self.skipped = 0  # depth below what is skipped, that included

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal:
            raise DataError("refused: its <!DOCTYPE ... [...]> has declarations of its own")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise DataError(f"expected at most {MAX_ELEMENTS} elements, found more")
        if self.skipped:
            self.skipped += 1
            if self.skipped > MAX_DEPTH:
                self._too_deep()
            return
        if self.prefix is None:
            self.prefix = tag[: tag.find(":") + 1]
        if self.prefix and tag.startswith(self.prefix):
            tag = tag[len(self.prefix) :]
        if self.stack:
            self._start_in_record(tag, attributes)
        elif tag in self.handler.records and self.containers:
            self.stack.append(Element(tag, attributes))
            self.size = 1
        elif tag in self.handler.containers or not self.containers:
            self.containers.append(tag)
            if len(self.containers) > MAX_DEPTH:
                self._too_deep()
            self.handler.begin(tag, attributes)
        else:
            self.skipped = 1

    def _start_in_record(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in self.handler.pruned:
            self.skipped = 1
            return
        stack = self.stack
        element = Element(tag, attributes)
        stack[-1].children.append(element)
        stack.append(element)
        self.size += 1
        if self.size > MAX_RECORD:
            raise DataError(f"<{stack[0].tag}> has over {MAX_RECORD} elements; expected fewer")
        if len(stack) > MAX_DEPTH:
            self._too_deep()

    def _end(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= 1
        elif not self.stack:
            self.handler.end(self.containers.pop())
        elif len(self.stack) == 1:
            self.handler.record(self.stack.pop())
        else:
            self.stack.pop()

    def _text(self, text: str) -> None:
        if self.stack and not self.skipped:
            element = self.stack[-1]
            if len(element.text) < MAX_TEXT:
                element.text += text[:MAX_TEXT]

    @staticmethod
    def _too_deep() -> None:
        raise DataError(f"expected elements at most {MAX_DEPTH} deep, found deeper ones")
