"""Runs inputs in this process, which has limits; says on standard output what becomes of each.

    python -m tests.fuzz.child READER SEED FIRST COUNT

Prints "NUMBER" before an input, so that whoever reads knows which one did not end, and a line of
JSON for a find. `check` is the same for a single input (the tests of finds use it).
"""

import contextlib
import gc
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from types import FrameType

from ssc_melody.errors import SscMelodyError
from tests.fuzz import mutate
from tests.fuzz.readers import READERS, Reader

SECONDS = 5.0
MEGABYTES = 512
LONGEST_MESSAGE = 3000


class _TooSlow(BaseException):
    """The time is up; no `except Exception` takes it for something else."""


def _alarm(number: int, frame: FrameType | None) -> None:
    raise _TooSlow


def limit_memory() -> None:
    """Lets this process have MEGABYTES more than it has now."""
    with open("/proc/self/statm", "rb") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    most = now + MEGABYTES * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextlib.contextmanager
def _timer(seconds: float) -> Iterator[None]:
    signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def check(reader: Reader, data: bytes, seconds: float = SECONDS) -> str:
    """Reads an input; returns what is wrong with how that went, or "".

    Time is that of this process's own work, so that a busy machine is not a find.
    """
    start = time.process_time()
    try:
        with _timer(20 * seconds), warnings.catch_warnings():
            warnings.simplefilter("error")
            reader.read(data)
    except SscMelodyError as error:
        message = str(error)
        if "\n" in message or not 0 < len(message) <= LONGEST_MESSAGE:
            return f"message of {len(message)} letters: {message[:200]!r}"
    except _TooSlow:
        return f"did not end within {20 * seconds:g} s"
    except MemoryError:
        gc.collect()
        return f"more than {MEGABYTES} MB\n{traceback.format_exc(limit=-3)}"
    except BaseException:
        return traceback.format_exc(limit=-6)
    took = time.process_time() - start
    return f"took {took:.1f} s" if took > seconds else ""


def make_input(reader: Reader, seed: int, number: int) -> bytes:
    """Returns the input of a number."""
    rng = random.Random(f"{reader.name}:{seed}:{number}")
    return reader.make(rng) if reader.make else mutate.make(rng, reader.seeds(), reader.words)


def main() -> None:
    name, seed, first, count = sys.argv[1], *map(int, sys.argv[2:5])
    reader = READERS[name]
    reader.read_quietly(reader.seeds()[0])  # imports are nobody's memory
    limit_memory()
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for number in range(first, first + count):
        out.write(f"{number}\n")
        problem = check(reader, make_input(reader, seed, number))
        if problem:
            out.write(json.dumps({"number": number, "problem": problem}) + "\n")
    out.write("end\n")


if __name__ == "__main__":
    main()
