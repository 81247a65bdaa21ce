"""Chords over time: as people type them, in tables and in scores."""

from pathlib import Path

import pytest

from ssc_melody.chords import Progression, parse_progression
from ssc_melody.chords.table import parse_table
from ssc_melody.chords.voicing import voiced
from ssc_melody.errors import ChordError, OptionError, SscMelodyError
from ssc_melody.play.chord_files import read_chords
from ssc_melody.scores.score import Score, ScoreChord, ScoreMetre


def test_chords_that_last_equally_long() -> None:
    chords = parse_progression("C G/B  Am7\nN.C.", 2)
    assert chords.symbols == ("C", "C", "G/B", "G/B", "Am7", "Am7", "N.C.", "N.C.")
    assert chords.changes() == [(0, "C"), (2, "G/B"), (4, "Am7"), (6, "N.C.")]
    assert len(parse_progression("C G Am F")) == 64


@pytest.mark.parametrize("text", ["| C | Am7 F |", "|C|Am7 F|", "C | Am7 F", "[| C || Am7 F |]"])
def test_bars_share_their_steps(text: str) -> None:
    assert parse_progression(text).changes() == [(0, "C"), (16, "Am7"), (24, "F")]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("| C . . G | % | F |", [(0, "C"), (12, "G"), (16, "C"), (28, "G"), (32, "F")]),
        ("| C D E |", [(0, "C"), (5, "D"), (10, "E")]),
        ("| nc | B\u266d\u266d | F\u266f |", [(16, "Bbb"), (32, "F#")]),
        ("C . G", [(0, "C"), (32, "G")]),
    ],
)
def test_signs_between_bar_lines(text: str, changes: list) -> None:
    assert parse_progression(text).changes() == changes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("C G H7", "chords: bar 3: 'H7' is not a chord symbol: expected a root and a kind"),
        ("| C | G H |", "chords: bar 2: 'H' is not a chord symbol"),
        ("| C G7add7 |", "chords: bar 1: 'G7add7' adds degree 7, which is in it already"),
        ("| C | | F |", "chords: bar 2 is empty: '%' repeats the bar before"),
        ("| % |", "chords: bar 1: '%' repeats the bar before: it stands alone between bar lines"),
        ("C %", "chords: bar 2: '%' repeats the bar before: it stands alone between bar lines"),
        (". C", "chords: bar 1: '.' holds the chord before, and there is none"),
        ("", 'chords: expected chord symbols such as "C G Am F", got none'),
        ("|", "chords: expected chord symbols such as"),
        ("| " + "C " * 17 + "|", "chords: bar 1 has 17 chords, and 16 steps"),
        ("C " * 62_501, "chords: expected at most 1,000,000 steps, got 1,000,016"),
        ("|: C :|", "chords: bar 1: ':' is not a chord symbol"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(ChordError) as error:
        parse_progression(text)
    assert str(error.value).startswith(message)


def test_bars_of_another_length() -> None:
    waltz = parse_progression("| C | G7 C |", steps_per_chord=12)
    assert (waltz.changes(), waltz.steps_per_bar) == ([(0, "C"), (12, "G7"), (18, "C")], 12)


TABLES = {
    "bars": "bar,beat,chord\n1,1,C\n2,1,G/B\n2,3,D7\n",
    "quarters": "chord;start\r\nC;0\r\nG/B;4\r\nD7;6\r\n",
    "tabs": "\ufeffBar\tChord\tBeat\n1\tC\t1\n2\tG/B\t1\n2\tD7\t3\n",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_tables(text: str) -> None:
    table = parse_table(text)
    assert table.changes() == [(0, "C"), (16, "G/B"), (24, "D7")]
    assert len(table) == 32


def test_a_table_says_where_the_music_ends_and_begins() -> None:
    table = parse_table("bar,chord\n3,C\n5,F\n8,\n")
    assert (table.changes(), len(table)) == ([(0, "C"), (32, "F")], 80)
    later = parse_table("start,chord\n1,C\n")
    assert (later.changes(), len(later)) == ([(4, "C")], 16)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "chords: expected columns bar, beat and chord, or start and chord, got ''"),
        ("a,b\n1,2\n", "chords: expected columns bar, beat and chord, or start and chord, got"),
        ("bar,chord\nx,C\n", "chords: row 2: expected a number of 1 or more, got 'x'"),
        ("bar,chord\n0,C\n", "chords: row 2: expected a number of 1 or more, got '0'"),
        ("start,chord\nnan,C\n", "chords: row 2: expected a number of 0 or more, got 'nan'"),
        ("start,chord\n1e9,C\n", "chords: row 2: expected at most 1,000,000 steps"),
        ("bar,chord\n3,H\n", "chords: bar 3: 'H' is not a chord symbol"),
        ("bar,chord\n", "chords: expected chord symbols, found none"),
        ("bar,chord\n1\n", "chords: expected chord symbols, found none"),
        (
            f"bar,chord\n1,{'C' * 140_000}\n",
            "chords: expected a table: field larger than field limit",
        ),
    ],
)
def test_tables_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(ChordError) as error:
        parse_table(text)
    assert str(error.value).startswith(message)


ABC = b"""X:1
T:Two
M:3/4
L:1/4
K:G
D | "G" G2 A | "D7/F#" A2 B | "G" G3 |]

X:2
K:C
"C" C |
"""


def test_files_of_chords(tmp_path: Path) -> None:
    (tmp_path / "tune.abc").write_bytes(ABC)
    tune = read_chords(str(tmp_path / "tune.abc"))
    assert (tune.changes(), len(tune)) == ([(0, "G"), (12, "D7/F#"), (24, "G")], 36)
    assert tune.steps_per_bar == 12
    (tmp_path / "song.csv").write_text(TABLES["bars"])
    assert len(read_chords(tmp_path / "song.csv")) == 32
    (tmp_path / "song.csv").write_text("bar,chord\n2,H\n")
    with pytest.raises(ChordError, match=r"song\.csv: chords: bar 2: 'H' is not a chord symbol"):
        read_chords(tmp_path / "song.csv")
    (tmp_path / "none.abc").write_bytes(b"X:1\nK:C\nCDEF|\n")
    with pytest.raises(ChordError, match=r"none\.abc: chords: expected chord symbols, found none"):
        read_chords(tmp_path / "none.abc")
    (tmp_path / "empty.xml").write_bytes(b"")
    with pytest.raises(SscMelodyError, match=r"empty\.xml"):
        read_chords(tmp_path / "empty.xml")
    with pytest.raises(ChordError, match=r"song\.mid: expected chords in a \.csv"):
        read_chords(tmp_path / "song.mid")
    with pytest.raises(ChordError, match=r"song\.mid: expected chords in a \.csv"):
        read_chords("my songs/song.mid")
    assert read_chords("C N.C.", 1).symbols == read_chords(["C", "N.C."], 1).symbols
    with pytest.raises(ChordError, match=r"lost\.csv"):
        read_chords(tmp_path / "lost.csv")


def test_a_score_begins_with_the_bar_of_its_first_chord() -> None:
    quarter = 10080
    score = Score(
        chords=[ScoreChord(5 * quarter, "C"), ScoreChord(9 * quarter, "G7")],
        metres=[ScoreMetre(0, 4, 4)],
        pickup=3 * quarter,
        end=17 * quarter,
    )
    chords = read_chords(score)
    assert (chords.changes(), len(chords)) == ([(0, "C"), (16, "G7")], 48)


def test_other_ways_to_say_chords() -> None:
    assert read_chords(["C", "G"], 2).symbols == ("C", "C", "G", "G")
    given = Progression(("C",) * 5)
    assert read_chords(given) is given
    with pytest.raises(OptionError, match="steps_per_chord: expected 1 to 100000, got 0"):
        read_chords("C", 0)


def test_chords_as_held_notes() -> None:
    held = voiced(["N.C.", "C", "C", "G/B", "Csus4"])
    assert [(chord.symbol, chord.start, chord.end) for chord in held] == [
        ("C", 1, 3),
        ("G/B", 3, 4),
        ("Csus4", 4, 5),
    ]
    assert [chord.pitches for chord in held] == [
        (48, 52, 55, 36),
        (55, 59, 50, 47),
        (48, 53, 55, 36),
    ]
