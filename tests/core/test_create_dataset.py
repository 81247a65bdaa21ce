"""The command without Magenta: what it writes, and what bad input does to it (nothing)."""

import io
import itertools
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from ssc_melody import tfrecord
from ssc_melody.cli import console, create_dataset
from ssc_melody.dataset import events_file, inputs, output, runner
from ssc_melody.protos import NoteSequence
from tests.conftest import ROOT
from tests.midi_files import midi_bytes

DATA = ROOT.parent / "shared" / "data"
TUNE = [60, 62, 64, 65, 67, 69, 71, 72] * 4


def tune(shift=0, extra=0):
    """A melody of eight bars (and more), as (pitch, start, end) in sixteenths."""
    return [(p + shift, 4 * i, 4 * i + 4) for i, p in enumerate(TUNE + TUNE[:extra])]


def run(tmp_path, *flags, output="out"):
    return create_dataset.main(
        ["ssc_melody_create_dataset", "--config=basic_rnn", "--engine=core", "--num_workers=1",
         f"--output_dir={tmp_path / output}", "--seed=1", "--eval_ratio=0", *flags]
    )  # fmt: skip


def report(tmp_path, output="out"):
    return json.loads((tmp_path / output / "report.json").read_text())


def melodies(tmp_path, *flags, output="out"):
    """Runs with --format=events and returns the melodies of both sets."""
    assert run(tmp_path, "--format=events", *flags, output=output) == 0
    folder = tmp_path / output
    return [
        list(events_file.read_events(folder / f"{split}_melodies.events"))
        for split in ("training", "eval")
    ]


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "good.mid").write_bytes(midi_bytes({"": tune()}))
    return folder


def test_the_events_of_a_file(tmp_path, music):
    training, evaluation = melodies(tmp_path, f"--input={music}")
    assert training == [[event for p in TUNE for event in (p, -2, -2, -2)]]
    assert evaluation == []
    told = report(tmp_path)
    assert told["melodies"] == {"training": 1, "eval": 0}
    assert (told["bars"], told["steps"], told["metres"]) == (8, 128, {"4/4": 1})
    assert told["pitches"]["60"] == 4
    assert (tmp_path / "out" / "training_melodies.events").stat().st_size < 128 + 16 + 90


def test_inputs_of_all_kinds(tmp_path, music):
    (music / "sub").mkdir()
    (music / "sub" / "B.MIDI").write_bytes(midi_bytes({"": tune(extra=4)}))
    with zipfile.ZipFile(tmp_path / "music.zip", "w") as archive:
        archive.write(music / "good.mid", "a/good.mid")
        archive.write(music / "sub" / "B.MIDI", "a/B.MIDI")
    lengths = [128, 144]
    for given in (music, tmp_path / "music.zip", f"{music}/**/*.[mM]*"):
        training, _ = melodies(tmp_path, f"--input={given}")
        assert sorted(map(len, training)) == lengths, given
    training, _ = melodies(tmp_path, f"--input={music}/good.mid", f"{music}/sub/B.MIDI")
    assert list(map(len, training)) == lengths


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
    start = time.monotonic()
    training, _ = melodies(tmp_path, f"--input={music}")
    assert time.monotonic() - start < 10
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
    assert "no melody: 1 melodies dropped: too short (try a smaller --min_bars" in error
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
        (["--input=.", "--eval_ratio=2"], "--eval_ratio: expected 0.0 to 1.0, got 2"),
        (["--input=.", "--min_pitch=50", "--max_pitch=40"], "--max_pitch: expected 50 to 127"),
        (["--input=.", "--timing=beats"], "timing"),
        (["--input=.", "--transpose_semitones=a"], "expected whole numbers such as -2,0,2"),
        (["--input=.", "--max_empty_bar_ratio=nan"], "--max_empty_bar_ratio: expected 0.0 to 1"),
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


def test_an_interrupted_run_leaves_nothing(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    for i in range(300):
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": tune(extra=i % 32)}))
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "training_melodies.tfrecord"
    old.write_bytes(b"an older data set")
    for workers, kind in ((1, signal.SIGINT), (2, signal.SIGTERM)):
        process = subprocess.Popen(
            [sys.executable, "-m", "ssc_melody.cli.create_dataset", "--config=attention_rnn",
             "--engine=core", f"--num_workers={workers}", f"--input={folder}", "--nodedupe",
             f"--output_dir={tmp_path / 'out'}", "--log=ERROR"],
            cwd=ROOT, stderr=subprocess.PIPE,
        )  # fmt: skip
        while len(list((tmp_path / "out").iterdir())) < 2 and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(kind)
        _, error = process.communicate(timeout=20)
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
    for moment in itertools.count(1):
        folder = tmp_path / str(moment)
        try:
            sys.settrace(interrupt_at(moment))
            half_a_run(folder)
        except KeyboardInterrupt:
            pass
        else:
            break
        finally:
            sys.settrace(before)
        assert not folder.exists() or not list(folder.iterdir()), moment
    assert moment > 50


def test_the_number_of_workers_changes_nothing(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    for i in range(40):
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": tune(extra=i % 20)}))
    (folder / "bad.mid").write_bytes(b"MThd")
    made = []
    for workers in (1, 2):
        out = f"out{workers}"
        flags = [f"--num_workers={workers}", "--eval_ratio=0.3", f"--input={folder}"]
        assert run(tmp_path, *flags, output=out) == 0
        files = sorted((tmp_path / out).iterdir())
        made.append([f.read_bytes() for f in files if f.name != "report.json"])
        told = report(tmp_path, out)
        made[-1].append({key: told[key] for key in told if key != "seconds"})
    assert made[0] == made[1]
    assert made[0][-1]["reasons"]["pieces_discarded_as_duplicates"] == 20


def test_duplicates_and_transpositions(tmp_path, music):
    (music / "higher.mid").write_bytes(midi_bytes({"": tune(shift=5)}, ticks=96))
    (music / "other.mid").write_bytes(midi_bytes({"": tune(extra=8)}))
    training, _ = melodies(tmp_path, f"--input={music}")
    assert len(training) == 2
    training, _ = melodies(tmp_path, f"--input={music}", "--nodedupe")
    assert len(training) == 3
    flags = ["--transpose_semitones=-2,0,2", "--eval_ratio=0.5"]
    training, evaluation = melodies(tmp_path, f"--input={music}", "--seed=2", *flags)
    assert (len(training), len(evaluation)) in {(6, 0), (3, 1), (0, 2)}
    assert all(events[0] == 60 for events in evaluation)


def test_a_split_that_leaves_a_set_empty_is_told(tmp_path, music, capsys):
    assert run(tmp_path, f"--input={music}", "--eval_ratio=0.1") == 0
    warning = "no melody is in the eval set, which holds about 10 % of 1 piece: another --seed"
    assert warning in capsys.readouterr().err
    assert run(tmp_path, f"--input={music}", "--eval_ratio=0.99") == 0
    assert "all melodies are in the eval set: a smaller" in capsys.readouterr().err
    assert run(tmp_path, f"--input={music}") == 0  # eval_ratio 0: as wanted
    assert "eval set" not in capsys.readouterr().err


def test_scores_are_spread_over_the_workers_one_by_one():
    tasks = [inputs.Source(f"{i}.mid", f"/m/{i}.mid") for i in range(12)]
    tasks[4:4] = [inputs.Source("b.abc", "/m/b.abc"), inputs.Source("z/c.MXL", "/m/z.zip", "c.MXL")]
    rest = iter([(task, None) for task in tasks])
    chunks = []
    while chunk := runner._chunk(rest):
        chunks.append(len(chunk))
    assert chunks == [5, 1, 8]
    assert create_dataset._num_workers(2, sum(task.work for task in tasks)) == 1
    assert create_dataset._num_workers(2, 2 * 8 + 16) == 2


def test_the_rate_is_counted_from_the_first_piece(capsys, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(console.logger, "level", console.logging.INFO)
    monkeypatch.setattr(console.logger, "_cache", {})
    progress = console.Progress(10, "files")
    clock[0] = 120.0
    progress.begin()
    clock[0] = 140.0
    progress(5)
    assert capsys.readouterr().err == "5 of 10 files (50%), 0.25 a second, 20 s left\n"


def test_timing_and_polyphony(tmp_path):
    accompaniment = [(40, 4 * i, 4 * i + 4) for i in range(48)]
    accompaniment += [(43, 4 * i, 4 * i + 4) for i in range(48)]
    path = tmp_path / "two.mid"
    path.write_bytes(midi_bytes({"Bass": accompaniment, "Melody": tune()}))
    (tune_only,), _ = melodies(tmp_path, f"--input={path}")
    assert min(e for e in tune_only if e >= 0) == 60
    (both,), _ = melodies(tmp_path, f"--input={path}", "--polyphony=top_note")
    assert 43 in both
    (strict,), _ = melodies(tmp_path, f"--input={path}", "--polyphony=discard")
    assert strict == tune_only


def test_note_sequence_records(tmp_path):
    sequence = NoteSequence(total_time=16.0)
    for i, pitch in enumerate(TUNE):
        sequence.notes.add(pitch=pitch, velocity=80, start_time=i / 2, end_time=(i + 1) / 2)
    low = NoteSequence(total_time=16.0)
    for i, pitch in enumerate(TUNE):
        low.notes.add(pitch=pitch - 48, velocity=80, start_time=i / 2, end_time=(i + 1) / 2)
    path = tmp_path / "x.tfrecord"
    records = [sequence, sequence, low]
    frames = [tfrecord.frame(record.SerializeToString()) for record in records]
    damaged = frames[0][:-1] + bytes([frames[0][-1] ^ 1])
    path.write_bytes(b"".join([*frames, tfrecord.frame(b"\xff\xff not a message"), damaged]))
    # Stock's defaults: no dedupe, no pitch range
    training, _ = melodies(tmp_path, f"--input={path}")
    assert [events[0] for events in training] == [60, 60, 12]
    assert report(tmp_path)["unreadable"] == 2
    training, _ = melodies(tmp_path, f"--input={path}", "--dedupe", "--timing=symbolic")
    assert [events[0] for events in training] == [60]


def test_tempo_is_gone_in_symbolic_time(tmp_path):
    import mido

    path = tmp_path / "rubato.mid"
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    for i, pitch in enumerate(TUNE):
        track.append(mido.MetaMessage("set_tempo", tempo=400_000 + 7_919 * (i % 13), time=0))
        track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
        track.append(mido.Message("note_off", note=pitch, time=480))
    file.tracks.append(track)
    file.save(path)
    (events,), _ = melodies(tmp_path, f"--input={path}")
    assert events == [event for p in TUNE for event in (p, -2, -2, -2)]
    assert run(tmp_path, f"--input={path}", "--timing=absolute", output="absolute") == 1


@pytest.mark.parametrize(("name", "least"), [("mozart", 130), ("classical", 150)])
def test_the_projects_own_sets_train(tmp_path, name, least):
    path = DATA / f"{name}.zip"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {DATA}")
    assert run(tmp_path, f"--input={path}", "--config=ssc_basic_rnn") == 0
    told = report(tmp_path)
    assert told["melodies"]["training"] >= least
    assert told["unreadable"] == 0


def test_the_core_engine_loads_nothing_heavy(tmp_path, music):
    code = f"""
import sys
from ssc_melody.cli import create_dataset
flags = ["x", "--config=basic_rnn", "--input={music}", "--output_dir={tmp_path / "out"}"]
assert create_dataset.main([*flags, "--engine=core", "--eval_ratio=0"]) == 0
assert not {{"tensorflow", "magenta", "note_seq", "music21"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_find_does_not_hold_the_corpus(tmp_path):
    path = tmp_path / "x.tfrecord"
    path.write_bytes(b"".join(tfrecord.frame(b"abc") for _ in range(5)))
    found = inputs.find([str(path)])
    assert next(found).record.data == b"abc"  # type: ignore[union-attr]
    assert inputs.measure([str(path)]) == (5, 5)
