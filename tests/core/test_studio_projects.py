"""The studio's project file, and its command."""

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ssc_melody.cli import studio as command
from ssc_melody.errors import DataError, SscMelodyError
from ssc_melody.studio import projects, server
from tests.studio_server import Studio, project_of


def test_a_project_comes_back_as_it_was(studio: Studio) -> None:
    project = project_of()
    data = json.dumps({**project, "more": "is left out"}).encode()
    found = studio.file("api/project?name=m.studio.json", data).json
    assert found["melodies"][0].pop("backing") == []
    assert found == project


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "other"}, "expected a project of this studio, found another format"),
        ({"version": 2}, "expected a project of this studio, found another format"),
        ({"title": 3}, "title: expected a text, found 3"),
        ({"events": []}, "expected 1 to 4096 events, found 0"),
        ({"events": [60] * 5000}, "expected 1 to 4096 events, found 5000"),
        ({"events": [200]}, "Melody event 0: expected an integer from -2 to 127"),
        ({"events": [1.5]}, "events[0]: expected a whole number, found 1.5"),
        ({"primer": [999]}, "Melody event 0: "),
        ({"primer_steps": 99}, "primer_steps: expected 0 to 16, got 99"),
        ({"qpm": 1e-9}, "qpm: expected 3.58 to 6e7"),
        ({"metre": [4, 3]}, "metre: expected one such as 3/4, found 4/3"),
        ({"metre": [0, 4]}, "metre: "),
        ({"velocity": 0}, "velocity: expected 1 to 127, got 0"),
        ({"steps_per_quarter": 10**9}, "steps_per_quarter: expected 1 to 48"),
        ({"chords": ["C"]}, "chords: expected 16 symbols, found 1"),
        ({"chords": ["H"] * 16}, "chords: "),
        ({"kept": "yes"}, "kept: expected true or false"),
        ({"flags": {"seed": [1]}}, "flags: expected a number or a text for 'seed'"),
        ({"melodies": [{}]}, "melodies[0] has no 'name'"),
        ({"melodies": [project_of()["melodies"][0]] * 501}, "expected at most 500 melodies"),
    ],
)
def test_projects_that_somebody_changed(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError) as caught:
        projects.read_project(json.dumps(project_of(**changes)).encode(), "m.studio.json")
    assert str(caught.value).startswith("m.studio.json: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"MThd", b"{}", b"[" * 10**6, b'{"format": "x"}'])
def test_files_that_are_noproject_of(data: bytes) -> None:
    with pytest.raises(DataError, match="expected a project of th"):
        projects.read_project(data)


def test_without_starlette_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("uvicorn", "starlette", "starlette.applications"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SscMelodyError, match=r"pip install 'ssc_melody\[studio\]'"):
        server.make_server(None, "t", 1, lambda: None)
    with pytest.raises(SscMelodyError, match=r"pip install 'ssc_melody\[studio\]'"):
        server.application(None, "t", 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port=99999"], "--port: expected 0 to 65535, got 99999"),
        (["--bundle_dir=/nowhere"], "--bundle_dir: expected a folder of .mag files, found none"),
        (["/nowhere/song.studio.json"], "/nowhere/song.studio.json"),
        (["/nowhere/a.mag"], "expected a bundle (.mag), found no such file: /nowhere/a.mag"),
        (["a.json", "b.json"], "expected one project, got 2: b.json"),
        (["--host=0.0.0.0"], "no flag '--host'"),
    ],
)
def test_mistakes_are_one_line(
    capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    assert command.main(["ssc_melody_studio", *arguments]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_the_command_prints_its_address_and_opens_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    opened: list[str] = []
    given: list[Any] = []
    monkeypatch.setattr(command.webbrowser, "open", opened.append)

    def serve(found: Any, token: str, listener: Any, ready: Any) -> None:
        given.append(found._project)
        ready()
        listener.close()

    monkeypatch.setattr(server, "serve", serve)
    project = tmp_path / "m.studio.json"
    project.write_text(json.dumps(project_of()))
    assert command.main(["ssc_melody_studio", "--port=0", str(project)]) == 0
    address = capsys.readouterr().out.split()[4]
    assert address.startswith("http://127.0.0.1:")
    assert len(address.rstrip("/").rsplit("/", 1)[1]) >= 22
    for _ in range(100):
        if opened:
            break
        threading.Event().wait(0.02)
    assert opened == [address]
    assert given[0]["title"] == "Monday"


def test_the_port_may_not_be_taken(capsys: pytest.CaptureFixture) -> None:
    listener = server.listen(0)
    port = listener.getsockname()[1]
    assert command.main(["ssc_melody_studio", f"--port={port}", "--nobrowser"]) == 1
    err = capsys.readouterr().err
    assert f"--port: {port} cannot be had (" in err
    assert "--port=0 takes one that is free" in err
    listener.close()
