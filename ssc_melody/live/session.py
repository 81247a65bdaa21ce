"""Call and response: when a phrase is over, what answers it, and when each note is to be sent.

A phrase ends with a beat of silence; its answer begins on the next bar line and has as many bars.
Who plays while the answer sounds ends it and begins the next phrase. Nothing here looks at a clock:
`message` and `tick` are told the time, so that tests play minutes in no time.
"""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Callable, Sequence

from ssc_melody.live.grid import Grid, bar_line
from ssc_melody.live.phrase import Phrase
from ssc_melody.live.ports import Message, Ports
from ssc_melody.melody.events import melody_notes

logger = logging.getLogger("ssc_melody")

MAX_BARS = 16
"""Of a phrase that counts, and of an answer."""

_EARLY = 0.125
"""Quarter notes by which people are early or late, half a sixteenth: a note that much before a bar
line is of the next bar, and one that ends that much after it is of the last."""

_TRIES = 3
"""For an answer with a note in it."""

_NOTE_OFF, _NOTE_ON, _CONTROL = 0x80, 0x90, 0xB0
_CLOCK, _START = 0xF8, 0xFA
_ALL_NOTES_OFF, _ALL_SOUND_OFF = 123, 120

Continue = Callable[[list[int], int], Sequence[int]]
"""Continues events to a number of steps, the given ones included."""


@dataclasses.dataclass(frozen=True)
class Manner:
    """How answers are given.

    Attributes:
        quarters: Quarter notes in a bar.
        silence: Quarter notes of silence that end a phrase.
        answer_bars: Bars of an answer; None for as many as the phrase has.
        channel: MIDI channel of the answers, 0 to 15.
        steps_per_quarter: Events in a quarter note.
    """

    quarters: float = 4.0
    silence: float = 1.0
    answer_bars: int | None = None
    channel: int = 0
    steps_per_quarter: int = 4


class Session:
    """A player and a model, taking turns.

    Attributes:
        answers: How many were begun.
        latencies: For each answer, seconds from the last note-off to the first note sent.
    """

    def __init__(
        self, ports: Ports, grid: Grid, go_on: Continue, manner: Manner, clock: Callable[[], float]
    ) -> None:
        """Takes the ports, the beats, the model, and a clock that says how long it took."""
        self.ports, self.grid, self.go_on, self.manner = ports, grid, go_on, manner
        self.clock = clock
        self.answers = 0
        self.latencies: list[float] = []
        self._phrase = Phrase()
        self._last_off = 0.0
        self._due: list[tuple[float, bytes]] = []  # by quarter note, the last first
        self._sounding: set[int] = set()
        self._is_first = False

    def message(self, message: Message) -> None:
        """Takes a message that came in."""
        time, data = message
        if not data:
            return
        kind = data[0] & 0xF0 if data[0] < 0xF0 else data[0]
        if kind == _CLOCK:
            self.grid.pulse(time)
        elif kind == _START:
            self.grid.start(time)
        elif kind == _NOTE_ON and len(data) == 3 and data[2]:
            self._note_on(data[1], data[2], time)
        elif kind in (_NOTE_ON, _NOTE_OFF) and len(data) == 3:
            self._phrase.note_off(data[1], self.grid.position(time))
            self._last_off = time
        elif kind == _CONTROL and len(data) == 3 and data[1] in (_ALL_NOTES_OFF, _ALL_SOUND_OFF):
            self._phrase.all_off(self.grid.position(time))
            self._last_off = time

    def _note_on(self, pitch: int, velocity: int, time: float) -> None:
        if self._due or self._sounding:
            self.hush()
        if self._phrase.first is None:
            self.grid.begin(time)
        self._phrase.note_on(pitch, velocity, self.grid.position(time))

    def tick(self, time: float) -> None:
        """Sends what is due, and answers a phrase that is over."""
        position = self.grid.position(time)
        while self._due and self._due[-1][0] <= position:
            _, data = self._due.pop()
            self._send(data, time)
        end = self._phrase.end
        if end is not None and position - end >= self.manner.silence - 1e-9:
            self._answer(position)

    def _send(self, data: bytes, time: float) -> None:
        self.ports.send(data)
        if data[0] & 0xF0 == _NOTE_ON:
            self._sounding.add(data[1])
            if self._is_first:
                self._is_first = False
                self.latencies.append(time - self._last_off)
                logger.info("Answer %d, %.2f s after your last note", self.answers,
                            self.latencies[-1])  # fmt: skip
        else:
            self._sounding.discard(data[1])

    def _answer(self, position: float) -> None:
        """Plans the answer to the phrase that is over."""
        phrase, self._phrase = self._phrase, Phrase()
        manner = self.manner
        bar = manner.quarters
        if phrase.first is None or phrase.end is None:
            return
        begin = bar_line(position, bar)
        last = bar_line(phrase.end - _EARLY, bar)
        base = max(math.floor((phrase.first + _EARLY) / bar) * bar, last - MAX_BARS * bar)
        bars = min(MAX_BARS, manner.answer_bars or max(1, round((last - base) / bar)))
        given = phrase.events(base, begin, manner.steps_per_quarter)
        answer = self._made(given, len(given) + round(bars * bar * manner.steps_per_quarter))
        now = self.grid.position(self.clock())
        if now > begin:
            begin = bar_line(now, bar)
            logger.warning("The answer was late by a bar")
        self._plan(answer, begin, phrase.velocity)

    def _made(self, given: list[int], steps: int) -> list[int]:
        """Returns the events of an answer, with a note in it if it can be had."""
        answer: list[int] = []
        for _ in range(_TRIES):
            answer = list(self.go_on(given, steps))[len(given) :]
            if melody_notes(answer):
                break
        return answer

    def _plan(self, answer: list[int], begin: float, velocity: int) -> None:
        on, off = _NOTE_ON | self.manner.channel, _NOTE_OFF | self.manner.channel
        steps = self.manner.steps_per_quarter
        due = []
        for pitch, start, end in melody_notes(answer):
            due.append((begin + start / steps, 1, bytes([on, pitch, velocity])))
            due.append((begin + end / steps, 0, bytes([off, pitch, 0])))
        due.sort(key=lambda each: each[:2], reverse=True)
        self._due = [(position, data) for position, _, data in due]
        self.answers += 1
        self._is_first = True
        if not due:
            logger.info("The answer is silence")

    def hush(self) -> None:
        """Ends an answer: what sounds is silenced, what was to come is dropped."""
        self._due = []
        for pitch in sorted(self._sounding):
            self.ports.send(bytes([_NOTE_OFF | self.manner.channel, pitch, 0]))
        self._sounding.clear()
