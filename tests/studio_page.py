"""The studio's page in a browser, for tests: chosen, generated, looked at, saved."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, Tab
from tests.studio_server import Studio

BUNDLE = "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag"


def ready(tab: Tab, bundle: str = BUNDLE) -> Any:
    """Waits for the page, and chooses a small bundle."""
    page = tab.page
    page.wait_for_selector("html[data-ready]")
    page.select_option("#bundle", bundle)
    tab.until("document.querySelector('#command').textContent.includes('bundle_file')")
    return page


@pytest.fixture
def studio_tab(browser: Browser, studio: Studio) -> Iterator[Tab]:
    """The page, with a small bundle chosen; it may not complain, nor ask elsewhere."""
    with browser.open(studio.address) as tab:
        ready(tab)
        yield tab
        assert tab.complaints == []
        assert all(request.startswith((studio.address, "blob:")) for request in tab.requests)


def generate(tab: Tab, count: int = 10) -> None:
    tab.page.click("#generate")
    tab.until(f"document.querySelectorAll('.song').length === {count}")


def menu(page: Any, number: int, name: str) -> None:
    menu = page.locator(f".song:nth-child({number}) .menu", has=page.get_by_text(name))
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()


def notes_of(tab: Tab, number: int) -> list[tuple[float, float, float]]:
    """Returns a melody's notes as its roll shows them: start, length, rows above the first."""
    d = tab.page.locator(f".song:nth-child({number}) .roll").first.evaluate(
        "e => [...e.querySelectorAll('.notes')].map(path => path.getAttribute('d')).join('')"
    )
    found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v", d)
    notes = sorted((float(x), float(width), float(y)) for x, y, width in found)
    return [(x, width, (notes[0][2] - y) / 10) for x, width, y in notes]


def saved(page: Any, number: int, kind: str) -> tuple[str, bytes]:
    menu(page, number, "Save")
    with page.expect_download() as download:
        page.locator(f".song:nth-child({number}) [data-format={kind}]").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()
