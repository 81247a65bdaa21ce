"""The flags that say how events are chosen and what a melody must be, and the values they mean.

What the flags are is `sampling.Sampling` and `constraints.Constraints`; here they are read, and the
primer is fitted to what is asked for where none is given.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from absl import flags

from ssc_melody.cli.flags import Flags
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import OptionError
from ssc_melody.files import Source, user_path
from ssc_melody.melody import primer as primers
from ssc_melody.melody.events import set_length
from ssc_melody.play.constraints import ENDS, Constraints
from ssc_melody.play.sampling import Sampling
from ssc_melody.play.scales import SCALES, Key, parse_key
from ssc_melody.play.shaping import STYLES

_LONGEST = 1_000_000
"""Steps of a melody that is read from a file."""

_FORM_BARS = 8
"""Bars of a form whose length nobody says."""

_MIDDLE_C = 60


def define_decoding_flags(flag: Flags) -> None:
    """Defines the flags of choosing events (but for --temperature) and of constraints."""
    flag.real(
        "rhythm_temperature", None, "Of whether a note begins or ends; instead of --temperature."
    )
    flag.real("pitch_temperature", None, "Of which note begins; instead of --temperature.")
    flag.real(
        "top_p", None, "Only the likeliest notes that hold so much of the probability (0 to 1)."
    )
    flag.integer("top_k", None, "Only so many of the likeliest notes.")
    styles = ", ".join(f"{name} ({_settings_text(name)})" for name in STYLES)
    flag.choice("style", None, list(STYLES), f"Settings by name: {styles}.")
    flag.integer(
        "choose_from", 1, "Draw so many for each melody, and keep the one that a critic likes best."
    )
    flag.string("key", None, "New notes are of this key, such as D, F#, Bb or Am.")
    flag.choice("scale", None, list(SCALES), "New notes are of this scale of the key.")
    flag.integer("lowest_note", None, "Lowest MIDI pitch of new notes, 0 to 127.")
    flag.integer("highest_note", None, "Highest MIDI pitch of new notes, 0 to 127.")
    flag.integer("max_leap", None, "Most semitones from one note to the next.")
    flag.choice(
        "end", None, list(ENDS), "cadence: end on a long note of the tonic triad, on a beat."
    )
    flag.string(
        "form", None, "Letters that name phrases, such as AABA; the same letter repeats its phrase."
    )
    flag.integer("phrase_bars", None, "Bars of each phrase of --form.")
    flag.string(
        "rhythm_of", None, "A MIDI, MusicXML or ABC file: keep its rhythm, with new pitches."
    )
    flag.string(
        "pitches_of",
        None,
        "A MIDI, MusicXML or ABC file: keep its pitches in their order, with a new rhythm.",
    )
    flag.string(
        "rewrite_bars", None, "Bars of the primer, such as 3-4, to make anew between the others."
    )


def _settings_text(style: str) -> str:
    parts = {name.partition("_")[0]: value for name, value in STYLES[style].items()}
    return ", ".join(f"{name} {value:g}" for name, value in parts.items())


_SHAPES = ("rhythm_temperature", "pitch_temperature", "top_p", "top_k")


def sampling_from_flags(values: flags.FlagValues) -> Sampling:
    """Returns how events are chosen; a flag takes precedence over --style.

    Raises:
        OptionError: A value is out of its range.
    """
    shapes: dict[str, Any] = dict(STYLES[values.style]) if values.style else {}
    shapes |= {name: values[name].value for name in _SHAPES if values[name].value is not None}
    return Sampling(
        temperature=values.temperature,
        beam_size=values.beam_size,
        branch_factor=values.branch_factor,
        steps_per_iteration=values.steps_per_iteration,
        decoding=values.decoding,
        **shapes,
    )


_CONSTRAINTS = ("key", "scale", "lowest_note", "highest_note", "max_leap", "form", "phrase_bars")


def constraints_from_flags(values: flags.FlagValues, steps_per_quarter: int) -> Constraints | None:
    """Returns what the melodies must be, or None where nothing is asked for.

    Raises:
        OptionError: A value is out of its range, or two contradict each other.
        SscMelodyError: A file cannot be read.
    """
    constraints = Constraints(
        **{name: values[name].value for name in _CONSTRAINTS},
        end=values.end or ENDS[0],
        rhythm_of=_melody_of_file(values.rhythm_of, steps_per_quarter),
        pitches_of=_melody_of_file(values.pitches_of, steps_per_quarter),
        rewrite_bars=_bars(values.rewrite_bars),
    )
    if not constraints.given:
        return None
    if values.engine != "core":
        raise OptionError("--engine=magenta knows no constraints; they need --engine=core")
    return constraints


def _bars(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d{1,6})(?:\s*[-\u2013]\s*(\d{1,6}))?\s*", text)
    if match is None:
        raise OptionError(f"rewrite_bars: expected bars such as 3-4 or 3, got {text!r}")
    return int(match[1]), int(match[2] or match[1])


def _melody_of_file(path: str | None, steps_per_quarter: int) -> tuple[int, ...] | None:
    return None if path is None else melody_of(user_path(path), steps_per_quarter)


def melody_of(source: Source, steps_per_quarter: int) -> tuple[int, ...]:
    """Returns the events of a MIDI file from the bar of its first note to the end of a bar.

    Args:
        source: The file.
        steps_per_quarter: The model's.

    Raises:
        MidiError: It cannot be read.
    """
    read = primers.from_midi(source, num_steps=_LONGEST, steps_per_quarter=steps_per_quarter)
    return tuple(_whole_bars(read))


def _whole_bars(read: primers.Primer) -> list[int]:
    """Returns a primer's notes, and silence to the end of the last bar."""
    bar = read.steps_per_bar
    return set_length(read.events[: read.primer_steps], -(-read.primer_steps // bar) * bar)


def fit_primer(
    values: flags.FlagValues,
    constraints: Constraints | None,
    steps_per_quarter: int,
    read: Callable[[int], primers.Primer],
    num_steps: int,
    settled: bool,
) -> tuple[primers.Primer, Constraints | None]:
    """Returns the primer, and constraints that go with it.

    Without constraints the primer is what `read` makes of the flags. With some, and no primer
    given, it is one note that fits them, and the length is theirs unless something else settles it.

    Args:
        values: The flags.
        constraints: What the melodies must be.
        steps_per_quarter: The model's.
        read: Makes the primer of the flags for a melody of so many steps.
        num_steps: Length of the melody.
        settled: Whether that is asked for (by --num_steps, or chords).

    Raises:
        OptionError: --rewrite_bars without a melody to change.
        PrimerError: The primer leaves no room.
    """
    if constraints is None:
        return read(num_steps), None
    bar = 4 * steps_per_quarter
    given = bool(values.primer_melody or values.primer_midi)
    if constraints.rewrite_bars is not None:
        if not given:
            raise OptionError(
                "rewrite_bars: changes a melody; give it as --primer_midi or --primer_melody"
            )
        return _whole(read(_LONGEST), constraints)
    if not settled:
        num_steps = _length(constraints, num_steps, bar)
    if given:
        return read(num_steps), constraints
    first, constraints = _first_event(constraints)
    qpm = values.qpm or DEFAULT_QPM
    return primers.Primer([first], 0, bar, qpm, num_steps, 1), constraints


def _whole(read: primers.Primer, constraints: Constraints) -> tuple[primers.Primer, Constraints]:
    events = _whole_bars(read)
    primer = dataclasses.replace(
        read, events=events, num_steps=len(events), primer_steps=len(events)
    )
    return primer, dataclasses.replace(constraints, steps_per_bar=read.steps_per_bar)


def _length(constraints: Constraints, num_steps: int, bar: int) -> int:
    """Returns how long a melody is to be if nobody says it: as long as what is asked for."""
    if constraints.rhythm_of is not None:
        return len(constraints.rhythm_of)
    if constraints.form is not None:
        letters = len(constraints.form)
        return letters * (constraints.phrase_bars or max(2, round(_FORM_BARS / letters))) * bar
    return num_steps


def _first_event(constraints: Constraints) -> tuple[int, Constraints]:
    """Returns the event that a melody begins with if nobody says it, and what is left to come."""
    if constraints.pitches_of is not None:
        from ssc_melody.play.placing import pitches_in  # noqa: PLC0415 (rarely asked for)

        first, *others = pitches_in(constraints.pitches_of)
        if not others:
            raise OptionError("pitches_of: its melody has one note; the first begins the melody")
        return first, dataclasses.replace(constraints, pitches_of=tuple(others))
    if constraints.rhythm_of is not None and constraints.rhythm_of[0] < 0:
        return constraints.rhythm_of[0], constraints
    return _first_note(constraints), constraints


def _first_note(constraints: Constraints) -> int:
    """Returns the tonic that is nearest to middle C, or the nearest note that is allowed."""
    low = 0 if constraints.lowest_note is None else constraints.lowest_note
    high = 127 if constraints.highest_note is None else constraints.highest_note
    tonic, named = parse_key(constraints.key or "C")
    key = Key(tonic, constraints.scale or named or "major")
    inside = range(low, high + 1)
    notes = (
        [pitch for pitch in inside if pitch % 12 == key.tonic]
        or [pitch for pitch in inside if pitch % 12 in key.pitch_classes]
        or list(inside)
    )
    return min(notes, key=lambda pitch: abs(pitch - _MIDDLE_C))
