"""Chord symbols, tempos, keys, titles and names of MusicXML scores."""

import pytest

from tests.musicxml_files import attributes, bar, note, read, read_bars, score_of

FIRST = attributes()
Q = 10080


def harmony(
    kind: str = "major", root: str = "C", text: str = "", more: str = "", alter: str = ""
) -> str:
    altered = f"<root-alter>{alter}</root-alter>" if alter else ""
    drawn = f' text="{text}"' if text else ""
    return (
        f"<harmony><root><root-step>{root}</root-step>{altered}</root>"
        f"<kind{drawn}>{kind}</kind>{more}</harmony>"
    )


def degree(value: int, alter: int, kind: str) -> str:
    return (
        f"<degree><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>"
        f"<degree-type>{kind}</degree-type></degree>"
    )


def symbol(element: str, more: str = "") -> str:
    """Returns the only chord symbol of a score, "" for none."""
    chords = read_bars(bar(attributes(more=more), element, "C4:4")).chords
    return chords[0].symbol if chords else ""


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("major", "C"), ("minor", "Cm"), ("augmented", "Caug"), ("diminished", "Cdim"),
        ("dominant", "C7"), ("major-seventh", "Cmaj7"), ("minor-seventh", "Cm7"),
        ("diminished-seventh", "Cdim7"), ("augmented-seventh", "Caug7"),
        ("half-diminished", "Cm7b5"), ("major-minor", "Cm(maj7)"), ("major-sixth", "C6"),
        ("minor-sixth", "Cm6"), ("dominant-ninth", "C9"), ("major-ninth", "Cmaj9"),
        ("minor-ninth", "Cm9"), ("dominant-11th", "C11"), ("major-11th", "Cmaj11"),
        ("minor-11th", "Cm11"), ("dominant-13th", "C13"), ("major-13th", "Cmaj13"),
        ("minor-13th", "Cm13"), ("suspended-second", "Csus2"), ("suspended-fourth", "Csus"),
        ("Neapolitan", "C"), ("Italian", "C7(no5)"), ("French", "C7(b5)"), ("German", "C7"),
        ("pedal", "Cped"), ("power", "C5"), ("Tristan", "Cm7b5"), ("other", "C"),
        ("none", "N.C."), ("minor-major", "Cm(maj7)"), ("", "C"), ("maj69", "C6(add9)"),
        ("nonsense", ""),
    ],
)  # fmt: skip
def test_kind(kind, expected):
    assert symbol(harmony(kind)) == expected


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("other", "7sus4", "Csus7"),
        ("other", "m7♭5", "Cm7b5"),
        ("other", "Δ7", "Cmaj7"),
        ("", "mi7", "Cm7"),
        ("other", "6/9", "C6/9"),
        ("other", "&lt;b>", ""),
        ("dominant", "V7", "C7"),
        ("none", "N.C.", "N.C."),
        ("none", "NC", "N.C."),
        ("none", "4", ""),
    ],
)
def test_kind_as_drawn(kind, text, expected):
    assert symbol(harmony(kind, text=text)) == expected


@pytest.mark.parametrize(
    ("kind", "degrees", "expected"),
    [
        ("major", degree(9, 0, "add"), "C(add9)"),
        ("dominant", degree(9, -1, "add"), "C7(b9)"),
        ("dominant", degree(5, -1, "alter") + degree(9, 1, "add"), "C7(b5)(#9)"),
        ("dominant", degree(3, 0, "subtract"), "C7(no3)"),
        ("suspended-fourth", degree(7, 0, "add"), "Csus(add7)"),
        ("major", degree(5, 0, "alter"), "C"),
        ("major", degree(99, 0, "add"), "C"),
    ],
)
def test_degrees(kind, degrees, expected):
    assert symbol(harmony(kind, more=degrees)) == expected


def test_root_and_bass():
    bass = "<bass><bass-step>{}</bass-step><bass-alter>{}</bass-alter></bass>"
    assert symbol(harmony("minor-seventh", "A", more=bass.format("G", 0))) == "Am7/G"
    assert symbol(harmony("major", "B", alter="-1", more=bass.format("D", -1))) == "Bb/Db"
    assert symbol(harmony("minor", "F", alter="1")) == "F#m"
    assert symbol(harmony("major", "C", more=bass.format("C", 0))) == "C"
    assert symbol(harmony("major", "C", more=bass.format("X", 0))) == "C"


def test_chord_without_a_root():
    function = "<harmony><function>V</function><kind>major</kind></harmony>"
    score = read_bars(bar(FIRST, function, harmony("major", "H"), "C4:4"))
    assert score.chords == []
    assert score.warnings == ["a chord symbol has no root: left out (2x)"]


def test_chord_of_a_transposing_part_sounds():
    clarinet = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    bass = "<bass><bass-step>F</bass-step><bass-alter>1</bass-alter></bass>"
    assert symbol(harmony("dominant", "D", more=bass), clarinet) == "C7/E"
    horn = "<transpose><chromatic>-7</chromatic></transpose>"
    assert symbol(harmony("major", "C"), horn) == "F"
    octave = "<transpose><chromatic>0</chromatic><octave-change>-1</octave-change></transpose>"
    assert symbol(harmony("major", "G", alter="1"), octave) == "G#"


def test_when_chords_sound():
    later = harmony("minor", "D", more="<offset>2</offset>")
    score = read_bars(bar(FIRST, harmony(), later, "C4:4"), bar("C4:1", harmony("dominant", "G")))
    assert score.chords == [(0, "C"), (2 * Q, "Dm"), (5 * Q, "G7")]


def test_marks_stay_within_the_score():
    before = harmony("minor", "D", more="<offset>-9</offset>")
    after = harmony("major", "C", more="<offset>999999999999</offset>")
    score = read_bars(bar(FIRST, before, after, "C4:4"), bar("C4:4"))
    assert score.chords == [(0, "Dm"), (8 * Q, "C")]


def test_a_chord_that_two_parts_have_is_one():
    part = [bar(FIRST, harmony(), "C4:4")]
    assert read(score_of(part, part)).chords == [(0, "C")]


def metronome(unit: str, per_minute: str, dots: int = 0) -> str:
    inside = f"<beat-unit>{unit}</beat-unit>" + "<beat-unit-dot/>" * dots
    inside += f"<per-minute>{per_minute}</per-minute>"
    return (
        f"<direction><direction-type><metronome>{inside}</metronome></direction-type></direction>"
    )


@pytest.mark.parametrize(
    ("element", "qpm"),
    [
        (metronome("quarter", "120"), 120),
        (metronome("quarter", "60", dots=1), 90),
        (metronome("half", "60", dots=2), 210),
        (metronome("eighth", "ca. 100"), 50),
        (metronome("16th", "240 - 252"), 60),
        ('<sound tempo="87.5"/>', 87.5),
        ('<direction><sound tempo="66"/></direction>', 66),
    ],
)
def test_tempo(element, qpm):
    assert read_bars(bar(FIRST, element, "C4:4")).tempos == [(0, qpm)]


def test_what_sounds_counts_before_what_is_printed():
    both = metronome("quarter", "120").replace("</direction>", '<sound tempo="132"/></direction>')
    assert read_bars(bar(FIRST, both, "C4:4")).tempos == [(0, 132)]


@pytest.mark.parametrize("tempo", ["0", "-5", "NaN", "inf", "1e9", "99999", "fast"])
def test_tempo_that_cannot_be(tempo):
    score = read_bars(bar(FIRST, f'<sound tempo="{tempo}"/>', "C4:4"))
    assert score.tempos == []
    assert score.warnings == ["a tempo is not between 1 and 10000: ignored (1x)"]


@pytest.mark.parametrize(
    "element", [metronome("quarter", ""), metronome("brevis", "60"), metronome("quarter", "0")]
)
def test_metronome_that_says_nothing(element):
    assert read_bars(bar(FIRST, element, "C4:4")).tempos == []


def test_when_tempos_count():
    """An offset moves the print only, unless it says that it sounds."""
    printed = '<direction><offset>2</offset><sound tempo="{}"/></direction>'
    sounding = printed.replace("<offset>", '<offset sound="yes">')
    first = bar(FIRST, printed.format(60), sounding.format(70), "C4:4")
    assert read_bars(first, bar('<sound tempo="80"/>')).tempos == [
        (0, 60), (2 * Q, 70), (4 * Q, 80),
    ]  # fmt: skip


def test_of_two_parts_the_first_says_the_tempo():
    parts = [[bar(FIRST, f'<sound tempo="{qpm}"/>', "C4:4")] for qpm in (100, 90)]
    assert read(score_of(*parts)).tempos == [(0, 100)]


def key(fifths: str, mode: str = "") -> str:
    said = f"<mode>{mode}</mode>" if mode else ""
    return f"<key><fifths>{fifths}</fifths>{said}</key>"


def test_keys_of_the_first_part_that_has_any():
    change = f"<attributes>{key('-3', 'minor')}</attributes>"
    first = [bar(attributes(more=key("2")), "C4:4"), bar(change, "C4:4"), bar(change, "C4:4")]
    score = read(score_of([bar(FIRST)], first, [bar(attributes(more=key("5")), "C4:4")]))
    assert score.keys == [(0, 2, "major"), (4 * Q, -3, "minor")]


@pytest.mark.parametrize(
    ("transpose", "fifths", "sounding"),
    [
        ("<diatonic>-1</diatonic><chromatic>-2</chromatic>", 2, 0),
        ("<chromatic>-2</chromatic>", 0, -2),
        ("<chromatic>3</chromatic>", 0, -3),
        ("<diatonic>-5</diatonic><chromatic>-9</chromatic>", 1, -2),
        ("<chromatic>0</chromatic><octave-change>-1</octave-change>", 4, 4),
        ("<diatonic>-1</diatonic><chromatic>-1</chromatic>", -7, -2),
        ("<diatonic>1</diatonic><chromatic>2</chromatic>", 7, -3),
    ],
)
def test_key_as_it_sounds(transpose, fifths, sounding):
    more = f"{key(str(fifths))}<transpose>{transpose}</transpose>"
    assert read_bars(bar(attributes(more=more), "C4:4")).keys == [(0, sounding, "major")]


@pytest.mark.parametrize("fifths", ["", "x", "8", "-8", "99999999999999999999"])
def test_key_that_cannot_be(fifths):
    assert read_bars(bar(attributes(more=key(fifths)), "C4:4")).keys == []


def test_titles():
    work = "<work><work-title>Winter  Songs</work-title></work>"
    movement = "<movement-title>The\n Tree</movement-title>"
    part = [bar(FIRST, note("C4:4"))]
    assert read(score_of(part, head=work + movement)).title == "Winter Songs: The Tree"
    assert read(score_of(part, head=movement)).title == "The Tree"
    same = movement.replace("The\n Tree", "Winter Songs")
    assert read(score_of(part, head=work + same)).title == "Winter Songs"
    assert read(score_of(part)).title == ""
    long = movement.replace("The", "x" * 10_000)
    assert read(score_of(part, head=long)).title == "x" * 200


def test_part_names():
    def named(inside: str) -> str:
        xml = score_of([bar(FIRST, "C4:4")])
        return read(xml.replace("<part-name></part-name>", inside)).part_names[0]

    assert named("<part-name>Soprano\n  solo</part-name>") == "Soprano solo"
    shown = "<part-name-display><display-text>Alto</display-text></part-name-display>"
    assert named(f"<part-name/>{shown}") == "Alto"
    assert named(f"<part-name>Voice</part-name>{shown}") == "Voice"
    instrument = "<score-instrument><instrument-name>Flute</instrument-name></score-instrument>"
    assert named(f"<part-name/>{instrument}") == "Flute"
    assert named("") == ""


def test_parts_are_named_by_their_ids():
    """The list is in another order than the music."""
    xml = score_of([bar(FIRST, "C4:4")], [bar(FIRST, "C3:4")], names=("A", "B"))
    xml = xml.replace('<part id="P0">', '<part id="P9">').replace(
        '<part id="P1">', '<part id="P0">'
    )
    assert read(xml).part_names == ["", "A"]
