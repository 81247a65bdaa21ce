"""Models against people, from melodies to the content of the report (plain JSON).

Everything is decided by the melodies, the models and the seed: two runs give the same numbers.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssc_melody.errors import DataError
from ssc_melody.evaluation import distances, habits, markov, ngrams, rows, turing
from ssc_melody.evaluation.copy_index import RUN, CopyIndex
from ssc_melody.evaluation.copying import TrainingIndex
from ssc_melody.evaluation.intervals import Resampler, mean_of_independent
from ssc_melody.evaluation.melodies import PRIMER_STEPS, Excerpt, MelodySet, View, excerpts
from ssc_melody.evaluation.options import EvaluateOptions
from ssc_melody.evaluation.players import Fit, MarkovPlayer, NetworkPlayer, Player

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FORMAT, VERSION = "ssc_melody evaluation", 1
PEOPLE = "people"
DECODINGS = ("sample", "argmax")
COOLED = 100
"""Melodies of each model and temperature, at most."""


class Evaluation:
    """One comparison, step by step; `content` grows into the report.

    Attributes:
        content: What report.json holds.
        played: What was played, people first, for the listening page.
        excerpts: People's excerpts by view; those of all views are of the same bars.
    """

    def __init__(
        self,
        models: Sequence[NetworkPlayer],
        people: MelodySet,
        training: MelodySet | None,
        settings: EvaluateOptions,
        say: Callable[[str], None] = lambda text: None,
        copies: CopyIndex | None = None,
    ) -> None:
        """Takes what is compared.

        Args:
            models: At least one.
            people: Held-out melodies.
            training: What the models were trained on, if known, or a part of it; Markov chains
                learn from it.
            settings: How.
            say: Told what is being done.
            copies: Where copies are looked for; None for in `training`.
        """
        self.settings, self.say, self.people = settings, say, people
        self.views = list(dict.fromkeys(model.view for model in models))
        self.models: list[NetworkPlayer] = list(models)
        self.chains: dict[View, list[MarkovPlayer]] = {}
        self.excerpts: dict[View, list[Excerpt]] = {}
        self.indexes: dict[View, TrainingIndex | CopyIndex] = {}
        self.played: list[rows.Played] = []
        self._baselines: list[MarkovPlayer] = []
        for view in self.views:
            self._prepare(view, training, copies)
        self.content: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "settings": dataclasses.asdict(settings),
            "views": [rows.view_name(view) for view in self.views],
            "people": rows.describe(people),
            "training": None if training is None else rows.describe(training),
            "least_copied_notes": 1 if copies is None else RUN,
        }

    def _prepare(self, view: View, training: MelodySet | None, copies: CopyIndex | None) -> None:
        found = excerpts(self.people, view, self.settings.num_steps, self.settings.num_melodies)
        if len(found) < 2:
            steps = PRIMER_STEPS + self.settings.num_steps
            raise DataError(
                f"expected melodies of {steps} steps or more, found {len(found)}: a smaller "
                "`num_steps`, or more `people`"
            )
        self.excerpts[view] = found
        if copies is not None:
            self.indexes[view] = copies
        if training is None:
            return
        seen = [view.squash(events) for events in training.melodies]
        if copies is None:
            self.indexes[view] = TrainingIndex(seen)
        suffix = f" ({rows.key_name(view)})" if len(self.views) > 1 else ""
        self.chains[view] = [
            MarkovPlayer(
                f"Markov {order}{suffix}",
                markov.fit(seen, order, view.min_note, view.max_note),
                view,
            )
            for order in range(markov.MAX_ORDER + 1)
        ]

    def run(self) -> None:
        """Does everything."""
        self._fit()
        self._play()
        self._compare()
        self._cool()
        if self.settings.turing:
            self._turing()

    def _fit(self) -> None:
        """How well each predicts held-out melodies, and which is significantly better."""
        chosen = rows.spread(len(self.people.melodies), self.settings.num_fit_melodies)
        sample = Resampler([self.people.pieces[i] for i in chosen], self.settings.seed)
        made: list[dict[str, Any]] = []
        fits: dict[str, Fit] = {}
        for view in self.views:
            seen = [view.squash(self.people.melodies[i]) for i in chosen]
            players: list[Player] = [m for m in self.models if m.view == view]
            for player in [*players, *self.chains.get(view, [])]:
                self.say(f"{player.name}: predicts {len(seen)} melodies")
                fits[player.name] = player.fit(seen)
                made.append(rows.fit_row(player, fits[player.name], sample))
        self.content["fit"] = made
        self._baselines = [
            min(chains, key=lambda chain: float(fits[chain.name].bits.sum()))
            for chains in self.chains.values()
        ]
        self.content["ranking"] = self._ranking(fits, sample)

    def _ranking(self, fits: dict[str, Fit], sample: Resampler) -> list[dict[str, Any]]:
        """Compares each model with each other and with the best chain, on the very same steps."""
        pairs = []
        for view in self.views:
            names = [model.name for model in self.models if model.view == view]
            names += [chain.name for chain in self._baselines if chain.view == view]
            names.sort(key=lambda name: float(fits[name].bits.sum()))
            for better, worse in itertools.combinations(names, 2):
                gap = fits[worse].bits - fits[better].bits
                estimate = sample.ratio(gap, fits[better].steps)
                pair = {"better": better, "worse": worse, "view": rows.view_name(view)}
                pairs.append(pair | {"bits": rows.numbers(estimate), "sure": estimate.low > 0})
        return pairs

    def _play(self) -> None:
        """Lets everybody continue the same bars."""
        steps = self.settings.num_steps
        for view in self.views:
            people = np.array([excerpt.events for excerpt in self.excerpts[view]])
            self.played.append(rows.count(PEOPLE, "", view, people))
            primers = people[:, :PRIMER_STEPS]
            players: list[Player] = [m for m in self.models if m.view == view]
            players += [chain for chain in self._baselines if chain.view == view]
            for player in players:
                for decoding in DECODINGS:
                    self.say(f"{player.name}: plays {len(primers)} melodies ({decoding})")
                    made = player.continue_all(primers, steps, decoding, self.settings.seed)
                    self.played.append(rows.count(player.name, decoding, view, made))

    def _compare(self) -> None:
        """Music in numbers, and how far from people's."""
        self.say("counts and compares")
        made = []
        for played in self.played:
            people = self._people_of(played.view)
            if played is people:
                intra = {name: distances.intra_distances(v) for name, v in people.table.items()}
            pieces = [excerpt.piece for excerpt in self.excerpts[played.view]]
            sample = Resampler(pieces, self.settings.seed)
            if played.view in self.indexes:
                copied = self.indexes[played.view].longest_copies(
                    [row[PRIMER_STEPS:].tolist() for row in played.melodies]
                )
                played.table[rows.COPIED] = copied.astype(np.float64)
            if played is people:
                found = rows.half_against_half(played.table, pieces)
            else:
                found = {
                    name: distances.compare(
                        intra[name], distances.inter_distances(people.table[name], values)
                    )
                    for name, values in played.table.items()
                    if name != rows.COPIED
                }
            made.append(rows.music_row(played, sample, found))
        self.content["music"] = made

    def _cool(self) -> None:
        """What temperature makes of the models, on some of the bars."""
        made = []
        for view in self.views:
            chosen = rows.spread(len(self.excerpts[view]), COOLED)
            events = np.array([self.excerpts[view][i].events for i in chosen])
            made.append(rows.habit_row(PEOPLE, view, None, events))
            primers, steps = events[:, :PRIMER_STEPS], self.settings.num_steps
            for player in self.models:
                if player.view != view or player.model.temperature is not None:
                    continue  # of another view, or with a temperature that is fixed
                self.say(f"{player.name}: plays at other temperatures")
                for temperature in habits.TEMPERATURES:
                    cooled = dataclasses.replace(player, temperature=temperature)
                    events = cooled.continue_all(primers, steps, "sample", self.settings.seed)
                    made.append(rows.habit_row(player.name, view, temperature, events))
        self.content["temperatures"] = made

    def _people_of(self, view: View) -> rows.Played:
        return next(p for p in self.played if p.name == PEOPLE and p.view == view)

    def _turing(self) -> None:
        """Asks the discriminators."""
        tasks: list[tuple[str, dict[str, Any], turing.Task]] = []
        for played in self.played:
            people = self._people_of(played.view)
            if played is people:
                continue
            pieces = [excerpt.piece for excerpt in self.excerpts[played.view]]
            both = ngrams.rows(np.concatenate([people.melodies, played.melodies]))
            features = turing.feature_rows(people.table), turing.feature_rows(played.table)
            inputs = {
                "forest": features,
                "boosted": (both[: len(people.melodies)], both[len(people.melodies) :]),
            }
            for discriminator, (by_people, by_model) in inputs.items():
                seed = self.settings.seed + len(tasks)  # the controls swap other pairs
                label = f"{played.name} ({played.decoding}): {discriminator}"
                row = {"name": played.name, "decoding": played.decoding}
                row["discriminator"] = discriminator
                controls = turing.CONTROLS if played.decoding == "sample" else 0
                task = turing.Task(discriminator, by_people, by_model, pieces, seed, controls)
                tasks.append((label, row, task))
        made = []
        verdicts = []
        judged = turing.judge([task for _, _, task in tasks])
        for (label, row, _), verdict in zip(tasks, judged, strict=True):
            verdicts.append(verdict)
            self.say(f"Music Turing test: {label}")
            made.append(
                row | {key: rows.numbers(value) for key, value in verdict._asdict().items()}
            )
        self.content["turing"] = made
        controlled = [v for v in verdicts if np.isfinite(v.control_accuracy.value)]
        self.content["turing_controls"] = {
            name: rows.numbers(mean_of_independent([verdict[i].value for verdict in controlled]))
            for i, name in ((2, "accuracy"), (3, "auc"))
        }
