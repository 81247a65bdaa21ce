"""Metres, pickups and the lengths of bars in MusicXML."""

import pytest

from tests.musicxml_files import attributes, bar, note, read, read_bars, score_of, sounds

FIRST = attributes()
REST = '<note><rest measure="yes"/><duration>{}</duration></note>'
Q = 10080


def metres(score):
    return [(m.tick / Q, m.numerator, m.denominator) for m in score.metres]


def test_metre_changes():
    score = read_bars(bar(FIRST, "C4:4"), bar(attributes(metre="3/4"), "C4:3"), bar("C4:3"))
    assert metres(score) == [(0, 4, 4), (4, 3, 4)]
    assert score.end == 10 * Q


def test_metre_stated_again_is_no_change():
    score = read_bars(bar(FIRST, "C4:4"), bar(FIRST, "C4:4"))
    assert metres(score) == [(0, 4, 4)]


def test_metre_change_in_a_later_part_only():
    plain = [bar(FIRST, "C4:4"), bar("C4:3"), bar("C4:3")]
    other = [bar(FIRST, "C3:4"), bar(attributes(metre="3/4"), "C3:3"), bar("C3:3")]
    assert metres(read(score_of(plain, other))) == [(0, 4, 4), (4, 3, 4)]


def test_metre_of_a_part_that_says_none_elsewhere():
    silent = [bar(attributes(metre=""), "C4:3"), bar("C4:3")]
    assert metres(read(score_of(silent, [bar(attributes(metre="3/4"), "C3:3")]))) == [(0, 3, 4)]


def test_metre_that_contradicts_what_is_written():
    plain = [bar(FIRST, "C4:4"), bar("C4:4"), bar("C4:4")]
    other = [bar(FIRST, "C3:4"), bar(attributes(metre="3/4"), "C3:4"), bar("C3:4")]
    score = read(score_of(plain, other))
    assert metres(score) == [(0, 4, 4)]
    assert score.warnings == ["parts are in different metres at the same time (2x)"]


def test_metre_at_the_end_of_a_bar_counts_from_the_next():
    score = read_bars(bar(FIRST, "C4:4", attributes(metre="2/4")), bar("C4:2"), bar(REST.format(2)))
    assert metres(score) == [(0, 4, 4), (4, 2, 4)]
    assert score.end == 8 * Q


def test_part_in_a_metre_of_its_own_is_stretched():
    voice = [bar(FIRST, "C4:1 D4:3"), bar("E4:4")]
    piano = [bar(attributes(metre="12/8"), "C3:6"), bar("D3:6")]
    score = read(score_of(voice, piano))
    assert sounds(score, 0) == "60@0+1.5 62@1.5+4.5 64@6+6"
    assert sounds(score, 1) == "48@0+6 50@6+6"
    assert metres(score) == [(0, 12, 8)]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("<beats>3+2</beats><beat-type>8</beat-type>", (5, 8)),
        (
            "<beats>3</beats><beat-type>8</beat-type><beats>1</beats><beat-type>4</beat-type>",
            (5, 8),
        ),
        ("<beats>2</beats><beat-type>2</beat-type>", (2, 2)),
        ("<beats> 6 </beats><beat-type> 8 </beat-type>", (6, 8)),
        ("<beats>255</beats><beat-type>128</beat-type>", (255, 128)),
    ],
)
def test_metre(time, expected):
    score = read_bars(bar(f"<attributes><time>{time}</time></attributes>", "C4:1"))
    assert metres(score) == [(0, *expected)]


@pytest.mark.parametrize(
    "metre", ["1000000000/4", "0/4", "4/3", "4/0", "4/256", "-4/4", "x/4", "1e9/4", "+/4", "4+/4"]
)
def test_metre_that_cannot_be(metre):
    score = read_bars(bar(attributes(metre=metre), "C4:3"), bar(REST.format(1)))
    assert metres(score) == []
    assert score.end == 7 * Q  # an empty bar without metre has four quarters
    assert len(score.warnings) == 1
    assert score.warnings[0].startswith("a metre is not 1 to 255 beats of 1/1 to 1/128")


def test_music_without_metre():
    free = "<attributes><time><senza-misura/></time></attributes>"
    score = read_bars(bar(FIRST, "C4:4"), bar(free, "C4:7"), bar("C4:2"), bar(FIRST, "C4:4"))
    assert [n.start / Q for n in score.notes] == [0, 4, 11, 13]
    assert metres(score) == [(0, 4, 4), (13, 4, 4)]


def test_pickup():
    score = read_bars(bar(FIRST, "G4:1"), bar("C5:4"))
    assert (score.pickup, sounds(score)) == (3 * Q, "67@0+1 72@1+4")


def test_pickup_beside_a_rest_for_the_whole_bar():
    voice = [bar(FIRST, "G4:1", start='<measure implicit="yes">'), bar("C5:4")]
    for rest in (REST.format(4), "r:4", note("r:4", "<type>whole</type>")):
        piano = [bar(FIRST, rest, start='<measure implicit="yes">'), bar("C3:4")]
        score = read(score_of(voice, piano))
        assert (score.pickup, sounds(score)) == (3 * Q, "67@0+1 48@1+4 72@1+4")


def test_empty_pickup_is_as_long_as_its_rest():
    score = read_bars(bar(FIRST, REST.format(1), start='<measure implicit="yes">'), bar("C5:4"))
    assert (score.pickup, sounds(score)) == (3 * Q, "72@1+4")


def test_no_pickup():
    assert read_bars(bar(FIRST, "G4:1")).pickup == 0  # the only bar
    assert read_bars(bar(FIRST, "r:3 G4:1"), bar("C5:4")).pickup == 0
    assert read_bars(bar(FIRST, "C4:5"), bar("C5:4")).pickup == 0
    assert read_bars(bar(FIRST, REST.format(4)), bar("C5:4")).pickup == 0
    assert read_bars(bar(attributes(metre=""), "C4:1"), bar("C5:4")).pickup == 0


def test_bars_are_as_long_as_what_is_written():
    """A bar split at a repeat, and one with a beat too many."""
    bars = [bar(FIRST, "C4:4"), bar("C4:3"), bar("C4:1"), bar("C4:5"), bar("C4:4")]
    assert [n.start / Q for n in read_bars(*bars).notes] == [0, 4, 7, 8, 13]


def test_bars_are_as_long_as_their_longest_voice_in_any_part():
    back = "<backup><duration>2</duration></backup>"
    short = [bar(FIRST, "C4:2", back, "E4:3"), bar("C4:4"), bar("C4:4")]
    longer = [bar(FIRST, "C3:4"), bar("C3:5"), bar("C3:4")]
    score = read(score_of(short, longer))
    assert [n.start / Q for n in score.notes if n.part == 0] == [0, 0, 4, 9]


@pytest.mark.parametrize("length", [1, 3, 4, 6])
def test_rest_for_a_whole_bar_is_as_long_as_the_metre(length):
    first = attributes(metre="3/4")
    score = read_bars(bar(first, "C4:3"), bar(REST.format(length)), bar("C4:3"))
    assert [n.start / Q for n in score.notes] == [0, 6]


def test_empty_bar_is_as_long_as_its_metre():
    score = read_bars(bar(FIRST, "C4:4"), bar(attributes(metre="3/4")), bar("C4:3"), bar())
    assert [n.start / Q for n in score.notes] == [0, 7]
    assert score.end == 13 * Q


def test_forward_fills_a_bar_but_does_not_lengthen_it():
    on = "<forward><duration>{}</duration></forward>"
    score = read_bars(bar(FIRST, "C4:1", on.format(3)), bar("C4:4", on.format(2)), bar("C4:4"))
    assert [n.start / Q for n in score.notes] == [0, 4, 8]


def test_bar_lines_stay_straight_where_durations_were_rounded():
    """Twelve twelfths of 159 in a bar of 1920 make 1908."""
    score = read_bars(bar(attributes(480), " ".join(["C4:159"] * 12)), bar("D4:1920"))
    assert score.notes[-1].start == 4 * Q


def test_repeats_are_not_played():
    repeat = '<barline location="right"><repeat direction="backward"/></barline>'
    assert sounds(read_bars(bar(FIRST, "C4:4", repeat), bar("D4:4"))) == "60@0+4 62@4+4"
