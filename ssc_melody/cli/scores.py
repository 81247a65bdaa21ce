"""The flag --score: which notations, and the files beside a run's MIDI files."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from ssc_melody import files
from ssc_melody.errors import OptionError
from ssc_melody.melody.events import clean
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.primer import Primer
from ssc_melody.play.scales import parse_key
from ssc_melody.scores.writing.keys import tonic_of

NOTATIONS = {"abc": ".abc", "musicxml": ".musicxml"}
"""What can be asked for, and the ending of its files."""

_MODES = {
    "major": "major",
    "pentatonic": "major",
    "minor": "minor",
    "harmonic_minor": "minor",
    "melodic_minor": "minor",
    "minor_pentatonic": "minor",
    "blues": "minor",
    "dorian": "dorian",
    "phrygian": "phrygian",
    "lydian": "lydian",
    "mixolydian": "mixolydian",
}
"""The signature that a scale has; a chromatic one has none."""


def notations(text: str | None) -> list[str]:
    """Returns the notations that --score names.

    Raises:
        OptionError: One is not known.
    """
    asked = [word.strip() for word in (text or "").split(",") if word.strip()]
    for word in asked:
        if word not in NOTATIONS:
            raise OptionError(f"score: expected abc, musicxml or both, got {word!r}")
    return list(dict.fromkeys(asked))


def to_abc(values: flags.FlagValues, primer: Primer, melodies: Sequence[Melody]) -> list[str]:
    """Returns the melodies of a run as tunes of ABC."""
    return _texts("abc", values, primer, melodies)


def write(
    values: flags.FlagValues, primer: Primer, melodies: Sequence[Melody], paths: Sequence[Path]
) -> list[str]:
    """Writes the scores of a run beside its MIDI files and says what was written.

    Args:
        values: The flags of ssc_melody_generate.
        primer: What the melodies continue.
        melodies: With their primers.
        paths: Their MIDI files.

    Raises:
        SscMelodyError: One cannot be written.
    """
    said = []
    for name in notations(values.score):
        for path, text in zip(paths, _texts(name, values, primer, melodies), strict=True):
            files.write_bytes(path.with_suffix(NOTATIONS[name]), text.encode())
        said.append(f"{len(paths)} score{'s' * (len(paths) != 1)} ({NOTATIONS[name]})")
    return said


def _texts(
    name: str, values: flags.FlagValues, primer: Primer, melodies: Sequence[Melody]
) -> list[str]:
    texts = []
    for number, melody in enumerate(melodies, start=1):
        shown = melody if values.include_primer else _new_part(melody)
        settings = {
            "title": f"Melody {number}",
            "qpm": primer.qpm,
            "metre": _metre(primer, melody),
            "key": _key(values),
        }
        if name == "abc":
            texts.append(shown.to_abc(number, **settings))
        else:
            texts.append(shown.to_musicxml(**settings))
    return texts


def _new_part(melody: Melody) -> Melody:
    """Returns a melody without its primer, on its own place in the bar."""
    at = melody.primer_steps
    return dataclasses.replace(
        melody,
        events=clean(melody.events[at:]),
        start_step=melody.start_step + at,
        primer_steps=0,
        chords=melody.chords[at:],
    )


def _metre(primer: Primer, melody: Melody) -> tuple[int, int] | None:
    """Returns the metre of the primer's piece, if the bars are its bars."""
    steps = melody.steps_per_bar, melody.steps_per_quarter
    if steps[0] * primer.metre[1] == 4 * steps[1] * primer.metre[0]:
        return primer.metre
    return None


def _key(values: flags.FlagValues) -> str | None:
    """Returns the key that was asked for, for its signature."""
    if not values.key:
        return None
    tonic, named = parse_key(values.key)
    mode = _MODES.get(values.scale or named or "major")
    return f"{tonic_of(tonic, mode).name} {mode}" if mode else None
