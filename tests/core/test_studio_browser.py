"""The studio in a real browser, used as a person would: by hand, by keys alone, on a phone."""

import io
import json
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssc_melody.melody.events import melody_notes
from ssc_melody.midi.read import parse_midi
from tests.browser import DESKTOP, PHONE, Browser, Tab, browser  # noqa: F401 (a fixture)
from tests.conftest import TESTDATA
from tests.studio_server import Studio, running

BUNDLE = "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag"


@pytest.fixture(scope="module")
def studio(basic_mag: Path) -> Iterator[Studio]:
    with running(paths=[basic_mag]) as found:
        yield found


def _ready(tab: Tab, bundle: str = BUNDLE) -> Any:
    """Waits for the page, and chooses a small bundle."""
    page = tab.page
    page.wait_for_selector("html[data-ready]")
    page.select_option("#bundle", bundle)
    tab.until("document.querySelector('#command').textContent.includes('bundle_file')")
    return page


@pytest.fixture
def tab(browser: Browser, studio: Studio) -> Iterator[Tab]:  # noqa: F811
    with browser.open(studio.address) as tab:
        _ready(tab)
        yield tab
        assert tab.complaints == []
        assert all(request.startswith((studio.address, "blob:")) for request in tab.requests)


def _generate(tab: Tab, count: int = 10) -> None:
    tab.page.click("#generate")
    tab.until(f"document.querySelectorAll('.song').length === {count}")


def _menu(page: Any, number: int, name: str) -> None:
    menu = page.locator(f".song:nth-child({number}) .menu", has=page.get_by_text(name))
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()


def _notes(tab: Tab, number: int) -> list[tuple[float, float, float]]:
    """Returns a melody's notes as its roll shows them: start, length, rows above the first."""
    d = tab.page.locator(f".song:nth-child({number}) .roll").first.evaluate(
        "e => [...e.querySelectorAll('.notes')].map(path => path.getAttribute('d')).join('')"
    )
    found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v", d)
    notes = sorted((float(x), float(width), float(y)) for x, y, width in found)
    return [(x, width, (notes[0][2] - y) / 10) for x, width, y in notes]


def _saved(page: Any, number: int, kind: str) -> tuple[str, bytes]:
    _menu(page, number, "Save")
    with page.expect_download() as download:
        page.locator(f".song:nth-child({number}) [data-format={kind}]").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def _begin_by_keys(tab: Tab) -> None:
    page = tab.page
    page.click("#typing")
    for key in "adfg":
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    assert page.input_value("#primer-melody") == "[60, -2, 64, -2, 65, -2, 67, -2]"
    assert page.text_content("#primer-words") == "C4 E4 F4 G4 (4 notes, 8 steps)"
    tab.until("document.querySelector('#command').textContent.includes('60, -2, 64')")


def _rewrite_bars_3_and_4(tab: Tab) -> list[tuple[float, float, float]]:
    """Returns the notes of the second melody, which is the first but for these bars."""
    page = tab.page
    before = _notes(tab, 1)
    _menu(page, 1, "Change")
    page.locator(".song:nth-child(1) .from").fill("3")
    page.locator(".song:nth-child(1) .to").fill("4")
    page.locator(".song:nth-child(1) [data-do=rewrite]").click()
    tab.until("document.querySelectorAll('.song').length === 11")
    assert page.text_content(".song:nth-child(2) h3") == "Melody 1, rewritten"
    after = _notes(tab, 2)
    assert before != after
    bar = 96
    one, other = (  # a note may reach into the new bars, and one that did out of them is struck
        [note for note in notes if note[0] < bar or note[0] > 4 * bar + 6]
        for notes in (before, after)
    )
    assert one == other
    return after


def _save_all(page: Any) -> None:
    name, midi = _saved(page, 1, "midi")
    assert name == "Melody_1_rewritten.mid"
    assert [n.pitch for n in parse_midi(midi, name).notes][:4] == [60, 64, 65, 67]
    name, wav = _saved(page, 1, "wav")
    with wave.open(io.BytesIO(wav)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.abs(samples).max() > 2000
    with page.expect_download() as download:
        page.click("#mixtape")
    assert b"Melody 1, rewritten" in Path(download.value.path()).read_bytes()


def _save_and_reopen(tab: Tab, kept: Path) -> None:
    page = tab.page
    page.fill("#title", "Monday's tunes")
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == "Mondays_tunes.studio.json"
    download.value.save_as(kept)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".song").count() == 0
    with page.expect_file_chooser() as chooser:
        page.click("#open")
    chooser.value.set_files(kept)
    tab.until("document.querySelectorAll('.song.kept').length === 2")
    assert page.input_value("#title") == "Monday's tunes"
    assert page.input_value("#bundle") == BUNDLE
    assert page.input_value("#primer-melody") == "[60, -2, 64, -2, 65, -2, 67, -2]"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_session(browser: Browser, studio: Studio, size: tuple, tmp_path: Path) -> None:  # noqa: F811
    """A beginning by keys, ten melodies, hear, rewrite bars 3-4, keep two, undo, save, reopen."""
    with browser.open(studio.address, size) as tab:
        page = _ready(tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        _begin_by_keys(tab)
        _generate(tab)
        assert page.locator(".song .given").first.get_attribute("d").count("M") == 4
        page.locator(".song:nth-child(1) .play").click()
        tab.until("loudness() > 0.02")
        page.click("#play")
        tab.until("loudness() < 0.001")
        rewritten = _rewrite_bars_3_and_4(tab)
        assert page.locator("#drop-rest").is_hidden()
        for number in (2, 4):
            page.locator(f".song:nth-child({number}) [data-do=keep]").click()
        page.click("#drop-rest")
        assert page.locator(".song h3").all_text_contents() == ["Melody 1, rewritten", "Melody 3"]
        page.click("#undo")
        assert page.locator(".song").count() == 11
        page.click("#redo")
        assert page.locator(".song").count() == 2
        _save_all(page)
        _save_and_reopen(tab, tmp_path / "kept.studio.json")
        assert _notes(tab, 1) == rewritten
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert tab.complaints == []
        assert all(request.startswith((studio.address, "blob:")) for request in tab.requests)


def test_by_keyboard_alone(tab: Tab) -> None:
    """Tab and keys reach the form, the piano, Generate, a melody, its menus, and undo."""
    page = tab.page

    def tab_to(selector: str) -> None:
        for _ in range(150):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    tab_to("#piano button")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert page.input_value("#primer-melody") == "[60, -2, 62, -2]"
    tab_to("[data-flag=num_outputs]")
    page.keyboard.press("Control+A")
    page.keyboard.type("3")
    tab_to("#generate")
    page.keyboard.press("Enter")
    tab.until("document.querySelectorAll('.song').length === 3")
    tab_to(".song:nth-child(1) .play")
    page.keyboard.press("Space")
    tab.until("loudness() > 0.02")
    page.keyboard.press("Space")
    tab_to(".song:nth-child(1) [data-do=keep]")
    page.keyboard.press("Enter")
    assert page.locator(".song.kept").count() == 1
    tab_to(".song:nth-child(1) .track")
    page.keyboard.press("ArrowUp")
    assert page.get_attribute(".song:nth-child(1) .track", "aria-valuetext") == "bar 2 of 8"
    tab_to(".song:nth-child(1) .menu summary")
    page.keyboard.press("Enter")
    tab_to(".song:nth-child(1) [data-do=continue]")
    page.keyboard.press("Enter")
    tab.until("document.querySelectorAll('.song').length === 4")
    assert page.get_attribute(".song:nth-child(2) .track", "aria-valuemax") == "16"
    page.keyboard.press("Control+z")
    tab.until("document.querySelectorAll('.song').length === 3")
    page.keyboard.press("Control+Shift+Z")
    tab.until("document.querySelectorAll('.song').length === 4")


def test_a_beginning_by_the_mouse(tab: Tab) -> None:
    """A click writes a note, a drag a longer one, a click on it takes it away; undo knows."""
    page = tab.page
    box = page.locator("#primer-roll svg").bounding_box()

    def at(step: float, pitch: int) -> tuple[float, float]:
        return box["x"] + (step + 0.5) * box["width"] / 32, box["y"] + (96 - pitch) * 10 + 5

    page.mouse.click(*at(0, 67))
    assert page.input_value("#primer-melody") == "[67, -2]"
    page.mouse.move(*at(4, 69))
    page.mouse.down()
    page.mouse.move(*at(6, 69))
    page.mouse.move(*at(9, 69))
    page.mouse.up()
    assert page.input_value("#primer-melody") == "[67, -2, -1, -2, 69, -2, -2, -2, -2, -2]"
    page.mouse.click(*at(0, 67))
    assert page.input_value("#primer-melody") == "[-2, -2, -2, -2, 69, -2, -2, -2, -2, -2]"
    page.click("#undo")
    assert page.input_value("#primer-melody") == "[67, -2, -1, -2, 69, -2, -2, -2, -2, -2]"
    page.click("#clear")
    assert page.input_value("#primer-melody") == ""


def test_bars_are_chosen_by_dragging(tab: Tab) -> None:
    page = tab.page
    _generate(tab)
    numbers = page.locator(".song:nth-child(1) .numbers")
    numbers.scroll_into_view_if_needed()
    box = numbers.bounding_box()
    page.mouse.move(box["x"] + 2.5 * box["width"] / 8, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 4.5 * box["width"] / 8, box["y"] + 5)
    page.mouse.up()
    assert page.input_value(".song:nth-child(1) .from") == "3"
    assert page.input_value(".song:nth-child(1) .to") == "5"
    assert page.get_attribute(".song:nth-child(1) .chosen", "x") == "192"
    assert page.get_attribute(".song:nth-child(1) .chosen", "width") == "288"


def test_variations_keep_what_they_say(tab: Tab) -> None:
    page = tab.page
    _generate(tab)
    _menu(page, 1, "Change")
    page.locator(".song:nth-child(1) [data-do=pitches]").click()
    tab.until("document.querySelectorAll('.song').length === 11")
    old, new = ([note[:2] for note in _notes(tab, number)] for number in (1, 2))
    assert old == new
    page.locator(".song:nth-child(1) [data-do=rhythm]").click()
    tab.until("document.querySelectorAll('.song').length === 12")
    assert page.text_content(".song:nth-child(2) h3") == "Melody 1, new rhythm"


def test_notation_is_drawn_and_saved(tab: Tab) -> None:
    page = tab.page
    page.fill("[data-flag=num_outputs]", "2")
    _generate(tab, 2)
    assert not any("abcjs" in request for request in tab.requests)  # 500 KB: only when asked for
    page.click("#show-score")
    tab.until("document.querySelectorAll('.score svg').length === 2")
    assert page.locator(".song:nth-child(1) .track").is_hidden()
    notes = len(_notes(tab, 1))
    drawn = page.locator(".song:nth-child(1) .score .abcjs-note").count()
    assert drawn >= notes > 0  # more where ties join two
    page.locator(".song:nth-child(1) .play").click()
    tab.until("document.querySelector('.song:nth-child(1) .score .lit') !== null")
    page.click("#play")
    name, abc = _saved(page, 1, "abc")
    assert name == "Melody_1.abc"
    assert abc.startswith(b"%abc-2.1\nX:1\nT:Melody 1\n")
    name, xml = _saved(page, 2, "musicxml")
    assert name == "Melody_2.musicxml"
    assert b"<score-partwise" in xml
    page.click("#show-roll")
    assert page.locator(".song:nth-child(1) .track").is_visible()


def test_melodies_on_chords(browser: Browser) -> None:  # noqa: F811
    """A model of Improv RNN: the field of chords appears, its names stand over the roll."""
    bundle = TESTDATA / "improv" / "basic_improv.mag"
    with running(paths=[bundle]) as improv, browser.open(improv.address) as tab:
        page = tab.page
        page.wait_for_selector("html[data-ready]")
        assert page.locator("[data-flag=backing_chords]").is_hidden()
        page.select_option("#bundle", "basic_improv.mag")
        page.wait_for_selector("[data-flag=backing_chords]", state="visible")
        page.fill("[data-flag=backing_chords]", "C G Am F")
        page.fill("[data-flag=num_outputs]", "1")
        tab.until("document.querySelector('#command').textContent.includes('backing_chords')")
        _generate(tab, 1)
        assert page.locator(".symbols span").all_text_contents() == ["C", "G", "Am", "F"]
        assert page.get_attribute(".track", "aria-valuemax") == "4"
        page.click("#play")
        tab.until("loudness() > 0.02")
        assert tab.complaints == []


def test_a_midi_keyboard_is_heard(tab: Tab) -> None:
    """With a keyboard that only the page believes in."""
    page = tab.page
    page.evaluate(
        """() => {
          window.input = {};
          navigator.requestMIDIAccess = async () => ({inputs: new Map([["a", window.input]])});
        }"""
    )
    page.click("#midi-in")
    tab.until("window.input.onmidimessage !== undefined")
    page.evaluate("[[0x90, 72, 64], [0x80, 72, 0], [0x91, 74, 1], [0x90, 74, 0]]"
                  ".forEach((data) => window.input.onmidimessage({data}))")  # fmt: skip
    assert page.input_value("#primer-melody") == "[72, -2, 74, -2]"
    page.click("#midi-in")
    assert page.get_attribute("#midi-in", "aria-pressed") == "false"


def test_mistakes_are_said_in_plain_words(tab: Tab) -> None:
    page = tab.page
    page.fill("[data-flag=num_steps]", "0")
    tab.until("document.querySelector('#problem').textContent.includes('“Bars”')")
    page.fill("[data-flag=num_steps]", "8")
    tab.until("document.querySelector('#problem').textContent === ''")


def test_the_command_is_what_the_form_says(tab: Tab) -> None:
    page = tab.page
    page.fill("[data-flag=seed]", "7")
    page.locator("[data-flag=temperature]").fill("0.8")
    page.locator("summary", has_text="What they must be").click()
    page.select_option("[data-flag=key]", "Bb")
    tab.until("document.querySelector('#command').textContent.endsWith("
              "'--seed=7 --temperature=0.8 --key=Bb')")  # fmt: skip
    page.locator("[data-flag=key]").dispatch_event("change")
    page.click("#undo")
    page.click("#undo")
    tab.until("!document.querySelector('#command').textContent.includes('--key')")


def test_files_are_dropped_on_the_page(tab: Tab, attention_mag: Path) -> None:
    page = tab.page
    drop = """([name, bytes]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], name));
      document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true}));
    }"""
    page.evaluate(drop, ["mine.mag", list(attention_mag.read_bytes())])
    tab.until("document.querySelector('#bundle').value.startsWith('mine.mag (')")
    page.evaluate(drop, ["air.abc", list(b"X:1\nL:1/8\nQ:1/4=90\nK:C\nCE G2|\n")])
    tab.until("document.querySelector('#primer-melody').value.startsWith('[60, -2, 64, -2, 67')")
    assert page.input_value("[data-flag=qpm]") == "90"
    page.evaluate(drop, ["bad.mag", list(b"nonsense")])
    tab.until("document.querySelector('#failed').textContent.includes('bad.mag')")
    assert len(tab.complaints) == 1  # the browser's own, of an answer that is no success
    assert "400" in tab.complaints.pop()


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_axe_finds_no_barrier(
    browser: Browser,  # noqa: F811
    studio: Studio,
    size: tuple,
    scheme: str,
) -> None:
    """axe-core's rules, with all that can be opened open, bars chosen, and a melody playing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    with browser.open(studio.address, size, scheme) as tab:
        page = _ready(tab)
        page.locator("#piano button").first.click()
        _generate(tab)
        page.locator(".song:nth-child(1) [data-do=keep]").click()
        page.evaluate(
            "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
        )
        page.locator(".song:nth-child(1) .to").fill("3")
        page.click("#play")
        tab.until("loudness() > 0.02")
        results = axe.Axe().run(page).response
        found = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]]
        assert found == []
        assert len(results["passes"]) > 20
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_events_and_notes_are_those_of_python(tab: Tab) -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        events = random.choice([-2, -2, -1, 60, 62, 127, 0], 24).tolist()
        found = tab.page.evaluate(
            "async (events) => { const {notesOf, eventsOf} = await import('./melody.js');"
            " const notes = notesOf(events);"
            " return [notes, notesOf(eventsOf(notes))]; }", events)  # fmt: skip
        expected = [{"pitch": p, "start": s, "end": e} for p, s, e in melody_notes(events)]
        assert found == [expected, expected]
