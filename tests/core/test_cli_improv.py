"""ssc_improv_generate, and --backing_chords of ssc_melody_generate."""

from pathlib import Path

import pytest

import ssc_melody
from ssc_melody.cli import generate, improv_generate
from ssc_melody.melody.primer import Primer
from tests.conftest import TESTDATA

FOLDER = TESTDATA / "improv"
BASIC = FOLDER / "basic_improv.mag"


def run(command: object, out: Path, *flags: str) -> int:
    argv = [f"--output_dir={out}", "--num_outputs=1", "--seed=7", *flags]
    return command.main(["ssc_generate", *argv])


def only(folder: Path) -> bytes:
    (path,) = folder.glob("*.mid")
    return path.read_bytes()


def test_both_commands_write_the_same(tmp_path: Path) -> None:
    flags = (f"--bundle_file={BASIC}", "--backing_chords=C G Am F", "--steps_per_chord=8")
    assert run(generate, tmp_path / "a", *flags) == 0
    assert run(improv_generate, tmp_path / "b", *flags) == 0
    (made,) = ssc_melody.load(BASIC).generate(
        1, primer=Primer.from_melody([60], num_steps=32), chords="C G Am F", steps_per_chord=8,
        seed=7,
    )  # fmt: skip
    assert only(tmp_path / "a") == only(tmp_path / "b") == made.midi_bytes()


def test_stocks_defaults(tmp_path: Path) -> None:
    values = improv_generate.define_flags()
    names = ("output_dir", "backing_chords", "steps_per_chord", "render_chords", "num_outputs")
    assert [values[name].default for name in names] == [
        "/tmp/improv_rnn/generated",
        "C G Am F C G F C",
        16,
        False,
        10,
    ]
    stocks = (
        "run_dir bundle_file config hparams output_dir num_outputs steps_per_chord primer_melody "
        "backing_chords primer_midi render_chords qpm temperature beam_size branch_factor "
        "steps_per_iteration save_generator_bundle bundle_description generator_id "
        "generator_description log"
    )
    assert set(stocks.split()) <= set(values)
    assert run(improv_generate, tmp_path, f"--bundle_file={BASIC}", "--render_chords") == 0
    data = only(tmp_path)
    (made,) = ssc_melody.load(BASIC).generate(
        1, primer=Primer.from_melody([60], num_steps=128), chords="C G Am F C G F C", seed=7
    )
    assert data == made.midi_bytes(render_chords=True)
    assert len(made) == 128


def test_a_bundle_on_chords_needs_no_flag(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    assert run(generate, tmp_path, f"--bundle_file={BASIC}") == 0
    assert "No --backing_chords: playing on C G Am F C G F C." in capfd.readouterr().err
    (made,) = ssc_melody.load(BASIC).generate(
        1, primer=Primer.from_melody([60], num_steps=128), chords="C G Am F C G F C", seed=7
    )
    assert only(tmp_path) == made.midi_bytes()


def test_lengths_and_primers(tmp_path: Path) -> None:
    flags = (f"--bundle_file={BASIC}", "--backing_chords=| C | G |")
    assert run(generate, tmp_path / "a", *flags, "--num_steps=40", "--noinclude_primer") == 0
    (tmp_path / "chords.csv").write_text("bar,chord\n1,C\n2,G\n")
    table = f"--backing_chords={tmp_path / 'chords.csv'}"
    assert run(generate, tmp_path / "b", f"--bundle_file={BASIC}", table, "--num_steps=40",
               "--noinclude_primer") == 0  # fmt: skip
    assert only(tmp_path / "a") == only(tmp_path / "b")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            ["--bundle_file=BASIC_RNN", "--backing_chords=C"],
            "--backing_chords: basic_rnn makes melodies without chords; models of the configs "
            "basic_improv, attention_improv, chord_pitches_improv, ssc_chord_rnn take them",
        ),
        (
            ["--bundle_file=BASIC_RNN", "--render_chords"],
            "--render_chords: basic_rnn makes melodies without chords",
        ),
        (
            ["--bundle_file=IMPROV", "--backing_chords=C G H7"],
            "--backing_chords: bar 3: 'H7' is not a chord symbol",
        ),
        (
            ["--bundle_file=IMPROV", "--backing_chords=C Gsus"],
            "--backing_chords: bar 2: 'Gsus' has no major, minor, augmented or diminished triad",
        ),
        (
            [
                "--bundle_file=IMPROV",
                "--backing_chords=C",
                "--primer_melody=[60" + ", -2" * 20 + "]",
            ],
            "Primer is 21 steps; --num_steps counts it and must be at least 23; the chords are 16 "
            "steps long: give more, or a larger --steps_per_chord",
        ),
        (["--bundle_file=IMPROV", "--backing_chords="], "--backing_chords: expected chord symbols"),
        (
            ["--bundle_file=IMPROV", "--steps_per_chord=0"],
            "--steps_per_chord: expected 1 or more, got 0",
        ),
        (["--bundle_file=IMPROV", "--backing_chords=no.csv"], "no.csv"),
        (["--bundle_file=IMPROV", "--backing_chords=no.mid"], "no.mid: expected chords in a .csv"),
    ],
)
def test_mistakes_are_one_line(
    flags: list[str],
    message: str,
    basic_mag: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture,
) -> None:
    names = {"BASIC_RNN": str(basic_mag), "IMPROV": str(BASIC)}
    given = [
        flag.replace("BASIC_RNN", names["BASIC_RNN"]).replace("IMPROV", names["IMPROV"])
        for flag in flags
    ]
    assert run(generate, tmp_path / "out", *given) == 1
    (line,) = capfd.readouterr().err.strip().splitlines()[-1:]
    assert message in line
    assert not list(tmp_path.rglob("*.mid"))


def test_help_names_both(capfd: pytest.CaptureFixture) -> None:
    assert improv_generate.main(["ssc_improv_generate", "--help"]) == 0
    out = capfd.readouterr().out
    assert "--backing_chords" in out
    assert "(default: C G Am F C G F C)" in out
