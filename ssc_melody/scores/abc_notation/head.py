"""What holds for all of a tune: the fields of the file header and of the tune's head.

Follows sections 2.2.2 and 3 of the ABC standard 2.1; what %% instructions and I: fields say
of sound.
"""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction
from typing import Protocol

from ssc_melody.scores.abc_notation import fields, keys
from ssc_melody.scores.abc_notation.book import Line
from ssc_melody.scores.abc_notation.notices import Notices

_DIRECTIVE = re.compile(r"([\w-]{1,30})\s*[=\s]\s*(.*)", re.DOTALL)
_MIDI = re.compile(r"=?\s*(transpose|rtranspose|channel)\s*=?\s*([-+]?\d{1,3})\b", re.IGNORECASE)
_VOICE = re.compile(r"(\S{1,100})\s*(.*)", re.DOTALL)
_PERCUSSION_CHANNEL = 10
MACRO = "a macro is not expanded"


class Instructed(Protocol):
    """What an instruction can be for: a head or the pitches of a voice."""

    propagate: str
    midi_transpose: int
    midi_percussion: bool

    def set_properties(self, new: keys.Properties) -> None:
        """Takes what is said of clef, octave and transposition."""


@dataclasses.dataclass
class Head:
    """The state in which the voices of a tune begin.

    Attributes:
        title: The first of the tune.
        metre: None for music without bars.
        unit: Unit note length in whole notes, None where none is written.
        tempo: Text of the Q: field.
        key: The key.
        properties: Clef, octave and transposition that K: gives to all voices.
        voices: What V: fields say, by voice.
        symbols: Letters that U: fields define.
        propagate: How far accidentals go: "not", "octave" or "pitch".
        midi_transpose: Semitones that %%MIDI transpose asks for.
        midi_percussion: Whether %%MIDI channel 10 was chosen.
    """

    title: str = ""
    metre: fields.Metre | None = None
    unit: Fraction | None = None
    tempo: str = ""
    key: keys.Key = keys.NO_KEY
    properties: keys.Properties = dataclasses.field(default_factory=keys.Properties)
    voices: dict[str, keys.Properties] = dataclasses.field(default_factory=dict)
    symbols: set[str] = dataclasses.field(default_factory=set)
    propagate: str = "pitch"
    midi_transpose: int = 0
    midi_percussion: bool = False

    def copy(self) -> Head:
        """Returns one that can be changed alone."""
        return dataclasses.replace(
            self,
            properties=dataclasses.replace(self.properties),
            voices={label: dataclasses.replace(said) for label, said in self.voices.items()},
            symbols=set(self.symbols),
        )

    def read(self, line: Line, notices: Notices) -> None:
        """Takes what a line of the head says."""
        kind, text = line
        try:
            if kind == "T":
                self.title = self.title or text
            elif kind == "M":
                self.metre = fields.parse_metre(text)
            elif kind == "L":
                self.unit = fields.parse_unit(text)
            elif kind == "Q":
                self.tempo = text
            elif kind == "K":
                self._read_key(text)
            elif kind == "V":
                label, properties = parse_voice(text)
                merge(self.voices.setdefault(label, keys.Properties()), properties)
            elif kind == "U":
                self.symbols.add(text[:1])
            elif kind == "m":
                notices.add(MACRO, f"{kind}:{text}")
            elif kind in ("I", "%"):
                instruct(self, text)
        except ValueError:
            notices.add("a field is not understood", f"{kind}:{text}")

    def set_properties(self, new: keys.Properties) -> None:
        """Takes what is said of clef, octave and transposition, for all voices."""
        merge(self.properties, new)

    def _read_key(self, text: str) -> None:
        key, properties = keys.parse_key(text)
        self.key = key or self.key
        self.set_properties(properties)
        if self.unit is None:
            self.unit = fields.default_unit(self.metre)


def merge(old: keys.Properties, new: keys.Properties) -> None:
    """Puts what new properties say in the place of what old ones do."""
    for field in dataclasses.fields(new):
        value = getattr(new, field.name)
        if value is not None:
            setattr(old, field.name, value)


def parse_voice(text: str) -> tuple[str, keys.Properties]:
    """Returns the label and the properties of a V: field.

    Raises:
        ValueError: It has no label.
    """
    found = _VOICE.match(text.strip())
    if not found:
        raise ValueError(text)
    return found[1], keys.parse_properties(found[2])


def instruct(target: Instructed, text: str) -> None:
    """Takes what an instruction (%% or I:) says of sound."""
    found = _DIRECTIVE.match(text)
    if not found:
        return
    name, value = found[1].lower(), found[2]
    if name == "propagate-accidentals" and value.strip() in ("not", "octave", "pitch"):
        target.propagate = value.strip()
    elif name == "octave":
        target.set_properties(keys.parse_properties(text))
    elif name == "midi" and (midi := _MIDI.match(value)):
        command, number = midi[1].lower(), int(midi[2])
        if command == "channel":
            target.midi_percussion = number == _PERCUSSION_CHANNEL
        else:
            target.midi_transpose = number + target.midi_transpose * (command == "rtranspose")
