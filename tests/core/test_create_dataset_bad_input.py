"""Bad input and interruptions: reported, nothing lost, nothing left behind."""

import io
import itertools
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from ssc_melody.dataset import output
from ssc_melody.formats import tfrecord
from tests.conftest import ROOT, posix
from tests.datasets import melodies, report, run, tune
from tests.midi_files import midi_bytes
from tests.processes import started


def test_names_in_archives_are_only_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("../../escaped.mid", midi_bytes({"": tune()}))
        archive.writestr("/tmp/absolute.mid", midi_bytes({"": tune(extra=4)}))
    before = set(tmp_path.rglob("*"))
    training, _ = melodies(tmp_path, f"--input={tmp_path / 'm.zip'}")
    assert len(training) == 2
    new = set(tmp_path.rglob("*")) - before
    assert all(path == tmp_path / "out" or path.parent == tmp_path / "out" for path in new)
    assert not (tmp_path.parent / "escaped.mid").exists()


def _sparse(path, size):
    with open(path, "wb") as file:
        file.write(midi_bytes({"": tune()}))
        file.truncate(size)


@posix
def test_bad_files_are_reported_and_nothing_else_is_lost(tmp_path, music, capsys):
    good = midi_bytes({"": tune()})
    (music / "empty.mid").write_bytes(b"")
    (music / "cut.mid").write_bytes(good[:-20])
    (music / "random.mid").write_bytes(bytes(range(256)) * 20)
    (music / "random_body.mid").write_bytes(good[:22] + random.Random(1).randbytes(300))
    (music / "no_tracks.mid").write_bytes(b"MThd" + struct.pack(">LHHH", 6, 1, 0, 480))
    (music / "picture.mid").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (music / "page.abc").write_bytes(b"<!doctype html><html></html>")
    (music / "empty.xml").write_bytes(b"")
    (music / "notes.txt").write_bytes(b"not music")
    (music / "bad.zip").write_bytes(b"PK\x03\x04 not a zip")
    (music / "bad.tfrecord").write_bytes(bytes(range(100)))
    _sparse(music / "large.mid", 100 * 2**20)
    os.mkfifo(music / "pipe.mid")
    (music / "loop").symlink_to(music)
    (music / "itself.mid").symlink_to(music / "itself.mid")
    (music / "nowhere.mid").symlink_to(music / "missing")
    (music / "folder.mid").mkdir()
    training, _ = melodies(tmp_path, f"--input={music}")
    assert len(training) == 1
    told = report(tmp_path)
    bad = {row["file"] for row in told["files"] if "unreadable" in row}
    assert bad >= {
        "empty.mid", "cut.mid", "random.mid", "no_tracks.mid", "picture.mid", "empty.xml",
        "bad.zip", "bad.tfrecord", "large.mid", "pipe.mid", "itself.mid", "nowhere.mid",
        "page.abc",
    }  # fmt: skip
    assert told["unreadable"] == len(bad)
    assert told["ignored"] == 2  # notes.txt and the loop
    lines = (tmp_path / "out" / "report_files.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row for row in rows if "unreadable" in row] == told["files"]
    assert [row for row in rows if "unreadable" not in row] == [
        {"file": "good.mid", "set": "training", "melodies": 1, "reasons": {}}
    ]
    assert "large.mid: expected at most 67108864 bytes, found 104857600" in capsys.readouterr().err


def test_music_under_a_wrong_name(tmp_path, music):
    """The first bytes decide, not the name."""
    data = midi_bytes({"": tune(extra=4)})
    (music / "good.abc").write_bytes(data)
    (music / "good.txt").write_bytes(data)
    (music / "tune").write_bytes(midi_bytes({"": tune(extra=8)}))
    (music / "notes").write_text("not music")
    with zipfile.ZipFile(music / "more.zip", "w") as archive:
        archive.writestr("song.kar", midi_bytes({"": tune(extra=12)}))
        archive.writestr("song", midi_bytes({"": tune(extra=16)}))
        archive.writestr("notes", "not music")
    found = melodies(tmp_path, f"--input={music}", "--nodedupe")[0]
    assert list(map(len, found)) == [144, 128, 144, 192, 176, 160]
    assert report(tmp_path)["ignored"] == 2
    assert list(map(len, melodies(tmp_path, f"--input={music / 'good.txt'}")[0])) == [144]


def test_damaged_archives_and_records(tmp_path, music):
    good = midi_bytes({"": tune(extra=4)})
    with zipfile.ZipFile(music / "cut.zip", "w") as archive:
        archive.writestr("a.mid", good)
    data = (music / "cut.zip").read_bytes()
    (music / "cut.zip").write_bytes(data[:-30])
    with zipfile.ZipFile(music / "flipped.zip", "w") as archive:
        archive.writestr("a.mid", good)
        archive.writestr("b.mid", midi_bytes({"": tune(extra=8)}))
    data = bytearray((music / "flipped.zip").read_bytes())
    data[data.index(b"MThd") + 40] ^= 1
    (music / "flipped.zip").write_bytes(data)
    with zipfile.ZipFile(music / "locked.zip", "w") as archive:
        archive.writestr("a.mid", good)
    data = bytearray((music / "locked.zip").read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1  # says that the member is encrypted
    (music / "locked.zip").write_bytes(data)
    (music / "cut.tfrecord").write_bytes(tfrecord.frame(b"")[:-2])
    training, _ = melodies(tmp_path, f"--input={music}")
    assert sorted(map(len, training)) == [128, 160]
    reasons = {row["file"]: row.get("unreadable", "") for row in report(tmp_path)["files"]}
    assert "is not a readable zip archive" in reasons["cut.zip"]
    assert "Bad CRC-32" in reasons["flipped.zip/a.mid"]
    assert "is encrypted" in reasons["locked.zip/a.mid"]
    assert any(name.startswith("cut.tfrecord") for name in reasons)


@pytest.fixture
def no_root():
    """A folder that root, too, uses as somebody who may not read everything."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder, user = Path(name), os.geteuid()
        if user == 0:
            os.chown(folder, 65534, -1)
            os.seteuid(65534)
        yield folder
        os.seteuid(user)


@posix
def test_unreadable_file_and_folder(no_root):
    (no_root / "music").mkdir()
    (no_root / "music" / "good.mid").write_bytes(midi_bytes({"": tune()}))
    assert run(no_root, f"--input={no_root / 'music'}") == 0
    (no_root / "music" / "secret.mid").write_bytes(midi_bytes({"": tune(extra=1)}))
    (no_root / "music" / "secret.mid").chmod(0)
    (no_root / "music" / "closed").mkdir(mode=0)
    assert run(no_root, f"--input={no_root / 'music'}") == 0
    told = report(no_root)
    assert {row["file"]: row["unreadable"] for row in told["files"]} == {
        "secret.mid": "cannot be read: Permission denied",
        "closed": "cannot be read: Permission denied",
    }
    assert told["melodies"] == {"training": 1, "eval": 0}


def test_zip_bombs(tmp_path, music):
    with zipfile.ZipFile(music / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(3):
            archive.writestr(f"{i}.mid", bytes(60 * 2**20))
    with zipfile.ZipFile(music / "one.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("large.mid", bytes(65 * 2**20 - 1))
        archive.writestr("filler.txt", os.urandom(2**20))
        archive.writestr("good.mid", midi_bytes({"": tune(extra=4)}))
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as archive:
        archive.writestr("a.mid", b"")
    with zipfile.ZipFile(music / "nested.zip", "w") as archive:
        archive.writestr("inner.zip", nested.getvalue())
    with zipfile.ZipFile(music / "bomb.mxl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", bytes(70 * 2**20))
    training, _ = melodies(tmp_path, f"--input={music}")
    assert len(training) == 2
    reasons = {row["file"]: row.get("unreadable", "") for row in report(tmp_path)["files"]}
    assert "zip bomb" in reasons["bomb.zip"]
    assert "expected at most 67108864 bytes" in reasons["one.zip/large.mid"]
    assert "archive within an archive" in reasons["nested.zip/inner.zip"]
    assert "bomb.mxl" in reasons


def test_no_melody_is_an_error_that_helps(tmp_path, capsys):
    path = tmp_path / "short.mid"
    path.write_bytes(midi_bytes({"": tune()[:8]}))
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "training_melodies.tfrecord"
    old.write_bytes(b"an older data set")
    assert run(tmp_path, f"--input={path}") == 1
    error = capsys.readouterr().err
    assert (
        "no melody: 1 melody dropped: too short (try a smaller --min_bars or larger --gap_bars)"
        in error
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == [old.name]
    assert old.read_bytes() == b"an older data set"
    assert run(tmp_path, f"--input={path}", output="new") == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--input=missing.mid"], "nothing found at missing.mid"),
        (["--input=*.nothing"], "nothing found at"),
        ([], "--input is missing"),
        (["--input=.", "--config=basic"], "no config 'basic'"),
        (["--input=.", "--eval_ratio=2"], "--eval_ratio: expected 0 to 1, got 2"),
        (["--input=.", "--min_pitch=50", "--max_pitch=40"], "--max_pitch: expected 50 to 127"),
        (["--input=.", "--timing=beats"], "--timing: expected one of symbolic, absolute, got"),
        (["--input=.", "--transpose_semitones=a"], "expected whole numbers such as -2,0,2"),
        (
            ["--input=.", "--max_empty_bar_ratio=nan"],
            "--max_empty_bar_ratio: expected a finite number, got nan",
        ),
        (["--input=.", "--hparams=batch=1"], "no hyperparameter 'batch'"),
    ],
)
def test_mistakes_are_one_line(tmp_path, monkeypatch, capsys, flags, message):
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, *flags) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_output_folder_that_cannot_be(tmp_path, music, capsys):
    (tmp_path / "out").write_bytes(b"a file")
    assert run(tmp_path, f"--input={music}") == 1
    assert "cannot write to" in capsys.readouterr().err


def test_output_inside_the_input_is_not_read(tmp_path, music):
    for _ in range(2):
        assert run(tmp_path, f"--input={music}", output="music/out") == 0
    assert report(tmp_path, "music/out")["pieces"] == 1


@posix
def test_an_interrupted_run_leaves_nothing(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    for i in range(300):
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": tune(extra=i % 32)}))
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "training_melodies.tfrecord"
    old.write_bytes(b"an older data set")
    for workers, kind in ((1, signal.SIGINT), (2, signal.SIGTERM)):
        command = [
            sys.executable, "-m", "ssc_melody.cli.create_dataset", "--config=attention_rnn",
            "--engine=core", f"--num_workers={workers}", f"--input={folder}", "--nodedupe",
            f"--output_dir={tmp_path / 'out'}", "--log=ERROR",
        ]  # fmt: skip
        with started(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
            while len(list((tmp_path / "out").iterdir())) < 2 and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(kind)
            _, error = process.communicate(timeout=60)
        assert process.returncode == 130, error
        assert [path.name for path in (tmp_path / "out").iterdir()] == [old.name]
        assert old.read_bytes() == b"an older data set"


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a file between opening and its variable
def test_an_interruption_at_any_moment_leaves_no_file(tmp_path):
    """Ctrl-C is raised before each bytecode that opens, writes and closes the files, in turn."""

    def interrupt_at(moment):
        count = itertools.count(1)

        def trace(frame, event, argument):
            if frame.f_code.co_filename != output.__file__:
                return None
            frame.f_trace_opcodes = True
            cleaning = frame.f_code.co_name in ("discard", "__del__")
            if event == "opcode" and not cleaning and next(count) == moment:
                sys.settrace(None)
                raise KeyboardInterrupt
            return trace

        return trace

    def half_a_run(folder):
        with output.Output(folder, ["a", "b"]) as files:
            files.write("a", b"half")

    before = sys.gettrace()
    # Python 3.12.1 tells of no bytecode in the first call of a function that is traced: moment 0,
    # which never comes, is that call.
    for moment in itertools.count():
        folder = tmp_path / str(moment)
        try:
            sys.settrace(interrupt_at(moment))
            half_a_run(folder)
        except KeyboardInterrupt:
            pass
        else:
            if moment:
                break
            shutil.rmtree(folder)
        finally:
            sys.settrace(before)
        assert not folder.exists() or not list(folder.iterdir()), moment
    assert moment > 50
