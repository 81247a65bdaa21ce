"""A tune of an ABC book as a score: its fields and its music, given to the voices they are for.

Follows sections 3 and 7 of the ABC standard 2.1, and abc2midi where that leaves open whom a field
is for: before the first music it is for all voices, later for the one it stands in; music before
the first V: belongs to the first voice.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ssc_melody.errors import DataError
from ssc_melody.scores.abc_notation import fields, keys, symbols
from ssc_melody.scores.abc_notation.assemble import assemble
from ssc_melody.scores.abc_notation.book import TuneLines
from ssc_melody.scores.abc_notation.chord_symbols import chord_symbol
from ssc_melody.scores.abc_notation.head import MACRO, Head, instruct, parse_voice
from ssc_melody.scores.abc_notation.layers import Budget
from ssc_melody.scores.abc_notation.notices import Notices
from ssc_melody.scores.abc_notation.voice import Voice
from ssc_melody.scores.score import Score

_UNNAMED = ""


class Tune:
    """A tune while it is read."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._notices = Notices()
        self._budget = Budget()
        self._tempos: list[tuple[int, float]] = []
        self._voices: dict[str, Voice] = {}
        self._notes: dict[str, symbols.Note] = {}
        self._closing = _Closing("")

    def read(self, lines: TuneLines) -> Score:
        """Returns the score of a tune.

        Args:
            lines: From its X: on.

        Raises:
            DataError: It has no key (K:), with which music begins, or is too large.
        """
        in_body = False
        for line in lines:
            if not self._voices and not (in_body and line.kind in ("", "V")):
                self._head.read(line, self._notices)
            elif line.kind:
                self._begin()
                self._field(*line)
            else:
                self._begin()
                self._music(line.text)
                self._voice.grace(False)
            in_body = in_body or line.kind == "K"
        if not in_body:
            raise DataError("expected a field K: (the key, with which music begins), found none")
        self._begin()
        return assemble(self._head.title, self._voices.values(), self._tempos, self._notices)

    # Voices

    def _begin(self) -> None:
        """Makes the voices that the head names, once."""
        if self._voices:
            return
        for label in self._head.voices or [_UNNAMED]:
            self._add_voice(label)
        self._voice = next(iter(self._voices.values()))
        if self._head.tempo:
            self._tempo(self._head.tempo)

    def _add_voice(self, label: str) -> Voice:
        head = self._head
        voice = Voice("" if label.isdigit() else label, self._budget, self._notices)
        voice.set_metre(head.metre)
        voice.rhythm.set_unit(head.unit or fields.default_unit(head.metre))
        voice.set_key(head.key)
        voice.pitches.propagate = head.propagate
        voice.pitches.midi_transpose = head.midi_transpose
        voice.pitches.midi_percussion = head.midi_percussion
        voice.set_properties(head.properties)
        voice.set_properties(head.voices.get(label, keys.Properties()))
        self._voices[label] = voice
        return voice

    def _switch_voice(self, text: str) -> None:
        label, properties = parse_voice(text)
        voice = self._voices.get(label)
        if not voice and _UNNAMED in self._voices and (label == "1" or not label.isdigit()):
            voice = self._voices.pop(_UNNAMED)  # the music before the first V: is of this voice
            voice.name = "" if label.isdigit() else label
            self._voices = {label: voice, **self._voices}
        self._voice = voice or self._add_voice(label)
        self._voice.set_properties(properties)

    # Fields

    def _field(self, kind: str, text: str) -> None:
        voice = self._voice
        try:
            if kind == "K":
                key, properties = keys.parse_key(text)
                if key:
                    voice.set_key(key)
                voice.set_properties(properties)
            elif kind == "M":
                voice.set_metre(fields.parse_metre(text))
            elif kind == "L":
                voice.rhythm.set_unit(fields.parse_unit(text))
            elif kind == "Q":
                self._tempo(text)
            elif kind == "V":
                self._switch_voice(text)
            elif kind == "U":
                self._head.symbols.add(text[:1])
            elif kind == "m":
                self._notices.add(MACRO, f"{kind}:{text}")
            elif kind in ("I", "%"):
                instruct(voice.pitches, text)
        except ValueError:
            self._notices.add("a field is not understood", f"{kind}:{text}")

    def _tempo(self, text: str) -> None:
        try:
            qpm = fields.parse_tempo(text, self._voice.rhythm.unit)
        except ValueError:
            self._notices.add("a field is not understood", f"Q:{text}")
            return
        if qpm:
            self._tempos.append((self._voice.time, qpm))

    # Music

    def _music(self, text: str) -> None:
        outer, self._closing = self._closing, _Closing(text)
        for match in symbols.SYMBOL.finditer(text):
            kind = str(match.lastgroup)
            if kind != "nothing":
                _HANDLERS[kind](self, match)
        self._closing = outer

    def _on_note(self, match: re.Match[str]) -> None:
        note = self._notes.get(match[0])
        if not note:
            if match["micro"]:
                self._notices.add("a microtone is taken for the semitone below it", match[0])
            note = self._notes[match[0]] = symbols.parse_note(match)
        self._voice.note(*note)

    def _on_rest(self, match: re.Match[str]) -> None:
        self._voice.rest(*symbols.length_of(match["rest_length"]))

    def _on_bars(self, match: re.Match[str]) -> None:
        self._voice.bars_rest(fields.number(match["count"] or "1") or 1)

    def _on_bar(self, match: re.Match[str]) -> None:
        self._voice.bar()

    def _on_broken(self, match: re.Match[str]) -> None:
        self._voice.broken(match[0])

    def _on_tie(self, match: re.Match[str]) -> None:
        self._voice.tie()

    def _on_tuplet(self, match: re.Match[str]) -> None:
        p, q, r = (fields.number(digits or "0") for digits in match.group("p", "q", "r"))
        self._voice.rhythm.tuplet(p, q, r, self._voice.bars.metre)

    def _on_grace(self, match: re.Match[str]) -> None:
        self._voice.grace(match[0][0] == "{")

    def _on_open(self, match: re.Match[str]) -> None:
        if self._closing.comes_before_a_bar(match.end()):
            self._voice.open_chord()
        else:
            self._notices.add("a chord is not closed in its bar")

    def _on_close(self, match: re.Match[str]) -> None:
        self._voice.close_chord(*symbols.length_of(match["chord_length"]))

    def _on_string(self, match: re.Match[str]) -> None:
        symbol = chord_symbol(match[0].strip('"'))
        if symbol:
            self._voice.chord_symbol(symbol)

    def _on_field(self, match: re.Match[str]) -> None:
        self._field(match["field_letter"], match["field_text"].strip())

    def _on_overlay(self, match: re.Match[str]) -> None:
        if match[0] == "(&":
            self._voice.open_overlays()
        elif match[0] == "&)":
            self._voice.close_overlays()
        else:
            self._voice.overlay(len(match[0]))

    def _on_decoration(self, match: re.Match[str]) -> None:
        if symbols.is_music(match["decoration_text"]):
            self._music(match["decoration_text"])

    def _on_plus(self, match: re.Match[str]) -> None:
        if symbols.is_music(match["plus_text"]):
            self._voice.open_chord()
            self._music(match["plus_text"])
            self._voice.close_chord()

    def _on_letter(self, match: re.Match[str]) -> None:
        if match[0] not in self._head.symbols:
            self._notices.add("a letter has no meaning in ABC", match[0])

    def _on_other(self, match: re.Match[str]) -> None:
        if not match[0].isdigit():
            self._notices.add("a character is not ABC", match[0])

    def _on_ending(self, match: re.Match[str]) -> None:
        """Endings are taken as they are written."""

    _on_space = _on_ending


_HANDLERS: dict[str, Callable[[Tune, re.Match[str]], None]] = {
    name.removeprefix("_on_"): method
    for name, method in vars(Tune).items()
    if name.startswith("_on_")
}
"""What a tune does with the symbols of each kind."""


class _Closing:
    """Finds out whether brackets of a line close before a bar line, in linear time for all."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = {"]": -1, "|": -1}

    def comes_before_a_bar(self, position: int) -> bool:
        """Tells whether the next ] comes before the next |; positions must not go back."""
        for mark, found in self._next.items():
            if found < position:
                where = self._text.find(mark, position)
                self._next[mark] = where if where >= 0 else len(self._text) + 1
        return self._next["]"] < min(self._next["|"], len(self._text))
