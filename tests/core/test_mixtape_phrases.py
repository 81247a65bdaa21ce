"""What a mixtape says of each melody: its name, what comes again, what it begins with."""

import json
from pathlib import Path

import pytest

from ssc_melody import mixtape
from ssc_melody.midi.read import parse_midi
from ssc_melody.mixtape import names, phrases
from ssc_melody.mixtape.page import to_html
from ssc_melody.mixtape.tape import named
from ssc_melody.render.timeline import Timeline, timeline
from tests.midi_files import midi_bytes

A, B, C = [60, 62, 64, 65], [67, 65, 64, 62], [72, 71, 69, 67]
"""Bars of four quarters."""


def _midi(*bars: list[int]) -> bytes:
    pitches = [pitch for bar in bars for pitch in bar]
    return midi_bytes({"melody": [(p, 4 * i, 4 * i + 3) for i, p in enumerate(pitches) if p]})


def _line(*bars: list[int]) -> Timeline:
    return timeline(parse_midi(_midi(*bars), "a.mid"))


@pytest.mark.parametrize(
    ("bars", "expected"),
    [
        ([A, B, C], []),
        ([A, B, A, C], [("A", 0, 1), ("A", 2, 1)]),
        ([A, B, C, A, B], [("A", 0, 2), ("A", 3, 2)]),
        ([A, A, A], [("A", 0, 1), ("A", 1, 1), ("A", 2, 1)]),
        ([A, B, B, C, A, B], [("A", 0, 2), ("A", 4, 2)]),  # the second B alone lies over A
        ([C, A, B, C, B], [("A", 0, 1), ("B", 2, 1), ("A", 3, 1), ("B", 4, 1)]),
        ([[60, 0, 0, 0], B, [60, 0, 0, 0]], []),  # one note is not enough
        ([], []),
    ],
)
def test_bars_that_come_again(bars: list[list[int]], expected: list[tuple[str, int, int]]) -> None:
    assert phrases.repeated(_line(*bars)) == expected


def test_how_long_a_note_lasts_does_not_matter() -> None:
    data = midi_bytes({"melody": [(60 + i % 4, 4 * i, 4 * i + 1 + i // 4) for i in range(8)]})
    assert len(phrases.repeated(timeline(parse_midi(data, "a.mid")))) == 2


def test_nothing_is_looked_for_in_what_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "MOST_BARS", 2)
    assert phrases.repeated(_line(A, A)) != []
    assert phrases.repeated(_line(A, A, A)) == []


def test_a_name_follows_from_the_notes() -> None:
    assert names.name(_line(A, B)) == names.name(_line(A, B)) == "Gentle Clockmaker"
    assert names.name(_line(A, C)) != "Gentle Clockmaker"
    assert names.name(_line([])).split()[0] in {
        "Slow",
        "Still",
        "Quiet",
        "Drowsy",
        "Patient",
        "Far",
    }


def test_names_on_a_tape_differ() -> None:
    song = mixtape.Song("", "a.mid", _midi(A, B), _line(A, B))
    titles = [song.title for song in named([song] * 30)]
    assert len({title.split()[-1] for title in titles}) == 30
    assert named([song] * 40)[-1].title  # there are fewer words than that


def test_the_page_shows_them(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(_midi(A, B, A, C))
    song = mixtape.read_song(tmp_path / "a.mid", "T", about="Primer: <b>")
    html = to_html(mixtape.Mixtape("Tape", (song,)))
    assert '<p class="about">Primer: &lt;b&gt;</p>' in html
    assert '<span class="phrase-A" style="left:50.00%;width:25.00%">A</span>' in html
    assert "<span>A: bars 1, 3</span>" in html
    assert "Bars that come again" in html
    plain = to_html(mixtape.Mixtape("Tape", (mixtape.Song("T", "b", _midi(A), _line(A)),)))
    assert "Bars that come again" not in plain
    assert 'class="phrases"' not in plain
    mixtape.write_page(mixtape.Mixtape("Tape", (song,)), tmp_path)
    again = mixtape.from_folder(tmp_path).songs[0]
    assert (again.title, again.about) == ("T", "Primer: <b>")
    assert json.loads(html.split('id="tape">')[1].split("</script>")[0])["format"] == 1
