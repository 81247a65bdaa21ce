"""The rooms of the package, and which may import which: a contract, read from the source."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "ssc_melody"

FLOORS = (
    ("errors", "constants", "cores"),
    ("files", "encodings", "chords"),
    ("specs", "formats", "midi", "scores", "render"),
    ("network", "melody", "tracks"),
    ("families",),
    ("play", "dataset", "pianoroll", "mixtape"),
    ("training", "evaluation", "export", "live", "studio"),
    ("magenta_layer",),
    ("configs",),
    ("__init__",),
    ("cli",),
    ("__main__",),
)
"""From the ground up: a room imports from the floors below its own, and from itself."""

HEAVY = {
    "tensorflow": {"training", "magenta_layer"},
    "magenta": {"magenta_layer"},
    "note_seq": {"magenta_layer"},
    "tf_slim": {"magenta_layer"},
}
"""Who may import a package while a module of its is loaded (within a function, anybody may)."""

MOST_ROOT_FILES = 8

EARLY = {"__main__", "encodings"}
"""Names that may be the standard library's too: it is loaded before any folder is looked in."""


def _room(path: Path) -> str:
    return next(iter(path.relative_to(PACKAGE).parts), "").removesuffix(".py")


def _imports(tree: ast.AST) -> list[tuple[str, bool]]:
    """Lists what a module imports, and whether that happens while it is loaded."""
    found = []
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found += [(name, id(node) not in inside) for name in names]
    return found


def _floor(room: str) -> int:
    return next(i for i, rooms in enumerate(FLOORS) if room in rooms)


def broken(room: str, source: str) -> list[str]:
    """Lists what a module's imports have against the contract."""
    found = []
    for name, at_once in _imports(ast.parse(source)):
        package, *rest = name.split(".")
        if package == "ssc_melody" and rest:
            other = rest[0]
            if other == room or not _is_room(other):
                continue
            if _floor(other) >= _floor(room):
                found.append(f"{room} (floor {_floor(room)}) imports {name}")
        elif at_once and package in HEAVY and room not in HEAVY[package]:
            found.append(f"{room} imports {package} when it is loaded")
    return found


def _is_room(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


MODULES = sorted(PACKAGE.rglob("*.py"))


def test_no_arrow_runs_back() -> None:
    faults = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in MODULES
        for fault in broken(_room(path), path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("room", "source", "fault"),
    [
        ("formats", "from ssc_melody.play import loading", "formats (floor 2) imports ssc_melody"),
        ("dataset", "def f():\n    from ssc_melody.magenta_layer import shims", "magenta_layer"),
        ("midi", "import ssc_melody.melody.primer", "melody.primer"),
        ("midi", "from ssc_melody import melody", "ssc_melody.melody"),
        ("play", "from ssc_melody.dataset import build", "dataset.build"),
        ("play", "import tensorflow as tf", "play imports tensorflow"),
        ("training", "from magenta.models import melody_rnn", "training imports magenta"),
    ],
)
def test_a_planted_back_arrow_is_found(room: str, source: str, fault: str) -> None:
    (found,) = broken(room, source)
    assert fault in found


def test_every_room_has_a_floor() -> None:
    rooms = {_room(path) for path in MODULES}
    assert rooms <= {room for floor in FLOORS for room in floor}


def test_the_root_stays_small() -> None:
    files = [path.name for path in PACKAGE.iterdir() if path.is_file()]
    assert len(files) <= MOST_ROOT_FILES, files


def test_no_module_shadows_the_standard_library() -> None:
    names = {part for path in MODULES for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert names & set(sys.stdlib_module_names) <= EARLY


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=_room)
def test_python_starts_in_every_room(folder: Path) -> None:
    code = "import abc, ast, encodings.idna, dataclasses, inspect, json, logging, typing"
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
