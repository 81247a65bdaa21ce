"""The front door: `python -m ssc_melody`, commands as scripts, and Ctrl-C before they begin."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ssc_melody import __version__
from ssc_melody.cli import launch
from tests.conftest import ROOT

CLI = ROOT / "ssc_melody" / "cli"
SCRIPTS = sorted(
    path for path in CLI.glob("*.py") if 'if __name__ == "__main__"' in path.read_text()
)
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def _python(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_commands_are_listed() -> None:
    for arguments in ([], ["--help"], ["-h"]):
        done = _python("-m", "ssc_melody", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        for name in launch.COMMANDS:
            assert f"\n  {name} " in done.stdout
    assert _python("-m", "ssc_melody", "--version").stdout == f"ssc_melody {__version__}\n"


def test_one_is_run(attention_mag: Path, tmp_path: Path) -> None:
    flags = [f"--bundle_file={attention_mag}", f"--output_dir={tmp_path}", "--num_outputs=2"]
    done = _python("-m", "ssc_melody", "generate", *flags)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.glob("*.mid"))) == 2
    done = _python("-m", "ssc_melody", "generate", "--num_outputs=x")
    assert done.returncode == 1
    assert done.stderr.startswith("ssc_melody_generate: --num_outputs: ")


def test_one_that_does_not_exist() -> None:
    done = _python("-m", "ssc_melody", "genrate")
    assert done.returncode == 1
    assert done.stderr.startswith("ssc_melody: no command 'genrate' (did you mean generate?)")
    assert done.stderr.count("\n") == 1


def test_every_command_of_ours_is_launched() -> None:
    modules = {module for module, _ in launch.COMMANDS.values()}
    assert modules == {path.stem for path in SCRIPTS}
    project = (ROOT / "pyproject.toml").read_text()
    for name in launch.COMMANDS:
        assert f'\n{launch.program(name)} = "ssc_melody.cli.launch:{name}"\n' in project
        assert callable(getattr(launch, name))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_starts_from_any_folder(script: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, script.parent):
        done = _python(script, "--help", cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert "\nFlags:\n" in done.stdout


def test_importing_a_command_changes_no_environment() -> None:
    names = [path.stem for path in SCRIPTS] + ["launch"]
    code = f"""
import importlib, os, signal, sys
before, argv = dict(os.environ), list(sys.argv)
handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
for name in {names!r}:
    importlib.import_module("ssc_melody.cli." + name)
assert dict(os.environ) == before
assert sys.argv == argv
assert handlers == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
"""
    done = _python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", sorted(launch.COMMANDS))
def test_ctrl_c_during_the_imports_is_one_quiet_line(name: str) -> None:
    """An import hook stands for the moment: it sends the signal when NumPy or absl is imported."""
    code = f"""
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Interrupts:
    def find_spec(self, module, path=None, target=None):
        if module == "absl":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupts())
from ssc_melody.cli import launch
sys.argv = ["ssc_melody_{name}", "--help"]
sys.exit(launch.{name}())
"""
    done = _python("-c", code)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == f"ssc_melody_{name}: interrupted\n"


def test_ctrl_c_that_an_import_turns_into_another_error_is_still_ctrl_c() -> None:
    code = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
def command(values, others):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        while True:
            pass
    except KeyboardInterrupt:
        raise ImportError("numpy failed to import")
code = console.run(command, Flags().values, "", ["x"])
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
sys.exit(code)
"""
    done = _python("-c", code)
    assert (done.returncode, done.stderr) == (130, "x: interrupted\n")


def test_sigterm_is_put_back() -> None:
    from ssc_melody.cli import signals

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), signals.sigterm_interrupts():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
