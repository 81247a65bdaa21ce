"""Improv RNN: melodies on chords; a melody's events, and for each step the chord it is to go with.

Follows ImprovRnnModel (magenta/models/improv_rnn/improv_rnn_model.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from ssc_melody.encodings import FloatArray
from ssc_melody.errors import ChordError
from ssc_melody.families.family import Family, Primed
from ssc_melody.families.melody import extract, prime
from ssc_melody.families.melody import finish as finish_melody
from ssc_melody.melody.melody import Melody
from ssc_melody.specs import IMPROV_SPECS, ImprovSpec


def condition(spec: ImprovSpec, primed: Primed) -> FloatArray:
    """Returns [steps, control_size] what a network sees of a chord symbol per step.

    Args:
        spec: The config.
        primed: The primer, and in `given` a symbol per step, the primer's steps included; where
            the primer was moved to another key, so are the chords.

    Raises:
        ChordError: A symbol that is none, or that this config cannot see; the message has its bar.
    """
    from ssc_melody.chords import transpose_chord  # noqa: PLC0415 (melodies need none)

    chords: Sequence[str] = primed.given
    moved: dict[str, str] = {}
    for step, symbol in enumerate(chords):
        if symbol in moved:
            continue
        try:
            spec.chords.ones(symbol)
            moved[symbol] = transpose_chord(symbol, primed.undo or 0)
        except ChordError as error:
            bar = step // (4 * spec.steps_per_quarter) + 1
            raise ChordError(f"chords: bar {bar}: {error}") from None
    return spec.chords.encode([moved[symbol] for symbol in chords])


def finish(spec: ImprovSpec, events: list[int], primed: Primed, score: float) -> Melody:
    """Returns generated events as a melody that knows its chords."""
    melody = finish_melody(spec, events, primed, score)
    melody.chords = held(primed.given or (), len(events))
    return melody


def held(chords: Sequence[str], steps: int) -> tuple[str, ...]:
    """Returns chords of so many steps: cut, or the last one held on, as the network hears them."""
    if not chords:
        return ()
    return (*chords[:steps], *[chords[-1]] * (steps - len(chords)))


IMPROV = Family(
    name="Improv RNN",
    spec_type=ImprovSpec,
    specs=IMPROV_SPECS,
    prime=prime,
    finish=finish,
    condition=condition,
    extract=extract,
    records="lead_sheets",
    data_defaults={"min_unique_pitches": 3, "transpose_semitones": tuple(range(-6, 6))},
    magenta_config="ssc_melody.magenta_layer.improv:improv_config",
)
