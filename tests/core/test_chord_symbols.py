"""Chord symbols: what they mean, how they are moved, and which are refused."""

import pytest

from ssc_melody.chords import CHORD_ENCODINGS, Chord, parse_chord, transpose_chord
from ssc_melody.errors import ChordError


@pytest.mark.parametrize(
    ("symbol", "chord"),
    [
        ("C", Chord(0, (0, 4, 7), 0, "major")),
        ("F#m7(b5)/A", Chord(6, (6, 9, 0, 4), 9, "diminished")),
        ("F#m7b5", Chord(6, (6, 9, 0, 4), 6, "diminished")),
        ("Bb13", Chord(10, (10, 2, 5, 8, 0, 3, 7), 10, "major")),
        ("G/B", Chord(7, (7, 11, 2), 11, "major")),
        ("Eb+7", Chord(3, (3, 7, 11, 1), 3, "augmented")),
        ("Am(maj7)", Chord(9, (9, 0, 4, 8), 9, "minor")),
        ("D6/9", Chord(2, (2, 6, 9, 11, 4), 2, "major")),
        ("D6/A", Chord(2, (2, 6, 9, 11), 9, "major")),
        ("B/o7/D##", Chord(11, (11, 2, 5, 9), 4, "diminished")),
        ("Csus", Chord(0, (0, 5, 7), 0, "")),
        ("C5", Chord(0, (0, 7), 0, "")),
        ("Cb5", Chord(11, (11, 6), 11, "")),  # a power chord on C flat
        ("C(b5)", Chord(0, (0, 4, 6), 0, "")),
        ("Cped", Chord(0, (0,), 0, "")),
        ("Cadd7", Chord(0, (0, 4, 7, 10), 0, "major")),  # quirk: the minor seventh
        ("C(no3)", Chord(0, (0, 7), 0, "")),
        ("C7(b9)(#9)", Chord(0, (0, 4, 7, 10, 2), 0, "major")),  # quirk: one ninth
        ("Cadd2(add9)", Chord(0, (0, 4, 7, 2, 2), 0, "major")),
        ("Cadd11no5", Chord(0, (0, 4, 5), 0, "")),
    ],
)
def test_what_a_symbol_means(symbol: str, chord: Chord) -> None:
    assert parse_chord(symbol) == chord


@pytest.mark.parametrize(
    "symbol",
    [
        *("", "H7", "c", "Cfoo", "C##b", "C7alt", "Cm7b5x", "C/e", "C/", "C//E", "C/9", "N.C."),
        *("C 7", "C(", "Cadd", "C7##9", "C\n", "C#b", "C\u266f", "C" + "#" * 60),
    ],
)
def test_what_is_no_symbol(symbol: str) -> None:
    with pytest.raises(ChordError, match="is not a chord symbol: expected a root and a kind"):
        parse_chord(symbol)


def test_contradictions_are_named() -> None:
    with pytest.raises(ChordError, match=r"^'C7add7' adds degree 7, which is in it already$"):
        parse_chord("C7add7")
    with pytest.raises(ChordError, match=r"^'Csus\(no3\)' takes out degree 3, which is not in it$"):
        parse_chord("Csus(no3)")


def test_a_symbol_of_control_characters_prints_on_one_line() -> None:
    with pytest.raises(ChordError) as error:
        parse_chord("C\x1b[2J\n" + "x" * 100)
    assert str(error.value).startswith("'C\\x1b[2J\\nxxx")
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("symbol", "semitones", "moved"),
    [
        ("C", 1, "Db"),
        ("Db7", 1, "D7"),
        ("F#m7(b5)/A", 1, "Gm7(b5)/Bb"),
        ("E#", 1, "F#"),
        ("Cb", 1, "C"),
        ("Bbb/Cb", 14, "Cb/Db"),
        ("G13", -1, "Gb13"),
        ("A", 12, "A"),
        ("N.C.", 5, "N.C."),
    ],
)
def test_symbols_are_moved(symbol: str, semitones: int, moved: str) -> None:
    assert transpose_chord(symbol, semitones) == moved


def test_all_encodings_see_chords_as_stock_does() -> None:
    triads, pitches = CHORD_ENCODINGS["triads"], CHORD_ENCODINGS["pitches"]
    assert (triads.size, pitches.size) == (49, 37)
    ones = triads.encode(["N.C.", "C", "C7", "Bm", "Daug", "F#m7b5"]).nonzero()[1].tolist()
    assert ones == [0, 1, 1, 24, 27, 43]
    rows = pitches.encode(["N.C.", "Dm7/F"])
    assert rows.nonzero()[0].tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert rows.nonzero()[1].tolist() == [0, 3, 13, 15, 18, 22, 30]
    with pytest.raises(ChordError, match="'Gsus4' has no major, minor, augmented or diminished"):
        triads.encode(["C", "Gsus4"])
