"""The mixtape in a real browser: it loads, plays, follows, listens to keys, downloads."""

import io
import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssc_melody.cli import generate
from ssc_melody.cli import mixtape as command
from ssc_melody.render import tones
from tests.browser import DESKTOP, PHONE, Browser, Tab, browser  # noqa: F401 (a fixture)
from tests.midi_files import midi_bytes

PRIMER = "[60, -2, 62, -2, 64, -2, -2, -1]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, attention_mag: Path) -> Path:
    """Three melodies of eight bars at 240 bpm (8 s each), and their page."""
    path = tmp_path_factory.mktemp("tape")
    flags = [f"--bundle_file={attention_mag}", f"--output_dir={path}", "--mixtape", "--seed=3"]
    flags += ["--num_outputs=3", f"--primer_melody={PRIMER}", "--qpm=240"]
    assert generate.main(["ssc_melody_generate", *flags]) == 0
    return path


@pytest.fixture
def tab(browser: Browser, folder: Path) -> Iterator[Tab]:  # noqa: F811
    with browser.open(folder / "index.html") as tab:
        yield tab
        assert tab.complaints == []


def _song(page: Any) -> int:
    return int(page.locator(".song.current").get_attribute("data-number"))


def _head(page: Any, number: int = 1) -> float:
    """Returns how many pixels the playhead of a song is from the left."""
    head, track = (
        page.locator(f"#song-{number} {name}").bounding_box()["x"]
        for name in (".head-line", ".track")
    )
    return head - track


def _seek(page: Any, number: int, part: float) -> None:
    box = page.locator(f"#song-{number} .track").bounding_box()
    page.locator(f"#song-{number} .track").click(position={"x": part * box["width"], "y": 30})


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_loads_alone_and_fits(browser: Browser, folder: Path, size: tuple) -> None:  # noqa: F811
    page_file = folder / "index.html"
    with browser.open(page_file, size) as tab:
        page = tab.page
        assert page.title() == "Melodies of attention_rnn"
        assert page.locator(".song").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        boxes = page.locator("button, a.button, select, input").evaluate_all(
            "all => all.filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect())"
            ".map(b => [b.left, b.right, b.height])"
        )
        for left, right, height in boxes:
            assert 0 <= left < right <= size[0]
            assert height >= 16
        page.click("#play")
        tab.until("loudness() > 0.02")
        assert tab.requests == [page_file.resolve().as_uri()]
        assert tab.complaints == []


def test_the_rolls_show_the_notes(tab: Tab, folder: Path) -> None:
    """Each note of the data is a shape; primer and new notes have different colours."""
    songs = json.loads(tab.page.locator("#tape").text_content())["songs"]
    for number, song in enumerate(songs, 1):
        paths = [
            tab.page.locator(f"#song-{number} .roll .notes{kind}")
            for kind in (":not(.given):not(.lit)", ".given")
        ]
        counts = [path.get_attribute("d").count("M") for path in paths]
        assert counts == [len(song["notes"]) - 3, 3]
        colours = {path.evaluate("e => getComputedStyle(e).fill") for path in paths}
        assert len(colours) == 2
        bars = tab.page.locator(f"#song-{number} .bars").get_attribute("d")
        assert bars.count("M") == 8


def test_play_pause_and_the_playhead(tab: Tab) -> None:
    page = tab.page
    assert page.evaluate("loudness()") == 0
    page.click("#play-all")
    tab.until("loudness() > 0.02")
    tab.until("document.querySelector('#song-1 .lit').getAttribute('d') !== ''")
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    first = _head(page)
    tab.until(
        "document.querySelector('#song-1 .head-line').getBoundingClientRect().x > "
        f"{page.locator('#song-1 .track').bounding_box()['x'] + first + 5}"
    )
    page.locator("#song-1 .play").click()
    stopped = _head(page)
    tab.until("loudness() < 0.001")
    assert _head(page) == stopped
    title = page.locator("#song-1 h2").text_content()
    assert page.locator("#song-1 .play").get_attribute("aria-label") == f"Play {title}"
    page.locator("#song-1 .play").click()  # goes on from there
    tab.until("loudness() > 0.02")
    assert _head(page) >= stopped


def test_seeking_by_hand_and_by_keys(tab: Tab) -> None:
    page = tab.page
    _seek(page, 2, 0.52)
    assert _song(page) == 2
    track = page.locator("#song-2 .track")
    assert abs(_head(page, 2) / track.bounding_box()["width"] - 0.52) < 0.01
    assert track.get_attribute("aria-valuetext") == "bar 5 of 8"
    track.press("ArrowUp")
    assert track.get_attribute("aria-valuetext") == "bar 6 of 8"
    track.press("Home")
    assert _head(page, 2) < 1
    track.press("End")
    assert track.get_attribute("aria-valuenow") == "8"
    assert page.locator("#now-time").text_content() == "0:07 / 0:08"


def test_keys(tab: Tab) -> None:
    page = tab.page
    for key, song in [("ArrowRight", 2), ("n", 3), ("ArrowRight", 1), ("ArrowLeft", 3), ("p", 2)]:
        page.keyboard.press(key)
        assert _song(page) == song
    page.keyboard.press(".")
    page.keyboard.press(".")
    assert page.locator("#song-2 .track").get_attribute("aria-valuenow") == "3"
    page.keyboard.press(",")
    assert page.locator("#song-2 .track").get_attribute("aria-valuenow") == "2"
    page.keyboard.press("+")
    assert page.locator("#tempo-text").text_content() == "252 bpm"
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert page.locator("#tempo-text").text_content() == "228 bpm"
    page.click("#next")
    page.keyboard.press("Space")  # plays; does not press "next" again
    tab.until("loudness() > 0.02")
    assert _song(page) == 3
    page.keyboard.press("Space")
    for focused in ("#tempo", "#volume", "#song-3 a[download]", ".skip"):  # none of them takes it
        page.locator(focused).focus()
        page.keyboard.press("Space")
        assert page.locator("#play").get_attribute("aria-label") == "Pause"
        page.keyboard.press("Space")
        assert page.locator("#play").get_attribute("aria-label") == "Play"
    page.keyboard.press("Space")
    page.locator("#song-2 .track").focus()
    page.keyboard.press("Space")
    assert _song(page) == 2
    page.keyboard.press("Space")
    page.keyboard.press("l")
    assert page.locator("#loop").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Space")
    tab.until("loudness() > 0.02")
    page.keyboard.press("Space")
    assert page.locator("#status").text_content() == "Paused"
    page.uncheck("#keys")
    page.keyboard.press("n")
    assert _song(page) == 2


def test_a_song_ends_into_the_next_and_a_loop_does_not(tab: Tab) -> None:
    page = tab.page
    page.click("#loop")
    _seek(page, 2, 0.97)
    page.click("#play")
    tab.until("document.querySelector('#now-time').textContent.startsWith('0:01')")
    assert _song(page) == 2
    page.click("#loop")
    _seek(page, 2, 0.97)
    page.wait_for_selector("#song-3.sounding")
    _seek(page, 3, 0.97)
    tab.until("document.querySelector('#status').textContent === 'End of the tape'")
    assert page.locator("#play").get_attribute("aria-label") == "Play"


def test_a_loop_is_exactly_in_time(tab: Tab, folder: Path) -> None:
    """The first note comes back after the length of the song (8 s at 240, 4 s at 480 bpm)."""
    tab.page.evaluate(
        """() => {
          window.starts = [];
          const play = Synth.prototype.note;
          Synth.prototype.note = function (note) {
            starts.push([note.pitch, note.start]);
            play.call(this, note);
          };
        }"""
    )
    tab.page.locator("#tempo").fill("200")
    tab.page.click("#loop")
    tab.page.click("#play")
    count = len(json.loads(tab.page.locator("#tape").text_content())["songs"][0]["notes"])
    tab.until(f"starts.length > {count + 2}")
    starts = tab.page.evaluate("starts")
    for (pitch, start), (again, later) in zip(starts, starts[count:], strict=False):
        assert pitch == again
        assert later - start == pytest.approx(4.0, abs=1e-6)


def test_the_command_can_be_copied(tab: Tab) -> None:
    tab.page.click(".copy")
    tab.until("document.querySelector('.copy').textContent !== 'Copy'")
    assert tab.page.locator(".copy").text_content() in ("Copied", "Press Ctrl+C")


def test_the_volume(tab: Tab) -> None:
    page = tab.page
    page.click("#play")
    tab.until("loudness() > 0.02")
    page.locator("#volume").fill("0")
    tab.until("loudness() < 0.001")
    page.locator("#volume").fill("100")
    tab.until("loudness() > 0.02")


def test_a_command_line_breaks_between_words_only(browser: Browser, folder: Path) -> None:  # noqa: F811
    """On a phone too; and a phone is told nothing of keys."""
    with browser.open(folder / "index.html", PHONE) as tab:
        heights = tab.page.locator("pre code span").evaluate_all(
            "all => all.map((e) => [e.getBoundingClientRect().height, e.textContent.length])"
        )
        assert len(heights) > 10
        assert {height for height, letters in heights if letters < 30} == {heights[0][0]}
        assert tab.page.locator(".keyboard").is_hidden()
    with browser.open(folder / "index.html") as tab:
        assert tab.page.locator(".keyboard").is_visible()


def test_the_tempo_changes_while_it_plays(tab: Tab) -> None:
    page = tab.page
    page.click("#play")
    _seek(page, 1, 0.5)
    page.locator("#tempo").fill("200")
    assert page.locator("#tempo-text").text_content() == "480 bpm"
    assert page.locator("#now-time").text_content().endswith("/ 0:04")
    assert _head(page) / page.locator("#song-1 .track").bounding_box()["width"] > 0.49
    tab.until("loudness() > 0.02")


def test_the_midi_download_is_the_file(tab: Tab, folder: Path) -> None:
    first = sorted(folder.glob("*.mid"))[0]
    with tab.page.expect_download() as download:
        tab.page.keyboard.press("m")
    assert download.value.suggested_filename == first.name
    assert Path(download.value.path()).read_bytes() == first.read_bytes()


def _loudest_hertz(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8 * len(samples)))
    return float(np.argmax(spectrum) * rate / (8 * len(samples)))


@pytest.mark.parametrize(("voice", "times"), [("piano", 1), ("box", 2)])
def test_the_wav_download_sounds_right(tab: Tab, voice: str, times: int) -> None:
    """As long as the song; C, D and E of the primer are heard in turn (the box an octave up)."""
    tab.page.select_option("#voice", voice)
    with tab.page.expect_download() as download:
        tab.page.locator("#song-1 .wav").click()
    assert download.value.suggested_filename.endswith("_1.wav")
    with wave.open(io.BytesIO(Path(download.value.path()).read_bytes())) as file:
        rate, channels, width, frames = 44100, 2, 2, file.getnframes()
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, 2, 2)
        samples = np.frombuffer(file.readframes(frames), "<i2").reshape(-1, channels) / 2**15
    assert width == 2
    assert 8.0 <= frames / rate <= 10.5
    assert 0.05 < np.abs(samples).max() < 0.99
    for number, pitch in enumerate((60, 62, 64)):
        begin = int((number * 0.125 + 0.02) * rate)  # a sixteenth at 240 bpm is 1/16 s
        heard = _loudest_hertz(samples[begin : begin + int(0.1 * rate), 0], rate)
        expected = times * 440 * 2 ** ((pitch - 69) / 12)
        assert abs(heard / expected - 1) < 0.02, (pitch, heard, expected)


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_axe_finds_no_barrier(
    browser: Browser,  # noqa: F811
    folder: Path,
    size: tuple,
    scheme: str,
) -> None:
    """axe-core's rules (names, roles, contrast, ...), with a song playing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    with browser.open(folder / "index.html", size, scheme) as tab:
        tab.page.click("#play")
        tab.until("loudness() > 0.02")
        results = axe.Axe().run(tab.page).response
        found = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]]
        assert found == []
        assert len(results["passes"]) > 20


def test_no_name_can_run_anything(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    """File and folder names are text, whatever they look like."""
    evil = tmp_path / "<img src=x onerror=alert(1)>"
    evil.mkdir()
    data = midi_bytes({"melody": [(60, 0, 4), (64, 4, 8)]})
    names = ['"><img src=x onerror=alert(2)>.mid', "'--><script>alert(3)<!--.mid", "{{data}}.mid"]
    for name in names:
        (evil / name).write_bytes(data)
    (evil / "</script><script>alert(4)<".replace("/", "\N{FRACTION SLASH}")).write_bytes(data)
    assert command.main(["ssc_melody_mixtape", str(evil)]) == 0
    with browser.open(evil / "index.html") as tab:
        dialogs = []
        tab.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        assert tab.page.locator("img").count() == 0
        assert tab.page.locator("script").count() == 2
        titles = tab.page.locator(".song h2").all_text_contents()
        assert sorted(titles) == sorted(name.removesuffix(".mid") for name in names)
        tab.page.click("#next")
        tab.page.click("#play")
        tab.until("loudness() > 0.02")
        assert (dialogs, tab.complaints) == ([], [])
        assert len(tab.requests) == 1


def test_a_long_piece_scrolls_with_the_playhead(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    notes = [(48 + step * 7 % 36, step, step + 2) for step in range(3200)]  # 200 bars
    (tmp_path / "long.mid").write_bytes(midi_bytes({"melody": notes}))
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 0
    with browser.open(tmp_path / "index.html", PHONE) as tab:
        page = tab.page
        scroll = page.locator(".scroll")
        assert scroll.evaluate("e => e.scrollWidth") > 7000
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        page.click("#play")
        page.locator(".track").press("End")
        tab.until("document.querySelector('.scroll').scrollLeft > 6000")
        assert tab.complaints == []


def test_the_synth_is_the_one_of_python(tab: Tab) -> None:
    """synth.js and render/tones.py are the same sums of sines."""
    rate = 11025
    for pitch in (48, 60, 83):
        heard = np.array(tab.page.evaluate(f"[...Synth.tone('piano', {pitch}, {rate})]"))
        expected = tones.tone(pitch, rate)
        assert heard.shape == expected.shape
        assert np.abs(heard - expected).max() < 1e-3 * np.abs(expected).max()
