"""Runs a page of the documentation: its blocks, in the order in which they stand, in one folder.

A block of `sh` is run; of `console`, the lines after `$ ` are run and what they print is compared
with what is shown (`...` stands for anything). Blocks of `python` share their names. `text` is not
run, and neither is a block below `<!-- not run: REASON -->`. A page that says
`<!-- runs with Magenta -->` needs it. The commands are this checkout's, installed or not.
"""

import contextlib
import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ssc_melody.cli.launch import COMMANDS, program
from tests.conftest import ROOT, TESTDATA
from tests.melody_sets import tune

PAGES = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md") if path.is_file()]
PAGES += sorted((ROOT / "docs").glob("*.md"))
WITH_MAGENTA = "<!-- runs with Magenta -->"
RUN = ("sh", "console", "python")
LANGUAGES = (*RUN, "text")
SECONDS = 300

_ABC = """X:1
T:A scale and back
M:4/4
L:1/4
K:C
CDEF|GABc|cBAG|FEDC|CDEF|GABc|cBAG|FEDC|
"""

_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]*?) -->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    """A block of code: where it stands, its language, why it is not run ("" if it is)."""

    line: int
    language: str
    reason: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Lists the blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            text.count("\n", 0, found.start("text")) + 1,
            found["language"],
            found["reason"] or "",
            found["text"],
        )
        for found in _BLOCK.finditer(text)
    ]


def needs_magenta(page: Path) -> bool:
    return WITH_MAGENTA in page.read_text(encoding="utf-8")


def furnish(folder: Path) -> None:
    """Puts there what pages begin with: bundles, a tune, a folder of music and an archive."""
    from ssc_melody.melody.melody import Melody

    shutil.copy(TESTDATA / "bundles" / "m2.1.4_tf2.9.1_attention_64x2_b1.mag",
                folder / "attention_rnn.mag")  # fmt: skip
    shutil.copy(TESTDATA / "bundles" / "m0.3.12_tf1.8.0_basic_48-64-32_resid_b1.mag",
                folder / "old.mag")  # fmt: skip
    shutil.copy(TESTDATA / "improv" / "chord_pitches_improv.mag", folder)
    Melody(tune(0, 8)).to_midi(folder / "tune.mid")
    music = folder / "music"
    music.mkdir()
    for seed in range(24):
        Melody(tune(seed, 12)).to_midi(music / f"tune_{seed:02}.mid")
    (music / "book.abc").write_text(_ABC)
    shutil.make_archive(str(folder / "music"), "zip", music)


def install(folder: Path) -> Path:
    """Writes the commands into a folder, as a `pip install` would, and returns it."""
    folder.mkdir()
    for name in COMMANDS:
        script = folder / program(name)
        script.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m ssc_melody {name} \"$@\"\n")
        script.chmod(0o755)
    (folder / "python").symlink_to(sys.executable)
    return folder


def _shell(command: str, binaries: Path) -> str:
    """Runs a command line, which must succeed, and returns what it prints."""
    environment = os.environ | {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}"
    return done.stdout


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Yields the commands of a console block, and what is shown below each."""
    command, shown = "", ""
    lines = iter(text.splitlines())
    for line in lines:
        if not line.startswith("$ "):
            shown += f"{line}\n"
            continue
        if command:
            yield command, shown
        command, shown = line[2:], ""
        while command.endswith("\\"):
            command += "\n" + next(lines)
    assert command, "a console block without a line `$ command`"
    yield command, shown


def _console(text: str, binaries: Path) -> None:
    checker = doctest.OutputChecker()
    for command, shown in _commands(text):
        printed = _shell(command, binaries)
        if shown:
            assert checker.check_output(shown, printed, _SAME), f"{command}\nprinted:\n{printed}"


def run_page(page: Path, folder: Path) -> int:
    """Runs a page in a folder; returns how many blocks ran.

    Raises:
        AssertionError: A block failed, or printed what it does not show.
    """
    binaries = install(folder / "bin")
    here = folder / "here"
    here.mkdir()
    furnish(here)
    names: dict = {"__name__": "page"}
    count = 0
    with _chdir(here):
        for block in blocks(page):
            if block.reason or block.language not in RUN:
                continue
            if block.language == "python":
                code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
                exec(code, names)
            elif block.language == "sh":
                _shell(block.text, binaries)
            else:
                _console(block.text, binaries)
            count += 1
    return count


@contextlib.contextmanager
def _chdir(folder: Path) -> Iterator[None]:
    """As contextlib.chdir, which Python 3.10 lacks."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
