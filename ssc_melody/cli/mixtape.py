"""ssc_melody_mixtape: a page that shows and plays the MIDI files of a folder."""

import sys
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import OptionError, printable
from ssc_melody.files import user_path

USAGE = """Writes DIR/index.html: one page that shows and plays the MIDI files in DIR.

  ssc_melody_mixtape DIR --title="Mozart, continued"

The page needs no network and no other file. Written anew, it keeps its title, and what it knows of
the files that ssc_melody_generate --mixtape made."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.string("title", None, "The page's title; else of the folder's name.")
    flag.boolean("score", False, "Show tunes of one voice as notation too, at a switch.")
    return flag.values


def _command(values: flags.FlagValues, others: list[str]) -> None:
    from ssc_melody import mixtape  # noqa: PLC0415 (--help needs no NumPy)

    if not others:
        raise OptionError("expected a folder of MIDI files: ssc_melody_mixtape DIR")
    for name in others:
        folder = user_path(name)
        tape = mixtape.from_folder(folder, values.title)
        scored = mixtape.with_notation if values.score else mixtape.without_notation
        path = mixtape.write_page(scored(tape), folder)
        size = path.stat().st_size / 2**20
        melodies = "1 MIDI file" if len(tape.songs) == 1 else f"{len(tape.songs)} MIDI files"
        print(f"Wrote {printable(str(path))}: {melodies}, {size:.1f} MB; open it in a browser")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
