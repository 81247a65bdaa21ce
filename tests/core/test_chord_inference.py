"""Chords inferred from notes are those of note-seq, recorded by tests/make_golden_chords.py."""

import json

import numpy as np
import pytest

from ssc_melody.chords import inference
from ssc_melody.chords.inference import Odds, Sound
from ssc_melody.dataset import inferred, options, sections
from ssc_melody.dataset.pieces import Piece, piece_of_midi
from ssc_melody.families import get_spec
from ssc_melody.midi.piece import ChordMark, MidiNote, MidiPiece, TempoChange, TimeSignature
from tests import chorales
from tests.conftest import TESTDATA

GOLDEN = json.loads((TESTDATA / "golden_chords.json").read_text())


def chords_of(piece: Piece) -> list[list[list[object]]]:
    """Returns [step, symbol] of each stretch of one metre."""
    settings = options.make_options(get_spec("ssc_chord_rnn"), raw=True, infer_chords=True)
    cut, _ = sections.split(piece, settings)
    return [[list(chord) for chord in section.chords] for section in cut]


@pytest.mark.parametrize("seed", range(len(GOLDEN["made"])))
def test_made_pieces_get_note_seqs_chords(seed: int) -> None:
    assert chords_of(chorales.made(seed)) == GOLDEN["made"][seed]


@pytest.mark.parametrize("name", GOLDEN["chorales"])
def test_chorales_get_note_seqs_chords(name: str) -> None:
    folder = chorales.folder()
    if folder is None:
        pytest.skip("music21, whose corpus has the chorales, is not installed")
    found = chords_of(chorales.chorale(folder / f"{name}.mxl"))
    expected = GOLDEN["chorales"][name]
    assert len(found) == len(expected)
    assert [mine for mine, theirs in zip(found, expected, strict=True) if theirs] == [
        theirs for theirs in expected if theirs
    ]


def test_the_recorded_chords_are_many() -> None:
    assert len(GOLDEN["made"]) == 20
    assert len(GOLDEN["chorales"]) == 8
    kinds = {symbol.lstrip("ABCDEFG#b") for piece in GOLDEN["made"] for symbol in flat(piece)}
    assert {"", "m", "7", "dim"} <= kinds


def flat(piece: list[list[list[str]]]) -> list[str]:
    return [symbol for stretch in piece for _, symbol in stretch]


def test_a_frame_has_what_sounds_in_it() -> None:
    notes = [Sound(60, 0, 2), Sound(64, 1.5, 5), Sound(55, 4, 9)]
    found = inference.pitch_vectors(notes, 2.0, 3)
    raw = np.zeros((3, 12))
    raw[0, [0, 4]] = 2, 0.5
    raw[1, 4] = 2
    raw[2, [4, 7]] = 1, 5  # the last frame goes on
    np.testing.assert_allclose(found, raw / np.linalg.norm(raw, axis=1, keepdims=True))


def test_silence_keeps_the_chord_and_no_note_at_all_has_one_too() -> None:
    notes = [Sound(pitch, 0, 1) for pitch in (60, 64, 67)]
    vectors = inference.pitch_vectors(notes, 1.0, 3)
    assert [symbol for _, symbol in inference.likeliest(vectors)] == ["C", "C", "C"]
    assert inference.pitch_vectors([], 1.0, 1).tolist() == [[0.0] * 12]


def test_the_odds_are_the_models() -> None:
    triad, seventh = (60, 64, 67), (60, 64, 67, 70)
    notes = [Sound(p, 0, 1) for p in triad] + [Sound(p, 1, 2) for p in seventh]
    vectors = inference.pitch_vectors(notes, 1.0, 2)
    assert [symbol for _, symbol in inference.likeliest(vectors)] == ["C", "C7"]
    steady = inference.likeliest(vectors, Odds(chord_change=1e-9, concentration=10))
    assert len({symbol for _, symbol in steady}) == 1


@pytest.mark.parametrize(
    ("metre", "chords"), [((4, 4), 2), ((6, 8), 2), ((3, 4), 1), ((7, 8), 1), ((3, 2), 1)]
)
def test_a_bar_has_one_chord_or_two(metre: tuple[int, int], chords: int) -> None:
    assert inference.chords_per_bar(metre) == chords


def note(pitch: int, start: int, end: int) -> MidiNote:
    return MidiNote(pitch, 80, start, end, start / 4, end / 4, 0, 0, 0, False)


def piece(notes: list[MidiNote], *metres: tuple[int, int, int]) -> MidiPiece:
    signatures = [TimeSignature(tick, tick / 4, *metre) for tick, *metre in metres]
    return MidiPiece(2, [TempoChange(0, 0.0, 120.0)], signatures, notes, [""])


def test_each_metre_has_chords_of_its_own_and_times_in_seconds() -> None:
    notes = [note(p, 0, 8) for p in (60, 64, 67)] + [note(p, 8, 14) for p in (57, 60, 64)]
    found = inferred.with_chords(piece(notes, (0, 4, 4), (8, 3, 4))).chords
    assert found == [ChordMark(0, 0.0, "C"), ChordMark(8, 2.0, "Am")]


def test_a_piece_beyond_all_bounds_is_left_without() -> None:
    far = note(60, 10**9, 10**9 + 1)
    assert inferred.with_chords(piece([far])).chords == []
    assert inferred.with_chords(piece([])).chords == []


def test_chords_that_are_written_stay() -> None:
    music = piece([note(60, 0, 16)])
    written = MidiPiece(**{**vars(music), "chords": [ChordMark(0, 0.0, "F")]})
    assert chords_of(piece_of_midi(written, "x")) == [[[0, "F"]]]
