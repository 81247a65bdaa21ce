"""Roman-numeral analyses as chord symbols at the ticks of a score."""

import pytest

from ssc_melody.errors import DataError
from ssc_melody.scores import roman_text
from ssc_melody.scores.score import Score, ScoreChord

Q = 10080

pytest.importorskip("music21", reason="music21, which knows what a numeral means, is not installed")


def chords(text: str, pickup: int = 0) -> list[tuple[float, str]]:
    found, unknown = roman_text.chords_of_analysis(text, Score(pickup=pickup))
    assert unknown == []
    return [(chord.tick / Q, chord.symbol) for chord in found]


def test_bars_beats_and_keys() -> None:
    text = """Composer: Nobody
Time Signature: 3/4

m1 C: I b2 V65 b3.5 I6
m2 a: i
m4 V7 || b3 G: IV
"""
    assert chords(text) == [
        (0, "C"), (1, "G7/B"), (2.5, "C/E"), (3, "Am"), (9, "E7"), (11, "C"),
    ]  # fmt: skip


def test_a_metre_holds_from_the_bar_that_it_stands_before() -> None:
    text = "Time Signature: 4/4\nm1 C: I\nm2 V\nTime Signature: 6/8\nm3 I b2 IV\nm4 V\nm6 I"
    assert chords(text) == [(0, "C"), (4, "G"), (8, "C"), (9.5, "F"), (11, "G"), (17, "C")]


def test_bar_one_is_the_first_full_one() -> None:
    text = "Time Signature: 4/4\nm0 b4 F: V\nm1 I\nm2 V"
    assert chords(text, pickup=3 * Q) == [(0, "C"), (1, "F"), (5, "C")]
    assert chords("Time Signature: 4/4\nm1 F: I\nm2 V", pickup=3 * Q) == [(1, "F"), (5, "C")]


@pytest.mark.parametrize(
    ("key", "figure", "symbol"),
    [
        ("C", "viio7/V", "F#dim7"), ("c", "Ger65", "Ab7"), ("a", "It6", "F7(no5)"),
        ("c", "Fr43", "D7(b5)/Ab"), ("e", "N6", "F/A"), ("C", "Cad64", "C/G"), ("b", "V7", "F#7"),
        ("Bb", "ii\u00f865", "Cm7b5/Eb"), ("bb", "i", "Bbm"), ("f#", "iv", "Bm"),
        ("a", "III+", "Caug"),
        ("C", "I7", "Cmaj7"), ("C", "iii7", "Em7"),
    ],
)  # fmt: skip
def test_what_a_numeral_means(key: str, figure: str, symbol: str) -> None:
    assert chords(f"m1 {key}: {figure}") == [(0, symbol)]


def test_a_beat_that_was_not_found_costs_its_numeral() -> None:
    assert chords("m1 C: I bnan IV b3 V") == [(0, "C"), (2, "G")]


def test_what_is_not_understood_is_said() -> None:
    found, unknown = roman_text.chords_of_analysis("m1 C: I hm hm b2 V", Score())
    assert found == [ScoreChord(0, "C"), ScoreChord(Q, "G")]
    assert unknown == ["analysis: numeral 'hm' is not understood (2x)"]


@pytest.mark.parametrize("text", ["", "nothing", "m1 I", "m99999999 C: I", "Time Signature: 0/0"])
def test_no_numeral_is_an_error(text: str) -> None:
    with pytest.raises(DataError, match="no Roman numeral"):
        roman_text.chords_of_analysis(text, Score())


def test_too_many_different_numerals_are_refused() -> None:
    numerals = " ".join(f"I/{'b' * (i // 40)}{'#' * (i % 40)}V" for i in range(1600))
    with pytest.raises(DataError, match="expected at most 1500 different numerals, found 1600"):
        roman_text.chords_of_analysis(f"m1 C: {numerals}", Score())


def test_odd_files_take_no_time() -> None:
    text = "Time Signature: 64/1\nm9999 C: " + "b99.999 I " * 50_000
    assert chords(text)[0][1] == "C"


def test_without_music21_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r'needs music21: pip install "ssc_melody\[scores\]"'):
        roman_text.chords_of_analysis("m1 C: I", Score())
