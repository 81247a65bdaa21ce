"""Melody RNN: melody events, transposed to a key and folded into a pitch range.

Follows MelodyRnnModel (magenta/models/melody_rnn/melody_rnn_model.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ssc_melody.families.family import Family, Primed
from ssc_melody.melody.events import clean, squash, transpose
from ssc_melody.melody.melody import Melody
from ssc_melody.specs import SPECS, MelodySpec


def prime(spec: MelodySpec, events: Sequence[int]) -> Primed:
    """Returns a melody in the key and range of a config, and the semitones it was moved by.

    Raises:
        MelodyError: An event is not in -2..127.
    """
    return Primed(
        *squash(clean(events), spec.min_note, spec.max_note, spec.transpose_to_key),
    )


def finish(spec: MelodySpec, events: list[int], primed: Primed, score: float) -> Melody:
    """Returns generated events as a melody, moved back to where its primer was."""
    return Melody(
        transpose(events, -primed.undo),
        log_likelihood=score,
        steps_per_quarter=spec.steps_per_quarter,
        primer_steps=len(primed.events),
    )


def extract(*args: Any, **options: Any) -> Any:
    """Takes melodies out of a piece; see `melody.extraction.extract_melodies`."""
    from ssc_melody.melody.extraction import extract_melodies  # noqa: PLC0415 (data sets only)

    return extract_melodies(*args, **options)


MELODY = Family(
    name="Melody RNN",
    spec_type=MelodySpec,
    specs=SPECS,
    prime=prime,
    finish=finish,
    extract=extract,
    magenta_config="ssc_melody.magenta_layer.register:melody_config",
)
