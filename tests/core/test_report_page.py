"""The report of ssc_melody_evaluate in a real browser."""

from pathlib import Path

import pytest

from ssc_melody.cli import evaluate
from tests.browser import DESKTOP, PHONE, Browser, browser  # noqa: F401 (a fixture)
from tests.conftest import TESTDATA
from tests.melody_sets import write_data_set


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    data = write_data_set(folder / "data")
    bundle = TESTDATA / "bundles" / "m2.1.4_tf2.9.1_lookback_64x2_b16.mag"
    flags = [f"--input={data}", f"--training_input={data}", f"--output_dir={folder}"]
    flags += ["--num_steps=32", "--num_melodies=12", "--noturing", "--log=ERROR", str(bundle)]
    assert evaluate.main(["ssc_melody_evaluate", *flags]) == 0
    return folder / "report.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_stands_alone_fits_and_reads_well(
    browser: Browser,  # noqa: F811
    page_file: Path,
    size: tuple[int, int],
    scheme: str,
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    with browser.open(page_file, size, scheme) as tab:
        page = tab.page
        assert page.locator("h2").count() == 6
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        boxes = page.locator("figure svg").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(b => [b.left, b.right])"
        )
        assert len(boxes) == 4 * 4
        chart = page.locator(".chart").bounding_box()
        assert chart["width"] > 0.9 * min(size[0] - 32, 1184 - 32)  # all of the page's
        letters = page.locator(".chart .tick").first.evaluate("e => getComputedStyle(e).fontSize")
        assert float(letters.removesuffix("px")) >= 12
        assert all(0 <= left < right <= size[0] for left, right in boxes)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (int(ground.split("(")[1].split(",")[0]) < 128) == (scheme == "dark")
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert tab.requests == [page_file.resolve().as_uri()]
        assert tab.complaints == []


def test_the_answer_stands_first(browser: Browser, page_file: Path) -> None:  # noqa: F811
    with browser.open(page_file) as tab:
        answer = tab.page.locator("main > p").first
        name = "m2.1.4_tf2.9.1_lookback_64x2_b16"
        assert answer.get_attribute("class") == "answer"
        assert f"{name} overlaps with people (overlapping area 0." in answer.inner_text()
        rows = tab.page.locator("table").first.locator("tbody tr").all_inner_texts()
        assert [row.split("\t")[0] for row in rows] == [f"1. {name}"]


def test_melodies_are_seen_and_heard(browser: Browser, page_file: Path) -> None:  # noqa: F811
    with browser.open(page_file) as tab:
        page = tab.page
        assert page.locator(".melody").count() == 9  # three each: people, the model, a Markov chain
        assert page.locator(".melody .new").evaluate_all(
            "all => all.every(e => e.getAttribute('d'))"
        )
        page.locator(".melody button").nth(4).click()
        tab.until("loudness() > 0.02")
        assert page.locator(".melody.on button").text_content() == "Stop"
        page.locator(".melody button").nth(4).click()
        tab.until("loudness() < 0.001")
        assert page.locator(".melody.on").count() == 0


def test_tables_that_are_cut_say_so(browser: Browser, page_file: Path) -> None:  # noqa: F811
    with browser.open(page_file, PHONE) as tab:
        widths = tab.page.locator(".wide").evaluate_all(
            "all => all.map(e => [e.scrollWidth > e.clientWidth + 1, "
            "getComputedStyle(e.nextElementSibling).display !== 'none'])"
        )
        assert any(cut for cut, _ in widths)
        assert all(cut == said for cut, said in widths)


def test_labels_are_inside_their_pictures(browser: Browser, page_file: Path) -> None:  # noqa: F811
    with browser.open(page_file) as tab:
        outside = tab.page.evaluate(
            """[...document.querySelectorAll("figure svg")].flatMap(svg => {
              const frame = svg.getBoundingClientRect();
              return [...svg.querySelectorAll("text")].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < frame.left - 2 || box.right > frame.right + 2;
              }).map(text => text.textContent);
            })"""
        )
        assert outside == []
