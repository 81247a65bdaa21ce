"""A hierarchy of models (HRNN) trained: profiles of the corpus, then a run for each level.

Follows HRNN (arXiv 1712.05274): each level is trained by itself, on the profiles that the melodies
have, and generates from those that the level above wrote.

Importing this module imports no TensorFlow.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

from ssc_melody.dataset import events_file
from ssc_melody.encodings.profiles import Profiles, find_profiles
from ssc_melody.errors import DataError
from ssc_melody.files import user_path
from ssc_melody.play import run_config
from ssc_melody.specs import HPARAMS, with_hparams
from ssc_melody.specs.hrnn import HrnnSpec, hrnn_spec, levels_of
from ssc_melody.training import run
from ssc_melody.training.data import Patterns, find_files
from ssc_melody.training.options import Outcome, Progress, TrainOptions

PathLike = str | os.PathLike[str]


def profiles_of_data(data: Patterns, bars: int = 16, beats: int = 8, seed: int = 0) -> Profiles:
    """Returns the profiles of a data set's melodies.

    Args:
        data: Files of events; melodies in 4/4.
        bars: How many bar profiles.
        beats: How many beat profiles.
        seed: Start of the random numbers of k-means.

    Raises:
        DataError: A file cannot be read, or there is no melody.
    """
    melodies = [m for path in find_files(data, "data") for m in events_file.read_events(path)]
    if not melodies:
        raise DataError("data: expected melodies, found none")
    return find_profiles(melodies, bars, beats, seed)


def train_hierarchy(
    run_dir: PathLike,
    data: Patterns,
    *,
    layers: int = 3,
    eval_data: Patterns | None = None,
    hparams: str = "",
    bar_profiles: int = 16,
    beat_profiles: int = 8,
    options: TrainOptions | None = None,
    seed: int = 0,
    told: Callable[[str], None] = lambda level: None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> dict[str, Outcome]:
    """Trains a run for each level, one after the other, or goes on with them.

    Args:
        run_dir: Its folders `bars`, `beats` and `notes` become runs.
        data: Files of events of melodies in 4/4 (`create_dataset` with metres=["4/4"]).
        layers: 3, 2 (no bars) or 1 (notes alone).
        eval_data: Likewise; evaluated while training.
        hparams: Hyperparameters of all levels, such as "rnn_layer_sizes=[128,128]".
        bar_profiles: How many clusters the patterns of bars have.
        beat_profiles: How many those of beats have.
        options: How each run goes; the limits are those of each.
        seed: Start of all random numbers.
        told: Called with a level's name before it is trained.
        progress: Called after every step.

    Returns:
        What came of each level.

    Raises:
        DataError: The data cannot be read.
        OptionError: A run says otherwise.
        SscMelodyError: TensorFlow is not installed.
    """
    folder = user_path(run_dir)
    known = run_config.read(folder / "notes")
    if known is not None and isinstance(known.spec, HrnnSpec):
        profiles = known.spec.centres
    else:
        profiles = profiles_of_data(data, bar_profiles, beat_profiles, seed)
    outcomes = {}
    for level in levels_of(layers):
        told(level)
        outcomes[level] = run.train(
            folder / level, _spec(folder / level, level, layers, profiles, hparams), data,
            eval_data=eval_data, options=options, seed=seed, progress=progress,
        )  # fmt: skip
        if outcomes[level].interrupted:
            break
    return outcomes


def _spec(folder: Path, level: str, layers: int, profiles: Profiles, hparams: str) -> HrnnSpec:
    spec = with_hparams(hrnn_spec(level, layers, profiles), hparams)
    assert isinstance(spec, HrnnSpec)
    found = run_config.read(folder)
    if found is None or hparams:
        return spec
    return dataclasses.replace(spec, **{name: getattr(found.spec, name) for name in HPARAMS})
