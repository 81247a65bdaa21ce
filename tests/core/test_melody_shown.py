"""A melody in a notebook: its roll and its sound, in one piece of HTML."""

import base64
import io
import re
import wave

from ssc_melody.melody.melody import Melody
from ssc_melody.melody.show import MOST_BARS, to_timeline
from ssc_melody.render.picture import INSTRUMENTS

TUNE = [60, -2, 62, -2, 64, -2, -2, -1]


def _sound(html: str) -> wave.Wave_read:
    data = re.search(r'src="data:audio/wav;base64,([^"]+)"', html)
    assert data
    return wave.open(io.BytesIO(base64.b64decode(data[1])))


def test_it_shows_its_notes_the_given_ones_in_another_colour() -> None:
    html = Melody(TUNE * 4, primer_steps=8)._repr_html_()
    assert "<title>32 steps, 12 notes</title>" in html
    assert html.count(f'fill="{INSTRUMENTS[1]}"') == 3
    assert html.count(f'fill="{INSTRUMENTS[0]}"') == 9
    assert [name for name in ("C4", "D4", "E4") if f">{name}</text>" in html] == ["C4", "D4", "E4"]


def test_it_plays_as_long_as_it_is() -> None:
    """32 sixteenths at 120 qpm are 4 seconds; 2 more fade out."""
    sound = _sound(Melody(TUNE * 4)._repr_html_())
    assert (sound.getnchannels(), sound.getframerate()) == (1, 22050)
    assert sound.getnframes() == 6 * 22050
    assert any(sound.readframes(1000))


def test_it_needs_nothing_from_elsewhere() -> None:
    html = Melody(TUNE)._repr_html_()
    assert not re.search(r'(src|href)="(?!data:)|<script|https?://(?!www\.w3\.org/2000/svg")', html)


def test_a_silent_melody_and_a_long_one_are_shown_too() -> None:
    assert "0 steps, 0 notes" in Melody([])._repr_html_()
    long = Melody([60] * 100 * 16)._repr_html_()
    assert "The first 64 bars of 1600 steps" in long
    assert _sound(long).getnframes() == (MOST_BARS * 2 + 2) * 22050


def test_bars_are_those_of_the_melody() -> None:
    line = to_timeline([60, -2] * 12, steps_per_quarter=4, steps_per_bar=12, primer_steps=0)
    assert [(bar.start, bar.length, bar.beats) for bar in line.bars] == [(0, 3, 3), (3, 3, 3)]
    assert line.seconds == 3.0
    assert line.notes[1][:5] == (60, 0.5, 1.0, 0.25, 0.5)
