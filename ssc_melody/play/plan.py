"""Constraints worked out for one order of melodies: what each step may be, in the model's pitches.

What cannot be kept to is refused here, before anything is played. `rules` reads the plan.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import MIN_PITCH, NO_EVENT, NOTE_OFF, NOTES_PER_OCTAVE, note_name
from ssc_melody.encodings import IntArray
from ssc_melody.errors import OptionError, PrimerError
from ssc_melody.melody.events import clean, steps, transpose
from ssc_melody.play import form as forms
from ssc_melody.play.cadence import Cadence, cadence_of_rhythm, make_cadence
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.placing import Placed, heard, place
from ssc_melody.play.walks import Walks
from ssc_melody.specs import MelodySpec

Bools = npt.NDArray[np.bool_]

FREE = -9
"""In `Plan.stands`: no event is given for the step."""

_HEARD_AFTER = 2
"""Bars of what stands after rewritten ones that say how well these lead there."""

_BEFORE_CADENCE = 4
"""Bars before a cadence in which it is thought of; earlier ones hardly make it likelier."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What each step of a melody may be; pitches count from the model's lowest.

    Attributes:
        placed: The primer for the model.
        length: Steps of the finished melody.
        runs_to: Steps until which it is played; the rest stands.
        grows_at: The step from which on what lies ahead is thought of.
        pitches: [pitches] those that new notes may have.
        whether: [length, 3] whether no-event, note-off, note-on may come (rhythm_of).
        rhythm_given: Whether only one of the three ever may.
        copied: [length] the step that a step repeats, or `form.FREE`.
        stands: [length] the event that stands there (after rewritten bars), or FREE.
        order: [notes] pitches that come in this order, or none.
        cadence: How it is to end; None for as it likes.
        walks: What leaps allow; None for everything.
        folded: Whether notes after rewritten bars are in other octaves for the model.
    """

    placed: Placed
    length: int
    runs_to: int
    grows_at: int
    pitches: Bools
    whether: Bools
    rhythm_given: bool
    copied: IntArray
    stands: IntArray
    order: IntArray
    cadence: Cadence | None
    walks: Walks | None
    folded: bool

    @property
    def given(self) -> int:
        """Steps of the primer."""
        return len(self.placed.events)

    @property
    def looks_ahead(self) -> bool:
        """Whether something must come that a step's own distribution does not know of."""
        return bool(self.cadence or len(self.order) or (self.stands != FREE).any())

    @property
    def first_standing(self) -> int:
        """The first step after rewritten bars."""
        stands = self.stands != FREE
        return int(np.argmax(stands)) if stands.any() else self.length

    @property
    def deadline(self) -> int:
        """The last step on which a new note may begin."""
        return self.cadence.deadline if self.cadence else self.length - 1


def make_plan(
    spec: MelodySpec, primer: Sequence[int], num_steps: int, constraints: Constraints
) -> Plan:
    """Works out constraints.

    Args:
        spec: Of the model.
        primer: Events as they were given; with rewrite_bars, the whole melody.
        num_steps: Steps of the finished melody; with rewrite_bars it is the primer's.
        constraints: What it must be.

    Raises:
        OptionError: The constraints cannot be kept to; the message says which clash.
        PrimerError: An empty primer, or one that leaves no room.
        MelodyError: An event out of range.
    """
    return _Planner(spec, primer, num_steps, constraints).plan()


class _Planner:
    """The parts of a plan, one method each."""

    def __init__(
        self, spec: MelodySpec, primer: Sequence[int], num_steps: int, wanted: Constraints
    ) -> None:
        self.spec, self.wanted = spec, wanted
        self.beat = spec.steps_per_quarter
        self.bar = wanted.steps_per_bar or 4 * self.beat
        self.original = clean(primer)
        self.whole = place(spec, primer, wanted)
        self.length, self.begin, self.end = num_steps, len(self.whole.events), num_steps
        if wanted.rewrite_bars:
            self._find_bars(*wanted.rewrite_bars)
        if not self.begin:
            raise PrimerError("the primer is empty; a single note is [60]")
        if self.begin >= self.length:
            raise PrimerError(
                f"Primer is {steps(self.begin)}; num_steps counts it and must be at least "
                f"{self.begin + 1}"
            )
        self.placed = self.whole._replace(events=self.whole.events[: self.begin])
        self.heard = heard(spec, self.placed)

    def _find_bars(self, first: int, last: int) -> None:
        """Finds the steps to write anew; the first step of a melody stands in any case."""
        self.length = len(self.whole.events)
        bars = -(-self.length // self.bar)
        if last > bars or self.length < 2:
            raise OptionError(
                f"rewrite_bars={first}-{last}: the primer, which is the melody to change, has "
                f"{bars} {'bar' if bars == 1 else 'bars'}"
            )
        self.begin = max(1, (first - 1) * self.bar)
        self.end = min(last * self.bar, self.length)

    def plan(self) -> Plan:
        pitches = self._pitches()
        walks = None if self.wanted.max_leap is None else Walks(pitches, self.wanted.max_leap)
        whether, last_onset = self._whether()
        cadence = self._cadence(pitches, last_onset)
        grows_at = self.begin
        if cadence is not None and not self.placed.order:
            grows_at = max(grows_at, cadence.deadline - _BEFORE_CADENCE * self.bar)
        return Plan(
            placed=self.placed,
            length=self.length,
            runs_to=min(self.length, self.end + _HEARD_AFTER * self.bar),
            grows_at=grows_at,
            pitches=pitches,
            whether=whether,
            rhythm_given=self.wanted.rhythm_of is not None,
            copied=self._copied(),
            stands=self._stands(),
            order=self._order(),
            cadence=cadence,
            walks=walks,
            folded=self._folded(),
        )

    def _pitches(self) -> Bools:
        wanted, key = self.wanted, self.placed.key
        asked = []
        allowed = np.ones(len(self.heard), dtype=bool)
        if wanted.lowest_note is not None:
            allowed &= self.heard >= wanted.lowest_note
            asked.append(f"lowest_note={wanted.lowest_note}")
        if wanted.highest_note is not None:
            allowed &= self.heard <= wanted.highest_note
            asked.append(f"highest_note={wanted.highest_note}")
        if wanted.key is not None or wanted.scale is not None:
            allowed &= np.isin(self.heard % NOTES_PER_OCTAVE, list(key.pitch_classes))
            asked.append(f"the scale {key}")
        if not allowed.any():
            raise OptionError(
                f"{' and '.join(asked)}: together they leave no note of the model's range, "
                f"{note_name(int(self.heard.min()))} to {note_name(int(self.heard.max()))} "
                f"({self.heard.min()} to {self.heard.max()})"
            )
        return allowed

    def _whether(self) -> tuple[Bools, int | None]:
        """Returns what a given rhythm allows, and the step of its last note."""
        allowed = np.ones((self.length, 3), dtype=bool)
        if self.wanted.rhythm_of is None:
            return allowed, None
        rhythm = np.array(self.wanted.rhythm_of[: self.length])
        if len(rhythm) < self.length:
            raise OptionError(
                f"rhythm_of: its melody is {steps(len(rhythm))} long, the new one "
                f"{steps(self.length)}; num_steps may be at most {len(rhythm)}"
            )
        allowed[:] = np.stack([rhythm == NO_EVENT, rhythm == NOTE_OFF, rhythm >= MIN_PITCH], axis=1)
        onsets = np.flatnonzero(allowed[:, 2])
        return allowed, int(onsets[-1]) if len(onsets) else -1

    def _copied(self) -> IntArray:
        if self.wanted.form is None:
            return np.full(self.length, forms.FREE)
        form = self.wanted.form
        phrase = forms.phrase_steps(form, self.wanted.phrase_bars, self.length, self.bar)
        copied = forms.copied_from(form, phrase, self.bar)
        copied[: self.begin] = forms.FREE
        return copied

    def _stands(self) -> IntArray:
        stands = np.full(self.length, FREE)
        if self.end < self.length:
            events = np.array([self.whole.events])
            stands[self.end :] = events[0, self.end :]
            stands[self.end] = forms.begun(events, self.end)[0]
        return stands

    def _folded(self) -> bool:
        if not self.wanted.rewrite_bars:
            return False
        back = transpose(self.whole.events, -self.whole.amount)
        return back != self.original

    def _order(self) -> IntArray:
        return np.array(self.placed.order, dtype=np.int64) - self.spec.min_note

    def _cadence(self, pitches: Bools, last_onset: int | None) -> Cadence | None:
        if self.wanted.end != "cadence":
            return None
        if self.end < self.length:
            raise OptionError(
                "end='cadence' and rewrite_bars: the bars are not the last, and the end stands"
            )
        triad = pitches & np.isin(self.heard % NOTES_PER_OCTAVE, list(self.placed.key.triad))
        if not triad.any():
            raise OptionError(
                f"end='cadence': no note of the tonic triad of {self.placed.key} is among the "
                "notes allowed"
            )
        if last_onset is None:
            return make_cadence(triad, self.begin, self.length, self.beat)
        rhythm = self.wanted.rhythm_of or ()
        return cadence_of_rhythm(triad, rhythm[: self.length], last_onset, self.begin, self.beat)
