"""The pages' own code: JavaScript modules and styles, read from beside their Python.

A module is written with `import` and `export`, as a server gives it to a browser. A page of one
file has no address to import from: `script` joins modules to one script, without those words.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent

PLAYER = ("synth.js", "helpers.js", "transport.js")
"""What every page with sound is built on, in the order in which they need each other."""


def text(name: str, folder: Path = HERE) -> str:
    """Returns a file that stands beside the Python of a page."""
    return (folder / name).read_text(encoding="utf-8").strip()


def script(*paths: Path) -> str:
    """Returns modules as one script; each must stand after those that it imports."""
    return "\n".join(_without_modules(path.read_text(encoding="utf-8").strip()) for path in paths)


def _without_modules(source: str) -> str:
    """Takes out the lines of imports, and the word before what is exported."""
    source = re.sub(r"^import [^;]*;\n", "", source, flags=re.MULTILINE)
    return re.sub(r"^export ", "", source, flags=re.MULTILINE)


def player(*names: str) -> list[Path]:
    """Returns where the modules of this folder are."""
    return [HERE / name for name in names]


def source_of(code: str) -> str:
    """Returns a script as a Content-Security-Policy names it."""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return f"'sha256-{digest}'"
