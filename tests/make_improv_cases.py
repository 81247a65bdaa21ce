"""Makes testdata/improv: bundles of Improv RNN by Magenta, and what it plays of them.

    python -m tests.make_improv_cases

Runs stock's own code for all that is recorded; tests/core/test_improv_cases.py compares.
"""

import base64
import json
import sys
import tempfile
from pathlib import Path

from ssc_melody.magenta_layer import shims

shims.activate()

from tests.conftest import TESTDATA  # noqa: E402
from tests.magenta_layer import improv_bundles, live  # noqa: E402

FOLDER = TESTDATA / "improv"
PLAIN = "C G/B Am7 F N.C. Dm7b5 Eaug Bbdim7"
RICH = "Csus4 G13 A5 F#m(maj7)/C# N.C. D7(b9) Eped Abadd9"
CHORDS = {"basic_improv": PLAIN, "attention_improv": PLAIN, "chord_pitches_improv": RICH}
PRIMERS = {"a": [60], "b": [64, -2, 67, -2, -1, -2], "out of range": [20, -2, 110, -1, -2]}
SEARCHES = {
    "cool": {"temperature": 0.6},
    "plain": {},
    "hot": {"temperature": 1.4},
    "beam": {"beam_size": 2, "branch_factor": 2, "steps_per_iteration": 4},
}


def _runs(generator: object, chords: list[str]) -> list[dict]:
    runs = []
    for primer in PRIMERS.values():
        for search in SEARCHES.values():
            seed = 70 + len(runs)
            with live.numpy_seed(seed):
                melodies = [
                    improv_bundles.stock_melody(generator, primer, chords, **search)
                    for _ in range(3)
                ]
            runs.append({"primer": primer, "seed": seed, **search, "melodies": melodies})
    return runs


def _midi(generator: object, melody: list[int], chords: list[str]) -> str:
    """Returns the MIDI file of a lead sheet with its chords rendered, in base 64."""
    note_seq = live.note_seq
    sheet = note_seq.LeadSheet(note_seq.Melody(melody), note_seq.ChordProgression(chords))
    sequence = sheet.to_sequence(qpm=97.3)
    note_seq.BasicChordRenderer(velocity=50).render(sequence)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sheet.mid")
        note_seq.sequence_proto_to_midi_file(sequence, str(path))
        return base64.b64encode(path.read_bytes()).decode()


def main() -> None:
    """Writes the folder anew."""
    FOLDER.mkdir(exist_ok=True)
    cases = []
    for name, text in CHORDS.items():
        with tempfile.TemporaryDirectory() as folder:
            data = improv_bundles.make_bundle(name, Path(folder)).read_bytes()
        path = FOLDER / f"{name}.mag"
        path.write_bytes(data)
        generator = improv_bundles.stock_of(path, name)
        chords = [symbol for symbol in text.split() for _ in range(8)]
        runs = _runs(generator, chords)
        midi = _midi(generator, runs[0]["melodies"][0], chords)
        cases.append({"file": path.name, "chords": text, "runs": runs, "rendered": midi})
    text = json.dumps({"made_with": {"magenta": "2.1.4"}, "bundles": cases}, separators=(",", ":"))
    (FOLDER / "cases.json").write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
