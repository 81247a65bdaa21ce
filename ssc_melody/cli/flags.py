"""Flags of a command: defined in a line each, parsed, and what is said of a wrong one.

Follows absl's syntax, which stock's commands have (--noflag, --flagfile). Ours: a whole number may
be written 128.0, an unknown flag names the one that was meant, messages are one line.
"""

import difflib
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from absl import flags

from ssc_melody.errors import OptionError
from ssc_melody.files import read_bytes, user_path
from ssc_melody.specs import HPARAMS, checks

LONGEST_NAME = 64
MAX_FLAG_FILE_BYTES = 2**20
MAX_FLAG_FILES = 100
"""A --flagfile may name others; this is enough for any."""

_HELP = ("helpfull", "helpshort")
_IGNORED = ("logtostderr", "alsologtostderr", "showprefixforinfo")
_IGNORED_VALUES = ("verbosity", "stderrthreshold", "log_dir", "v")
_HIDDEN = {*_HELP, *_IGNORED, *_IGNORED_VALUES, "h"}

_OTHER_WORDS = {
    "tempo": ("qpm",),
    "bpm": ("qpm",),
    "count": ("num_outputs",),
    "n": ("num_outputs",),
    "length": ("num_steps",),
    "model": ("bundle_file", "config"),
    "bundle": ("bundle_file", "warm_start_bundle_file"),
    "checkpoint": ("checkpoint_file", "run_dir"),
    "out": ("output_dir", "output_file"),
    "output": ("output_dir", "output_file"),
    "outdir": ("output_dir",),
    "data": ("sequence_example_file", "input"),
    "examples": ("sequence_example_file",),
    "train_dir": ("run_dir",),
    "epochs": ("num_training_steps",),
    "workers": ("num_workers",),
    "lr": ("hparams",),
}
"""What people write, and which of our flags it means, the first that the command has."""


class _Number(flags.ArgumentParser[Any]):
    """Numbers that a check of `specs.checks` lets pass."""

    syntactic_help = "a number"

    def __init__(self, check: Callable[..., float], **limits: float | None) -> None:
        self._check, self._limits = check, limits

    def parse(self, argument: str | float) -> float:
        """Returns the number.

        Raises:
            ValueError: It is not one, or out of range.
        """
        try:
            return self._check("", _number(argument), **self._limits)
        except OptionError as error:
            raise ValueError(str(error).removeprefix(": ")) from None


class _YesNo(flags.ArgumentParser[Any]):
    """True, false, or one of some words."""

    syntactic_help = "a boolean value"

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def parse(self, argument: str | bool) -> bool | str:
        """Returns the value.

        Raises:
            ValueError: It is none.
        """
        if argument in self._words:
            return str(argument)
        try:
            return bool(flags.BooleanParser().parse(argument))
        except ValueError:
            known = [*self._words, "true"]
            raise ValueError(f"expected {', '.join(known)} or false") from None


def _number(text: str | float) -> str | float:
    """Returns the number that a text says, or the text itself."""
    for kind in (int, float):
        try:
            return kind(text)
        except (ValueError, OverflowError):
            continue
    return text


class Flags:
    """The flags of a command, to be defined one after the other.

    Attributes:
        values: Those of absl.
    """

    def __init__(self, anywhere: bool = True) -> None:
        """Defines what every command has.

        Args:
            anywhere: Whether flags may follow other arguments too.
        """
        self.values = flags.FlagValues()
        self.values.set_gnu_getopt(anywhere)
        define_common_flags(self.values)

    def string(self, name: str, default: str | None, text: str) -> None:
        """Defines a flag of any text."""
        flags.DEFINE_string(name, default, text, flag_values=self.values)

    def integer(
        self,
        name: str,
        default: int | None,
        text: str,
        least: int | None = None,
        most: int | None = None,
    ) -> None:
        """Defines a flag of whole numbers, with an optional range."""
        self._number(name, default, text, _Number(checks.whole, least=least, most=most))

    def real(self, name: str, default: float | None, text: str) -> None:
        """Defines a flag of numbers."""
        self._number(name, default, text, _Number(checks.number))

    def _number(self, name: str, default: float | None, text: str, parser: _Number) -> None:
        serializer: flags.ArgumentSerializer[float] = flags.ArgumentSerializer()
        flags.DEFINE(parser, name, default, text, flag_values=self.values, serializer=serializer)

    def boolean(self, name: str, default: bool | None, text: str, *words: str) -> None:
        """Defines --name and --noname, and --name=WORD for each of some words."""
        parser = _YesNo(words)
        made = flags.Flag(parser, None, name, default, text, boolean=True)
        flags.DEFINE_flag(made, flag_values=self.values)

    def choice(self, name: str, default: str | None, choices: Sequence[str], text: str) -> None:
        """Defines a flag that takes one of several words."""
        flags.DEFINE_enum(name, default, list(choices), text, flag_values=self.values)

    def words(self, name: str, default: list[str] | None, text: str) -> None:
        """Defines a flag of words between commas."""
        flags.DEFINE_list(name, default, text, flag_values=self.values)

    def many(self, name: str, text: str) -> None:
        """Defines a flag that may be given several times."""
        flags.DEFINE_multi_string(name, [], text, flag_values=self.values)


def define_common_flags(values: flags.FlagValues) -> None:
    """Defines --help, --version, --log, and absl's logging flags, which old commands may carry."""
    flags.DEFINE_boolean("help", False, "Show this help.", short_name="h", flag_values=values)
    for name in _HELP:
        flags.DEFINE_boolean(name, False, "The same as --help.", flag_values=values)
    flags.DEFINE_boolean("version", False, "Show the version of ssc_melody.", flag_values=values)
    flags.DEFINE_string(
        "log", "INFO", "Least important messages to show: DEBUG, INFO, WARN, ERROR or FATAL.",
        flag_values=values,
    )  # fmt: skip
    for name in _IGNORED:
        flags.DEFINE_boolean(name, False, "Accepted and ignored.", flag_values=values)
    for name in _IGNORED_VALUES:
        flags.DEFINE_string(name, None, "Accepted and ignored.", flag_values=values)


def parse(values: flags.FlagValues, argv: Sequence[str]) -> list[str]:
    """Parses a command line and returns the arguments that are not flags.

    Raises:
        OptionError: There is no such flag, or its value is of the wrong kind.
    """
    _check_arguments(argv[1:], values, set())
    try:
        return list(values(list(argv))[1:])
    except flags.UnrecognizedFlagError as error:
        raise OptionError(f"no flag '--{error.flagname}'{meant(error.flagname, values)}") from None
    except flags.Error as error:
        raise OptionError(_reworded(str(error))) from None
    except RecursionError:  # of absl, which looks for the flag that was meant
        longest = max(argv, key=len)
        raise OptionError(f"no flag {longest[:40]!r}... of {len(longest)} letters") from None
    except UnicodeError as error:
        raise OptionError(f"--flagfile: expected text in UTF-8: {error}") from None
    except ValueError as error:  # a value for --noflag
        raise OptionError(str(error)) from None


def _wants_value(argument: str, values: flags.FlagValues) -> bool:
    """Tells whether an argument is a flag whose value is the next argument."""
    name = argument.strip().lstrip("-")
    return argument.strip().startswith("-") and name in values and not values[name].boolean


def _check_arguments(arguments: Iterable[str], values: flags.FlagValues, seen: set[str]) -> None:
    """Refuses names that absl would compare for seconds, and a --flagfile that never ends.

    A --flagfile may name another one.
    """
    before = ""
    for argument, following in itertools.pairwise([*arguments, ""]):
        flag, equals, value = argument.strip().partition("=")
        is_value = _wants_value(before, values)
        before = "" if is_value else argument
        if flag.startswith("-") and len(flag) > LONGEST_NAME and not is_value:
            raise OptionError(f"no flag {flag[:40]!r}... of {len(flag)} letters")
        if flag == "--":
            return
        if flag.lstrip("-") != "flagfile" or not flag.startswith("-"):
            continue
        path = user_path((value if equals else following).strip())
        if str(path) not in seen:
            seen.add(str(path))
            if len(seen) > MAX_FLAG_FILES:
                raise OptionError(f"--flagfile: expected at most {MAX_FLAG_FILES} files")
            lines = read_bytes(path, OptionError, MAX_FLAG_FILE_BYTES).decode("utf-8", "replace")
            _check_arguments(lines.splitlines(), values, seen)


def meant(name: str, values: flags.FlagValues) -> str:
    """Returns ' (did you mean --x?)' for a flag that does not exist, or ''."""
    if name in HPARAMS and "hparams" in values:
        return f" (did you mean --hparams={name}=VALUE?)"
    there = sorted(set(values) - _HIDDEN)
    found = [flag for flag in _OTHER_WORDS.get(name.lower(), ()) if flag in there][:1]
    found = found or _of_these_words(name, there)
    found = found or difflib.get_close_matches(name.removeprefix("no"), there, n=2, cutoff=0.6)
    return f" (did you mean --{' or --'.join(found)}?)" if found else ""


def _of_these_words(name: str, there: Sequence[str]) -> list[str]:
    """Returns the flags in whose names all words of a name begin a word, the shortest first."""
    words = [word for word in name.lower().split("_") if word]
    fitting = [
        flag
        for flag in there
        if all(any(part.startswith(word) for part in flag.split("_")) for word in words)
    ]
    return sorted(fitting, key=lambda flag: (flag.count("_"), flag))[:2] if words else []


def _reworded(text: str) -> str:
    """Returns absl's message on a value in the words of ours."""
    match = re.fullmatch(r"flag --(\w+)=(.*?): (.+)", " ".join(text.split()), re.DOTALL)
    if not match:
        return text
    name, value, reason = match.groups()
    if choices := re.fullmatch(r"value should be one of <(.*)>", reason):
        reason = f"expected one of {choices[1].replace('|', ', ')}"
    elif "boolean" in reason:
        reason = "expected true or false"
    elif reason.startswith("invalid literal"):
        reason = "expected a whole number"
    elif kind := re.fullmatch(r"\S+ is not (an? .*)", reason):
        reason = f"expected {kind[1]}"
    return f"{name}: {reason}" if ", got " in reason else f"{name}: {reason}, got {value!r}"


def help_text(values: flags.FlagValues) -> str:
    """Returns a line for each flag."""
    lines = []
    for name in sorted(set(values) - _HIDDEN):
        flag = values[name]
        default = "" if flag.default in (None, "", []) else f" (default: {flag.default})"
        lines.append(f"  --{'[no]' * flag.boolean}{name}: {flag.help}{default}")
    return "\n".join(lines)
