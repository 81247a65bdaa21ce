"""What the commands that generate share: the seed, the MIDI files, and what is said of them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from ssc_melody.cli.console import logger
from ssc_melody.errors import OptionError, printable
from ssc_melody.files import write_bytes, write_new_bytes


def check_asked(values: flags.FlagValues, others: Sequence[str]) -> None:
    """Checks that flags are all there is, and that there is a folder to write to.

    Raises:
        OptionError: There is something else, or no folder.
    """
    if others:
        raise OptionError(f"unexpected argument {others[0]!r}: flags are written --name=value")
    if not values.output_dir:
        raise OptionError("output_dir: expected a folder for the MIDI files, got nothing")


def seed_of(values: flags.FlagValues) -> int:
    """Returns --seed, or a new one."""
    if values.seed is None:
        return int.from_bytes(os.urandom(4), "little")
    return int(values.seed)


def write_midi(output_dir: Path, contents: Sequence[bytes]) -> list[Path]:
    """Writes files under stock's names, or those of a later second if some exist already.

    Whoever writes the first file has the second for himself.
    """
    now = time.time()
    digits = len(str(len(contents)))
    while True:
        stamp = time.strftime("%Y-%m-%d_%H%M%S", time.localtime(now))
        names = [f"{stamp}_{i + 1:0{digits}}.mid" for i in range(len(contents))]
        paths = [output_dir / name for name in names]
        if not any(map(os.path.lexists, paths)) and (
            not paths or write_new_bytes(paths[0], contents[0])
        ):
            break
        now += 1
    for path, content in zip(paths[1:], contents[1:], strict=True):
        write_bytes(path, content)
    return paths


def warn_of_silence(silent: int) -> None:
    """Warns of so many files in which nothing is heard."""
    if silent:
        logger.warning(
            "%s without a note: a higher --temperature or another --seed makes others",
            "1 file" if silent == 1 else f"{silent} files",
        )


def log_likelihoods(paths: Sequence[Path], scores: Sequence[float | None]) -> None:
    """Tells whoever asks for it (--log=DEBUG) how likely each melody was."""
    for path, score in zip(paths, scores, strict=True):
        if score is not None:
            logger.debug("%s: log-likelihood %.6f", path.name, score)


def tell_written(
    values: flags.FlagValues,
    output_dir: Path,
    paths: Sequence[Path],
    seed: int,
    others: Sequence[str] = (),
) -> None:
    """Says what was written where, and how to make it again."""
    again = "" if values.seed is not None else f" (--seed={seed} makes them again)"
    files = "1 MIDI file" if len(paths) == 1 else f"{len(paths)} MIDI files"
    print(f"Wrote {' and '.join([files, *others])} to {printable(str(output_dir))}{again}")


def warn_of_fixed_temperature(values: flags.FlagValues, fixed: float | None, source: str) -> None:
    """Warns if --temperature is another one than that of an old bundle."""
    if fixed is not None and values.temperature != fixed:
        logger.warning(
            "%s is of Magenta 0.1.4 or older: its temperature is fixed at %g", source, fixed
        )
