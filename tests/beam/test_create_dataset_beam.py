"""Beam's in-process runner makes the data set that the local runner makes."""

import json

import pytest

pytest.importorskip("apache_beam", reason="Apache Beam is an extra: make test-beam")

from ssc_melody.cli import create_dataset
from ssc_melody.formats import tfrecord
from tests.midi_files import midi_bytes


def run(tmp_path, kind, *flags):
    out = tmp_path / kind
    code = create_dataset.main(
        ["x", "--config=basic_rnn", f"--runner={kind}", f"--input={tmp_path / 'music'}",
         f"--output_dir={out}", "--seed=3", "--eval_ratio=0.3", "--engine=core", "--log=ERROR",
         "--num_workers=1", *flags]
    )  # fmt: skip
    return code, out


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    for i in range(12):
        notes = [(60 + (j * j + i % 9) % 17, 4 * j, 4 * j + 4) for j in range(32 + i % 9)]
        (folder / f"{i:02}.mid").write_bytes(midi_bytes({"": notes}))
    (folder / "bad.mid").write_bytes(b"MThd")
    (folder / "readme.txt").write_bytes(b"")
    return folder


@pytest.mark.filterwarnings("ignore")  # Beam's own deprecations
@pytest.mark.parametrize("kind", ["sequence_example", "events"])
def test_equal_to_the_local_runner(tmp_path, music, kind):
    told, records = {}, {}
    for name in ("local", "beam"):
        code, out = run(tmp_path, name, f"--format={kind}")
        assert code == 0
        suffix = "events" if kind == "events" else "tfrecord"
        assert sorted(path.name for path in out.iterdir()) == [
            f"eval_melodies.{suffix}", "report.json", "report_files.jsonl",
            f"training_melodies.{suffix}",
        ]  # fmt: skip
        told[name] = json.loads((out / "report.json").read_text())
        told[name]["files"].sort(key=lambda row: row["file"])
        records[name] = [
            sorted(tfrecord.read_records(out / f"{split}_melodies.{suffix}"))
            for split in ("training", "eval")
        ]
    assert records["beam"] == records["local"]
    assert len(records["beam"][1]) > 0
    for key in set(told["local"]) - {"seconds", "settings", "metres"}:
        assert told["beam"][key] == told["local"][key], key
    assert told["beam"]["reasons"]["pieces_discarded_as_duplicates"] == 3


@pytest.mark.filterwarnings("ignore")
def test_no_melody_leaves_an_older_data_set(tmp_path, music, capsys):
    old = tmp_path / "beam" / "training_melodies.tfrecord"
    old.parent.mkdir()
    old.write_bytes(b"older")
    code, out = run(tmp_path, "beam", "--min_bars=500")
    assert code == 1
    assert "melodies dropped: too short" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == [old.name]
