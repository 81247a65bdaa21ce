"""Which notes sound in a MusicXML score, and when."""

import pytest

from ssc_melody.scores.musicxml import read_musicxml
from tests.conftest import TESTDATA
from tests.musicxml_files import attributes, bar, note, read, read_bars, score_of, sounds

SCORES = TESTDATA / "scores"
EXPECTED = dict(
    line.split(": ", 1)
    for line in (SCORES / "EXPECTED_xml.txt").read_text().splitlines()
    if not line.startswith("#")
)
FIRST = attributes()
TIE = '<tie type="{}"/>'


def test_every_case_has_its_notes():
    files = {path.name for path in SCORES.iterdir() if path.suffix in (".xml", ".mxl", ".musicxml")}
    assert files == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_case(name):
    assert sounds(read_musicxml((SCORES / name).read_bytes(), name)) == EXPECTED[name]


def transposed(more: str, inside: str = "") -> str:
    first = attributes(more=f"<transpose>{more}</transpose>")
    return sounds(read_bars(bar(first, note("D4:4", inside))))


@pytest.mark.parametrize(
    ("transpose", "heard"),
    [
        ("<diatonic>-1</diatonic><chromatic>-2</chromatic>", "60@0+4"),
        ("<chromatic>-2</chromatic>", "60@0+4"),
        ("<chromatic>3</chromatic><octave-change>-1</octave-change>", "53@0+4"),
        ("<octave-change>1</octave-change>", "74@0+4"),
        ("<diatonic>0</diatonic><chromatic>0</chromatic><double/>", "50@0+4 62@0+4"),
        ('<chromatic>0</chromatic><double above="yes"/>', "62@0+4 74@0+4"),
        ("<chromatic>NaN</chromatic>", "62@0+4"),
        ("", "62@0+4"),
    ],
)
def test_transposition(transpose, heard):
    assert transposed(transpose) == heard


def test_transposition_changes_within_a_part():
    to_a = "<attributes><transpose><chromatic>-3</chromatic></transpose></attributes>"
    none = "<attributes><transpose><chromatic>0</chromatic></transpose></attributes>"
    first = bar(FIRST, "C4:1", to_a, "C4:1 C4:2")
    assert sounds(read_bars(first, bar(none, "C4:4"))) == "60@0+1 57@1+1 57@2+2 60@4+4"


def test_transposition_of_one_staff():
    more = '<transpose number="2"><chromatic>-12</chromatic></transpose>'
    second = note("C4:4", "<staff>2</staff>")
    back = "<backup><duration>4</duration></backup>"
    score = read_bars(bar(attributes(more=more), note("C4:4", "<staff>1</staff>"), back, second))
    assert sounds(score) == "48@0+4 60@0+4"


def test_pitches():
    score = read_bars(bar(FIRST, "C#4:1 Db4:1 B##3:1 Cbb5:1"))
    assert sounds(score) == "61@0+1 61@1+1 61@2+1 70@3+1"


def test_what_is_no_pitch_is_left_out_and_takes_its_time():
    unpitched = "<note><unpitched/><duration>1</duration></note>"
    wrong = note("C4:1").replace("C<", "H<")
    score = read_bars(bar(FIRST, unpitched, "C-1:1", wrong, "G9:1"), bar("A9:4"))
    assert sounds(score) == "0@1+1 127@3+1"
    assert score.warnings == ["a note is not a pitch from 0 to 127: left out (2x)"]


def test_divisions_change_and_differ_between_parts():
    half = "<attributes><divisions>2</divisions></attributes>"
    first = [bar(FIRST, "C4:1", half, "D4:1 E4:1", "F4:4"), bar("G4:8")]
    second = [bar(attributes(480), "C3:1920"), bar("D3:1920")]
    score = read(score_of(first, second))
    assert sounds(score, 0) == "60@0+1 62@1+0.5 64@1.5+0.5 65@2+2 67@4+4"
    assert sounds(score, 1) == "48@0+4 50@4+4"


def test_odd_divisions_stay_in_step():
    """Sevenths of a beat, written in 11 divisions, end on the bar line."""
    score = read_bars(bar(attributes(11), "C4:3 D4:3 E4:5 F4:33"), bar("G4:44"))
    assert sounds(score) == "60@0+0.27272 62@0.27272+0.27272 64@0.54544+0.45456 65@1+3 67@4+4"


def test_decimal_durations():
    assert sounds(read_bars(bar(FIRST, "C4:1.5 D4:.5 E4:2.0"))) == "60@0+1.5 62@1.5+0.5 64@2+2"


def test_backup_and_forward():
    back = "<backup><duration>4</duration></backup>"
    on = "<forward><duration>2</duration></forward>"
    score = read_bars(bar(FIRST, "C5:4", back, on, "E4:2"), bar("D5:4"))
    assert sounds(score) == "72@0+4 64@2+2 74@4+4"


def test_backup_over_the_beginning():
    score = read_bars(bar(FIRST, "C5:4", "<backup><duration>9</duration></backup>", "E4:4"))
    assert sounds(score) == "64@0+4 72@0+4"
    assert score.warnings == ["a backup goes back over the beginning of its bar (1x)"]


def test_chords():
    chord = note("C4:4") + note("E4:4", before="<chord/>") + note("G4:2", before="<chord/>")
    assert sounds(read_bars(bar(FIRST, chord), bar("C4:4"))) == "60@0+4 64@0+4 67@0+4 60@4+4"


def test_chord_notes_of_other_types_have_their_own_length():
    whole, half = "<type>whole</type>", "<type>half</type>"
    chord = note("C4:4", whole) + note("E4:2", half, "<chord/>") + note("G4:3", whole, "<chord/>")
    assert sounds(read_bars(bar(FIRST, chord))) == "60@0+4 64@0+2 67@0+4"


def test_grace_notes_take_no_time_and_cue_notes_their_own():
    grace = note("D5:1", before="<grace/>") + note("F5:1", before="<grace/><chord/>")
    cue = note("E4:1", before="<cue/>")
    assert sounds(read_bars(bar(FIRST, "C4:1", grace, cue, "G4:2"))) == "60@0+1 67@2+2"


def test_grace_note_before_the_rest_of_a_chord():
    chord = note("C4:4") + note("D5:1", before="<grace/>") + note("E4:4", before="<chord/>")
    assert sounds(read_bars(bar(FIRST, chord))) == "60@0+4 64@0+4"


@pytest.mark.parametrize("duration", ["NaN", "1e9", "inf", "-4", "", "9" * 13, "0x4", "٣"])
def test_duration_that_is_none(duration):
    pitch = "<pitch><step>C</step><octave>4</octave></pitch>"
    broken = f"<note>{pitch}<duration>{duration}</duration></note>"
    score = read_bars(bar(FIRST, broken, "D4:4"))
    assert sounds(score) == "62@0+4"
    assert score.warnings == ["a duration is missing or no number: taken as 0 (1x)"]


def tied(text: str, *kinds: str, voice: str = "1") -> str:
    ties = "".join(TIE.format(kind) for kind in kinds)
    return note(text, f"{ties}<voice>{voice}</voice>")


def test_tie_over_bars():
    bars = [bar(FIRST, tied("C4:4", "start")), bar(tied("C4:4", "stop", "start"))]
    assert sounds(read_bars(*bars, bar(tied("C4:2", "stop"), "C4:2"))) == "60@0+10 60@10+2"


def test_tie_goes_to_another_voice_if_its_own_has_none():
    back = "<backup><duration>4</duration></backup>"
    first = bar(FIRST, "C5:4", back, tied("E4:4", "start", voice="2"))
    second = bar(tied("E4:4", "stop", voice="1"), back, tied("G3:4", voice="2"))
    assert sounds(read_bars(first, second)) == "64@0+8 72@0+4 55@4+4"


def test_tie_prefers_its_own_voice():
    """Two voices hold a unison; only the second one ends in the next bar."""
    back = "<backup><duration>4</duration></backup>"
    first = bar(FIRST, tied("E4:4", "start"), back, tied("E4:4", "start", voice="2"))
    second = bar(tied("E4:2", "stop", voice="2"), "r:2", back, tied("E4:4", "stop"))
    assert sounds(read_bars(first, second)) == "64@0+6 64@0+8"


def test_tie_whose_other_end_is_missing():
    bars = [bar(FIRST, tied("C4:4", "start")), bar("D4:4"), bar(tied("C4:4", "stop"))]
    assert sounds(read_bars(*bars)) == "60@0+4 62@4+4 60@8+4"


def test_tie_within_a_bar_written_backwards():
    back = "<backup><duration>4</duration></backup>"
    later = tied("C4:2", "stop") + back + tied("C4:2", "start", voice="2")
    assert sounds(read_bars(bar(FIRST, "r:2", later))) == "60@0+4"


def test_only_notated_ties():
    def notated(kind: str) -> str:
        return note("C4:4", f'<notations><tied type="{kind}"/></notations>')

    assert sounds(read_bars(bar(FIRST, notated("start")), bar(notated("stop")))) == "60@0+8"
    assert sounds(read_bars(bar(FIRST, notated("let-ring")), bar("C4:4"))) == "60@0+4 60@4+4"


def test_each_staff_that_sounds_is_a_part():
    back = "<backup><duration>4</duration></backup>"
    right = note("C5:4", "<staff>1</staff>")
    left = note("C3:2", "<staff>2</staff>") + note("G4:2", "<staff>1</staff>")
    xml = score_of([bar(FIRST, "r:4")], [bar(FIRST, right, back, left)], names=("Voice", "Piano"))
    score = read(xml)
    assert score.part_names == ["Voice", "Piano", "Piano"]
    assert [(n.pitch, n.part) for n in score.notes] == [(72, 1), (67, 1), (48, 2)]


def test_a_tie_over_staves_sounds_where_it_begins():
    one = note("C4:4", TIE.format("start") + "<staff>1</staff>")
    two = note("C4:4", TIE.format("stop") + "<staff>2</staff>")
    score = read_bars(bar(FIRST, one), bar(two))
    assert [tuple(n) for n in score.notes] == [(60, 0, 80640, 0)]


def test_timewise():
    def part(i: int, content: str) -> str:
        return f'<part id="P{i}">{content}</part>'

    def notes(text: str) -> str:
        return "".join(note(item) for item in text.split())

    first = part(1, FIRST + notes("C4:4")) + part(2, FIRST + notes("C3:4"))
    second = part(1, notes("D4:4")) + part(2, notes("D3:4"))
    xml = f"<score-timewise><measure>{first}</measure><measure>{second}</measure></score-timewise>"
    score = read(xml)
    assert sounds(score, 0) == "60@0+4 62@4+4"
    assert sounds(score, 1) == "48@0+4 50@4+4"


def test_notes_are_sorted():
    back = "<backup><duration>4</duration></backup>"
    score = read(score_of([bar(FIRST, "G4:4", back, "C4:2 E4:2")], [bar(FIRST, "C3:4")]))
    assert [(n.part, n.start, n.pitch) for n in score.notes] == [
        (0, 0, 60), (0, 0, 67), (0, 20160, 64), (1, 0, 48),
    ]  # fmt: skip
