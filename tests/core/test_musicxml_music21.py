"""Our reader against music21's on scores of its corpus: the same notes, metres and pickups."""

import warnings

import pytest

from ssc_melody.scores.musicxml import read_musicxml
from tests import music21_reference

SAME = [
    "bach/bwv66.6",
    "bach/bwv846",
    "beach/prayer_of_a_tired_child",
    "corelli/opus3no1/1grave",
    "handel/rinaldo/lascia_chio_pianga",
    "mozart/k80/movement1",
    "schoenberg/opus19/movement2",
    "verdi/laDonnaEMobile",
]


def corpus_path(name: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        corpus = pytest.importorskip("music21.corpus", reason="music21 is not installed")
        try:
            return corpus.getWork(name)
        except Exception:
            pytest.skip(f"music21's corpus has no {name}")


@pytest.mark.parametrize("name", SAME)
def test_the_same_notes_as_music21(name):
    path = corpus_path(name)
    score = read_musicxml(path.read_bytes(), name)
    found = music21_reference.read(path)
    heard = [
        row for part in found["parts"] for row in music21_reference.tied(part["notes"])
    ]  # fmt: skip
    assert len(heard) > 30
    assert sorted((n.pitch, n.start, n.end) for n in score.notes) == sorted(heard)
    assert [list(metre) for metre in score.metres] == [list(metre) for metre in found["metres"]]
    assert score.pickup == found["pickup"]
