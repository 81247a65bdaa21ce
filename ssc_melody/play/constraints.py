"""What a melody must be: one value, checked for what contradicts itself.

    model.generate(10, 128, constraints=Constraints(key="D", form="AABA", end="cadence"))

How it is kept to is in `plan` (what each step may be), `rules` (which events that leaves each
melody) and `particles` (the loop). Two ways, by where a constraint lies:

  on the step itself: the model's distribution without what may not come, divided by its sum:
      exact. key, scale, lowest_note, highest_note, max_leap, form, rhythm_of.
  ahead: sequential Monte Carlo. Several melodies are grown side by side, and those in which what
      must come was likely are multiplied; the more of them, the nearer to the model's own
      distribution given that the constraint holds. end, pitches_of, rewrite_bars.

Either way every melody that comes out satisfies all of them, in the notes that are new: a primer
stands as it is, and so do its repetitions in a form.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from ssc_melody.constants import MAX_EVENT, MIN_PITCH
from ssc_melody.errors import MelodyError, OptionError
from ssc_melody.melody.events import clean
from ssc_melody.play.scales import check_scale, parse_key
from ssc_melody.specs import checks

ENDS = ("any", "cadence")

_MOST_LETTERS = 64
_MOST_BARS = 1_000_000


@dataclasses.dataclass(frozen=True)
class Constraints:
    """What a melody must be; the defaults ask for nothing.

    Pitches are those of the melody that comes out. A key also says where models that were trained
    in C are to be moved to.

    Attributes:
        key: Tonic of the scale, such as "C", "F#", "Bb" or "Am"; None for the primer's key.
        scale: Notes are of this scale of the key: a name of `scales.SCALES`; None for major where
            a key is given, else for any note.
        lowest_note: Lowest MIDI pitch of a new note.
        highest_note: Highest MIDI pitch of a new note.
        max_leap: Most semitones from a note to the next new one.
        end: "cadence": the last note begins on a beat, sounds at least a half note, and is of the
            tonic triad. "any": the melody ends as it likes.
        form: Letters that name phrases, such as "AABA": a letter that comes again repeats its
            phrase but for the last bar, which is free to lead on.
        phrase_bars: Bars of a phrase; None for what the melody's length makes of it.
        rhythm_of: Events of a melody: notes begin and end where its notes do, the pitches are new.
        pitches_of: Events of a melody: its pitches come in their order, the rhythm is new. They
            follow the primer's.
        rewrite_bars: First and last bar (from 1) of the primer, which is a whole melody, that are
            to be made anew between what stands before and after. Of bar 1 the first step stands.
        steps_per_bar: Steps of a bar, for form and rewrite_bars; None for those of 4/4.
    """

    key: str | None = None
    scale: str | None = None
    lowest_note: int | None = None
    highest_note: int | None = None
    max_leap: int | None = None
    end: str = "any"
    form: str | None = None
    phrase_bars: int | None = None
    rhythm_of: tuple[int, ...] | None = None
    pitches_of: tuple[int, ...] | None = None
    rewrite_bars: tuple[int, int] | None = None
    steps_per_bar: int | None = None

    def __post_init__(self) -> None:
        """Checks all values.

        Raises:
            OptionError: One is out of its range, or two contradict each other.
        """
        self._check_key()
        for name in ("lowest_note", "highest_note"):
            self._set(name, _whole_or_none(name, getattr(self, name), MIN_PITCH, MAX_EVENT))
        if None not in (low := self.lowest_note, high := self.highest_note) and low > high:  # type: ignore[operator]
            raise OptionError(f"lowest_note {low} is above highest_note {high}")
        self._set("max_leap", _whole_or_none("max_leap", self.max_leap, 0, MAX_EVENT))
        if self.end not in ENDS:
            raise OptionError(f"end: expected 'cadence' or 'any', got {self.end!r}")
        self._check_form()
        for name in ("rhythm_of", "pitches_of"):
            self._set(name, _events_or_none(name, getattr(self, name)))
        if self.rewrite_bars is not None:
            self._set("rewrite_bars", _bars(self.rewrite_bars))
        self._set(
            "steps_per_bar", _whole_or_none("steps_per_bar", self.steps_per_bar, 1, _MOST_BARS)
        )
        self._check_pairs()

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_key(self) -> None:
        if self.scale is not None:
            check_scale(self.scale)
        if self.key is None:
            return
        named = parse_key(self.key)[1]
        if named and self.scale and not self.scale.endswith(named):
            raise OptionError(f"key={self.key} names a {named} scale, scale={self.scale} another")

    def _check_form(self) -> None:
        if self.form is None:
            if self.phrase_bars is not None:
                raise OptionError("phrase_bars: the length of a form's phrases; give a form too")
            return
        form = self.form.strip().upper() if isinstance(self.form, str) else ""
        if not (form.isalpha() and form.isascii() and len(form) <= _MOST_LETTERS):
            raise OptionError(f"form: expected letters such as AABA, got {self.form!r}")
        self._set("form", form)
        self._set("phrase_bars", _whole_or_none("phrase_bars", self.phrase_bars, 1, _MOST_BARS))
        if self.phrase_bars == 1 and len(set(form)) < len(form):
            raise OptionError(
                f"form={form}: a phrase of 1 bar has nothing to repeat, its last bar being free; "
                "phrase_bars must be at least 2"
            )

    def _check_pairs(self) -> None:
        """Refuses pairs that both say the same thing of a melody."""
        pairs = [
            ("form", "rhythm_of", "the rhythm of what is repeated"),
            ("form", "pitches_of", "the notes of what is repeated"),
            ("form", "rewrite_bars", "what the bars are"),
            ("pitches_of", "rewrite_bars", "the notes after the bars"),
            ("pitches_of", "rhythm_of", "all that a melody is, and leave nothing to make"),
        ]
        for one, other, what in pairs:
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise OptionError(f"{one} and {other} both say {what}: give one of them")

    @property
    def given(self) -> bool:
        """Whether anything is asked for."""
        return self != Constraints(steps_per_bar=self.steps_per_bar)


def _whole_or_none(name: str, value: Any, least: int, most: int) -> int | None:
    return None if value is None else checks.whole(name, value, least, most)


def _events_or_none(name: str, melody: Iterable[int] | None) -> tuple[int, ...] | None:
    """Returns the events of a melody that has a note.

    Raises:
        OptionError: It is not a melody, or has no note.
    """
    if melody is None:
        return None
    try:
        events = clean(melody)
    except (MelodyError, TypeError) as error:
        raise OptionError(f"{name}: expected a melody: {error}") from None
    if max(events, default=-1) < MIN_PITCH:
        raise OptionError(f"{name}: its melody has no note")
    return tuple(events)


def _bars(value: Any) -> tuple[int, int]:
    try:
        first, last = value
    except (TypeError, ValueError):
        raise OptionError(
            f"rewrite_bars: expected the first and the last bar, as in (3, 4), got {value!r}"
        ) from None
    first = checks.whole("rewrite_bars", first, 1, _MOST_BARS)
    return first, checks.whole("rewrite_bars", last, first, _MOST_BARS)
