"""What the studio's page asks for, read as flags of ssc_melody_generate and played as it plays.

So an order is what its command line is: the same checks, the same messages, the same melodies. Left
out: flags that name a file. A melody whose rhythm or pitches are kept, and a primer in another
metre than 4/4, are given as they are, and are put through a MIDI file as the command reads one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from absl import flags

from ssc_melody.chords import Progression, parse_progression
from ssc_melody.cli import console, generate
from ssc_melody.cli.chord_flags import DEFAULT_CHORDS, NAMES
from ssc_melody.cli.decoding_flags import (
    constraints_from_flags,
    melody_of,
    sampling_from_flags,
)
from ssc_melody.cli.flags import parse
from ssc_melody.errors import OptionError, SscMelodyError
from ssc_melody.formats.json_data import check_json
from ssc_melody.melody.melody import Melody
from ssc_melody.play.backing import backing_of
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.model import Model
from ssc_melody.specs import ImprovSpec, NetworkSpec
from ssc_melody.studio.made import Made

FLAGS = (
    "num_outputs", "num_steps", "primer_melody", "continue_at", "include_primer", "qpm",
    "temperature", "rhythm_temperature", "pitch_temperature", "top_p", "top_k", "style", "decoding",
    "seed", "beam_size", "branch_factor", "steps_per_iteration", "key", "scale", "lowest_note",
    "highest_note", "max_leap", "end", "form", "phrase_bars", "rewrite_bars", "program", "velocity",
    "backing_chords", "steps_per_chord", "render_chords", "choose_from",
)  # fmt: skip
"""What a page may ask for; none of them names a file."""

KEPT = ("rhythm_of", "pitches_of")
"""Melodies of which something is kept; as flags they name files."""

MOST_OUTPUTS = 100
MOST_STEPS = 4_096
MOST_ROWS = 1_024
MOST_WORK = 2_000_000
"""Of one order: melodies, steps of one, sequences of one beam, and steps of all of them."""

_LONGEST_VALUE = 100_000


def command(wish: Mapping[str, Any], model: tuple[str, str]) -> str:
    """Returns the command line that makes what is asked for.

    Args:
        wish: "flags", an object of names and values; "rhythm_of" and "pitches_of", events;
            "primer", an object of events, metre and qpm, for a primer that is not in 4/4; "names",
            what the files of these are called.
        model: The flag that names the model, and its value.

    Raises:
        SscMelodyError: A flag does not exist, or its value is out of range; as the command says.
    """
    words = [f"--{model[0]}={model[1]}", *_arguments(wish)]
    words += [f"--{name}={_file_name(wish, name)}" for name in KEPT if wish.get(name) is not None]
    if wish.get("primer") is not None:
        words.append(f"--primer_midi={_file_name(wish, 'primer')}")
    return shlex.join(["ssc_melody_generate", *words])


def check(wish: Mapping[str, Any]) -> None:
    """Checks what can be told without a model.

    Raises:
        SscMelodyError: As the command says.
    """
    with _read(wish) as values:
        sampling_from_flags(values)
        backing = None
        if values.backing_chords is not None:
            backing = parse_progression(values.backing_chords, values.steps_per_chord)
        generate.fitted_primer(values, _constraints(values, wish, 4), 4, backing)


def make(model: Model, wish: Mapping[str, Any], progress: Callable[[int], None]) -> Made:
    """Makes the melodies that are asked for.

    Args:
        model: What plays.
        wish: See `command`.
        progress: Called with the steps taken.

    Raises:
        SscMelodyError: As the command says.
    """
    rate = model.spec.steps_per_quarter
    with _read(wish) as values:
        backing = _backing(values, model.spec)
        primer, constraints = generate.fitted_primer(
            values, _constraints(values, wish, rate), rate, backing
        )
        sampling = sampling_from_flags(values)
        drawn = values.num_outputs * max(1, values.choose_from)
        _check_amount(values.num_outputs, primer.num_steps, sampling.rows, drawn)
        seed = int.from_bytes(os.urandom(4), "little") if values.seed is None else values.seed
        melodies = model.generate(
            num_outputs=values.num_outputs,
            primer=primer,
            sampling=sampling,
            seed=seed,
            progress=progress,
            constraints=constraints,
            chords=backing,
            choose_from=values.choose_from,
        )
    if not all(isinstance(melody, Melody) for melody in melodies):
        raise OptionError("the studio plays models of single melodies only")
    if not values.include_primer:
        melodies = list(map(generate.without_primer, melodies))
    return Made(
        melodies=melodies,
        seed=int(seed),
        qpm=primer.qpm,
        velocity=values.velocity,
        program=values.program,
        metre=primer.metre if values.continue_at == "bar" else (4, 4),
        render_chords=values.render_chords,
    )


@contextlib.contextmanager
def _read(wish: Mapping[str, Any]) -> Iterator[flags.FlagValues]:
    """Gives the flags of a wish; errors within are written as the command writes them."""
    values = generate.define_flags()
    with contextlib.ExitStack() as stack:
        arguments = _arguments(wish)
        path = None
        if (primer := wish.get("primer")) is not None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "primer.mid"
            path.write_bytes(_primer_midi(primer))
            arguments.append(f"--primer_midi={path}")
        try:
            console.no_arguments(parse(values, ["ssc_melody_generate", *arguments]))
            yield values
        except SscMelodyError as error:
            said = console.message(error, values, NAMES)
            named = said.replace(str(path), _file_name(wish, "primer")) if path else said
            raise type(error)(named) from error


def _primer_midi(primer: Any) -> bytes:
    """Returns the file of a primer, as the page saves it.

    Raises:
        FormatError: It is none.
    """
    check_json(primer, {"events": [int], "metre": (int, int), "qpm": float}, "primer")
    beats, unit = primer["metre"]
    melody = Melody(_events("primer", primer["events"]))
    return melody.midi_bytes(primer["qpm"], metre=(beats, unit))


def _arguments(wish: Mapping[str, Any]) -> list[str]:
    given = wish.get("flags")
    if not isinstance(given, dict):
        raise OptionError("expected the flags as an object")
    return [_argument(name, value) for name, value in given.items() if value is not None]


def _argument(name: str, value: Any) -> str:
    if name not in FLAGS:
        raise OptionError(f"no flag {name[:40]!r} is known to the studio")
    if isinstance(value, bool):
        return f"--{'' if value else 'no'}{name}"
    if not isinstance(value, int | float | str) or len(str(value)) > _LONGEST_VALUE:
        raise OptionError(f"{name}: expected a number or a text")
    return f"--{name}={value}"


def _file_name(wish: Mapping[str, Any], name: str) -> str:
    given = wish.get("names")
    found = given.get(name) if isinstance(given, dict) else None
    return found[:100] if isinstance(found, str) and found else "melody.mid"


def _backing(values: flags.FlagValues, spec: NetworkSpec) -> Progression | None:
    """Returns the chords; unlike the command, never those of a file."""
    text = values.backing_chords
    if text is None and isinstance(spec, ImprovSpec):
        text = DEFAULT_CHORDS
    chords = (
        parse_progression(text, values.steps_per_chord, spec.steps_per_quarter) if text else text
    )
    return backing_of(spec, chords, values.steps_per_chord)


def _constraints(
    values: flags.FlagValues, wish: Mapping[str, Any], rate: int
) -> Constraints | None:
    constraints = constraints_from_flags(values, rate) or Constraints()
    for name in KEPT:
        if (events := wish.get(name)) is None:
            continue
        melody = Melody(_events(name, events), steps_per_quarter=rate)
        kept: dict[str, Any] = {name: melody_of(melody.midi_bytes(), rate)}
        constraints = dataclasses.replace(constraints, **kept)
    return constraints if constraints.given else None


def _events(name: str, events: Any) -> list[int]:
    if not isinstance(events, list) or not 0 < len(events) <= MOST_STEPS:
        raise OptionError(f"{name}: expected 1 to {MOST_STEPS} events")
    return events


def _check_amount(outputs: int, num_steps: int, rows: int, drawn: int) -> None:
    for what, found, most in (
        ("num_outputs", outputs, MOST_OUTPUTS),
        ("num_steps", num_steps, MOST_STEPS),
        ("beam_size times branch_factor", rows, MOST_ROWS),
        ("the steps of all melodies that are drawn", drawn * num_steps * rows, MOST_WORK),
    ):
        if found > most:
            raise OptionError(
                f"{what}: the studio makes at most {most:,}, got {found:,}; the command makes more"
            )
