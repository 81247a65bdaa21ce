"""MIDI ports behind a small interface, so that nothing else knows what library opens them.

Follows: MIDI 1.0, the bytes of a message. The library is rtmidi2, which has wheels for every Python
from 3.10 on (ALSA and JACK, CoreMIDI, Windows MM). Left out: MIDI 2.0.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from ssc_melody.errors import OptionError, SscMelodyError, printable

CLIENT = "ssc_melody"
MAX_WAITING = 10_000
"""Messages that wait to be read; older ones are dropped."""


class Message(NamedTuple):
    """A MIDI message, and the second at which it came in."""

    time: float
    data: bytes


class Ports(Protocol):
    """An input and an output."""

    def receive(self) -> list[Message]:
        """Returns what has come in since the last call."""

    def send(self, data: bytes) -> None:
        """Sends a message now."""

    def close(self) -> None:
        """Closes both."""


class MemoryPorts:
    """Ports within the program: what is put in comes out, and what is sent is kept.

    Attributes:
        waiting: What `receive` will return.
        sent: Messages with the seconds at which they were sent.
    """

    def __init__(self, clock: Any) -> None:
        """Takes a function that returns the time in seconds."""
        self.waiting: deque[Message] = deque(maxlen=MAX_WAITING)
        self.sent: list[Message] = []
        self._clock = clock

    def put(self, data: bytes) -> None:
        """Lets a message come in now."""
        self.waiting.append(Message(self._clock(), data))

    def receive(self) -> list[Message]:
        """Returns what has come in since the last call."""
        found = list(self.waiting)
        self.waiting.clear()
        return found

    def send(self, data: bytes) -> None:
        """Keeps a message."""
        self.sent.append(Message(self._clock(), data))

    def close(self) -> None:
        """Does nothing."""


class RtMidiPorts:
    """Ports of this computer."""

    def __init__(self, source: str | None, target: str | None, virtual: bool = False) -> None:
        """Opens both.

        Args:
            source: The input: (part of) its name, or its number from 1; None for the first.
            target: The output, likewise.
            virtual: Make ports that other programs connect to, instead.

        Raises:
            OptionError: There is no such port.
            SscMelodyError: The package rtmidi2 is not installed, or the computer has no MIDI.
        """
        rtmidi2 = _rtmidi2()
        self._waiting: deque[Message] = deque(maxlen=MAX_WAITING)
        with _midi_errors():
            self._in, self._out = rtmidi2.MidiIn(CLIENT), rtmidi2.MidiOut(CLIENT)
            self._in.ignore_types(True, False, True)  # the clock is wanted
            self._in.callback = self._take
        if virtual:
            with _midi_errors():
                self._in.open_virtual_port(f"{CLIENT} in")
                self._out.open_virtual_port(f"{CLIENT} out")
            return
        inputs, outputs = list_ports()
        first = find("input_port", source, inputs), find("output_port", target, outputs)
        with _midi_errors():
            self._in.open_port(first[0])
            self._out.open_port(first[1])

    def _take(self, data: list[int], _: float) -> None:
        self._waiting.append(Message(time.monotonic(), bytes(data)))

    def receive(self) -> list[Message]:
        """Returns what has come in since the last call."""
        found = []
        while self._waiting:
            found.append(self._waiting.popleft())
        return found

    def send(self, data: bytes) -> None:
        """Sends a message now."""
        self._out.send_raw(*data)

    def close(self) -> None:
        """Closes both."""
        with contextlib.suppress(RuntimeError):
            self._in.callback = None
            self._in.close_port()
            self._out.close_port()


def list_ports() -> tuple[list[str], list[str]]:
    """Returns the names of this computer's inputs and outputs.

    Raises:
        SscMelodyError: The package rtmidi2 is not installed, or the computer has no MIDI.
    """
    rtmidi2 = _rtmidi2()
    with _midi_errors():
        return list(rtmidi2.get_in_ports()), list(rtmidi2.get_out_ports())


def find(option: str, wanted: str | None, names: list[str]) -> int:
    """Returns the number, from 0, of the port that is meant.

    Args:
        option: What messages call it.
        wanted: (Part of) a name, or a number from 1; None for the first.
        names: Those that there are.

    Raises:
        OptionError: There is none.
    """
    if wanted is None and names:
        return 0
    if wanted is not None and wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    for number, name in enumerate(names):
        if wanted is not None and wanted.lower() in name.lower():
            return number
    there = ", ".join(f"{i} {printable(name)}" for i, name in enumerate(names, 1)) or "none"
    asked = "MIDI port" if wanted is None else repr(wanted)
    raise OptionError(f"{option}: found no {asked}; there are: {there} (or `virtual=True`)")


def _rtmidi2() -> Any:
    try:
        import rtmidi2  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise SscMelodyError(
            f'playing live needs rtmidi2: {error}; pip install "ssc_melody[live]"'
        ) from error
    return rtmidi2


@contextlib.contextmanager
def _midi_errors() -> Iterator[None]:
    """Makes one line of what the MIDI of the computer says, some of it from C."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    except RuntimeError as error:
        raise SscMelodyError(f"no MIDI on this computer: {error}") from error
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
