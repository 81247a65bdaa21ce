"""ssc_melody_convert_dir_to_note_sequences: stock's separate convert step, with its flags."""

import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

from ssc_melody.cli import console, signals
from ssc_melody.cli.console import logger
from ssc_melody.cli.flags import Flags
from ssc_melody.cli.progress import Progress, counted
from ssc_melody.dataset.inputs import MUSIC, Problem
from ssc_melody.dataset.output import Output
from ssc_melody.errors import DataError, OptionError, printable
from ssc_melody.files import near_names, user_path
from ssc_melody.formats import tfrecord

USAGE = """Converts MIDI, MusicXML and ABC files to a TFRecord file of NoteSequences.

  ssc_melody_convert_dir_to_note_sequences --input_dir=music --output_file=music.tfrecord

Takes every flag of Magenta's convert_dir_to_note_sequences. ssc_melody_create_dataset reads music
files itself; this step is for tools that want NoteSequences."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.string("input_dir", None, "Folder of the files to convert.")
    flag.string("output_file", None, "TFRecord file to write; one that exists is replaced.")
    flag.boolean("recursive", False, "Convert files in subfolders too.")
    return flag.values


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
    console.no_arguments(others)
    console.needed(values, "--input_dir=music --output_file=music.tfrecord")
    root, target = user_path(values.input_dir), user_path(values.output_file)
    if not root.is_dir():
        raise OptionError(f"input_dir: {root} is not a folder{near_names(root)}")
    if target.is_dir():
        raise OptionError(f"output_file: {target} is a folder; expected a file's name")
    files = [path for path in _files(root, values.recursive, set()) if path != target]
    music = [path for path in files if path.suffix.lower() in MUSIC]
    for path in set(files) - set(music):
        logger.debug("%s: not a music file", path)
    with signals.sigterm_interrupts():
        written, failed = _convert(root, target, music)
        if not written:
            raise DataError(
                f"no piece converted: {counted(failed, 'file or tune', 'files or tunes')} not "
                f"readable, {counted(len(files) - len(music), 'other file', 'other files')}"
                + ("" if values.recursive else " (subfolders: try `recursive`)")
            )
    if logger.isEnabledFor(logging.INFO):
        sequences = counted(written, "NoteSequence", "NoteSequences")
        print(f"Wrote {sequences} to {printable(str(target))}; {failed:,} not readable")


def _convert(root: Path, target: Path, music: Sequence[Path]) -> tuple[int, int]:
    """Writes the file, if there is anything to write; returns how many pieces it has and lacks."""
    from ssc_melody.magenta_layer import note_sequences  # noqa: PLC0415 (imports Magenta)

    written = failed = 0
    progress = Progress(max(len(music), 1), "files")
    try:
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
            if written:
                output.commit()
    finally:
        progress.close()
    return written, failed


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
