"""Whether a model of melodies on chords follows them: on songs that were held out.

  bits         how well it predicts people's melodies, on their own chords, on these moved by some
               bars (the same key, in the wrong place), on another song's, and on none
  chord tones  share of the notes begun on a beat that belong to the chord, of people's melodies and
               of those that it makes on the same chords

Bits are those of the events: where two classes mean one event, they are added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ssc_melody.chords import NO_CHORD, parse_chord
from ssc_melody.constants import NO_EVENT, NOTES_PER_OCTAVE
from ssc_melody.dataset.events_file import LeadSheet
from ssc_melody.encodings import FloatArray
from ssc_melody.evaluation.intervals import Estimate, Resampler
from ssc_melody.families import family_of
from ssc_melody.network.cells import softmax
from ssc_melody.play import engine
from ssc_melody.play.batching import in_threads
from ssc_melody.play.model import Model
from ssc_melody.play.shaping import event_shares

Array = npt.NDArray[np.float64]

GIVEN = ("its own", "its own, four bars late", "another song's", "none")
"""What a melody is predicted on."""

LATE = 64
"""Steps of four bars of common time."""

BEAT = 4
"""Steps of a quarter note."""

_ROWS = 64


class Song(NamedTuple):
    """A melody, and a chord symbol per step."""

    events: list[int]
    chords: list[str]


class Tones(NamedTuple):
    """Notes begun on a beat while a chord sounds, and how many of them belong to it."""

    fitting: int
    notes: int


def song_of(sheet: LeadSheet) -> Song:
    """Returns a lead sheet of a data set with a chord per step."""
    steps = [*(step for step, _ in sheet.changes), len(sheet.events)]
    held = zip(sheet.changes, np.diff(steps).tolist(), strict=True)
    return Song(sheet.events, [symbol for (_, symbol), count in held for _ in range(count)])


def given(songs: Sequence[Song], what: str, seed: int = 0) -> list[list[str]]:
    """Returns the chords that each song is predicted on.

    Args:
        songs: The songs.
        what: One of GIVEN.
        seed: Start of the random numbers that choose the other song.
    """
    if what == GIVEN[0]:
        return [song.chords for song in songs]
    if what == GIVEN[1]:
        return [song.chords[-LATE:] + song.chords[:-LATE] for song in songs]
    if what == GIVEN[3]:
        return [[NO_CHORD] * len(song.events) for song in songs]
    order = np.random.default_rng(seed).permutation(len(songs))
    found: list[list[str]] = [[]] * len(songs)
    for mine, others in zip(order.tolist(), np.roll(order, 1).tolist(), strict=True):
        chords, steps = songs[others].chords, len(songs[mine].events)
        found[mine] = (chords * -(-steps // len(chords)))[:steps]
    return found


def bits(model: Model, songs: Sequence[Song], chords: Sequence[list[str]]) -> Array:
    """Returns [songs] the bits of each melody on chords, its first event left aside.

    Args:
        model: A model of melodies on chords.
        songs: The melodies.
        chords: A symbol per step of each.

    Raises:
        ChordError: The model cannot see one of them.
    """
    order = sorted(range(len(songs)), key=lambda i: (-len(songs[i].events), i))
    batches = [order[i : i + _ROWS] for i in range(0, len(order), _ROWS)]
    found = np.zeros(len(songs))

    def measure(batch: list[int]) -> Array:
        return _bits(model, [songs[i].events for i in batch], [chords[i] for i in batch])

    for batch, values in zip(batches, in_threads(measure, batches, len(batches)), strict=True):
        found[batch] = values
    return found


def _bits(model: Model, melodies: list[list[int]], chords: list[list[str]]) -> Array:
    family, encoding = family_of(model.spec), model.encoding
    longest = max(map(len, melodies))
    table = np.full((len(melodies), longest), NO_EVENT)
    controls: FloatArray = np.zeros((len(melodies), longest, encoding.control_size), np.float32)
    for i, (events, symbols) in enumerate(zip(melodies, chords, strict=True)):
        primed = family.prime(model.spec, events)._replace(given=symbols)
        table[i, : len(events)] = primed.events
        seen = family.controls(model.spec, primed)
        if seen is not None:
            controls[i, : len(events)] = seen[0]
    batch = engine.Batch(
        model.network, encoding, len(table), longest, controls if controls.size else None
    )
    lengths, total = np.array([len(events) for events in melodies]), np.zeros(len(melodies))
    rows = np.arange(len(melodies))
    for i, following in enumerate(engine.listen(batch, table), start=1):
        logits = batch.logits.astype(np.float64) / (model.temperature or 1.0)
        shares = event_shares(encoding, batch.encoder, softmax(logits))
        with np.errstate(divide="ignore"):  # an impossible event costs infinitely many bits
            cost = -np.log2(shares[rows, encoding.index(following)])
        total += np.where(i < lengths, cost, 0.0)
    return total


def bits_per_step(found: Array, songs: Sequence[Song], pieces: Sequence[str]) -> Estimate:
    """Returns the bits per step of all songs, with their interval (bootstrap over pieces)."""
    steps = np.array([len(song.events) - 1 for song in songs], dtype=np.float64)
    return Resampler(pieces, seed=0).ratio(found, steps)


def chord_tones(events: Sequence[int], chords: Sequence[str]) -> Tones:
    """Counts the notes of a melody that begin on a beat, and those that belong to the chord."""
    fitting = notes = 0
    for event, symbol in list(zip(events, chords, strict=True))[::BEAT]:
        if event >= 0 and symbol != NO_CHORD:
            notes += 1
            fitting += event % NOTES_PER_OCTAVE in parse_chord(symbol).pitches
    return Tones(fitting, notes)


def share_of_chord_tones(
    melodies: Sequence[Sequence[int]], chords: Sequence[Sequence[str]], pieces: Sequence[str]
) -> Estimate:
    """Returns the share of notes on beats that belong to their chords, with its interval."""
    counted = [chord_tones(*pair) for pair in zip(melodies, chords, strict=True)]
    table = np.array(counted, dtype=np.float64).reshape(-1, 2)
    return Resampler(pieces, seed=0).ratio(table[:, 0], table[:, 1])


def made_on(model: Model, songs: Sequence[Song], steps: int, seed: int = 0) -> list[list[int]]:
    """Returns a melody on each song's chords, from its first note on.

    Args:
        model: A model of melodies on chords.
        songs: The songs.
        steps: Steps of each melody, at most those of the song.
        seed: Start of the random numbers.
    """
    made = []
    for i, song in enumerate(songs):
        first = next(event for event in song.events if event >= 0)
        symbols = song.chords[:steps]
        (melody,) = model.generate(
            num_outputs=1, num_steps=len(symbols), primer=[first], chords=symbols,
            steps_per_chord=1, seed=seed + i,
        )  # fmt: skip
        made.append(list(melody.events))
    return made
