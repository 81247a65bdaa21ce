"""The core stays light: what it loads is checked in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

HEAVY = ("tensorflow", "magenta", "note_seq", "tf_slim", "librosa", "pandas", "keras", "scipy",
         "sklearn", "matplotlib")  # fmt: skip

_REPORT = f"""
import sys
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, f"the core loaded {{heavy}}"
print("light")
"""


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code + _REPORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light() -> None:
    assert _run("import ssc_melody").endswith("light\n")


@pytest.mark.parametrize("command", ["generate", "inspect_bundle", "evaluate"])
def test_help_is_light(command: str) -> None:
    code = f"from ssc_melody.cli import {command} as c\nassert c.main(['x', '--help']) == 0\n"
    assert "--config" in _run(code)


def test_melodies_load_no_other_family(attention_mag: Path, tmp_path: Path) -> None:
    code = f"""
from ssc_melody.cli import generate
flags = ["x", "--bundle_file={attention_mag}", "--output_dir={tmp_path}", "--num_outputs=1"]
assert generate.main(flags) == 0
import sys
others = ("tracks", "polyphony", "drums", "performance", "timed", "sequences")
found = [name for name in sys.modules if name.startswith("ssc_melody.")]
assert not [name for name in found if name.rpartition(".")[2] in others], found
"""
    assert _run(code).endswith("light\n")


def test_a_whole_generation_is_light(attention_mag: Path, tmp_path: Path) -> None:
    code = f"""
from ssc_melody.cli import generate
flags = ["x", "--bundle_file={attention_mag}", "--output_dir={tmp_path}", "--num_outputs=2"]
assert generate.main([*flags, "--beam_size=2", "--branch_factor=2"]) == 0
"""
    assert "Wrote 2 MIDI files" in _run(code)
    assert len(list(tmp_path.glob("*.mid"))) == 2
