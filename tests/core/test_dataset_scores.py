"""Scores in data sets: the command on ABC and MusicXML, and what a piece keeps of a score."""

import pytest

from ssc_melody.dataset import scores
from ssc_melody.errors import DataError
from tests.datasets import melodies, report
from tests.musicxml_files import CONTAINER, archive, attributes, bar, container, score_of

BOOK = """X:1
T:Scale
M:4/4
L:1/4
K:C
{}
X:2
T:With a rest and a pickup
M:3/4
L:1/4
K:G
D|{}

X:3
T:Broken
M:4/4
K:C
[C|
""".format("CDEF|GABc|" * 4 + "\n", "GAB|cBA|Gz2|" * 3)

SCALE = ["C4:1 D4:1 E4:1 F4:1", "G4:1 A4:1 B4:1 C5:1"] * 4
XML = score_of([bar(attributes(), SCALE[0]), *map(bar, SCALE[1:])], names=("Flöte",))
PITCHES = [60, 62, 64, 65, 67, 69, 71, 72] * 4


def quarters(*pitches):
    """Returns the events of quarter notes; None is a rest."""
    return [event for p in pitches for event in (-1 if p is None else p, -2, -2, -2)]


def test_abc_tune_books(tmp_path):
    path = tmp_path / "book.abc"
    path.write_text(BOOK)
    (scale, rests), _ = melodies(tmp_path, f"--input={path}")
    assert scale == quarters(*PITCHES)
    phrase = [67, 69, 71, 72, 71, 69, 67, None]
    assert rests[:48] == [-2] * 8 + quarters(62, *phrase) + [-2] * 4  # the pickup's bar is full
    assert len(rests) == 10 * 12 - 8
    told = report(tmp_path)
    (row,) = told["files"]
    assert row["file"] == "book.abc#3"
    assert told["metres"] == {"4/4": 1, "3/4": 1}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.xml", XML.encode()),
        ("x.musicxml", XML.encode("utf-16")),
        ("x.mxl", archive({CONTAINER: container("x.xml"), "x.xml": XML})),
        ("no_name", f"<?xml version='1.0'?>{XML}".encode()),
    ],
)
def test_musicxml(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    (events,), _ = melodies(tmp_path, f"--input={path}")
    assert events == quarters(*PITCHES)


def test_a_piece_of_parts_with_tempos_and_metres():
    upper = [
        bar(attributes(metre="3/4"), '<direction><sound tempo="60"/></direction>', "C5:1"),
        bar("D5:3"),
        bar(attributes(metre="2/4"), '<direction><sound tempo="240"/></direction>', "E5:2"),
    ]
    lower = [bar(attributes(metre="3/4"), "r:1"), bar("C3:3"), bar("G2:2")]
    piece = scores.read_musicxml(score_of(upper, lower, names=("High", "Low")).encode(), "x")
    assert piece.music.track_names == ["High", "Low"]
    assert [(n.track, n.pitch, n.start_time, n.end_time) for n in piece.music.notes] == [
        (0, 72, 2.0, 3.0),
        (0, 74, 3.0, 6.0),
        (0, 76, 6.0, 6.5),
        (1, 48, 3.0, 6.0),
        (1, 43, 6.0, 6.5),
    ]
    assert [(n.start_tick, n.end_tick) for n in piece.music.notes[:2]] == [
        (2 * 10080, 3 * 10080),
        (3 * 10080, 6 * 10080),
    ]
    assert [(t.tick, t.time, t.qpm) for t in piece.music.tempos] == [
        (0, 0.0, 60.0),
        (6 * 10080, 6.0, 240.0),
    ]
    assert [(m.time, m.numerator, m.denominator) for m in piece.music.time_signatures] == [
        (0.0, 3, 4),
        (6.0, 2, 4),
    ]
    assert piece.total_time == 6.5


def test_a_tempo_that_comes_later_leaves_the_default_before_it():
    bars = [bar(attributes(), "C4:4"), bar('<direction><sound tempo="60"/></direction>', "D4:4")]
    piece = scores.read_musicxml(score_of(bars).encode(), "x")
    assert [(n.start_time, n.end_time) for n in piece.music.notes] == [(0, 2), (2, 6)]
    assert [(t.time, t.qpm) for t in piece.music.tempos] == [(0, 120), (2, 60)]


KERN = "**kern\n*clefG2\n*M4/4\n=1\n" + "4c\n4d\n4e\n4f\n=\n4g\n4a\n4b\n4cc\n=\n" * 4 + "*-\n"


def test_kern_by_music21(tmp_path):
    pytest.importorskip("music21", reason="music21 is not installed")
    path = tmp_path / "x.krn"
    path.write_text(KERN)
    (events,), _ = melodies(tmp_path, f"--input={path}")
    assert events == quarters(*PITCHES)


def test_kern_without_music21(monkeypatch):
    monkeypatch.setattr(scores.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r'^reading \.krn needs music21: pip install "ssc_melody'):
        scores.read_with_music21(KERN.encode(), ".krn", "x.krn")


def test_kern_that_music21_refuses_or_is_too_large(monkeypatch):
    pytest.importorskip("music21", reason="music21 is not installed")
    with pytest.raises(DataError, match=r"^music21 cannot read it: "):
        scores.read_with_music21(b"nothing", ".krn", "x.krn")
    monkeypatch.setattr(scores, "MAX_MUSIC21_BYTES", 10)
    with pytest.raises(DataError, match=rf"^expected at most 10 bytes, found {len(KERN)}$"):
        scores.read_with_music21(KERN.encode(), ".krn", "x.krn")
