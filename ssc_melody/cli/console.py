"""What all commands share: flags to a call to an exit code, messages, progress.

A user's mistake is one line on standard error and exit code 1. Results go to standard output,
everything else to standard error.
"""

import contextlib
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence

from absl import flags

from ssc_melody.cli import signals
from ssc_melody.cli.flags import define_common_flags, help_text, parse
from ssc_melody.cli.progress import Progress
from ssc_melody.constants import VERSION
from ssc_melody.errors import (
    ChordError,
    DataError,
    OptionError,
    SpecError,
    SscMelodyError,
    printable,
)

__all__ = ["Progress", "define_common_flags", "logger", "run"]

logger = logging.getLogger("ssc_melody")

_LONGEST = 2000
"""Letters of a message."""

_LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
}

_NAMING_ARGUMENTS = (OptionError, SpecError, DataError, ChordError)
"""Errors that may begin with the name of an argument and a colon."""


class _Formatter(logging.Formatter):
    def __init__(self, values: flags.FlagValues, names: Mapping[str, str]) -> None:
        super().__init__()
        self.values, self.names = values, names

    def format(self, record: logging.LogRecord) -> str:
        prefix = "" if record.levelno in (logging.INFO, logging.DEBUG) else record.levelname.lower()
        text = as_flags(printable(record.getMessage()), self.values, self.names)
        return f"{prefix}: {text}" if prefix else text


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Does without the message where standard error is closed; else as logging does."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def _set_up_logging(values: flags.FlagValues, names: Mapping[str, str]) -> None:
    level = values.log
    if level.upper() not in _LEVELS:
        raise OptionError(f"log: expected one of DEBUG, INFO, WARN, ERROR, FATAL, got {level!r}")
    handler = _Handler(sys.stderr)
    handler.setFormatter(_Formatter(values, names))
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(_LEVELS[level.upper()])


def as_flags(text: str, values: flags.FlagValues, names: Mapping[str, str] = {}) -> str:
    """Returns a text of the library in which names of arguments stand as the command's flags.

    The library writes `name` or `name=value` in backquotes; what is not a flag stays so.

    Args:
        text: The text.
        values: The command's flags.
        names: The flag of an argument, where they differ.
    """

    def flag(match: re.Match[str]) -> str:
        name, value = names.get(match[1], match[1]), match[2] or ""
        if name not in values:
            return match[0]
        if values[name].boolean and value in ("=True", "=False"):
            return f"--{'no' * (value == '=False')}{name}"
        return f"--{name}{value}"

    return re.sub(r"`(\w+)(=[^`]*)?`", flag, text)


def message(error: BaseException, values: flags.FlagValues, names: Mapping[str, str] = {}) -> str:
    """Returns an error on one line; an argument that it begins with is written as a flag."""
    if isinstance(error, OSError) and error.strerror:
        where = [os.fsdecode(name) for name in (error.filename,) if isinstance(name, str | bytes)]
        return printable(": ".join([*where, error.strerror]))
    text = printable(" ".join(str(error).split())) or type(error).__name__
    first = text.partition(":")[0]
    if isinstance(error, _NAMING_ARGUMENTS) and names.get(first, first) in values:
        text = f"`{first}`{text[len(first) :]}"
    return as_flags(_shortened(text), values, names)


def _shortened(text: str) -> str:
    """Returns a text; one that is far too long (a value of a thousand words) without its middle."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 300]} [...] {text[-300:]}"


def _set_up_streams() -> None:
    """Makes both streams safe to print to: there (though closed), and without a last resort."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif getattr(stream, "errors", "") == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _end_stdout() -> None:
    """Writes what is left; if that fails it goes nowhere, or Python would fail on it at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def argument_text(text: str) -> str:
    """Returns an argument that is text (no path) as UTF-8, whatever the locale says it is."""
    try:
        return os.fsencode(text).decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text


def run(
    command: Callable[[flags.FlagValues, list[str]], None],
    values: flags.FlagValues,
    usage: str,
    argv: Sequence[str],
    names: Mapping[str, str] = {},
) -> int:
    """Parses flags and runs a command.

    Args:
        command: Called with the parsed flags and the other arguments.
        values: The command's flags, `define_common_flags` among them.
        usage: What --help prints above the flags.
        argv: The program's name and its arguments.
        names: The flag of an argument of the library, where their names differ.

    Returns:
        The exit code: 0, or 1 after a user's mistake, or 130 after Ctrl-C.
    """
    name = os.path.basename(argv[0])
    _set_up_streams()
    try:
        with signals.interruptions():
            _run(command, values, usage, argv, names)
            sys.stdout.flush()
    except MemoryError:
        return _fail(name, "out of memory; ask for fewer or shorter melodies")
    except BrokenPipeError:  # nobody reads on; not an error of ours
        _end_stdout()
        return 0
    except (SscMelodyError, OSError, UnicodeError) as error:
        _end_stdout()
        return _fail(name, message(error, values, names))
    except KeyboardInterrupt:
        return _fail(name, "interrupted", 130)
    return 0


def _run(
    command: Callable[[flags.FlagValues, list[str]], None],
    values: flags.FlagValues,
    usage: str,
    argv: Sequence[str],
    names: Mapping[str, str],
) -> None:
    others = parse(values, argv)
    if values.help or values.helpfull or values.helpshort:
        print(f"{usage}\n\nFlags:\n{help_text(values)}", flush=True)
        return
    if values.version:
        print(f"ssc_melody {VERSION}", flush=True)
        return
    _set_up_logging(values, names)
    command(values, others)


def _fail(name: str, text: str, code: int = 1) -> int:
    with contextlib.suppress(OSError):  # standard error may be closed
        print(f"{name}: {text}", file=sys.stderr, flush=True)
    return code


def no_arguments(others: Sequence[str]) -> None:
    """Refuses arguments that are not flags.

    Raises:
        OptionError: There is one.
    """
    if others:
        raise OptionError(f"unexpected argument {others[0]!r}: flags are written --name=value")


def no_flags(others: Sequence[str]) -> None:
    """Refuses flags among the other arguments, where they came too late to be parsed.

    Raises:
        OptionError: There is one.
    """
    no_arguments([other for other in others if other.startswith("-")])


def needed(values: flags.FlagValues, example: str) -> None:
    """Checks that the flags of an example command line are given.

    Raises:
        OptionError: One is not; the message shows the example.
    """
    for name in re.findall(r"--(\w+)=", example):
        if not values[name].value:
            raise OptionError(f"--{name} is missing; for instance {example}")
