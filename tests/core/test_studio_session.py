"""A session in the studio as a person would have it: by hand on two sizes, and by keys alone."""

import io
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssc_melody.midi.read import parse_midi
from tests.browser import DESKTOP, PHONE, Browser, Tab
from tests.studio_page import BUNDLE, generate, menu, notes_of, ready, saved
from tests.studio_server import Studio


@pytest.fixture
def tab(studio_tab: Tab) -> Tab:
    return studio_tab


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
    before = notes_of(tab, 1)
    menu(page, 1, "Change")
    page.locator(".song:nth-child(1) .from").fill("3")
    page.locator(".song:nth-child(1) .to").fill("4")
    page.locator(".song:nth-child(1) [data-do=rewrite]").click()
    tab.until("document.querySelectorAll('.song').length === 11")
    assert page.text_content(".song:nth-child(2) h3") == "Melody 1, rewritten"
    after = notes_of(tab, 2)
    assert before != after
    bar = 96
    one, other = (  # a note may reach into the new bars, and one that did out of them is struck
        [note for note in notes if note[0] < bar or note[0] > 4 * bar + 6]
        for notes in (before, after)
    )
    assert one == other
    return after


def _save_all(page: Any) -> None:
    name, midi = saved(page, 1, "midi")
    assert name == "Melody_1_rewritten.mid"
    assert [n.pitch for n in parse_midi(midi, name).notes][:4] == [60, 64, 65, 67]
    name, wav = saved(page, 1, "wav")
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
def test_a_session(browser: Browser, studio: Studio, size: tuple, tmp_path: Path) -> None:
    """A beginning by keys, ten melodies, hear, rewrite bars 3-4, keep two, undo, save, reopen."""
    with browser.open(studio.address, size) as tab:
        page = ready(tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        _begin_by_keys(tab)
        generate(tab)
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
        assert notes_of(tab, 1) == rewritten
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
