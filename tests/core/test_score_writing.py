"""Scores that are written: signs, ties, beams, accidentals, keys, and what readers make of them."""

import random
import warnings
from pathlib import Path

import pytest

import ssc_melody
from ssc_melody.errors import DataError, OptionError
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.notation import to_score, usual_metre
from ssc_melody.scores.abc_notation.read import read_abc
from ssc_melody.scores.musicxml import read_musicxml
from ssc_melody.scores.score import Score, ScoreChord, ScoreKey, ScoreMetre, ScoreNote
from ssc_melody.scores.writing import metre as metres
from ssc_melody.scores.writing import to_abc
from ssc_melody.scores.writing.keys import Tonic, estimate, tonic_of
from ssc_melody.scores.writing.sheet import _Accidentals, lay_out
from ssc_melody.scores.writing.spelling import Spelled, spell

STEP = 2520  # ticks of a sixteenth
SHIPPED = ("ssc_basic_rnn", "ssc_mono_rnn", "ssc_lookback_rnn", "ssc_attention_rnn")


def _music(abc: str) -> list[str]:
    """Returns the lines of a tune after its key."""
    lines = abc.splitlines()
    return lines[next(i for i, line in enumerate(lines) if line.startswith("K:")) + 1 :]


@pytest.mark.parametrize(
    ("metre", "start", "end", "lengths"),
    [
        ((4, 4), 0, 16, [16]),  # a whole note
        ((4, 4), 0, 5, [4, 1]),
        ((4, 4), 2, 6, [4]),  # eighth, quarter, eighth
        ((4, 4), 6, 10, [2, 2]),  # the middle of the bar is seen
        ((4, 4), 4, 12, [8]),  # quarter, half, quarter
        ((4, 4), 3, 5, [1, 1]),  # the beat is seen
        ((4, 4), 1, 3, [2]),
        ((4, 4), 2, 14, [6, 6]),
        ((4, 4), 0, 15, [8, 4, 3]),
        ((3, 4), 0, 12, [12]),
        ((3, 4), 2, 10, [2, 6]),
        ((6, 8), 0, 8, [6, 2]),  # no half note in 6/8
        ((6, 8), 0, 6, [6]),
        ((6, 8), 4, 8, [2, 2]),
        ((6, 8), 0, 12, [12]),
        ((12, 8), 6, 18, [12]),
        ((5, 4), 0, 20, [12, 8]),
        ((7, 8), 0, 14, [8, 6]),
    ],
)
def test_notes_are_cut_so_that_the_metre_is_seen(
    metre: tuple[int, int], start: int, end: int, lengths: list[int]
) -> None:
    assert [n / 4 for n in metres.cut(metre, 4 * start, 4 * end, False)] == lengths


@pytest.mark.parametrize(
    ("metre", "start", "end", "lengths"),
    [
        ((4, 4), 4, 12, [4, 4]),  # rests are never syncopated
        ((4, 4), 0, 6, [4, 2]),
        ((4, 4), 1, 4, [1, 2]),
        ((4, 4), 8, 16, [8]),
        ((3, 4), 0, 8, [4, 4]),
        ((6, 8), 0, 6, [6]),
        ((6, 8), 0, 4, [4]),
        ((6, 8), 2, 6, [2, 2]),
    ],
)
def test_rests_are_cut_at_the_beats(
    metre: tuple[int, int], start: int, end: int, lengths: list[int]
) -> None:
    assert [n / 4 for n in metres.cut(metre, 4 * start, 4 * end, True)] == lengths


def test_every_cut_is_of_signs_and_whole() -> None:
    for metre in [(n, d) for d in (2, 4, 8, 16) for n in range(1, 14)]:
        bar = metres.bar_length(metre)
        for start in range(0, bar, 4):
            for end in range(start + 4, bar + 1, 4):
                for is_rest in (False, True):
                    lengths = metres.cut(metre, start, end, is_rest)
                    assert sum(lengths) == end - start
                    assert all(map(metres.is_sign, lengths))


@pytest.mark.parametrize(
    ("pitches", "key", "names"),
    [
        ([60, 61, 62], Tonic(0, "major"), "C C# D"),
        ([62, 61, 60], Tonic(0, "major"), "D Db C"),
        ([64, 63, 62], Tonic(0, "major"), "E Eb D"),
        ([67, 66, 65], Tonic(0, "major"), "G F# F"),
        ([72, 70, 69], Tonic(0, "major"), "C Bb A"),
        ([64, 68, 71], Tonic(0, "major"), "E G# B"),
        ([65, 68, 72], Tonic(0, "major"), "F Ab C"),
        ([69, 68, 69], Tonic(3, "minor"), "A G# A"),
        ([72, 63, 60], Tonic(3, "minor"), "C Eb C"),
        ([66, 65, 66], Tonic(6, "major"), "F# E# F#"),
        ([66, 65], Tonic(-6, "major"), "Gb F"),
        ([59, 60], Tonic(-6, "major"), "Cb C"),
        ([68, 67, 68], Tonic(8, "minor"), "G# F## G#"),
    ],
)
def test_notes_are_spelled_by_key_and_motion(pitches: list[int], key: Tonic, names: str) -> None:
    spelled = spell(pitches, key)
    signs = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}
    assert " ".join(note.step + signs[note.alter] for note in spelled) == names
    assert [note.pitch for note in spelled] == pitches


@pytest.mark.parametrize("mode", ["major", "minor", "dorian", "mixolydian", "lydian", "phrygian"])
def test_every_pitch_in_every_key_is_the_pitch(mode: str) -> None:
    chance = random.Random(5)
    for tonic in range(12):
        key = tonic_of(tonic, mode)
        assert -6 <= key.fifths <= 6
        pitches = [chance.randrange(128) for _ in range(200)]
        spelled = spell(pitches, key)
        assert [note.pitch for note in spelled] == pitches
        assert {abs(note.alter) for note in spelled} <= {0, 1, 2}


def _notes(pitches: list[int]) -> list[ScoreNote]:
    return [ScoreNote(pitch, i * STEP, (i + 1) * STEP, 0) for i, pitch in enumerate(pitches)]


@pytest.mark.parametrize(
    ("pitches", "name", "mode"),
    [
        ([60, 62, 64, 65, 67, 69, 71, 72], "C", "major"),
        ([69, 71, 72, 74, 76, 68, 69], "A", "minor"),
        ([65, 67, 69, 70, 72, 69, 65], "F", "major"),
        ([67, 71, 74, 77, 77, 74, 72, 71, 69, 67, 65, 67], "G", "mixolydian"),
        ([62, 64, 65, 67, 69, 71, 69, 65, 71, 69, 67, 65, 64, 62], "D", "dorian"),
        ([], "C", "major"),
    ],
)
def test_keys_are_found(pitches: list[int], name: str, mode: str) -> None:
    key = estimate(_notes(pitches))
    assert (key.name, key.mode) == (name, mode)


def test_chords_tell_keys_apart() -> None:
    """Of a melody on E and G alone; a symbol that is not understood says nothing."""
    notes = _notes([64, 67, 64, 67])
    bar = 4 * STEP
    for symbols, key in (
        ("C F G7 C", Tonic(0, "major")),
        ("Em Am B7 Em", Tonic(4, "minor")),
        ("N.C. ? N.C. ?", estimate(notes)),
    ):
        chords = [ScoreChord(i * bar, symbol) for i, symbol in enumerate(symbols.split())]
        assert estimate(notes, chords, 4 * bar) == key


def test_a_tune_as_abc() -> None:
    events = [-2] * 12 + [67, -2, 66, 68] + [67, -2, -2, -2, 72, -2, -2, -2, -2, -2, 71, -2]
    events += [69, -2, -2, -1, 60, -2, -2, -2, -1] + [-2] * 7 + [63, -2, 64, -2]
    melody = Melody(events)
    assert melody.to_abc(title="A tune", qpm=100, key="C") == (
        "%abc-2.1\nX:1\nT:A tune\nM:4/4\nL:1/8\nQ:1/4=100\nK:C\n"
        "G^F/_A/ | G2 c2- cB A3/2 z/ | C2 z2 z2 ^DE |]\n"
    )


def test_ties_hold_over_bars_and_accidentals_where_they_are_in_doubt() -> None:
    events = [60, -2, -2, -2, 66] + [-2] * 15 + [66, -2, -2, -2, 65, -2, -2, -2, 77, -2, -2, -2]
    (line,) = _music(Melody(events).to_abc(key="C"))
    # The tied F sharp has its sign before the bar line; the next one needs its own, and the F too.
    assert line == "C2 ^F6- | F2 ^F2 =F2 f2 |]"


def test_flags_and_beams() -> None:
    eighths = [60, -2] * 8
    assert _music(Melody(eighths).to_abc()) == ["CCCC CCCC |]"]
    sixteenths = [60] * 4 + [62, -2, 64, 65] + [67, -2, -2, 65, 64, -1, 60, -2]
    assert _music(Melody(sixteenths).to_abc(key="C")) == ["C/C/C/C/ DE/F/ G3/2F/ E/ z/ C |]"]
    assert _music(Melody([60, -2] * 6, steps_per_bar=12).to_abc()) == ["CCCCCC |]"]
    assert _music(Melody([60, -2] * 6, steps_per_bar=12).to_abc(metre=(6, 8))) == ["CCC CCC |]"]


def test_beams_in_musicxml() -> None:
    score = to_score([60, -2, -2, 62, 64, 65, 67, -2], steps_per_quarter=4, steps_per_bar=8)
    beams = [sign.beams for sign in lay_out(score).bars[0].signs]
    assert beams == [
        ("begin",),
        ("end", "backward hook"),
        ("begin", "begin"),
        ("continue", "end"),
        ("end",),
    ]


@pytest.mark.parametrize(
    ("silent", "bar", "pickup"), [(12, 16, 12), (8, 16, 8), (4, 16, 0), (20, 16, 0), (28, 16, 12)]
)
def test_a_first_bar_half_silent_is_a_pickup(silent: int, bar: int, pickup: int) -> None:
    score = to_score([-2] * silent + [60] * 20, steps_per_quarter=4, steps_per_bar=bar)
    assert score.pickup == pickup * STEP
    sheet = lay_out(score)
    assert sheet.bars[0].is_pickup == bool(pickup)
    assert score.notes[0].start == (0 if pickup else silent % bar * STEP)


def test_the_place_in_the_bar_counts() -> None:
    melody = Melody([60, -2, -2, -2] * 4, start_step=28)
    assert _music(melody.to_abc()) == ["C2 | C2 C2 C2 z2 |]"]


def test_whole_bars_of_rest_and_low_notes() -> None:
    melody = Melody([40, -2, -2, -2, -1] + [-2] * 27 + [40, -2, -2, -2])
    abc = melody.to_abc(key="E minor")
    assert "K:Em clef=bass\n" in abc
    assert _music(abc) == ["E,,2 z2 z4 | z8 | E,,2 z2 z4 |]"]
    assert '<rest measure="yes" />' in melody.to_musicxml()
    assert _music(Melody([-2, -1, -2]).to_abc()) == ["z8 |]"]


def test_chords_stand_where_they_begin() -> None:
    chords = [(0, "C"), (8, "F#m7b5/C"), (12, "F#m7b5/C"), (16, "N.C."), (24, "G7(b9)")]
    melody = Melody([60] + [-2] * 15 + [62] + [-2] * 15)
    assert _music(melody.to_abc(chords=chords, key="C")) == [
        '"C"C4- "F#m7b5/C"C4 | "N.C."D4- "G7(b9)"D4 |]'
    ]
    read = read_musicxml(melody.to_musicxml(chords=chords).encode(), "it")
    symbols = [(chord.tick // STEP, chord.symbol) for chord in read.chords]
    assert symbols == [(0, "C"), (8, "F#m7b5/C"), (16, "N.C."), (24, "G7(b9)")]
    (_, tune), *_ = read_abc(melody.to_abc(chords=chords).encode(), "it")[0]
    assert [(chord.tick // STEP, chord.symbol) for chord in tune.chords] == symbols


def test_a_melody_has_its_own_chords() -> None:
    own = Melody([60] + [-2] * 7, chords=("N.C.",) * 4 + ("G7",) * 4)
    assert _music(own.to_abc(key="C")) == ['C2- "G7"C2 z4 |]']
    assert _music(own.to_abc(key="C", chords=())) == ["C4 z4 |]"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metre": (3, 4)}, "metre: expected one of bars of 16 steps, got 3/4"),
        ({"key": "H"}, "key: expected one such as C, F#m, Bb or D dorian, got 'H'"),
        ({"qpm": 0}, "qpm: expected 3.58"),
        ({"chords": [(4, "C")]}, "chords: expected steps 0 to 3, got 4"),
    ],
)
def test_settings_that_cannot_be(settings: dict, message: str) -> None:
    with pytest.raises(OptionError, match=f"^{message}"):
        Melody([60, 62, 64, 65]).to_abc(**settings)


def test_triplets_and_several_voices_are_refused() -> None:
    with pytest.raises(OptionError, match=r"^steps_per_quarter: .* without triplets, got 3$"):
        Melody([60], steps_per_quarter=3, steps_per_bar=12).to_abc()
    two = Score(notes=[ScoreNote(60, 0, 10080, 0), ScoreNote(64, 5040, 10080, 0)])
    with pytest.raises(DataError, match=r"notes 60 and 64 sound at once at quarter note 0\.5"):
        to_abc(two)
    with pytest.raises(DataError, match="without triplets"):
        to_abc(Score(notes=[ScoreNote(60, 0, 3360, 0)]))
    with pytest.raises(DataError, match="metre 4/3"):
        to_abc(Score(notes=[ScoreNote(60, 0, 10080, 0)], metres=[ScoreMetre(0, 4, 3)]))


def test_usual_metres() -> None:
    assert [usual_metre(*bar) for bar in [(16, 4), (12, 4), (6, 4), (14, 4), (5, 4), (4, 2)]] == [
        (4, 4), (3, 4), (3, 8), (7, 8), (5, 16), (2, 4)]  # fmt: skip


def test_a_metre_that_changes() -> None:
    notes = [ScoreNote(60, i * 10080, (i + 1) * 10080, 0) for i in range(7)]
    score = Score(
        notes=notes,
        metres=[ScoreMetre(0, 4, 4), ScoreMetre(40320, 3, 4)],
        keys=[ScoreKey(0, 0, "major")],
    )
    assert _music(to_abc(score)) == ["C2 C2 C2 C2 | [M:3/4] C2 C2 C2 |]"]


def _ours(score: Score) -> list[tuple[int, int, int]]:
    return [(n.pitch, n.start, n.end) for n in score.notes]


def _melodies(count: int) -> list[tuple[Melody, tuple[int, int] | None]]:
    """Melodies of the bundles that ship, in three metres, some with pickups."""
    made = []
    for name in SHIPPED:
        model = ssc_melody.load(name)
        for primer in ([60], [67, -2, 65, -2, 64], [-2] * 12 + [62, -2, -2, -2]):
            for melody in model.generate(count // 12, 96, primer, seed=len(primer)):
                metre = [(4, 4), (3, 4), (6, 8)][len(made) % 3]
                melody.steps_per_bar = 16 if metre == (4, 4) else 12
                made.append((melody, metre))
    return made


def test_our_readers_read_the_same_notes() -> None:
    for melody, metre in _melodies(36):
        if not melody.notes():
            continue
        first = melody.notes()[0].start_step
        (_, tune), *_ = read_abc(melody.to_abc(metre=metre).encode(), "it")[0]
        score = read_musicxml(melody.to_musicxml(metre=metre).encode(), "it")
        for read in (tune, score):
            offset = first * STEP - read.notes[0].start
            expected = [(p, s * STEP - offset, e * STEP - offset) for p, s, e in melody.notes()]
            assert _ours(read) == expected
            assert read.warnings == []
            assert read.metres[0][1:] == metre


def _heard_by_music21(text: str, notation: str) -> list[tuple[int, float, float]]:
    """Returns (pitch, start, end) in steps; tied notes as one."""
    import music21

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = music21.converter.parse(text, format=notation)
    heard: list[tuple[int, float, float]] = []
    for note in stream.flatten().notes:
        if not isinstance(note, music21.note.Note):
            continue  # a chord symbol
        start, end = 4.0 * note.offset, 4.0 * (note.offset + note.quarterLength)
        if note.tie and note.tie.type in ("stop", "continue") and heard and heard[-1][2] == start:
            heard[-1] = (heard[-1][0], heard[-1][1], end)
        else:
            heard.append((note.pitch.midi, start, end))
    return heard


@pytest.mark.parametrize(
    "count", [12, pytest.param(300, marks=pytest.mark.slow)], ids=["a dozen", "300"]
)
def test_music21_reads_the_same_notes(count: int) -> None:
    pytest.importorskip("music21", reason="music21 is not installed")
    melodies = _melodies(count)
    assert len(melodies) == count
    for melody, metre in melodies:
        expected = melody.notes()
        for notation in ("abc", "musicxml"):
            text = getattr(melody, f"to_{notation}")(metre=metre)
            heard = _heard_by_music21(text, notation)
            offset = expected[0].start_step - heard[0][1] if expected else 0
            assert heard == [(p, s - offset, e - offset) for p, s, e in expected], text


def test_the_command_writes_scores(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    from ssc_melody.cli import generate

    flags = ["--config=ssc_lookback_rnn", f"--output_dir={tmp_path}", "--num_outputs=2"]
    flags += ["--num_steps=48", "--seed=3", "--key=D", "--scale=dorian", "--qpm=90"]
    assert generate.main(["generate", *flags, "--score=abc,musicxml"]) == 0
    assert "2 MIDI files and 2 scores (.abc) and 2 scores (.musicxml)" in capsys.readouterr().out
    assert {path.suffix for path in tmp_path.iterdir()} == {".mid", ".abc", ".musicxml"}
    for path in tmp_path.glob("*.mid"):
        piece = ssc_melody.read_midi(path)
        notes = [(n.pitch, n.start_tick // 55, n.end_tick // 55) for n in piece.notes]
        abc = path.with_suffix(".abc").read_bytes()
        (_, tune), *_ = read_abc(abc, "it")[0]
        score = read_musicxml(path.with_suffix(".musicxml").read_bytes(), "it")
        for read in (tune, score):
            assert [(p, s // STEP, e // STEP) for p, s, e in _ours(read)] == notes
            assert (read.keys[0].fifths, read.keys[0].mode) == (0, "dorian")
            assert read.tempos[0].qpm == 90


def test_a_sign_in_another_octave_is_in_doubt() -> None:
    events = [66, -2, -2, -2, 77, -2, -2, -2, 78, -2, -2, -2, 65, -2, -2, -2]
    assert _music(Melody(events).to_abc(key="C")) == ["^F2 =f2 ^f2 =F2 |]"]


def test_the_new_part_alone_keeps_its_place_in_the_bar(tmp_path: Path) -> None:
    from ssc_melody.cli import generate

    flags = ["--config=ssc_basic_rnn", f"--output_dir={tmp_path}", "--num_outputs=1", "--seed=1"]
    flags += ["--num_steps=64", "--primer_melody=[60,-2,-2,-2,62,-2,-2,-2,64,-2]"]
    assert generate.main(["generate", *flags]) == 0
    assert generate.main(["generate", *flags, "--score=abc", "--noinclude_primer"]) == 0
    first, _ = sorted(tmp_path.glob("*.mid"))
    starts = [n.start_tick // 55 % 16 for n in ssc_melody.read_midi(first).notes][3:]
    (_, tune), *_ = read_abc(next(tmp_path.glob("*.abc")).read_bytes(), "it")[0]
    assert len(starts) > 8
    assert [(tune.pickup + note.start) // STEP % 16 for note in tune.notes] == starts


def test_a_notation_that_is_not_known(capsys: pytest.CaptureFixture) -> None:
    from ssc_melody.cli import generate

    assert generate.main(["generate", "--config=ssc_basic_rnn", "--score=pdf"]) == 1
    assert "--score: expected abc, musicxml or both, got 'pdf'" in capsys.readouterr().err


def test_any_events_come_back() -> None:
    """Wild melodies, of all pitches, in eight metres, with chords anywhere."""
    chance = random.Random(9)
    metres_tried = [(4, 4), (3, 4), (6, 8), (5, 8), (7, 8), (2, 2), (12, 8), (5, 4)]
    for case in range(80):
        metre = metres_tried[case % len(metres_tried)]
        steps = chance.randrange(1, 120)
        kinds = [-2, -2, -2, -1, chance.randrange(128), chance.randrange(40, 90)]
        events = [chance.choice(kinds) for _ in range(steps)]
        events[-1] = 60
        chords = [(chance.randrange(steps), symbol) for symbol in ("C", "F#m7", "Bb/D")]
        melody = Melody(
            events, steps_per_bar=16 * metre[0] // metre[1], start_step=chance.randrange(64)
        )
        settings = {"metre": metre, "chords": chords[: case % 4]}
        (_, tune), *_ = read_abc(melody.to_abc(**settings).encode(), "it")[0]
        score = read_musicxml(melody.to_musicxml(**settings).encode(), "it")
        notes = melody.notes()
        for read in (tune, score):
            offset = notes[0].start_step * STEP - read.notes[0].start
            assert _ours(read) == [(p, s * STEP - offset, e * STEP - offset) for p, s, e in notes]
            assert read.warnings == []


def test_a_double_sharp_is_written_each_time() -> None:
    """Music21 forgets it within the bar."""
    marks = _Accidentals(Tonic(8, "minor"))  # G sharp
    f_double = Spelled("F", 2, 4)
    assert [marks.take(f_double, tied) for tied in (False, False, True)] == [True, True, False]
    assert [marks.take(Spelled("E", 1, 4), False) for _ in range(2)] == [True, False]
