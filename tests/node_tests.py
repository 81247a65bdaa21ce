"""Node and the published @magenta/music, which npm installs into tests/node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "node"


def play(folder: Path, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Plays a magenta-js checkpoint (see tests/node/play.js), or skips with the reason."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no Node here (node and npm): magenta-js cannot be tried")
    if not (FOLDER / "node_modules" / "@magenta" / "music").is_dir():
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(
            [*command, "--no-package-lock"],
            cwd=FOLDER,
            check=False,
            capture_output=True,
            text=True,
            timeout=500,
        )
        if done.returncode:
            pytest.skip(f"npm cannot install @magenta/music: {done.stderr.strip()[-200:]}")
    done = subprocess.run(
        [node, FOLDER / "play.js"],
        input=json.dumps({"folder": str(folder), "cases": cases}),
        check=False,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    played: list[dict[str, Any]] = json.loads(done.stdout)
    return played
