"""ssc_melody_export: a model for other programs."""

import sys
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import OptionError, printable

USAGE = """Exports a model for other programs: magenta-js, ONNX runtimes, whoever reads safetensors.

  ssc_melody_export attention_rnn.mag --to=onnx
  ssc_melody_export ssc_basic_rnn --to=magenta-js --output_dir=web/model

The model is a .mag file, a run_dir, a checkpoint, or the name of a bundle that ships."""

_TARGETS = ("magenta-js", "onnx", "safetensors")


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.choice("to", None, _TARGETS, "What to: magenta-js, onnx or safetensors.")
    flag.string("output_dir", None, "Folder to write; else one of the model's name.")
    flag.string("config", None, "Config to take the model as, where it does not say.")
    return flag.values


def _command(values: flags.FlagValues, others: list[str]) -> None:
    if len(others) != 1:
        raise OptionError("expected one model: ssc_melody_export FILE.mag --to=onnx")
    console.needed(values, "--to=onnx")
    from ssc_melody.export.run import export_model  # noqa: PLC0415 (--help needs no NumPy)

    folder = export_model(others[0], values.to, values.output_dir, values.config)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    names = ", ".join(sorted(path.name for path in folder.iterdir()))
    print(f"Wrote {printable(str(folder))}: {names}, {size:.1f} MB")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv, {"folder": "output_dir"})


if __name__ == "__main__":
    sys.exit(main())
