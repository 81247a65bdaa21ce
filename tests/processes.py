"""Processes that a test starts: whatever becomes of the test, none of them outlives it."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def started(argv: Sequence[str], **options: Any) -> Iterator[subprocess.Popen]:
    """Starts a process and kills it in the end, where it still runs."""
    with subprocess.Popen(argv, **options) as process:
        try:
            yield process
        finally:
            process.kill()
