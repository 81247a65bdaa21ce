"""ssc_melody_inspect: what a bundle, a checkpoint or a training run is."""

import json
import sys
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import OptionError, SscMelodyError
from ssc_melody.families import get_spec
from ssc_melody.play.inspection import Report, inspect_file, to_text

USAGE = """Tells what a .mag bundle, a checkpoint or a run_dir is, and whether it can be played.

  ssc_melody_inspect attention_rnn.mag
  ssc_melody_inspect --json RUN_DIR"""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.boolean("json", False, "Print JSON, an array of one object per file.")
    flag.string("config", None, "Config to take it as, where it does not say.")
    return flag.values


def _command(values: flags.FlagValues, files: list[str]) -> None:
    if not files:
        raise OptionError("expected a file or folder: ssc_melody_inspect FILE")
    if values.config is not None:
        get_spec(values.config)
    reports: list[Report] = []
    failures: list[SscMelodyError] = []
    for file in files:
        try:
            reports.append(inspect_file(file, values.config))
        except SscMelodyError as error:
            failures.append(error)
    if values.json:
        print(json.dumps(reports, indent=2))
    elif reports:
        print("\n\n".join(map(to_text, reports)))
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise SscMelodyError("; ".join(map(str, failures)))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
