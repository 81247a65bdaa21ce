"""Records the chords that note-seq infers, in testdata/golden_chords.json.

Run it where note-seq and music21 are installed: python -m tests.make_golden_chords
"""

import json
import os
import warnings
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

from ssc_melody.magenta_layer import note_sequences

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from note_seq import NoteSequence, chord_inference, sequences_lib

from tests import chorales

GOLDEN = Path(__file__).parents[1] / "testdata" / "golden_chords.json"
CHORALES = ("bwv1.6", "bwv102.7", "bwv153.1", "bwv20.7", "bwv244.54", "bwv304", "bwv366", "bwv430")
MADE = 20

Chords = list[tuple[int, str]]


@cache
def _transitions(shape: tuple[int, ...], data: bytes, **odds: float) -> Any:
    import numpy as np

    return _stock_transitions(np.frombuffer(data).reshape(shape), **odds)


_stock_transitions = chord_inference._key_chord_transition_distribution


def _once(distribution: Any, **odds: float) -> Any:
    return _transitions(distribution.shape, distribution.tobytes(), **odds)


def infer(sequence: Any) -> list[Chords | None]:
    """Returns (step, symbol) of note-seq's chords in each stretch of one metre, None for refused.

    Its transition matrix, which takes more than a second, is made once.
    """
    chord_inference._key_chord_transition_distribution = _once
    found: list[Chords | None] = []
    try:
        for part in sequences_lib.split_note_sequence_on_time_changes(sequence):
            quantized = sequences_lib.quantize_note_sequence(part, 4)
            try:
                chord_inference.infer_chords_for_sequence(quantized)
            except chord_inference.UncommonTimeSignatureError:
                found.append(None)
                continue
            found.append([(a.quantized_step, a.text) for a in quantized.text_annotations])
    finally:
        chord_inference._key_chord_transition_distribution = _stock_transitions
    return found


def sequence_of_chorale(path: Path) -> Any:
    return note_sequences.sequence_of_score(chorales.score(path))


def sequence_of_made(seed: int) -> Any:
    music = chorales.made(seed).music
    sequence = NoteSequence(ticks_per_quarter=chorales.TICKS)
    sequence.tempos.add(qpm=music.tempos[0].qpm)
    metre = music.time_signatures[0]
    sequence.time_signatures.add(numerator=metre.numerator, denominator=metre.denominator)
    for note in music.notes:
        sequence.notes.add(
            pitch=note.pitch, velocity=note.velocity, start_time=note.start_time,
            end_time=note.end_time, program=note.program, is_drum=note.is_drum,
        )  # fmt: skip
    sequence.total_time = max(note.end_time for note in music.notes)
    return sequence


def main() -> None:
    folder = chorales.folder()
    assert folder is not None, "music21 is not installed"
    golden = {
        "chorales": {name: infer(sequence_of_chorale(folder / f"{name}.mxl")) for name in CHORALES},
        "made": [infer(sequence_of_made(seed)) for seed in range(MADE)],
    }
    GOLDEN.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
