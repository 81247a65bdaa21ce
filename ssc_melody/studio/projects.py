"""The file that keeps a session of the studio: what was asked for, the primer, the melodies.

JSON in UTF-8, readable and written by hand where need be:

    {"format": "ssc_melody studio", "version": 1, "title": "Monday", "bundle": "ssc_basic_rnn",
     "flags": {"temperature": 0.9}, "primer": [60, -2, 62, -2], "metre": [4, 4],
     "melodies": [{"name": "Melody 1", "kept": true, "events": [60, -2], ...}]}

A project may come from anybody: its shape and every value is checked before a page sees it. Left
out: the bundles themselves, which are named.
"""

from __future__ import annotations

import math
from typing import Any

from ssc_melody.chords.symbols import NO_CHORD, parse_chord
from ssc_melody.errors import ChordError, DataError, FormatError, about, printable
from ssc_melody.formats.json_data import check_json, parse_json
from ssc_melody.melody.events import clean
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.midi import check_qpm
from ssc_melody.specs import checks
from ssc_melody.studio.music import Take

FORMAT, VERSION = "ssc_melody studio", 1
SUFFIX = ".studio.json"
MAX_BYTES = 8 * 2**20
MOST_MELODIES = 500
MOST_STEPS = 4_096
_LONGEST_TEXT = 20_000
_LONGEST_NAME = 200

_MELODY = {
    "name": str,
    "kept": bool,
    "events": [int],
    "primer_steps": int,
    "start_step": int,
    "steps_per_bar": int,
    "steps_per_quarter": int,
    "qpm": float,
    "velocity": int,
    "program": int,
    "metre": (int, int),
    "chords": [str],
    "render_chords": bool,
    "command": str,
}
_PROJECT = {
    "format": str,
    "version": int,
    "title": str,
    "bundle": str,
    "flags": {str: object},
    "primer": [int],
    "metre": (int, int),
    "melodies": [_MELODY],
}


def read_project(data: bytes, name: str = "the project") -> dict[str, Any]:
    """Reads a project, checked and without what does not belong to it.

    Args:
        data: The file.
        name: What messages call it.

    Raises:
        DataError: It is none, or damaged.
    """
    with about(name, DataError):
        try:
            project = parse_json(data, {"format": str, "version": int}, MAX_BYTES)
        except FormatError as error:
            raise FormatError(f"expected a project of the studio: {error}") from None
        if (project["format"], project["version"]) != (FORMAT, VERSION):
            raise FormatError("expected a project of this studio, found another format or version")
        check_json(project, _PROJECT)
        if len(project["melodies"]) > MOST_MELODIES:
            raise FormatError(f"expected at most {MOST_MELODIES} melodies")
        return {
            "format": FORMAT,
            "version": VERSION,
            "title": _text(project["title"], _LONGEST_NAME),
            "bundle": _text(project["bundle"], _LONGEST_NAME),
            "flags": _flags(project["flags"]),
            "primer": _events(project["primer"], 0),
            "metre": _metre(project["metre"]),
            "melodies": [_melody_of(melody) for melody in project["melodies"]],
        }


def take_of(value: Any) -> Take:
    """Returns a melody that the page sends.

    Raises:
        FormatError: It is none.
    """
    check_json(value, _MELODY)
    checked = _melody_of(value)
    melody = Melody(
        checked["events"],
        start_step=checked["start_step"],
        steps_per_quarter=checked["steps_per_quarter"],
        steps_per_bar=checked["steps_per_bar"],
        primer_steps=checked["primer_steps"],
        chords=checked["chords"],
    )
    beats, unit = checked["metre"]
    return Take(
        checked["name"], melody, checked["qpm"], checked["velocity"], checked["program"],
        (beats, unit), checked["render_chords"], checked["command"],
    )  # fmt: skip


def _melody_of(melody: dict[str, Any]) -> dict[str, Any]:
    events = _events(melody["events"], 1)
    ranges = {
        "primer_steps": (0, len(events)),
        "start_step": (0, 10 * MOST_STEPS),
        "steps_per_bar": (1, 1_000),
        "steps_per_quarter": (1, 48),
        "velocity": (1, 127),
        "program": (0, 127),
    }
    return {
        "name": _text(melody["name"], _LONGEST_NAME),
        "kept": melody["kept"],
        "events": events,
        **{name: _whole(name, melody[name], *limits) for name, limits in ranges.items()},
        "qpm": _tempo(melody["qpm"]),
        "metre": _metre(melody["metre"]),
        "chords": _chords(melody["chords"], len(events)),
        "render_chords": melody["render_chords"],
        "command": _text(melody["command"], _LONGEST_TEXT),
    }


def _metre(metre: list[int]) -> list[int]:
    beats, unit = metre
    if not (1 <= beats <= 64 and unit in (1, 2, 4, 8, 16, 32)):
        raise FormatError(f"metre: expected one such as 3/4, found {beats}/{unit}")
    return metre


def _chords(symbols: list[str], steps: int) -> list[str]:
    """Returns a melody's chords, a symbol per step, or none."""
    if len(symbols) not in (0, steps):
        raise FormatError(f"chords: expected {steps} symbols, found {len(symbols)}")
    try:
        for symbol in set(symbols) - {NO_CHORD}:
            parse_chord(symbol)
    except ChordError as error:
        raise FormatError(f"chords: {error}") from None
    return symbols


def _whole(name: str, value: Any, least: int, most: int) -> int:
    try:
        return checks.whole(name, value, least, most)
    except ValueError as error:
        raise FormatError(str(error)) from None


def _tempo(qpm: float) -> float:
    try:
        check_qpm(qpm)
    except ValueError as error:
        raise FormatError(str(error)) from None
    return float(qpm)


def _events(events: list[int], least: int) -> list[int]:
    if not least <= len(events) <= MOST_STEPS:
        raise FormatError(f"expected {least} to {MOST_STEPS} events, found {len(events)}")
    try:
        return clean(events)
    except ValueError as error:
        raise FormatError(str(error)) from None


def _flags(flags: dict[str, Any]) -> dict[str, Any]:
    """Returns the flags with plain values; what they mean is seen when they are used."""
    found = {}
    for name, value in list(flags.items())[:100]:
        if not isinstance(value, str | int | float | bool):
            raise FormatError(f"flags: expected a number or a text for {name[:40]!r}")
        if isinstance(value, float) and not math.isfinite(value):
            raise FormatError(f"flags: expected a number for {name[:40]!r}")
        found[name[:64]] = _text(value, _LONGEST_TEXT) if isinstance(value, str) else value
    return found


def _text(text: str, longest: int) -> str:
    return printable(text)[:longest]
