"""Values that a caller gives, checked: whole numbers, numbers, choices; and the nearest name.

A message begins with the argument's name, without dashes; a command writes it as its flag.
"""

import difflib
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

from ssc_melody.errors import OptionError


def nearest(name: str, names: Iterable[str]) -> str:
    """Returns ' (did you mean X?)' for the closest of `names`, or '' where none is close."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def _span(least: float | None, most: float | None, above: float | None) -> str:
    """Returns a range in words."""
    if above is not None:
        return f"a number above {above:g}" + (f", at most {most:g}" if most is not None else "")
    if least is None and most is None:
        return "a finite number"
    if least is not None and most is not None:
        return f"{least:.12g} to {most:.12g}"
    return f"{least:.12g} or more" if least is not None else f"at most {most:.12g}"


def whole(name: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """Returns a whole number, whatever kind of number it is written as (128, 128.0, NumPy's).

    Args:
        name: The argument's.
        value: What was given.
        least: The smallest that is allowed.
        most: The largest.

    Raises:
        OptionError: It is not a whole number, or out of range.
    """
    try:
        number = operator.index(int(value) if isinstance(value, float) else value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or number != value or isinstance(value, bool):
        raise OptionError(f"{name}: expected a whole number, got {value!r}")
    if (least is not None and number < least) or (most is not None and number > most):
        raise OptionError(f"{name}: expected {_span(least, most, None)}, got {number}")
    return number


def number(
    name: str,
    value: Any,
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
) -> float:
    """Returns a finite number.

    Args:
        name: The argument's.
        value: What was given.
        least: The smallest that is allowed.
        most: The largest.
        above: A limit that it must exceed.

    Raises:
        OptionError: It is not a number, or out of range.
    """
    try:
        found = None if isinstance(value, bool | str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None:
        raise OptionError(f"{name}: expected a number, got {value!r}")
    if (
        not math.isfinite(found)
        or (least is not None and found < least)
        or (most is not None and found > most)
        or (above is not None and found <= above)
    ):
        raise OptionError(f"{name}: expected {_span(least, most, above)}, got {found:g}")
    return found


def choice(name: str, value: Any, choices: Sequence[str]) -> str:
    """Returns a word that is one of several.

    Raises:
        OptionError: It is not one of them.
    """
    if value not in choices:
        raise OptionError(f"{name}: expected one of {', '.join(choices)}, got {value!r}")
    return str(value)


def set_whole(options: Any, name: str, least: int, most: int | None = None) -> None:
    """Checks an attribute of a frozen dataclass with `whole` and keeps the result."""
    object.__setattr__(options, name, whole(name, getattr(options, name), least, most))


def set_number(options: Any, name: str, **limits: float) -> None:
    """Checks an attribute of a frozen dataclass with `number`, and keeps the value as it is."""
    number(name, getattr(options, name), **limits)
