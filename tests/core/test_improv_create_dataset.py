"""ssc_improv_create_dataset from scores, analyses and MIDI files, and what its report says."""

import json
from pathlib import Path

import pytest

from ssc_melody.cli import create_dataset, improv_create_dataset
from ssc_melody.dataset import events_file
from ssc_melody.dataset.events_file import LeadSheet
from ssc_melody.formats.protos import NoteSequence
from ssc_melody.formats.tfrecord import frame, read_records
from tests.core.test_musicxml_marks import harmony
from tests.datasets import TUNE, tune
from tests.midi_files import midi_bytes
from tests.musicxml_files import archive, attributes, bar, score_of

NOTES = ("C4:1 D4:1 E4:1 F4:1", "G4:1 A4:1 B4:1 C5:1")
EVENTS = [event for pitch in TUNE for event in (pitch, -2, -2, -2)]


def song(*harmonies: str) -> str:
    """Returns eight bars of a scale; a chord symbol before each of the first bars."""
    marks = [*harmonies, *[""] * (8 - len(harmonies))]
    bars = [
        bar(*(part for part in (attributes() if i == 0 else "", mark, NOTES[i % 2]) if part))
        for i, mark in enumerate(marks)
    ]
    return score_of(bars, names=("Voice",))


def run(tmp_path: Path, *flags: str) -> int:
    return improv_create_dataset.main(
        ["ssc_improv_create_dataset", "--config=ssc_chord_rnn", f"--input={tmp_path / 'in'}",
         f"--output_dir={tmp_path / 'out'}", "--seed=1", "--num_workers=1", *flags]
    )  # fmt: skip


def put(tmp_path: Path, name: str, data: str | bytes) -> None:
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def sheets(tmp_path: Path, *flags: str, split: str = "training") -> list[LeadSheet]:
    ratio = "--eval_ratio=0" if split == "training" else "--eval_ratio=1"
    assert run(tmp_path, "--format=events", ratio, *flags) == 0
    path = tmp_path / "out" / f"{split}_lead_sheets.events"
    return list(events_file.read_lead_sheets(path))


def report(tmp_path: Path) -> dict:
    return json.loads((tmp_path / "out" / "report.json").read_text())


def test_chords_of_musicxml_in_twelve_keys(tmp_path: Path) -> None:
    put(tmp_path, "a.xml", song(harmony(), harmony("dominant", "G")))
    found = sheets(tmp_path)
    assert len(found) == 12
    assert found[6] == LeadSheet(EVENTS, [(0, "C"), (16, "G7")])
    assert [sheet.changes[1] for sheet in found[4:8]] == [
        (16, "F7"), (16, "Gb7"), (16, "G7"), (16, "Ab7"),
    ]  # fmt: skip
    assert [sheet.events[0] for sheet in found] == list(range(54, 66))
    assert report(tmp_path)["chords"] == {"major": 12, "7": 12}


def test_the_eval_set_stays_in_its_key(tmp_path: Path) -> None:
    put(tmp_path, "a.xml", song(harmony()))
    assert sheets(tmp_path, split="eval") == [LeadSheet(EVENTS, [(0, "C")])]


def test_chords_of_abc(tmp_path: Path) -> None:
    bars = '"C"CDEF|"G7"GABc|CDEF|GABc|CDEF|GABc|"Am/C"CDEF|GABc|'
    put(tmp_path, "a.abc", f"X:1\nT:Scale\nM:4/4\nL:1/4\nK:C\n{bars}\n")
    assert sheets(tmp_path, "--transpose_semitones=0") == [
        LeadSheet(EVENTS, [(0, "C"), (16, "G7"), (96, "Am/C")])
    ]


def test_two_chords_of_one_note_share_it(tmp_path: Path) -> None:
    two = harmony("minor", "A") + harmony("dominant", "D")
    first = bar(attributes(), two, "C4:4")
    rest = [bar(NOTES[i % 2]) for i in range(7)]
    put(tmp_path, "a.xml", score_of([first, *rest], names=("Voice",)))
    (found,) = sheets(tmp_path, "--transpose_semitones=0")
    assert found.changes == [(0, "Am"), (8, "D7")]


@pytest.mark.parametrize("packed", [False, True])
def test_an_analysis_beside_the_score(tmp_path: Path, packed: bool) -> None:
    pytest.importorskip("music21", reason="music21 is not installed")
    analysis = "Time Signature: 4/4\nm1 C: I b3 V65\nm2 V\n"
    members = {"x/a.xml": song(), "x/analysis_automatic.rntxt": analysis, "y/b.xml": song()}
    if packed:
        put(tmp_path, "songs.zip", archive(members))
    else:
        for name, data in members.items():
            put(tmp_path, name, data)
    found = sheets(tmp_path, "--transpose_semitones=0", "--dedupe=false")
    assert found == [LeadSheet(EVENTS, [(0, "C"), (8, "G7/B"), (16, "G")])]
    assert report(tmp_path)["reasons"] == {"empty_chord_progressions": 1}  # y/b.xml


def test_written_chords_come_before_an_analysis(tmp_path: Path) -> None:
    put(tmp_path, "a.xml", song(harmony("minor", "D")))
    put(tmp_path, "a.rntxt", "m1 C: I")
    assert [sheet.changes for sheet in sheets(tmp_path, "--transpose_semitones=0")] == [[(0, "Dm")]]


def test_chords_are_inferred_from_all_parts(tmp_path: Path) -> None:
    low = [(48, 0, 64), (52, 0, 64), (55, 0, 64), (53, 64, 128), (57, 64, 128), (60, 64, 128)]
    put(tmp_path, "a.mid", midi_bytes({"Melody": tune(), "Piano": low}))
    assert run(tmp_path, "--eval_ratio=0") == 1
    (found,) = sheets(tmp_path, "--infer_chords", "--transpose_semitones=0")
    assert found.changes == [(0, "C"), (64, "F")]
    assert found.events == EVENTS


def test_nothing_is_inferred_where_chords_are_written(tmp_path: Path) -> None:
    put(tmp_path, "a.xml", song(harmony("minor", "D")))
    (found,) = sheets(tmp_path, "--infer_chords", "--transpose_semitones=0")
    assert found.changes == [(0, "Dm")]


def test_songs_off_their_chords_are_left_out(tmp_path: Path, capsys) -> None:
    put(tmp_path, "good.xml", song(harmony("major-seventh")))
    put(tmp_path, "bad.xml", song(harmony("diminished", "C", alter="1")))
    found = sheets(tmp_path, "--min_chord_fit=0.4", "--transpose_semitones=0", "--dedupe=false")
    assert [sheet.changes for sheet in found] == [[(0, "Cmaj7")]]
    assert report(tmp_path)["reasons"] == {"sections_discarded_melody_off_chords": 1}
    assert "sections dropped: melody off its chords" in capsys.readouterr().out


def test_sequence_examples_have_the_chord_in_front(tmp_path: Path) -> None:
    put(tmp_path, "a.xml", song(harmony()))
    flags = ("--eval_ratio=0", "--config=chord_pitches_improv", "--transpose_semitones=0")
    assert run(tmp_path, *flags) == 0
    (record,) = read_records(tmp_path / "out" / "training_lead_sheets.tfrecord")
    # 127 steps of 75 inputs, each with its framing, and 127 labels
    assert len(record) > 127 * 75 * 4


def test_note_sequences_are_transposed_in_both_sets(tmp_path: Path) -> None:
    sequence = NoteSequence(ticks_per_quarter=220, total_time=16.0)
    for pitch, start, end in tune():
        sequence.notes.add(pitch=pitch, velocity=80, start_time=start / 8, end_time=end / 8)
    sequence.text_annotations.add(time=0.0, text="C", annotation_type=1)
    put(tmp_path, "a.tfrecord", frame(sequence.SerializeToString()))
    assert len(sheets(tmp_path, split="eval")) == 12


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--config=basic_rnn"], "--config: basic_rnn knows no chords: ssc_melody_create_dataset"),
        (["--config="], "--config is missing; for instance --config=ssc_chord_rnn"),
        (["--min_chord_fit=2"], "--min_chord_fit: expected 0 to 1, got 2"),
        (["--config=improv"], "no config 'improv'"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, capsys, flags: list[str], message: str) -> None:
    put(tmp_path, "a.xml", song(harmony()))
    assert run(tmp_path, *flags) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_the_melody_command_names_the_other(tmp_path: Path, capsys) -> None:
    put(tmp_path, "a.xml", song(harmony()))
    flags = ["x", "--config=basic_improv", f"--input={tmp_path / 'in'}", "--output_dir=x"]
    assert create_dataset.main(flags) == 1
    assert "ssc_improv_create_dataset makes its data" in capsys.readouterr().err


def test_without_chords_it_says_what_helps(tmp_path: Path, capsys) -> None:
    put(tmp_path, "a.xml", song())
    assert run(tmp_path, "--eval_ratio=0") == 1
    assert "no chord (try --infer_chords)" in capsys.readouterr().err
