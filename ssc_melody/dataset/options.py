"""What a data set is made with, and the defaults for each kind of input.

Follows the constants of magenta/models/melody_rnn/melody_rnn_pipeline.py for NoteSequences. For
music files the defaults are those that make piano music train: symbolic time, the part with the
tune, and long melodies split instead of cut off.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from ssc_melody.errors import OptionError
from ssc_melody.melody.extraction import Limits
from ssc_melody.specs import NetworkSpec

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
        format: 'sequence_example' or 'events'.
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
    steps_per_quarter: int = 4
    format: str = "sequence_example"

    @property
    def compares_runs(self) -> bool:
        """Whether melodies are compared by their runs of intervals."""
        return self.dedupe == "similar" or bool(self.leave_out)

    def __post_init__(self) -> None:
        """Checks what flags and callers set."""
        if self.dedupe not in DEDUPES:
            raise OptionError(f"--dedupe: expected yes, no or similar, got {self.dedupe!r}")
        _check_choice("--timing", self.timing, TIMINGS)
        _check_choice("--polyphony", self.polyphony, POLYPHONIES)
        _check_choice("--format", self.format, FORMATS)
        _check_choice("--long_melodies", self.limits.long_melodies, LONG_MELODIES)
        _check_range("--eval_ratio", self.eval_ratio, 0.0, 1.0)
        _check_range("--max_empty_bar_ratio", self.limits.max_empty_bar_ratio, 0.0, 1.0)
        _check_range("--min_pitch", self.min_pitch, 0, 127)
        _check_range("--max_pitch", self.max_pitch, self.min_pitch, 127)
        _check_range("--min_bars", self.limits.min_bars, 0, 10**6)
        _check_range("--min_unique_pitches", self.limits.min_unique_pitches, 0, 12)
        _check_range("--steps_per_quarter", self.steps_per_quarter, 1, 96)
        _check_range("--gap_bars", self.limits.gap_bars, 0.0, 1e6)
        if self.limits.max_steps is not None:
            _check_range("--max_steps", self.limits.max_steps, 2, 10**6)
        if not self.transpose_semitones:
            raise OptionError("--transpose_semitones: expected numbers such as -2,0,2")
        for amount in self.transpose_semitones:
            _check_range("--transpose_semitones", amount, -127, 127)


def _check_choice(flag: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise OptionError(f"{flag}: expected one of {', '.join(choices)}, got {value!r}")


def _check_range(flag: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # also refuses NaN
        raise OptionError(f"{flag}: expected {least} to {most}, got {value}")


RAW_DEFAULTS: dict[str, Any] = {
    "timing": "symbolic",
    "polyphony": "melody_track",
    "min_pitch": 24,  # C1
    "max_pitch": 108,  # C8
    "dedupe": True,
    "max_empty_bar_ratio": 0.25,
    "long_melodies": "split",
}
"""What differs for music files from the defaults above."""

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
    values |= {name: value for name, value in given.items() if value is not None}
    limits = {name: values.pop(name) for name in list(values) if name in _LIMIT_NAMES}
    if limits.get("max_steps") == 0:
        limits["max_steps"] = None
    limits["ignore_polyphonic_notes"] = values.get("polyphony", "discard") != "discard"
    return Options(spec=spec, limits=Limits(**limits), **values)
