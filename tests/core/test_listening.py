"""The listening test: fair pairs, a blind page, answers added up; and the page in a browser."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ssc_melody.cli import evaluate
from ssc_melody.errors import DataError
from ssc_melody.evaluation import listening
from ssc_melody.evaluation.intervals import binomial
from tests.browser import DESKTOP, PHONE, Browser, Tab, browser  # noqa: F401 (a fixture)
from tests.conftest import TESTDATA
from tests.melody_sets import tune, write_data_set

MODELS = ["m2.1.4_tf2.9.1_basic_48-64-32_b16", "m2.1.4_tf2.9.1_lookback_64x2_b16"]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("listening")
    data = write_data_set(folder / "data")
    bundles = [str(TESTDATA / "bundles" / f"{name}.mag") for name in MODELS]
    flags = [f"--input={data}", f"--output_dir={folder}", "--noturing", "--listening_test"]
    flags += ["--num_steps=16", "--num_melodies=12", "--num_pairs=6", "--log=ERROR"]
    assert evaluate.main(["ssc_melody_evaluate", *flags, *bundles]) == 0
    return folder / "listening_test.html"


def _test(page_file: Path) -> dict[str, Any]:
    hidden = re.search(r'id="test">"([^"]+)"<', page_file.read_text())
    assert hidden
    return json.loads(base64.b64decode(hidden[1]))


def test_pairs_are_fair(page_file: Path) -> None:
    pairs = _test(page_file)["pairs"]
    assert [pair["model"] for pair in pairs] == MODELS * 3
    assert {pair["human"] for pair in pairs} == {0, 1}
    people = [tune(i, 9) for i in range(12)]
    for pair in pairs:
        human, model = pair["takes"][pair["human"]], pair["takes"][1 - pair["human"]]
        bar = [[note for note in take if note[1] < 2.0] for take in (human, model)]  # 16 steps
        assert [note[:2] for note in bar[0]] == [note[:2] for note in bar[1]]
        assert human != model
        events = {(round(start / 0.125), pitch) for pitch, start, _ in human}
        assert any(
            events == {(i, e) for i, e in enumerate(m[at : at + 32]) if e >= 0}
            for m in people
            for at in range(0, 112, 16)
        )


def test_the_page_is_blind_and_stands_alone(page_file: Path) -> None:
    text = page_file.read_text()
    for name in (*MODELS, "human", "basic", "lookback"):
        assert name not in re.sub(r"<script>.*</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"https?:|src=|@import|url\(", text)


def test_answers_are_added_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, rights in enumerate(([True, True, False], [True, False, True])):
        answers = [
            {"pair": i, "model": "ab"[i % 2], "choice": "A", "right": right}
            for i, right in enumerate(rights)
        ]
        if number:
            answers.append({"pair": 3, "model": "b", "choice": None, "right": None})
        content = {"format": "ssc_melody listening answers", "version": 1 + number, "test": "x"}
        (tmp_path / f"{number}.json").write_text(json.dumps(content | {"answers": answers}))
    files = [str(tmp_path / f"{i}.json") for i in (0, 1)]
    assert evaluate.main(["ssc_melody_evaluate", "--listening_answers", *files]) == 0
    lines = capsys.readouterr().out.splitlines()
    cells = {line.split()[0]: line.split()[1:] for line in lines[2:]}
    assert cells["a"][:4] == ["4", "0", "3", "75.0"]
    assert cells["b"][:4] == ["3", "1", "1", "50.0"]
    assert cells["all"][:4] == ["7", "1", "4", "66.7"]
    low, high = binomial(4, 6)[1:]
    assert cells["all"][4:6] == [f"[{100 * low:.1f},", f"{100 * high:.1f}]"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * 100_000, "at most 32 levels"),
        ("{}", "has no 'format'"),
        ('{"format": "x", "version": 1, "answers": []}', "another format or version"),
        (
            '{"format": "x", "version": 1, "answers": [{"model": "a", "right": 1}]}',
            r"answers\[0\]\.right: expected true or false or null, found 1",
        ),
    ],
)
def test_other_answers_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=message):
        listening.read_answers(tmp_path / "a.json")


@pytest.fixture
def tab(browser: Browser, page_file: Path) -> Iterator[Tab]:  # noqa: F811
    with browser.open(page_file) as tab:
        yield tab
        assert tab.complaints == []
        assert set(tab.requests) == {page_file.resolve().as_uri()}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_fits_the_window(browser: Browser, page_file: Path, size: tuple) -> None:  # noqa: F811
    with browser.open(page_file, size) as tab:
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert tab.complaints == []


def test_both_takes_are_heard_one_at_a_time(tab: Tab) -> None:
    page = tab.page
    page.click("#play0")
    tab.until("loudness() > 0.02")
    assert page.text_content("#play0") == "Stop A"
    page.keyboard.press("b")
    tab.until("document.querySelector('#take1').className === 'take on'")
    assert page.text_content("#play0") == "Play A"
    tab.until("parseFloat(document.querySelector('#take1 i').style.width) > 5")
    page.click("#play1")
    tab.until("loudness() < 0.02")
    assert page.text_content("#play1") == "Play B"


def test_a_whole_test_is_answered_kept_saved_and_scored(
    tab: Tab, page_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, pairs = tab.page, _test(page_file)["pairs"]

    def hear() -> None:
        """Plays both; a test of patience is another one."""
        for take in (0, 1):
            page.click(f"#play{take}")
            tab.until("document.querySelector('.take.on i') && parseFloat("
                      f"document.querySelector('#take{take} i').style.width) > 55")  # fmt: skip

    page.keyboard.press("1")  # does not count: nothing has been heard
    assert page.is_disabled("#choose0")
    hear()
    page.click(f"#choose{1 - pairs[0]['human']}")  # wrong, and thought better of
    assert page.text_content("#number") == "2 of 6"
    page.keyboard.press("Backspace")
    assert page.text_content("#number") == "1 of 6"
    page.click(f"#choose{pairs[0]['human']}")  # right: it need not be heard again
    hear()
    page.keyboard.press("2" if pairs[1]["human"] == 0 else "1")  # wrong
    assert page.text_content("#number") == "3 of 6"
    page.reload()
    assert page.text_content("#number") == "3 of 6"  # kept by the browser
    for pair in pairs[2:5]:
        hear()
        page.click(f"#choose{pair['human']}")
    hear()
    page.click("#unsure")
    assert page.is_hidden("#ask")
    rows = page.locator("#score tr").all_text_contents()
    share, low, high = binomial(4, 5)
    assert rows[-1] == (
        f"all4 of 5{100 * share:.1f} %{100 * low:.1f} % to {100 * high:.1f} %1 not told"
    )
    assert [row.split(" ")[0] for row in rows[:2]] == [f"{MODELS[0]}3", f"{MODELS[1]}1"]
    with page.expect_download() as download:
        page.click("#save")
    saved = tmp_path / "answers.json"
    download.value.save_as(saved)
    answers = json.loads(saved.read_text())["answers"]
    assert [answer["right"] for answer in answers] == [True, False, True, True, True, None]
    assert [answer["plays"] for answer in answers] == [[1, 1]] * 6
    assert all(1 < answer["seconds"] < 200 for answer in answers)
    assert evaluate.main(["ssc_melody_evaluate", "--listening_answers", str(saved)]) == 0
    assert re.search(r"all +6 +1 +4 +80\.0", capsys.readouterr().out)
    page.click("#again")
    assert page.text_content("#number") == "1 of 6"
    page.evaluate("localStorage.clear()")


def test_nothing_is_wrong_for_a_screen_reader(tab: Tab) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    found = axe.Axe().run(tab.page)
    assert found.violations_count == 0, found.generate_report()
