"""Reading the music of ABC: which notes sound when, as literal pitches, starts and lengths."""

import pytest

from ssc_melody.scores.abc_notation import read_abc
from tests.scores_text import notes_text


def read(music, head="M:4/4\nL:1/4\nK:C"):
    ((_, score),), problems = read_abc(f"X:1\n{head}\n{music}\n".encode(), "book.abc")
    assert problems == []
    return score


def check(table):
    """Makes a test of rows `music => what is expected`."""
    rows = [line.partition(" =>") for line in table.strip().splitlines()]
    return pytest.mark.parametrize(("music", "notes"), [(a.strip(), b.strip()) for a, _, b in rows])


@check(
    """
    C D  E|F G A B| c      => 60@0+1 62@1+1 64@2+1 65@3+1 67@4+1 69@5+1 71@6+1 72@7+1
    C,D,,c'd'' C'c,        => 48@0+1 38@1+1 84@2+1 98@3+1 72@4+1 60@5+1
    C2D/E/4F3/2G//A3/      => 60@0+2 62@2+1/2 64@5/2+1/4 65@11/4+3/2 67@17/4+1/4 69@9/2+3/2
    C0D2/3E/3              => 60@0+1 62@1+2/3 64@5/3+1/3
    C/8D/16E/32F           => 60@0+1/8 62@1/8+1/16 64@3/16+1/32 65@7/32+1
    """
)
def test_pitches_and_lengths(music, notes):
    assert notes_text(read(music)) == notes


@check(
    """
    ^F F f|F               => 66@0+1 66@1+1 78@2+1 65@3+1
    ^F =F F _F F           => 66@0+1 65@1+1 65@2+1 64@3+1 64@4+1
    ^^C __D C D            => 62@0+1 60@1+1 62@2+1 60@3+1
    ^F||F|^F|:F|^F:|F|^F|]F => 66@0+1 65@1+1 66@2+1 65@3+1 66@4+1 65@5+1 66@6+1 65@7+1
    ^F.|F^F[|]F            => 66@0+1 65@1+1 66@2+1 65@3+1
    {^f}g f F              => 79@0+1 77@1+1 65@2+1
    ^f{f}g f               => 78@0+1 79@1+1 78@2+1
    ^/C ^3/2D _/E          => 60@0+1 63@1+1 64@2+1
    """
)
def test_accidentals(music, notes):
    assert notes_text(read(music)) == notes


def test_accidentals_hold_over_the_end_of_a_line():
    assert notes_text(read("^F\\\nF\nF|\nF")) == "66@0+1 66@1+1 66@2+1 65@3+1"


@pytest.mark.parametrize(
    ("how", "notes"),
    [
        ("not", "66@0+1 65@1+1 77@2+1"),
        ("octave", "66@0+1 66@1+1 77@2+1"),
        ("pitch", "66@0+1 66@1+1 78@2+1"),
    ],
)
def test_propagation_of_accidentals(how, notes):
    for said in (f"%%propagate-accidentals {how}", f"I:propagate-accidentals {how}"):
        assert notes_text(read("^F F f", f"{said}\nL:1/4\nK:C")) == notes


@check(
    """
    C-C D-|D               => 60@0+2 62@2+2
    C -C D- D E|-E         => 60@0+2 62@2+2 64@4+2
    C.-C                   => 60@0+2
    C-C-|C-C D             => 60@0+4 62@4+1
    C-D C                  => 60@0+1 62@1+1 60@2+1
    C-z C                  => 60@0+1 60@2+1
    ^F-|F F                => 66@0+2 65@2+1
    ^F-|=F                 => 66@0+1 65@1+1
    ^F-_G                  => 66@0+2
    C-{D}C                 => 60@0+2
    [CEG]2-|[CEG]2         => 60@0+4 64@0+4 67@0+4
    [C-E][CE]              => 60@0+2 64@0+1 64@1+1
    [CE]-[CG]              => 60@0+2 64@0+1 67@1+1
    C-[CE]-E               => 60@0+2 64@1+2
    (3C-CD D               => 60@0+4/3 62@4/3+2/3 62@2+1
    |:C4-|1C2:|2D2|]       => 60@0+6 62@6+2
    """
)
def test_ties(music, notes):
    assert notes_text(read(music)) == notes


@check(
    """
    (C(DE)F) .(CD)         => 60@0+1 62@1+1 64@2+1 65@3+1 60@4+1 62@5+1
    (CC)                   => 60@0+1 60@1+1
    """
)
def test_slurs_do_nothing(music, notes):
    assert notes_text(read(music)) == notes


@check(
    """
    [CEG]2D                => 60@0+2 64@0+2 67@0+2 62@2+1
    [C2E2G2]3D             => 60@0+6 64@0+6 67@0+6 62@6+1
    [C2E2]/D               => 60@0+1 64@0+1 62@1+1
    [C2E]D                 => 60@0+2 64@0+2 62@2+1
    [CE2]D                 => 60@0+1 64@0+1 62@1+1
    [CC]D                  => 60@0+1 62@1+1
    [^FA]F                 => 66@0+1 69@0+1 66@1+1
    ["Am"CE] [!trill!C.E]  => 60@0+1 64@0+1 60@1+1 64@1+1
    [zC]D                  => 60@0+1 62@1+1
    [CE|D                  => 60@0+1 64@1+1 62@2+1
    |["Coda"CD|E|]         => 60@0+1 62@1+1 64@2+1
    C]D                    => 60@0+1 62@1+1
    +CEG+D +trill+E        => 60@0+1 64@0+1 67@0+1 62@1+1 64@2+1
    """
)
def test_chords(music, notes):
    assert notes_text(read(music)) == notes


@check(
    """
    (3CDE F                => 60@0+2/3 62@2/3+2/3 64@4/3+2/3 65@2+1
    (3:2C D E F            => 60@0+2/3 62@2/3+2/3 64@4/3+2/3 65@2+1
    (3:2:2C2DE             => 60@0+4/3 62@4/3+2/3 64@2+1
    (3::2C2DE              => 60@0+4/3 62@4/3+2/3 64@2+1
    (3::C D E F            => 60@0+2/3 62@2/3+2/3 64@4/3+2/3 65@2+1
    (3:2:4CDEFG            => 60@0+2/3 62@2/3+2/3 64@4/3+2/3 65@2+2/3 67@8/3+1
    (3CzE F                => 60@0+2/3 64@4/3+2/3 65@2+1
    (3[CE]DE F             => 60@0+2/3 64@0+2/3 62@2/3+2/3 64@4/3+2/3 65@2+1
    (3{d}C{e}DE F          => 60@0+2/3 62@2/3+2/3 64@4/3+2/3 65@2+1
    (3CD|E F               => 60@0+2/3 62@2/3+2/3 64@4/3+2/3 65@2+1
    ((3CDE) F              => 60@0+2/3 62@2/3+2/3 64@4/3+2/3 65@2+1
    (2CD E                 => 60@0+3/2 62@3/2+3/2 64@3+1
    (4CDEF                 => 60@0+3/4 62@3/4+3/4 64@3/2+3/4 65@9/4+3/4
    (5CDEFG                => 60@0+2/5 62@2/5+2/5 64@4/5+2/5 65@6/5+2/5 67@8/5+2/5
    (6:4:2CD E             => 60@0+2/3 62@2/3+2/3 64@4/3+1
    (10CD                  => 60@0+1 62@1+1
    (11:8:11CDEFGABcdef g  => 60@0+8/11 62@8/11+8/11 64@16/11+8/11 65@24/11+8/11 67@32/11+8/11 \
69@40/11+8/11 71@48/11+8/11 72@56/11+8/11 74@64/11+8/11 76@72/11+8/11 77@80/11+8/11 79@8+1
    """.replace("\\\n", "")
)
def test_tuplets(music, notes):
    score = read(music)
    near = [f"{note.pitch}" for note in score.notes]
    assert near == [item.split("@")[0] for item in notes.split()]
    if "11" in music:  # an eleventh is not a whole number of ticks, but eleven of them are
        assert notes_text(score).split()[-1] == notes.split()[-1]
    else:
        assert notes_text(score) == notes


@pytest.mark.parametrize(
    ("metre", "length"),
    [("6/8", "3/10"), ("9/8", "3/10"), ("12/8", "3/10"), ("3/4", "1/5"), ("4/4", "1/5")],
)
def test_quintuplets_go_by_the_metre(metre, length):
    score = read("(5CDEFG", f"M:{metre}\nL:1/8\nK:C")
    assert notes_text(score).split()[0] == f"60@0+{length}"


@check(
    """
    C>D E<F                => 60@0+3/2 62@3/2+1/2 64@2+1/2 65@5/2+3/2
    C>>D E<<<F             => 60@0+7/4 62@7/4+1/4 64@2+1/8 65@17/8+15/8
    C > D                  => 60@0+3/2 62@3/2+1/2
    C>{e}D C{e}>D          => 60@0+3/2 62@3/2+1/2 60@2+3/2 62@7/2+1/2
    {c>d}C>D               => 60@0+3/2 62@3/2+1/2
    C>z z<D                => 60@0+3/2 62@5/2+3/2
    [CE]>[DF]              => 60@0+3/2 64@0+3/2 62@3/2+1/2 65@3/2+1/2
    [CE]2>[DF]2            => 60@0+3 64@0+3 62@3+1 65@3+1
    C>|D                   => 60@0+3/2 62@3/2+1/2
    C->C D                 => 60@0+2 62@2+1
    D-C>-C                 => 62@0+1 60@1+2
    (3C>DE F               => 60@0+1 62@1+1/3 64@4/3+2/3 65@2+1
    C>"Am"!trill!D         => 60@0+3/2 62@3/2+1/2
    C2>D                   => 60@0+2 62@2+1
    C>D>E                  => 60@0+3/2 62@3/2+1/2 64@2+1
    >C D                   => 60@0+1 62@1+1
    C>>>>D                 => 60@0+1 62@1+1
    """
)
def test_broken_rhythms(music, notes):
    assert notes_text(read(music)) == notes


@check(
    """
    {c}D{cde}E {/c}F       => 62@0+1 64@1+1 65@2+1
    {[CE]C2}D              => 62@0+1
    z2C x y2 D z/ E        => 60@2+1 62@4+1 64@11/2+1
    Z C|Z2|X D             => 60@4+1 62@17+1
    """
)
def test_grace_notes_and_rests(music, notes):
    assert notes_text(read(music)) == notes


def test_rests_of_bars_go_by_the_metre_in_force():
    assert notes_text(read("Z C|[M:6/8]Z D", "M:3/4\nL:1/4\nK:C")) == "60@3+1 62@7+1"
    assert notes_text(read("Z C", "M:none\nL:1/4\nK:C")) == "60@4+1"


@check(
    """
    |:CD:|:EF::GA:|        => 60@0+1 62@1+1 64@2+1 65@3+1 67@4+1 69@5+1
    |:C|1D:|2E|]           => 60@0+1 62@1+1 64@2+1
    |:C|[1,3D:|[2-4E||     => 60@0+1 62@1+1 64@2+1
    C| [1D:|3"Am"E|]       => 60@0+1 62@1+1 64@2+1
    [|C::D|]|E             => 60@0+1 62@1+1 64@2+1
    """
)
def test_repeats_and_endings_are_taken_once(music, notes):
    assert notes_text(read(music)) == notes


@check(
    """
    ~C.D HE LF MC TD uE vF => 60@0+1 62@1+1 64@2+1 65@3+1 60@4+1 62@5+1 64@6+1 65@7+1
    OC PD SE JF RC         => 60@0+1 62@1+1 64@2+1 65@3+1 60@4+1
    !trill!C !<(!D!f!E     => 60@0+1 62@1+1 64@2+1
    !D.C.!C !al coda!D     => 60@0+1 62@1+1
    !fermat:a!C            => 60@0+1
    +ff+C +D.C.+D          => 60@0+1 62@1+1
    "^abc"C"_d|e"D"<(f"E   => 60@0+1 62@1+1 64@2+1
    "@1,2 a"C ">"D "Gm7"E  => 60@0+1 62@1+1 64@2+1
    "^sch\\"on"C D         => 60@0+1 62@1+1
    CD!EF|G!A              => 60@0+1 62@1+1 64@2+1 65@3+1 67@4+1 69@5+1
    CD!EF GA!B             => 60@0+1 62@1+1 64@2+1 65@3+1 67@4+1 69@5+1 71@6+1
    C`D``E$F*              => 60@0+1 62@1+1 64@2+1 65@3+1
    CD%abc                 => 60@0+1 62@1+1
    "50\\%"CD              => 60@0+1 62@1+1
    C[r:abc def]D[N:e]E    => 60@0+1 62@1+1 64@2+1
    C#D;E?F@G              => 60@0+1 62@1+1 64@2+1 65@3+1 67@4+1
    "Am CDEF               =>
    """
)
def test_what_is_no_note(music, notes):
    assert notes_text(read(music)) == notes


def test_lines_in_the_body_that_are_no_music():
    music = """CD|
w:abc de-fg
+:more words
W:all the notes
s:!f! * "^a"
% abc
%%text abc
T:A Title
N:abc
r:abc
P:A
m: ~g2 = {a}g{f}g
~g2|
%%begintext
abc

X abc
%%endtext
E|G:|
H:abc
F"""
    expected = "60@0+1 62@1+1 79@2+2 64@4+1 67@5+1 65@6+1"
    assert notes_text(read(music)) == expected


def test_user_symbols():
    assert notes_text(read("WC nD", "U: W = !trill!\nU:n=!x!\nL:1/4\nK:C")) == "60@0+1 62@1+1"
    assert read("WC nD", "U: W = !trill!\nU:n=!x!\nL:1/4\nK:C").warnings == []
    assert read("WC").warnings == ["a letter has no meaning in ABC: W"]


@check(
    """
    CDEF & C,4|G           => 60@0+1 62@1+1 64@2+1 65@3+1 67@4+1 / 48@0+4
    C4|c4 & e4 & g4|C      => 60@0+4 72@4+4 60@8+1 / 76@4+4 / 79@4+4
    C4|&D4|E4              => 60@0+4 64@4+4 / 62@0+4
    C4|D4|&&E4|F4|G4       => 60@0+4 62@4+4 67@8+4 / 64@0+4 65@4+4
    C4|(&D4|E4 & F4|G4&)|A => 60@0+4 62@4+4 64@8+4 69@12+1 / 65@4+4 67@8+4
    ^F4 & F4 | F4          => 66@0+4 65@4+4 / 65@0+4
    C4 & E4-|D4 & E4|      => 60@0+4 62@4+4 / 64@0+8
    """
)
def test_overlays(music, notes):
    assert notes_text(read(music)) == notes


def test_overlays_are_parts_after_their_voice():
    score = read("[V:1]C4 & E4|\n[V:2]G4|", "V:1 name=Flute\nV:2\nM:4/4\nL:1/4\nK:C")
    assert score.part_names == ["Flute", "Flute (overlay)", ""]


@check(
    """
    "Am"C "G7/B"D "F#m7b5"E "Bbmaj7"F => 0 Am 1 G7/B 2 F#m7b5 3 Bbmaj7
    "N.C."C "nc"D                     => 0 N.C. 1 N.C.
    "^slow"C "Fine"D "D.C."E "Coda"F  =>
    "1"C "G;1"D "C\\nx"E              => 1 G 2 C
    ["Am"CE]"C"y D                    => 0 Am 1 C
    C>"Am"D                           => 3/2 Am
    "Am""C"C                          => 0 Am
    """
)
def test_chord_symbols(music, notes):
    chords = [f"{chord.tick / 10080:g} {chord.symbol}" for chord in read(music).chords]
    assert " ".join(chords).replace("1.5 ", "3/2 ") == notes
