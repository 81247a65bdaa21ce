"""Reading the fields of ABC: keys, clefs, metres, unit lengths, tempos, voices."""

import pytest

from ssc_melody.scores.abc_notation import read_abc
from ssc_melody.scores.score import ScoreKey, ScoreMetre, ScoreTempo
from tests.scores_text import notes_text


def read(tune):
    ((_, score),), problems = read_abc(("X:1\n" + tune).encode(), "book.abc")
    assert problems == []
    return score


def pitches(key, music="CDEFGAB"):
    score = read(f"L:1/4\nK:{key}\n{music}\n")
    return " ".join(str(note.pitch) for note in score.notes)


@pytest.mark.parametrize(
    ("key", "expected", "fifths", "mode"),
    [
        ("C", "60 62 64 65 67 69 71", 0, "major"),
        ("", "60 62 64 65 67 69 71", 0, "none"),
        ("none", "60 62 64 65 67 69 71", 0, "none"),
        ("G", "60 62 64 66 67 69 71", 1, "major"),
        ("F#", "61 63 65 66 68 70 71", 6, "major"),
        ("C#", "61 63 65 66 68 70 72", 7, "major"),
        ("F", "60 62 64 65 67 69 70", -1, "major"),
        ("Eb", "60 62 63 65 67 68 70", -3, "major"),
        ("Cb", "59 61 63 64 66 68 70", -7, "major"),
        ("E\u266d", "60 62 63 65 67 68 70", -3, "major"),
        ("Am", "60 62 64 65 67 69 71", 0, "minor"),
        ("F#m", "61 62 64 66 68 69 71", 3, "minor"),
        ("C min", "60 62 63 65 67 68 70", -3, "minor"),
        ("EMinor", "60 62 64 66 67 69 71", 1, "minor"),
        ("D Major", "61 62 64 66 67 69 71", 2, "major"),
        ("Ddor", "60 62 64 65 67 69 71", 0, "dorian"),
        ("A Mixolydian", "61 62 64 66 67 69 71", 2, "mixolydian"),
        ("EPhrygian", "60 62 64 65 67 69 71", 0, "phrygian"),
        ("Flyd", "60 62 64 65 67 69 71", 0, "lydian"),
        ("Bloc", "60 62 64 65 67 69 71", 0, "locrian"),
        ("Gion", "60 62 64 66 67 69 71", 1, "major"),
        ("Daeo", "60 62 64 65 67 69 70", -1, "minor"),
        ("HP", "61 62 64 66 67 69 71", 2, "mixolydian"),
        ("Hp", "61 62 64 66 67 69 71", 2, "mixolydian"),
        ("D =c", "60 62 64 66 67 69 71", 2, "major"),
        ("Dmix=f", "60 62 64 65 67 69 71", 1, "mixolydian"),
        ("D Phr ^f", "60 62 63 66 67 69 70", -2, "phrygian"),
        ("Am ^g_b", "60 62 64 65 68 69 70", 0, "minor"),
        ("C ^^f __b", "60 62 64 67 67 69 69", 0, "major"),
        ("D exp _b _e ^f", "60 62 63 66 67 69 70", -1, ""),
        ("exp ^c", "61 62 64 65 67 69 71", 1, ""),
        ("G#", "60 61 63 65 67 68 70", -4, "major"),  # as abc2midi: A flat
        ("D clef=bass middle=D", "61 62 64 66 67 69 71", 2, "major"),
        ("G treble", "60 62 64 66 67 69 71", 1, "major"),
        ("A middle=c clef=F4", "61 62 64 66 68 69 71", 3, "major"),
        ("D exp =c ^f", "60 62 64 66 67 69 71", 1, ""),
        ("C m=B", "60 62 64 65 67 69 71", 0, "major"),
    ],
)
def test_keys(key, expected, fifths, mode):
    assert pitches(key) == expected
    assert read(f"K:{key}\nC").keys == [ScoreKey(0, fifths, mode)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("C bass", "60"),
        ("C clef=bass", "60"),
        ("C treble-8", "48"),
        ("C clef=treble+8", "72"),
        ("C clef=G2+8", "72"),
        ("C treble-15", "36"),
        ("C treble^8", "60"),
        ("C octave=-1", "48"),
        ("C octave = 1", "72"),
        ("C clef=treble-8 octave=1", "72"),  # as abc2midi: octave= is meant
        ("C transpose=-2", "58"),
        ("C treble-8 transpose=3", "51"),
        ("C clef=perc", ""),
    ],
)
def test_clefs_and_transpositions(key, expected):
    assert pitches(key, "C") == expected


def test_keys_and_clefs_change_in_the_body():
    music = "F[K:G]F[K:treble-8]F[K:bass]F\nK:C octave=1\nF[K:none]F"
    assert pitches("C", music) == "65 66 54 66 77 77"
    assert read(f"L:1/4\nK:C\n{music}").keys == [
        ScoreKey(0, 0, "major"),
        ScoreKey(10080, 1, "major"),
        ScoreKey(40320, 0, "major"),
        ScoreKey(50400, 0, "none"),
    ]


def test_a_key_ends_accidentals():
    assert pitches("C", "^FF[K:C]F") == "66 66 65"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("4/4", (4, 4)),
        ("C", (4, 4)),
        ("C|", (2, 2)),
        ("6/8", (6, 8)),
        (" 3 / 4 % waltz", (3, 4)),
        ("2+3/8", (5, 8)),
        ("(2+3)/8", (5, 8)),
        ("(2 + 2 + 3) / 8", (7, 8)),
        ("2/4+3/8", (7, 8)),
        ("none", None),
        ("", None),
    ],
)
def test_metres(field, expected):
    score = read(f"M:{field}\nK:C\nC")
    assert score.metres == ([ScoreMetre(0, *expected)] if expected else [])
    assert score.warnings == []


@pytest.mark.parametrize("field", ["4", "0/4", "4/0", "3/5", "1000000000/4", "4/256", "x", "256/4"])
def test_metres_that_are_none(field):
    score = read(f"M:{field}\nK:C\nC")
    assert score.metres == []
    assert score.warnings == [f"a field is not understood: M:{field}"]


def test_metres_change_in_the_body():
    score = read("M:4/4\nL:1/4\nK:C\nCDEF|\nM:3/4\nCDE|[M:C|]C4|[M:C|]C4|")
    assert score.metres == [
        ScoreMetre(0, 4, 4),
        ScoreMetre(40320, 3, 4),
        ScoreMetre(70560, 2, 2),
    ]


def test_a_metre_of_a_later_voice_only():
    score = read("M:4/4\nL:1/4\nK:C\n[V:1]CDEF|CDE|\n[V:2]C4|[M:3/4]C3|")
    assert score.metres == [ScoreMetre(0, 4, 4), ScoreMetre(40320, 3, 4)]


@pytest.mark.parametrize(
    ("head", "length"),
    [
        ("K:C", "1/2"),
        ("M:4/4\nK:C", "1/2"),
        ("M:3/4\nK:C", "1/2"),
        ("M:6/8\nK:C", "1/2"),
        ("M:C|\nK:C", "1/2"),
        ("M:none\nK:C", "1/2"),
        ("M:2/4\nK:C", "1/4"),
        ("M:5/8\nK:C", "1/4"),
        ("M:2/4\nL:1/8\nK:C", "1/2"),
        ("L:1/8\nM:2/4\nK:C", "1/2"),
        ("L:1\nK:C", "4"),
        ("L:3/8\nK:C", "3/2"),
        ("L:1/32\nK:C", "1/8"),
        ("L:0/4\nK:C", "1/2"),
        ("M:4/4\nK:C\nM:2/4", "1/2"),  # a metre in the body leaves the unit alone
    ],
)
def test_unit_lengths(head, length):
    assert notes_text(read(f"{head}\nC\n")) == f"60@0+{length}"


def test_unit_lengths_change_in_the_body():
    assert notes_text(read("L:1/4\nK:C\nC[L:1/8]D\nL:1/2\nE")) == "60@0+1 62@1+1/2 64@3/2+2"


@pytest.mark.parametrize(
    ("field", "qpm"),
    [
        ("1/4=120", 120),
        ("1/2=60", 120),
        ("3/8=80", 120),
        ('"Allegro" 1/4=100', 100),
        ('1/4=100 "Allegro"', 100),
        ("1/4 3/8=40", 100),
        ("1/4 = ca. 66.5", 66.5),
        ("1/4=120-130", 120),
        ("120", 60),  # unit lengths, L:1/8
        ("C=120", 60),
        ("C3=40", 60),
        ('"Allegro"', None),
        ("", None),
    ],
)
def test_tempos(field, qpm):
    score = read(f"L:1/8\nQ:{field}\nK:C\nC")
    assert score.tempos == ([ScoreTempo(0, qpm)] if qpm else [])
    assert score.warnings == []


@pytest.mark.parametrize("field", ["1/4=0", "fast", "1/4=", "1/4=99999", "0/4=60"])
def test_tempos_that_are_none(field):
    score = read(f"Q:{field}\nK:C\nC")
    assert score.tempos == []
    assert score.warnings == [f"a field is not understood: Q:{field}"]


def test_tempos_change_in_the_body():
    score = read("L:1/4\nQ:1/4=60\nK:C\nC[Q:1/4=90]D\nQ:1/2=60\nE")
    assert score.tempos == [ScoreTempo(0, 60), ScoreTempo(10080, 90), ScoreTempo(20160, 120)]


VOICES = {
    "blocks": "K:C\nV:1\nCD|\nV:2\nC,2|\nV:1\nEF|\nV:2\nD,2|",
    "inline": "K:C\n[V:1]CD|[V:2]C,2|\n[V:1]EF|[V:2]D,2|",
    "inline at the beginning": "V:1\nV:2\nK:C\n[V: 1] CD|\n[V: 2] C,2|\n[V: 1] EF|\n[V: 2] D,2|",
    "one after another": "V:1\nV:2\nK:C\nV:1\nCD|EF|\nV:2\nC,2|D,2|",
    "first not named": "K:C\nCD|\nV:2\nC,2|D,2|\nV:1\nEF|",
    "declared, first not named": "V:1\nV:2\nK:C\nCD|EF|\nV:2\nC,2|D,2|",
    "with %%score": "%%score (1 2)\n%%staves [1 2]\nV:1\nV:2\nK:C\n[V:1]CD|EF|\n[V:2]C,2|D,2|",
    "numbers above two": "K:C\nV:4\nCD|\nV:7\nC,2|\nV:4\nEF|\nV:7\nD,2|",
}


@pytest.mark.parametrize("spelling", VOICES)
def test_voices(spelling):
    score = read("M:2/4\nL:1/4\n" + VOICES[spelling])
    assert notes_text(score) == "60@0+1 62@1+1 64@2+1 65@3+1 / 48@0+2 50@2+2"
    assert score.part_names == ["", ""]


def test_voices_of_a_hymnal():
    score = read(
        "M:4/4\nL:1/4\nV: S1V1 clef=treble\nV: S1V2\nV: S2V1 clef=bass\nV: S2V2\nK:G\n"
        "[V: S1V1] [Q:1/4=100] GABc|\nw:one two\n[V: S1V2] D4|\n[V: S2V1] B,4|\n[V: S2V2] G,4|\n"
        "[V: S1V1] d4|]\n[V: S1V2] F4|]\n[V: S2V1] A,4|]\n[V: S2V2] D,4|]\n"
    )
    assert score.part_names == ["S1V1", "S1V2", "S2V1", "S2V2"]
    assert notes_text(score) == (
        "67@0+1 69@1+1 71@2+1 72@3+1 74@4+4 / 62@0+4 66@4+4 / 59@0+4 57@4+4 / 55@0+4 50@4+4"
    )


def test_voices_have_properties():
    score = read(
        'M:4/4\nL:1/4\nV:T clef=treble-8 name="Tenor I" snm="T"\nV:B nm=Bass octave=-1\n'
        "V:Cl transpose=-2\nK:C treble\nV:T\nC4|\nV:B\nC4|\nV:Cl\nC4|\nV:T clef=treble\nC4|"
    )
    assert score.part_names == ["Tenor I", "Bass", "Cl"]
    assert notes_text(score) == "48@0+4 60@4+4 / 48@0+4 / 58@0+4"


def test_fields_in_the_body_are_for_their_voice():
    score = read("L:1/4\nV:1\nV:2\nK:C\n[V:1][L:1/2][K:G]F|\n[V:2]F|\n[V:1]F|[V:2]F|")
    assert notes_text(score) == "66@0+2 66@2+2 / 65@0+1 65@1+1"
    score = read("L:1/4\nV:1\nV:2\nK:C\nL:1/2\nK:G\n[V:1]F|\n[V:2]F|")
    assert notes_text(score) == "66@0+2 / 66@0+2"


def test_accidentals_and_ties_are_of_their_voice():
    score = read("L:1/4\nV:1\nV:2\nK:C\n[V:1]^FF-\n[V:2]FF|\n[V:1]F|")
    assert notes_text(score) == "66@0+1 66@1+2 / 65@0+1 65@1+1"


def test_percussion_keeps_its_time_but_has_no_notes():
    tune = "L:1/4\nV:1\nV:2 clef=perc\nV:3\nK:C\n[V:1]C4|\n[V:2]DDDD|[K:bass]D,|\nV:3\n"
    score = read(tune + "%%MIDI channel 10\nEEEE|\n")
    assert notes_text(score) == "60@0+4 / 50@4+1"
    assert score.end == 5 * 10080
    assert score.warnings == ["a voice of percussion is left out (8 times)"]


def test_midi_transpose():
    tune = "%%MIDI transpose 2\nL:1/4\nK:C\nC\n%%MIDI rtranspose -3\nC[I:MIDI=transpose 0]C"
    assert notes_text(read(tune)) == "62@0+1 59@1+1 60@2+1"


@pytest.mark.parametrize(
    ("tune", "pickup"),
    [
        ("M:4/4\nK:C\nC|D4|", 3),
        ("M:4/4\nK:C\n|:C|D4|", 3),
        ("M:3/4\nK:C\nC/D/|E3|", 2),
        ("M:4/4\nK:C\nCDEF|G4|", 0),
        ("M:4/4\nK:C\nz3C|G4|", 0),
        ("M:4/4\nK:C\nC|", 0),
        ("M:4/4\nK:C\nCDEFG|A4|", 0),
        ("M:none\nK:C\nC|D4|", 0),
        ("K:C\nC|D4|", 0),
        ("M:4/4\nK:C\nM:6/8\nC/|D3|", 2.5),
        ("M:4/4\nK:C\nZ|C4|", 0),
        ("M:4/4\nV:1\nV:2\nK:C\n[V:2]C|D4|", 3),
    ],
)
def test_pickups(tune, pickup):
    assert read("L:1/4\n" + tune).pickup == pickup * 10080


def test_the_end_counts_rests():
    assert read("L:1/4\nM:4/4\nK:C\nC z3|Z2|").end == 12 * 10080


def test_bars_that_are_too_long_are_warned_of():
    score = read("M:4/4\nL:1/4\nK:C\nCDEFG|CDEF|CDEFG|C|")
    assert score.warnings == ["a bar is longer than its metre (2 times)"]


def test_titles():
    assert read("T:The First\nT:The Second\nK:C\nC").title == "The First"
    assert read("K:C\nC").title == ""


def test_fields_go_on():
    assert read("T:One\n+:two\n+: three\nK:C\nC").title == "One two three"
    assert pitches("C\n+:octave=-1", "C") == "48"
    assert notes_text(read("L:1/4\nK:C\nC\nM:\\\n+:3/4\nD")) == "60@0+1 62@1+1"


@pytest.mark.parametrize(
    "text",
    ["m:~n2 = n/o/m/n/\nK:C\n~C2", "K:C\nm:~n2 = n/o/m/n/\n~C2", "K:C\n[m:~n2 = n/o/m/n/]~C2"],
)
def test_macros_are_not_expanded_and_it_is_said(text):
    """The note itself sounds, as in abc2midi."""
    score = read(f"L:1/8\n{text}")
    assert [note.pitch for note in score.notes] == [60]
    assert score.warnings == ["a macro is not expanded: m:~n2 = n/o/m/n/"]
