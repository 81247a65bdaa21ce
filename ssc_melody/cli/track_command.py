"""What the commands for polyphony, drums and performances do, once their primer is known."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from absl import flags

from ssc_melody.cli import console, writing
from ssc_melody.cli.console import logger
from ssc_melody.cli.track_flags import model_from_flags, sampling_from_flags
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import OptionError, PrimerError, printable
from ssc_melody.families import family_named
from ssc_melody.files import make_folder, user_path
from ssc_melody.melody.midi import check_qpm
from ssc_melody.melody.primer_text import parse_primer_melody
from ssc_melody.play.model import Model
from ssc_melody.play.starts import melody_start, music_start
from ssc_melody.tracks.start import Start
from ssc_melody.tracks.track import Track

_STOCKS = (
    "config",
    "hparams",
    "run_dir",
    "checkpoint_file",
    "bundle_file",
    "bundle_description",
    "generator_id",
    "generator_description",
)
"""Flags that stock's --save_generator_bundle looks at."""

ReadPrimer = Callable[[flags.FlagValues, float], Start]
"""Makes the primer of the flags, at the tempo of --qpm."""


def run(
    values: flags.FlagValues,
    others: list[str],
    key: str,
    script: str,
    primer: ReadPrimer,
    settings: Callable[[flags.FlagValues, Model], dict[str, Any]] = lambda values, model: {},
) -> None:
    """Runs a command.

    Args:
        values: Its flags.
        others: What is no flag.
        key: The family, as `families.FAMILIES` has it.
        script: Stock's command, which saves bundles.
        primer: Makes the primer.
        settings: Makes the family's settings of `Model.generate`.

    Raises:
        SscMelodyError: A flag, a file or a model that cannot be used.
    """
    writing.check_asked(values, others)
    if values.save_generator_bundle:
        _save(values, script)
        return
    family = family_named(key)
    assert family is not None
    sampling = sampling_from_flags(values)
    qpm = values.qpm if "qpm" in values and values.qpm else DEFAULT_QPM
    check_qpm(qpm)
    model = model_from_flags(values, family)
    start = primer(values, qpm)
    chosen = settings(values, model)
    seed = writing.seed_of(values)
    output_dir = user_path(values.output_dir)
    make_folder(output_dir)
    if values.mixtape:
        from ssc_melody.cli import generated  # noqa: PLC0415 (rarely asked for)

        generated.check(output_dir, values.num_outputs)
    writing.warn_of_fixed_temperature(values, model.temperature, model.source)
    progress = console.Progress(values.num_steps * values.num_outputs, "steps")
    try:
        tracks: list[Track] = model.generate(
            values.num_outputs,
            values.num_steps,
            start,
            sampling,
            seed=seed,
            progress=progress,
            **chosen,
        )
    finally:
        progress.close()
    paths = writing.write_midi(output_dir, [track.midi_bytes() for track in tracks])
    writing.warn_of_silence(sum(not track.notes for track in tracks))
    writing.log_likelihoods(paths, [track.log_likelihood for track in tracks])
    writing.tell_written(values, output_dir, paths, seed)
    if values.mixtape:
        page = generated.write_tracks(values, family.command, model, tracks, seed, paths)
        print(f"Wrote {printable(str(page))}: open it in a browser")


def _save(values: flags.FlagValues, script: str) -> None:
    """Lets stock's own command save a bundle.

    Raises:
        OptionError: Nothing says what or where.
        SscMelodyError: Magenta is not installed.
    """
    if not values.bundle_file:
        raise OptionError("--save_generator_bundle needs --bundle_file=FILE.mag, the file to write")
    if not values.run_dir and not values.checkpoint_file:
        raise OptionError("--save_generator_bundle needs --run_dir=DIR")
    from ssc_melody.cli import run as stock  # noqa: PLC0415 (needs Magenta)

    given = [name for name in _STOCKS if name in values and values[name].present]
    arguments = [f"--{name}={values[name].value}" for name in given]
    path = Path(user_path(values.bundle_file))
    try:
        code = stock.main(["ssc_melody_run", script, "--save_generator_bundle", *arguments])
    except SystemExit as end:  # as stock's scripts end
        code = int(end.code or 0)
    if code:
        sys.exit(code)
    print(f"Wrote {printable(str(path))}")


def notes_primer(values: flags.FlagValues, qpm: float) -> Start:
    """Returns the primer of pitches, a melody or a MIDI file; the first that is given holds."""
    given = [n for n in ("primer_pitches", "primer_melody", "primer_midi") if values[n].value]
    for name in given[1:]:
        logger.warning("--%s ignored: --%s takes precedence over it", name, given[0])
    if not given:
        logger.debug("No primer given: beginning with silence.")
        return Start(qpm=qpm)
    if given[0] == "primer_pitches":
        try:
            pitches = parse_primer_melody(console.argument_text(values.primer_pitches))
        except PrimerError as error:
            raise PrimerError(f"primer_pitches: a chord such as [60, 64, 67]: {error}") from None
        return Start.from_pitches(pitches, qpm)
    if given[0] == "primer_melody":
        events = parse_primer_melody(console.argument_text(values.primer_melody))
        return melody_start(events, qpm)
    return midi_primer(values)


def midi_primer(values: flags.FlagValues) -> Start:
    """Returns the primer of --primer_midi; its tempo takes precedence over --qpm."""
    start = music_start(user_path(values.primer_midi))
    for warning in start.warnings:
        logger.warning("%s: %s", values.primer_midi, warning)
    if "qpm" in values and values.qpm and values.qpm != start.qpm:
        logger.warning(
            "--qpm=%g ignored: the tempo of --primer_midi, %.6g, takes precedence over it",
            values.qpm,
            start.qpm,
        )
    return start
