"""ssc_melody_convert_dir_to_note_sequences: stock's separate convert step, with its flags."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.dataset.inputs import Problem
from ssc_melody.dataset.output import Output
from ssc_melody.errors import DataError, OptionError
from ssc_melody.formats import tfrecord

USAGE = """Converts MIDI, MusicXML and ABC files to a TFRecord file of NoteSequences.

  ssc_melody_convert_dir_to_note_sequences --input_dir=music --output_file=music.tfrecord

Takes every flag of Magenta's convert_dir_to_note_sequences. ssc_melody_create_dataset reads music
files itself; this step is for tools that want NoteSequences."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    values = flags.FlagValues()
    console.define_common_flags(values)
    flags.DEFINE_string("input_dir", None, "Folder of the files to convert.", flag_values=values)
    flags.DEFINE_string(
        "output_file", None, "TFRecord file to write; one that exists is replaced.",
        flag_values=values,
    )  # fmt: skip
    flags.DEFINE_boolean("recursive", False, "Convert files in subfolders too.", flag_values=values)
    return values


def _files(folder: Path, recursive: bool, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """Yields the files of a folder by name, then those of its subfolders; no folder twice."""
    info = folder.stat()
    if (info.st_dev, info.st_ino) in seen:
        return
    seen.add((info.st_dev, info.st_ino))
    entries = sorted(folder.iterdir())
    yield from (entry for entry in entries if not entry.is_dir())
    if recursive:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry, recursive, seen)


def _command(values: flags.FlagValues, others: list[str]) -> None:
    if others:
        raise OptionError(f"unexpected argument {others[0]!r}: flags are written --name=value")
    for name in ("input_dir", "output_file"):
        if not values[name].value:
            raise OptionError(f"--{name} is missing")
    root = Path(os.path.expanduser(values.input_dir))
    target = Path(os.path.expanduser(values.output_file))
    if not root.is_dir():
        raise DataError(f"--input_dir: {root} is no folder")
    if target.is_dir():
        raise DataError(f"--output_file: {target} is a folder; expected a file's name")
    from ssc_melody.magenta_layer import note_sequences  # noqa: PLC0415 (imports Magenta)

    files = [path for path in _files(root, values.recursive, set()) if path != target]
    music = [path for path in files if note_sequences.is_music(path)]
    for path in set(files) - set(music):
        logger.debug("%s: no music file", path)
    written = failed = 0
    progress = console.Progress(max(len(music), 1), "files")
    with Output(target.parent, [target.name]) as output:
        for path in music:
            for found in note_sequences.convert(root, path):
                if isinstance(found, Problem):
                    logger.warning("%s: %s", found.name, found.reason)
                    failed += 1
                else:
                    output.write(target.name, tfrecord.frame(found.SerializeToString()))
                    written += 1
            progress(1)
        progress.close()
        if not written:
            raise DataError(
                f"no piece converted: {failed} files or tunes not readable, "
                f"{len(files) - len(music)} files are no music"
                + ("" if values.recursive else " (subfolders: try --recursive)")
            )
        output.commit()
    if logger.isEnabledFor(logging.INFO):
        print(f"Wrote {written:,} NoteSequences to {target}; {failed:,} not readable")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
