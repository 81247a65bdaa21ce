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
    done = tmp_path / "done.ipynb"
    environment = os.environ | {"SSC_MELODY_QUICK": "1", "TMPDIR": str(tmp_path)}
    environment["IPYTHONDIR"] = environment["JUPYTER_RUNTIME_DIR"] = str(tmp_path / "jupyter")
    command = [sys.executable, "-c", _EXECUTE, NOTEBOOK, done, NOTEBOOK.parent]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    notebook = json.loads(done.read_text())
    shown = _outputs(notebook, "melodies[0]")["text/html"]
    assert shown.count("<rect") > 60
    assert "data:audio/wav;base64," in shown
    drawn = _outputs(notebook, "ssc_melody.to_wav(")
    assert drawn["image/svg+xml"].count("<rect") > 60
    assert "first.wav: 16 s, played by" in drawn["stdout"]
    rows = _outputs(notebook, "for temperature in")["stdout"].splitlines()[1:]
    assert [float(row.split()[0]) for row in rows] == [0, 0.5, 1, 1.5]
    assert "24 MIDI files" in _outputs(notebook, "midi/tune_")["stdout"]
    made = _outputs(notebook, "ssc_melody.create_dataset")["stdout"]
    assert re.search(r"^pieces read +24$", made, re.MULTILINE)
    assert "[48, 48]" in _outputs(notebook, "ssc_melody.inspect_file")["text/plain"]
    assert "Markov 3" in _outputs(notebook, "ssc_melody.evaluate")["stdout"]
    (folder,) = tmp_path.glob("mixtape_*")
    assert (folder / "tape" / "index.html").stat().st_size > 50_000
    assert (folder / "report" / "report.html").is_file()
