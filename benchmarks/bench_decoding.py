"""What decoding makes of the shipped models, beside what people wrote.

    python -m benchmarks.bench_decoding [--bundle=FILE.mag ...] [--excerpts=100] [--copies=2]

Each model continues bars of people's held-out melodies; people's own continuations are the first
row. Counted in what follows the bar that is given:

  notes         that begin in a bar of four quarters
  sparse        melodies with fewer than two notes a bar
  held          melodies with a note of two bars or more
  empty         bars in which nothing sounds
  leaps         intervals of more than an octave, a melody
  rhythm again  bars in which notes begin where they did two bars before, of those with notes
  ends          melodies whose last note begins on a beat and lasts at least a quarter
  range         semitones from the lowest to the highest note
  repeats       notes that began, with their pitch, two bars before
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.measure import print_table
from ssc_melody.evaluation import melodies, metrics
from ssc_melody.evaluation.melodies import BAR, PRIMER_STEPS, view_of
from ssc_melody.play import sampling as engine
from ssc_melody.play.choice import Sampling
from ssc_melody.play.loading import load_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.shaping import STYLES
from ssc_melody.play.shipped import shipped_files

STEPS = 7 * BAR
_SEED = 20

SETTINGS: dict[str, dict[str, float]] = {
    "temperature 1.0": {},
    "temperature 0.9": {"temperature": 0.9},
    "temperature 0.8": {"temperature": 0.8},
    "temperature 0.7": {"temperature": 0.7},
    "rhythm 1.0, pitch 0.9": {"rhythm_temperature": 1.0, "pitch_temperature": 0.9},
    "rhythm 1.0, pitch 0.75": {"rhythm_temperature": 1.0, "pitch_temperature": 0.75},
    "rhythm 0.9, pitch 0.9": {"rhythm_temperature": 0.9, "pitch_temperature": 0.9},
    "rhythm 0.9, pitch 0.75": {"rhythm_temperature": 0.9, "pitch_temperature": 0.75},
    "rhythm 0.8, pitch 0.8": {"rhythm_temperature": 0.8, "pitch_temperature": 0.8},
    "rhythm 0.7, pitch 0.7": {"rhythm_temperature": 0.7, "pitch_temperature": 0.7},
    "rhythm 1.2, pitch 0.75": {"rhythm_temperature": 1.2, "pitch_temperature": 0.75},
    "top_p 0.9": {"top_p": 0.9},
    "top_k 5": {"top_k": 5},
    **{f"style {name}": dict(settings) for name, settings in STYLES.items()},
}


def _rhythm_again(line: metrics.Line) -> float:
    bars: list[set[int]] = [set() for _ in range(STEPS // BAR)]
    for note in line.notes:
        place = note.start_step - line.start
        bars[place // BAR].add(place % BAR)
    pairs = [(a, b) for a, b in zip(bars, bars[2:], strict=False) if b]
    return float(np.mean([a == b for a, b in pairs])) if pairs else float("nan")


def _ends_long(line: metrics.Line) -> float:
    if not line.notes:
        return 0.0
    last = line.notes[-1]
    return float(last.start_step % 4 == 0 and last.end_step - last.start_step >= 4)


def _held(line: metrics.Line) -> float:
    return float((line.durations() >= 2 * BAR).any())


COLUMNS = (
    ("notes", metrics.note_density, 1, "{:.1f}"),
    ("sparse", lambda line: float(metrics.note_density(line) < 2), 100, "{:.0f} %"),
    ("held", _held, 100, "{:.0f} %"),
    ("empty", metrics.empty_bars, 100, "{:.1f} %"),
    ("leaps", lambda line: float((np.abs(line.intervals()) > 12).sum()), 1, "{:.2f}"),
    ("rhythm again", _rhythm_again, 100, "{:.0f} %"),
    ("ends", _ends_long, 100, "{:.0f} %"),
    ("range", metrics.pitch_range, 1, "{:.1f}"),
    ("repeats", metrics.repeats_two_bars, 100, "{:.0f} %"),
)


def row(name: str, events: Sequence[Sequence[int]]) -> list[str]:
    """Returns the row of some melodies."""
    lines = [metrics.Line(one, PRIMER_STEPS) for one in events]
    cells = [
        form.format(scale * np.nanmean([of(line) for line in lines]))
        for _, of, scale, form in COLUMNS
    ]
    return [name, *cells]


def continued(model: Model, primers: np.ndarray, settings: dict[str, float]) -> list[list[int]]:
    """Continues bars by so many steps; what is drawn is the same for all settings."""
    made: list[list[int]] = []
    for start in range(0, len(primers), 128):
        part = primers[start : start + 128]
        random = np.random.RandomState(_SEED + start)
        draws = random.random_sample((STEPS, len(part)))
        events, _ = engine.generate(
            model.network,
            model.encoding,
            part,
            PRIMER_STEPS + STEPS,
            Sampling(**settings),  # type: ignore[arg-type]
            draws.__getitem__,
        )
        made += events.tolist()
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", action="append", type=Path)
    parser.add_argument("--melodies", type=Path, default=shipped_files("corpus_eval.events")[0])
    parser.add_argument("--excerpts", type=int, default=100)
    parser.add_argument("--copies", type=int, default=2)
    given = parser.parse_args()
    people = melodies.read(given.melodies)
    for path in given.bundle or shipped_files("*.mag"):
        model = load_bundle(path)
        cut = melodies.excerpts(people, view_of(model.spec), STEPS, given.excerpts)
        primers = np.array([excerpt.events[:PRIMER_STEPS] for excerpt in cut] * given.copies)
        rows = [row("people", [excerpt.events for excerpt in cut])]
        rows += [row(name, continued(model, primers, s)) for name, s in SETTINGS.items()]
        print_table(
            f"{path.name}: {len(primers)} continuations of {STEPS} steps",
            ["decoding", *(name for name, *_ in COLUMNS)],
            rows,
        )


if __name__ == "__main__":
    main()
