"""One call from music to a data set: what ssc_melody_create_dataset does, for Python.

The work itself is `build` (on this machine) or `beam_runner` (on Apache Beam).
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ssc_melody.cores import usable_cores
from ssc_melody.dataset import build, inputs, process, runner
from ssc_melody.dataset.options import DatasetOptions
from ssc_melody.dataset.process import EVAL, TRAINING
from ssc_melody.dataset.report import Report
from ssc_melody.errors import OptionError
from ssc_melody.families import spec_named
from ssc_melody.files import user_path
from ssc_melody.specs import NetworkSpec, checks

logger = logging.getLogger("ssc_melody")

PathLike = str | os.PathLike[str]
Progress = Callable[[int, int], None]


def create_dataset(
    music: PathLike | Sequence[PathLike],
    output_dir: PathLike,
    config: NetworkSpec | str,
    options: DatasetOptions | None = None,
    *,
    num_workers: int = 0,
    seed: int | None = None,
    progress: Progress = lambda done, total: None,
    engine: runner.Engine = process.processor,
    beam_options: Sequence[str] | None = None,
    num_shards: int = 1,
    noted: dict[str, Any] | None = None,
) -> Report:
    """Extracts the melodies of music and writes them as training data.

    Args:
        music: A folder, glob, zip archive, MIDI, ABC or MusicXML file, or a TFRecord of
            NoteSequences; or several.
        output_dir: Folder for the files (see `dataset.build`); it is made where needed. An older
            data set in it is replaced when the new one is complete.
        config: A config, its name, or an encoding's (onehot, lookback, key).
        options: What becomes of the music.
        num_workers: Processes; 0 for as many as there are cores and work for.
        seed: Start of the random numbers that choose the eval set; None for another one each time
            (`Report.seed` says which).
        progress: Called with the number of sources done and of all; first with 0 done, when the
            work begins.
        engine: What makes the stages: `process.processor`, or Magenta's of the same result.
        beam_options: Options of Apache Beam, such as ['--runner=FlinkRunner'], to run there; None
            for this machine.
        num_shards: With Beam, files a set is spread over.
        noted: What else report.json notes of how the data set was made.

    Returns:
        What came of it: counts, and what was lost and why.

    Raises:
        OptionError: An argument is out of range.
        SpecError: There is no such config.
        DataError: An input does not exist, or none holds a melody.
        SscMelodyError: The folder cannot be written to.
    """
    job, paths = _job(config, options or DatasetOptions(), seed, engine), _paths(music)
    workers = checks.whole("num_workers", num_workers, least=0)
    shards = checks.whole("num_shards", num_shards, least=1)
    if beam_options is None and shards != 1:
        raise OptionError("num_shards: expected 1 on this machine; more need Apache Beam")
    folder = user_path(output_dir)
    settings = _settings(job, paths, config, noted or {})
    if beam_options is not None:
        made = _on_beam(job, paths, folder, settings, workers, beam_options, shards)
    else:
        made = _here(job, paths, folder, settings, workers, progress)
    _warn(made, job.stock.eval_ratio)
    return made


def _job(
    config: NetworkSpec | str, options: DatasetOptions, seed: int | None, engine: runner.Engine
) -> runner.Job:
    spec = config if isinstance(config, NetworkSpec) else spec_named(config)
    if seed is None:
        seed = int.from_bytes(os.urandom(4), "little")
    return runner.Job(
        raw=options.made(spec, raw=True),
        stock=options.made(spec, raw=False),
        seed=checks.whole("seed", seed),
        engine=engine,
    )


def _paths(music: PathLike | Sequence[PathLike]) -> list[str]:
    given = [music] if isinstance(music, str | os.PathLike) else list(music)
    if not given:
        raise OptionError("input: expected music, such as a folder of MIDI files; got nothing")
    return [os.fspath(path) for path in given]


def _settings(
    job: runner.Job, paths: list[str], config: NetworkSpec | str, noted: dict[str, Any]
) -> dict[str, Any]:
    """Returns what report.json notes so that the data set can be made again."""
    return {
        "input": paths,
        "config": config.name if isinstance(config, NetworkSpec) else config,
        "seed": job.seed,
        **noted,
        "music_files": dataclasses.asdict(job.raw),
        "note_sequences": dataclasses.asdict(job.stock),
    }


def workers_for(wanted: int, work: int) -> int:
    """Returns how many processes are worth their start.

    Args:
        wanted: At most so many; 0 for as many as there are cores.
        work: See `inputs.Source.work`.
    """
    return min(wanted or usable_cores(), max(1, work // (2 * runner.CHUNK)))


def _here(
    job: runner.Job,
    paths: list[str],
    folder: Path,
    settings: dict[str, Any],
    workers: int,
    progress: Progress,
) -> Report:
    amount = inputs.measure(paths, skip=folder)
    total, done = max(amount.sources, 1), 0

    def count(sources: int) -> None:
        nonlocal done
        done += sources
        progress(done, total)

    return build.build(
        job,
        paths,
        folder,
        workers_for(workers, amount.work),
        settings,
        count,
        lambda: progress(0, total),
    )


def _on_beam(
    job: runner.Job,
    paths: list[str],
    folder: Path,
    settings: dict[str, Any],
    workers: int,
    options: Sequence[str],
    shards: int,
) -> Report:
    try:
        from ssc_melody.dataset import beam_runner  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise OptionError(
            f'`runner=beam` needs Apache Beam: pip install "ssc_melody[beam]" ({error})'
        ) from error
    given = [*options, f"--direct_num_workers={workers}"] if workers else list(options)
    made = beam_runner.build_on_beam(job, paths, folder, given, settings, shards)
    made.seed = job.seed
    return made


def _warn(made: Report, eval_ratio: float) -> None:
    melodies = made.total.melodies
    if not melodies[TRAINING] and eval_ratio < 1:
        logger.warning("all melodies are in the eval set: a smaller `eval_ratio` or another `seed`")
    if not melodies[EVAL] and eval_ratio > 0:
        logger.warning(
            "no melody is in the eval set, which holds about %.0f %% of %s: "
            "another `seed` or a larger `eval_ratio`, or train without eval data",
            100 * eval_ratio,
            "1 piece" if made.total.pieces == 1 else f"{made.total.pieces:,} pieces",
        )
    for row in made.files:
        if "unreadable" in row:
            logger.warning("%s: %s", row["file"], row["unreadable"])
    for line in made.warning_lines():
        logger.warning("%s", line)
