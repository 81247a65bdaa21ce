"""The loop of a session: messages in, notes out, at the time on the clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from ssc_melody.live.ports import Ports
from ssc_melody.live.session import Session

WAIT = 0.002
"""Seconds between two looks; notes are late by so much at most, which nobody hears."""


def run(
    session: Session,
    ports: Ports,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Plays until it is interrupted; then silences what sounds, and closes the ports.

    Args:
        session: Who takes turns.
        ports: Where messages come from.
        clock: Returns the time in seconds.
        sleep: Waits for seconds.
        goes_on: Asked between two looks.
    """
    try:
        while goes_on():
            for message in ports.receive():
                session.message(message)
            session.tick(clock())
            sleep(WAIT)
    finally:
        session.hush()
        ports.close()
