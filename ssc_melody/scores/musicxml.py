"""MusicXML scores, plain or compressed, read without any library: notes as they sound.

One part for each staff on which notes sound: the right and the left hand of a piano are two. Ties
hold over bars and voices. Repeats are not played out: each bar sounds once, as written.

Follows: MusicXML 4.0 (W3C Community Group Report), partwise and timewise; older versions are parts
of it. What each module leaves out stands at its beginning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from xml.etree.ElementTree import Element

from ssc_melody.errors import DataError, printable
from ssc_melody.scores import mxl, ties, xml_events
from ssc_melody.scores.score import (
    Score,
    ScoreChord,
    ScoreKey,
    ScoreNote,
    ScoreTempo,
    shared_out,
)
from ssc_melody.scores.ties import TiedNote, WrittenNote
from ssc_melody.scores.xml_bars import Bars
from ssc_melody.scores.xml_events import child_text
from ssc_melody.scores.xml_part import RECORDS, START, STOP, Mark, PartReader, Value

MAX_PARTS = 1000
MAX_BARS = 150_000  # of all parts together; a quartet of Beethoven has 3,000
MAX_NAME = 200  # characters of a title or a name
_ROOTS = ("score-partwise", "score-timewise")


def read_musicxml(data: bytes, name: str) -> Score:
    """Reads a MusicXML file, plain (.xml, .musicxml) or compressed (.mxl).

    Args:
        data: The file's bytes.
        name: What messages call it.

    Raises:
        DataError: It is damaged, no MusicXML, or larger than a score is.
    """
    reader = ScoreReader()
    try:
        if data.startswith(mxl.MAGIC):
            data = mxl.unpack(data)
        warning = xml_events.parse(data, reader)
        return reader.score([warning] if warning else [])
    except DataError as error:
        raise DataError(f"{name}: {error}") from error


class ScoreReader:
    """Hands the records of a file to the readers of its parts."""

    containers = frozenset({*_ROOTS, "part", "measure", "part-list", "work", "credit"})
    records = RECORDS | {"score-part", "work-title", "movement-title"}

    def __init__(self) -> None:
        self.parts: list[PartReader] = []
        self.names: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self.warnings: Counter[str] = Counter()
        self._root = ""
        self._by_id: dict[str, PartReader] = {}  # timewise only
        self._part: PartReader | None = None
        self._bar = -1
        self._bars = 0  # of all parts
        self._implicit = False

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Enters the root, a part or a bar."""
        if not self._root:
            self._check_root(tag)
        elif tag == "part":
            self._begin_part(attributes.get("id", ""))
        elif tag == "measure":
            self._bar += 1
            self._bars += 1
            if self._bars > MAX_BARS:
                raise DataError(f"expected at most {MAX_BARS} bars in all parts, found more")
            self._implicit = attributes.get("implicit") == "yes"
            if self._part is not None:
                self._part.begin_bar(self._bar, self._implicit)

    def _check_root(self, tag: str) -> None:
        if tag not in _ROOTS:
            found = printable(tag[:50])
            raise DataError(f"expected MusicXML (<score-partwise> or -timewise), found <{found}>")
        self._root = tag

    def _begin_part(self, part_id: str) -> None:
        timewise = self._root == "score-timewise"
        part = self._by_id.get(part_id) if timewise else None
        if part is None:
            if len(self.parts) == MAX_PARTS:
                raise DataError(f"expected at most {MAX_PARTS} parts, found more")
            part = PartReader(part_id, self.warnings)
            self.parts.append(part)
        if timewise:
            self._by_id[part_id] = part
            part.begin_bar(max(self._bar, 0), self._implicit)
        else:
            self._bar = -1
        self._part = part

    def end(self, tag: str) -> None:
        """Leaves a part."""
        if tag == "part":
            self._part = None

    def record(self, element: Element) -> None:
        """Takes a note, an attribute, a name or a title."""
        if element.tag == "score-part":
            self.names[element.get("id", "")] = _part_name(element)
        elif element.tag.endswith("-title"):
            self.titles.setdefault(element.tag, _line(element.text))
        elif self._part is not None and self._bar >= 0:
            self._part.record(element)

    def score(self, warnings: list[str]) -> Score:
        """Returns what was read, once the file is at its end."""
        bars = Bars(self.parts, self.warnings)
        notes, part_names = self._notes(bars)
        tempos = dict(_placed([part.tempos for part in self.parts], bars))  # the first part's stay
        keys = _placed([part.keys for part in self.parts], bars, only_first=True)
        marks = _placed([part.chords for part in self.parts], bars)
        chords = [ScoreChord(*mark) for mark in dict.fromkeys(marks)]
        end = max(bars.end, max((note.end for note in notes), default=0))
        titles = [t for t in (self.titles.get(f"{k}-title") for k in ("work", "movement")) if t]
        return Score(
            title=": ".join(dict.fromkeys(titles)),
            notes=notes,
            part_names=part_names,
            metres=bars.metres,
            tempos=[ScoreTempo(tick, qpm) for tick, qpm in sorted(tempos.items())],
            keys=_changes(ScoreKey(tick, *key) for tick, key in keys),
            chords=shared_out(chords, notes, end),
            pickup=bars.pickup,
            end=end,
            warnings=warnings + [f"{text} ({n}x)" for text, n in self.warnings.items()],
        )

    def _notes(self, bars: Bars) -> tuple[list[ScoreNote], list[str]]:
        """Returns the notes and names of all parts, one for each staff that sounds."""
        notes: list[ScoreNote] = []
        names: list[str] = []
        for index, part in enumerate(self.parts):
            tied = _tied(part, index, bars)
            staffs = sorted({note.staff for note in tied}) or [1]
            first = len(names)
            place = {staff: first + i for i, staff in enumerate(staffs)}
            names += [self.names.get(part.part_id, "")] * len(staffs)
            notes += [ScoreNote(n.pitch, n.start, n.end, place[n.staff]) for n in tied]
        notes.sort(key=lambda note: (note.part, note.start, note.pitch))
        return notes, names


def _tied(part: PartReader, index: int, bars: Bars) -> list[TiedNote]:
    return ties.join(
        WrittenNote(
            bars.tick(index, bar, start),
            bars.tick(index, bar, end),
            pitch,
            staff,
            voice,
            bool(tie & STOP),
            bool(tie & START),
        )
        for bar, start, end, pitch, staff, voice, tie in part.segments
    )


def _placed(
    marks_of_parts: list[list[Mark[Value]]], bars: Bars, only_first: bool = False
) -> list[tuple[int, Value]]:
    """Returns the marks of the parts (or of the first that has any) as (tick, value).

    By tick; at one tick the first part's last, so that a dictionary keeps it.
    """
    placed: list[tuple[int, Value]] = []
    for index, marks in reversed(list(enumerate(marks_of_parts))):
        if only_first and marks:
            placed = []
        placed += [
            (min(max(0, bars.tick(index, bar, at)), bars.end), value) for bar, at, value in marks
        ]
    return sorted(placed, key=lambda mark: mark[0])


def _changes(keys: Iterable[ScoreKey]) -> list[ScoreKey]:
    """Returns keys without those that say the same as the one before."""
    changes: list[ScoreKey] = []
    for key in keys:
        if not changes or key[1:] != changes[-1][1:]:
            changes.append(key)
    return changes


def _part_name(element: Element) -> str:
    """Returns the name of a <score-part>, or what is displayed or played in its place."""
    display = element.find("part-name-display")
    instrument = element.find("score-instrument")
    names = [
        child_text(element, "part-name"),
        child_text(display, "display-text") if display is not None else "",
        child_text(instrument, "instrument-name") if instrument is not None else "",
    ]
    return next((_line(name) for name in names if name), "")


def _line(text: str | None) -> str:
    """Returns a text in one line of a bearable length."""
    return " ".join((text or "").split())[:MAX_NAME]
