"""ssc_melody_generate from its flags to its files and its messages."""

import re
from pathlib import Path

import pytest

from ssc_melody.cli import generate
from ssc_melody.midi.read import read_midi
from tests.conftest import TESTDATA
from tests.midi_files import midi_bytes


@pytest.fixture
def run(attention_mag: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """Runs the command with a bundle and an output folder; returns code, output, errors, files."""

    def _run(*flags: str, bundle: bool = True):
        given = [f"--output_dir={tmp_path / 'out'}"]
        if bundle:
            given.append(f"--bundle_file={attention_mag}")
        code = generate.main(["ssc_melody_generate", *given, *flags])
        out, err = capsys.readouterr()
        return code, out, err, sorted((tmp_path / "out").glob("*.mid"))

    return _run


def _pitches(path: Path) -> list[int]:
    return [note.pitch for note in read_midi(path).notes]


def test_ten_files_with_stocks_names(run) -> None:
    code, out, err, files = run("--seed=1")
    assert (code, err) == (0, "")
    assert len(files) == 10
    assert all(
        re.fullmatch(rf"\d{{4}}-\d\d-\d\d_\d{{6}}_{i:02}\.mid", path.name)
        for i, path in enumerate(files, 1)
    )
    assert out.startswith("Wrote 10 MIDI files to ")


def test_nine_files_need_one_digit(run) -> None:
    files = run("--seed=1", "--num_outputs=9")[3]
    assert files[0].name.endswith("_1.mid")


def test_the_printed_seed_repeats_the_run(run) -> None:
    _, out, _, first = run("--num_outputs=2")
    seed = re.search(r"\(--seed=(\d+) makes them again\)", out)[1]
    contents = [path.read_bytes() for path in first]
    again = run("--num_outputs=2", f"--seed={seed}")[3]
    assert len(again) == 4  # nothing was overwritten, even within one second
    assert [path.read_bytes() for path in again if path not in first] == contents


def test_length_and_tempo(run) -> None:
    """32 steps of a sixteenth at 60 qpm are 8 seconds."""
    files = run("--seed=1", "--num_outputs=3", "--num_steps=32", "--qpm=60")[3]
    for path in files:
        piece = read_midi(path)
        assert piece.tempos[0].qpm == pytest.approx(60)
        assert 4 < max(note.end_time for note in piece.notes) <= 8


def test_primer_begins_the_melody(run) -> None:
    primer = "--primer_melody=[60, -2, 62, -2, 64, -2, 65, -2]"
    (file,) = run(primer, "--num_outputs=1", "--seed=4")[3]
    assert _pitches(file)[:4] == [60, 62, 64, 65]
    (_, without) = run(primer, "--num_outputs=1", "--seed=4", "--noinclude_primer")[3]
    assert _pitches(without) == _pitches(file)[4:]
    assert read_midi(without).notes[0].start_time < 1.5


def test_program_and_velocity(run) -> None:
    (file,) = run("--num_outputs=1", "--seed=1", "--program=73", "--velocity=64")[3]
    assert {(note.program, note.velocity) for note in read_midi(file).notes} == {(73, 64)}


def test_primer_midi_of_several_tracks(run, tmp_path: Path) -> None:
    path = tmp_path / "two.mid"
    tune = [(60 + i, 4 * i, 4 * i + 4) for i in range(4)]
    path.write_bytes(midi_bytes({"Left hand": [(40, 0, 16)], "Tune": tune}))
    (merged,) = run(f"--primer_midi={path}", "--num_outputs=1", "--seed=1")[3]
    assert _pitches(merged)[:4] == [60, 61, 62, 63]
    files = run(f"--primer_midi={path}", "--primer_track=left", "--num_outputs=1", "--seed=1")[3]
    assert _pitches(next(f for f in files if f != merged))[0] == 40
    code, _, err, _ = run(f"--primer_midi={path}", "--primer_track=flute")
    assert code == 1
    assert "Left hand" in err
    assert "Tune" in err


def test_continue_at_bar(run) -> None:
    """A primer of 5 steps: stock goes on a step or two later, --continue_at=bar at step 16."""
    common = (
        "--primer_melody=[60, -2, 62, -2, 64]",
        "--num_outputs=5",
        "--seed=2",
        "--num_steps=48",
    )
    for path in run(*common, "--continue_at=bar")[3]:
        starts = [round(note.start_time / 0.125) for note in read_midi(path).notes]
        assert starts[:3] == [0, 2, 4]
        assert all(start >= 16 for start in starts[3:])


def test_argmax_makes_one_melody(run) -> None:
    files = run("--decoding=argmax", "--num_outputs=2")[3]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_quiet_and_loud(run) -> None:
    code, out, err, _ = run("--log=WARN", "--num_outputs=1", "--seed=1")
    assert (code, err) == (0, "")
    assert out.startswith("Wrote 1 MIDI file to ")
    _, _, err, _ = run("--log=DEBUG", "--num_outputs=1", "--seed=1")
    assert "log-likelihood -" in err


def test_absls_logging_flags_are_accepted(run) -> None:
    assert run("--logtostderr", "--verbosity=0", "--num_outputs=1", "--seed=1")[0] == 0


STOCK_FLAGS = """
config melody_encoder_decoder generator_id generator_description hparams run_dir checkpoint_file
bundle_file bundle_description output_dir num_outputs num_steps primer_melody primer_midi qpm
temperature beam_size branch_factor steps_per_iteration log
"""


def test_help_names_every_flag_of_stock(run) -> None:
    code, out, _, _ = run("--help")
    assert code == 0
    for flag in STOCK_FLAGS.split():
        assert f"  --{flag}: " in out
    assert "  --[no]save_generator_bundle: " in out


CUSTOM = TESTDATA / "bundles" / "x2.1.4_tf2.9.1_basic_48-64-32_customid_b1.mag"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--num_output=3"], "no flag '--num_output' (did you mean --num_outputs?)"),
        (["--num_outputs=x"], "--num_outputs: expected a whole number, got 'x'"),
        (["--num_outputs=-1"], "--num_outputs: expected "),
        (["out"], "unexpected argument 'out': flags are written --name=value"),
        (["--run_dir=/nowhere"], "--bundle_file and --run_dir both say which model to play"),
        (["--temperature=1e-40"], "--temperature: 1e-40 is too close to 0 for this model; 0 takes"),
        (["--temperature=nan"], "--temperature: expected a finite number, got nan"),
        (["--temperature=-1"], "--temperature: expected 0 or more, got -1"),
        (["--beam_size=0"], "--beam_size: expected 1 or more"),
        (["--seed=-3"], "--seed: expected 0 to 4294967295, got -3"),
        (["--program=200"], "program"),
        (["--log=LOUD"], "--log: expected one of DEBUG, INFO, WARN, ERROR, FATAL, got 'LOUD'"),
        (["--primer_melody=[60, 62"], "Primer melody '[60, 62', character 8"),
        (["--primer_melody=[60, H]"], "character 6: expected an integer from -2 to 127"),
        (["--primer_melody=[200]"], "200"),
        (["--primer_midi=/nowhere/x.mid"], "/nowhere/x.mid"),
        (["--primer_track=2"], "--primer_track chooses a track of --primer_midi"),
        (["--output_dir="], "--output_dir"),
        (["--qpm=-3"], "--qpm: expected 3.58 to 6e7 (the tempos of a MIDI file), got -3"),
        (["--qpm=1e8"], "--qpm: expected 3.58 to 6e7"),
        (["--decoding=best"], "decoding"),
        (["--hparams=batchsize=3"], "no hyperparameter 'batchsize' (did you mean batch_size?)"),
        (["--num_steps=1000000001"], "--num_steps: expected at most 1000000, got 1000000001"),
        (
            [f"--primer_melody={[60] * 64}", "--num_steps=64"],
            "Primer is 64 steps; --num_steps counts it and must be at least 66",
        ),
    ],
)
def test_mistakes_are_one_line_and_exit_1(run, flags: list[str], message: str) -> None:
    code, out, err, files = run(*flags)
    assert (code, out, files) == (1, "", [])
    assert err.startswith("ssc_melody_generate: ")
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--config=basic_rnn"], "no bundle ships for basic_rnn; give --bundle_file=FILE.mag"),
        (["--config=atention_rnn"], "no config 'atention_rnn' (did you mean attention_rnn?)"),
        (["--config=basic_rnn", "--melody_encoder_decoder=key"], "expected exactly one of"),
        (["--bundle_file=/nowhere.mag"], "/nowhere.mag"),
        ([f"--bundle_file={TESTDATA}"], "is a folder"),
        ([f"--bundle_file={__file__}"], "test_cli_generate.py"),
        ([f"--bundle_file={CUSTOM}"], "'my_basic' is not a registered config"),
        (["--config=basic_rnn", "--run_dir=/nowhere"], "--run_dir: /nowhere is not a folder"),
        (["--config=basic_rnn", "--checkpoint_file=/nowhere/model.ckpt-1"], "model.ckpt-1"),
    ],
)
def test_models_that_cannot_be_found(run, flags: list[str], message: str) -> None:
    code, out, err, _ = run(*flags, bundle=False)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err


def test_an_empty_bundle_and_a_corrupt_midi(run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mag"
    empty.write_bytes(b"")
    code, _, err, _ = run(f"--bundle_file={empty}", bundle=False)
    assert code == 1
    assert "empty" in err
    bad = tmp_path / "bad.mid"
    bad.write_bytes(b"MThd\x00\x00\x00\x06\x00\x01\x00\x02\x01\xe0MTrk\x00\xff")
    code, _, err, _ = run(f"--primer_midi={bad}")
    assert (code, err.count("\n")) == (1, 1)
    assert "bad.mid" in err


def test_a_primer_midi_without_notes_is_silence(run, tmp_path: Path) -> None:
    path = tmp_path / "silent.mid"
    path.write_bytes(midi_bytes({"Nothing": []}))
    code, _, err, files = run(f"--primer_midi={path}", "--num_outputs=2", "--seed=1")
    assert (code, len(files)) == (0, 2)
    assert err == f"warning: {path}: it has no notes: beginning with silence\n"
    assert all(read_midi(file).notes[0].start_time > 0 for file in files)


def test_of_two_primers_the_melody_counts(run) -> None:
    code, _, err, (file,) = run(
        "--primer_melody=72", "--primer_midi=/nowhere.mid", "--num_outputs=1", "--seed=1"
    )
    assert (code, _pitches(file)[0]) == (0, 72)
    assert err == "warning: --primer_midi ignored: --primer_melody takes precedence over it\n"


def test_one_step_is_singular(run) -> None:
    err = run("--primer_melody=60", "--num_steps=1")[2]
    assert "Primer is 1 step; --num_steps counts it and must be at least 3" in err


def test_the_smallest_number_of_steps_works(run) -> None:
    """What the message about a long primer promises."""
    code, _, err, _ = run(f"--primer_melody={[60] * 64}", "--num_steps=66", "--num_outputs=1")
    assert (code, err) == (0, "")


def test_curly_quotes_and_a_single_note(run) -> None:
    plain, curly, single = (
        run(f"--primer_melody={text}", "--num_outputs=1", "--seed=5")[3][-1].read_bytes()
        for text in ("[60]", "\u201c[60]\u201d", "60")
    )
    assert plain == curly == single


def test_an_output_folder_that_cannot_be_made(run, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    code, _, err, _ = run(f"--output_dir={blocker / 'sub'}", "--num_outputs=1")
    assert (code, err.count("\n")) == (1, 1)
    assert str(blocker) in err


def test_a_bundle_with_a_config_of_its_own_warns(run) -> None:
    code, _, err, _ = run("--config=basic_rnn", "--num_outputs=1", "--seed=1")
    assert code == 0
    assert "warning: --config=basic_rnn ignored: the bundle is attention_rnn" in err


def test_custom_id_with_a_config(run) -> None:
    code, out, _, _ = run(
        f"--bundle_file={CUSTOM}", "--config=basic_rnn", "--num_outputs=2", bundle=False
    )
    assert code == 0
    assert "Wrote 2 MIDI files" in out


def test_without_a_model_a_shipped_one_plays_and_is_named(run) -> None:
    code, _, err, files = run("--num_outputs=1", "--num_steps=20", bundle=False)
    assert (code, len(files)) == (0, 1)
    assert "playing ssc_basic_rnn, which ships" in err


def test_another_pitch_range_is_told_and_plays(run) -> None:
    """A bundle of basic_rnn that somebody trained on the pitches 55 to 87."""
    bundle = f"--bundle_file={TESTDATA / 'cases' / 'basic_rnn_pitches_55_to_87.mag'}"
    code, _, err, _ = run(bundle, bundle=False)
    assert code == 1
    assert "trained on 33 pitches, this config has 36" in err
    code, _, err, files = run(
        bundle, "--min_note=55", "--max_note=88", "--seed=3", "--num_outputs=2", bundle=False
    )
    assert (code, err, len(files)) == (0, "", 2)
    code, _, err, _ = run(bundle, "--min_note=55", "--max_note=60", bundle=False)
    assert (code, "an octave or more apart, got 55 and 60" in err) == (1, True)


def _metre(path: Path) -> tuple[int, int]:
    signature = read_midi(path).time_signatures[0]
    return signature.numerator, signature.denominator


def test_the_metre_of_a_waltz_is_kept_where_bars_are_meant(run) -> None:
    waltz = f"--primer_midi={TESTDATA / 'cases' / 'waltz_3_4.mid'}"
    (bars,) = run(waltz, "--continue_at=bar", "--num_outputs=1", "--seed=2")[3]
    assert _metre(bars) == (3, 4)
    (_, stock) = run(waltz, "--num_outputs=1", "--seed=2")[3]
    assert _metre(stock) == (4, 4)  # as stock writes it


def test_a_tempo_that_does_not_count_is_told(run, tmp_path: Path) -> None:
    path = tmp_path / "primer.mid"
    path.write_bytes(midi_bytes({"Tune": [(60, 0, 4), (62, 4, 8)]}))
    code, _, err, _ = run(f"--primer_midi={path}", "--qpm=90", "--num_outputs=1")
    assert code == 0
    assert "--qpm=90 ignored: the tempo of --primer_midi, 120, takes precedence" in err
    assert run(f"--primer_midi={path}", "--qpm=120", "--num_outputs=1")[2] == ""


def test_files_without_a_note_are_told(run) -> None:
    primer = "--primer_melody=" + str([60] + [-2] * 30)
    flags = [primer, "--num_steps=34", "--noinclude_primer", "--num_outputs=3"]
    code, _, err, files = run(*flags, "--temperature=0", "--seed=1")
    assert (code, len(files)) == (0, 3)
    assert ("files without a note" in err) == (not _pitches(files[0]))
