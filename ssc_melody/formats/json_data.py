"""JSON that a third party may have written or changed: bounded, and checked against a schema.

Follows RFC 8259, without the NaN and Infinity that Python's json adds to it. A schema is written as
the value looks:

    str, int, float, bool     a value of that kind (an int is a float too, a bool is not an int)
    str | None                one of several kinds
    object                    anything
    [schema]                  a list, each item as the schema says
    (schema, schema)          a list of so many items
    {"name": schema}          an object that has these names, and may have others
    {str: schema}             an object with any names

Left out: default values, ranges, patterns.
"""

from __future__ import annotations

import json
import math
import types
from typing import Any, NoReturn

from ssc_melody.errors import FormatError

MAX_BYTES = 32 * 2**20
MAX_DEPTH = 32
MAX_VALUES = 4_000_000
MAX_CONTAINERS = 1_000_000
"""Of a text: a value of two letters takes fifty bytes in Python, an object of four takes 230."""
MAX_DIGITS = 19
"""Of an integer; those of 64 bits have no more."""

_NAMES = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def parse_json(data: bytes | str, schema: Any = object, most: int = MAX_BYTES) -> Any:
    """Reads JSON.

    Args:
        data: The text; bytes are UTF-8.
        schema: What it must look like.
        most: Bytes or letters that it may have.

    Raises:
        FormatError: It is not JSON, too large or too deep, or not as the schema says.
    """
    if len(data) > most:
        raise FormatError(f"expected JSON of at most {most} bytes, found {len(data)}")
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        _check_count(text)
        value = json.loads(
            text, parse_int=_integer, parse_float=_float, parse_constant=_not_a_number
        )
    except RecursionError:
        raise FormatError(_too_deep()) from None
    except ValueError as error:
        raise FormatError(f"expected JSON, found other text: {error}") from error
    _check_depth(value)
    check_json(value, schema)
    return value


def _check_count(text: str) -> None:
    """Refuses what would become far more than its bytes; separators in strings count, too."""
    containers = text.count("[") + text.count("{")
    if containers > MAX_CONTAINERS or text.count(",") > MAX_VALUES:
        raise ValueError(f"more than {MAX_VALUES} values or {MAX_CONTAINERS} lists and objects")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"an integer of {len(text)} digits")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number


def _not_a_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")


def _too_deep() -> str:
    return f"expected JSON of at most {MAX_DEPTH} levels, found more"


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return
        level = [
            item
            for each in containers
            for item in (each.values() if isinstance(each, dict) else each)
        ]
    if any(isinstance(item, dict | list) for item in level):
        raise FormatError(_too_deep())


def check_json(value: Any, schema: Any, where: str = "") -> None:
    """Compares a value with a schema.

    Args:
        value: What JSON made.
        schema: See the module.
        where: The value's place, for messages.

    Raises:
        FormatError: It differs; the message names the place.
    """
    if isinstance(schema, dict):
        _check_object(value, schema, where)
    elif isinstance(schema, list):
        if not isinstance(value, list):
            raise _unexpected(value, "a list", where)
        for number, item in enumerate(value):
            check_json(item, schema[0], f"{where}[{number}]")
    elif isinstance(schema, tuple):
        if not isinstance(value, list) or len(value) != len(schema):
            raise _unexpected(value, f"a list of {len(schema)}", where)
        for number, (item, kind) in enumerate(zip(value, schema, strict=True)):
            check_json(item, kind, f"{where}[{number}]")
    elif not _is(value, schema):
        kinds = schema.__args__ if isinstance(schema, types.UnionType) else (schema,)
        raise _unexpected(value, " or ".join(_NAMES.get(kind, "null") for kind in kinds), where)


def _check_object(value: Any, schema: dict[Any, Any], where: str) -> None:
    if not isinstance(value, dict):
        raise _unexpected(value, "an object", where)
    for name, kind in schema.items():
        if name is str:
            for key, item in value.items():
                check_json(item, kind, f"{where}.{key[:40]}".lstrip("."))
        elif name not in value:
            raise FormatError(f"{where or 'the JSON'} has no {name!r}")
        else:
            check_json(value[name], kind, f"{where}.{name}".lstrip("."))


def _is(value: Any, kind: Any) -> bool:
    if isinstance(kind, types.UnionType):
        return any(_is(value, each) for each in kind.__args__)
    if isinstance(value, bool):
        return kind in (bool, object)
    if kind is float:
        return isinstance(value, int | float)
    return isinstance(value, kind)


def _unexpected(value: Any, expected: str, where: str) -> FormatError:
    found = json.dumps(value)
    shown = found if len(found) <= 60 else found[:57] + "..."
    return FormatError(f"{where or 'the JSON'}: expected {expected}, found {shown}")
