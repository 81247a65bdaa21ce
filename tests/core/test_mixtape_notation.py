"""The mixtape's notation: which songs have one, what the page says, and the switch in a browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssc_melody import mixtape
from ssc_melody.cli import generate
from ssc_melody.cli import mixtape as command
from ssc_melody.mixtape import tape
from tests.browser import DESKTOP, PHONE, Browser, Tab, browser  # noqa: F401 (a fixture)
from tests.midi_files import midi_bytes

TUNE = [(60, 0, 4), (62, 4, 6), (64, 6, 16)]


def _data(folder: Path) -> dict:
    return json.loads(tape._DATA.search((folder / "index.html").read_text())[1])


def _abc(notes: list[tuple[int, int, int]], tmp_path: Path) -> str:
    (tmp_path / "a.mid").write_bytes(midi_bytes({"melody": notes}))
    (song,) = mixtape.with_notation(mixtape.from_folder(tmp_path)).songs
    return song.abc


def test_a_file_of_one_voice_has_notation(tmp_path: Path) -> None:
    abc = _abc(TUNE, tmp_path)
    assert abc.startswith("%abc-2.1\nX:1\nT:a\nM:4/4\nL:1/8\n")
    assert abc.endswith("C2 DE- E4 |]\n")


def test_silent_bars_before_are_left_out_and_half_ones_are_pickups(tmp_path: Path) -> None:
    later = [(pitch, start + 32, end + 32) for pitch, start, end in TUNE]
    assert _abc(later, tmp_path).endswith("C2 DE- E4 |]\n")
    pickup = [(pitch, start + 12, end + 12) for pitch, start, end in TUNE]
    assert _abc(pickup, tmp_path).endswith("C2 | D E3- E2 z2 |]\n")


@pytest.mark.parametrize(
    "notes",
    [
        [(60, 0, 4), (64, 0, 4)],  # a chord
        [(60, 0, 5), (64, 4, 8)],
        [],
    ],
)
def test_others_have_none(notes: list[tuple[int, int, int]], tmp_path: Path) -> None:
    assert _abc(notes, tmp_path) == ""


def test_the_command_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(midi_bytes({"melody": TUNE}))
    (tmp_path / "b.mid").write_bytes(midi_bytes({"melody": [(60, 0, 4), (64, 0, 4)]}))
    assert command.main(["ssc_melody_mixtape", str(tmp_path), "--score"]) == 0
    page = (tmp_path / "index.html").read_text()
    assert "abcjs_basic v6.7.2" in page
    assert page.count('class="score"') == 1
    assert ["abc" in song for song in _data(tmp_path)["songs"]] == [True, False]
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 0
    plain = (tmp_path / "index.html").read_text()
    assert "abcjs_basic" not in plain
    assert 'id="show-score"' not in plain
    assert len(page) - len(plain) > 500_000


def test_a_page_keeps_the_notation_of_its_run(tmp_path: Path, attention_mag: Path) -> None:
    flags = [f"--bundle_file={attention_mag}", f"--output_dir={tmp_path}", "--mixtape", "--seed=3"]
    flags += ["--num_outputs=2", "--num_steps=32", "--score=musicxml", "--key=Am"]
    assert generate.main(["ssc_melody_generate", *flags]) == 0
    before = [song["abc"] for song in _data(tmp_path)["songs"]]
    assert all("K:Am" in abc for abc in before)
    assert not list(tmp_path.glob("*.abc"))
    assert command.main(["ssc_melody_mixtape", str(tmp_path), "--score"]) == 0
    assert [song["abc"] for song in _data(tmp_path)["songs"]] == before


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, attention_mag: Path) -> Path:
    path = tmp_path_factory.mktemp("scores")
    flags = [f"--bundle_file={attention_mag}", f"--output_dir={path}", "--mixtape", "--seed=3"]
    flags += ["--num_outputs=2", "--num_steps=64", "--score=abc", "--qpm=60"]
    flags += ["--primer_melody=[60,-2,-2,-2,62,-2,-2,-2,64,-2,-2,-2]"]
    assert generate.main(["ssc_melody_generate", *flags]) == 0
    return path


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def tab(browser: Browser, folder: Path, request: pytest.FixtureRequest) -> Iterator[Tab]:  # noqa: F811
    with browser.open(folder / "index.html", request.param) as tab:
        yield tab
        assert tab.complaints == []
        assert all(url.startswith("file:") for url in tab.requests)


def test_the_switch_shows_the_score_and_lights_what_sounds(tab: Tab) -> None:
    page = tab.page
    assert page.locator(".score svg").count() == 0  # drawn when it is asked for
    page.click("#show-score")
    assert page.locator(".score svg").count() == 2
    assert page.locator("#song-1 .staff").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heads = page.locator("#song-1 .abcjs-note").count()
    written = len(re.findall(r"[A-Ga-g]", _music(page)))
    assert heads == written > 10
    page.click("#play")
    tab.until("loudness() > 0.02 && document.querySelectorAll('.score .lit').length === 1")
    page.locator("#song-2 .abcjs-note").first.click(force=True)
    assert page.locator(".song.current").get_attribute("data-number") == "2"
    page.click("#play")
    assert page.locator(".score .lit").count() == 0
    page.click("#show-roll")
    assert page.locator("#song-1 .staff").is_visible()
    assert page.locator("#song-1 .score").is_hidden()


def _music(page: object) -> str:
    abc = json.loads(page.locator("#tape").text_content())["songs"][0]["abc"]
    return "".join(abc.splitlines(keepends=True)[6:]).split("\n", 1)[1]


def test_axe_finds_no_barrier_in_a_score(tab: Tab) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    tab.page.click("#show-score")
    results = axe.Axe().run(tab.page).response
    found = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]]
    assert found == []
