"""Music to infer chords from: Bach's chorales in the corpus of music21, and made-up pieces."""

import importlib.util
import random
from pathlib import Path

from ssc_melody.dataset.pieces import Piece, piece_of_midi
from ssc_melody.dataset.scores import piece_of_score
from ssc_melody.midi.piece import MidiNote, MidiPiece, TempoChange, TimeSignature
from ssc_melody.scores import musicxml
from ssc_melody.scores.score import Score

TICKS = 480


def folder() -> Path | None:
    """Returns the folder of the chorales, where music21 is installed."""
    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "corpus" / "bach"


def score(path: Path) -> Score:
    return musicxml.read_musicxml(path.read_bytes(), path.name)


def chorale(path: Path) -> Piece:
    return piece_of_score(score(path), path.name)


METRES = ((4, 4), (3, 4), (2, 4), (6, 8), (2, 2))


def made(seed: int) -> Piece:
    """Returns a piece of chords, passing notes, rests, drums and sound effects, at 90 qpm."""
    rng = random.Random(seed)
    metre = METRES[seed % len(METRES)]
    notes: list[MidiNote] = []

    def add(pitch: int, start: int, length: int, program: int = 0, drum: bool = False) -> None:
        ticks = (start, start + length)
        seconds = [tick / TICKS * 60 / 90 for tick in ticks]
        notes.append(MidiNote(pitch, 80, *ticks, *seconds, 0, 0, program, drum))

    step = TICKS // 4
    for beat in range(rng.randrange(20, 50)):
        start = beat * TICKS + rng.choice((0, 0, 0, step))
        root = rng.choice((0, 0, 5, 7, 9, 2, 4, 6))
        for above in rng.choice(((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 6), (0,), ())):
            add(48 + root + above, start, rng.choice((step, TICKS, 2 * TICKS, 5 * TICKS)))
        if rng.random() < 0.3:
            add(rng.randrange(60, 72), start, TICKS, program=rng.choice((98, 0, 120)))
        if rng.random() < 0.2:
            add(36, start, step, drum=True)
    return piece_of_midi(
        MidiPiece(TICKS, [TempoChange(0, 0.0, 90.0)], [TimeSignature(0, 0.0, *metre)], notes, [""]),
        f"made {seed}",
    )
