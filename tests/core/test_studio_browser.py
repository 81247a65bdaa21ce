"""The studio's page in a real browser, part by part."""

from pathlib import Path

import numpy as np
import pytest

from ssc_melody.melody.events import melody_notes
from tests.browser import DESKTOP, PHONE, Browser, Tab
from tests.conftest import TESTDATA
from tests.studio_page import generate, menu, notes_of, ready, saved
from tests.studio_server import Studio, running


@pytest.fixture
def tab(studio_tab: Tab) -> Tab:
    return studio_tab


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
    generate(tab)
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
    generate(tab)
    menu(page, 1, "Change")
    page.locator(".song:nth-child(1) [data-do=pitches]").click()
    tab.until("document.querySelectorAll('.song').length === 11")
    old, new = ([note[:2] for note in notes_of(tab, number)] for number in (1, 2))
    assert old == new
    page.locator(".song:nth-child(1) [data-do=rhythm]").click()
    tab.until("document.querySelectorAll('.song').length === 12")
    assert page.text_content(".song:nth-child(2) h3") == "Melody 1, new rhythm"


def test_notation_is_drawn_and_saved(tab: Tab) -> None:
    page = tab.page
    page.fill("[data-flag=num_outputs]", "2")
    generate(tab, 2)
    assert not any("abcjs" in request for request in tab.requests)  # 500 KB: only when asked for
    page.click("#show-score")
    tab.until("document.querySelectorAll('.score svg').length === 2")
    assert page.locator(".song:nth-child(1) .track").is_hidden()
    notes = len(notes_of(tab, 1))
    drawn = page.locator(".song:nth-child(1) .score .abcjs-note").count()
    assert drawn >= notes > 0  # more where ties join two
    page.locator(".song:nth-child(1) .play").click()
    tab.until("document.querySelector('.song:nth-child(1) .score .lit') !== null")
    page.click("#play")
    name, abc = saved(page, 1, "abc")
    assert name == "Melody_1.abc"
    assert abc.startswith(b"%abc-2.1\nX:1\nT:Melody 1\n")
    name, xml = saved(page, 2, "musicxml")
    assert name == "Melody_2.musicxml"
    assert b"<score-partwise" in xml
    page.click("#show-roll")
    assert page.locator(".song:nth-child(1) .track").is_visible()


def test_a_waltz_keeps_its_metre(tab: Tab) -> None:
    """Bars of three quarters in the grid, the rolls, the notation, and in what is rewritten."""
    page = tab.page
    page.select_option("#metre", "3/4")
    for _ in range(6):
        page.locator("#piano button").nth(4).click()
    page.fill("[data-flag=num_outputs]", "1")
    tab.until(
        "document.querySelector('#command').textContent.includes('primer_midi=beginning.mid')"
    )
    with page.expect_download() as download:
        page.click("#save-primer")
    assert download.value.suggested_filename == "beginning.mid"
    generate(tab, 1)
    assert page.get_attribute(".track", "aria-valuemax") == "8"
    menu(page, 1, "Change")
    page.locator(".song .from").fill("3")
    page.locator(".song .to").fill("4")
    page.locator(".song [data-do=rewrite]").click()
    tab.until("document.querySelectorAll('.song').length === 2")
    assert page.locator(".track").nth(1).get_attribute("aria-valuemax") == "8"
    assert b"M:3/4" in saved(page, 2, "abc")[1]
    page.click("#undo")
    page.click("#undo")
    for _ in range(8):
        page.click("#undo")
    assert page.input_value("#metre") == "4/4"


def test_melodies_on_chords(browser: Browser) -> None:
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
        generate(tab, 1)
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
    browser: Browser,
    studio: Studio,
    size: tuple,
    scheme: str,
) -> None:
    """axe-core's rules, with all that can be opened open, bars chosen, and a melody playing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    with browser.open(studio.address, size, scheme) as tab:
        page = ready(tab)
        page.locator("#piano button").first.click()
        generate(tab)
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
