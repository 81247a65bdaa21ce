"""Chords over time, a symbol for each step, and how people type them.

    C G Am F                  each chord lasts as many steps as is said beside it
    | C | G/B | Am7 F | % |   bars of that many steps, shared out among the chords in them

Within bars "%" repeats the bar before, "." holds the chord before. "N.C." (or "NC") is no chord.
The first form is that of Magenta's improv_rnn_generate (--backing_chords, --steps_per_chord).
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from ssc_melody.chords.symbols import NO_CHORD, parse_chord
from ssc_melody.constants import DEFAULT_STEPS_PER_BAR, DEFAULT_STEPS_PER_QUARTER
from ssc_melody.errors import ChordError

MAX_STEPS = 1_000_000
"""Steps of a progression: 17 hours of sixteenths at 120 qpm."""

_BAR_LINE = re.compile(r"\[\||\|[|\]]?")
_NO_CHORD = re.compile(r"n\.?c\.?", re.IGNORECASE)
_HOLD, _REPEAT = ".", "%"
_ACCIDENTALS = str.maketrans({"\u266f": "#", "\u266d": "b"})


@dataclasses.dataclass(frozen=True)
class Progression:
    """Chords over time.

    Attributes:
        symbols: A chord symbol per step; "N.C." where no chord sounds.
        steps_per_quarter: Steps per quarter note.
        steps_per_bar: Steps per bar, for messages and pictures.
    """

    symbols: tuple[str, ...]
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER
    steps_per_bar: int = DEFAULT_STEPS_PER_BAR

    def __len__(self) -> int:
        return len(self.symbols)

    def changes(self) -> list[tuple[int, str]]:
        """Returns (step, symbol) where a chord begins; nothing before the first one."""
        before = (NO_CHORD, *self.symbols)
        return [
            (step, symbol) for step, symbol in enumerate(self.symbols) if symbol != before[step]
        ]


def written_symbol(text: str) -> str:
    """Returns a chord symbol in note-seq's spelling: ASCII accidentals, "N.C." for no chord."""
    text = text.strip().translate(_ACCIDENTALS)
    return NO_CHORD if _NO_CHORD.fullmatch(text) else text


def checked_symbol(text: str, bar: int) -> str:
    """Returns a chord symbol that can be read.

    Raises:
        ChordError: It cannot; the message has its bar.
    """
    symbol = written_symbol(text)
    if symbol != NO_CHORD:
        try:
            parse_chord(symbol)
        except ChordError as error:
            raise ChordError(f"chords: bar {bar}: {error}") from None
    return symbol


def parse_progression(
    text: str,
    steps_per_chord: int = DEFAULT_STEPS_PER_BAR,
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER,
) -> Progression:
    """Reads chords as people type them.

    Args:
        text: "C G Am F", or with bar lines "| C | G/B | Am7 F |".
        steps_per_chord: How long each chord lasts; with bar lines, each bar.
        steps_per_quarter: Steps per quarter note.

    Raises:
        ChordError: A symbol that cannot be read, with its bar; no chord at all; an empty bar.
    """
    if "|" in text:
        symbols = _with_bar_lines(text, steps_per_chord)
        return Progression(tuple(symbols), steps_per_quarter, steps_per_chord)
    steps_per_bar = 4 * steps_per_quarter
    symbols = []
    words = text.split()
    _check_length(len(words) * steps_per_chord)
    for number, word in enumerate(words):
        bar = number * steps_per_chord // steps_per_bar + 1
        symbols += [_next_symbol(word, symbols, bar)] * steps_per_chord
    return progression(symbols, steps_per_quarter, steps_per_bar)


def progression(
    symbols: Iterable[str],
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER,
    steps_per_bar: int | None = None,
) -> Progression:
    """Returns a progression of a symbol per step.

    Raises:
        ChordError: A symbol that cannot be read, with its bar; or there is none.
    """
    steps_per_bar = steps_per_bar or 4 * steps_per_quarter
    given = list(symbols)
    _check_length(len(given))
    known: dict[str, str] = {}
    for step, text in enumerate(given):
        if text not in known:
            known[text] = checked_symbol(text, step // steps_per_bar + 1)
    if not given:
        raise ChordError('chords: expected chord symbols such as "C G Am F", got none')
    return Progression(tuple(known[text] for text in given), steps_per_quarter, steps_per_bar)


def _check_length(steps: int) -> None:
    if steps > MAX_STEPS:
        raise ChordError(f"chords: expected at most {MAX_STEPS:,} steps, got {steps:,}")


def _next_symbol(word: str, before: Sequence[str], bar: int) -> str:
    """Returns what a word means; "." is the chord before."""
    if word == _REPEAT:
        raise ChordError(
            f"chords: bar {bar}: {_REPEAT!r} repeats the bar before: it stands alone between bar "
            "lines, and not in the first bar"
        )
    if word != _HOLD:
        return checked_symbol(word, bar)
    if not before:
        raise ChordError(f"chords: bar {bar}: {_HOLD!r} holds the chord before, and there is none")
    return before[-1]


def _with_bar_lines(text: str, steps_per_bar: int) -> list[str]:
    bars = _BAR_LINE.split(text)
    bars = bars[not bars[0].strip() : len(bars) - (not bars[-1].strip())]
    _check_length(len(bars) * steps_per_bar)
    symbols: list[str] = []
    for number, words in enumerate((bar.split() for bar in bars), 1):
        if words == [_REPEAT] and symbols:
            symbols += symbols[-steps_per_bar:]
            continue
        if not words:
            raise ChordError(
                f"chords: bar {number} is empty: {_REPEAT!r} repeats the bar before, 'N.C.' is no "
                "chord"
            )
        if len(words) > steps_per_bar:
            raise ChordError(
                f"chords: bar {number} has {len(words)} chords, and {steps_per_bar} steps"
            )
        for i, word in enumerate(words):
            begin, end = (steps_per_bar * at // len(words) for at in (i, i + 1))
            symbols += [_next_symbol(word, symbols, number)] * (end - begin)
    if not symbols:
        raise ChordError('chords: expected chord symbols such as "| C | G |", got bar lines only')
    return symbols


def laid_out(
    chords: Mapping[int, str], end: int, steps_per_quarter: int, steps_per_bar: int
) -> Progression:
    """Returns a progression of chords and the steps on which they begin.

    It begins with the bar of the first chord, and holds the last one to the end of a bar.

    Args:
        chords: Symbols that can be read, by their step.
        end: Step on which the music ends, if that is after the last chord.
        steps_per_quarter: Steps per quarter note.
        steps_per_bar: Steps per bar.

    Raises:
        ChordError: There is no chord, or there are too many steps.
    """
    if not chords:
        raise ChordError("chords: expected chord symbols, found none")
    places = sorted(chords)
    first = places[0] // steps_per_bar * steps_per_bar
    end = -(-max(end, places[-1] + 1) // steps_per_bar) * steps_per_bar
    _check_length(end - first)
    symbols = [NO_CHORD] * (places[0] - first)
    for begin, following in itertools.pairwise([*places, end]):
        symbols += [chords[begin]] * (following - begin)
    return Progression(tuple(symbols), steps_per_quarter, steps_per_bar)
