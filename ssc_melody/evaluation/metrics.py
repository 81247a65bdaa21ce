"""What can be counted in a melody: numbers and histograms, one row each in a table.

All are of a monophonic line on a grid of sixteenths, bars of 16 steps. A number that does not
exist (the mean length of no notes) is NaN and left out of means.

References:
    [M] H.-W. Dong, W.-Y. Hsiao, L.-C. Yang, Y.-H. Yang, "MuseGAN: Multi-track sequential generative
        adversarial networks for symbolic music generation and accompaniment", AAAI 2018.
    [Y] L.-C. Yang, A. Lerch, "On the evaluation of generative models in music", Neural Computing
        and Applications 32, 2020 (online 2018).
    [C] O. Mogren, "C-RNN-GAN: Continuous recurrent neural networks with adversarial training",
        2016.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.constants import NOTES_PER_OCTAVE, PITCH_CLASSES
from ssc_melody.encodings import IN_MAJOR_KEY
from ssc_melody.evaluation.melodies import BAR
from ssc_melody.melody.events import MelodyNote, melody_notes

Array = npt.NDArray[np.float64]

LONGEST = BAR
"""Steps; longer notes count as this long in the histogram of durations."""

QUALIFIED_STEPS = 2
"""MuseGAN asks for three of its 96 steps a bar, a thirty-second note, which every note on a grid of
sixteenths has; here a note is qualified if it lasts longer than the shortest possible."""


class Line:
    """A melody made ready for counting.

    Attributes:
        sounding: [steps] the pitch that sounds at each step that counts, or -1.
        notes: The notes that begin there.
        onsets: (step, pitch) of all notes, those before `start` included.
        start: First step that counts.
    """

    def __init__(self, events: Sequence[int], start: int = 0) -> None:
        """Takes a melody.

        Args:
            events: Melody events.
            start: First step that counts; a note that began before it still sounds there.
        """
        everything = melody_notes(events)
        sounding = np.full(len(events), -1)
        for note in everything:
            sounding[note.start_step : note.end_step] = note.pitch
        self.start = start
        self.sounding = sounding[start:]
        self.notes: list[MelodyNote] = [n for n in everything if n.start_step >= start]
        self.onsets = {(note.start_step, note.pitch) for note in everything}

    def bars(self) -> list[npt.NDArray[np.int64]]:
        """Returns what sounds in each bar; the last may be shorter."""
        return [self.sounding[i : i + BAR] for i in range(0, len(self.sounding), BAR)]

    def pitches(self) -> npt.NDArray[np.int64]:
        """Returns the notes' pitches in order."""
        return np.array([note.pitch for note in self.notes], dtype=np.int64)

    def durations(self) -> npt.NDArray[np.int64]:
        """Returns the notes' lengths in steps."""
        return np.array([n.end_step - n.start_step for n in self.notes], dtype=np.int64)

    def intervals(self) -> npt.NDArray[np.int64]:
        """Returns semitones from each note to the next."""
        return np.diff(self.pitches())


def _mean(values: npt.ArrayLike) -> float:
    array = np.asarray(values, dtype=np.float64)
    return float(array.mean()) if array.size else float("nan")


def empty_bars(line: Line) -> float:
    """Share of bars in which nothing sounds ([M]: EB)."""
    return _mean([float(bar.max() < 0) for bar in line.bars()])


def used_pitch_classes(line: Line) -> float:
    """Pitch classes that sound in a bar, mean over the bars that are not empty ([M]: UPC)."""
    counts = [len(set((bar[bar >= 0] % NOTES_PER_OCTAVE).tolist())) for bar in line.bars()]
    return _mean([count for count in counts if count])


def qualified_notes(line: Line) -> float:
    """Share of notes of at least QUALIFIED_STEPS steps ([M]: QN)."""
    return _mean(line.durations() >= QUALIFIED_STEPS)


def note_density(line: Line) -> float:
    """Notes that begin in a bar ([Y]: note count, for equal lengths)."""
    return len(line.notes) * BAR / len(line.sounding)


def pitch_count(line: Line) -> float:
    """Different pitches ([Y]: PC)."""
    return float(len(set(line.pitches().tolist())))


def pitch_range(line: Line) -> float:
    """Semitones from the lowest to the highest note ([Y]: PR; [C]: tone span)."""
    return float(np.ptp(line.pitches())) if line.notes else float("nan")


def mean_interval(line: Line) -> float:
    """Mean size of the interval to the next note, in semitones ([Y]: PI)."""
    return _mean(np.abs(line.intervals()))


def inter_onset_interval(line: Line) -> float:
    """Mean steps from the beginning of a note to that of the next ([Y]: IOI)."""
    return _mean(np.diff([note.start_step for note in line.notes]))


def duration(line: Line) -> float:
    """Mean length of a note in steps; the last one is cut where the excerpt ends."""
    return _mean(line.durations())


def rests(line: Line) -> float:
    """Share of steps at which nothing sounds."""
    return _mean(line.sounding < 0)


def in_scale(line: Line) -> float:
    """Share of notes in the best fitting major scale ([C]: scale consistency).

    Natural minor scales have the same notes as their relative major ones.
    """
    if not line.notes:
        return float("nan")
    return float(IN_MAJOR_KEY[line.pitches() % NOTES_PER_OCTAVE].mean(axis=0).max())


def pitch_class_entropy(line: Line) -> float:
    """Entropy of the pitch classes of the notes, in bits."""
    shares = pitch_class_histogram(line)
    used = shares[shares > 0]
    return float(-(used * np.log2(used)).sum()) if line.notes else float("nan")


def _repeats(line: Line, bars: int) -> float:
    """Returns the share of notes whose pitch began at the same place so many bars before."""
    back = bars * BAR
    late = [note for note in line.notes if note.start_step >= back]
    return _mean([(note.start_step - back, note.pitch) in line.onsets for note in late])


def repeats_one_bar(line: Line) -> float:
    """Share of notes that also began, with their pitch, one bar before."""
    return _repeats(line, 1)


def repeats_two_bars(line: Line) -> float:
    """Share of notes that also began, with their pitch, two bars before."""
    return _repeats(line, 2)


def _shares(values: npt.NDArray[np.int64], size: int) -> Array:
    counts: Array = np.bincount(values, minlength=size).astype(np.float64)
    counts /= max(1.0, counts.sum())
    return counts


def pitch_class_histogram(line: Line) -> Array:
    """[12] share of notes of each pitch class, C first ([Y]: PCH)."""
    return _shares(line.pitches() % NOTES_PER_OCTAVE, NOTES_PER_OCTAVE)


def interval_histogram(line: Line) -> Array:
    """[25] share of intervals of -12..12 semitones; larger ones count as an octave."""
    return _shares(np.clip(line.intervals(), -12, 12) + 12, 25)


def duration_histogram(line: Line) -> Array:
    """[16] share of notes of 1..16 steps; longer ones count as 16 ([Y]: NLH)."""
    return _shares(np.minimum(line.durations(), LONGEST) - 1, LONGEST)


def position_histogram(line: Line) -> Array:
    """[16] share of notes that begin at each step of a bar."""
    return _shares(np.array([n.start_step % BAR for n in line.notes], dtype=np.int64), BAR)


@dataclasses.dataclass(frozen=True)
class Metric:
    """A row of the table: a number of a melody.

    Attributes:
        name: In report.json.
        title: In tables.
        unit: What it counts; '%' for shares.
        of: Computes it.
    """

    name: str
    title: str
    unit: str
    of: Callable[[Line], float]


METRICS = (
    Metric("empty_bars", "empty bars", "%", empty_bars),
    Metric("used_pitch_classes", "pitch classes per bar", "", used_pitch_classes),
    Metric("qualified_notes", "qualified notes", "%", qualified_notes),
    Metric("note_density", "notes per bar", "", note_density),
    Metric("pitch_count", "different pitches", "", pitch_count),
    Metric("pitch_range", "pitch range", "semitones", pitch_range),
    Metric("mean_interval", "mean interval", "semitones", mean_interval),
    Metric("inter_onset_interval", "from note to note", "steps", inter_onset_interval),
    Metric("duration", "length of a note", "steps", duration),
    Metric("rests", "rests", "%", rests),
    Metric("in_scale", "notes in scale", "%", in_scale),
    Metric("pitch_class_entropy", "pitch-class entropy", "bits", pitch_class_entropy),
    Metric("repeats_one_bar", "as one bar before", "%", repeats_one_bar),
    Metric("repeats_two_bars", "as two bars before", "%", repeats_two_bars),
)
"""The numbers, in the order of the report."""


@dataclasses.dataclass(frozen=True)
class Histogram:
    """A row of the table of histograms.

    Attributes:
        name: In report.json.
        title: In tables.
        labels: Of its bins.
        of: Computes it.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    of: Callable[[Line], Array]


HISTOGRAMS = (
    Histogram("pitch_classes", "pitch classes", PITCH_CLASSES, pitch_class_histogram),
    Histogram(
        "intervals", "intervals (semitones)", tuple(map(str, range(-12, 13))), interval_histogram
    ),
    Histogram(
        "durations", "lengths (steps)", tuple(map(str, range(1, LONGEST + 1))), duration_histogram
    ),
    Histogram(
        "positions", "place in the bar (step)", tuple(map(str, range(BAR))), position_histogram
    ),
)
"""The histograms, in the order of the report."""


def table(lines: Sequence[Line]) -> dict[str, Array]:
    """Returns, by name, [melodies] each number and [melodies, bins] each histogram."""
    numbers = {metric.name: np.array([metric.of(line) for line in lines]) for metric in METRICS}
    shares = {
        histogram.name: np.array([histogram.of(line) for line in lines]).reshape(
            len(lines), len(histogram.labels)
        )
        for histogram in HISTOGRAMS
    }
    return {**numbers, **shares}
