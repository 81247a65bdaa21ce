"""ssc_polyphony_generate, ssc_drums_generate, ssc_performance_generate: flags, files, mistakes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ssc_melody.cli import (
    drums_generate,
    evaluate,
    generate,
    inspect_bundle,
    mixtape,
    performance_generate,
    polyphony_generate,
    render,
)
from ssc_melody.midi.read import read_midi
from ssc_melody.specs import NetworkSpec
from ssc_melody.specs.tracks import DRUMS_SPECS, PERFORMANCE_SPECS, POLYPHONY_SPECS
from tests.midi_files import midi_bytes
from tests.track_bundles import make_track_run, small

MAIN = {
    "polyphony": polyphony_generate.main,
    "drums": drums_generate.main,
    "performance": performance_generate.main,
}
CONFIG = {
    "polyphony": "polyphony",
    "drums": "drum_kit",
    "performance": "optional_multiconditioned_performance_with_dynamics",
}
SPECS: dict[str, NetworkSpec] = {**POLYPHONY_SPECS, **DRUMS_SPECS, **PERFORMANCE_SPECS}
SIZES = "--hparams=rnn_layer_sizes=[8],attn_length=0"
STOCKS_FLAGS = {
    "polyphony": "run_dir bundle_file save_generator_bundle bundle_description config output_dir "
    "num_outputs num_steps primer_pitches primer_melody primer_midi condition_on_primer "
    "inject_primer_during_generation qpm temperature beam_size branch_factor "
    "steps_per_iteration log hparams",
    "drums": "run_dir checkpoint_file bundle_file save_generator_bundle bundle_description config "
    "generator_id generator_description hparams output_dir num_outputs num_steps primer_drums "
    "primer_midi qpm temperature beam_size branch_factor steps_per_iteration log",
    "performance": "run_dir bundle_file save_generator_bundle bundle_description config "
    "output_dir num_outputs num_steps primer_pitches primer_melody primer_midi "
    "disable_conditioning temperature beam_size branch_factor steps_per_iteration log hparams "
    "notes_per_second pitch_class_histogram",
}
Run = Callable[..., tuple[int, str, str, list[Path]]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return {
        what: make_track_run(folder / what, small(SPECS[name], 8)) for what, name in CONFIG.items()
    }


@pytest.fixture
def run(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> Run:
    """Runs a command with a run of its family; returns code, output, errors and files."""

    def _run(what: str, *flags: str, model: bool = True) -> tuple[int, str, str, list[Path]]:
        given = [f"--output_dir={tmp_path / 'out'}"]
        if model:
            given += [f"--run_dir={runs[what]}", f"--config={CONFIG[what]}", SIZES]
        code = MAIN[what]([f"ssc_{what}_generate", *given, *flags])
        out, err = capsys.readouterr()
        return code, out, err, sorted((tmp_path / "out").glob("*.mid"))

    return _run


def test_two_files_each(run: Run) -> None:
    steps = {"polyphony": 12, "drums": 24, "performance": 150}
    for what, length in steps.items():
        code, out, err, files = run(what, "--seed=1", "--num_outputs=2", f"--num_steps={length}")
        assert (code, err, out.startswith("Wrote 2 MIDI files to ")) == (0, "", True)
        assert [path.name[-6:] for path in files[-2:]] == ["_1.mid", "_2.mid"]
    lengths = [max(note.end_time for note in read_midi(path).notes) for path in files]
    assert max(lengths) <= 24 / 8 + 0.01


@pytest.mark.parametrize("what", STOCKS_FLAGS)
def test_help_names_every_flag_of_stock(what: str, capsys: pytest.CaptureFixture) -> None:
    assert MAIN[what]([f"ssc_{what}_generate", "--help"]) == 0
    text = capsys.readouterr().out
    for flag in STOCKS_FLAGS[what].split():
        assert f"  --{flag}:" in text or f"  --[no]{flag}:" in text, flag


def test_the_same_seed_makes_the_same_files(run: Run) -> None:
    for seed in ("--seed=4", "--seed=4", "--seed=5"):
        files = run("performance", seed, "--num_outputs=1", "--num_steps=400")[3]
    first, second, other = (path.read_bytes() for path in files)
    assert first == second != other


def test_primers_that_take_precedence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(midi_bytes({"A": [(50, 0, 4)]}))
    common = ("--seed=1", "--num_outputs=1", "--num_steps=16", f"--primer_midi={tmp_path}/a.mid")
    code, _, err, files = run(
        "polyphony", *common, "--primer_pitches=[70, 74]", "--primer_melody=60", "--qpm=60"
    )
    assert (code, err.count("warning: ")) == (0, 2)
    assert "--primer_melody ignored: --primer_pitches takes precedence" in err
    notes = read_midi(files[0]).notes
    assert {(note.pitch, note.end_time) for note in notes} >= {(70, 1.0), (74, 1.0)}
    code, _, err, files = run("drums", *common, "--qpm=60")
    assert (code, err.count("--qpm=60 ignored: the tempo of --primer_midi, 120")) == (0, 1)
    assert run("drums", *common, "--primer_drums=[(36,)]")[2].startswith("warning: --primer_midi")


def test_conditions_are_read(run: Run) -> None:
    common = ("--seed=3", "--num_outputs=1", "--num_steps=400")
    plain = run("performance", *common)[3][-1].read_bytes()
    off = run("performance", *common, "--disable_conditioning=True")[3][-1].read_bytes()
    calm = run("performance", *common, "--notes_per_second=[1, 2]")[3][-1].read_bytes()
    assert len({plain, off, calm}) == 3
    code, _, err, _ = run("performance", *common, "--notes_per_second=-1")
    assert (code, err.count("\n")) == (1, 1)
    assert "--notes_per_second: expected a number from 0 on, or a list of some, got -1" in err


@pytest.mark.parametrize(
    ("what", "flags", "message"),
    [
        ("polyphony", ["--primer_pitches=[60, -2]"], "expected MIDI pitches, 0 to 127, found -2"),
        ("polyphony", ["--primer_pitches=[60", "--num_steps=9"], 'expected a closing "]"'),
        ("polyphony", ["--primer_pitches=C E"], "primer_pitches: a chord such as [60, 64, 67]: "),
        ("polyphony", ["--primer_pitches=60", "--num_steps=4"], "Primer is 0.5 s, 4 steps are 0.5"),
        ("polyphony", ["--primer_midi=no.mid"], "no such file: no.mid"),
        ("polyphony", ["--config=drum_kit"], "--config: drum_kit is a Drums RNN; ssc_drums_gen"),
        ("polyphony", ["--config=poliphony"], "no config 'poliphony' (did you mean polyphony?)"),
        ("polyphony", ["--hparams=rnn_layer_sizes=[9]"], "has rnn_layer_sizes=[8], --hparams says"),
        ("polyphony", ["--beam_size=0"], "--beam_size: expected 1 or more, got 0"),
        ("polyphony", ["--temprature=1"], "no flag '--temprature' (did you mean --temperature?)"),
        ("drums", ["--primer_drums=[36, 42]"], "step 1: expected MIDI pitches such as (36, 42)"),
        ("drums", ["--primer_drums=no"], "--primer_drums: expected a value as Python writes it"),
        ("drums", ["--primer_drums=5"], "expected a list of tuples of pitches"),
        ("drums", ["--num_steps=2"], "num_steps counts the primer and must leave room"),
        ("drums", ["--qpm=1"], "--qpm: expected 3.58 to 6e7"),
        ("performance", ["--pitch_class_histogram=[1]"], "expected 12 numbers, or a list of such"),
        ("performance", ["--disable_conditioning=no"], "expected a value as Python writes it"),
        ("performance", ["a"], "unexpected argument 'a': flags are written --name=value"),
        ("performance", ["--output_dir="], "--output_dir: expected a folder for the MIDI files"),
    ],
)
def test_mistakes_are_one_line(run: Run, what: str, flags: list[str], message: str) -> None:
    code, out, err, _ = run(what, "--num_outputs=1", *flags)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err
    assert "Traceback" not in err


def test_models_that_cannot_be_found(run: Run, attention_mag: Path) -> None:
    def says(*flags: str) -> str:
        code, _, err, _ = run("polyphony", *flags, model=False)
        assert (code, err.count("\n")) == (1, 1)
        return err

    assert "no bundle of Polyphony RNN ships: give --bundle_file=FILE.mag, --run_dir" in says()
    assert "--bundle_file: expected a .mag file, got nothing" in says("--bundle_file=")
    both = says(f"--bundle_file={attention_mag}", "--run_dir=x")
    assert "--bundle_file and --run_dir both say which model to play" in both
    melodies = says(f"--bundle_file={attention_mag}")
    assert ": a Melody RNN bundle; ssc_melody_generate plays it" in melodies
    assert "--save_generator_bundle needs --bundle_file" in says("--save_generator_bundle")
    unsaved = says("--save_generator_bundle", "--bundle_file=a.mag")
    assert "--save_generator_bundle needs --run_dir" in unsaved


def test_a_track_bundle_and_the_commands_of_melodies(
    track_mag: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    flags = [f"--bundle_file={track_mag}", f"--output_dir={tmp_path}"]
    assert generate.main(["ssc_melody_generate", *flags]) == 1
    assert ": a Polyphony RNN bundle; ssc_polyphony_generate plays it" in capsys.readouterr().err
    config = ["--config=polyphony", f"--checkpoint_file={tmp_path}/a.ckpt"]
    assert generate.main(["ssc_melody_generate", *config]) == 1
    assert "--config: polyphony is a Polyphony RNN; ssc_poly" in capsys.readouterr().err
    assert evaluate.main(["ssc_melody_evaluate", f"--output_dir={tmp_path}", str(track_mag)]) == 1
    assert ": a Polyphony RNN bundle; ssc_polyphony_generate plays" in capsys.readouterr().err


def test_what_a_bundle_is(track_mag: Path, capsys: pytest.CaptureFixture) -> None:
    assert inspect_bundle.main(["ssc_melody_inspect", "--json", str(track_mag)]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["playable"], report["config"]) == (True, "polyphony")
    assert (report["family"], report["classes"]) == ("Polyphony RNN", 259)


def test_what_a_run_is(runs: dict[str, Path], capsys: pytest.CaptureFixture) -> None:
    paths = [str(path) for path in runs.values()]
    assert inspect_bundle.main(["ssc_melody_inspect", "--json", *paths]) == 0
    reports = json.loads(capsys.readouterr().out)
    assert [report["config"] for report in reports] == list(CONFIG.values())
    assert [report["family"] for report in reports] == [
        "Polyphony RNN",
        "Drums RNN",
        "Performance RNN",
    ]
    assert reports[2]["conditions"] == ["density", "histogram", "optional"]


@pytest.mark.parametrize("what", MAIN)
def test_pages_and_pictures(run: Run, what: str, tmp_path: Path) -> None:
    steps = 400 if what == "performance" else 16
    flags = ("--seed=1", "--num_outputs=2", f"--num_steps={steps}", "--mixtape")
    code, out, err, files = run(what, *flags)
    assert (code, err, out.count("\n")) == (0, "", 2)
    page = (tmp_path / "out" / "index.html").read_text()
    assert f"ssc_{what}_generate " in page
    assert "Track 2" in page
    assert mixtape.main(["ssc_melody_mixtape", str(tmp_path / "out")]) == 0
    assert render.main(["ssc_melody_render", "--svg", str(files[0])]) == 0
    assert "<svg" in files[0].with_suffix(".svg").read_text()
