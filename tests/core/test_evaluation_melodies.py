"""Where people's melodies come from: files, pieces, excerpts."""

import json
from pathlib import Path

import pytest

from ssc_melody.dataset import piece_list
from ssc_melody.errors import DataError
from ssc_melody.evaluation import melodies
from ssc_melody.evaluation.melodies import MelodySet, View
from tests.melody_sets import tune, write_data_set, write_events
from tests.midi_files import midi_bytes

IN_C = View(48, 84, 0)
AS_IT_IS = View(0, 128, None)


def test_pieces_are_listed_beside_the_events(tmp_path: Path) -> None:
    path = write_events(tmp_path / "a.events", [[60, 62], [64], [65]])
    piece_list.write(path, ["x.mid", "x.mid", "y.mid"])
    assert json.loads((tmp_path / "a.pieces.json").read_text()) == {
        "format": "ssc_melody pieces",
        "version": 1,
        "pieces": [["x.mid", 2], ["y.mid", 1]],
    }
    found = melodies.read(path)
    assert found == MelodySet([[60, 62], [64], [65]], ["x.mid", "x.mid", "y.mid"])


def test_a_list_of_other_melodies_is_refused(tmp_path: Path) -> None:
    path = write_events(tmp_path / "a.events", [[60], [64]])
    piece_list.write(path, ["x"])
    with pytest.raises(DataError, match=r"lists 1 melodies, .* has 2; remove it"):
        melodies.read(path)
    (tmp_path / "a.pieces.json").write_text('{"format": "x"}')
    with pytest.raises(DataError, match=r"a\.pieces\.json: expected a list of pieces"):
        melodies.read(path)


def test_a_list_that_counts_to_a_quintillion_is_refused(tmp_path: Path) -> None:
    path = write_events(tmp_path / "a.events", [[60], [64]])
    listed = {"format": "ssc_melody pieces", "version": 1, "pieces": [["x", 10**18]]}
    (tmp_path / "a.pieces.json").write_text(json.dumps(listed))
    with pytest.raises(DataError, match="lists 1000000000000000000 melodies"):
        melodies.read(path)
    listed["pieces"] = [["x", 3], ["y", -1]]
    (tmp_path / "a.pieces.json").write_text(json.dumps(listed))
    with pytest.raises(DataError, match="lists 3 melodies"):
        melodies.read(path)
    (tmp_path / "a.pieces.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match="at most 32 levels"):
        melodies.read(path)


def test_without_a_list_the_report_of_create_dataset_says_it(tmp_path: Path) -> None:
    write_events(tmp_path / "eval_melodies.events", [[60], [62], [64]])
    rows = [
        {"file": "a.mid", "set": "training", "melodies": 5, "reasons": {}},
        {"file": "b.mid", "set": "eval", "melodies": 2, "reasons": {}},
        {"file": "c.mid", "melodies": 0, "reasons": {}},
        {"file": "d.mid", "set": "eval", "melodies": 1, "reasons": {}},
    ]
    report = tmp_path / "report_files.jsonl"
    report.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert melodies.read(tmp_path).pieces == ["b.mid", "b.mid", "d.mid"]
    report.write_text(json.dumps(rows[1]))
    assert not melodies.read(tmp_path).known_pieces
    for row in ({"file": "b.mid", "set": "eval", "melodies": 10**18}, ["x"], {"set": "eval"}):
        report.write_text(json.dumps(row))
        assert not melodies.read(tmp_path).known_pieces
    report.unlink()
    assert melodies.read(tmp_path).pieces == ["melody 1", "melody 2", "melody 3"]


def test_a_data_set_s_folder_has_two_sets(tmp_path: Path) -> None:
    write_data_set(tmp_path, pieces=2)
    assert melodies.read(tmp_path).melodies == [tune(i, 9) for i in range(4)]
    assert melodies.read(tmp_path, "training").melodies == [tune(1000 + i, 9) for i in range(4)]
    assert melodies.read(tmp_path).pieces == ["eval/0.mid"] * 2 + ["eval/1.mid"] * 2


def test_music_files_are_read_and_repeated_pieces_left_out(tmp_path: Path) -> None:
    notes = [(60 + (0, 2, 4, 5, 7, 9, 11)[i % 7], 2 * i, 2 * i + 2) for i in range(64)]
    for name in ("a.mid", "b.mid"):
        (tmp_path / name).write_bytes(midi_bytes({"tune": notes}))
    found = melodies.read(tmp_path)
    assert found.pieces == ["a.mid"]
    assert [event for event in found.melodies[0] if event >= 0] == [note[0] for note in notes]
    (tmp_path / "b.mid").write_bytes(b"no music")
    assert len(melodies.read(tmp_path).melodies) == 1
    with pytest.raises(DataError, match="nothing found"):
        melodies.read(tmp_path / "missing")
    (tmp_path / "a.mid").unlink()
    with pytest.raises(DataError, match=r"expected melodies, found none \(b.mid: "):
        melodies.read(tmp_path)


def test_excerpts_by_hand() -> None:
    bars = [[60 + i, *[-2] * 15] for i in range(8)]
    events = [event for bar in bars for event in bar]
    cut = melodies.excerpts(MelodySet([events], ["p"]), AS_IT_IS, 32, 100)
    # A primer bar and two bars: from bar 0, 2 and 4; what would begin at bar 6 has no end.
    assert [part.events for part in cut] == [events[i : i + 48] for i in (0, 32, 64)]
    assert [part.piece for part in cut] == ["p"] * 3
    two = melodies.excerpts(MelodySet([events] * 2, ["p", "q"]), AS_IT_IS, 32, 3)
    assert [(part.piece, part.events[0]) for part in two] == [("p", 60), ("p", 64), ("q", 62)]


def test_excerpts_without_notes_are_left_out_and_what_goes_on_is_silenced() -> None:
    silent_start = [-2] * 16 + [60, -2] * 16
    assert melodies.excerpts(MelodySet([silent_start], ["p"]), AS_IT_IS, 32, 9) == []
    silent_end = [60, -1] + [-2] * 46
    assert melodies.excerpts(MelodySet([silent_end], ["p"]), AS_IT_IS, 32, 9) == []
    held = [60] + [-2] * 31 + [-1] + [-2] * 7 + [62] + [-2] * 23
    first, second = melodies.excerpts(MelodySet([[*held, *held]], ["p"]), AS_IT_IS, 32, 2)
    assert first.events == held[:48]
    assert second.events[:9] == [-2] * 8 + [62]  # the note-off was of a note that began before


def test_excerpts_are_in_the_key_of_the_whole_melody() -> None:
    scale = [62, 64, 66, 67, 69, 71, 73, 74] * 2  # D major
    events = scale * 6
    cut = melodies.excerpts(MelodySet([events], ["p"]), IN_C, 32, 9)
    assert {pitch % 12 for pitch in cut[0].events} == {0, 2, 4, 5, 7, 9, 11}
    assert IN_C.squash(events)[:48] == cut[0].events
