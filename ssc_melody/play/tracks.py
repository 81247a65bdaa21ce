"""`Model.generate` for polyphony, drums and performances: from a primer to tracks.

Follows the _generate of polyphony_sequence_generator.py, drums_rnn_sequence_generator.py and
performance_sequence_generator.py (Magenta 2.1.4), and the times that the commands beside them ask
for, float for float. Left out: sections of a longer piece.

Where stock stops with an exception, this goes on: a metre whose bars are no whole number of steps
counts as 4/4 (drums). Several tempos, and a primer that leaves no room, are one-line errors.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.encodings import ConditionalEncoding
from ssc_melody.encodings.table import TableEncoding
from ssc_melody.errors import OptionError, PrimerError
from ssc_melody.play import batching
from ssc_melody.play.asked import DEFAULT_PRIMER, Asked
from ssc_melody.play.sampling import Sampling, make_sampling
from ssc_melody.play.sequences import Course
from ssc_melody.play.starts import as_start, drums_start
from ssc_melody.play.timed import Timed
from ssc_melody.specs import nearest
from ssc_melody.specs.tracks import DrumsSpec, PerformanceSpec
from ssc_melody.tracks import controls, drums, performance, polyphony
from ssc_melody.tracks.notes import Note, quantize, to_step
from ssc_melody.tracks.start import Start, one_tempo
from ssc_melody.tracks.track import Track

if TYPE_CHECKING:
    from ssc_melody.play.model import Model


def _setting(asked: Asked, name: str, default: bool) -> bool:
    value = asked.settings.get(name, default)
    if not isinstance(value, bool):
        raise OptionError(f"{name}: expected True or False, got {value!r}")
    return value


SETTINGS = {
    "Polyphony RNN": ("condition_on_primer", "inject_primer_during_generation"),
    "Performance RNN": tuple(field.name for field in dataclasses.fields(controls.Conditions)),
}
"""Names that `Model.generate` takes beside those of `Sampling`, by the family's name."""


def split(
    model: Model, sampling: Sampling | None, settings: Mapping[str, Any]
) -> tuple[Sampling, dict[str, Any]]:
    """Returns how events are chosen, and the settings of a family.

    Raises:
        OptionError: There is no such setting, or it is for melodies alone.
    """
    known = SETTINGS.get(model.family.name, ())
    mine = {name: value for name, value in settings.items() if name in known}
    others = {name: value for name, value in settings.items() if name not in known}
    names = [field.name for field in dataclasses.fields(Sampling)]
    for name in others:
        if name not in names:
            there = [*names, *known]
            raise OptionError(f"no setting {name!r}{nearest(name, there)}: there are {there}")
    chosen = make_sampling(sampling, others)
    if chosen.shaped:
        raise OptionError(
            "rhythm_temperature, pitch_temperature, top_p and top_k are for melodies; "
            "`temperature` is for all"
        )
    return model.at_its_temperature(chosen), mine


def _no_room(start: float, end: float, num_steps: int) -> NoReturn:
    raise PrimerError(
        f"Primer is {start:.6g} s, {num_steps} steps are {end:.6g} s; `num_steps` counts the "
        "primer and must leave room after it"
    )


def play_polyphony(model: Model, primer: Any, asked: Asked) -> list[Track]:
    """Makes polyphonic tracks.

    Settings: `condition_on_primer` feeds the primer to the network first (False);
    `inject_primer_during_generation` puts the primer's notes into the new track, step by step, so
    that they are harmonized (True).

    Args:
        model: The model.
        primer: A `Start`, pitches of a chord, a MIDI file, a NoteSequence; empty for none.
        asked: What was asked for.

    Raises:
        PrimerError: The primer leaves no room, or changes its tempo.
    """
    start = Start() if primer is DEFAULT_PRIMER else as_start(primer)
    one_tempo(start, "Polyphony RNN")
    rate = model.spec.steps_per_quarter * start.qpm / 60.0
    seconds_per_step = 60.0 / start.qpm / model.spec.steps_per_quarter
    end = asked.num_steps * seconds_per_step
    if start.seconds >= end:
        _no_room(start.seconds, end, asked.num_steps)
    first_step, last_step = to_step(start.seconds, rate, 1), to_step(end, rate, 0)
    given = [polyphony.START]
    begins = first_step
    if len({note.program for note in start.notes}) <= 1:
        begins = 0
        given = polyphony.from_notes(quantize(start.notes, rate))
        given = polyphony.trimmed(polyphony.set_length(given, first_step))
    told, told_from = None, 0
    condition = _setting(asked, "condition_on_primer", False)
    if _setting(asked, "inject_primer_during_generation", True):
        steps = polyphony.injected(given)
        told = steps if any(steps) else None
        told_from = polyphony.steps_of(given) if condition else 0
    if not condition:
        given, begins = [polyphony.START], first_step
    total = polyphony.steps_of(given) + last_step - first_step
    encoding = model.encoding
    assert isinstance(encoding, TableEncoding)
    durations = np.zeros(encoding.num_classes, dtype=np.int64)
    durations[polyphony.STEP_END] = 1
    course = Course(model.network, encoding.table, durations, total, None, told, told_from)
    timed = Timed(
        course, given, lambda steps: 5 * steps, asked.sampling, model.graph_batch, asked.progress
    )
    tracks = []
    for events, score in timed.generate(asked.num_outputs, asked.random):
        whole = polyphony.set_length(events, total)
        notes = polyphony.to_notes(whole, seconds_per_step, begins)
        if not condition:
            notes = [*start.notes, *notes]
        tracks.append(
            _track(
                [polyphony.event_of(number) for number in whole],
                notes,
                score,
                start,
                len(given),
                keep=not condition,
            )
        )
    return tracks


def _track(
    events: list[Any],
    notes: list[Note],
    score: float,
    start: Start,
    given: int,
    keep: bool,
    primer_seconds: float | None = None,
) -> Track:
    """Returns a track; `keep` for one in whose file the primer's own notes and metres stand."""
    track = Track(
        events,
        notes,
        score,
        start.qpm,
        primer_events=given,
        primer_seconds=start.seconds if primer_seconds is None else primer_seconds,
    )
    if not keep:
        return track
    return dataclasses.replace(
        track,
        ticks_per_quarter=start.ticks_per_quarter,
        metres=start.metres,
        names=start.names,
        moves=start.moves,
        keys=start.keys,
    )


def play_drums(model: Model, primer: Any, asked: Asked) -> list[Track]:
    """Makes drum tracks.

    Args:
        model: The model.
        primer: A `Start`, sets of MIDI pitches, a MIDI file, a NoteSequence.
        asked: What was asked for.

    Raises:
        PrimerError: The primer leaves no room, or changes its tempo.
    """
    spec = model.spec
    assert isinstance(spec, DrumsSpec)
    given = [(drums.BASS_DRUM,)] if primer is DEFAULT_PRIMER else primer
    start = drums_start(given) if isinstance(given, list | tuple) else as_start(given)
    one_tempo(start, "Drums RNN")
    rate = spec.steps_per_quarter * start.qpm / 60.0
    seconds_per_step = 60.0 / start.qpm / spec.steps_per_quarter
    end = asked.num_steps * seconds_per_step
    begin = start.seconds + seconds_per_step
    if begin >= end:
        _no_room(begin, end, asked.num_steps)
    first_step, last_step = to_step(begin, rate, 1), to_step(end, rate, 0)
    events, origin = drums.from_notes(
        quantize(start.notes, rate), _steps_per_bar(start, spec.steps_per_quarter)
    )
    if not events:
        origin = max(0, first_step - 1)
    events = drums.set_length(events, first_step - origin)
    num_steps = last_step - origin
    if len(events) >= num_steps:
        _no_room(begin, end, asked.num_steps)
    primed = model.family.prime(spec, events)
    made = batching.generate(
        model.network,
        model.encoding,
        primed.events,
        num_steps,
        asked.num_outputs,
        asked.sampling,
        model.graph_batch,
        asked.random,
        asked.progress,
    )
    tracks = []
    for row, score in made:
        whole = model.family.finish(spec, row, primed, score)
        notes = drums.to_notes(whole, seconds_per_step, origin)
        given_seconds = (origin + len(events)) * seconds_per_step
        tracks.append(_track(whole, notes, score, start, len(events), False, given_seconds))
    return tracks


def _steps_per_bar(start: Start, steps_per_quarter: int) -> int:
    numerator, denominator = start.metre
    steps = steps_per_quarter * 4.0 * numerator / max(1, denominator)
    return int(steps) if steps >= 1 and steps % 1 == 0 else 4 * steps_per_quarter


def play_performance(model: Model, primer: Any, asked: Asked) -> list[Track]:
    """Makes performances.

    Settings: `notes_per_second`, `pitch_class_histogram`, `disable_conditioning` (see
    `tracks.controls.Conditions`), for the models that are conditioned on them.

    Args:
        model: The model.
        primer: A `Start`, pitches of a chord, a MIDI file, a NoteSequence; empty for none.
        asked: What was asked for.

    Raises:
        OptionError: A condition is out of its range.
        PrimerError: The primer leaves no room.
    """
    spec = model.spec
    assert isinstance(spec, PerformanceSpec)
    start = Start() if primer is DEFAULT_PRIMER else as_start(primer)
    conditions = controls.Conditions(**asked.settings)
    rate = spec.steps_per_second
    end = asked.num_steps * (1.0 / rate)
    if start.seconds >= end:
        _no_room(start.seconds, end, asked.num_steps)
    first_step, last_step = to_step(start.seconds, rate, 1), to_step(end, rate, 0)
    programs = {note.program for note in start.notes}
    given: list[int] = []
    begins = first_step
    if start.notes and len(programs) == 1:
        begins = 0
        given = performance.from_notes(start.notes, rate, spec.velocity_bins)
    given = performance.set_length(given, first_step - begins)
    total = performance.steps_of(given) + last_step - first_step
    if total < 1:
        _no_room(start.seconds, end, asked.num_steps)
    program, is_drum = _sound(start) if begins == 0 and start.notes else (0, False)
    density = conditions.densities() if spec.density else [controls.DEFAULT_DENSITY]
    mean = max(1.0, sum(density) / len(density))
    controlled = controls.encode(spec, conditions, total)
    if not given:
        given = performance.set_length(given, min(performance.MAX_SHIFT, total))
    encoding = model.encoding
    target = encoding.target if isinstance(encoding, ConditionalEncoding) else encoding
    assert isinstance(target, TableEncoding)
    durations = np.array([performance.duration(i) for i in range(target.num_classes)])
    timed = Timed(
        Course(model.network, target.table, durations, total, controlled, lingers=True),
        given,
        lambda steps: math.ceil(4.0 * mean * steps / rate),
        asked.sampling,
        model.graph_batch,
        asked.progress,
    )
    tracks = []
    for events, score in timed.generate(asked.num_outputs, asked.random):
        whole = performance.set_length(events, total)
        notes = performance.to_notes(whole, rate, begins, spec.velocity_bins, program, is_drum)
        named = [performance.event_of(number) for number in whole]
        played = dataclasses.replace(start, qpm=DEFAULT_QPM)
        tracks.append(_track(named, notes, score, played, len(given), False))
    return tracks


def _sound(start: Start) -> tuple[int, bool]:
    """Returns the program of a primer and whether it is of drums, for what follows it."""
    if all(note.is_drum for note in start.notes):
        return 0, True
    if any(note.is_drum for note in start.notes):
        return 0, False
    return start.notes[0].program, False
