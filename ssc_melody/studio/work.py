"""Work for the page: so much at a time, so long, and none for a page that has gone.

Melodies take all cores, so two orders at once are enough to keep them busy while another page's is
read; more wait in line, and a line that is too long is an answer at once.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ssc_melody.errors import OptionError
from ssc_melody.studio.security import RefusedError

Result = TypeVar("Result")
Progress = Callable[[int], None]

AT_ONCE = 2
MOST_WAITING = 32
MAX_SECONDS = 120
_LOOK = 0.25
"""Seconds after which it is seen that a page has gone."""


class _GoneError(Exception):
    """Ends work that nobody waits for."""


class Workshop:
    """Runs what takes a while, in threads."""

    def __init__(self) -> None:
        """Hires."""
        self._threads = ThreadPoolExecutor(AT_ONCE, "studio")
        self._orders = 0

    async def do(
        self, work: Callable[[Progress], Result], gone: Callable[[], Awaitable[bool]]
    ) -> Result:
        """Returns work(progress), in which progress must be called now and then.

        Args:
            work: What is done; it is ended from within `progress`.
            gone: Tells whether nobody waits for the result any more.

        Raises:
            RefusedError: Too many wait already, or nobody waits.
            OptionError: It takes too long.
        """
        if self._orders >= AT_ONCE + MOST_WAITING:
            raise RefusedError(503, "too many orders at once; try again in a moment")
        self._orders += 1
        try:
            return await self._watched(work, gone)
        finally:
            self._orders -= 1

    async def _watched(
        self, work: Callable[[Progress], Result], gone: Callable[[], Awaitable[bool]]
    ) -> Result:
        stop = threading.Event()

        def begin() -> Result:
            latest = time.monotonic() + MAX_SECONDS

            def progress(_: int) -> None:
                if stop.is_set():
                    raise _GoneError
                if time.monotonic() > latest:
                    raise OptionError(
                        f"this takes more than {MAX_SECONDS} s; ask for fewer or shorter melodies, "
                        "or use the command"
                    )

            progress(0)
            return work(progress)

        future = asyncio.get_running_loop().run_in_executor(self._threads, begin)
        try:
            while not (await asyncio.wait({future}, timeout=_LOOK))[0]:
                if await gone():
                    stop.set()
        finally:
            stop.set()  # the server ends
        try:
            return future.result()
        except _GoneError:
            raise RefusedError(499, "the page has gone") from None

    def close(self) -> None:
        """Ends without waiting."""
        self._threads.shutdown(wait=False, cancel_futures=True)
