"""What all commands share: flags to a call to an exit code, messages, progress.

A user's mistake is one line on standard error and exit code 1. Results go to standard output,
everything else to standard error.
"""

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence

from absl import flags

from ssc_melody.errors import OptionError, SscMelodyError, printable

logger = logging.getLogger("ssc_melody")

_LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
}

_HELP = ("helpfull", "helpshort")
_IGNORED = ("logtostderr", "alsologtostderr", "showprefixforinfo")
_IGNORED_VALUES = ("verbosity", "stderrthreshold", "log_dir", "v")


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        prefix = "" if record.levelno in (logging.INFO, logging.DEBUG) else record.levelname.lower()
        message = printable(record.getMessage())
        return f"{prefix}: {message}" if prefix else message


def define_common_flags(values: flags.FlagValues) -> None:
    """Defines --help, --log, and absl's logging flags, which old commands may carry."""
    flags.DEFINE_boolean("help", False, "Show this help.", short_name="h", flag_values=values)
    for name in _HELP:
        flags.DEFINE_boolean(name, False, "The same as --help.", flag_values=values)
    flags.DEFINE_string(
        "log", "INFO", "Least important messages to show: DEBUG, INFO, WARN, ERROR or FATAL.",
        flag_values=values,
    )  # fmt: skip
    for name in _IGNORED:
        flags.DEFINE_boolean(name, False, "Accepted and ignored.", flag_values=values)
    for name in _IGNORED_VALUES:
        flags.DEFINE_string(name, None, "Accepted and ignored.", flag_values=values)


def _set_up_logging(level: str) -> None:
    if level.upper() not in _LEVELS:
        raise OptionError(f"--log: expected one of DEBUG, INFO, WARN, ERROR, FATAL, got {level!r}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(_LEVELS[level.upper()])


def _parse(values: flags.FlagValues, argv: Sequence[str]) -> list[str]:
    try:
        return values(list(argv))[1:]
    except flags.UnrecognizedFlagError as error:
        near = re.findall(r"[\w-]+", str(error).partition("Did you mean:")[2])
        hint = f" (did you mean --{' or --'.join(near)}?)" if near else ""
        raise OptionError(f"no flag '--{error.flagname}'{hint}") from None
    except flags.Error as error:
        raise OptionError(str(error)) from None
    except UnicodeError as error:
        raise OptionError(f"--flagfile: expected text in UTF-8: {error}") from None


def _help(values: flags.FlagValues) -> str:
    hidden = {*_HELP, *_IGNORED, *_IGNORED_VALUES}
    lines = []
    for name in sorted(set(values) - hidden - {"h"}):
        flag = values[name]
        default = "" if flag.default in (None, "") else f" (default: {flag.default})"
        lines.append(f"  --{'[no]' * flag.boolean}{name}: {flag.help}{default}")
    return "\n".join(lines)


def _message(error: BaseException, values: flags.FlagValues) -> str:
    """Returns an error on one line; an option that it begins with is written as a flag."""
    if isinstance(error, OSError) and error.strerror:
        where = [os.fsdecode(name) for name in (error.filename,) if isinstance(name, str | bytes)]
        return printable(": ".join([*where, error.strerror]))
    text = printable(" ".join(str(error).split())) or type(error).__name__
    is_flag = isinstance(error, OptionError) and text.partition(":")[0] in values
    return f"--{text}" if is_flag else text


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
) -> int:
    """Parses flags and runs a command.

    Args:
        command: Called with the parsed flags and the other arguments.
        values: The command's flags, `define_common_flags` among them.
        usage: What --help prints above the flags.
        argv: The program's name and its arguments.

    Returns:
        The exit code: 0, or 1 after a user's mistake, or 130 after Ctrl-C.
    """
    name = os.path.basename(argv[0])
    _set_up_streams()
    try:
        others = _parse(values, argv)
        if values.help or values.helpfull or values.helpshort:
            print(f"{usage}\n\nFlags:\n{_help(values)}", flush=True)
            return 0
        _set_up_logging(values.log)
        command(values, others)
        sys.stdout.flush()
    except MemoryError:
        print(f"{name}: out of memory; ask for fewer or shorter melodies", file=sys.stderr)
        return 1
    except BrokenPipeError:  # nobody reads on; not an error of ours
        _end_stdout()
        return 0
    except (SscMelodyError, OSError, UnicodeError) as error:
        _end_stdout()
        print(f"{name}: {_message(error, values)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 130
    return 0


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"


def _wipes_lines() -> bool:
    """Tells whether terminals act on escape codes here; of Windows's own, the new one does."""
    return os.name != "nt" or "WT_SESSION" in os.environ


class Progress:
    """A line that says how far the work is, how fast, and when it will be done.

    Shown after a second, on a terminal in place, elsewhere as a line every ten seconds.
    """

    def __init__(self, total: int, unit: str) -> None:
        """Starts the clock.

        Args:
            total: Units of work in all.
            unit: Their name in the plural.
        """
        self.total, self.unit, self.done = total, unit, 0
        self.start = time.monotonic()
        self.terminal = sys.stderr.isatty() and _wipes_lines()
        self.next = self.start + (1.0 if self.terminal else 10.0)
        self.shown = False
        self.lock = threading.Lock()

    def begin(self) -> None:
        """Starts the clock anew: what was prepared until now says nothing of the rate."""
        self.start = time.monotonic()

    def __call__(self, units: int) -> None:
        """Takes note of finished units; any thread may call."""
        with self.lock:
            self.done += units
            now = time.monotonic()
            if now >= self.next and logger.isEnabledFor(logging.INFO):
                self._show(now - self.start)
                self.next = now + (0.2 if self.terminal else 10.0)

    def _show(self, seconds: float) -> None:
        rate = self.done / seconds
        left = (self.total - self.done) / rate if rate else 0.0
        text = (
            f"{self.done:,} of {self.total:,} {self.unit} ({self.done / self.total:.0%}), "
            f"{_rate(rate)} a second, {left:,.0f} s left"
        )
        end = "" if self.terminal else "\n"
        print(("\r\x1b[K" if self.terminal else "") + text, end=end, file=sys.stderr, flush=True)
        self.shown = self.terminal

    def close(self) -> None:
        """Wipes the line."""
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
