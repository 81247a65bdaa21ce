"""The flags of decoding and of constraints, from the command line to the notes of the files."""

import itertools
from pathlib import Path

import pytest

from ssc_melody.cli import generate
from ssc_melody.cli.flags import parse
from ssc_melody.errors import OptionError
from ssc_melody.melody.midi import melody_to_midi
from ssc_melody.midi.read import read_midi

TUNE = [60, -2, 64, -2, 67, -2, -1, -2, 65, -2, 62, -2, 60, -2, -2, -2] * 4


@pytest.fixture
def run(attention_mag: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """Runs the command; returns its code, its errors, and each file's (step, pitch) pairs."""

    def _run(*flags: str):
        given = [f"--bundle_file={attention_mag}", f"--output_dir={tmp_path / 'out'}", "--seed=3"]
        code = generate.main(["ssc_melody_generate", *given, *flags])
        files = sorted((tmp_path / "out").glob("*.mid"))
        notes = [[(round(n.start_time * 8), n.pitch) for n in read_midi(f).notes] for f in files]
        return code, capsys.readouterr().err, notes

    return _run


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    path = tmp_path / "tune.mid"
    path.write_bytes(melody_to_midi(TUNE))
    return path


def test_a_style_is_its_settings(run) -> None:
    run("--num_outputs=2", "--style=wild")
    notes = run("--num_outputs=2", "--rhythm_temperature=1.1", "--pitch_temperature=1.2")[2]
    assert notes[:2] == notes[2:]


def test_a_flag_goes_before_the_style(run) -> None:
    run("--num_outputs=1", "--style=wild", "--pitch_temperature=0.1")
    notes = run("--num_outputs=1", "--rhythm_temperature=1.1", "--pitch_temperature=0.1")[2]
    assert notes[0] == notes[1]


def test_key_range_and_leap(run) -> None:
    code, err, melodies = run("--key=D", "--lowest_note=62", "--highest_note=74", "--max_leap=5")
    assert (code, err) == (0, "")
    for notes in melodies:
        pitches = [pitch for _, pitch in notes]
        assert pitches[0] == 62
        assert {pitch % 12 for pitch in pitches} <= {2, 4, 6, 7, 9, 11, 1}
        assert min(pitches) >= 62
        assert max(pitches) <= 74
        assert max(abs(a - b) for a, b in itertools.pairwise(pitches)) <= 5


def test_without_a_primer_the_range_may_lie_anywhere(run) -> None:
    """The first note is in it, and where that is, the model is moved to."""
    melodies = run("--lowest_note=100", "--highest_note=110", "--num_outputs=3")[2]
    assert {pitch for notes in melodies for _, pitch in notes} <= set(range(100, 111))


def test_a_form_says_how_long_the_melody_is(run) -> None:
    code, _, melodies = run("--form=AAB", "--phrase_bars=2", "--end=cadence", "--num_outputs=3")
    assert code == 0
    for notes in melodies:
        assert [(s + 32, p) for s, p in notes if s < 16] == [
            (s, p) for s, p in notes if 32 <= s < 48
        ]
        assert 64 <= max(step for step, _ in notes) <= 88


def test_rhythm_of_a_file(run, tune: Path) -> None:
    melodies = run(f"--rhythm_of={tune}", "--num_outputs=3")[2]
    onsets = [step for step, event in enumerate(TUNE) if event >= 0]
    assert [[step for step, _ in notes] for notes in melodies] == [onsets] * 3
    assert len({tuple(notes[1:]) for notes in map(tuple, melodies)}) == 3


def test_pitches_of_a_file(run, tune: Path) -> None:
    melodies = run(f"--pitches_of={tune}", "--num_outputs=3", "--num_steps=96")[2]
    pitches = [event for event in TUNE if event >= 0]
    assert [[pitch for _, pitch in notes] for notes in melodies] == [pitches] * 3


@pytest.mark.parametrize(("bars", "first", "last"), [("3-4", 32, 64), ("2", 16, 32)])
def test_bars_of_a_primer_are_rewritten(run, tune: Path, bars: str, first: int, last: int) -> None:
    melodies = run(f"--primer_midi={tune}", f"--rewrite_bars={bars}", "--num_outputs=3")[2]
    notes = [(step, event) for step, event in enumerate(TUNE) if event >= 0]
    kept = [note for note in notes if not first <= note[0] < last]
    for melody in melodies:
        assert [note for note in melody if not first <= note[0] < last] == kept
        assert melody != notes


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--top_p=2"], "--top_p: expected a number above 0, at most 1, got 2"),
        (["--key=H"], "--key: expected one such as C, F#, Bb or Am, got 'H'"),
        (["--rewrite_bars=3"], "--rewrite_bars: changes a melody; give it as --primer_midi"),
        (["--rewrite_bars=x"], "--rewrite_bars: expected bars such as 3-4 or 3, got 'x'"),
        (["--end=cadence", "--engine=magenta"], "--engine=magenta knows no constraints"),
        (["--phrase_bars=4"], "--phrase_bars: the length of a form's phrases"),
        (
            ["--lowest_note=100", "--primer_melody=60"],
            "lowest_note=100: together they leave no note of the model's",
        ),
    ],
)
def test_messages(run, flags: list[str], message: str) -> None:
    code, err, notes = run(*flags)
    assert code == 1
    assert message in err
    assert err.count("\n") == 1
    assert notes == []


def test_whole_numbers_may_be_written_as_scripts_write_them() -> None:
    """As --num_steps=128.0, which a calculation in a script gives."""
    values = generate.define_flags()
    parse(values, ["x", "--num_steps=128.0", "--top_k=3.0", "--max_leap=7.0", "--min_note=48.0"])
    assert [values[name].value for name in ("num_steps", "top_k", "max_leap", "min_note")] == [
        128,
        3,
        7,
        48,
    ]
    with pytest.raises(OptionError, match=r"top_k: expected a whole number, got 2\.5"):
        parse(values, ["x", "--top_k=2.5"])
