"""A piece cut into sections of one metre (and, in absolute time, one tempo), and quantized.

Follows note_seq/sequences_lib.py: `split_note_sequence_on_time_changes`, `extract_subsequence` and
`quantize_note_sequence`, number for number in absolute time. In symbolic time the same is done in
ticks, where tempo does not exist; a step is then a fraction of a quarter note, rounded half up.

Quirks kept: before the first metre it is 4/4, before the first tempo 120 qpm; a note that sounds
over a change ends there; notes that begin at or after the end of the piece are lost.
"""

from __future__ import annotations

import bisect
import dataclasses
import math
import operator
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.dataset import bars, inferred
from ssc_melody.dataset.bars import COMMON_TIME, Metre
from ssc_melody.dataset.options import Options
from ssc_melody.dataset.pieces import Piece
from ssc_melody.melody import tune
from ssc_melody.melody.quantized import QuantizedNote
from ssc_melody.midi.read import MidiNote, MidiPiece

MULTIPLE_METRES = "sequences_discarded_because_multiple_time_signatures"
MULTIPLE_TEMPOS = "sequences_discarded_because_multiple_tempos"
BAD_METRE = "sequences_discarded_because_bad_time_signature"
BAD_TIME = "sequences_discarded_because_bad_times"
OUT_OF_RANGE = "skipped_due_to_range_exceeded"
OUT_OF_PITCHES = "notes_dropped_outside_pitch_range"

Tracks = dict[int, list[QuantizedNote]]
Chords = tuple[tuple[int, str], ...]
_MAX_PITCH = 127
_START_TIME = operator.attrgetter("start_time")
_START_TICK = operator.attrgetter("start_tick")


class Section(NamedTuple):
    """A stretch of music in one metre.

    Attributes:
        tracks: (instrument, notes) in stock's order; steps count from the section's beginning.
        metre: (numerator, denominator).
        steps_per_bar: Steps; no whole number in some metres.
        chords: (step, chord symbol) by step; one that began before the section is at step 0.
    """

    tracks: list[tuple[int, list[QuantizedNote]]]
    metre: Metre
    steps_per_bar: float
    chords: Chords = ()


def split(piece: Piece, options: Options) -> tuple[list[Section], Counter[str]]:
    """Cuts a piece into quantized sections.

    Returns:
        The sections, and how many notes or sections were discarded for each reason.

    Source: magenta/pipelines/note_sequence_pipelines.py, TimeChangeSplitter and Quantizer.
    """
    counts: Counter[str] = Counter()
    if options.infer_chords and not piece.music.chords:
        piece = dataclasses.replace(piece, music=inferred.with_chords(piece.music))
    music = piece.music
    notes = _in_range(music.notes, options, counts)
    notes = _voices(dataclasses.replace(music, notes=notes), options)
    if options.timing == "symbolic":
        return _symbolic_sections(music, notes, options.steps_per_quarter, counts), counts
    return _absolute_sections(piece, notes, options.steps_per_quarter, counts), counts


def transposed(section: Section, semitones: int) -> Section | None:
    """Returns a section moved up or down, drums excepted; None if a note leaves 0..127.

    Source: magenta/pipelines/note_sequence_pipelines.py, TranspositionPipeline.
    """
    pitches = [note.pitch for _, notes in section.tracks for note in notes if not note.is_drum]
    if pitches and not 0 <= min(pitches) + semitones <= max(pitches) + semitones <= _MAX_PITCH:
        return None
    if semitones == 0:
        return section
    tracks = [
        (
            instrument,
            [n if n.is_drum else n._replace(pitch=n.pitch + semitones) for n in notes],
        )
        for instrument, notes in section.tracks
    ]
    return section._replace(tracks=tracks)


def _in_range(notes: list[MidiNote], options: Options, counts: Counter[str]) -> list[MidiNote]:
    """Drops notes below min_pitch or above max_pitch; 0 and 127 drop none (as stock)."""
    low = options.min_pitch or -math.inf
    high = options.max_pitch if options.max_pitch < _MAX_PITCH else math.inf
    if math.isinf(low) and math.isinf(high):
        return notes
    kept = [note for note in notes if note.is_drum or low <= note.pitch <= high]
    if len(kept) < len(notes):
        counts[OUT_OF_PITCHES] += len(notes) - len(kept)
    return kept


def _voices(music: MidiPiece, options: Options) -> list[MidiNote]:
    """Applies --polyphony: the notes that melodies may be taken from."""
    if options.polyphony == "discard":
        return music.notes
    if options.polyphony == "melody_track":
        kept = tune.melody_track(music)
    else:
        step_ticks = max(1, music.ticks_per_quarter // options.steps_per_quarter)
        kept = tune.top_note(music.notes, step_ticks)
    return [note._replace(instrument=0) for note in kept]


def _symbolic_sections(
    music: MidiPiece, notes: list[MidiNote], steps_per_quarter: int, counts: Counter[str]
) -> list[Section]:
    """Cuts at changes of metre, in ticks."""
    stretches = bars.stretches(music)
    starts = [start for start, _, _ in stretches]
    cut: list[Tracks] = [{} for _ in starts]
    quarter = music.ticks_per_quarter

    def step(tick: int, start: int) -> int:
        return (2 * (tick - start) * steps_per_quarter + quarter) // (2 * quarter)

    for note in sorted(notes, key=_START_TICK):
        i = bisect.bisect_right(starts, note.start_tick) - 1
        end = note.end_tick if i + 1 == len(starts) else min(note.end_tick, starts[i + 1])
        _add(cut[i], note, step(note.start_tick, starts[i]), step(end, starts[i]))
    chords = _Timeline((chord.tick, chord.symbol) for chord in music.chords)
    sections = []
    for tracks, (start, stop, metre) in zip(cut, stretches, strict=True):
        if _is_metre(metre, counts):
            marks = chords.between(start, stop)
            placed = tuple((step(round(tick), 0), symbol) for tick, symbol in marks)
            sections.append(_section(tracks, metre, steps_per_quarter, placed))
    return sections


def _absolute_sections(
    piece: Piece, notes: list[MidiNote], steps_per_quarter: int, counts: Counter[str]
) -> list[Section]:
    """Cuts at changes of metre or tempo, in seconds."""
    metres = _Timeline((m.time, (m.numerator, m.denominator)) for m in piece.music.time_signatures)
    tempos = _Timeline((tempo.time, tempo.qpm) for tempo in piece.music.tempos)
    chords = _Timeline((chord.time, chord.symbol) for chord in piece.music.chords)
    times = _split_times(metres.events, tempos.events, piece.total_time)
    cut: list[list[MidiNote]] = [[] for _ in times[1:]]
    ordered = sorted(notes, key=_START_TIME)
    within = [note for note in ordered if 0.0 <= note.start_time < times[-1]]
    at = 0
    for i, end in enumerate(times[1:]):
        after = bisect.bisect_left(within, end, lo=at, key=_START_TIME)
        cut[i], at = within[at:after], after
    sections = []
    for part, start, end in zip(cut, times, times[1:], strict=False):
        metre = _the_only(metres.between(start, end), COMMON_TIME)
        qpm = _the_only(tempos.between(start, end), DEFAULT_QPM)
        if metre is None or qpm is None:
            counts[MULTIPLE_METRES if metre is None else MULTIPLE_TEMPOS] += 1
        elif _is_metre(metre, counts):
            rate = steps_per_quarter * qpm / 60.0
            try:
                tracks = _quantize(part, start, end, rate)
                marks = chords.between(start, end)
                placed = tuple((int(time * rate + 0.5), symbol) for time, symbol in marks)
            except (OverflowError, ValueError):  # a tempo that is infinite or no number
                counts[BAD_TIME] += 1
                continue
            sections.append(_section(tracks, metre, steps_per_quarter, placed))
    return sections


def _quantize(notes: list[MidiNote], start: float, end: float, rate: float) -> Tracks:
    """Returns the notes of a section (seconds start to end) in steps, `rate` steps a second."""
    tracks: Tracks = {}
    for pitch, velocity, _, _, begin, stop, _, instrument, _, is_drum in notes:
        first = int((begin - start) * rate + 0.5)
        last = int(((stop if stop < end else end) - start) * rate + 0.5)
        row = QuantizedNote(pitch, first, last if last != first else last + 1, velocity, is_drum)
        if instrument in tracks:
            tracks[instrument].append(row)
        else:
            tracks[instrument] = [row]
    return tracks


def _add(tracks: Tracks, note: MidiNote, start: int, end: int) -> None:
    """Adds a note to its instrument; it lasts a step at least."""
    if end == start:
        end += 1
    row = QuantizedNote(note.pitch, start, end, note.velocity, note.is_drum)
    if note.instrument in tracks:
        tracks[note.instrument].append(row)
    else:
        tracks[note.instrument] = [row]


def _split_times(
    metres: list[tuple[float, Metre]], tempos: list[tuple[float, float]], total_time: float
) -> list[float]:
    """Returns where sections begin, and the end of the last (seconds)."""
    changes = sorted(
        time
        for events, default in ((metres, COMMON_TIME), (tempos, DEFAULT_QPM))
        for time, _ in bars.real_changes([e for e in events if e[0] < total_time], default)
    )
    times = [0.0]
    for time in [*changes, total_time]:
        if time > times[-1]:
            times.append(time)
    return times


class _Timeline:
    """Events (second, value) by time."""

    def __init__(self, events: Iterable[tuple[float, Any]]) -> None:
        self.events = sorted(events, key=lambda event: event[0])
        self._times = [time for time, _ in self.events]

    def between(self, start: float, end: float) -> list[tuple[float, Any]]:
        """Returns the events of a section: the last one up to its start, and those inside it."""
        first = bisect.bisect_right(self._times, start)
        last = bisect.bisect_left(self._times, end, lo=first)
        before = [(0.0, value) for _, value in self.events[max(0, first - 1) : first]]
        return before + [(time - start, value) for time, value in self.events[first:last]]


def _the_only(events: list[tuple[float, Any]], default: Any) -> Any:
    """Returns the one value of a section, or None where there are several."""
    if not events:
        return default
    time, value = events[0]
    if (time != 0 and value != default) or any(other != value for _, other in events):
        return None
    return value


def _is_metre(metre: Metre, counts: Counter[str]) -> bool:
    """Tells whether the beats of a metre are a power of two and its bars not empty."""
    numerator, denominator = metre
    if numerator > 0 and denominator > 0 and denominator & (denominator - 1) == 0:
        return True
    counts[BAD_METRE] += 1
    return False


def _section(tracks: Tracks, metre: Metre, steps_per_quarter: int, chords: Chords = ()) -> Section:
    """Orders the instruments as Python walks a set of them, which is stock's order.

    The set grows one by one, as stock's does: set(tracks) would walk five or more otherwise.
    """
    numerator, denominator = metre
    steps_per_bar = steps_per_quarter * ((4.0 / denominator) * numerator)
    ordered = [(i, tracks[i]) for i in set(iter(tracks))]
    return Section(ordered, metre, steps_per_bar, chords)
