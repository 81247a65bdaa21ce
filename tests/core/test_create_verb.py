"""create_dataset from Python, and the situations that people bring to its command."""

import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import ssc_melody
from ssc_melody import DataError, DatasetOptions, OptionError, SpecError
from ssc_melody.dataset import events_file, runner
from ssc_melody.formats import tfrecord
from ssc_melody.formats.protos import NoteSequence
from tests.conftest import ROOT
from tests.datasets import TUNE, melodies, report, run, tune
from tests.midi_files import midi_bytes

EVENTS = [event for pitch in TUNE for event in (pitch, -2, -2, -2)]


def _read(folder: Path, split: str) -> list[list[int]]:
    return list(events_file.read_events(folder / f"{split}_melodies.events"))


def test_from_python(tmp_path: Path, music: Path) -> None:
    seen: list[tuple[int, int]] = []
    made = ssc_melody.create_dataset(
        music,
        tmp_path / "data",
        "ssc_basic_rnn",
        DatasetOptions(eval_ratio=0, format="events"),
        seed=7,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert made.seed == 7
    assert made.total.melodies == {"training": 1}
    assert _read(tmp_path / "data", "training") == [EVENTS]
    assert seen == [(0, 1), (1, 1)]
    settings = json.loads((tmp_path / "data" / "report.json").read_text())["settings"]
    assert (settings["config"], settings["seed"]) == ("ssc_basic_rnn", 7)
    assert settings["music_files"]["limits"]["max_steps"] == 512


def test_the_same_seed_makes_it_again(tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    for i in range(20):
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": tune(extra=i)}))
    options = DatasetOptions(eval_ratio=0.5, format="events")
    one = ssc_melody.create_dataset(folder, tmp_path / "a", "key", options)
    ssc_melody.create_dataset(folder, tmp_path / "b", "key", options, seed=one.seed)
    for split in ("training", "eval"):
        assert _read(tmp_path / "a", split) == _read(tmp_path / "b", split) != []


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"config": "basic"}, SpecError, "no config 'basic'"),
        ({"music": "nowhere"}, DataError, "input: nothing found at nowhere"),
        ({"music": []}, OptionError, "input: expected music"),
        ({"num_workers": -1}, OptionError, "num_workers: expected 0 or more, got -1"),
        ({"num_shards": 2}, OptionError, "num_shards: expected 1 on this machine"),
    ],
)
def test_mistakes_name_arguments_without_dashes(
    changes: dict[str, object], error: type[Exception], message: str, tmp_path: Path, music: Path
) -> None:
    given = {"music": music, "output_dir": tmp_path / "out", "config": "basic_rnn"} | changes
    with pytest.raises(error) as caught:
        ssc_melody.create_dataset(**given)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    assert "--" not in str(caught.value)


def test_into_the_folder_of_the_music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only files of our own are skipped, whatever format they have, also when it is made again."""
    (tmp_path / "good.mid").write_bytes(midi_bytes({"": tune()}))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "other.mid").write_bytes(midi_bytes({"": tune(extra=4)}))
    sequence = NoteSequence(total_time=16.0)
    for i, pitch in enumerate(TUNE):
        sequence.notes.add(pitch=pitch, velocity=80, start_time=i / 2, end_time=(i + 1) / 2)
    record = tfrecord.frame(sequence.SerializeToString())
    (tmp_path / "notes.tfrecord").write_bytes(record)
    monkeypatch.chdir(tmp_path)
    for flags in ([], ["--format=events"], []):
        assert run(tmp_path, "--input=.", *flags, output=".") == 0
        told = report(tmp_path, ".")
        assert told["pieces"] == 3
        assert (told["unreadable"], told["ignored"]) == (0, 0)


def test_a_data_set_is_told_from_music(
    tmp_path: Path, music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, f"--input={music}", output="examples") == 0
    assert run(tmp_path, f"--input={music}", "--format=events", output="events") == 0
    for given in ("examples", "events", "examples/training_melodies.tfrecord",
                  "events/training_melodies.events"):  # fmt: skip
        capsys.readouterr()
        assert run(tmp_path, f"--input={tmp_path / given}") == 1
        said = capsys.readouterr().err
        assert said.startswith("ssc_melody_create_dataset: no melody: ")
        assert "is already a data set; to train on it: ssc_melody_train --sequence_" in said
        assert said.count("\n") == 1


@pytest.mark.parametrize("name", ["music.tar.gz", "music.tgz", "music.7z", "a.rar", "tune.mid.gz"])
def test_other_archives_are_named(
    name: str, tmp_path: Path, music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tarfile.open(tmp_path / name, "w:gz") as archive:
        archive.add(music / "good.mid", "good.mid")
    assert run(tmp_path, f"--input={tmp_path / name}") == 1
    expected = f"1 file or tune not readable ({name}: is an archive other than .zip: unpack"
    assert expected in capsys.readouterr().err
    (music / name).write_bytes((tmp_path / name).read_bytes())
    assert run(tmp_path, f"--input={music}") == 0
    assert f"warning: {name}: is an archive other than .zip" in capsys.readouterr().err


@pytest.mark.parametrize("workers", [1, 2])
def test_music_files_never_leave_the_training_set_empty(tmp_path: Path, workers: int) -> None:
    """All three are drawn for the eval set; the one that was nearest to training is moved there."""
    folder = tmp_path / "music"
    folder.mkdir()
    for i in range(3):
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": tune(extra=4 * i)}))
    draws = {f"{i}.mid": runner.draw_of(1, f"{i}.mid") for i in range(3)}
    highest = max(draws, key=draws.__getitem__)
    assert max(draws.values()) < 0.999
    flags = [f"--num_workers={workers}", f"--input={folder}", "--eval_ratio=0.999"]
    training, evaluation = melodies(tmp_path, *flags)
    lengths = {"0.mid": 128, "1.mid": 144, "2.mid": 160}
    assert [len(events) for events in training] == [lengths[highest]]
    assert len(evaluation) == 2
    lines = (tmp_path / "out" / "report_files.jsonl").read_text().splitlines()
    sets = {row["file"]: row["set"] for row in map(json.loads, lines)}
    assert sets == {name: "training" if name == highest else "eval" for name in lengths}
    training, evaluation = melodies(tmp_path, f"--input={folder}", "--eval_ratio=1")
    assert (len(training), len(evaluation)) == (0, 3)  # as wanted


def test_the_draw_of_a_name_is_what_it_was() -> None:
    """Data sets that were made with a seed come out the same."""
    assert runner.draw_of(1, "good.mid") == 0.7061966760765443
    assert runner.draw_of(0, "caf\u00e9.mid") == 0.7197060035585989


def test_file_names_in_latin_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    name = os.fsdecode(b"caf\xe9.mid")
    try:
        (folder / name).write_bytes(midi_bytes({"": tune()}))
    except OSError as error:
        pytest.skip(f"this file system takes UTF-8 names only: {error}")
    assert melodies(tmp_path, f"--input={folder}") == [[EVENTS], []]
    assert capsys.readouterr().err == ""
    (folder / name).write_bytes(b"MThd")
    assert run(tmp_path, f"--input={folder}") == 1
    assert "1 file or tune not readable (caf\\udce9.mid: cut off" in capsys.readouterr().err
    rows = (tmp_path / "out" / "report_files.jsonl").read_bytes()
    assert json.loads(rows.splitlines()[0])["file"] == "caf\\udce9.mid"


def test_one_is_singular(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "short.mid"
    path.write_bytes(midi_bytes({"": tune()[:8]}))
    assert run(tmp_path, f"--input={path}") == 1
    expected = (
        "no melody: 1 melody dropped: too short (try a smaller --min_bars or larger --gap_bars)\n"
    )
    assert capsys.readouterr().err == f"ssc_melody_create_dataset: {expected}"


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    for i in range(40):
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": tune(extra=i % 20)}))
    argv = [sys.executable, "-m", "ssc_melody.cli.create_dataset", "--config=basic_rnn",
            "--num_workers=2", f"--input={folder}", f"--output_dir={tmp_path / 'out'}"]  # fmt: skip
    shell = ["sh", "-c", '{ "$@"; echo $? >"$0"; } | true', str(tmp_path / "code"), *argv]
    done = subprocess.run(shell, cwd=ROOT, check=False, capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if not line.startswith("warning: ")] == []
    assert (tmp_path / "code").read_text() == "0\n"
    assert (tmp_path / "out" / "report.json").is_file()


def test_signals_are_as_before(tmp_path: Path, music: Path) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    assert run(tmp_path, f"--input={music}") == 0
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_pitch_range_of_ones_own(tmp_path: Path, music: Path) -> None:
    assert run(tmp_path, f"--input={music}", "--min_note=55", "--max_note=88") == 0
    settings = report(tmp_path)["settings"]
    spec = settings["music_files"]["spec"]
    assert (spec["min_note"], spec["max_note"], settings["config"]) == (55, 88, "basic_rnn")
