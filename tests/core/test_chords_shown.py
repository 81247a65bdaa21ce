"""Chords over piano rolls, in pictures, notebooks and on the mixtape's page, and heard there."""

import dataclasses
import itertools
import json
import re
from pathlib import Path

import pytest

from ssc_melody import mixtape
from ssc_melody.cli import improv_generate
from ssc_melody.cli import render as render_command
from ssc_melody.melody.melody import Melody
from ssc_melody.midi.read import parse_midi
from ssc_melody.mixtape import tape
from ssc_melody.mixtape.page import to_html
from ssc_melody.play.chord_files import read_chords
from ssc_melody.render.accompaniment import accompaniment, seconds_at
from ssc_melody.render.picture import Text, draw
from ssc_melody.render.timeline import Timeline, timeline
from ssc_melody.scores.musicxml import read_musicxml
from tests.browser import PHONE, Browser, browser  # noqa: F401 (a fixture)
from tests.conftest import TESTDATA
from tests.midi_files import midi_bytes

BUNDLE = TESTDATA / "improv" / "chord_pitches_improv.mag"
CHORDS = "| C | G/B | Am7 F#m7(b5)/A | N.C. |"


def _line(steps: int = 64) -> Timeline:
    line = timeline(parse_midi(midi_bytes({"melody": [(72, 0, steps)]}), "tune.mid"))
    return dataclasses.replace(line, chords=[(0.0, "C"), (4.0, "G/B"), (8.0, "N.C.")])


def _words(line: Timeline) -> list[tuple[float, str]]:
    texts = [shape for shape in draw(line).shapes if isinstance(shape, Text)]
    return [(text.x, text.text) for text in texts if text.size == 13]


def test_a_picture_has_a_row_of_chords() -> None:
    """Keys and margin are 68 pixels wide, a quarter note 40."""
    assert _words(_line()) == [(68, "C"), (228, "G/B"), (388, "N.C.")]
    plain = dataclasses.replace(_line(), chords=())
    assert draw(_line()).height == draw(plain).height + 18
    assert _words(plain) == []


def test_a_chord_that_goes_on_stands_on_the_next_line_again() -> None:
    line = dataclasses.replace(_line(256), chords=[(4.0, "C"), (40.0, "F")])
    assert _words(line) == [(228, "C"), (68, "C"), (68 + 8 * 40, "F")]


def test_chords_are_held_until_the_next() -> None:
    notes = accompaniment(_line())
    assert [(n.pitch, n.start, n.end, n.start_time, n.end_time) for n in notes] == [
        (48, 0, 4, 0, 2), (52, 0, 4, 0, 2), (55, 0, 4, 0, 2), (36, 0, 4, 0, 2),
        (55, 4, 8, 2, 4), (59, 4, 8, 2, 4), (50, 4, 8, 2, 4), (47, 4, 8, 2, 4),
    ]  # fmt: skip
    assert {(n.velocity, n.instrument) for n in notes} == {(50, 1)}


def test_seconds_follow_the_tempo() -> None:
    line = Timeline([], [], [(0.0, 0.0), (8.0, 4.0), (16.0, 12.0)])
    assert [seconds_at(line, at) for at in (0, 4, 8, 10, 16)] == [0, 2, 4, 6, 12]


def test_a_notebook_shows_and_plays_them() -> None:
    plain = Melody([72] + [-2] * 31)
    sheet = dataclasses.replace(plain, chords=("C",) * 16 + ("F#m7b5",) * 16)
    html, without = sheet._repr_html_(), plain._repr_html_()
    assert ">C</text>" in html
    assert ">F#m7b5</text>" in html
    sound = re.compile(r'data-melody="([^"]+)"')
    played = json.loads(sound.search(html)[1].replace("&quot;", '"'))["notes"]
    assert [note[2] for note in played] == [72, 48, 52, 55, 36, 54, 57, 48, 52, 42]
    assert sound.search(without)[1].count("[") == 2


def test_scores_have_them() -> None:
    """Written and read again; silence before the first chord and the end are kept."""
    chords = ("N.C.",) * 8 + ("C",) * 8 + ("F#m7b5/A",) * 16 + ("N.C.",) * 16
    sheet = Melody([60, -2, 64, -2] * 12, chords=chords)
    assert '"C"' in sheet.to_abc()
    assert '"F#m7b5/A"' in sheet.to_abc()
    score = read_musicxml(sheet.to_musicxml().encode(), "sheet")
    read = read_chords(score)
    assert read.changes() == [(8, "C"), (16, "F#m7b5/A"), (32, "N.C.")]
    assert len(read) == 48


def _generate(folder: Path, *flags: str) -> dict:
    given = [f"--bundle_file={BUNDLE}", f"--output_dir={folder}", "--mixtape", "--num_outputs=2"]
    given += ["--seed=1", f"--backing_chords={CHORDS}", *flags]
    assert improv_generate.main(["ssc_improv_generate", *given]) == 0
    return json.loads(tape._DATA.search((folder / "index.html").read_text())[1])


SYMBOLS = [[0.0, "C"], [4.0, "G/B"], [8.0, "Am7"], [10.0, "F#m7(b5)/A"], [12.0, "N.C."]]


def test_the_page_shows_and_plays_them(tmp_path: Path) -> None:
    data = _generate(tmp_path)
    song = data["songs"][0]
    assert song["chords"] == SYMBOLS
    soft = [note for note in song["notes"] if note[3] == 50]
    assert [note[:3] for note in soft if note[0] == 4] == [
        [4.0, 8.0, 55], [4.0, 8.0, 59], [4.0, 8.0, 50], [4.0, 8.0, 47],
    ]  # fmt: skip
    assert len(soft) == 4 + 4 + 5 + 5
    assert song["notes"] == sorted(song["notes"], key=lambda note: note[0])
    html = (tmp_path / "index.html").read_text()
    assert '<span style="left:25.00%;width:25.00%">G/B</span>' in html
    assert "<span>on C G/B Am7 F#m7(b5)/A N.C.</span>" in html
    assert 'class="backing"' in html
    assert "--backing_chords=| C | G/B" in html.replace("&#x27;", "'")


def test_chords_in_the_file_are_not_played_twice(tmp_path: Path) -> None:
    plain, rendered = _generate(tmp_path / "a"), _generate(tmp_path / "b", "--render_chords")
    for one, other in zip(plain["songs"], rendered["songs"], strict=True):
        assert one["sha256"] != other["sha256"]
        assert (one["low"], one["high"], one["chords"]) == (
            other["low"], other["high"], other["chords"],
        )  # fmt: skip
        count = [sum(note[3] == 50 for note in song["notes"]) for song in (one, other)]
        assert count == [18, 18]


def test_the_page_remembers_them(tmp_path: Path) -> None:
    before = _generate(tmp_path)
    written = mixtape.write_page(mixtape.from_folder(tmp_path), tmp_path)
    after = json.loads(tape._DATA.search(written.read_text())[1])
    assert after["songs"] == before["songs"]


@pytest.mark.parametrize("chords", ['[["x","C"]]', '[[0.0,"H"]]', "7"])
def test_chords_that_somebody_changed_are_forgotten(tmp_path: Path, chords: str) -> None:
    _generate(tmp_path)
    page = tmp_path / "index.html"
    good = json.dumps(SYMBOLS, separators=(",", ":"))
    assert good in page.read_text()
    page.write_text(page.read_text().replace(good, chords))
    songs = mixtape.from_folder(tmp_path).songs
    assert [song.line.chords for song in songs] == [(), ()]


def test_a_symbol_can_do_no_harm() -> None:
    song = mixtape.Song("A", "a.mid", b"", _line())
    line = dataclasses.replace(song.line, chords=[(0.0, "<b>")])
    with pytest.raises(Exception, match="is not a chord symbol"):
        to_html(mixtape.Mixtape("T", (dataclasses.replace(song, line=line),)))


def test_the_render_command_writes_them_over_a_picture(tmp_path: Path) -> None:
    tune = tmp_path / "tune.mid"
    tune.write_bytes(midi_bytes({"melody": [(60, 0, 16), (62, 16, 32)]}))
    run = ["ssc_melody_render", str(tune), "--svg"]
    assert render_command.main([*run, "--backing_chords=C G7", "--steps_per_chord=16"]) == 0
    drawn = (tmp_path / "tune.svg").read_text()
    assert (">C</text>" in drawn, ">G7</text>" in drawn) == (True, True)
    assert render_command.main([*run, "--backing_chords=C H"]) == 1


def test_a_browser_shows_them_over_the_roll(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    _generate(tmp_path)
    with browser.open(tmp_path / "index.html", PHONE) as tab:
        words = tab.page.locator("#song-1 .chords span")
        boxes = [words.nth(i).bounding_box() for i in range(words.count())]
        assert words.all_inner_texts() == [symbol for _, symbol in SYMBOLS]
        for left, right in itertools.pairwise(boxes):
            assert left["x"] + left["width"] <= right["x"] + 1
        roll = tab.page.locator("#song-1 .roll").first.bounding_box()
        lit = tab.page.locator("#song-1 .roll.over").bounding_box()
        assert (lit["y"], lit["height"]) == (roll["y"], roll["height"])
        assert boxes[0]["y"] + boxes[0]["height"] <= roll["y"] + 2
        tab.page.locator("#song-1 .play").click()
        tab.until("window.loudness() > 0.001")
        assert tab.complaints == []
