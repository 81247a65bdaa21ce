"""A melody in a notebook: its roll and its sound, in one piece of HTML."""

import html
import json
import re
from pathlib import Path

import numpy as np

from ssc_melody.melody.melody import Melody
from ssc_melody.melody.show import MOST_BARS, to_timeline
from ssc_melody.render import tones
from ssc_melody.render.picture import INSTRUMENTS
from tests.browser import Browser, browser  # noqa: F401 (a fixture)

TUNE = [60, -2, 62, -2, 64, -2, -2, -1]


def _sound(shown: str) -> dict:
    """Returns the seconds and the notes ([start, seconds, pitch, velocity]) that are played."""
    data = re.search(r'data-melody="([^"]+)"', shown)
    assert data
    return json.loads(html.unescape(data[1]))


def test_it_shows_its_notes_the_given_ones_in_another_colour() -> None:
    shown = Melody(TUNE * 4, primer_steps=8)._repr_html_()
    assert "<title>32 steps, 12 notes</title>" in shown
    assert shown.count(f'fill="{INSTRUMENTS[1]}"') == 3
    assert shown.count(f'fill="{INSTRUMENTS[0]}"') == 9
    assert [name for name in ("C4", "D4", "E4") if f">{name}</text>" in shown] == ["C4", "D4", "E4"]


def test_it_plays_its_notes() -> None:
    """32 sixteenths at 120 qpm are 4 seconds."""
    sound = _sound(Melody(TUNE * 4)._repr_html_())
    assert sound["seconds"] == 4
    assert len(sound["notes"]) == 12
    assert sound["notes"][:3] == [[0, 0.25, 60, 100], [0.25, 0.25, 62, 100], [0.5, 0.375, 64, 100]]


def test_it_is_light_and_fits_its_column() -> None:
    shown = Melody(TUNE * 16)._repr_html_()
    assert len(shown) < 20_000
    assert 'style="max-width:100%;height:auto"' in shown


def test_a_browser_plays_it(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    """As long as it is and 2 seconds more; its first samples are those of the built-in tone."""
    page = tmp_path / "page.html"
    shown = Melody([60] + [-2] * 31)._repr_html_()
    page.write_text(f"<meta charset='utf-8'><title>x</title>{shown}{shown}", encoding="utf-8")
    with browser.open(page, (390, 844)) as tab:
        tab.until("[...document.querySelectorAll('audio')].every(a => a.duration > 5)")
        assert tab.page.evaluate("document.querySelector('audio').duration") == 6
        assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        samples = tab.page.evaluate(
            """async () => {
              const data = await (await fetch(document.querySelector("audio").src)).arrayBuffer();
              const ints = new Int16Array(data.slice(44));
              return [ints.length, ...ints.slice(0, 4000)];
            }"""
        )
        assert tab.complaints == []
    assert samples[0] == 6 * 22050
    found, expected = np.array(samples[1:], dtype=float), tones.tone(60, 22050)[:4000]
    found *= np.abs(expected).max() / np.abs(found).max()
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max()


def test_it_needs_nothing_from_elsewhere() -> None:
    shown = Melody(TUNE)._repr_html_()
    assert not re.search(r'(src|href)="(?!data:)|https?://(?!www\.w3\.org/2000/svg")', shown)


def test_a_silent_melody_and_a_long_one_are_shown_too() -> None:
    assert "0 steps, 0 notes" in Melody([])._repr_html_()
    long = Melody([60] * 100 * 16)._repr_html_()
    assert "The first 64 bars of 1600 steps" in long
    assert _sound(long)["seconds"] == MOST_BARS * 2


def test_bars_are_those_of_the_melody() -> None:
    line = to_timeline([60, -2] * 12, steps_per_quarter=4, steps_per_bar=12, primer_steps=0)
    assert [(bar.start, bar.length, bar.beats) for bar in line.bars] == [(0, 3, 3), (3, 3, 3)]
    assert line.seconds == 3.0
    assert line.notes[1][:5] == (60, 0.5, 1.0, 0.25, 0.5)
