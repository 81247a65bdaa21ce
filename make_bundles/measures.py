"""How good the bundles are: bits per step on both held-out sets, next to Markov chains."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from make_bundles.corpus import BENCHMARK, SOURCES
from ssc_melody.dataset import events_file, similar
from ssc_melody.evaluation import intervals, markov, melodies, players
from ssc_melody.evaluation.melodies import MelodySet

ORDERS = (0, 1, 2)
FORMER_TRAINING = BENCHMARK.with_name("corpus_train.events")
"""What the bundles were trained on whose weights a warm start takes."""


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """What is measured on: the shipped held-out melodies, and the corpus's own."""

    benchmark: MelodySet
    second: MelodySet


def held_out(corpus: Path, warm_started: bool) -> HeldOut:
    """Reads both sets; after a warm start the second leaves out what that had been trained on."""
    second = melodies.read(corpus, "eval")
    if warm_started:
        known = similar.runs_of_file(FORMER_TRAINING)
        shares = [known.share_known(similar.runs_of(events)) for events in second.melodies]
        second = _chosen(second, [not share for share in shares])
    return HeldOut(melodies.read(BENCHMARK), second)


def _chosen(found: MelodySet, chosen: Sequence[bool]) -> MelodySet:
    kept = [i for i, keep in enumerate(chosen) if keep]
    return MelodySet([found.melodies[i] for i in kept], [found.pieces[i] for i in kept])


def of_source(found: MelodySet, archive: str) -> MelodySet:
    """Returns the melodies of an archive."""
    return _chosen(found, [piece.startswith(f"{archive}/") for piece in found.pieces])


def bits(player: players.Player, found: MelodySet) -> intervals.Estimate:
    """Returns the bits per step of melodies, in the key and range of the player, by piece."""
    fit = player.fit([player.view.squash(events) for events in found.melodies])
    return intervals.Resampler(found.pieces, seed=0).ratio(fit.bits, fit.steps)


def chains(training: Path, view: melodies.View) -> list[players.MarkovPlayer]:
    """Returns Markov chains fitted to a file of events."""
    seen = [view.squash(events) for events in events_file.read_events(training)]
    return [
        players.MarkovPlayer(
            f"Markov {order}", markov.fit(seen, order, view.min_note, view.max_note), view
        )
        for order in ORDERS
    ]


def told(found: intervals.Estimate) -> str:
    """Returns an estimate with its interval as text."""
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def by_source(
    networks: Sequence[players.NetworkPlayer], second: MelodySet
) -> list[tuple[str, int, list[float]]]:
    """Returns, for each source and for all, the melodies and the bits per step of each network."""
    fits = [
        network.fit([network.view.squash(events) for events in second.melodies])
        for network in networks
    ]
    archives = np.array([piece.split("/")[0] for piece in second.pieces])
    found = []
    for text, mine in (
        *((source.text, archives == source.archive) for source in SOURCES),
        ("together", np.ones(len(archives), np.bool_)),
    ):
        if mine.any():
            values = [float(fit.bits[mine].sum() / fit.steps[mine].sum()) for fit in fits]
            found.append((text, int(mine.sum()), values))
    return found
