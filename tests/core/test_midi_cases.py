"""MIDI files as people meet them: what the standard says of each, by hand and by other readers.

The files were made for this: testdata/cases/midi_* have 64 quarter notes and one oddity each.
"""

import io
import json
import shutil
from pathlib import Path

import pytest

from ssc_melody import pianoroll
from ssc_melody.dataset import bars
from ssc_melody.errors import MidiError
from ssc_melody.melody.primer import Primer, from_midi
from ssc_melody.midi.read import MidiNote, MidiPiece, TempoChange, TimeSignature, read_midi
from tests.conftest import TESTDATA
from tests.datasets import run

CASES = TESTDATA / "cases"


def _second_note(name: str, as_stock: bool = False) -> tuple[int, float]:
    note = read_midi(CASES / name, as_stock).notes[1]
    return note.pitch, note.start_time


@pytest.mark.parametrize(
    ("name", "notes", "warnings"),
    [
        ("plain.mid", 8, ()),
        ("tune16bars.mid", 128, ()),
        ("waltz_3_4.mid", 12, ()),
        ("rmid_in_riff.rmi", 8, ()),
        ("midi_karaoke.kar", 64, ()),
        ("midi_unknown_meta_with_pause.mid", 65, ()),
        ("midi_running_status_over_sysex.mid", 66, ()),
        ("midi_metre_1_4.mid", 64, ()),
        ("midi_tempo_in_second_track.mid", 128, ("tempos outside the first track count too",)),
        (
            "midi_tracks_say_3_have_2.mid",
            64,
            ("its header counts 3 tracks, there are 2; those count",),
        ),
        ("no_note_off.mid", 0, ("8 notes are never ended and left out",)),
        ("channel_10_only.mid", 150, ()),
    ],
)
def test_what_is_read(name: str, notes: int, warnings: tuple[str, ...]) -> None:
    piece = read_midi(CASES / name)
    assert (len(piece.notes), piece.warnings) == (notes, warnings)


def test_a_tempo_in_the_second_track() -> None:
    assert [t.qpm for t in read_midi(CASES / "midi_tempo_in_second_track.mid").tempos] == [60.0]
    assert _second_note("midi_tempo_in_second_track.mid") == (62, 1.0)
    assert _second_note("midi_tempo_in_second_track.mid", as_stock=True) == (62, 0.5)


def test_a_pause_before_an_unknown_meta_event() -> None:
    assert _second_note("midi_unknown_meta_with_pause.mid") == (60, 1.5)
    assert _second_note("midi_unknown_meta_with_pause.mid", as_stock=True) == (60, 0.5)


def test_a_running_status_over_sysex_loses_nothing() -> None:
    notes = read_midi(CASES / "midi_running_status_over_sysex.mid").notes
    assert [note.pitch for note in notes[:6]] == [60, 62, 60, 62, 64, 65]
    assert [note.start_tick for note in notes[:6]] == [0, 480, 960, 1440, 1920, 2400]
    stock = read_midi(CASES / "midi_running_status_over_sysex.mid", as_stock=True)
    assert len(stock.notes) == 56


def test_a_far_note_is_no_piano_roll_of_gigabytes() -> None:
    with pytest.raises(MidiError, match=r"midi_far_note\.mid: expected at most 20000 bars of four"):
        pianoroll.from_midi(CASES / "midi_far_note.mid")


# ---- primers


def test_a_primer_tells_why_it_is_silent() -> None:
    drums = from_midi(CASES / "channel_10_only.mid", num_steps=1000)
    assert drums.warnings == ("it has only drums (channel 10): beginning with silence",)
    unended = from_midi(CASES / "no_note_off.mid", num_steps=64)
    assert unended.warnings == (
        "8 notes are never ended and left out",
        "it has no notes: beginning with silence",
    )
    assert unended.primer_steps == 0


def test_a_primer_tells_that_stock_ignores_a_tempo() -> None:
    primer = Primer.from_midi(CASES / "midi_tempo_in_second_track.mid", num_steps=1000)
    assert primer.qpm == 120.0
    assert primer.warnings == ("tempos outside the first track are ignored, as in Magenta",)


def test_a_primer_of_a_path_bytes_or_a_file() -> None:
    path = CASES / "plain.mid"
    expected = Primer.from_midi(path, num_steps=64)
    assert expected.events[:4] == [60, -2, 62, -2]
    assert Primer.from_midi(str(path), num_steps=64) == expected
    assert Primer.from_midi(path.read_bytes(), num_steps=64) == expected
    assert Primer.from_midi(io.BytesIO(path.read_bytes()), num_steps=64) == expected
    with path.open("rb") as file:
        assert Primer.from_midi(file, num_steps=64) == expected
    with path.open(encoding="latin1") as text, pytest.raises(MidiError, match='open it with "rb"'):
        Primer.from_midi(text, num_steps=64)
    with pytest.raises(MidiError, match="expected a path, bytes or a file object, found int"):
        Primer.from_midi(7, num_steps=64)
    with pytest.raises(MidiError, match="the bytes given: not a MIDI file"):
        Primer.from_midi(b"MT", num_steps=64)


def test_a_primer_of_a_note_sequence() -> None:
    from ssc_melody.formats.protos import NoteSequence

    sequence = NoteSequence()
    sequence.tempos.add(qpm=60.0)
    sequence.time_signatures.add(numerator=3, denominator=4)
    sequence.notes.add(pitch=60, start_time=0.0, end_time=1.0)
    sequence.notes.add(pitch=64, start_time=1.0, end_time=1.5)
    primer = Primer.from_midi(sequence, num_steps=64)
    assert primer.events[:6] == [60, -2, -2, -2, 64, -2]
    assert (primer.qpm, primer.steps_per_bar) == (60.0, 12)
    sequence.notes.add(pitch=64, start_time=-1.0, end_time=1.5)
    with pytest.raises(MidiError, match=r"NoteSequence: expected times from 0 s on.*found -1\.0 s"):
        Primer.from_midi(sequence, num_steps=64)
    sequence.quantization_info = b"\x08\x04"
    with pytest.raises(MidiError, match="expected an unquantized NoteSequence"):
        Primer.from_midi(sequence, num_steps=64)


# ---- data sets


def _made(tmp_path: Path, *flags: str) -> dict:
    assert run(tmp_path, *flags, "--eval_ratio=0") == 0
    return json.loads((tmp_path / "out" / "report.json").read_text())


def test_bars_of_one_beat_are_grouped(tmp_path: Path, capsys) -> None:
    told = _made(tmp_path, f"--input={CASES / 'midi_metre_1_4.mid'}", "--min_unique_pitches=1")
    assert told["metres"] == {"4/4": 1}
    assert told["bars"] == 16
    assert "midi_metre_1_4.mid: bars of one beat (1/4) are taken as 4/4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        ([(0, 1, 4)], [(0, 4, 4)]),
        ([(0, 1, 8)], [(0, 8, 8)]),
        ([(0, 1, 1)], [(0, 1, 1)]),  # a whole note is a bar
        ([(0, 1, 4), (96, 4, 4)], [(0, 1, 4), (96, 4, 4)]),  # an upbeat
        ([(0, 3, 4), (960, 1, 4)], [(0, 3, 4), (960, 4, 4)]),
        ([], []),
    ],
)
def test_which_bars_are_grouped(
    metres: list[tuple[int, int, int]], expected: list[tuple[int, int, int]]
) -> None:
    notes = [MidiNote(60, 80, 0, 9600, 0.0, 50.0, 0, 0, 0, False)]
    signatures = [TimeSignature(tick, 0.0, over, under) for tick, over, under in metres]
    piece = MidiPiece(96, [TempoChange(0, 0.0, 120.0)], signatures, notes, [""])
    grouped, warnings = bars.grouped(piece)
    assert [(m.tick, m.numerator, m.denominator) for m in grouped.time_signatures] == expected
    assert bool(warnings) == (metres != expected)


def test_an_upbeat_is_filled_up() -> None:
    note = MidiNote(60, 80, 96, 192, 0.5, 1.0, 0, 0, 0, False)
    tempos = [TempoChange(0, 0.0, 120.0), TempoChange(480, 2.5, 60.0)]
    metres = [TimeSignature(0, 0.0, 3, 4), TimeSignature(384, 2.0, 4, 4)]
    moved = bars.filled_up(MidiPiece(96, tempos, metres, [note], [""]), 1.0)
    assert moved.notes == [note._replace(start_tick=288, end_tick=384, start_time=1.5, end_time=2)]
    assert moved.tempos == [(0, 0.0, 120.0), (672, 3.5, 60.0)]
    assert moved.time_signatures == [(0, 0.0, 3, 4), (576, 3.0, 4, 4)]
    piece = MidiPiece(96, tempos, metres, [note], [""])
    assert bars.filled_up(piece, 0.0) is bars.filled_up(piece, 3.0) is piece


def test_drums_and_notes_without_an_end_are_told(tmp_path: Path, capsys) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for name in ("channel_10_only.mid", "no_note_off.mid", "tune16bars.mid"):
        shutil.copy(CASES / name, music)
    told = _made(tmp_path, f"--input={music}", "--min_unique_pitches=1")
    assert told["reasons"]["pieces_with_drums_only"] == 1
    assert told["reasons"]["pieces_without_notes"] == 1
    assert told["warnings"] == [
        {
            "text": "8 notes are never ended and left out",
            "first_file": "no_note_off.mid",
            "files": 1,
        }
    ]
    captured = capsys.readouterr()
    assert "no_note_off.mid: 8 notes are never ended and left out" in captured.err
    assert "pieces that hold drums only" in captured.out


def test_files_in_a_folder_are_told_by_their_content(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    names = ["midi_karaoke.kar", "rmid_in_riff.rmi"]
    for name in names:
        shutil.copy(CASES / name, music)
    shutil.copy(CASES / "tune16bars.mid", music / "tune")
    told = _made(tmp_path, f"--input={music}", "--min_bars=1", "--min_unique_pitches=1")
    assert (told["pieces"], told["ignored"], told["melodies"]["training"]) == (3, 0, 3)


def test_warnings_of_a_kind_are_one_line() -> None:
    from ssc_melody.dataset.report import Report

    report = Report()
    for number in range(1000):
        report.warn(f"{number}.mid", [f"{number} notes are never ended and left out"])
    for number in range(100):
        report.warn("x.mid", ["odd " + "x" * number])
    lines = report.warning_lines()
    assert lines[0] == "0.mid and 999 others: 0 notes are never ended and left out"
    assert len(lines) == 51
    assert lines[-1] == "x.mid and 50 others: further warnings"
