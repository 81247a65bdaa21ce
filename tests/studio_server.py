"""A studio that serves tests, in a thread of its own, and a plain way to ask it."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ssc_melody.cli import orders
from ssc_melody.studio import api, models, security, server

PROJECT_TUNE = [60, -2, 62, -2, 64, -2, 65, -2, 67, -2, -2, -2, 64, -2, -2, -1]
TOKEN = "a-token-of-the-tests"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Studio:
    """A running studio."""

    port: int
    api: api.Api
    token: str = TOKEN
    seen: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://{security.HOST}:{self.port}/{self.token}/"

    def ask(
        self,
        path: str,
        body: Any = None,
        method: str = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Sends a request; path is what follows the token unless it begins with a slash."""
        connection = http.client.HTTPConnection(security.HOST, self.port, timeout=60)
        given = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            given.setdefault("content-type", "application/json")
        target = path if path.startswith("/") else f"/{self.token}/{path}"
        connection.request(method or ("GET" if body is None else "POST"), target, body, given)
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return found

    def file(self, path: str, data: bytes) -> Answer:
        """Sends a file."""
        return self.ask(path, data, headers={"content-type": "application/octet-stream"})


@contextmanager
def running(folder: Path | None = None, paths: list[Path] | None = None) -> Iterator[Studio]:
    pytest.importorskip("starlette", reason="Starlette is not installed")
    pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    listener = server.listen(0)
    made = api.Api(orders, models.Shelf(folder, paths or []))
    ready = threading.Event()
    uvicorn = server.make_server(made, TOKEN, listener.getsockname()[1], ready.set)
    thread = threading.Thread(target=uvicorn.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield Studio(listener.getsockname()[1], made)
    finally:
        uvicorn.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture(scope="module")
def studio(basic_mag: Path) -> Iterator[Studio]:
    """A studio whose list has a small bundle of Magenta's, beside those that ship."""
    with running(paths=[basic_mag]) as found:
        yield found


def project_of(**changes: Any) -> dict[str, Any]:
    melody = {
        "name": "A", "kept": True, "events": PROJECT_TUNE, "primer_steps": 4, "start_step": 0,
        "steps_per_bar": 16, "steps_per_quarter": 4, "qpm": 120.0, "velocity": 100, "program": 0,
        "metre": [4, 4], "chords": [], "render_chords": False,
        "command": "ssc_melody_generate --seed=1",
    }  # fmt: skip
    project = {
        "format": "ssc_melody studio", "version": 1, "title": "Monday", "bundle": "ssc_basic_rnn",
        "flags": {"temperature": 0.9}, "primer": [60, -2], "metre": [4, 4],
        "melodies": [melody],
    }  # fmt: skip
    for name, value in changes.items():
        (project if name in project else melody)[name] = value
    return project
