"""ABC files: tunes and what is between them, encodings, line ends, damage, limits."""

import contextlib
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.constants import MAX_TICK
from ssc_melody.errors import DataError
from ssc_melody.scores.abc_notation import read as abc_read
from ssc_melody.scores.abc_notation import read_abc, read_tunes
from ssc_melody.scores.abc_notation.layers import MAX_NOTES, MAX_PARTS
from ssc_melody.scores.score import Score
from tests.scores_text import notes_text

CASES = Path(__file__).parents[2] / "testdata" / "scores"
EXPECTED = [
    line.split(": ")
    for line in (CASES / "EXPECTED_abc.txt").read_text().splitlines()
    if not line.startswith("#")
]
LODZ = "\u0141\u00f3d\u017a"
HEAD = "X:1\nM:4/4\nL:1/4\nK:C\n"


def read(text):
    return read_abc(text.encode() if isinstance(text, str) else text, "book.abc")


def notes(text):
    scores, problems = read(text)
    assert problems == []
    return [notes_text(score) for _, score in scores]


@pytest.mark.parametrize(("tune", "expected"), EXPECTED)
def test_cases(tune, expected):
    name = tune.partition("#")[0]
    scores, problems = read_abc((CASES / name).read_bytes(), name)
    assert problems == []
    assert notes_text(dict(scores)[tune]) == expected


def test_every_case_has_an_expectation():
    expected = {tune.partition("#")[0] for tune, _ in EXPECTED}
    assert {path.name for path in CASES.glob("abc_*.abc") if "_hang_" not in path.name} == expected


def test_tunes_are_named_by_their_order():
    scores, problems = read("X:7\nK:C\nC\n\nX:7\nT:no key\nC\n\nX:1\nK:C\nD\n")
    assert [name for name, _ in scores] == ["book.abc#1", "book.abc#3"]
    assert problems == [
        ("book.abc#2", "expected a field K: (the key, with which music begins), found none")
    ]


def test_tunes_come_one_by_one():
    tunes = read_tunes(b"X:1\nK:C\nC\nX:2\nK:C\nD", "book.abc")
    assert [(tune.name, tune.problem) for tune in tunes] == [("book.abc#1", ""), ("book.abc#2", "")]


@pytest.mark.parametrize("data", [b"", b"a letter\n", b"T:a\nK:C\nCDE", b"\x00\xff" * 99])
def test_no_tune(data):
    with pytest.raises(DataError, match=r"^expected ABC tunes .* found none$"):
        read(data)


def test_text_between_tunes_is_no_music():
    text = f"A book of tunes\nC D E\n\n{HEAD}C\n\nA fine dance, E D C.\nK:D\nF\n\n{HEAD}D\n  \t\nG"
    assert notes(text) == ["60@0+1", "62@0+1"]


def test_a_new_tune_ends_one_that_no_blank_line_ends():
    assert notes(f"{HEAD}C\n{HEAD}D\n%%begintext\nabc\n{HEAD}E") == ["60@0+1", "62@0+1", "64@0+1"]


def test_the_head_of_a_tune_may_hold_text():
    assert notes("X:1\nH:a long\nstory of abc\n% abc\n%%abc\nL:1/4\nK:C % abc\nC") == ["60@0+1"]


def test_the_file_header_holds_for_every_tune():
    header = "%abc-2.1\nM:2/4\nL:1/4\nQ:1/4=90\nU:W=!trill!\n%%propagate-accidentals octave\n"
    scores, _ = read(f"{header}T:Book\nK:D\n\nX:1\nK:C\n^FW f\n\nX:2\nL:1/8\nM:3/4\nK:C\nF\n")
    first, second = [score for _, score in scores]
    assert notes_text(first) == "66@0+1 77@1+1"
    assert notes_text(second) == "65@0+1/2"
    assert [score.title for _, score in scores] == ["", ""]
    assert [score.metres[0][1:] for _, score in scores] == [(2, 4), (3, 4)]
    assert [score.tempos[0].qpm for _, score in scores] == [90, 90]
    assert first.warnings == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\r", "\r\r\n"])
def test_line_ends(end):
    text = f"{HEAD}C|\nD|\n\nE\n{HEAD}F".replace("\n", end)
    assert notes(text) == ["60@0+1 62@1+1", "65@0+1"]


@pytest.mark.parametrize(
    ("data", "title"),
    [
        ("\ufeffX:1\nT:Caf\u00e9\nK:C\nC".encode(), "Caf\u00e9"),
        ("X:1\nT:Caf\u00e9\nK:C\nC".encode(), "Caf\u00e9"),
        ("X:1\nT:Caf\u00e9\nK:C\nC".encode("latin-1"), "Caf\u00e9"),
        ("X:1\nT:Caf\u00e9\nK:C\nC".encode("utf-16"), "Caf\u00e9"),
        (f"%%abc-charset iso-8859-2\nX:1\nT:{LODZ}\nK:C\nC".encode("iso-8859-2"), LODZ),
        (f"I:abc-charset latin2\nX:1\nT:{LODZ}\nK:C\nC".encode("iso-8859-2"), LODZ),
        ("%%abc-charset rot13\nX:1\nT:Caf\u00e9\nK:C\nC".encode("latin-1"), "Caf\u00e9"),
        ("%%abc-charset utf-8\nX:1\nT:Caf\u00e9\nK:C\nC".encode("latin-1"), "Caf\u00e9"),
    ],
)
def test_encodings(data, title):
    scores, problems = read(data)
    assert problems == []
    assert [(score.title, notes_text(score)) for _, score in scores] == [(title, "60@0+1/2")]


def test_byte_order_marks_within_a_file():
    assert notes(f"{HEAD}C\n\n\ufeff{HEAD}D") == ["60@0+1", "62@0+1"]


LONG = {
    "a length": ("C999999999", "quarter notes"),
    "a rest of bars": ("Z999999999", "quarter notes"),
    "lengths that add up": ("C900000" * 2, "quarter notes"),
    "a number": ("C" + "9" * 100_000, "at most 9 digits"),
    "a tuplet": ("(" + "3" * 100_000, "at most 9 digits"),
    "notes": ("C" * (MAX_NOTES + 1), f"at most {MAX_NOTES} notes"),
    "voices": ("".join(f"[V:{i}]C" for i in range(MAX_PARTS + 1)), f"at most {MAX_PARTS} voices"),
    "overlays": ("C" + "&C" * MAX_PARTS, f"at most {MAX_PARTS} voices"),
}


@pytest.mark.parametrize("what", LONG)
def test_limits(what):
    music, message = LONG[what]
    scores, problems = read(f"{HEAD}{music}\n\n{HEAD}C")
    assert [name for name, _ in scores] == ["book.abc#2"]
    ((name, reason),) = problems
    assert name == "book.abc#1"
    assert re.match(r"^expected [^\n]*, found [^\n]*$", reason)
    assert message in reason


def test_more_tunes_than_a_file_may_have(monkeypatch):
    monkeypatch.setattr(abc_read, "MAX_TUNES", 2)
    scores, problems = read("X:1\nK:C\nC\n\n" * 3)
    assert [name for name, _ in scores] == ["book.abc#1", "book.abc#2"]
    why = "expected at most 2 tunes in a file, found 3; split it"
    assert problems == [("book.abc#3", why)]


def test_a_long_note_within_the_limits():
    assert notes(f"{HEAD}C9999 D|") == ["60@0+9999 62@9999+1"]


def test_thousands_of_bars():
    data = (CASES / "abc_31_hang_2000_bars.abc").read_bytes()
    ((_, score),), _ = read(data)
    assert len(score.notes) == 8000
    assert score.end == 8000 * 10080


N = 5_000
HOSTILE = {
    "a chord of many notes": f"{HEAD}[{'CDEFGAB' * N}]",
    "open brackets": HEAD + "[" * N,
    "closed brackets": HEAD + "]" * N,
    "chords in chords": f"{HEAD}{'[C' * N}{']' * N}",
    "grace notes": HEAD + "{" * N,
    "slurs": HEAD + "(" * N,
    "tuplets": HEAD + "(3" * N,
    "quotes": HEAD + '"' * (N + 1),
    "escapes": HEAD + '"' + "\\" * N,
    "inline fields": HEAD + "[K:" * N,
    "inline keys": HEAD + "[K:C]" * N,
    "decorations": HEAD + "!a " * N,
    "chords of 1.6": HEAD + "+ab" * N,
    "overlays of many bars": HEAD + "C|" * N + "&" * N,
    "overlays": HEAD + "C&C|" * N,
    "broken rhythms": HEAD + "C>" * N,
    "broken once": HEAD + "C" + ">" * N + "C",
    "slashes": HEAD + "C" + "/" * N,
    "octaves": HEAD + "C" + "," * N + "c'" * N,
    "ties": HEAD + "C-" * N,
    "ties of chords": HEAD + "[CEG]-" * N,
    "accidentals": HEAD + "^" * N,
    "microtones": HEAD + "^" + "1" * N + "C",
    "bar lines": HEAD + "|" * N,
    "endings": HEAD + "|" + "1," * N,
    "letters": HEAD + "q" * N,
    "fields that go on": "X:1\nT:a\n" + "+:b\n" * N + "K:C\nC",
    "a metre": "X:1\nM:" + "1+" * N + "1/4\nK:C\nC",
    "a tempo": "X:1\nQ:" + "1/4 " * N + "=10\nK:C\nC",
    "a key": "X:1\nK:C" + " " * N + "^c" * N + "\nC",
    "properties": "X:1\nK:C " + 'name="' * N + "clef" + " " * N + "\nC",
    "a header before many tunes": f"N:{'x' * N}\nU:W=!x!\nV:1\n\n" + f"{HEAD}C\n\n" * 200,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_memory_is_bounded(what):
    data = HOSTILE[what].encode()
    tracemalloc.start()
    try:
        scores, problems = read(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(scores) + len(problems) in (1, 200)
    assert peak < 1000 * len(data)


def well_formed(score):
    assert isinstance(score, Score)
    assert score.end < MAX_TICK
    assert score.notes == sorted(score.notes, key=lambda n: (n.part, n.start, n.pitch))
    assert {note.part for note in score.notes} == set(range(len(score.part_names)))
    for note in score.notes:
        assert 0 <= note.pitch <= 127
        assert 0 <= note.start < note.end <= score.end
    for marks in (score.metres, score.tempos, score.keys, score.chords):
        assert [mark.tick for mark in marks] == sorted({mark.tick for mark in marks})
    assert score.pickup >= 0
    assert len(score.warnings) < 20
    assert all("\n" not in warning for warning in score.warnings)


CHARACTERS = "CDEFGABcdefgabzxZXy^_=,'/23489|:[](){}<>-&!+\"\\%~.*HW \n"
SYMBOLS = (
    '(3 |: :| :: |1 [2 [K:G] [V:1] [V:2] [M:3/4] [L:1/16] [Q:1/4=9] (& &) && "Am" ]2 [CE] 999999'
    " [I:octave=2] \nV:1\n \nV:B~clef=perc\n \nK:exp~^c\n \nM:none\n \nw:a\n \n+:b\n \nP:A\n \n\n"
    " \nX:2\nK:C\n %%begintext\n \n%%endtext\n"
)
PIECES = st.sampled_from([*CHARACTERS, *(s.replace("~", " ") for s in SYMBOLS.split(" "))])


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_music_makes_anything_but_scores(music):
    scores, problems = read(HEAD + music)
    for _, score in scores:
        well_formed(score)
    for _, reason in problems:
        assert reason.startswith("expected ")


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_file_makes_anything_but_scores(data):
    for prefix in (b"", b"X:1\nK:C\n", b"X:1\n", b"X:1\nM:", b"X:1\nQ:", b"X:1\nK:", b"X:1\nV:"):
        with contextlib.suppress(DataError):
            scores, _ = read(prefix + data)
            for _, score in scores:
                well_formed(score)
