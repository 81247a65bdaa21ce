"""One hand: docstrings in the third person, arguments that begin uppercase, the field's words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted((ROOT / "ssc_melody").rglob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

IMPERATIVES = (
    "Add Append Apply Build Call Check Choose Compare Compute Convert Count Create Cut Decode "
    "Define Draw Drop Encode Fill Find Follow Get Give Keep List Load Make Move Name Open Parse "
    "Play Print Put Raise Read Refuse Remove Render Return Run Save Say Set Show Split Start Take "
    "Tell Train Turn Use Wait Want Write Yield"
)
IDENTIFIERS = ("qpm",)
"""Names that a description may begin with as they are written."""

OTHER_WORDS = {
    r"\bgoes before\b": "takes precedence over",
    r"\bfor sure\b": "significantly",
    r"\bdrawn anew\b": "resampled",
    r"\b[Ss]omebody else's\b": "third-party",
    r"(?<!here )\bis no (folder|mixtape|registered|Melody RNN)\b": "is not a",
    r"\bLucy's\b": "a neutral title",
}
DEMO = {"README.md", "mixtape.md"}
"""Pages that show the demo, whose title is a joke."""

_SECTION = re.compile(r"\s*(Args|Attributes|Raises|Returns|Yields):$")
_ITEM = re.compile(r"\s+\*{0,2}[\w.]+: ([a-z]\w*)")


def _docstrings(source: str) -> Iterator[tuple[bool, str]]:
    """Yields (whether it is a function's, text) of each docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef), text


def faults(source: str) -> list[str]:
    """Lists what a module's docstrings have against the house's English."""
    found = []
    for is_function, text in _docstrings(source):
        if is_function and text.split()[0].strip(".,:;") in IMPERATIVES.split():
            found.append(f"imperative: {text.splitlines()[0]}")
        items = False
        for line in text.splitlines():
            if _SECTION.match(line):
                items = line.strip() not in ("Returns:", "Yields:")
            elif line.strip() and not line.startswith(" "):
                items = False
            elif items and line[4:5] != " ":
                match = _ITEM.match(line)
                if match and match[1] not in IDENTIFIERS and "_" not in match[1]:
                    found.append(f"lowercase: {line.strip()}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_are_of_one_hand(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def test_planted_faults_are_found() -> None:
    source = 'def f(x):\n    """Return it.\n\n    Args:\n        x: the number.\n    """\n'
    assert faults(source) == ["imperative: Return it.", "lowercase: x: the number."]
    assert faults(source.replace("Return", "Returns").replace("the n", "The n")) == []


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_words_are_the_fields(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = {
        word
        for word in OTHER_WORDS
        if re.search(word, text) and not ("Lucy" in word and path.name in DEMO)
    }
    assert not found, {word: OTHER_WORDS[word] for word in found}
