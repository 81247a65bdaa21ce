"""The value of --hparams: `name=value` pairs over a config's hyperparameters.

Follows what Magenta's HParams.parse takes of them. Left out: lists of strings and nested values,
which no config has.
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from ssc_melody.errors import SpecError
from ssc_melody.specs.spec import HPARAMS, NetworkSpec, nearest

Spec = TypeVar("Spec", bound=NetworkSpec)


def _parse_number(kind: type, name: str, text: str) -> int | float:
    try:
        number: int | float = kind(text)
    except ValueError:
        raise SpecError(
            f"--hparams: {name} takes {'a whole number' if kind is int else 'a number'}, "
            f"got {text!r}"
        ) from None
    return number


def _parse_sizes(text: str) -> tuple[int, ...]:
    parts = [part for part in text.strip("[]() ").split(",") if part.strip()]
    sizes = tuple(int(_parse_number(int, "rnn_layer_sizes", part)) for part in parts)
    if not sizes or min(sizes) < 1:
        raise SpecError(f"--hparams: rnn_layer_sizes takes sizes like [128,128], got {text!r}")
    return sizes


def _parse_value(name: str, text: str) -> object:
    if name == "rnn_layer_sizes":
        return _parse_sizes(text)
    if name in ("residual_connections", "use_cudnn"):
        truth = {"true": True, "1": True, "false": False, "0": False}
        if text.lower() not in truth:
            raise SpecError(f"--hparams: {name} takes true or false, got {text!r}")
        return truth[text.lower()]
    return _parse_number(int if name in ("batch_size", "attn_length") else float, name, text)


def _split_pairs(text: str) -> list[str]:
    """Splits at the commas that stand outside brackets."""
    pairs, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "[(") - (char in "])")
        if char == "," and depth == 0:
            pairs.append(text[start:i])
            start = i + 1
    pairs.append(text[start:])
    return [pair.strip() for pair in pairs if pair.strip()]


def _set_one_layer(layers: tuple[int, ...], name: str, value: str) -> tuple[int, ...]:
    """Applies Magenta's index form, `rnn_layer_sizes[1]=64`."""
    index = int(_parse_number(int, name, name.partition("[")[2].rstrip("]")))
    if not 0 <= index < len(layers):
        raise SpecError(f"--hparams: {name}: there are layers 0 to {len(layers) - 1}")
    return (*layers[:index], *_parse_sizes(value), *layers[index + 1 :])


def with_hparams(spec: Spec, text: str) -> Spec:
    """Returns a copy of `spec` with `name=value` pairs applied (the value of --hparams).

    Args:
        spec: The config to start from; it is not changed.
        text: Comma-separated pairs, such as 'batch_size=64,rnn_layer_sizes=[64,64]'.

    Raises:
        SpecError: A name that is no hyperparameter, or a value of the wrong kind.
    """
    changes: dict[str, object] = {}
    for pair in _split_pairs(text):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if name.startswith("rnn_layer_sizes[") and equals:
            layers = changes.get("rnn_layer_sizes", spec.rnn_layer_sizes)
            changes["rnn_layer_sizes"] = _set_one_layer(layers, name, value)  # type: ignore[arg-type]
            continue
        if name not in HPARAMS:
            raise SpecError(
                f"--hparams: no hyperparameter {name!r}{nearest(name, HPARAMS)}; "
                f"there are: {', '.join(HPARAMS)}"
            )
        if not equals:
            raise SpecError(f"--hparams: expected name=value, got {pair!r}")
        if name in changes:
            raise SpecError(f"--hparams: {name} is set twice")
        changes[name] = _parse_value(name, value)
    result = dataclasses.replace(spec, **changes)  # type: ignore[arg-type]
    if result.batch_size < 1 or result.attn_length < 0:
        raise SpecError("--hparams: batch_size must be at least 1 and attn_length at least 0")
    return result
