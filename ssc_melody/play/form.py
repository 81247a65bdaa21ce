"""The steps that a form such as AABA repeats.

A letter that comes again repeats its first phrase, but for the last bar, which is free to lead on.
"""

from __future__ import annotations

import numpy as np

from ssc_melody.constants import NO_EVENT, NOTE_OFF
from ssc_melody.encodings import IntArray
from ssc_melody.errors import OptionError

FREE = -1


def phrase_steps(form: str, phrase_bars: int | None, num_steps: int, bar: int) -> int:
    """Returns the steps of a phrase.

    Args:
        form: Letters.
        phrase_bars: Bars of a phrase; None for what the length makes of it.
        num_steps: Length of the melody.
        bar: Steps of a bar.

    Raises:
        OptionError: The phrases do not make up the melody.
    """
    steps = (phrase_bars or 0) * bar or num_steps // len(form)
    least = 2 if len(set(form)) < len(form) else 1
    if steps * len(form) == num_steps and steps % bar == 0 and steps >= least * bar:
        return steps
    wanted = len(form) * (phrase_bars or max(least, round(num_steps / bar / len(form)))) * bar
    raise OptionError(
        f"form={form}: {len(form)} phrases of "
        + (f"{phrase_bars} bars" if phrase_bars else f"whole bars, {least} at least,")
        + f" do not make {num_steps} steps; num_steps={wanted} would do"
    )


def copied_from(form: str, phrase: int, bar: int) -> IntArray:
    """Returns for each step the one that it repeats, or FREE.

    >>> copied_from("ABA", 4, 2).tolist()
    [-1, -1, -1, -1, -1, -1, -1, -1, 0, 1, -1, -1]
    """
    sources = np.full(len(form) * phrase, FREE)
    for i, letter in enumerate(form):
        first = form.index(letter)
        if first < i:
            repeated = np.arange(phrase - bar)
            sources[i * phrase + repeated] = first * phrase + repeated
    return sources


def begun(events: IntArray, step: int) -> IntArray:
    """Returns [rows] what begins at a step as if nothing were held over to it.

    A note or silence that is held over begins there: so a phrase sounds the same wherever it is
    put.

    Args:
        events: [rows, more than `step` steps].
        step: The first step of what is to sound the same.
    """
    before = events[:, : step + 1]
    happened = before != NO_EVENT
    latest = step - np.argmax(happened[:, ::-1], axis=1)
    found = before[np.arange(len(before)), latest]
    return np.where(happened.any(axis=1), found, NOTE_OFF)


def first_note(copied: IntArray, start: int, events: IntArray) -> IntArray:
    """Returns [rows] the first note of what is repeated from a step on; negative if not known yet.

    Args:
        copied: Of `copied_from`.
        start: The step where the repetition begins.
        events: [rows, steps] those so far.
    """
    source = int(copied[start])
    if source >= events.shape[1]:
        return np.full(len(events), FREE)
    length = int(np.argmin(np.append(copied[start:] != FREE, False)))
    known = events[:, source : source + length].copy()
    known[:, 0] = begun(events, source)
    first: IntArray = known[np.arange(len(known)), np.argmax(known >= 0, axis=1)]
    return first
