"""ssc_melody_run: any of Magenta's scripts, on current TensorFlow, with our configs registered.

Follows `python -m MODULE`: the module runs as __main__, its flags and exit code are its own. Left
out: scripts that need packages which `make install` does not bring (their names are said).
"""

import importlib.metadata
import importlib.util
import logging
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import OptionError, SscMelodyError
from ssc_melody.magenta_layer import shims
from ssc_melody.specs import nearest

USAGE = """Runs a Magenta script with this library's configs registered.

  ssc_melody_run MODULE [the module's flags]
  ssc_melody_run magenta.models.melody_rnn.melody_rnn_generate --config=ssc_attention_rnn ...
  ssc_melody_run convert_dir_to_note_sequences --help

MODULE may be one of Magenta's command names too (melody_rnn_train, magenta_midi, ...).
Flags of ssc_melody_run itself stand before MODULE."""

_MIDI = "magenta.interfaces.midi"
"""Prefix of the modules that import rtmidi when it is too late for a good message."""

_NEWEST_RTMIDI = (3, 12)
"""The newest Python that python-rtmidi 1.5.8 has wheels for; pip would have to build it else."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags; what follows the module's name is not parsed."""
    flag = Flags(anywhere=False)
    flag.choice("engine", "magenta", ("magenta", "core"), "Let Magenta's Melody RNN generators "
                "(magenta_midi's too) play with TensorFlow, or with this library, which is "
                "faster.")  # fmt: skip
    return flag.values


def _magenta_folder() -> Path:
    """Returns Magenta's folder without importing it.

    Raises:
        SscMelodyError: Magenta is not installed.
    """
    spec = importlib.util.find_spec("magenta")
    if spec is None or not spec.origin:
        raise SscMelodyError(shims.INSTALL)
    return Path(spec.origin).parent


def _commands() -> dict[str, str]:
    """Returns Magenta's console commands and the modules behind them."""
    points = importlib.metadata.distribution("magenta").entry_points
    return {point.name: point.module for point in points if point.group == "console_scripts"}


def _file(folder: Path, module: str) -> Path:
    return folder.parent.joinpath(*module.split(".")).with_suffix(".py")


def _is_script(path: Path) -> bool:
    return path.is_file() and "__main__" in path.read_text(encoding="utf-8", errors="replace")


def _scripts(folder: Path) -> list[str]:
    """Returns the modules of Magenta that can run, its tests left out."""
    paths = [path for path in folder.rglob("*.py") if not path.stem.endswith("_test")]
    scripts = [path.relative_to(folder.parent) for path in paths if _is_script(path)]
    return [".".join(path.with_suffix("").parts) for path in scripts]


def resolve(name: str) -> str:
    """Returns the module that a name on the command line means; imports nothing of Magenta.

    Args:
        name: A dotted module, or one of Magenta's commands.

    Raises:
        OptionError: There is no such module, or it is not a script; the nearest one is named.
        SscMelodyError: Magenta is not installed.
    """
    folder = _magenta_folder()
    name = _commands().get(name, name)
    if name.partition(".")[0] != "magenta":
        try:
            if importlib.util.find_spec(name) is not None:
                return name
        except (ImportError, ValueError):
            pass
    elif _is_script(_file(folder, name)):
        return name
    elif _file(folder, name).is_file():
        raise OptionError(f"{name} is a module of Magenta, but not a script")
    hint = nearest(name, [*_commands(), *_scripts(folder)])
    raise OptionError(f"no module {name!r}{hint or '; for instance melody_rnn_generate'}")


def _check_needs(module: str, arguments: list[str]) -> None:
    """Refuses Magenta's MIDI interfaces without rtmidi, and says where it can be had.

    Raises:
        SscMelodyError: It is not installed.
    """
    helps = any("-help" in each for each in arguments)
    if not module.startswith(_MIDI) or helps or importlib.util.find_spec("rtmidi") is not None:
        return
    if sys.version_info[:2] <= _NEWEST_RTMIDI:
        raise SscMelodyError(f"{module} needs rtmidi: pip install python-rtmidi")
    raise SscMelodyError(
        f"{module} needs python-rtmidi, which has wheels for Python 3.10 to 3.12, and this is "
        f"{sys.version_info[0]}.{sys.version_info[1]}: take one of those, or ssc_melody_live"
    )


def _command(values: flags.FlagValues, others: list[str]) -> None:
    if not others:
        raise OptionError("which module? For instance: ssc_melody_run melody_rnn_generate --help")
    module, arguments = resolve(others[0]), others[1:]
    _check_needs(module, arguments)
    from ssc_melody.magenta_layer.register import register  # noqa: PLC0415 (TensorFlow)

    register()
    if values.engine == "core":
        from ssc_melody.magenta_layer import sequence_generator  # noqa: PLC0415

        sequence_generator.use_core_engine()
    logging.getLogger("tensorflow").propagate = False  # or absl prints each line once more
    before, sys.argv = sys.argv, [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "magenta"):
            raise
        raise SscMelodyError(
            f"{module} needs the package {package}, which is not installed"
        ) from error
    finally:
        sys.argv = before


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code; a module's own sys.exit goes through."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
