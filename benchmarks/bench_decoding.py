"""What decoding makes of the shipped models, beside what people wrote.

    python -m benchmarks.bench_decoding [--bundle=FILE.mag ...] [--excerpts=150]

Each model continues bars of people's held-out melodies; people's own continuations are the first
row. Counted in what follows the bar that is given: the habits of `evaluation.habits`, and

  forest, boosted  how often each judge of the Music Turing test tells them from people's
  overlap          with people's distribution of all numbers, as in the report
  alike            runs of three notes that another of the same melodies has too

The last rows choose from CHOOSE_FROM by the critic, which neither judge has ever seen.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.measure import print_table
from ssc_melody.evaluation import habits, melodies, metrics, ngrams, turing
from ssc_melody.evaluation.distances import compare, inter_distances, intra_distances
from ssc_melody.evaluation.melodies import BAR, PRIMER_STEPS, view_of
from ssc_melody.melody.events import melody_notes
from ssc_melody.play import critic, engine
from ssc_melody.play.loading import load_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.sampling import Sampling
from ssc_melody.play.shaping import STYLES
from ssc_melody.play.shipped import shipped_files
from ssc_melody.specs import SPECS

STEPS = 7 * BAR
CHOOSE_FROM = 10
JUDGED = ("forest", "boosted", "overlap", "alike")
_SEED = 20

Settings = dict[str, float]

SETTINGS: dict[str, Settings] = {
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


class People:
    """What is continued, and what the judges know of people's own continuations."""

    def __init__(self, cut: Sequence[melodies.Excerpt]) -> None:
        self.events = np.array([excerpt.events for excerpt in cut])
        self.primers = self.events[:, :PRIMER_STEPS]
        self.pieces = [excerpt.piece for excerpt in cut]
        self.table = _table(self.events)
        self.intra = {name: intra_distances(values) for name, values in self.table.items()}

    def row(self, name: str, events: np.ndarray) -> list[str]:
        """Returns the row of some melodies, one for each of people's."""
        found = habits.count(events.tolist())
        cells = [_cell(found[habit.name], habit.unit) for habit in habits.HABITS]
        table = _table(events)
        runs = ngrams.rows(np.concatenate([self.events, events]))
        asked = (
            (turing.forest, turing.feature_rows(self.table), turing.feature_rows(table)),
            (turing.boosted, runs[: len(events)], runs[len(events) :]),
        )
        rates = [turing.detection_rate(*one, self.pieces, _SEED) for one in asked]
        overlaps = [
            compare(self.intra[name], inter_distances(self.table[name], values)).overlap
            for name, values in table.items()
        ]
        cells += [_cell(rate, "%") for rate in rates]
        return [name, *cells, f"{np.nanmean(overlaps):.2f}", _cell(_alike(events), "%")]


def _table(events: np.ndarray) -> dict[str, np.ndarray]:
    return metrics.table([metrics.Line(one, PRIMER_STEPS) for one in events.tolist()])


def _cell(value: float, unit: str) -> str:
    return f"{100 * value:.0f} %" if unit else f"{value:.2f}"


def _alike(events: np.ndarray) -> float:
    """Returns the share of runs of three notes that another of the melodies has too."""
    runs = []
    for one in events.tolist():
        notes = [note for note in melody_notes(one) if note.start_step >= PRIMER_STEPS]
        steps = [
            (b.pitch - a.pitch, b.start_step - a.start_step) for a, b in itertools.pairwise(notes)
        ]
        runs.append(set(zip(steps, steps[1:], steps[2:], strict=False)))
    counts = Counter(run for mine in runs for run in mine)
    shares = [np.mean([counts[run] > 1 for run in mine]) for mine in runs if mine]
    return float(np.mean(shares))


def continued(model: Model, primers: np.ndarray, settings: Settings) -> np.ndarray:
    """Continues bars by so many steps; what is drawn is the same for all settings."""
    made: list[np.ndarray] = []
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
        made.append(events)
    return np.concatenate(made)


def chosen(model: Model, primers: np.ndarray, settings: Settings) -> np.ndarray:
    """Continues each bar several times, and keeps what the critic likes best."""
    made = continued(model, np.repeat(primers, CHOOSE_FROM, axis=0), settings)
    likes = [critic.shipped().score(one, PRIMER_STEPS) for one in made.tolist()]
    best = np.argmax(np.reshape(likes, (-1, CHOOSE_FROM)), axis=1)
    return made.reshape(-1, CHOOSE_FROM, made.shape[1])[np.arange(len(primers)), best]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", action="append", type=Path)
    parser.add_argument("--melodies", type=Path, default=shipped_files("corpus_eval.events")[0])
    parser.add_argument("--excerpts", type=int, default=150)
    given = parser.parse_args()
    held_out = melodies.read(given.melodies)
    for path in given.bundle or [path for path in shipped_files("*.mag") if path.stem in SPECS]:
        model = load_bundle(path)
        cut = melodies.excerpts(held_out, view_of(model.spec), STEPS, given.excerpts)
        people = People(cut)
        rows = [people.row("people", people.events)]
        for name, settings in SETTINGS.items():
            rows.append(people.row(name, continued(model, people.primers, settings)))
        for name in ("temperature 1.0", "style safe"):
            best = chosen(model, people.primers, SETTINGS[name])
            rows.append(people.row(f"{name}, best of {CHOOSE_FROM}", best))
        print_table(
            f"{path.name}: {len(cut)} continuations of {STEPS} steps",
            ["decoding", *(habit.title for habit in habits.HABITS), *JUDGED],
            rows,
        )


if __name__ == "__main__":
    main()
