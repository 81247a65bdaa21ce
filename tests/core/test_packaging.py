"""What pip makes of this: wheel, sdist, editable install, extras, locks; and which Pythons may."""

import fnmatch
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, posix

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]
EXTRAS = PROJECT["optional-dependencies"]
SITE = sysconfig.get_path("purelib")
NOT_SOURCE = ("__pycache__", "build", "dist", "generated", "fuzz_finds", "node_modules", "site")


def _not_source(_: str, names: list[str]) -> set[str]:
    """Tells what git does not know: shutil.copytree leaves it out."""
    hidden = {name for name in names if name.startswith(".")} - {".ci", ".github"}
    return hidden | {name for name in names if name in NOT_SOURCE or name.endswith(".egg-info")}


def _python(code: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _pip(*arguments: object, cwd: Path) -> None:
    """Runs the pip of this environment, without a network."""
    command = [sys.executable, "-m", "pip", *map(str, arguments), "--no-deps", "--no-index"]
    environment = os.environ | {"PYTHONPATH": SITE}  # of this environment, but no .pth file there
    done = subprocess.run(
        command, cwd=cwd, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _venv(folder: Path) -> Path:
    """Makes an empty environment; returns where its commands are."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / ("Scripts" if os.name == "nt" else "bin")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, for building leaves files behind."""
    pytest.importorskip("pip", reason="pip is not installed")
    folder = tmp_path_factory.mktemp("source") / "ssc_melody"
    shutil.copytree(ROOT, folder, ignore=_not_source)
    return folder


@pytest.fixture(scope="module")
def sdist(source: Path) -> Path:
    """The source distribution, unpacked."""
    out = source.parent / "sdist"
    _python(f"from setuptools import build_meta as b; b.build_sdist({str(out)!r})", source)
    archive = next(out.glob("*.tar.gz"))
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extraction_filter = tarfile.data_filter
        tar.extractall(out)
    return out / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(sdist: Path) -> Path:
    """A wheel made from the sdist, with the leavings of an older build in the way."""
    old = sdist / "build" / "lib" / "ssc_melody"
    old.mkdir(parents=True)
    (old / "gone.py").write_text("")
    out = sdist.parent / "wheel"
    _python(f"from setuptools import build_meta as b; b.build_wheel({str(out)!r})", sdist)
    return next(out.glob("*.whl"))


@pytest.mark.slow
def test_the_sdist_has_all_of_the_source(source: Path, sdist: Path) -> None:
    def files(folder: Path) -> set[str]:
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    missing = files(source) - files(sdist)
    assert {name for name in missing if ".egg-info/" not in name} == set()


@pytest.mark.slow
def test_the_wheel_has_the_package_its_bundles_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"ssc_melody", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"}
    assert "ssc_melody/gone.py" not in names
    package = {f"ssc_melody/{p.relative_to(ROOT / 'ssc_melody').as_posix()}"
               for p in (ROOT / "ssc_melody").rglob("*.*")
               if p.is_file() and p.suffix != ".pyc"}  # fmt: skip
    bundles = {f"ssc_melody/bundles/{path.name}" for path in (ROOT / "bundles").iterdir()}
    assert {name for name in names if name.startswith("ssc_melody/")} == package | bundles
    licences = [name.split(".dist-info/licenses/")[1] for name in names if "/licenses/" in name]
    assert sorted(licences) == [
        "LICENSE",
        "bundles/LICENSE",
        "ssc_melody/mixtape/abcjs/LICENSE.md",
    ]


@pytest.mark.slow
def test_the_wheel_plays_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Its dependencies are those of this environment."""
    scripts = _venv(tmp_path / "venv")
    python = scripts / Path(sys.executable).name
    _pip("--python", python, "install", wheel, cwd=tmp_path)
    environment = os.environ | {"PYTHONPATH": SITE}
    options = {"cwd": tmp_path, "env": environment, "capture_output": True}
    code = "import ssc_melody; print(ssc_melody.__file__)"
    found = subprocess.run([python, "-c", code], text=True, check=True, **options).stdout
    assert Path(found).is_relative_to(tmp_path / "venv")
    flags = ["--config=ssc_attention_rnn", "--num_outputs=1", "--num_steps=32", "--seed=1"]
    command = [scripts / "ssc_melody_generate", *flags, "--output_dir=out"]
    subprocess.run(command, check=True, **options)
    command = [sys.executable, "-m", "ssc_melody.cli.generate", *flags]
    subprocess.run([*command, f"--output_dir={tmp_path / 'ours'}"], cwd=ROOT, check=True)
    (theirs,), (ours,) = (list((tmp_path / name).glob("*.mid")) for name in ("out", "ours"))
    assert theirs.read_bytes() == ours.read_bytes()


@pytest.mark.slow
def test_type_checkers_see_an_editable_install(source: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    python = _venv(tmp_path / "venv") / Path(sys.executable).name
    _pip("--python", python, "install", "--no-build-isolation", "--editable", source, cwd=tmp_path)
    user = tmp_path / "user.py"
    user.write_text("from ssc_melody.errors import SpecError\nreveal_type(SpecError)\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", tmp_path / "cache",
         "--python-executable", python, user],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "SpecError" in done.stdout.split("Revealed type is")[1]
    assert done.returncode == 0, done.stdout


def test_every_extra_that_is_spoken_of_is_one() -> None:
    files = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("ssc_melody/**/*.py")]
    names = {
        name.strip()
        for path in files
        for found in re.findall(r"(?:ssc_melody|\.)\[([a-z0-9, ]+)\]", path.read_text("utf-8"))
        for name in found.split(",")
    }
    assert names
    assert names <= set(EXTRAS)


def test_every_command_can_be_called() -> None:
    import importlib

    from ssc_melody.cli.launch import program

    for command, entry in PROJECT["scripts"].items():
        module, function = entry.split(":")
        assert command == program(function)
        assert callable(getattr(importlib.import_module(module), function)), command


@pytest.mark.parametrize(
    "path", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda p: p.name
)
def test_locks_pin_versions_and_name_no_address(path: Path) -> None:
    for line in path.read_text().splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][^ ]*( ; .+)?", line), line


def test_the_dev_lock_has_what_tests_and_extras_need() -> None:
    lock = (ROOT / "requirements" / "dev.lock").read_text()
    locked = {line.split("==")[0] for line in lock.splitlines()}
    for extra in ("test", "crc32c", "evaluate", "pictures", "scores", "studio"):
        for requirement in EXTRAS[extra]:
            assert re.match(r"[a-z0-9-]+", requirement)[0] in locked, requirement


CHECK = str(ROOT / ".ci" / "check_python.py")


def test_an_old_python_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match=r"^expected Python 3\.10 or newer, found 3\.9: make "):
        runpy.run_path(CHECK)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ((3, 10, 0), ""),
        ((3, 14, 8), ""),
        ((3, 15, 0), "Python 3.15: newer than what was tested (3.10 to 3.14)\n"),
    ],
)
def test_no_newer_python_is_refused(
    version: tuple[int, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    runpy.run_path(CHECK)
    assert capsys.readouterr().err == said


@posix
def test_pythons_are_found_once_each_and_old_or_broken_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interpreters that only answer the question which they are."""

    def pretend(path: Path, answer: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{answer}\n")
        path.chmod(0o755)
        return path

    ours = pretend(tmp_path / "versions" / "3.12.9" / "bin" / "python", "echo 3 12")
    pretend(tmp_path / "versions" / "3.9.1" / "bin" / "python", "echo 3 9")
    pretend(tmp_path / "path" / "python3.12", "echo 3 12")
    pretend(tmp_path / "path" / "python3.13", "echo pyenv: no such version; exit 127")
    newest = pretend(tmp_path / "path" / "python3.15", "echo 3 15")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    found = runpy.run_path(str(ROOT / ".ci" / "each_python.py"))["pythons"]()
    assert found == {12: ours, 15: newest}


def test_versions_are_the_same_everywhere() -> None:
    import ssc_melody

    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {ssc_melody.__version__}\n" in citation
    minimum = (ROOT / "requirements" / "minimum.txt").read_text()
    bounds = [re.sub(r">=(.*)", r"==\1.*", requirement) for requirement in PROJECT["dependencies"]]
    assert sorted(bounds) == minimum.splitlines()[1:]


def test_the_pythons_are_the_same_everywhere() -> None:
    tested = [name for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)]
    versions = [name.rsplit(" ", 1)[1] for name in tested]
    assert versions == ["3.10", "3.11", "3.12", "3.13", "3.14"]
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text()
    assert f"python: [{', '.join(map(json.dumps, versions))}]" in workflow
    constants = runpy.run_path(CHECK)
    assert [constants["FIRST"], constants["LAST"]] == [(3, 10), (3, 14)]
    assert PROJECT["requires-python"] == ">=3.10"


def test_coverage_leaves_out_files_that_exist_and_need_what_the_core_does_not() -> None:
    """A pattern that a move made stale would lower, or raise, what `make coverage` asks for."""
    coverage = SETTINGS["tool"]["coverage"]
    assert (coverage["run"]["branch"], coverage["report"]["fail_under"]) == (True, 95)
    makefile = (ROOT / "Makefile").read_text()
    assert "tests/core --cov\n" in makefile  # a path after --cov would be what is measured
    files = list((ROOT / "ssc_melody").rglob("*.py"))
    for pattern in coverage["run"]["omit"]:
        assert any(fnmatch.fnmatch(str(file), pattern) for file in files), pattern
    left_out = {
        file.relative_to(ROOT / "ssc_melody").as_posix()
        for file in files
        for pattern in coverage["run"]["omit"]
        if fnmatch.fnmatch(str(file), pattern)
    }
    assert {name for name in left_out if not name.startswith(("magenta_layer/", "training/"))} == {
        "cli/convert_dir_to_note_sequences.py",
        "cli/run.py",
        "cli/train.py",
        "configs.py",
        "dataset/beam_runner.py",
    }
