"""How often melodies come up in training by their source: Mozart need not drown in reels.

A source is a beginning of names of pieces, such as an archive's. A melody of weight 2 comes up
twice as often as one of weight 1, one of 0.5 half as often, one of 0 never. Weights are of
melodies, whatever their length, and a batch is as large as it is without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ssc_melody.dataset import events_file, piece_list
from ssc_melody.errors import DataError, OptionError
from ssc_melody.specs import checks, nearest

Weights = npt.NDArray[np.float64]


def parse(text: str) -> dict[str, float]:
    """Returns the weight of each source.

    Args:
        text: Such as "mozart.zip=2,dance_tunes=0.5"; the same may come once.

    Raises:
        OptionError: It is not written so.
    """
    found: dict[str, float] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (part.strip() for part in pair.rpartition("="))
        if not name or not equals:
            raise OptionError(f"source_weights: expected NAME=WEIGHT, got {pair!r}")
        if name in found:
            raise OptionError(f"source_weights: {name} comes twice")
        try:
            number = float(value)
        except ValueError:
            raise OptionError(f"source_weights: {name}: expected a number, got {value!r}") from None
        found[name] = checks.number(f"source_weights: {name}", number, least=0, most=1000)
    return found


def of_files(paths: Sequence[Path], text: str) -> Weights:
    """Returns [melodies] the weight of each melody of files of events that can be trained on.

    The longest source that a name begins with counts; 1 is the weight of all others.

    Raises:
        OptionError: The text is not written as weights, or leaves nothing.
        DataError: A file does not say which piece a melody is of, or no piece is of a source.
    """
    asked = parse(text)
    pieces: list[str] = []
    for path in paths:
        lengths = [len(events) for events in events_file.read_events(path)]
        names = piece_list.read(path, len(lengths))
        if names is None:
            raise DataError(
                f"source_weights: {path} does not say of which pieces its melodies are; expected "
                f"{piece_list.path_of(path).name} or the data set's report beside it"
            )
        pieces += [name for name, length in zip(names, lengths, strict=True) if length > 1]
    for source in asked:
        if not any(name.startswith(source) for name in pieces):
            known = sorted({name.split("/")[0] for name in pieces})
            there = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
            raise DataError(
                f"source_weights: no piece is of {source!r}{nearest(source, known)}; there are "
                f"{there}"
            )
    order = sorted(asked, key=len, reverse=True)
    weights = np.array(
        [next((asked[s] for s in order if name.startswith(s)), 1.0) for name in pieces]
    )
    if not weights.sum() > 0:
        raise OptionError("source_weights: nothing is left to train on")
    return weights
