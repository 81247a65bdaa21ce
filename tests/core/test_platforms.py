"""Systems that lack what Linux has: links, affinity, fork, semaphores, escape codes."""

import concurrent.futures
import errno
import io
import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from ssc_melody import cores, files
from ssc_melody.cli import progress
from tests.datasets import melodies, report, run


def _fill(music: Path) -> None:
    """Gives two processes enough to do."""
    for i in range(40):
        (music / f"{i}.mid").write_bytes((music / "good.mid").read_bytes())


@pytest.mark.parametrize("lacking", ["no such call", "no such file system"])
def test_without_links_a_new_file_is_written_once(
    lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if lacking == "no such call":
        monkeypatch.delattr(os, "link")
    else:
        monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "new"
    assert files.write_new_bytes(path, b"first") is True
    assert files.write_new_bytes(path, b"second") is False
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_without_affinity_all_cores_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert cores.usable_cores() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores.usable_cores() == 1


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity on this system")
def test_affinity_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 2, 3})
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert cores.usable_cores() == 3


def test_without_fork_processes_are_spawned(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(music)
    alone, _ = melodies(tmp_path, f"--input={music}", "--nodedupe", "--num_workers=1")
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    methods = []
    get_context = multiprocessing.get_context
    monkeypatch.setattr(
        multiprocessing, "get_context", lambda name: methods.append(name) or get_context(name)
    )
    spawned, _ = melodies(tmp_path, f"--input={music}", "--nodedupe", "--num_workers=2")
    assert spawned == alone
    assert len(alone) == 41
    assert methods == ["spawn"]


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many processes each pool was asked for."""
    asked: list[int] = []
    monkeypatch.setattr(
        concurrent.futures, "ProcessPoolExecutor", lambda workers, *_: asked.append(workers)
    )
    return asked


@pytest.mark.parametrize(("platform", "expected"), [("win32", 61), ("linux", 64)])
def test_windows_waits_for_61_processes_at_most(
    platform: str, expected: int, pools: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    cores.process_pool(64, multiprocessing.get_context("spawn"), print)
    assert pools == [expected]


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file or directory"),  # no /dev/shm
        ImportError("This platform lacks a functioning sem_open implementation"),
        NotImplementedError("system provides too few semaphores"),
    ],
)
def test_without_semaphores_one_process_does_it_and_says_so(
    error: Exception, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def refuse(*_: object) -> None:
        raise error

    _fill(music)
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", refuse)
    capsys.readouterr()
    assert run(tmp_path, f"--input={music}", "--num_workers=2") == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "one process" in line]
    assert len(said) == 1
    assert "/dev/shm" in said[0]
    assert report(tmp_path)["pieces"] == 41


@pytest.mark.parametrize(
    ("name", "environment", "wipes"),
    [("posix", {}, True), ("nt", {}, False), ("nt", {"WT_SESSION": "1"}, True)],
)
def test_escape_codes_are_for_terminals_that_know_them(
    name: str, environment: dict[str, str], wipes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(os, "name", name)
    monkeypatch.setattr(os, "environ", environment)
    line = progress.Line()
    monkeypatch.undo()
    assert line.terminal is wipes
