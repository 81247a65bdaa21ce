"""A part of a MusicXML score, bar by bar: what is written, at ticks from the beginning of its bar.

Where bars begin is known once all parts are read, so nothing here has a place in the piece yet.

Grace notes take no time and are not read; cue notes take their time and are silent, and so are
notes without pitch (drums). A rest for a whole bar says nothing of how long the bar is: programs
write four quarters in any metre.

Left out: lyrics, dynamics, ornaments, tremolos, harmonics (the written pitch counts), quarter
tones (rounded), bars to be repeated from a sign (measure-repeat), tablature.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, TypeVar

from ssc_melody.scores import xml_values
from ssc_melody.scores.score import TICKS_PER_QUARTER
from ssc_melody.scores.xml_events import Element
from ssc_melody.scores.xml_harmony import chord_symbol
from ssc_melody.scores.xml_values import Number, Transposition

RECORDS = frozenset({"note", "backup", "forward", "attributes", "direction", "sound", "harmony"})
_PRUNED = """
lyric beam stem notehead notehead-text accidental instrument time-modification slur tuplet
articulations technical ornaments fermata arpeggiate non-arpeggiate glissando slide dynamics
accidental-mark other-notation footnote level listen play clef staff-details measure-style
wedge words rehearsal pedal dashes bracket octave-shift frame
"""
PRUNED = frozenset(_PRUNED.split())
STOP, START = 1, 2  # what a tie does at a note; both in the middle of several

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MAX_PITCH = 127

Value = TypeVar("Value")


class Segment(NamedTuple):
    """A note as written, tied or not, at ticks from the beginning of its bar."""

    bar: int
    start: int
    end: int
    pitch: int
    staff: int
    voice: str
    tie: int


Mark = tuple[int, int, Value]
"""A bar, ticks from its beginning, and what stands there: a metre, key, tempo or chord symbol."""


class Bar:
    """How much is written of a bar.

    Attributes:
        written: Ticks that notes and rests take.
        skipped: Ticks that forwards take.
        resting: Ticks that rests for a whole bar claim.
        implicit: Whether it is not counted (a pickup, or the rest of a bar).
    """

    __slots__ = ("implicit", "resting", "skipped", "written")

    def __init__(self, implicit: bool) -> None:
        self.written = 0
        self.skipped = 0
        self.resting = 0
        self.implicit = implicit


class PartReader:
    """Takes the records of a part in the order of the file.

    Args:
        warnings: Counts what is not understood, by a sentence.

    Attributes:
        bars: By their number from 0.
    """

    def __init__(self, part_id: str, warnings: Counter[str]) -> None:
        self.part_id = part_id
        self.bars: dict[int, Bar] = {}
        self.segments: list[Segment] = []
        self.metres: list[Mark[tuple[int, int]]] = []
        self.keys: list[Mark[tuple[int, str]]] = []
        self.tempos: list[Mark[float]] = []
        self.chords: list[Mark[str]] = []
        self._warnings = warnings
        self._divisions: Number = 1  # of a quarter
        self._bar = 0
        self._now = Bar(False)
        self._cursor: Number = 0  # divisions from the beginning of the bar
        self._onset: Number = 0  # where a chord goes on
        self._first_of_chord: tuple[tuple[str, bool], Number] = ("", False), 0  # look, duration
        self._sounding = Transposition()
        self._by_staff: dict[int, Transposition] = {}
        self._take = {
            "note": self._note,
            "backup": self._backup,
            "forward": self._forward,
            "attributes": self._attributes,
            "direction": self._direction,
            "sound": self._sound,
            "harmony": self._harmony,
        }

    def begin_bar(self, number: int, implicit: bool) -> None:
        """Begins a bar."""
        self._bar = number
        self._now = self.bars.setdefault(number, Bar(implicit))
        self._cursor = self._onset = 0

    def record(self, element: Element) -> None:
        """Takes one of RECORDS."""
        self._take[element.tag](element)

    def _tick(self, position: Number) -> int:
        """Returns the tick nearest to a position in divisions."""
        return (2 * position * TICKS_PER_QUARTER + self._divisions) // (2 * self._divisions)

    def _duration(self, text: str) -> Number:
        """Returns a duration in divisions."""
        value = xml_values.number(text)
        if value is None or value < 0:
            self._warnings["a duration is missing or no number: taken as 0"] += 1
            return 0
        return value

    def _note(self, element: Element) -> None:
        fields = {child.tag: child for child in element.children}
        if "grace" in fields:
            return
        length = self._duration(fields["duration"].text if "duration" in fields else "")
        look = fields["type"].text.strip() if "type" in fields else "", "dot" in fields
        if "chord" not in fields:
            self._onset = self._cursor
            self._first_of_chord = look, length
            self._cursor += length
        elif look == self._first_of_chord[0]:  # some programs cut off the duration of the others
            length = self._first_of_chord[1]
        start, end = self._tick(self._onset), self._tick(self._onset + length)
        if "rest" in fields and _fills_bar(fields["rest"], *look, starts_bar=not start):
            self._now.resting = max(self._now.resting, end)
            return
        self._now.written = max(self._now.written, end)
        if "pitch" in fields and "cue" not in fields and end > start:
            self._sound_note(element, fields, start, end)

    def _sound_note(
        self, element: Element, fields: dict[str, Element], start: int, end: int
    ) -> None:
        staff = 1
        if "staff" in fields:
            staff = xml_values.integer(fields["staff"].text, 1, 10**6) or 1
        sounding = self._by_staff.get(staff, self._sounding) if self._by_staff else self._sounding
        pitch = _pitch(fields["pitch"])
        if pitch is None or not 0 <= pitch + sounding.semitones <= _MAX_PITCH:
            self._warnings["a note is no pitch from 0 to 127: left out"] += 1
            return
        pitch += sounding.semitones
        voice = fields["voice"].text if "voice" in fields else ""
        tie = 0
        if "tie" in fields:
            tie = _tie(element, "tie")
        elif "notations" in fields:
            tie = _tie(fields["notations"], "tied")
        self.segments.append(Segment(self._bar, start, end, pitch, staff, voice, tie))
        doubled = pitch + sounding.doubling
        if sounding.doubling and 0 <= doubled <= _MAX_PITCH:
            self.segments.append(Segment(self._bar, start, end, doubled, staff, voice, tie))

    def _backup(self, element: Element) -> None:
        self._cursor -= self._duration(element.child_text("duration"))
        if self._cursor < 0:
            self._warnings["a backup goes back over the beginning of its bar"] += 1
            self._cursor = 0

    def _forward(self, element: Element) -> None:
        self._cursor += self._duration(element.child_text("duration"))
        self._now.skipped = max(self._now.skipped, self._tick(self._cursor))

    def _attributes(self, element: Element) -> None:
        for child in element.children:
            if child.tag == "divisions":
                self._set_divisions(child.text)
            elif child.tag == "transpose":
                self._set_transposition(child)
        for child in element.children:  # a key before <transpose> is moved by it, too
            if child.tag == "time":
                self._mark_metre(child)
            elif child.tag == "key":
                key = xml_values.key(child, self._sounding)
                if key is not None:
                    self.keys.append((self._bar, self._tick(self._cursor), key))

    def _set_divisions(self, text: str) -> None:
        divisions = xml_values.number(text)
        if divisions is None or divisions <= 0:
            self._warnings["divisions is not a number above 0: ignored"] += 1
        elif divisions != self._divisions:
            tick = self._tick(self._cursor)
            self._divisions = divisions
            scaled = xml_values.Fraction(tick) * divisions / TICKS_PER_QUARTER
            self._cursor = scaled.numerator if scaled.denominator == 1 else scaled
            self._onset = self._cursor

    def _set_transposition(self, element: Element) -> None:
        value = xml_values.transposition(element)
        staff = xml_values.integer(element.attributes.get("number", ""), 1, 10**6)
        if staff is None:
            self._sounding = value
            self._by_staff.clear()
        else:
            self._by_staff[staff] = value

    def _mark_metre(self, element: Element) -> None:
        metre = xml_values.metre(element)
        if metre is None:
            self._warnings[
                f"a metre is not 1 to {xml_values.MAX_BEATS} beats of 1/1 to "
                f"1/{xml_values.MAX_BEAT_TYPE}: ignored"
            ] += 1
        else:
            self.metres.append((self._bar, self._tick(self._cursor), metre))

    def _direction(self, element: Element) -> None:
        sound = element.child("sound")
        if sound is not None and "tempo" in sound.attributes:
            self._sound(sound, self._offset(element, only_if_sound=True))
            return
        for kind in element.children:
            metronome = kind.child("metronome") if kind.tag == "direction-type" else None
            qpm = xml_values.metronome_tempo(metronome) if metronome is not None else None
            if qpm is not None:
                place = self._cursor + self._offset(element, only_if_sound=True)
                self.tempos.append((self._bar, self._tick(place), qpm))

    def _sound(self, element: Element, offset: Number = 0) -> None:
        if "tempo" not in element.attributes:
            return
        qpm = xml_values.sound_tempo(element.attributes["tempo"])
        if qpm is None:
            self._warnings["a tempo is not between 1 and 10000: ignored"] += 1
        else:
            place = self._cursor + offset + self._offset(element)
            self.tempos.append((self._bar, self._tick(place), qpm))

    def _harmony(self, element: Element) -> None:
        symbol = chord_symbol(element, self._sounding)
        if symbol is None:
            self._warnings["a chord symbol is of an unknown kind: left out"] += 1
        elif not symbol:
            self._warnings["a chord symbol has no root: left out"] += 1
        else:
            place = self._cursor + self._offset(element)
            self.chords.append((self._bar, self._tick(place), symbol))

    def _offset(self, element: Element, only_if_sound: bool = False) -> Number:
        """Returns how far from its place in the file a mark counts, in divisions.

        That of a direction moves what is printed only, unless it says sound="yes".
        """
        offset = element.child("offset")
        if offset is None or (only_if_sound and offset.attributes.get("sound") != "yes"):
            return 0
        return xml_values.number(offset.text) or 0


def _fills_bar(rest: Element, kind: str, dotted: bool, starts_bar: bool) -> bool:
    """Tells whether a rest stands for a whole bar, however long that is."""
    if not kind:
        return starts_bar or rest.attributes.get("measure") == "yes"
    return kind in ("whole", "breve") and not dotted


def _pitch(element: Element) -> int | None:
    """Returns the MIDI number of a written <pitch>."""
    step = octave = alter = ""
    for child in element.children:
        if child.tag == "step":
            step = child.text.strip()
        elif child.tag == "octave":
            octave = child.text
        elif child.tag == "alter":
            alter = child.text
    number = xml_values.integer(octave, -2, 12)
    if step not in _STEPS or number is None:
        return None
    moved = xml_values.integer(alter, -12, 12) if alter else 0
    return _STEPS[step] + 12 * (number + 1) + (moved or 0)


def _tie(element: Element, tag: str) -> int:
    """Returns what the ties of a note do: STOP, START, both or neither (let-ring)."""
    kinds = {child.attributes.get("type") for child in element.children if child.tag == tag}
    return STOP * ("stop" in kinds) + START * ("start" in kinds)
