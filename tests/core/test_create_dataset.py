"""The command without Magenta: what it makes of good input."""

import itertools
import json
import subprocess
import sys
import zipfile

import pytest

from ssc_melody.cli import progress
from ssc_melody.dataset import create, inputs, runner
from ssc_melody.formats import tfrecord
from ssc_melody.formats.protos import NoteSequence
from tests.conftest import ROOT
from tests.datasets import TUNE, melodies, report, run, tune
from tests.midi_files import midi_bytes

DATA = ROOT.parent / "shared" / "data"


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


def test_duplicates(tmp_path, music):
    (music / "higher.mid").write_bytes(midi_bytes({"": tune(shift=5)}, ticks=96))
    (music / "other.mid").write_bytes(midi_bytes({"": tune(extra=8)}))
    training, _ = melodies(tmp_path, f"--input={music}")
    assert len(training) == 2
    training, _ = melodies(tmp_path, f"--input={music}", "--nodedupe")
    assert len(training) == 3


def test_training_pieces_are_transposed_and_eval_pieces_are_not(tmp_path, music):
    (music / "other.mid").write_bytes(midi_bytes({"": tune(shift=1, extra=8)}))
    flags = ["--transpose_semitones=-2,0,3", "--eval_ratio=0.5", f"--input={music}"]
    training, evaluation = melodies(tmp_path, *flags, "--seed=1")
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    assert [_pitches(events) for events in training] == [
        [58, 60, 62, 63, 65, 67, 69, 70] * 4,
        scale * 4,
        [63, 65, 67, 68, 70, 72, 74, 75] * 4,
    ]
    assert [_pitches(events) for events in evaluation] == [[61, 63, 65, 66, 68, 70, 72, 73] * 5]
    assert report(tmp_path)["melodies"] == {"training": 3, "eval": 1}
    training, evaluation = melodies(tmp_path, *flags, "--seed=2")  # the other way round
    assert [events[0] for events in training] == [59, 61, 64]
    assert [events[0] for events in evaluation] == [60]


def test_transpositions_out_of_midis_range_are_left_out(tmp_path, music):
    flags = [f"--input={music}", "--transpose_semitones=0,55,56"]
    training, _ = melodies(tmp_path, *flags)
    assert [(min(_pitches(e)), max(_pitches(e))) for e in training] == [(60, 72), (115, 127)]


def _pitches(events):
    return [event for event in events if event >= 0]


def test_a_split_that_leaves_a_set_empty_is_told(tmp_path, music, capsys):
    assert run(tmp_path, f"--input={music}", "--eval_ratio=0.1") == 0
    warning = "no melody is in the eval set, which holds about 10 % of 1 piece: another --seed"
    assert warning in capsys.readouterr().err
    sequence = NoteSequence(total_time=16.0)
    for i, pitch in enumerate(TUNE):
        sequence.notes.add(pitch=pitch, velocity=80, start_time=i / 2, end_time=(i + 1) / 2)
    path = tmp_path / "x.tfrecord"
    path.write_bytes(tfrecord.frame(sequence.SerializeToString()))
    assert run(tmp_path, f"--input={path}", "--eval_ratio=0.99") == 0
    warning = "all melodies are in the eval set: a smaller --eval_ratio or another --seed"
    assert warning in capsys.readouterr().err
    assert run(tmp_path, f"--input={music}") == 0  # eval_ratio 0: as wanted
    assert "eval set" not in capsys.readouterr().err


def test_a_score_counts_as_two_files():
    tasks = [inputs.Source(f"{i}.mid", f"/m/{i}.mid") for i in range(12)]
    tasks[4:4] = [inputs.Source("b.abc", "/m/b.abc"), inputs.Source("z/c.MXL", "/m/z.zip", "c.MXL")]
    rest = iter([(task, None) for task in tasks])
    chunks = []
    while chunk := runner._chunk(rest):
        chunks.append(len(chunk))
    assert chunks == [6, 8]
    assert create.workers_for(2, sum(task.work for task in tasks)) == 1
    assert create.workers_for(2, 2 * 8 + 16) == 2


def test_the_rate_is_counted_from_the_first_piece(capsys, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(progress.logger, "level", progress.logging.INFO)
    monkeypatch.setattr(progress.logger, "_cache", {})
    line = progress.Progress(10, "files")
    clock[0] = 120.0
    line.begin()
    clock[0] = 140.0
    line(5)
    assert capsys.readouterr().err == "5 of 10 files (50%), 0.25 per second, 20 s left\n"


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


OPENINGS = {
    "mz_331_1.mid": "C#5:3 D5:1 C#5:2 E5:4 E5:2 B4:3 C#5:1 B4:2 D5:4 D5:2 A4:4 A4:2 B4:4 B4:2",
    "mz_331_3.mid": "B4:1 A4:1 G#4:1 A4:1 C5:4 D5:1 C5:1 B4:1 C5:1 E5:4 F5:1 E5:1 D#5:1 E5:1 B5:1",
    "mz_332_1.mid": "F4:8 A4:4 C5:8 A4:4 A#4:8 G5:4 F5:2 E5:2 E5:8",
    "mz_545_1.mid": "C5:8 E5:4 G5:4 B4:6 C5:1 D5:1 C5:8 A5:8 G5:4 C6:4 G5:4",
    "mz_545_2.mid": "B4:8 D5:1 C5:1 B4:1 C5:1 D5:3 B4:1 G4:8 G5:6",
}
"""Themes as they are printed in the sonatas: pitch and sixteenths to the next note."""


def test_what_is_found_in_mozart_are_the_themes(tmp_path):
    path = DATA / "mozart.zip"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {DATA}")
    found, _ = melodies(tmp_path, f"--input={path}")
    names = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
    openings = {}
    for line in (tmp_path / "out" / "report_files.jsonl").read_text().splitlines():
        row = json.loads(line)
        tune, found = found[0], found[row["melodies"] :]
        starts = [i for i, event in enumerate(tune) if event >= 0]
        notes = [
            f"{names[tune[i] % 12]}{tune[i] // 12 - 1}:{after - i}"
            for i, after in itertools.pairwise(starts)
        ]
        openings[row["file"].removeprefix("mozart.zip/")] = notes
    assert len(openings) == 21
    for file, theme in OPENINGS.items():
        expected = theme.split()
        assert openings[file][: len(expected)] == expected, file


@pytest.mark.parametrize(
    ("instruments", "order"),
    [
        ([8, 1, 0], [8, 1, 0]),
        ([33, 8, 16, 1, 0], [0, 33, 1, 8, 16]),
        ([18, 8, 6, 39, 16], [6, 39, 8, 16, 18]),
        ([9, 7, 5, 3, 1, 40, 32], [32, 1, 3, 5, 7, 40, 9]),
    ],
)
def test_tracks_come_in_the_order_that_magenta_gives_them(tmp_path, instruments, order):
    """Recorded of Magenta 2.1.4, which walks a set of the instruments of the notes."""
    sequence = NoteSequence(total_time=64.0)
    for place, instrument in enumerate(instruments):
        for i, pitch in enumerate(TUNE):
            sequence.notes.add(
                pitch=pitch + instrument - 20, velocity=80, start_time=i / 2 + place / 8,
                end_time=i / 2 + place / 8 + 0.125, instrument=instrument,
            )  # fmt: skip
    notes = sorted(sequence.notes, key=lambda note: note.start_time)
    del sequence.notes[:]
    sequence.notes.extend(notes)
    path = tmp_path / "x.tfrecord"
    path.write_bytes(tfrecord.frame(sequence.SerializeToString()))
    training, _ = melodies(tmp_path, f"--input={path}")
    assert [min(_pitches(events)) - 40 for events in training] == order


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


def test_progress_counts_what_is_no_music_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in ("a.mid", "b.rntxt", "c.txt"):
            archive.writestr(name, b"x")
    paths = [str(tmp_path / "x.zip")]
    assert inputs.measure(paths) == (3, 1)
    assert len(list(inputs.find(paths))) == 3
