"""ABC note for note against abc2midi, on a sample of the tune books in music21's package."""

import importlib.util
import random
from pathlib import Path

import pytest

from tests.abc_reference import MISSING, PROGRAM, WRONG, compare, plain, tunes_of

BOOKS = {"ryansMammoth": 60, "oneills1850": 80, "airdsAirs": 60, "essenFolksong": 100}


@pytest.fixture(scope="module")
def corpus():
    music21 = importlib.util.find_spec("music21")
    if not music21 or not music21.origin:
        pytest.skip("music21, whose package holds the tune books, is not installed")
    return Path(music21.origin).parent / "corpus"


@pytest.mark.skipif(not PROGRAM, reason=MISSING)
@pytest.mark.parametrize("book", BOOKS)
def test_the_notes_of_abc2midi(corpus, book):
    tunes = [
        tune
        for path in sorted((corpus / book).glob("*.abc"))
        for tune in tunes_of(path.read_bytes(), path.name)
    ]
    tunes = [tune for tune in tunes if tune[0] not in WRONG]
    assert len(tunes) > 1000
    compared = [compare(*tune) for tune in random.Random(10).sample(tunes, BOOKS[book])]
    assert {tune.name: tune.differences for tune in compared if tune.differences} == {}
    assert [tune.name for tune in compared if tune.depends_on_marks] == []


def test_a_plain_tune_has_no_marks_that_change_what_is_played():
    tune = 'X:5\nR:hornpipe\nP:AB\nM:4/4\nK:C\n|:~C{d}.D!trill!E"Am"F (3:2:3cde|1 [K:G]G:|2A||%x\n'
    stripped = "X:1\n%%MIDI chordattack 0\nM:4/4\nK:C\n| CDEF (3:2:3cde|  [K:G]G| A| \n"
    assert plain(tune) == stripped
