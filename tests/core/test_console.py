"""Commands as processes: streams, signals, terminals, several at once, and names that cannot be."""

import dataclasses
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ssc_melody.cli import console, generate
from ssc_melody.cli import inspect_bundle as inspect
from ssc_melody.formats.bundle import read_bundle, write_bundle
from ssc_melody.midi.read import read_midi
from tests.conftest import ROOT, posix
from tests.processes import started

LONG = "n" * 5000


def _argv(command: str, flags: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", f"ssc_melody.cli.{command}", *flags]


def _process(command: str, *flags: str, **options: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        _argv(command, flags),
        cwd=ROOT,
        check=False,
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


@pytest.mark.parametrize(
    "flags",
    [
        [f"--bundle_file={LONG}"],
        ["--config=basic_rnn", f"--run_dir={LONG}"],
        ["--config=basic_rnn", f"--checkpoint_file={LONG}"],
        ["--config=basic_rnn", f"--checkpoint_file={LONG}/model.ckpt-1"],
        ["--bundle_file={mag}", f"--primer_midi={LONG}"],
        ["--bundle_file={mag}", f"--output_dir={LONG}"],
        ["--bundle_file={mag}", f"--flagfile={LONG}"],
        ["--bundle_file={mag}", "--output_dir=/proc/nothing/here"],
        ["--bundle_file={mag}", "--output_dir=a\0b"],
        ["--bundle_file=a\0b"],
        ["--config=basic_rnn", "--run_dir=a\0b"],
        ["--config=basic_rnn", "--checkpoint_file=a\0b"],
        ["--bundle_file={mag}", "--primer_midi=a\0b"],
    ],
)
def test_names_that_no_file_can_have(
    flags: list[str], attention_mag: Path, capsys: pytest.CaptureFixture
) -> None:
    argv = [flag.replace("{mag}", str(attention_mag)) for flag in flags]
    assert generate.main(["ssc_melody_generate", *argv]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("ssc_melody_generate: ")


@pytest.mark.parametrize("path", [LONG, "a\0b", f"{__file__}/below", "~nobody_of_this_name/x"])
def test_inspect_of_names_that_no_file_can_have(path: str, capsys: pytest.CaptureFixture) -> None:
    assert inspect.main(["ssc_melody_inspect", path]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize("flag", ["bundle_file", "primer_midi", "output_dir", "run_dir"])
def test_a_home_folder_that_is_not_there(
    flag: str, attention_mag: Path, capsys: pytest.CaptureFixture
) -> None:
    given = {"bundle_file": str(attention_mag)} if flag != "run_dir" else {"config": "basic_rnn"}
    given[flag] = "~nobody_of_this_name/x"
    assert generate.main(["x", *(f"--{name}={value}" for name, value in given.items())]) == 1
    assert "there is no home folder ~nobody_of_this_name" in capsys.readouterr().err


@posix
def test_home_folders_are_found(
    attention_mag: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.mag").symlink_to(attention_mag)
    flags = ["--bundle_file=~/a.mag", "--output_dir=~/out", "--num_outputs=1"]
    assert generate.main(["x", *flags]) == 0
    assert len(list((tmp_path / "out").glob("*.mid"))) == 1


def test_folders_that_may_not_be_read(
    attention_mag: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    if os.access(closed, os.R_OK):
        pytest.skip("root reads everything")
    for flags in (
        [f"--bundle_file={closed}/a.mag"],
        ["--config=basic_rnn", f"--run_dir={closed}/run"],
        [f"--bundle_file={attention_mag}", f"--output_dir={closed}"],
        [f"--bundle_file={attention_mag}", f"--output_dir={closed}/out"],
        [f"--bundle_file={attention_mag}", f"--primer_midi={closed}/a.mid"],
    ):
        assert generate.main(["x", *flags]) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert str(closed) in err


def test_errors_of_the_system_are_one_line(capsys: pytest.CaptureFixture) -> None:
    def fail(values: object, others: list[str]) -> None:
        raise PermissionError(13, "Permission denied", "/secret\x1b[2J/file")

    values = inspect.define_flags()
    assert console.run(fail, values, "", ["cmd"]) == 1
    assert capsys.readouterr().err == "cmd: /secret\\x1b[2J/file: Permission denied\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
@pytest.mark.parametrize("flags", [["--help"], ["{mag}"]])
def test_a_full_disk_behind_stdout(flags: list[str], attention_mag: Path) -> None:
    with open("/dev/full", "w") as full:
        flags = [flag.replace("{mag}", str(attention_mag)) for flag in flags]
        done = _process("inspect_bundle", *flags, stdout=full)
    assert done.returncode == 1
    assert re.fullmatch(r"inspect_bundle\.py: No space left on device\n", done.stderr)


@posix
def test_closed_streams(attention_mag: Path, tmp_path: Path) -> None:
    flags = [f"--bundle_file={attention_mag}", f"--output_dir={tmp_path}", "--num_outputs=2"]
    for i, closing in enumerate((">&-", "2>&-", ">&- 2>&-"), 1):
        shell = ["sh", "-c", f'"$@" {closing}', "sh", *_argv("generate", flags)]
        assert subprocess.run(shell, cwd=ROOT, check=False, capture_output=True).returncode == 0
        files = list(tmp_path.glob("*.mid"))
        assert len(files) == 2 * i
        assert all(read_midi(path).notes for path in files)


@posix
def test_a_reader_that_goes_away(attention_mag: Path) -> None:
    shell = ["sh", "-c", '{ "$@"; echo $? >&2; } | true', "sh"]
    done = subprocess.run(
        [*shell, *_argv("inspect_bundle", [str(attention_mag)] * 50)],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == "0\n"


def test_a_terminal_is_not_acted_on_and_ascii_is_enough(
    attention_mag: Path, tmp_path: Path
) -> None:
    """A bundle's description may hold anything."""
    path = tmp_path / "odd.mag"
    bundle = read_bundle(attention_mag)
    write_bundle(path, dataclasses.replace(bundle, bundle_description="\x1b[31mGrün\n\u2028♫"))
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = _process("inspect_bundle", str(path), env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\x1b[31mGr\xfcn\n\u2028\u266b" in done.stdout
    done = _process("inspect_bundle", str(path))
    assert r"\x1b[31mGrün\n\u2028♫" in done.stdout


def test_flagfiles(attention_mag: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    good = tmp_path / "flags"
    good.write_text(f"--bundle_file={attention_mag}\n--num_outputs=1\n--output_dir={tmp_path}\n")
    assert generate.main(["x", f"--flagfile={good}"]) == 0
    good.write_bytes(b"--output_dir=\xff\xfe\n")
    capsys.readouterr()
    assert generate.main(["x", f"--flagfile={good}"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("x: --flagfile: expected text in UTF-8")
    assert err.count("\n") == 1


@pytest.mark.parametrize("flag", ["--help", "-h", "--helpfull", "--helpshort"])
def test_help(flag: str, capsys: pytest.CaptureFixture) -> None:
    assert generate.main(["x", flag]) == 0
    out = capsys.readouterr().out
    assert "  --primer_melody: " in out
    assert "helpfull" not in out
    assert "verbosity" not in out


def test_curly_quotes_in_any_locale(attention_mag: Path, tmp_path: Path) -> None:
    common = [f"--bundle_file={attention_mag}", "--num_outputs=1", "--seed=1", "--num_steps=32"]
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for name, text in (("curly", "\u201c[60, \u22122, 62]\u201d"), ("plain", "[60, -2, 62]")):
        flags = [*common, f"--output_dir={tmp_path / name}", f"--primer_melody={text}"]
        done = _process("generate", *flags, env=environment)
        assert (done.returncode, done.stderr) == (0, "")
    curly, plain = (next((tmp_path / name).glob("*.mid")) for name in ("curly", "plain"))
    assert curly.read_bytes() == plain.read_bytes()


LONG_JOB = ["--num_outputs=2000", "--num_steps=4000", "--seed=1"]
"""Minutes of work, for what must not wait for its end."""


@posix
def test_ctrl_c_ends_it_at_once(attention_mag: Path, tmp_path: Path) -> None:
    flags = [*LONG_JOB, f"--bundle_file={attention_mag}", f"--output_dir={tmp_path / 'out'}"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with started(_argv("generate", flags), cwd=ROOT, **pipes) as process:
        while not (tmp_path / "out").exists():  # made just before the work begins
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "generate.py: interrupted\n")
    assert list((tmp_path / "out").iterdir()) == []


@posix
def test_where_ctrl_c_is_ignored_our_children_still_hear_it() -> None:
    """As in a shell's background job."""
    child = "import signal; print(signal.getsignal(signal.SIGINT))"
    parent = (
        f"import subprocess, sys, tests.conftest; subprocess.run([sys.executable, '-c', {child!r}])"
    )
    shell = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-c", parent]
    done = subprocess.run(shell, cwd=ROOT, check=True, capture_output=True, text=True)
    assert "default_int_handler" in done.stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals on this system")
def test_progress_on_a_terminal(attention_mag: Path, tmp_path: Path) -> None:
    """One line, rewritten in place, and wiped in the end."""
    mine, theirs = os.openpty()
    flags = [*LONG_JOB, f"--bundle_file={attention_mag}", f"--output_dir={tmp_path}"]
    pipes = {"stdout": subprocess.PIPE, "stderr": theirs}
    with started(_argv("generate", flags), cwd=ROOT, **pipes) as process:
        os.close(theirs)
        shown = b""
        while shown.count(b"steps (") < 3:
            assert select.select([mine], [], [], 60)[0], shown
            shown += os.read(mine, 1000)
        process.send_signal(signal.SIGINT)
        try:
            while more := os.read(mine, 1000):
                shown += more
        except OSError:  # Linux's way to say that the other end is closed
            pass
        os.close(mine)
        process.communicate(timeout=60)
    assert process.returncode == 130
    lines = shown.decode().split("\r\x1b[K")
    assert lines[0] == ""
    pattern = r"[\d,]+ of 7,9\d\d,\d\d\d steps \(\d+%\), [\d,]+ per second, [\d,]+ s left"
    assert all(re.fullmatch(pattern, line) for line in lines[1:-1])
    assert re.fullmatch(r"(\^C)?generate\.py: interrupted\r\n", lines[-1])


def test_no_progress_where_there_is_no_terminal(attention_mag: Path, tmp_path: Path) -> None:
    done = _process("generate", f"--bundle_file={attention_mag}", f"--output_dir={tmp_path}")
    assert (done.returncode, done.stderr) == (0, "")


def test_runs_at_the_same_time_keep_apart(attention_mag: Path, tmp_path: Path) -> None:
    common = [f"--bundle_file={attention_mag}", "--num_outputs=3", "--num_steps=16"]
    alone: set[bytes] = set()
    for seed in range(6):
        folder = tmp_path / f"alone{seed}"
        assert generate.main(["x", *common, f"--output_dir={folder}", f"--seed={seed}"]) == 0
        alone |= {path.read_bytes() for path in folder.glob("*.mid")}
    processes = [
        subprocess.Popen(
            _argv("generate", [*common, f"--output_dir={tmp_path / 'all'}", f"--seed={seed}"]),
            cwd=ROOT, stdout=subprocess.DEVNULL,
        )
        for seed in range(6)
    ]  # fmt: skip
    assert [process.wait(120) for process in processes] == [0] * 6
    files = sorted((tmp_path / "all").iterdir())
    assert len(files) == 18
    assert {path.read_bytes() for path in files} == alone


def test_a_flag_file_is_a_file_that_ends(tmp_path: Path, capsys) -> None:
    good, odd, chain = tmp_path / "good", tmp_path / "odd", tmp_path / "chain"
    good.write_text(f"--num_steps=4\n--flagfile={good}\n")
    odd.write_text("--flagfile=/dev/zero\n")
    chain.mkdir()
    for i in range(102):
        (chain / str(i)).write_text(f"--flagfile={chain / str(i + 1)}\n")
    for given, message in [
        ("--flagfile=/dev/zero", "/dev/zero is a device or a pipe"),
        (f"--flagfile={odd}", "/dev/zero is a device or a pipe"),
        (f"--flagfile={tmp_path}", "is a folder; expected a file"),
        (f"--flagfile={chain / '0'}", "expected at most 100 files"),
        (f"--flagfile={good} --nothing", "no flag '--nothing'"),
    ]:
        assert generate.main(["ssc_melody_generate", *given.split()]) == 1
        assert message in capsys.readouterr().err
