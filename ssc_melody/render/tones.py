"""The built-in tone: a struck string, and noise for drums.

The same numbers as in ssc_melody/mixtape/synth.js, which explains itself to browsers: a tone is a
sum of damped sines, each partial [times the pitch, loudness, amplitude lost a second].
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

SECONDS = 4.0
"""Length of a tone that nobody damps."""

DAMP = 0.07
"""Seconds in which a damped tone falls to 1/e."""


def partials(pitch: int) -> FloatArray:
    """Returns [32, 3]: the partials of a piano string."""
    height = 2.0 ** ((pitch - 60) / 12)
    stiffness = 0.0003 * height
    n = np.arange(1, 17)
    ratio = n * np.sqrt((1 + stiffness * n**2) / (1 + stiffness))
    struck = 0.4 + 0.6 * np.abs(np.sin(np.pi * n / 7.5))
    loudness = struck * np.exp(-0.45 * (n - 1) * height**0.35)
    loss = (0.5 + 0.22 * n) * height**0.6
    fast = np.column_stack([ratio, 0.72 * loudness, 2.4 * loss])
    slow = np.column_stack([1.0007 * ratio, 0.28 * loudness, 0.7 * loss])
    return np.concatenate([fast, slow])


@lru_cache(maxsize=128)
def tone(pitch: int, rate: int) -> FloatArray:
    """Returns a struck string's samples.

    Args:
        pitch: MIDI pitch.
        rate: Samples a second.
    """
    base = 440.0 * 2.0 ** ((pitch - 69) / 12)
    rows = partials(pitch)
    rows = rows[rows[:, 0] * base < 0.42 * rate]
    count = round(SECONDS * rate)
    time = np.arange(count) / rate
    samples = np.zeros(count)
    for ratio, loudness, loss in rows:
        samples += loudness * np.exp(-loss * time) * np.sin(2 * np.pi * base * ratio * time)
    samples /= np.sqrt(np.sum(rows[:, 1] ** 2)) or 1.0
    attack = np.arange(count)[: int(np.ceil(0.003 * rate))]
    samples[: len(attack)] *= attack / (0.003 * rate)
    end = round(0.1 * rate)
    samples[-end:] *= np.arange(end)[::-1] / end
    samples.flags.writeable = False
    return samples


def noise(count: int, seed: int) -> FloatArray:
    """Returns white noise between -1 and 1, the same on every machine."""
    samples = np.empty(count)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        samples[i] = state / 2**31 - 1
    return samples


@lru_cache(maxsize=128)
def drum(pitch: int, rate: int) -> FloatArray:
    """Returns noise that dies away, the faster the higher its number."""
    count = round(0.3 * rate)
    smooth = min(0.9, pitch / 90)
    values = np.empty(count)
    value = 0.0
    for i, sample in enumerate(noise(count, pitch + 1)):
        value += smooth * (sample - value)
        values[i] = value
    values *= 0.8 * np.exp(-(12 + pitch / 2) * np.arange(count) / rate)
    values.flags.writeable = False
    return values
