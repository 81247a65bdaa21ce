"""What a data set is made with, and the defaults for each kind of input.

Follows the constants of magenta/models/melody_rnn/melody_rnn_pipeline.py for NoteSequences. For
music files the defaults are those that make piano music train: symbolic time, the part with the
tune, and long melodies split instead of cut off.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from typing import Any

from ssc_melody.constants import NOTES_PER_OCTAVE
from ssc_melody.errors import OptionError
from ssc_melody.families import family_of
from ssc_melody.files import user_path
from ssc_melody.melody.extraction import Limits
from ssc_melody.specs import IMPROV_SPECS, SPECS, ImprovSpec, NetworkSpec, checks

TIMINGS = ("symbolic", "absolute")
POLYPHONIES = ("discard", "top_note", "melody_track")
FORMATS = ("sequence_example", "events")
DEDUPES = (False, True, "similar")
LONG_MELODIES = ("truncate", "split")


@dataclasses.dataclass(frozen=True)
class Options:
    """How pieces become examples; the defaults are stock's.

    Attributes:
        spec: The config that melodies are encoded for.
        eval_ratio: Share of the pieces (0 to 1) that goes to the eval set.
        timing: 'absolute': seconds, a new section at each change of tempo or metre; 'symbolic':
            beats, a new section at each change of metre.
        polyphony: 'discard': tracks with notes that begin together yield nothing; 'top_note': the
            highest note of all tracks; 'melody_track': that of the track with the tune.
        limits: What a melody must be.
        min_pitch: Lower notes are dropped (MIDI pitch).
        max_pitch: Higher notes are dropped (MIDI pitch).
        dedupe: Whether pieces whose notes came before (transposed or not) are left out; with
            'similar', so are melodies that are like others (see `sieve`).
        leave_out: Files of events; training melodies that share a run of intervals with one of
            theirs (see `similar`) are left out.
        transpose_semitones: Each training piece appears once for each of these.
        steps_per_quarter: Steps in a quarter note.
        transpose_eval: Whether the eval set is transposed too (lead sheets only, as in stock).
        infer_chords: Whether pieces without chord symbols get those that their notes suggest.
        min_chord_fit: Least share (0 to 1) of a section's sounding steps that are on a note of the
            chord; else it is left out.
        format: 'sequence_example' or 'events'.
        metres: Sections in other metres than these (such as '4/4') are dropped; none drops none.
        pickup: Quarter notes of the upbeat with which every music file begins; its first bar is
            filled up, as bars are counted from the file's beginning.
    """

    spec: NetworkSpec
    eval_ratio: float = 0.1
    timing: str = "absolute"
    polyphony: str = "discard"
    limits: Limits = dataclasses.field(default_factory=Limits)
    min_pitch: int = 0
    max_pitch: int = 127
    dedupe: bool | str = False
    leave_out: tuple[str, ...] = ()
    transpose_semitones: tuple[int, ...] = (0,)
    transpose_eval: bool = True
    infer_chords: bool = False
    min_chord_fit: float = 0.0
    steps_per_quarter: int = 4
    format: str = "sequence_example"
    metres: tuple[str, ...] = ()
    pickup: float = 0.0

    @property
    def compares_runs(self) -> bool:
        """Whether melodies are compared by their runs of intervals."""
        return self.dedupe == "similar" or bool(self.leave_out)

    def __post_init__(self) -> None:
        """Checks what callers set."""
        limits = self.limits
        if self.dedupe not in DEDUPES:
            raise OptionError(f"dedupe: expected true, false or 'similar', got {self.dedupe!r}")
        checks.choice("timing", self.timing, TIMINGS)
        checks.choice("polyphony", self.polyphony, POLYPHONIES)
        checks.choice("format", self.format, FORMATS)
        checks.choice("long_melodies", limits.long_melodies, LONG_MELODIES)
        checks.number("eval_ratio", self.eval_ratio, 0, 1)
        checks.number("max_empty_bar_ratio", limits.max_empty_bar_ratio, 0, 1)
        checks.set_whole(self, "min_pitch", 0, 127)
        checks.set_whole(self, "max_pitch", self.min_pitch, 127)
        checks.set_whole(self, "steps_per_quarter", 1, 96)
        checks.whole("min_bars", limits.min_bars, 0, 10**6)
        checks.whole("min_unique_pitches", limits.min_unique_pitches, 0, NOTES_PER_OCTAVE)
        checks.number("gap_bars", limits.gap_bars, 0, 10**6)
        checks.number("pickup", self.pickup, 0, 64)
        for metre in self.metres:
            if not re.fullmatch(r"[1-9]\d{0,2}/[1-9]\d{0,2}", metre):
                raise OptionError(f"metres: expected metres such as 4/4,2/2, got {metre!r}")
        checks.number("min_chord_fit", self.min_chord_fit, 0, 1)
        for name in ("infer_chords", "min_chord_fit"):
            if getattr(self, name) and not knows_chords(self.spec):
                raise OptionError(f"{name}: config {self.spec.label} knows no chords")
        if limits.max_steps is not None:
            checks.whole("max_steps", limits.max_steps, 2, 10**6)
        if not self.transpose_semitones:
            raise OptionError("transpose_semitones: expected numbers such as -2,0,2")
        for amount in self.transpose_semitones:
            checks.whole("transpose_semitones", amount, -127, 127)


def knows_chords(spec: NetworkSpec) -> bool:
    """Tells whether a config is of melodies on chords."""
    return isinstance(spec, ImprovSpec)


RAW_DEFAULTS: dict[str, Any] = {
    "timing": "symbolic",
    "polyphony": "melody_track",
    "min_pitch": 24,  # C1
    "max_pitch": 108,  # C8
    "dedupe": True,
    "max_empty_bar_ratio": 0.25,
    "long_melodies": "split",
    "transpose_eval": False,
}
"""What differs for music files from the defaults above."""


@dataclasses.dataclass(frozen=True)
class DatasetOptions:
    """What a caller asks of a data set; None takes the default of each kind of input.

    `default_of` says what that is. A value out of its range is refused when it is given.

    Attributes:
        eval_ratio: Share of the pieces (0 to 1) that goes to the eval set.
        timing: 'absolute' or 'symbolic', see `Options`.
        polyphony: 'discard', 'top_note' or 'melody_track', see `Options`.
        min_pitch: Lower notes are dropped (MIDI pitch).
        max_pitch: Higher notes are dropped (MIDI pitch).
        max_empty_bar_ratio: Largest share (0 to 1) of bars in which nothing sounds.
        dedupe: Whether pieces whose notes came before (transposed or not) are left out; with
            'similar', so are melodies that are like others, see `Options`.
        leave_out: Files of events that training melodies must share nothing with.
        min_bars: Bars a melody has at least.
        max_steps: Steps a melody has at most; 0 for any number.
        long_melodies: What becomes of longer ones: 'truncate', or 'split' at bar lines.
        min_unique_pitches: Different pitch classes a melody has at least.
        gap_bars: Bars of silence that end a melody.
        transpose_semitones: Each training piece appears once for each of these.
        infer_chords: Whether pieces without chord symbols get those that their notes suggest.
        min_chord_fit: Least share (0 to 1) of a melody that is on notes of its chords.
        steps_per_quarter: Steps in a quarter note.
        format: 'sequence_example', as stock, or 'events' alone, a byte a step.
        metres: Only sections in these metres, such as ["4/4", "2/2"].
        pickup: Quarter notes of the upbeat with which every music file begins.

    Raises:
        OptionError: A value is out of its range.
    """

    eval_ratio: float | None = None
    timing: str | None = None
    polyphony: str | None = None
    min_pitch: int | None = None
    max_pitch: int | None = None
    max_empty_bar_ratio: float | None = None
    dedupe: bool | str | None = None
    leave_out: Sequence[str | os.PathLike[str]] | None = None
    min_bars: int | None = None
    max_steps: int | None = None
    long_melodies: str | None = None
    min_unique_pitches: int | None = None
    gap_bars: float | None = None
    transpose_semitones: Sequence[int] | None = None
    infer_chords: bool | None = None
    min_chord_fit: float | None = None
    steps_per_quarter: int | None = None
    format: str | None = None
    metres: Sequence[str] | None = None
    pickup: float | None = None

    def __post_init__(self) -> None:
        """Checks the values, for each kind of input."""
        of_chords = self.infer_chords or self.min_chord_fit
        spec = next(iter((IMPROV_SPECS if of_chords else SPECS).values()))
        for raw in (True, False):
            self.made(spec, raw)

    def made(self, spec: NetworkSpec, raw: bool) -> Options:
        """Returns the options for one kind of input.

        Args:
            spec: The config.
            raw: Whether the input is music files (else NoteSequences).
        """
        given = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        if self.transpose_semitones is not None:
            given["transpose_semitones"] = tuple(self.transpose_semitones)
        if self.metres is not None:
            given["metres"] = tuple(self.metres)
        if self.leave_out is not None:
            given["leave_out"] = tuple(str(user_path(path)) for path in self.leave_out)
        return make_options(spec, raw, **given)


def default_of(name: str, spec: NetworkSpec | None = None) -> str:
    """Returns the default of an option in words, for both kinds of input where they differ.

    Args:
        name: The option's.
        spec: A config of the family that is meant; None for Melody RNN.
    """
    stock, music = (_default(name, raw, spec) for raw in (False, True))
    return stock if stock == music else f"NoteSequences: {stock}, music files: {music}"


def _default(name: str, raw: bool, spec: NetworkSpec | None) -> str:
    made = make_options(spec or next(iter(SPECS.values())), raw)
    value = getattr(made.limits if name in _LIMIT_NAMES else made, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


_LIMIT_NAMES = {field.name for field in dataclasses.fields(Limits)}


def make_options(spec: NetworkSpec, raw: bool, **given: Any) -> Options:
    """Returns the options for one kind of input.

    Args:
        spec: The config.
        raw: Whether the input is music files (else NoteSequences).
        **given: Attributes of Options and Limits; None stands for the default.

    Raises:
        OptionError: A value is out of its range.
    """
    values = {"steps_per_quarter": spec.steps_per_quarter} | (RAW_DEFAULTS if raw else {})
    values |= family_of(spec).data_defaults
    values |= {name: value for name, value in given.items() if value is not None}
    limits = {name: values.pop(name) for name in list(values) if name in _LIMIT_NAMES}
    if limits.get("max_steps") == 0:
        limits["max_steps"] = None
    limits["ignore_polyphonic_notes"] = values.get("polyphony", "discard") != "discard"
    return Options(spec=spec, limits=Limits(**limits), **values)
