"""A part of a MusicXML score: its notes and marks, at ticks from the beginning of their bars.

Where bars begin is known once all parts are read, so nothing here has a place in the piece yet.

Grace notes take no time and are not read; cue notes take their time and are silent, and so are
notes without pitch (drums). A rest for a whole bar says nothing of how long the bar is: programs
write four quarters in any metre. The notes of a chord that are written alike are of one length,
since programs cut off the duration of some.

Left out: lyrics, dynamics, ornaments, tremolos, harmonics (the written pitch counts), quarter
tones (rounded), bars to be repeated from a sign (measure-repeat).
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element

from ssc_melody.scores import xml_values
from ssc_melody.scores.xml_clock import Clock
from ssc_melody.scores.xml_harmony import chord_symbol
from ssc_melody.scores.xml_values import Number, Transposition

RECORDS = frozenset({"note", "backup", "forward", "attributes", "direction", "sound", "harmony"})
STOP, START = 1, 2  # what a tie does at a note; both in the middle of several

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MAX_PITCH = 127
_MAX_STAFF = 99

Value = TypeVar("Value")
Look = tuple[str, bool]
"""The type of a note ("half", "" for none) and whether it has a dot."""


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


class PartReader:
    """Takes the records of a part in the order of the file.

    Args:
        warnings: Counts what is not understood, by a sentence.
    """

    def __init__(self, part_id: str, warnings: Counter[str]) -> None:
        self.part_id = part_id
        self.clock = Clock(warnings)
        self.segments: list[Segment] = []
        self.metres: list[Mark[tuple[int, int]]] = []
        self.keys: list[Mark[tuple[int, str]]] = []
        self.tempos: list[Mark[float]] = []
        self.chords: list[Mark[str]] = []
        self._warnings = warnings
        self._onset: Number = 0  # of the chord that is being read
        self._length: Number = 0  # of its first note
        self._look: Look = ("", False)  # of its first note
        self._sounding = Transposition()
        self._by_staff: dict[int, Transposition] = {}
        self._take = {
            "note": self._note,
            "backup": self.clock.backup,
            "forward": self.clock.forward,
            "attributes": self._attributes,
            "direction": self._direction,
            "sound": self._sound,
            "harmony": self._harmony,
        }

    def begin_bar(self, number: int, implicit: bool) -> None:
        """Begins a bar."""
        self.clock.begin_bar(number, implicit)
        self._onset = 0

    def record(self, element: Element) -> None:
        """Takes one of RECORDS."""
        self._take[element.tag](element)

    def _note(self, element: Element) -> None:
        fields = {child.tag: child for child in element}
        if "grace" in fields:
            return
        length = self.clock.duration(fields.get("duration"))
        look = (fields["type"].text or "") if "type" in fields else "", "dot" in fields
        if "chord" not in fields:
            self._onset, self._length, self._look = self.clock.position, length, look
            self.clock.position += length
        elif look == self._look:
            length = self._length
        start, end = self.clock.tick(self._onset), self.clock.tick(self._onset + length)
        bar = self.clock.bar
        if "rest" in fields and _fills_bar(fields["rest"], look, starts_bar=not start):
            bar.resting = max(bar.resting, end)
            return
        bar.written = max(bar.written, end)
        if "pitch" in fields and "cue" not in fields and end > start:
            self._sound_note(element, fields, start, end)

    def _sound_note(
        self, element: Element, fields: dict[str, Element], start: int, end: int
    ) -> None:
        staff = 1
        if "staff" in fields:
            staff = xml_values.integer(fields["staff"].text, 1, _MAX_STAFF) or 1
        sounding = self._by_staff.get(staff, self._sounding) if self._by_staff else self._sounding
        pitch = _pitch(fields["pitch"])
        if pitch is None or not 0 <= pitch + sounding.semitones <= _MAX_PITCH:
            self._warnings["a note is not a pitch from 0 to 127: left out"] += 1
            return
        pitch += sounding.semitones
        voice = (fields["voice"].text or "") if "voice" in fields else ""
        tie = 0
        if "tie" in fields:
            tie = _tie(element, "tie")
        elif "notations" in fields:
            tie = _tie(fields["notations"], "tied")
        number = self.clock.number
        self.segments.append(Segment(number, start, end, pitch, staff, voice, tie))
        doubled = pitch + sounding.doubling
        if sounding.doubling and 0 <= doubled <= _MAX_PITCH:
            self.segments.append(Segment(number, start, end, doubled, staff, voice, tie))

    def _attributes(self, element: Element) -> None:
        for child in element:
            if child.tag == "divisions":
                self.clock.set_divisions(child.text)
                self._onset = self.clock.position
            elif child.tag == "transpose":
                self._transpose(child)
        for child in element:  # a key stands before the <transpose> that moves it
            if child.tag == "time":
                self._metre(child)
            elif child.tag == "key":
                key = xml_values.key(child, self._sounding)
                if key is not None:
                    self.keys.append((*self.clock.place(), key))

    def _transpose(self, element: Element) -> None:
        value = xml_values.transposition(element)
        staff = xml_values.integer(element.get("number"), 1, _MAX_STAFF)
        if staff is None:
            self._sounding = value
            self._by_staff.clear()
        else:
            self._by_staff[staff] = value

    def _metre(self, element: Element) -> None:
        metre = xml_values.metre(element)
        if metre is None:
            self._warnings[
                f"a metre is not 1 to {xml_values.MAX_BEATS} beats of 1/1 to "
                f"1/{xml_values.MAX_BEAT_TYPE}: ignored"
            ] += 1
        else:
            self.metres.append((*self.clock.place(), metre))

    def _direction(self, element: Element) -> None:
        offset = _offset(element, only_if_sound=True)
        sound = element.find("sound")
        if sound is not None and sound.get("tempo"):
            self._sound(sound, offset)
            return
        for metronome in element.findall("direction-type/metronome"):
            qpm = xml_values.metronome_tempo(metronome)
            if qpm is not None:
                self.tempos.append((*self.clock.place(offset), qpm))

    def _sound(self, element: Element, offset: Number = 0) -> None:
        tempo = element.get("tempo")
        if tempo is None:
            return
        qpm = xml_values.sound_tempo(tempo)
        if qpm is None:
            self._warnings["a tempo is not between 1 and 10000: ignored"] += 1
        else:
            self.tempos.append((*self.clock.place(offset + _offset(element)), qpm))

    def _harmony(self, element: Element) -> None:
        symbol = chord_symbol(element, self._sounding)
        if symbol is None:
            self._warnings["a chord symbol is of an unknown kind: left out"] += 1
        elif not symbol:
            self._warnings["a chord symbol has no root: left out"] += 1
        else:
            self.chords.append((*self.clock.place(_offset(element)), symbol))


def _offset(element: Element, only_if_sound: bool = False) -> Number:
    """Returns how far from its place in the file a mark counts, in divisions.

    That of a direction moves what is printed only, unless it says sound="yes".
    """
    offset = element.find("offset")
    if offset is None or (only_if_sound and offset.get("sound") != "yes"):
        return 0
    return xml_values.number(offset.text) or 0


def _fills_bar(rest: Element, look: Look, starts_bar: bool) -> bool:
    """Tells whether a rest stands for a whole bar, however long that is."""
    kind, dotted = look
    if not kind:
        return starts_bar or rest.get("measure") == "yes"
    return kind.strip() in ("whole", "breve") and not dotted


def _pitch(element: Element) -> int | None:
    """Returns the MIDI number of a written <pitch>."""
    step = octave = alter = None
    for child in element:
        if child.tag == "step":
            step = _STEPS.get((child.text or "").strip())
        elif child.tag == "octave":
            octave = xml_values.integer(child.text, -2, 12)
        elif child.tag == "alter":
            alter = xml_values.integer(child.text, -12, 12)
    if step is None or octave is None:
        return None
    return step + 12 * (octave + 1) + (alter or 0)


def _tie(element: Element, tag: str) -> int:
    """Returns what the ties of a note do: STOP, START, both or neither (let-ring)."""
    kinds = {child.get("type") for child in element if child.tag == tag}
    return STOP * ("stop" in kinds) + START * ("start" in kinds)
