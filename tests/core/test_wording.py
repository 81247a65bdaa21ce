"""What messages are made of: the library names arguments, the commands write them as flags."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "ssc_melody"
LIBRARY = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in ("cli", "__main__.py")
]

_FLAG = re.compile(r"(?<![\w-])--[a-z]")
_OTHERS = (
    "ssc_melody_",
    "ssc_improv_",
    "pip install",
    "--direct_num_workers",
    "--given-light",
    "--notes-",
)
"""Whole command lines, a flag of Beam's, and the variables of a style sheet."""


def _docstrings(tree: ast.AST) -> set[int]:
    """Returns the texts that stand alone, which are about the code."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def flags_in(source: str) -> Iterator[str]:
    """Yields the texts of a module, docstrings aside, that speak of a flag."""
    tree = ast.parse(source)
    left_out = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(value) for value in node.values}
            parts = [v.value if isinstance(v, ast.Constant) else "X" for v in node.values]
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in left_out else node.value
        else:
            continue
        if _FLAG.search(text) and not any(other in text for other in _OTHERS):
            yield text


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_library_speaks_of_arguments(path: Path) -> None:
    assert list(flags_in(path.read_text(encoding="utf-8"))) == []


def test_a_planted_flag_is_found() -> None:
    source = 'def f(n):\n    """Of --x."""\n    raise ValueError(f"{n}: a smaller --num_workers")\n'
    assert list(flags_in(source)) == ["X: a smaller --num_workers"]
