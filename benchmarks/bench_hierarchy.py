"""What a hierarchy of models is worth beside notes alone: the tables of docs/hierarchy.md.

    python -m benchmarks.bench_hierarchy --runs=FOLDER --data=DATA

FOLDER holds the folders L1, L2 and L3 that `ssc_hrnn_train --layers=1`, 2 and 3 trained on the same
melodies with the same steps, DATA the data set, whose eval set is measured on. Intervals are 95 %,
bootstrap over pieces.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from make_bundles import corpus
from make_bundles.measures import told
from make_bundles.model_card import table
from ssc_melody.dataset import events_file
from ssc_melody.evaluation import hierarchy as measures
from ssc_melody.evaluation.intervals import Resampler
from ssc_melody.play.hierarchy import Hierarchy
from ssc_melody.play.hierarchy_file import load_hierarchy

MADE, STEPS, SEED = 200, 256, 1
LAYERS = (1, 2, 3)


def code_lengths(
    models: dict[int, Hierarchy], melodies: Sequence[list[int]], names: Sequence[str]
) -> str:
    """Returns bits a step of each level, and of all of them."""
    steps = np.array([len(events) - 1 for events in melodies], dtype=np.float64)
    rows = []
    for layers, model in models.items():
        bits = {level: measures.level_bits(m, melodies) for level, m in model.models.items()}
        row = [f"{layers}L"]
        for level in ("bars", "beats", "notes"):
            row.append(f"{bits[level].sum() / steps.sum():.3f}" if level in bits else "")
        whole = np.sum(list(bits.values()), axis=0)
        rows.append([*row, told(Resampler(names, seed=0).ratio(whole, steps))])
    return table(["", "bars", "beats", "notes", "together, bits a step"], rows)


def adherence(model: Hierarchy, people: Sequence[list[int]]) -> str:
    """Returns how far plans are followed: drawn ones, and those of people's melodies."""
    drawn = model.plans(MADE, STEPS, 1.0, None, np.random.RandomState(SEED))
    made = [m.events for m in model.generate(MADE, STEPS, seed=SEED)]
    rows = []
    for level, plans in drawn.items():
        found = measures.adherence(model.profiles, level, plans, made)
        rows.append([f"{level}, drawn", f"{found.followed:.3f}", f"{found.marginal:.3f}"])
    taken: dict[str, list[measures.Adherence]] = {level: [] for level in drawn}
    for i, events in enumerate(people[:MADE]):
        steps = len(events) - len(events) % 16
        if steps:
            (melody,) = model.generate(1, steps, profile_of=events[:steps], seed=SEED + i)
            random = np.random.RandomState(SEED)
            plans = model.plans(1, steps, 1.0, events[:steps], random)
            for level, parts in taken.items():
                part = measures.adherence(model.profiles, level, plans[level], [melody.events])
                parts.append(part)
    for level, parts in taken.items():
        followed = np.mean([part.followed for part in parts])
        marginal = np.mean([part.marginal for part in parts])
        rows.append([f"{level}, of people's melodies", f"{followed:.3f}", f"{marginal:.3f}"])
    return table(["plans", "followed", "by chance"], rows)


def repetition(models: dict[int, Hierarchy], people: Sequence[list[int]]) -> str:
    """Returns how often the rhythm of a bar comes again."""
    rows = [("people", people)] + [
        (f"{layers}L", [m.events for m in model.generate(MADE, STEPS, seed=SEED)])
        for layers, model in models.items()
    ]
    return table(
        ["", *(f"{lag} {'bar' if lag == 1 else 'bars'} before" for lag in measures.LAGS)],
        [
            [name, *(f"{share:.3f}" for share in measures.rhythm_repetition(melodies).values())]
            for name, melodies in rows
        ],
    )


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    people = list(events_file.read_events(options.data / "eval_melodies.events"))
    names = [name for name, count in corpus.rows(options.data, "eval") for _ in range(count)]
    models = {layers: load_hierarchy(options.runs / f"L{layers}") for layers in LAYERS}
    print(f"{len(people)} melodies of {len(set(names))} held-out pieces\n")
    print(code_lengths(models, people, names))
    print(f"\n{adherence(models[3], people)}\n\n{repetition(models, people)}")


if __name__ == "__main__":
    main()
