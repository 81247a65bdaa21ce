"""Hyperparameters as text: the value of --hparams.

Follows Magenta's HParams.parse: `batch_size=64,rnn_layer_sizes=[64,64]`, and for one layer
`rnn_layer_sizes[1]=64`. Ours: a dictionary, or a text written like one, is taken too.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from ssc_melody.errors import OptionError, SpecError
from ssc_melody.specs import checks
from ssc_melody.specs.checks import nearest
from ssc_melody.specs.spec import HPARAMS, NetworkSpec

Spec = TypeVar("Spec", bound=NetworkSpec)
_LAYERS = "rnn_layer_sizes"
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_FORM = f"expected name=value pairs such as batch_size=64,{_LAYERS}=[64,64]"


def with_hparams(spec: Spec, hparams: str | Mapping[str, Any]) -> Spec:
    """Returns a copy of a config with hyperparameters set.

    Args:
        spec: The config to start from; it is not changed.
        hparams: Pairs as text, such as 'batch_size=64,rnn_layer_sizes=[64,64]', or a mapping.

    Raises:
        SpecError: A name that is not a hyperparameter, or a value of the wrong kind or out of
            its range.
    """
    try:
        return dataclasses.replace(spec, **_changes(spec, _pairs(hparams)))
    except SpecError as error:
        raise SpecError(f"hparams: {error}") from None


def named_hparams(spec: NetworkSpec, hparams: str | Mapping[str, Any]) -> dict[str, object]:
    """Returns the hyperparameters that a text or mapping names, with their values over `spec`.

    Raises:
        SpecError: As `with_hparams`.
    """
    result = with_hparams(spec, hparams)
    named = {re.sub(r"\[\d+\]$", "", name) for name, _ in _pairs(hparams)}
    return {name: getattr(result, name) for name in HPARAMS if name in named}


def _pairs(hparams: str | Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Returns names and values; a value is text where it came as such."""
    if isinstance(hparams, Mapping):
        return [(str(name), value) for name, value in hparams.items()]
    text = hparams.strip()
    if text.startswith("{"):
        return _pairs(_dictionary(text))
    pairs = []
    for pair in _split(text):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not re.fullmatch(r"\w+(\[-?\d+\])?", name) or set(value) & set("{}:"):
            raise SpecError(f"{_FORM}, got {pair!r}")
        if not equals:
            _check_name(name)
            raise SpecError(f"expected name=value, got {pair!r}")
        pairs.append((name, value))
    return pairs


def _dictionary(text: str) -> Mapping[str, Any]:
    """Returns what {'batch_size': 64} or {batch_size=64} means."""
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        inner = text[1:-1] if text.endswith("}") else "{"
        if set(inner) & set("{}:"):
            raise SpecError(f"{_FORM}, got {text!r}") from None
        return dict(_pairs(inner))
    if not isinstance(found, Mapping):
        raise SpecError(f"{_FORM}, got {text!r}")
    return found


def _split(text: str) -> list[str]:
    """Splits at the commas that stand outside brackets."""
    pairs, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "[(") - (char in "])")
        if char == "," and depth == 0:
            pairs.append(text[start:i])
            start = i + 1
    pairs.append(text[start:])
    return [pair.strip() for pair in pairs if pair.strip()]


def _changes(spec: NetworkSpec, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in pairs:
        if name.startswith(f"{_LAYERS}["):
            changes[_LAYERS] = _one_layer(changes.get(_LAYERS, spec.rnn_layer_sizes), name, value)
            continue
        _check_name(name)
        if name in changes:
            raise SpecError(f"{name} is set twice")
        changes[name] = _value(name, value)
    return changes


def _check_name(name: str) -> None:
    if name not in HPARAMS:
        raise SpecError(
            f"no hyperparameter {name!r}{nearest(name, HPARAMS)}; there are: {', '.join(HPARAMS)}"
        )


def _value(name: str, value: Any) -> object:
    if name == _LAYERS:
        return _sizes(value)
    if name in ("residual_connections", "use_cudnn"):
        if str(value).lower() not in _TRUTH:
            raise SpecError(f"{name} takes true or false, got {value!r}")
        return _TRUTH[str(value).lower()]
    return _whole(name, value) if name in ("batch_size", "attn_length") else _number(name, value)


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise SpecError(f"{name} takes a number, got {value!r}") from None


def _whole(name: str, value: Any) -> int:
    try:
        return checks.whole(name, float(value) if isinstance(value, str) else value)
    except (ValueError, OptionError):
        raise SpecError(f"{name} takes a whole number, got {value!r}") from None


def _sizes(value: Any) -> tuple[int, ...]:
    parts = value
    if isinstance(value, str):
        parts = [part.strip() for part in value.strip("[]() ").split(",") if part.strip()]
    try:
        sizes = tuple(_whole(_LAYERS, part) for part in parts)
    except TypeError:
        sizes = (_whole(_LAYERS, value),)
    if not sizes or min(sizes) < 1:
        raise SpecError(f"{_LAYERS} takes sizes like [128,128], got {value!r}")
    return sizes


def _one_layer(layers: tuple[int, ...], name: str, value: Any) -> tuple[int, ...]:
    """Applies Magenta's index form, `rnn_layer_sizes[1]=64`."""
    index = _whole(name, name.partition("[")[2].rstrip("]"))
    if not 0 <= index < len(layers):
        raise SpecError(f"{name}: there are layers 0 to {len(layers) - 1}")
    return (*layers[:index], *_sizes(value), *layers[index + 1 :])
