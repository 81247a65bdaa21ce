"""A score as MusicXML, for notation programs: MuseScore, Dorico, Finale, Sibelius, Verovio.

Follows: MusicXML 4.0 (W3C Community Group Report), partwise, uncompressed; the same bytes each
time, so without a date. Left out: layout, which is the programs' own.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ssc_melody.constants import VERSION
from ssc_melody.errors import printable
from ssc_melody.scores.score import Score
from ssc_melody.scores.writing.beams import Sign
from ssc_melody.scores.writing.harmony import harmony
from ssc_melody.scores.writing.metre import bar_length
from ssc_melody.scores.writing.sheet import Sheet, SheetBar, lay_out

_DIVISIONS = 16
"""Of a quarter note: a sixty-fourth is one."""

_TYPES = {
    64: "whole",
    32: "half",
    16: "quarter",
    8: "eighth",
    4: "16th",
    2: "32nd",
    1: "64th",
}
_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_CLEFS = {"treble": ("G", "2"), "bass": ("F", "4")}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def to_musicxml(score: Score) -> str:
    """Writes a score of one voice as MusicXML.

    Args:
        score: The notes; see `sheet.lay_out` for what is filled in.

    Raises:
        DataError: It cannot be written.
    """
    sheet = lay_out(score)
    root = Element("score-partwise", version="4.0")
    if sheet.title:
        _text(SubElement(root, "work"), "work-title", sheet.title)
    encoding = SubElement(SubElement(root, "identification"), "encoding")
    _text(encoding, "software", f"ssc_melody {VERSION}")
    part_list = SubElement(SubElement(root, "part-list"), "score-part", id="P1")
    _text(part_list, "part-name", "Melody").set("print-object", "no")
    part = SubElement(root, "part", id="P1")
    number = 0 if sheet.bars[0].is_pickup else 1
    for i, bar in enumerate(sheet.bars):
        _bar(part, sheet, bar, i, number + i)
    indent(root, " ")
    return _HEAD + tostring(root, encoding="unicode") + "\n"


def _text(parent: Element, tag: str, text: object) -> Element:
    element = SubElement(parent, tag)
    element.text = printable(str(text))
    return element


def _bar(part: Element, sheet: Sheet, bar: SheetBar, index: int, number: int) -> None:
    measure = SubElement(part, "measure", number=str(number))
    if bar.is_pickup:
        measure.set("implicit", "yes")
    if bar.is_new:
        _attributes(measure, sheet, bar, index)
    if index == 0 and sheet.qpm is not None:
        _tempo(measure, sheet.qpm, sheet.has_dotted_beat)
    for sign in bar.signs:
        if sign.chord:
            measure.append(harmony(sign.chord))
        _sign(measure, sign, len(bar.signs) == 1 and sign.length == bar_length(bar.metre))
    if index + 1 == len(sheet.bars):
        line = SubElement(measure, "barline", location="right")
        _text(line, "bar-style", "light-heavy")


def _attributes(measure: Element, sheet: Sheet, bar: SheetBar, index: int) -> None:
    attributes = SubElement(measure, "attributes")
    if index == 0:
        _text(attributes, "divisions", _DIVISIONS)
        key = SubElement(attributes, "key")
        _text(key, "fifths", sheet.key.fifths)
        _text(key, "mode", sheet.key.mode)
    time = SubElement(attributes, "time")
    _text(time, "beats", bar.metre[0])
    _text(time, "beat-type", bar.metre[1])
    if index == 0:
        clef = SubElement(attributes, "clef")
        sign, line = _CLEFS[sheet.clef]
        _text(clef, "sign", sign)
        _text(clef, "line", line)


def _tempo(measure: Element, qpm: float, dotted: bool) -> None:
    direction = SubElement(measure, "direction", placement="above")
    metronome = SubElement(SubElement(direction, "direction-type"), "metronome")
    _text(metronome, "beat-unit", "quarter")
    for _ in range(dotted):
        SubElement(metronome, "beat-unit-dot")
    _text(metronome, "per-minute", f"{qpm / 1.5 if dotted else qpm:g}")
    SubElement(direction, "sound", tempo=f"{qpm:g}")


def _sign(measure: Element, sign: Sign, is_whole_bar: bool) -> None:
    note = SubElement(measure, "note")
    if sign.pitch is None:
        rest = SubElement(note, "rest")
        if is_whole_bar:
            rest.set("measure", "yes")
    else:
        pitch = SubElement(note, "pitch")
        _text(pitch, "step", sign.pitch.step)
        if sign.pitch.alter:
            _text(pitch, "alter", sign.pitch.alter)
        _text(pitch, "octave", sign.pitch.octave)
    _text(note, "duration", sign.length)
    for _ in range(sign.tie_in):
        SubElement(note, "tie", type="stop")
    for _ in range(sign.tie_out):
        SubElement(note, "tie", type="start")
    _text(note, "voice", 1)
    if sign.pitch is not None or not is_whole_bar:
        _shape(note, sign)
    for level, beam in enumerate(sign.beams, start=1):
        _text(note, "beam", beam).set("number", str(level))
    if sign.tie_in or sign.tie_out:
        notations = SubElement(note, "notations")
        for _ in range(sign.tie_in):
            SubElement(notations, "tied", type="stop")
        for _ in range(sign.tie_out):
            SubElement(notations, "tied", type="start")


def _shape(note: Element, sign: Sign) -> None:
    """Writes the note's head and flags, its dot and its accidental."""
    plain = sign.length if sign.length in _TYPES else sign.length // 3 * 2
    _text(note, "type", _TYPES[plain])
    if plain != sign.length:
        SubElement(note, "dot")
    if sign.accidental and sign.pitch is not None:
        _text(note, "accidental", _ACCIDENTALS[sign.pitch.alter])
