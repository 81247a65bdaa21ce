"""What is claimed of piano music, on three openings by Mozart: ours finds the tune, stock nothing.

Played freely, they have hundreds of changes of tempo, and hands that play chords.
"""

import itertools

import pytest

from ssc_melody.constants import note_name
from ssc_melody.midi.read import parse_midi
from tests import make_mozart
from tests.conftest import TESTDATA
from tests.datasets import melodies, report, run

MOZART = TESTDATA / "mozart"
STOCK = ("--timing=absolute", "--polyphony=discard", "--long_melodies=truncate", "--nodedupe")
THEMES = {
    "k545.mid": "C5:8 E5:4 G5:4 B4:6 C5:1 D5:1 C5:8 A5:8 G5:4 C6:4 G5:4 F5:4 E5:8 "
    "A4:2 B4:1 C5:1 D5:1 E5:1 F5:1 G5:1 A5:1 G5:1 F5:1 E5:1 D5:1 C5:1 B4:1 A4:1 "
    "G4:2 A4:1 B4:1 C5:1 D5:1 E5:1 F5:1 G5:1 F5:1 E5:1 D5:1 C5:1 B4:1 A4:1 G4:1 "
    "F4:2 G4:1 A4:1 B4:1 C5:1 D5:1 E5:1 F5:1 E5:1 D5:1 C5:1 B4:1 A4:1 G4:1 F4:1 "
    "E4:2 F4:1 G4:1 A4:1 B4:1 C5:1 D5:1 E5:1 D5:1 C5:1 B4:1 A4:1 G4:1 F4:1 E4:1",
    "k331.mid": "C#5:3 D5:1 C#5:2 E5:4 E5:2 B4:3 C#5:1 B4:2 D5:4 D5:2 A4:4 A4:2 B4:4 B4:2 "
    "C#5:4 E5:2 D5:2 C#5:2 B4:2 C#5:3 D5:1 C#5:2 E5:4 E5:2 B4:3 C#5:1 B4:2 D5:4 D5:2 "
    "A4:4 B4:2 C#5:4 D5:2 C#5:4 B4:2 A4:4",
    "k525.mid": "G5:6 D5:2 G5:6 D5:2 G5:2 D5:2 G5:2 B5:2 D6:8 C6:6 A5:2 C6:6 A5:2 "
    "C6:2 A5:2 F#5:2 A5:2 D5:8 G5:4 G5:6 B5:2 A5:2 G5:2 G5:2 F#5:2 F#5:6 A5:2 C6:2 F#5:2 "
    "A5:2 G5:2 G5:6 B5:2 A5:2 G5:2 G5:2 F#5:2 F#5:6 A5:2 C6:2 F#5:2 G5:8",
}
"""Pitch and sixteenths to the next note, of the last one to its end."""
RESTS = {"k545.mid": [28, 60], "k331.mid": [], "k525.mid": [4, 12, 28, 36, 44, 60]}


@pytest.mark.parametrize("name", THEMES)
def test_the_tune_is_found(tmp_path, name):
    (events,), _ = melodies(tmp_path, f"--input={MOZART / name}")
    starts = [i for i, event in enumerate(events) if event >= 0]
    found = [
        f"{note_name(events[i])}:{after - i}"
        for i, after in itertools.pairwise([*starts, len(events)])
    ]
    assert " ".join(found) == THEMES[name]
    assert [i for i, event in enumerate(events) if event == -1] == RESTS[name]
    assert report(tmp_path)["reasons"] == {}


@pytest.mark.parametrize("name", THEMES)
def test_with_stocks_settings_nothing_is_found(tmp_path, capsys, name):
    assert run(tmp_path, f"--input={MOZART / name}", *STOCK) == 1
    assert "no melody: " in capsys.readouterr().err
    assert not (tmp_path / "out" / "report.json").exists()


@pytest.mark.parametrize("name", THEMES)
def test_symbolic_time_is_needed(tmp_path, capsys, name):
    assert run(tmp_path, f"--input={MOZART / name}", "--timing=absolute") == 1
    assert "melodies dropped: too short" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["k331.mid", "k525.mid"])
def test_a_choice_among_chords_is_needed(tmp_path, capsys, name):
    assert run(tmp_path, f"--input={MOZART / name}", "--polyphony=discard") == 1
    assert "2 tracks dropped: notes begin together" in capsys.readouterr().err


def test_all_together(tmp_path):
    training, _ = melodies(tmp_path, f"--input={MOZART}")
    assert [len(events) for events in training] == [94, 136, 128]
    assert report(tmp_path)["metres"] == {"4/4": 2, "6/8": 1}


@pytest.mark.parametrize(
    ("name", "tempos"), [("k545.mid", 256), ("k331.mid", 192), ("k525.mid", 288)]
)
def test_the_files_are_what_make_mozart_writes(name, tempos):
    data = (MOZART / name).read_bytes()
    assert data == make_mozart.midi_of(make_mozart.PIECES[name])
    piece = parse_midi(data, name)
    assert len({tempo.qpm for tempo in piece.tempos}) > 100
    assert len(piece.tempos) == tempos
