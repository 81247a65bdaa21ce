"""How many cores there are to work with, and processes to work on them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.context import BaseContext

_WINDOWS_MOST = 61
"""Processes that a pool can wait for on Windows."""


def usable_cores() -> int:
    """Returns how many cores this process may use, where the system tells; else all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_pool(
    workers: int, context: BaseContext, initializer: Callable[..., None], initargs: Any = ()
) -> ProcessPoolExecutor | None:
    """Returns a pool of processes; None, and a warning, where the system lets us have none.

    Args:
        workers: Processes.
        context: How they are started.
        initializer: Called in each process first.
        initargs: Its arguments.
    """
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 (loads multiprocessing)

    if sys.platform == "win32":
        workers = min(workers, _WINDOWS_MOST)
    try:
        return ProcessPoolExecutor(workers, context, initializer, initargs)
    except (ImportError, NotImplementedError, OSError) as error:  # no semaphores to be had
        logging.getLogger("ssc_melody").warning(
            "one process works instead of %d: the system shares no memory among processes (%s); "
            "is /dev/shm missing?",
            workers,
            getattr(error, "strerror", None) or error,
        )
        return None
