"""README and docs: each page's blocks run, its tables are what the code says, its links lead on."""

import doctest
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT
from tests.doc_pages import LANGUAGES, PAGES, RUN, blocks, needs_magenta, run_page

README = ROOT / "README.md"
CORE_PAGES = [
    page
    for page in PAGES
    if not needs_magenta(page) and any(b.language in RUN and not b.reason for b in blocks(page))
]
MOST_NOT_RUN = 8
HEAVY = ("magenta_layer", "training")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.skipif(not shutil.which("bash"), reason="blocks of sh need bash, which is not here")
@pytest.mark.parametrize("page", CORE_PAGES, ids=_name)
@pytest.mark.timeout(400)
def test_a_page_runs_as_it_stands(page: Path, tmp_path: Path) -> None:
    if page.name == "evaluating.md" and importlib.util.find_spec("sklearn") is None:
        pytest.skip("scikit-learn is not installed (requirements/dev.lock)")
    assert run_page(page, tmp_path) > 0


def test_pages_run_in_one_of_the_two_places() -> None:
    assert {"README.md", "docs/datasets.md", "docs/python-api.md"} <= set(map(_name, CORE_PAGES))
    assert {page.name for page in PAGES if needs_magenta(page)} == {
        "hierarchy.md", "magenta.md", "training.md"
    }  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_blocks_have_a_language_and_few_are_not_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("\n```") == 2 * len(blocks(page))
    assert {block.language for block in blocks(page)} <= set(LANGUAGES)


def test_few_blocks_are_not_run() -> None:
    left_out = [block for page in PAGES for block in blocks(page) if block.reason]
    assert len(left_out) <= MOST_NOT_RUN
    assert all(len(block.reason) > 10 for block in left_out)


def test_a_wrong_block_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for number, text in enumerate(
        ["```python\nassert 1 == 2\n```\n", "```sh\nfalse\n```\n", "```console\n$ echo 1\n2\n```\n"]
    ):
        page.write_text(text)
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(AssertionError):
            run_page(page, folder)


def test_the_readme_is_short() -> None:
    assert len(README.read_bytes()) <= 8 * 1024


def _module(name: str) -> ModuleType:
    """Imports a module of docs/, which is not a package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_tables_are_what_the_code_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert _module("generate").generated(text) == text, "run python -m docs.generate"


def test_all_tables_are_somewhere() -> None:
    texts = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"<!-- generated: (\w+) -->", texts)) == set(_module("generate").TABLES)


def test_commands_and_targets_exist() -> None:
    commands = re.findall(r"^(\w+) = ", _section("project.scripts"), re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"\bssc_(?:melody|improv)_[a-z_]*[a-z]\b", text))
        assert named <= set(commands), page
        for target in set(re.findall(r"`make ([a-z-]+)", text)):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), (page, target)


def _section(name: str) -> str:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return text.split(f"[{name}]\n")[1].split("\n[")[0]


def test_files_that_pages_name_exist() -> None:
    places = r"(?:tests|benchmarks|notebooks|bundles|docs|magenta_layer|cli|specs|play|melody)"
    for page in PAGES:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for name in re.findall(rf"`({places}/[\w/]+\.\w+)`", text):
            assert (ROOT / name).exists() or (ROOT / "ssc_melody" / name).exists(), (page, name)
        for name in re.findall(r"python -m (benchmarks\.\w+)", text):
            assert (ROOT / f"{name.replace('.', '/')}.py").is_file(), (page, name)
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README.read_text(encoding="utf-8")):
        assert (ROOT / link).exists(), link


def _plain(message: str) -> str:
    """Returns a message without what tells a flag from an argument."""
    return message.replace("`", "").replace("--", "")


def test_messages_that_troubleshooting_explains_are_in_the_code() -> None:
    """A message is quoted with … for what is filled in, from its beginning on."""
    raised = [_plain(message) for _, _, message in _module("hooks").messages()]
    others = [
        "ssc_melody_generate: command not found",
        "expected Python 3.10 or newer, found",
        "out of memory; ask for fewer or shorter melodies",
        *("needs TensorFlow: …", "seed: expected …", "temperature: expected …"),
    ]
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    assert len(quoted) > 60
    for message in quoted:
        text = _plain(message).removeprefix("…: ")  # the file is often named at the border
        pieces = [re.escape(piece.strip()) for piece in text.split("…")]
        pattern = re.compile(".*?".join(pieces))
        assert any(map(pattern.search, [*raised, *others])), message


def _with_examples() -> list[str]:
    paths = sorted((ROOT / "ssc_melody").rglob("*.py"))
    found = [path for path in paths if ">>> " in path.read_text(encoding="utf-8")]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found]


@pytest.mark.parametrize("module", [m for m in _with_examples() if m.split(".")[1] not in HEAVY])
def test_examples_in_docstrings_give_what_they_say(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module.removesuffix(".__init__")))
    assert result.attempted > 0
    assert result.failed == 0


def test_every_public_name_is_in_the_reference() -> None:
    import ssc_melody

    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    left_out = {"SPECS", "configs"}  # a table of the specs that are there; Magenta's configs
    for name in set(ssc_melody.__all__) - left_out:
        assert f"::: ssc_melody.{name}\n" in page or f"| `{name}` |" in page, name


def test_the_site_builds(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed (make docs, requirements/docs.lock)")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
