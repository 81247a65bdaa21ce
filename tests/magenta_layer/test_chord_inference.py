"""Chord inference against note-seq, live, on Bach's chorales."""

import pytest

from tests import chorales, make_golden_chords
from tests.core.test_chord_inference import GOLDEN, chords_of


def test_every_thirtieth_chorale_gets_note_seqs_chords() -> None:
    folder = chorales.folder()
    if folder is None:
        pytest.skip("music21, whose corpus has the chorales, is not installed")
    paths = sorted(folder.glob("*.mxl"))[::30]
    assert len(paths) >= 13
    for path in paths:
        theirs = make_golden_chords.infer(make_golden_chords.sequence_of_chorale(path))
        mine = chords_of(chorales.chorale(path))
        for ours, stock in zip(mine, theirs, strict=True):
            assert stock is None or [tuple(chord) for chord in ours] == stock, path.name


def test_the_record_is_what_note_seq_says_today() -> None:
    for seed in (0, 3, 11):
        theirs = make_golden_chords.infer(make_golden_chords.sequence_of_made(seed))
        assert [[list(chord) for chord in part or []] for part in theirs] == GOLDEN["made"][seed]
