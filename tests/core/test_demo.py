"""ssc_melody_demo: its tunes as they are printed, its ten melodies, each of them made again."""

import json
import shlex
from pathlib import Path

import pytest

from ssc_melody.cli import demo, generate
from ssc_melody.cli.demo_tunes import TUNES
from ssc_melody.midi.read import read_midi
from ssc_melody.mixtape.tape import _DATA
from ssc_melody.play.shipped import shipped_bundle


def test_k545_is_as_printed() -> None:
    """A half note C5, quarters E5 and G5; B4 for a dotted quarter, C5 D5, a quarter C5, a rest."""
    assert TUNES[0].events == [
        72, -2, -2, -2, -2, -2, -2, -2, 76, -2, -2, -2, 79, -2, -2, -2,
        71, -2, -2, -2, -2, -2, 72, 74, 72, -2, -2, -2, -1, -2, -2, -2,
    ]  # fmt: skip


def test_every_tune_is_two_bars_of_the_models_range() -> None:
    assert len(TUNES) == 10
    assert len({tune.name for tune in TUNES}) == 10
    for tune in TUNES:
        assert len(tune.events) == 32, tune.name
        assert {48 <= event < 84 or event < 0 for event in tune.events} == {True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert demo.main(["ssc_melody_demo", f"--output_dir={folder}"]) == 0
    return folder


def test_ten_melodies_and_a_page(folder: Path) -> None:
    data = json.loads(_DATA.search((folder / "index.html").read_text())[1])
    assert data["title"] == "Ten tunes, continued"
    assert [song["run"] for song in data["songs"]] == list(range(10))
    assert {song["primer"] for song in data["songs"]} == {8.0}
    assert len({song["title"] for song in data["songs"]}) == 10
    assert data["songs"][0]["about"] == "Primer: W. A. Mozart, Sonata in C, K. 545"
    assert {len(song["bars"]) for song in data["songs"]} == {16}
    assert len(list(folder.glob("*.mid"))) == 10


def test_each_begins_with_its_tune_and_ends_long(folder: Path) -> None:
    for path, tune in zip(sorted(folder.glob("*.mid")), TUNES, strict=True):
        piece = read_midi(path)
        notes = sorted(piece.notes, key=lambda note: note.start_tick)
        expected = [event for event in tune.events if event >= 0]
        assert [note.pitch for note in notes[: len(expected)]] == expected
        last = notes[-1]
        assert last.end_tick - last.start_tick >= 2 * piece.ticks_per_quarter


def test_each_can_be_made_again(folder: Path, tmp_path: Path) -> None:
    data = json.loads(_DATA.search((folder / "index.html").read_text())[1])
    words = shlex.split(data["runs"][1]["command"])
    assert generate.main([*words, f"--output_dir={tmp_path}"]) == 0
    (made,) = tmp_path.glob("*.mid")
    assert made.read_bytes() == sorted(folder.glob("*.mid"))[1].read_bytes()


def test_a_page_that_is_none_of_ours_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text("<h1>Mine</h1>")
    assert demo.main(["ssc_melody_demo", f"--output_dir={tmp_path}"]) == 1
    assert "is not a mixtape" in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == 1


def test_its_model_ships() -> None:
    assert shipped_bundle(demo.CONFIG) is not None
