"""Checkpoints without TensorFlow: which file, V2 reading, and a check of the weights.

Follows TensorFlow's tensor_bundle (V2, what a training run saves) and checkpoint_state.proto. A V2
checkpoint is PREFIX.index, a sorted table (table.py) from name to type, shape, shard, offset, size
and masked CRC-32C, beside PREFIX.data-00000-of-00001 and so on, the raw little-endian numbers. The
older V1 files, also found inside bundles, are read by checkpoint_v1.py.

Left out: partitioned variables; object graphs of TF2-style checkpoints (skipped); writing V2.
"""

import math
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ssc_melody.errors import BundleError, FormatError, about
from ssc_melody.files import looks_like, near_names, open_regular, read_bytes
from ssc_melody.formats import protos
from ssc_melody.formats.checkpoint_v1 import (
    Tensors,
    checked_shape,
    parse_v1,
    serialize_v1,
    stored_type,
)
from ssc_melody.formats.crc32c import crc32c, masked
from ssc_melody.formats.table import MAGIC, read_table

__all__ = [
    "Tensors",
    "check_finite",
    "latest_checkpoint",
    "parse_v1",
    "read_checkpoint",
    "read_v2",
    "serialize_v1",
]

_OBJECT_GRAPH = b"_CHECKPOINTABLE_OBJECT_GRAPH"


LARGEST_WEIGHT = 1e6
"""Trained weights stay below 100; a network that overflows all the same is refused on playing."""


MAX_STATE_BYTES = 2**20
"""A text file `checkpoint` above this size is refused unread; it names a handful of paths."""

MAX_SHARD_BYTES = 2**31
"""A V2 data file may be larger than a bundle: it holds the optimizer's variables too."""

_V2_ENDING = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")


def _everything(name: str) -> bool:
    """Wants every tensor, whatever its name."""
    return True


def _v2_entries(data: bytes, wanted: Callable[[str], bool]) -> tuple[int, dict[str, Any]]:
    """Reads the index: the number of shards, and the entries of the wanted tensors."""
    shards = 0
    entries: dict[str, Any] = {}
    for key, value in read_table(data):
        if key == b"":
            with about("header"):
                header = protos.parse(protos.BundleHeaderProto, value)
            if header.endianness:
                raise FormatError("big-endian numbers; expected little-endian ones")
            shards = header.num_shards
            continue
        if key.startswith(b"\0") or key == _OBJECT_GRAPH:  # \0: a slice; its tensor says so too
            continue
        try:
            name = key.decode()
        except UnicodeDecodeError as error:
            raise FormatError(f"the key {key[:80]!r} is not a name in UTF-8") from error
        if wanted(name):
            with about(f"entry {name!r}"):
                entries[name] = protos.parse(protos.BundleEntryProto, value)
    if shards < 1:
        raise FormatError("no header with a number of shards; expected a V2 checkpoint")
    return shards, entries


def _v2_tensor(file: Any, room: int, start: int, entry: Any) -> np.ndarray:
    """Reads one tensor from its shard of `room` bytes, at or after byte `start`."""
    dtype, _ = stored_type(entry.dtype)
    if entry.slices:
        raise FormatError(f"partitioned into {len(entry.slices)} slices; expected one piece")
    shape = checked_shape(entry.shape, room)
    expected = math.prod(shape) * dtype.itemsize
    if entry.size != expected:
        raise FormatError(f"shape {shape} needs {expected} bytes, found {entry.size}")
    if entry.offset < start or entry.offset + entry.size > room:
        raise FormatError(
            f"bytes {entry.offset} to {entry.offset + entry.size};"
            f" expected them within {start} to {room} (cut short, or overlapping?)"
        )
    file.seek(entry.offset)
    raw = file.read(entry.size)
    found = masked(crc32c(raw))
    if len(raw) != expected or found != entry.crc32c:
        raise FormatError(
            f"damaged: expected the checksum {entry.crc32c:#010x}, found {found:#010x}"
        )
    return np.frombuffer(raw, dtype).astype(dtype.newbyteorder("=")).reshape(shape)


def read_v2(prefix: str | Path, wanted: Callable[[str], bool] = _everything) -> Tensors:
    """Reads tensors of a V2 checkpoint.

    Args:
        prefix: The path without ``.index`` or ``.data-...``.
        wanted: Says by its name whether a tensor is read (an optimizer's slots need not be).

    Returns:
        The wanted tensors by name, in alphabetical order.

    Raises:
        BundleError: A file is missing, damaged, cut short, or of a type that is not read.

    Source: TensorFlow's tensor_bundle.proto and tensor_bundle.
    """
    index = f"{prefix}.index"
    with about(index, BundleError):
        shards, entries = _v2_entries(read_bytes(index, BundleError), wanted)
    by_shard: dict[int, list[str]] = {}
    for name, entry in entries.items():
        if not 0 <= entry.shard_id < shards:
            raise BundleError(f"{index}: tensor {name!r} in shard {entry.shard_id} of {shards}")
        by_shard.setdefault(entry.shard_id, []).append(name)
    tensors: Tensors = {}
    for shard, names in by_shard.items():
        path = Path(f"{prefix}.data-{shard:05d}-of-{shards:05d}")
        try:
            with about(f"{index}: its numbers", BundleError):
                opened = open_regular(path, FormatError, MAX_SHARD_BYTES)
            with opened as file:
                room = os.fstat(file.fileno()).st_size
                end = 0
                for name in sorted(names, key=lambda name: entries[name].offset):
                    entry = entries[name]
                    with about(f"{path}: tensor {name!r}", BundleError):
                        tensors[name] = _v2_tensor(file, room, end, entry)
                    end = entry.offset + entry.size
        except OSError as error:
            raise BundleError(
                f"cannot read {path}, which {index} needs: {error.strerror}"
            ) from error
    return {name: tensors[name] for name in entries}


def read_checkpoint(path: str | Path, wanted: Callable[[str], bool] = _everything) -> Tensors:
    """Reads a checkpoint of either kind.

    Args:
        path: A V1 file, a V2 prefix, or a V2 checkpoint's .index, .meta or .data-... file.
        wanted: Says by its name whether a tensor is returned.

    Raises:
        BundleError: There is no checkpoint, or it cannot be read.
    """
    prefix = Path(_V2_ENDING.sub("", str(path)))
    if os.path.isfile(f"{prefix}.index"):
        return read_v2(prefix, wanted)
    if os.path.isdir(prefix):
        raise BundleError(
            f"{prefix} is a folder; expected a checkpoint in it, such as {prefix}/model.ckpt-1000"
        )
    if not os.path.lexists(prefix):
        near = near_names(prefix, lambda name: _V2_ENDING.sub("", name))
        raise BundleError(f"no checkpoint {prefix} (nor {prefix}.index){near}")
    data = read_bytes(prefix, BundleError)
    if data[-8:] != MAGIC.to_bytes(8, "little"):
        found = looks_like(data) or "no checkpoint, or one cut short"
        if prefix.suffix == ".mag":
            found = "a bundle, to be given as one (`bundle_file`)"
        raise BundleError(f"{prefix}: expected a V1 checkpoint or a V2 prefix, found {found}")
    with about(prefix, BundleError):
        return {name: array for name, array in parse_v1(data).items() if wanted(name)}


def _state_path(state: Path) -> str:
    """Returns the newest checkpoint that the text file `checkpoint` names."""
    content = read_bytes(state, BundleError, MAX_STATE_BYTES)
    match = re.search(
        rb'^\s*model_checkpoint_path\s*:\s*"((?:[^"\\\n]|\\.)*)"', content, re.MULTILINE
    )
    if match is None:
        raise BundleError(f'{state}: expected a line model_checkpoint_path: "...", found none')
    path = re.sub(rb"\\([0-7]{1,3}|.)", _unescape, match[1])
    return path.decode("utf-8", "surrogateescape")


def _unescape(match: re.Match[bytes]) -> bytes:
    """Returns the byte that a backslash sequence of protobuf's text format stands for."""
    octal = match[1][0] in b"01234567"
    return bytes([int(match[1], 8) & 0xFF]) if octal else match[1]


def latest_checkpoint(directory: str | Path) -> Path:
    """Finds the newest checkpoint of a training run.

    Args:
        directory: The folder that holds ``checkpoint`` and ``model.ckpt-STEP.*``.

    Returns:
        The prefix of a V2 checkpoint, or the path of a V1 file. The text file ``checkpoint`` names
        it; a path from another machine counts as the same name here. Without that file it is the
        ``model.ckpt-STEP`` of the highest step.

    Raises:
        BundleError: There is none.
    """
    directory = Path(directory)
    if not os.path.isdir(directory):
        raise BundleError(f"no folder {directory}{near_names(directory)}; expected a training run")
    try:
        names = [path.name for path in directory.iterdir()]
    except OSError as error:
        raise BundleError(f"cannot read the folder {directory}: {error.strerror}") from error
    found = [re.fullmatch(r"(model\.ckpt-(\d+))(\.index)?", name) for name in names]
    steps = {int(match[2]): directory / match[1] for match in found if match}
    state = directory / "checkpoint"
    if not os.path.isfile(state):
        if not steps:
            raise BundleError(
                f"no checkpoint in {directory}; train first with ssc_melody_train, or name the"
                " folder that holds model.ckpt-*.index"
            )
        return steps[max(steps)]
    named = _state_path(state)
    for path in (directory / named, directory / re.split(r"[\\/]", named)[-1]):
        if os.path.isfile(path) or os.path.isfile(f"{path}.index"):
            return path
    there = ", ".join(steps[step].name for step in sorted(steps)) or "none"
    raise BundleError(f"{state} names {named[:300]}, which is not there; found {there}")


def check_finite(tensors: Mapping[str, np.ndarray]) -> None:
    """Refuses weights that are not numbers, or far too large for trained ones.

    Args:
        tensors: Arrays by name.

    Raises:
        FormatError: One holds NaN, infinity or a magnitude above LARGEST_WEIGHT.
    """
    for name, array in tensors.items():
        bad = int(np.count_nonzero(~(np.abs(array) <= LARGEST_WEIGHT)))
        if bad:
            raise FormatError(
                f"variable {name!r}: {bad} of {array.size} numbers are NaN, infinite or"
                f" beyond {LARGEST_WEIGHT:g}; expected trained weights (did the training diverge?)"
            )
