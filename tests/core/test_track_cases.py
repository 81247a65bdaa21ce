"""Every recorded case of polyphony, drums and performances: Magenta's events, draws and files."""

import ast
import functools
import hashlib
import json

import numpy as np
import pytest

from ssc_melody.play.loading import load_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.starts import drums_start, melody_start
from ssc_melody.tracks import performance, polyphony
from ssc_melody.tracks.start import Start
from tests.conftest import TESTDATA

FOLDER = TESTDATA / "tracks"
CASES = json.loads((FOLDER / "cases.json").read_text())
CLASS_OF = {
    "polyphony": polyphony.class_of,
    "drums": sorted,
    "performance": performance.class_of,
}
_TEXTS = ("notes_per_second", "pitch_class_histogram", "disable_conditioning")


@functools.cache
def _model(name: str) -> Model:
    return load_bundle(FOLDER / name)


def _settings(flags: dict) -> dict:
    """Returns stock's flags as arguments of `Model.generate`."""
    settings = dict(flags)
    if "primer_pitches" in settings:
        settings["primer"] = ast.literal_eval(settings.pop("primer_pitches"))
    if "primer_melody" in settings:
        settings["primer"] = melody_start(ast.literal_eval(settings.pop("primer_melody")))
    if "primer_drums" in settings:
        settings["primer"] = drums_start(ast.literal_eval(settings.pop("primer_drums")))
    return settings | {name: ast.literal_eval(settings[name]) for name in _TEXTS if name in flags}


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['bundle'].removesuffix('.mag')}-{case['seed']}"
)
def test_tracks_are_those_of_magenta(case: dict) -> None:
    model = _model(case["bundle"])
    settings = _settings(case["flags"])
    for name in _TEXTS:
        known = {"notes": "density", "pitch": "histogram", "disable": "optional"}
        if name in settings and not getattr(model.spec, known[name.split("_")[0]]):
            del settings[name]  # stock warns, and goes on without
    random = np.random.RandomState(case["seed"])
    made = model.generate(random=random, **settings)
    class_of = CLASS_OF[case["command"]]
    assert [[class_of(event) for event in track.events] for track in made] == case["events"]
    assert random.random_sample() == case["next"]
    digests = [hashlib.sha256(track.midi_bytes()).hexdigest()[:16] for track in made]
    assert digests == case["midi"]


def test_every_config_is_there() -> None:
    names = {case["bundle"].removesuffix(".mag") for case in CASES}
    assert len(names) == 10
    assert len(CASES) == 33
    assert sum(len(case["midi"]) for case in CASES) == 75
    assert isinstance(Start(), Start)
