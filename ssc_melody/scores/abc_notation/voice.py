"""A voice of an ABC tune while it is read: what follows in it is said by calling its methods.

Follows section 4 of the ABC standard 2.1: a chord is as long as its first note, a length after it
multiplies that. Times are in grains (rhythm.py).
"""

from __future__ import annotations

from ssc_melody.constants import MAX_TICK
from ssc_melody.errors import DataError
from ssc_melody.scores.abc_notation.bars import Bars, Overlays
from ssc_melody.scores.abc_notation.fields import Metre
from ssc_melody.scores.abc_notation.keys import Key, Properties
from ssc_melody.scores.abc_notation.layers import Budget, Layer, Sound
from ssc_melody.scores.abc_notation.notices import Notices
from ssc_melody.scores.abc_notation.pitch import Pitched, Pitches, Written
from ssc_melody.scores.abc_notation.rhythm import GRAINS_PER_TICK, GRAINS_PER_WHOLE, Rhythm
from ssc_melody.scores.score import TICKS_PER_QUARTER

_MAX_GRAINS = MAX_TICK * GRAINS_PER_TICK


class Voice:
    """A voice: its notes so far, and what is pending.

    Attributes:
        name: As V: names it, else its label.
        time: Where it stands, in grains.
        pitches: What the pitch of its notes depends on.
        bars: Its bars.
        layers: Its notes, and those of its overlays.
        rhythm: What the lengths of its notes depend on.
        metres: The metres by their times, in grains.
        keys: The keys by their times.
        chord_symbols: The chord symbols by their times.
    """

    def __init__(self, name: str, budget: Budget, notices: Notices) -> None:
        self.name = name
        self.time = 0
        self.pitches = Pitches()
        self.bars = Bars(GRAINS_PER_WHOLE)
        self.layers = [Layer(budget)]
        self.rhythm = Rhythm(notices)
        self.metres: list[tuple[int, Metre | None]] = []
        self.keys: list[tuple[int, Key]] = []
        self.chord_symbols: list[tuple[int, str]] = []
        self._waiting_symbols: list[str] = []
        self._budget = budget
        self._notices = notices
        self._in_grace = False
        self._sounds: list[Sound | None] = []  # the last note, or chord,
        self._start = 0  # where it began,
        self._length = -1  # and how long it is (-1: it does not count)
        self._chord: list[Pitched | None] | None = None
        self._chord_length = (1, 1)
        self._chord_ties: set[int] = set()
        self._overlays = Overlays()
        self._reached = 0  # the latest end of an overlay

    @property
    def end(self) -> int:
        """When the voice ends, in grains."""
        return max(self._reached, self.time, self._overlays.resume)

    # Fields

    def set_metre(self, metre: Metre | None) -> None:
        """Sets the metre, None for music without bars."""
        self.bars.metre = metre
        self.metres.append((self.time, metre))

    def set_key(self, key: Key) -> None:
        """Sets the key."""
        self.pitches.set_key(key)
        self.keys.append((self.time, key))

    def set_properties(self, properties: Properties) -> None:
        """Takes what a K: or V: field says beside the key."""
        self.pitches.set_properties(properties)
        self.name = properties.name or self.name

    # Notes, chords and rests

    def note(self, written: Written, times: int, parts: int) -> None:
        """Sounds a note.

        Args:
            written: The note.
            times: Its length in unit note lengths, and
            parts: What that is divided by.
        """
        pitched: Pitched | None = self.pitches.sounding(written, self._in_grace)
        if self._in_grace:
            return
        if pitched and not self._is_heard(pitched):
            pitched = None
        if self._chord is not None:
            self._add_to_chord(pitched, times, parts)
            return
        start, end = self._go_on(times, parts)
        self._sounds = (
            [self.layers[self._overlays.layer].note(pitched, start, end)] if pitched else []
        )

    def rest(self, times: int, parts: int) -> None:
        """Is silent for a length as of a note."""
        if self._in_grace:
            return
        if self._chord is not None:
            self._add_to_chord(None, times, parts)
            return
        self._go_on(times, parts)
        self._sounds = []

    def bars_rest(self, bars: int) -> None:
        """Is silent for some bars of the metre in force (4/4 where there is none)."""
        self._start_at(self.time + bars * self.bars.length)
        if not self._overlays.layer:
            self.bars.rest(self.time)

    def open_chord(self) -> None:
        """Begins a chord."""
        if self._chord is not None:
            self._notices.add("a chord within a chord is not ABC")
            return
        self._chord = []
        self._chord_ties = set()

    def close_chord(self, times: int = 1, parts: int = 1) -> None:
        """Ends a chord, if one is open.

        Args:
            times: The length after it, which multiplies that of its notes, and
            parts: What it is divided by.
        """
        notes, self._chord = self._chord, None
        if notes:
            first, below = self._chord_length
            start, end = self._go_on(first * times, below * parts)
            layer = self.layers[self._overlays.layer]
            self._sounds = layer.chord(notes, start, end)
            layer.tie(self._sounds[i] for i in self._chord_ties)

    def _add_to_chord(self, note: Pitched | None, times: int, parts: int) -> None:
        if self._chord is None:
            return
        if not self._chord:
            self._chord_length = (times, parts)
        self._chord.append(note)

    def _is_heard(self, note: Pitched) -> bool:
        if self.pitches.percussion:
            self._notices.add("a voice of percussion is left out")
            return False
        if not 0 <= note.pitch <= 127:
            self._notices.add("a note out of the range of MIDI is left out")
            return False
        return True

    def _go_on(self, times: int, parts: int) -> tuple[int, int]:
        """Goes on by a note, chord or rest; returns when it starts and ends."""
        length, last = self.rhythm.next(times, parts, self._length)
        if last != self._length:
            self._move_to(self._start + last)
            for sound in self._sounds:
                if sound:
                    sound.end = self.time
        self._start, self._length = self.time, length
        if self._waiting_symbols:
            self.chord_symbols += [(self.time, symbol) for symbol in self._waiting_symbols]
            self._waiting_symbols = []
        self._move_to(self.time + length)
        return self._start, self.time

    def _move_to(self, time: int) -> None:
        if time >= _MAX_GRAINS:
            quarters = MAX_TICK // TICKS_PER_QUARTER
            raise DataError(f"expected a tune of less than {quarters} quarter notes, found more")
        self.time = time

    # What stands beside notes

    def chord_symbol(self, symbol: str) -> None:
        """Takes a chord symbol; after `>` or `<` the time of the next note is not yet known."""
        if self.rhythm.is_broken:
            self._waiting_symbols.append(symbol)
        else:
            self.chord_symbols.append((self.time, symbol))

    def grace(self, begins: bool) -> None:
        """Begins or ends a group of grace notes, which take no time and do not sound."""
        self._in_grace = begins
        self.pitches.grace_ends()

    def tie(self) -> None:
        """Holds the last note (of an open chord), or all notes of the last chord, to the next."""
        if self._in_grace:
            return
        if self._chord is None:
            self.layers[self._overlays.layer].tie(self._sounds)
        elif self._chord:
            self._chord_ties.add(len(self._chord) - 1)

    def broken(self, marks: str) -> None:
        """Lengthens the last note and shortens the next (`>`), or the other way round (`<`)."""
        if not self._in_grace:
            self.rhythm.broken(marks)

    # Bar lines and overlays

    def bar(self) -> None:
        """Passes a bar line."""
        self.close_chord()
        self.pitches.bar_line()
        if self._overlays.line():
            self._start_at(self._overlays.resume)
        if not self._overlays.layer:
            self.bars.line(self.time)

    def overlay(self, lines: int) -> None:
        """Goes so many bar lines back for one more layer."""
        self.close_chord()
        self._start_at(self._overlays.begin(lines, self.bars, self.time))
        if self._overlays.layer == len(self.layers):
            self.layers.append(Layer(self._budget))

    def open_overlays(self) -> None:
        """Begins a part to which each `&` will go back."""
        self._overlays.surround(self.time)

    def close_overlays(self) -> None:
        """Ends it."""
        if self._overlays.end():
            self._start_at(self._overlays.resume)

    def _start_at(self, time: int) -> None:
        """Goes to a time at which nothing is pending."""
        self._reached = max(self._reached, self.time)
        self._move_to(time)
        self.pitches.bar_line()
        self._sounds = []
        self._length = -1
        self.rhythm.forget()
