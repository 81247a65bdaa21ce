"""Roman-numeral analyses beside scores (.rntxt), as chord symbols at the ticks of a score.

    Time Signature: 3/4
    m1 C: I b3 V65        bar 1 is in C major: I, and V65 from its third beat on
    m2 a: i               bar 2 is in A minor

What a numeral means in its key, and where a beat lies, music21 says (the extra `scores`); here are
the lines of the file, and the symbol of what sounds.

Follows: RomanText (Tymoczko, Gotham, Cuthbert, Ariza, ISMIR 2019), as far as chords and keys go.
Bars are counted from the first full one, all as long as the metre says, as in the analyses of
OpenScore's songs.

Left out: notes, variants of a bar (m1var1), bars that repeat others (m5-8 = m1-4), pedals,
phrases, forms.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import warnings
from typing import Any, NamedTuple

from ssc_melody.errors import DataError
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score, ScoreChord

MAX_BYTES = 2**20
MAX_BAR = 10_000
MAX_BEATS = 64
MAX_DIFFERENT = 1500
"""Numerals, each in its key; a millisecond of music21 goes into each. A long song has 200."""

_METRE = re.compile(r"Time Signature:\s*(\d{1,2})/(\d{1,2})\s*$")
_BAR = re.compile(r"m(\d{1,5})\s+(.*)")
_BEAT = re.compile(r"b(\d{1,2}(?:\.\d{1,3})?)$")
_KEY = re.compile(r"([A-Ga-g][#b-]{0,2}):$")
_NO_BEAT = "bnan"
"""What AugmentedNet writes for a beat that it did not find; the numeral after it has no place."""
_SKIPPED = ("||:", ":||", "||")

_KINDS = {
    (0, 4, 7): "",
    (0, 3, 7): "m",
    (0, 4, 8): "aug",
    (0, 3, 6): "dim",
    (0, 4, 7, 10): "7",
    (0, 4, 7, 11): "maj7",
    (0, 3, 7, 10): "m7",
    (0, 3, 6, 10): "m7b5",
    (0, 3, 6, 9): "dim7",
    (0, 3, 7, 11): "m(maj7)",
    (0, 4, 8, 10): "aug7",
    (0, 4, 8, 11): "maj7(#5)",
    (0, 4, 6, 10): "7(b5)",
    (0, 4, 10): "7(no5)",
    (0, 2, 4, 7, 10): "9",
    (0, 1, 4, 7, 10): "7(b9)",
}
"""Semitones above the root, and how a chord symbol says it; the augmented sixths as they sound."""


class Numeral(NamedTuple):
    """A numeral: ticks from the first full bar, its key and figure."""

    tick: int
    key: str
    figure: str


def chords_of_analysis(text: str, score: Score) -> tuple[list[ScoreChord], list[str]]:
    """Returns the chords of an analysis at a score's ticks, and what was not understood.

    Args:
        text: The analysis.
        score: The score that it is of.

    Raises:
        DataError: Music21 is not installed, or no numeral is in it.
    """
    if importlib.util.find_spec("music21") is None:
        raise DataError('an analysis (.rntxt) needs music21: pip install "ssc_melody[scores]"')
    placed, first_bar = placed_numerals(text)
    different = len({(key, figure) for _, key, figure in placed})
    if different > MAX_DIFFERENT:
        raise DataError(
            f"analysis: expected at most {MAX_DIFFERENT} different numerals, found {different}"
        )
    # The score's ticks count from its first note; a pickup's bar is one before the first full one.
    offset = first_bar - score.pickup if score.pickup else 0
    chords: list[ScoreChord] = []
    unknown: dict[str, int] = {}
    for tick, key, figure in placed:
        symbol = _symbol(figure, key)
        if symbol is None:
            unknown[figure] = unknown.get(figure, 0) + 1
        elif not chords or symbol != chords[-1].symbol:
            chords.append(ScoreChord(max(0, tick + offset), symbol))
    if not chords:
        raise DataError("no Roman numeral that could be read is in the analysis")
    last_at = {chord.tick: chord for chord in chords}  # two before the first note: the later one
    return list(last_at.values()), [
        f"analysis: numeral {figure!r} is not understood ({count}x)"
        for figure, count in unknown.items()
    ]


def placed_numerals(text: str) -> tuple[list[Numeral], int]:
    """Returns the numerals of a file, and the ticks of its first full bar."""
    found: list[Numeral] = []
    metre, key = (4, 4), ""
    at, number, first_bar = 0, 1, 0
    for line in text[:MAX_BYTES].splitlines():
        if match := _METRE.match(line.strip()):
            new = (int(match[1]), int(match[2]))
            if 0 < new[0] <= MAX_BEATS and new[1] in (1, 2, 4, 8, 16, 32):
                # The bars since the last line are of the old metre, the next one of the new.
                at, number = at + _bar_ticks(metre) * bool(found), number + bool(found)
                metre = new
            continue
        match = _BAR.match(line.strip())
        if not match or int(match[1]) > MAX_BAR:
            continue
        bar = int(match[1])
        at, number = at + (bar - number) * _bar_ticks(metre), bar
        first_bar = first_bar or _bar_ticks(metre)
        beat = 0
        for word in match[2].split():
            if beat_match := _BEAT.match(word):
                beat = _beat_ticks(metre, float(beat_match[1]))
            elif key_match := _KEY.match(word):
                key = key_match[1][0] + key_match[1][1:].replace("b", "-")  # music21's flat
            elif word == _NO_BEAT:
                beat = -1
            elif key and word not in _SKIPPED and beat >= 0:
                found.append(Numeral(at + beat, key, word))
    return found, first_bar


def _bar_ticks(metre: tuple[int, int]) -> int:
    return 4 * TICKS_PER_QUARTER * metre[0] // metre[1]


@functools.lru_cache(maxsize=4096)
def _beat_ticks(metre: tuple[int, int], beat: float) -> int:
    """Returns the ticks from a bar's beginning to a beat; one that the metre has not is its end."""
    from music21 import meter  # noqa: PLC0415 (takes seconds to import)

    try:
        quarters = meter.TimeSignature(f"{metre[0]}/{metre[1]}").getOffsetFromBeat(beat)
    except Exception:  # music21 raises what it likes
        return _bar_ticks(metre)
    return round(float(quarters) * TICKS_PER_QUARTER)


@functools.lru_cache(maxsize=16384)
def _symbol(figure: str, key: str) -> str | None:
    """Returns the chord symbol of a Roman numeral in a key, None where there is none."""
    from music21 import roman  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            chord: Any = roman.RomanNumeral(figure, key)
            notes = {_name(pitch): int(pitch.pitchClass) for pitch in chord.pitches}
            root, bass = _name(chord.root()), _name(chord.bass())
    except Exception:  # music21 raises what it likes
        return None
    for name in (root, *notes):
        above = tuple(sorted({(pitch - notes[name]) % 12 for pitch in notes.values()}))
        if above in _KINDS:
            return f"{name}{_KINDS[above]}" + (f"/{bass}" if bass != name else "")
    return None


def _name(pitch: Any) -> str:
    return str(pitch.name).replace("-", "b")
