"""A voice of an ABC tune while it is read: where it stands, what it has sounded, what is pending.

Follows sections 4 and 7.4 of the ABC standard 2.1: an accidental holds in every octave of its bar; a
chord is as long as its first note. A tie goes to the next note at its place on the staff, which then
has its pitch (over a bar line the accidental holds on), else to one of the same pitch. Where the
standard is silent: broken rhythms between notes of unequal lengths are left out, as abc2midi does;
accidentals of grace notes end with the group.

Times are in grains, fine enough for elevens and thirteens and 1/1024 notes to add up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from ssc_melody.errors import DataError
from ssc_melody.midi_read import MAX_TICK
from ssc_melody.scores.abc.fields import Metre
from ssc_melody.scores.abc.keys import ALTERATIONS, NO_SIGNATURE, Key, Properties
from ssc_melody.scores.abc.notices import Notices
from ssc_melody.scores.score import TICKS_PER_QUARTER

GRAINS_PER_TICK = 64 * 3 * 5 * 7 * 11 * 13
GRAINS_PER_WHOLE = 4 * TICKS_PER_QUARTER * GRAINS_PER_TICK
MAX_NOTES = 200_000
MAX_PARTS = 128
_MAX_GRAINS = MAX_TICK * GRAINS_PER_TICK
_SEMITONES = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}
_BROKEN = {1: (3, 1, 2), 2: (7, 1, 4), 3: (15, 1, 8)}  # of the long one, of the short one, / of both


@dataclasses.dataclass(slots=True)
class Sound:
    """A note that sounds: pitch, start and end in grains, its place on the staff."""

    pitch: int
    start: int
    end: int
    place: tuple[str, int]


class Member(NamedTuple):
    """A note to be sounded: its pitch, its place, whether it has an accidental of its own."""

    pitch: int
    place: tuple[str, int]
    explicit: bool


@dataclasses.dataclass(slots=True)
class Layer:
    """The notes of a voice, or of one of its overlays; those that wait for the end of a tie."""

    sounds: list[Sound] = dataclasses.field(default_factory=list)
    tied_places: dict[tuple[str, int], Sound] = dataclasses.field(default_factory=dict)
    tied_pitches: dict[int, Sound] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(slots=True)
class Budget:
    """How many notes and parts a tune may still have."""

    notes: int = MAX_NOTES
    parts: int = MAX_PARTS

    def take_part(self) -> None:
        """Counts a part."""
        self.parts -= 1
        if self.parts < 0:
            raise DataError(f"expected at most {MAX_PARTS} voices and overlays, found more")

    def take_note(self) -> None:
        """Counts a note."""
        self.notes -= 1
        if self.notes < 0:
            raise DataError(f"expected at most {MAX_NOTES} notes in a tune, found more")


@dataclasses.dataclass(slots=True)
class Last:
    """The last note, chord or rest: its sounds, its start and length."""

    sounds: list[Sound]
    start: int
    length: int


class Voice:
    """A voice: what follows in it is said by calling its methods, in the order of the text."""

    def __init__(self, name: str, budget: Budget, notices: Notices) -> None:
        budget.take_part()
        self.name = name
        self.time = 0
        self.layers = [Layer()]
        self.metres: list[tuple[int, Metre | None]] = []
        self.keys: list[tuple[int, Key]] = []
        self.first_bar = 0
        self.long_bars = 0
        self.propagate = "pitch"
        self.midi_transpose = 0
        self.midi_percussion = False
        self._in_grace = False
        self._budget = budget
        self._notices = notices
        self._signature = NO_SIGNATURE
        self._accidentals: dict[object, int] = {}
        self._grace_accidentals: dict[object, int] = {}
        self._properties = Properties()
        self._shift = 0
        self._percussion = False
        self.unit = Fraction(1, 8)
        self._unit = GRAINS_PER_WHOLE // 8
        self._metre: Metre | None = None
        self._bar_length = 0
        self._bar_starts = [0]
        self._last: Last | None = None
        self._broken = ""
        self._tuplet = (1, 1)
        self._tuplet_left = 0
        self._chord: list[Member | None] | None = None
        self._chord_length = (1, 1)
        self._chord_ties: set[int] = set()
        self._layer = 0
        self._main_time = 0
        self._overlay_start = 0
        self._overlay_bars = 0
        self._extended = False

    @property
    def end(self) -> int:
        """When the voice ends, in grains."""
        return max(self.time, self._main_time)

    @property
    def in_grace(self) -> bool:
        """Whether what comes is a group of grace notes, which take no time and do not sound."""
        return self._in_grace

    @in_grace.setter
    def in_grace(self, value: bool) -> None:
        self._in_grace = value
        self._grace_accidentals = {}

    # What fields say

    def set_unit(self, unit: Fraction) -> None:
        """Sets the unit note length, in whole notes."""
        self.unit = unit
        self._unit = max(1, round(unit * GRAINS_PER_WHOLE))

    def set_metre(self, metre: Metre | None) -> None:
        """Sets the metre, None for music without bars."""
        self._metre = metre
        self.metres.append((self.time, metre))
        self._bar_length = GRAINS_PER_WHOLE * metre[0] // metre[1] if metre else 0

    def set_key(self, key: Key) -> None:
        """Sets the key; accidentals before it hold no longer."""
        self._signature = key.signature
        self.keys.append((self.time, key))
        self._accidentals = {}

    def set_properties(self, new: Properties) -> None:
        """Takes what a K: or V: field says of clef, octave and transposition."""
        old = self._properties
        if new.clef_octave is not None:
            old.clef_octave, old.octave = new.clef_octave, None
        for name in ("octave", "transpose", "percussion"):
            if getattr(new, name) is not None:
                setattr(old, name, getattr(new, name))
        self.name = new.name or self.name
        self.update_shift()

    def update_shift(self) -> None:
        """Works out how far the sound is from what is written."""
        said = self._properties
        octaves = said.octave or said.clef_octave or 0
        self._shift = 12 * octaves + (said.transpose or 0) + self.midi_transpose
        self._percussion = self.midi_percussion or bool(said.percussion)

    # Notes, rests and chords

    def note(self, letter: str, octave: int, sign: str | None, times: int, parts: int) -> None:
        """Sounds a note.

        Args:
            letter: A to G.
            octave: Octaves above the one that begins with middle C.
            sign: Its accidental, None where there is none.
            times: Its length in unit note lengths, and
            parts: what that is divided by.
        """
        place = (letter, octave)
        pitch = _SEMITONES[letter] + 12 * octave + self._alteration(place, sign) + self._shift
        self._member(Member(pitch, place, sign is not None), times, parts)

    def rest(self, times: int, parts: int) -> None:
        """Is silent for a length as of a note."""
        self._member(None, times, parts)

    def _member(self, member: Member | None, times: int, parts: int) -> None:
        if self.in_grace:
            return
        if self._chord is None:
            self._place([member], times, parts)
            return
        if not self._chord:
            self._chord_length = (times, parts)
        self._chord.append(member)

    def bars_rest(self, bars: int) -> None:
        """Is silent for some bars of the metre in force (4/4 where there is none)."""
        self._move_to(self.time + bars * (self._bar_length or GRAINS_PER_WHOLE))
        self._last = None
        self._accidentals = {}
        if not self._layer:
            self._bar_starts.append(self.time)

    def open_chord(self) -> None:
        """Begins a chord."""
        if self._chord is not None:
            self._notices.add("a chord within a chord is not ABC")
            return
        self._chord = []
        self._chord_ties = set()

    def close_chord(self, times: int = 1, parts: int = 1) -> None:
        """Ends a chord; the length after it multiplies those in it."""
        members, self._chord = self._chord, None
        if members:
            first, below = self._chord_length
            sounds = self._place(members, first * times, below * parts)
            self._tie(sounds[i] for i in self._chord_ties)

    def _alteration(self, place: tuple[str, int], sign: str | None) -> int:
        """Returns the semitones that sign, bar and key alter a note by; keeps the sign's."""
        active = self._grace_accidentals if self.in_grace else self._accidentals
        key = place if self.propagate == "octave" else place[0]
        if sign is None:
            return active.get(key, self._signature[place[0]])
        if self.propagate != "not":
            active[key] = ALTERATIONS[sign]
        return ALTERATIONS[sign]

    def _place(self, members: list[Member | None], times: int, parts: int) -> list[Sound | None]:
        """Sounds the members of a group together and goes on by its length; returns the sounds."""
        length = self._length(times, parts)
        if self._broken:
            length = self._break(length)
        start, end = self.time, self.time + length
        self._move_to(end)
        here: dict[int, Sound] = {}
        sounds = [self._sound(member, start, end, here) if member else None for member in members]
        self._last = Last([sound for sound in sounds if sound], start, length)
        return sounds

    def _length(self, times: int, parts: int) -> int:
        above = self._unit * times
        if self._tuplet_left:
            self._tuplet_left -= 1
            above, parts = above * self._tuplet[0], parts * self._tuplet[1]
        return (2 * above + parts) // (2 * parts)

    def _sound(
        self, member: Member, start: int, end: int, here: dict[int, Sound]
    ) -> Sound | None:
        """Returns a new note, the one that a tie holds on, or that of the same pitch in a chord.

        Args:
            member: What is to sound.
            start: In grains, as end.
            end: When the note ends.
            here: The notes of this chord by pitch; it is added to.
        """
        if self._percussion:
            self._notices.add("a voice of percussion is left out")
            return None
        sound = here.get(member.pitch) or self._held(member, start)
        if sound is None:
            if not 0 <= member.pitch <= 127:
                self._notices.add("a note out of the range of MIDI is left out")
                return None
            self._budget.take_note()
            sound = Sound(member.pitch, start, end, member.place)
            self.layers[self._layer].sounds.append(sound)
        sound.end = end
        here[sound.pitch] = sound
        return sound

    def _held(self, member: Member, now: int) -> Sound | None:
        """Returns the note that a tie holds until now and that goes on as this one."""
        layer = self.layers[self._layer]
        if not layer.tied_pitches:
            return None
        sound = layer.tied_places.pop(member.place, None)
        if sound and sound.end == now and not (member.explicit and sound.pitch != member.pitch):
            layer.tied_pitches.pop(sound.pitch, None)
            return sound
        sound = layer.tied_pitches.pop(member.pitch, None)
        return sound if sound and sound.end == now else None

    def _move_to(self, time: int) -> None:
        if time >= _MAX_GRAINS:
            quarters = MAX_TICK // TICKS_PER_QUARTER
            raise DataError(f"expected a tune of less than {quarters} quarter notes, found more")
        self.time = time

    # What changes the notes beside it

    def tie(self) -> None:
        """Holds the last note (of an open chord), or all notes of the last chord, to the next."""
        if self.in_grace:
            return
        if self._chord is None:
            self._tie(self._last.sounds if self._last else [])
        elif self._chord:
            self._chord_ties.add(len(self._chord) - 1)

    def _tie(self, sounds: Iterable[Sound | None]) -> None:
        layer = self.layers[self._layer]
        for sound in sounds:
            if sound:
                layer.tied_places[sound.place] = sound
                layer.tied_pitches[sound.pitch] = sound

    def broken(self, marks: str) -> None:
        """Lengthens the last note and shortens the next (`>`), or the other way round (`<`)."""
        if not self.in_grace:
            self._broken = marks

    def _break(self, length: int) -> int:
        """Lengthens or shortens the last group; returns the length of the next, before it length.

        Between notes of unequal lengths a broken rhythm is undefined, and is left out.
        """
        last, marks, self._broken = self._last, self._broken, ""
        if len(marks) not in _BROKEN or not last or last.length != length:
            self._notices.add("a broken rhythm between unlike notes is left out")
            return length
        long, short, below = _BROKEN[len(marks)]
        now, then = (long, short) if marks[0] == ">" else (short, long)
        last.length = length * now // below
        for sound in last.sounds:
            sound.end = last.start + last.length
        self._move_to(last.start + last.length)
        return length * then // below

    def tuplet(self, notes: int, time_of: int, count: int) -> None:
        """Plays the next notes faster: `(p:q:r`.

        Args:
            notes: So many notes (p) in
            time_of: the time of so many (q); 0: as the metre has it.
            count: For so many notes (r); 0: p.
        """
        if not time_of:
            compound = self._metre is not None and self._metre[0] in (6, 9, 12)
            time_of = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(notes, 3 if compound else 2)
        if not 0 < notes < 1000 or time_of >= 1000:
            self._notices.add("a tuplet of no or very many notes is ignored")
            return
        self._tuplet = (time_of, notes)
        self._tuplet_left = count or notes

    # Bars and overlays

    def bar(self) -> None:
        """Passes a bar line."""
        if self._chord is not None:
            self.close_chord()
        self._accidentals = {}
        if self._layer:
            self._overlay_bars -= 1
            if self._extended or self._overlay_bars:
                return
            self._leave_overlay()
        if self.time == self._bar_starts[-1]:
            return
        self.first_bar = self.first_bar or self.time
        if self._bar_length and self.time - self._bar_starts[-1] > self._bar_length:
            self.long_bars += 1
        self._bar_starts.append(self.time)

    def overlay(self, bars: int) -> None:
        """Goes back to the beginning of the bar (or of so many bars) for one more layer: `&`."""
        if self._chord is not None:
            self.close_chord()
        if not self._layer:
            self._main_time = self.time
            if not self._extended:
                self._overlay_start = self._bars_back(bars)
        self._layer += 1
        if self._layer == len(self.layers):
            self._budget.take_part()
            self.layers.append(Layer())
        self._overlay_bars = bars
        self._start_at(self._overlay_start)

    def open_overlay(self) -> None:
        """Begins what is overlaid in a part of any length: `(&`."""
        self._extended = True
        self._overlay_start = self.time

    def close_overlay(self) -> None:
        """Ends it: `&)`."""
        self._extended = False
        if self._layer:
            self._leave_overlay()

    def _bars_back(self, bars: int) -> int:
        """Returns where `&` goes: a bar line back; at the beginning of a bar, to the one before."""
        back = bars if self.time > self._bar_starts[-1] else bars + 1
        return self._bar_starts[-min(back, len(self._bar_starts))]

    def _leave_overlay(self) -> None:
        self._layer = 0
        self._start_at(self._main_time)

    def _start_at(self, time: int) -> None:
        self.time = time
        self._accidentals = {}
        self._last = None
        self._broken = ""
        self._tuplet_left = 0
