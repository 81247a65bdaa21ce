"""Lines that say how far the work is: on a terminal in place, elsewhere one every ten seconds."""

import collections
import logging
import math
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssc_melody.training.options import Progress as TrainingProgress

logger = logging.getLogger("ssc_melody")

_RECENT_SECONDS = 30.0
"""The rate is that of the last seconds: how the work began says little of how it goes on."""


def counted(count: int, one: str, many: str) -> str:
    """Returns a number with its noun, such as '1 melody' or '1,200 melodies'."""
    return f"{count:,} {one if count == 1 else many}"


def clock(seconds: float) -> str:
    """Returns a time as h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"


def _wipes_lines() -> bool:
    """Tells whether terminals act on escape codes here; of Windows's own, the new one does."""
    return os.name != "nt" or "WT_SESSION" in os.environ


class Line:
    """A line on standard error, shown after a second and then from time to time."""

    def __init__(self) -> None:
        """Starts the clock."""
        self.start = time.monotonic()
        self.terminal = sys.stderr.isatty() and _wipes_lines()
        self.next = self.start + (1.0 if self.terminal else 10.0)
        self.shown = False
        self.lock = threading.Lock()

    def show_if_due(self) -> None:
        """Shows the line if it is time to, and if there is something to say."""
        now = time.monotonic()
        if now < self.next or not logger.isEnabledFor(logging.INFO):
            return
        if text := self.text(now):
            start, end = ("\r\x1b[K", "") if self.terminal else ("", "\n")
            print(start + text, end=end, file=sys.stderr, flush=True)
            self.shown = self.terminal
            self.next = now + (0.2 if self.terminal else 10.0)

    def text(self, now: float) -> str:
        """Returns the line at a time of the monotonic clock; "" where nothing is known yet."""
        raise NotImplementedError

    def close(self) -> None:
        """Wipes the line."""
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class Progress(Line):
    """How far the work is, how fast, and when it will be done."""

    def __init__(self, total: int, unit: str) -> None:
        """Starts the clock.

        Args:
            total: Units of work in all.
            unit: Their name in the plural.
        """
        super().__init__()
        self.total, self.unit, self.done = total, unit, 0
        self._seen = collections.deque([(self.start, 0)])

    def begin(self) -> None:
        """Starts the clock again: what was prepared until now says nothing of the rate."""
        self.start = time.monotonic()
        self._seen = collections.deque([(self.start, self.done)])

    def __call__(self, units: int) -> None:
        """Takes note of finished units; any thread may call."""
        with self.lock:
            self.done += units
            self.show_if_due()

    def text(self, now: float) -> str:
        """Returns the line."""
        while len(self._seen) > 1 and now - self._seen[1][0] >= _RECENT_SECONDS:
            self._seen.popleft()
        then, done = self._seen[0]
        if self._seen[-1][0] < now:
            self._seen.append((now, self.done))
        rate = (self.done - done) / (now - then) if now > then else 0.0
        rest = self.total - self.done
        share = f"{min(self.done / self.total, 1):.0%}"
        left = f", {rest / rate:,.0f} s left" if rate and rest > 0 else ""
        return (
            f"{self.done:,} of {self.total:,} {self.unit} ({share}), {_rate(rate)} per second{left}"
        )


class TrainLine(Line):
    """How far a training run is."""

    def __init__(self, total: int, max_minutes: float) -> None:
        """Starts the clock.

        Args:
            total: The step to end at; 0 for none.
            max_minutes: Minutes after which the run ends; 0 for none.
        """
        super().__init__()
        self.total, self.max_seconds = total, 60 * max_minutes
        self.first: tuple[int, float] | None = None
        self.progress: TrainingProgress | None = None

    def update(self, progress: "TrainingProgress") -> None:
        """Takes note of a finished step."""
        self.progress = progress
        if self.first is None:  # which the compiler took, not the training
            self.first = progress.step, time.monotonic()
        self.show_if_due()

    def text(self, now: float) -> str:
        """Returns the line."""
        progress, wait = self.progress, self._left(now)
        if progress is None:
            return ""
        of = f" of {self.total:,}" if self.total else ""
        rate = f", {progress.events / progress.seconds:,.0f} events/s" if progress.seconds else ""
        left = f", {clock(wait)} left" if wait is not None else ""
        return (
            f"step {progress.step:,}{of}, loss {progress.loss:.4f}, perplexity per step "
            f"{math.exp(min(progress.loss, 99.0)):.3f}{rate}{left}"
        )

    def _left(self, now: float) -> float | None:
        """Returns the seconds until the run ends, as far as that is known."""
        known = []
        if self.first is not None and self.progress is not None and self.total:
            steps = self.progress.step - self.first[0]
            if steps > 0:
                a_step = (now - self.first[1]) / steps
                known.append(a_step * (self.total - self.progress.step))
        if self.max_seconds:
            known.append(max(0.0, self.max_seconds - (now - self.start)))
        return min(known, default=None)
