"""Recorded cases of Improv RNN: what Magenta plays of its own bundles, event for event."""

import base64
import json

import pytest

from ssc_melody.play.loading import load_bundle
from tests.conftest import TESTDATA

FOLDER = TESTDATA / "improv"
CASES = json.loads((FOLDER / "cases.json").read_text())["bundles"]


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_melodies_are_those_of_magenta(case: dict) -> None:
    model = load_bundle(FOLDER / case["file"])
    assert len(case["runs"]) == 12
    for run in case["runs"]:
        search = {k: v for k, v in run.items() if k not in ("primer", "seed", "melodies")}
        made = model.generate(
            3, primer=run["primer"], chords=case["chords"], steps_per_chord=8, seed=run["seed"],
            **search,
        )  # fmt: skip
        assert [melody.events for melody in made] == run["melodies"], run["seed"]


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_chords_are_written_as_by_note_seq(case: dict) -> None:
    first = case["runs"][0]
    (melody,) = load_bundle(FOLDER / case["file"]).generate(
        1, primer=first["primer"], chords=case["chords"], steps_per_chord=8, seed=first["seed"],
        temperature=first["temperature"],
    )  # fmt: skip
    data = melody.midi_bytes(97.3, render_chords=True)
    assert data == base64.b64decode(case["rendered"])
    assert len(data) > len(melody.midi_bytes(97.3)) + 200
