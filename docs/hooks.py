"""What mkdocs does to a page: `<!-- messages -->` becomes the errors that the code can raise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1] / "ssc_melody"
MARK = "<!-- messages -->"


def _template(node: ast.expr) -> str:
    """Returns a message with `…` for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_template(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _template(node.left) + _template(node.right)
    return "…"


def messages() -> Iterator[tuple[str, str, str]]:
    """Yields (room, class, message) of every error raised in the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            name = ast.unparse(node.exc.func).rpartition(".")[2]
            if name.endswith("Error") and node.exc.args:
                text = " ".join(_template(node.exc.args[0]).split())
                if text.strip("… ") and name not in ("AttributeError", "ValueError", "TypeError"):
                    yield room, name, text


def _rows() -> str:
    rows = sorted(set(messages()))
    lines = [
        f"| `{room}` | {name} | {text.replace('|', chr(92) + '|').replace('<', '&lt;')} |"
        for room, name, text in rows
    ]
    return "\n".join(["| room | class | message |", "|---|---|---|", *lines])


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fills in the messages (mkdocs calls it for each page)."""
    return markdown.replace(MARK, _rows()) if MARK in markdown else markdown
