"""notebooks/mixtape.ipynb goes the whole way; it is committed without outputs."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ssc_melody
from tests.conftest import ROOT

NOTEBOOK = ROOT / "notebooks" / "mixtape.ipynb"

_QUICK = {"num_outputs=60": "num_outputs=24", "max_minutes=1": "max_minutes=0.05"}
"""The same steps with less music and training."""

_LIGHT = 600_000
"""Bytes of the executed notebook: melodies are notes there, not sound."""

_EXECUTE = """
import sys
import nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
client = nbclient.NotebookClient(
    notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": sys.argv[3]}}
)
try:
    client.execute()
finally:
    nbformat.write(notebook, sys.argv[2])
"""


def test_it_is_committed_without_outputs() -> None:
    notebook = json.loads(NOTEBOOK.read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) > 10
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_it_uses_public_names_alone() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    text = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")
    used = set(re.findall(r"\bssc_melody\.(\w+)", text))
    assert used > {"load", "create_dataset", "train", "export_bundle", "evaluate"}
    assert used <= set(ssc_melody.__all__)
    assert not re.search(r"(?:from|import) ssc_melody\.", text)


def _outputs(notebook: dict, start: str) -> dict[str, str]:
    """Returns what the first cell that holds a text gave, by kind."""
    cell = next(c for c in notebook["cells"] if start in "".join(c["source"]))
    found: dict[str, str] = {}
    for output in cell["outputs"]:
        for kind, text in {
            output.get("name", ""): output.get("text"),
            **output.get("data", {}),
        }.items():
            found[kind] = found.get(kind, "") + "".join(text or "")
    return found


def test_it_goes_the_whole_way(tmp_path: Path) -> None:
    """In a process of its own, quick: the same steps with less music and training."""
    for package in ("nbclient", "ipykernel"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed (requirements/dev.lock)")
    text = NOTEBOOK.read_text(encoding="utf-8")
    for whole, quick in _QUICK.items():
        assert text.count(whole) == 1
        text = text.replace(whole, quick)
    given, done = tmp_path / "given.ipynb", tmp_path / "done.ipynb"
    given.write_text(text, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment["IPYTHONDIR"] = environment["JUPYTER_RUNTIME_DIR"] = str(tmp_path / "jupyter")
    command = [sys.executable, "-c", _EXECUTE, given, done, tmp_path]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert done.stat().st_size < _LIGHT
    notebook = json.loads(done.read_text())
    shown = _outputs(notebook, "melodies[0]")["text/html"]
    assert shown.count("<rect") > 20  # the notes of a barely trained model
    assert 'audio controls data-melody="{' in shown
    assert "K:" in _outputs(notebook, "to_abc")["stdout"]
    assert _outputs(notebook, "SVG(")["image/svg+xml"].count("<rect") > 20
    assert "first.wav: 16.0 s" in _outputs(notebook, "--wav")["stdout"]
    assert "8 scores (.abc)" in _outputs(notebook, "--output_dir=whole_way/tape")["stdout"]
    rows = _outputs(notebook, "for temperature in")["stdout"].splitlines()[1:]
    assert [float(row.split()[0]) for row in rows] == [0, 0.5, 1, 1.5]
    made = _outputs(notebook, "ssc_melody.create_dataset")["stdout"]
    assert re.search(r"^pieces read +24$", made, re.MULTILINE)
    assert "[48, 48]" in _outputs(notebook, "ssc_melody.inspect_file")["text/plain"]
    assert "Markov 3" in _outputs(notebook, "ssc_melody.evaluate")["stdout"]
    folder = tmp_path / "whole_way"
    assert (folder / "tape" / "index.html").stat().st_size > 50_000
    assert (folder / "report" / "report.html").is_file()


def test_it_has_no_plumbing() -> None:
    """Nothing of files, folders and processes; one cell installs where nothing is installed yet."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    first, *others = (c for c in notebook["cells"] if c["cell_type"] == "code")
    assert "%pip install" in "".join(first["source"])
    text = "\n".join("".join(cell["source"]) for cell in others)
    imports = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
    assert imports == {"IPython"}
    assert "%pip" not in text
