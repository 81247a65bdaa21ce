"""Tempos and metres of a MIDI file, and the seconds of its ticks.

Follows note_seq/midi_io.py and pretty_midi's reader, rounding for rounding. Those take tempos and
metres from the first track only, as the standard has it; files that have them elsewhere exist, so
they count here unless stock's numbers are asked for. Where the first track says something at the
same tick, that holds.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import FormatError
from ssc_melody.midi.events import SET_TEMPO, TIME_SIGNATURE, Event
from ssc_melody.midi.piece import TempoChange, TimeSignature


class Clock:
    """Ticks to seconds, rounded as pretty_midi's table of all ticks is."""

    def __init__(self, ticks_per_quarter: int, tempos: Sequence[tuple[int, int]]) -> None:
        """Takes the tempos as (tick, microseconds per quarter note), by tick."""
        self._ticks_per_quarter = ticks_per_quarter
        self._ticks = [0]
        self._scales = [60.0 / (DEFAULT_QPM * ticks_per_quarter)]
        self._times = [0.0]
        for tick, microseconds in tempos:
            self._add(tick, microseconds)

    def _add(self, tick: int, microseconds: int) -> None:
        if microseconds == 0:
            raise FormatError(f"the tempo at tick {tick}: expected a positive number, found 0")
        scale = 60.0 / ((6e7 / microseconds) * self._ticks_per_quarter)
        if tick == 0:
            self._scales = [scale]
        elif scale != self._scales[-1]:
            self._times.append(self.seconds(tick))
            self._ticks.append(tick)
            self._scales.append(scale)

    def seconds(self, tick: int) -> float:
        """Returns the time of a tick in seconds."""
        if len(self._ticks) == 1:
            return self._scales[0] * tick
        span = bisect.bisect_right(self._ticks, tick) - 1
        return self._times[span] + self._scales[span] * (tick - self._ticks[span])

    def tempos(self) -> list[TempoChange]:
        """Lists the tempos; qpm carries the roundings of seconds per tick, as note-seq's does."""
        rows = zip(self._ticks, self._times, self._scales, strict=True)
        return [
            TempoChange(tick, time, 60.0 / (scale * self._ticks_per_quarter))
            for tick, time, scale in rows
        ]


class Timing(NamedTuple):
    """The clock of a file, its metres by tick, and what does not add up."""

    clock: Clock
    metres: list[TimeSignature]
    warnings: list[str]


def read_timing(
    tracks: Sequence[Sequence[Event]], ticks_per_quarter: int, as_stock: bool = False
) -> Timing:
    """Makes the clock and the metres of a file.

    Args:
        tracks: The tempos and metres of each track.
        ticks_per_quarter: Ticks in a quarter note.
        as_stock: Whether the first track alone counts.

    Raises:
        FormatError: A tempo of the first track is 0.
    """
    first, others = tracks[0], [event for track in tracks[1:] for event in track]
    clock, metres = Clock(ticks_per_quarter, _tempos(first)), _metres(first)
    elsewhere = [row for row in _tempos(others) if row[1]]
    full_clock = clock
    if elsewhere:
        full_clock = Clock(ticks_per_quarter, _merged(_tempos(first), elsewhere))
    full_metres = _merged(metres, _metres(others))
    odd = []
    if full_clock is not clock and full_clock.tempos() != clock.tempos():
        odd.append("tempos")
    if _changes(full_metres) != _changes(metres):
        odd.append("metres")
    if not as_stock:
        clock, metres = full_clock, full_metres
    verdict = "are ignored, as in Magenta" if as_stock else "count too"
    return Timing(
        clock,
        [TimeSignature(tick, clock.seconds(tick), *metre) for tick, metre in metres],
        [f"{' and '.join(odd)} outside the first track {verdict}"] if odd else [],
    )


Metre = tuple[int, int]
T = TypeVar("T")


def _tempos(events: Iterable[Event]) -> list[tuple[int, int]]:
    """Returns (tick, microseconds per quarter note) of each tempo."""
    return [
        (tick, int.from_bytes(content[:3], "big"))
        for tick, kind, content in events
        if kind == SET_TEMPO
    ]


def _metres(events: Iterable[Event]) -> list[tuple[int, Metre]]:
    return [
        (tick, (content[0], 2 ** content[1]))
        for tick, kind, content in events
        if kind == TIME_SIGNATURE and len(content) >= 2
    ]


def _merged(first: list[tuple[int, T]], others: list[tuple[int, T]]) -> list[tuple[int, T]]:
    """Adds rows to those of the first track, by tick; at the same tick the latter hold."""
    taken = {tick for tick, _ in first}
    more = [row for row in others if row[0] not in taken]
    return sorted([*first, *more], key=lambda row: row[0]) if more else first


def _changes(metres: list[tuple[int, Metre]]) -> list[tuple[int, Metre]]:
    """Returns the metres that differ from the one before (4/4 before the first)."""
    before = [(4, 4), *(metre for _, metre in metres)]
    return [row for row, last in zip(metres, before, strict=False) if row[1] != last]
