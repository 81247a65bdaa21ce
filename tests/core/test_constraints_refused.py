"""Constraints that contradict themselves, or each other, or the primer: one line says which."""

import pytest

from ssc_melody.errors import OptionError, PrimerError
from ssc_melody.play.constraints import Constraints
from tests.constrained import TUNE, random_model


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"key": "H"}, "key: expected one such as C, F#, Bb or Am, got 'H'"),
        ({"key": "C", "scale": "minro"}, r"scale: there is no 'minro' \(did you mean minor\?\)"),
        ({"key": "Am", "scale": "major"}, "key=Am names a minor scale, scale=major another"),
        ({"lowest_note": 70, "highest_note": 60}, "lowest_note 70 is above highest_note 60"),
        ({"lowest_note": 128}, "lowest_note: expected 0 to 127, got 128"),
        ({"max_leap": -1}, "max_leap: expected 0 to 127, got -1"),
        ({"end": "fade"}, "end: expected 'cadence' or 'any', got 'fade'"),
        ({"form": "A1"}, "form: expected letters such as AABA, got 'A1'"),
        ({"form": ""}, "form: expected letters such as AABA, got ''"),
        ({"phrase_bars": 2}, "phrase_bars: the length of a form's phrases; give a form too"),
        ({"form": "AA", "phrase_bars": 1}, "phrase_bars must be at least 2"),
        ({"form": "AA", "rhythm_of": TUNE}, "form and rhythm_of both say"),
        ({"pitches_of": TUNE, "rhythm_of": TUNE}, "pitches_of and rhythm_of both say"),
        ({"rhythm_of": [-2, -1]}, "rhythm_of: its melody has no note"),
        ({"pitches_of": [300]}, "pitches_of: expected a melody: .* found 300"),
        ({"rewrite_bars": (0, 1)}, "rewrite_bars: expected 1 to 1000000, got 0"),
        ({"rewrite_bars": (3, 2)}, "rewrite_bars: expected 3 to 1000000, got 2"),
        ({"rewrite_bars": 3}, r"rewrite_bars: expected the first and the last bar, as in \(3, 4\)"),
    ],
)
def test_values_that_contradict_themselves(wanted: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Constraints(**wanted)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"key": "C", "lowest_note": 61, "highest_note": 61},
            "lowest_note=61 and highest_note=61 and the scale C major: together they leave no note",
        ),
        ({"lowest_note": 90}, r"lowest_note=90: .*range, C3 to B5 \(48 to 83\)"),
        ({"max_leap": 2, "lowest_note": 70}, "max_leap=2: no note allowed is so near .* one, 60"),
        ({"form": "AAB"}, "form=AAB: .* do not make 128 steps; num_steps=144 would do"),
        ({"form": "AABA", "phrase_bars": 4}, "num_steps=256 would do"),
        ({"form": "AAAA", "max_leap": 1}, "max_leap=1 and form=AAAA: 16 steps cannot lead from"),
        ({"rhythm_of": TUNE}, "rhythm_of: its melody is 64 steps long, the new one 128 steps"),
        ({"rhythm_of": TUNE * 2, "end": "cadence"}, "rhythm's last note begins at step 122"),
        ({"pitches_of": [60] * 128}, "its 128 notes do not fit into the 127 steps"),
        ({"pitches_of": [61], "key": "C"}, "pitches_of: its note 61 is not among those that key"),
        ({"pitches_of": [60, 72], "max_leap": 7}, "max_leap=7 and pitches_of: 60 to 72 is 12"),
        ({"pitches_of": [60, 62], "end": "cadence"}, "its last note, 62, is not of the tonic"),
        ({"rewrite_bars": (1, 2)}, "rewrite_bars=1-2: the primer, .* has 1 bar"),
        ({"end": "cadence", "lowest_note": 61, "highest_note": 63}, "no note of the tonic triad"),
    ],
)
def test_what_cannot_be_is_named(wanted: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        random_model("basic_rnn").generate(1, 128, [60], constraints=Constraints(**wanted))


def test_other_refusals() -> None:
    basic = random_model("basic_rnn")
    with pytest.raises(OptionError, match="constraints and beam search"):
        basic.generate(1, 32, [60], constraints=Constraints(key="C"), beam_size=2)
    with pytest.raises(PrimerError, match="Primer is 32 steps"):
        basic.generate(1, 32, [60] * 32, constraints=Constraints(key="C"))
    with pytest.raises(PrimerError, match="the primer is empty"):
        basic.generate(1, 32, [], constraints=Constraints(key="C"))
    with pytest.raises(OptionError, match="4 steps after the primer leave no beat"):
        basic.generate(1, 32, [60] * 28, constraints=Constraints(end="cadence"))
    with pytest.raises(OptionError, match="the bars are not the last, and the end stands"):
        basic.generate(1, 32, TUNE, constraints=Constraints(end="cadence", rewrite_bars=(1, 2)))
