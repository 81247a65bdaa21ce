"""What the fuzzer found stays mended, and a minute of it finds nothing new (see tests/fuzz)."""

import os
import random
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import TESTDATA

pytest.importorskip("resource", reason="the fuzzer limits memory and time as POSIX has it")

from tests.fuzz import child, mutate, run
from tests.fuzz.readers import READERS, Reader
from tests.fuzz.run import fuzz

FINDS = sorted(path for path in (TESTDATA / "fuzz").rglob("*") if path.is_file())
SEED = 20261126
INPUTS = 400

linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@pytest.mark.parametrize("path", FINDS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_finds_stay_mended(path: Path) -> None:
    assert child.check(READERS[path.parent.name], path.read_bytes()) == ""


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_the_seeds_are_read(reader: Reader) -> None:
    """A reader that refuses what it should read would pass all other tests."""
    for data in reader.seeds():
        assert child.check(reader, data) == ""
    reader.read(reader.seeds()[0])  # the first is good, and no error escapes


def _track(events: bytes) -> bytes:
    return b"MTrk" + len(events).to_bytes(4, "big") + events


def test_a_change_at_every_tick_takes_linear_time() -> None:
    """What took minutes: metres and tempos by the ten thousand, over a tune."""
    notes = b"".join(b"\0\x90\x3c\x40\x30\x80\x3c\0" for _ in range(500))
    metres = b"".join(b"\1\xff\x58\4" + bytes((3 + i % 2, 2, 24, 8)) for i in range(20_000))
    tempos = b"".join(b"\1\xff\x51\3\7\xa1" + bytes((0x20 + i % 2,)) for i in range(20_000))
    for changes in (metres, tempos):
        data = b"MThd\0\0\0\6\0\1\0\2\0\x60" + _track(changes) + _track(notes)
        assert child.check(READERS["midi"], data) == ""


def test_a_note_sequence_of_twenty_thousand_metres_takes_linear_time() -> None:
    from ssc_melody.formats.protos import NoteSequence

    sequence = NoteSequence(total_time=20_000.0)
    for i in range(20_000):
        sequence.time_signatures.add(time=float(i), numerator=3 + i % 2, denominator=4)
        sequence.notes.add(pitch=60, start_time=float(i), end_time=i + 0.5)
    assert child.check(READERS["note_sequence"], sequence.SerializeToString()) == ""


@pytest.mark.slow
@linux
@pytest.mark.parametrize("name", READERS)
def test_nothing_new_is_found(name: str) -> None:
    outcome = fuzz(name, SEED, INPUTS)
    assert outcome.inputs == INPUTS
    assert outcome.finds == {}


def test_inputs_are_the_same_for_the_same_seed() -> None:
    for reader in READERS.values():
        made = [child.make_input(reader, 7, number) for number in range(20)]
        assert made == [child.make_input(reader, 7, number) for number in range(20)]
        assert len(set(made)) > 10


def test_inputs_keep_to_their_sizes() -> None:
    rng = random.Random(1)
    sizes = [len(mutate.make(rng, [b"abc" * 10], [b"word"])) for _ in range(5000)]
    assert max(sizes) <= 2**20
    assert sum(size > 2**12 for size in sizes) < 200
    assert sum(size > 100 for size in sizes) > 500


# ---- a fuzzer that cannot fail would be worth nothing


def _tell(problem: str) -> str:
    return problem.strip().splitlines()[-1]


def test_what_counts_as_a_find() -> None:
    from ssc_melody.errors import DataError

    class EndlessError(DataError):
        def __str__(self) -> str:
            return "x" * 9000

    def raises(error: BaseException) -> Reader:
        def read(data: bytes) -> None:
            raise error

        return Reader("x", read, lambda: [b""])

    assert child.check(raises(DataError("x: damaged")), b"") == ""
    assert "2 lines" in child.check(raises(DataError("2 lines\nhere")), b"")
    assert "message of 9000 letters" in child.check(raises(EndlessError()), b"")
    assert "message of 0 letters" in child.check(raises(DataError("")), b"")
    assert _tell(child.check(raises(ValueError("odd")), b"")) == "ValueError: odd"
    assert "more than 512 MB" in child.check(raises(MemoryError()), b"")
    assert "KeyboardInterrupt" in child.check(raises(KeyboardInterrupt()), b"")

    def warns(data: bytes) -> None:
        import warnings

        warnings.warn("divided by zero", RuntimeWarning, stacklevel=1)

    assert "RuntimeWarning" in child.check(Reader("x", warns, lambda: [b""]), b"")

    def works(data: bytes) -> None:
        end = time.process_time() + 0.3
        while time.process_time() < end:
            pass

    def waits(data: bytes) -> None:
        time.sleep(60)

    assert child.check(Reader("x", works, lambda: [b""]), b"", seconds=0.1).startswith("took 0.")
    told = child.check(Reader("x", waits, lambda: [b""]), b"", seconds=0.02)
    assert told == "did not end within 0.4 s"


_PLANTED = """
import os, sys, time
reader, seed, first, count = sys.argv[1], *map(int, sys.argv[2:])
for number in range(first, first + count):
    print(number, flush=True)
    if number == 2:
        sys.stderr.write("x" * 100_000 + " the last words")
        sys.stderr.flush()
        os._exit(7)
    if number == 4:
        time.sleep(600)
print("end", flush=True)
"""


def test_a_child_that_dies_or_hangs_is_a_find(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CHILD", ("-c", _PLANTED))
    monkeypatch.setattr(run, "SILENCE", 3.0)
    outcome = fuzz("json", 1, 6)
    assert outcome.inputs == 6
    assert sorted(outcome.finds) == [2, 4]
    assert outcome.finds[2].startswith("died with code 7\n")
    assert outcome.finds[2].endswith(" the last words")
    assert outcome.finds[4].startswith("said nothing for 3 s")


@linux
def test_memory_is_limited(tmp_path: Path) -> None:
    """In a process of its own, as the limit stays."""
    import subprocess

    program = (
        "from tests.fuzz import child\n"
        "from tests.fuzz.readers import Reader\n"
        "reader = Reader('x', lambda data: len(bytes(2**28) + bytes(2**28)), lambda: [b''])\n"
        "child.limit_memory()\n"
        "print(child.check(reader, b'').splitlines()[0])\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, env=environment
    )
    assert done.stdout == "more than 512 MB\n"
