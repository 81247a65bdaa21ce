"""TensorFlow's V1 checkpoint files, the kind inside bundles, read and written without TensorFlow.

Follows TensorFlow's tensor_slice_writer, saved_tensor_slice.proto and ordered_code. The file is a
sorted table (table.py) of SavedTensorSlices messages. Key "" holds the header: name, shape and type
of each tensor. Every other record holds a slice of a tensor, mostly all of it, with its numbers;
its key is the ordered code of 0, name, rank, and start and length for each dimension.

Left out: types other than float32, float64, int32 and int64; empty tensors.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ssc_melody.errors import FormatError, about
from ssc_melody.formats import protos
from ssc_melody.formats.table import MAX_KEY_BYTES, read_table, write_table

Tensors = dict[str, np.ndarray]
Part = tuple[tuple[slice, ...], np.ndarray]

# Number in types.proto -> type as stored, field of TensorProto that holds its numbers.
_TYPES: dict[int, tuple[np.dtype[Any], str]] = {
    1: (np.dtype("<f4"), "float_val"),
    2: (np.dtype("<f8"), "double_val"),
    3: (np.dtype("<i4"), "int_val"),
    9: (np.dtype("<i8"), "int64_val"),
}
_OTHER_TYPES = {
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    10: "bool",
    14: "bfloat16",
    19: "half",
}
_MAX_RANK = 8


def stored_type(number: int) -> tuple[np.dtype[Any], str]:
    """Returns the NumPy type and the field of a type number."""
    if number not in _TYPES:
        name = _OTHER_TYPES.get(number, "unknown")
        raise FormatError(f"type {number} ({name}); expected float32, float64, int32 or int64")
    return _TYPES[number]


def checked_shape(proto: Any, room: int) -> tuple[int, ...]:
    """Reads a shape; its product must not exceed `room`, the count of bytes there are."""
    shape = tuple(dim.size for dim in proto.dim[: _MAX_RANK + 1])
    if proto.unknown_rank or len(shape) > _MAX_RANK or min(shape, default=1) < 1:
        raise FormatError(
            f"{len(proto.dim)} dimensions {shape}; expected at most {_MAX_RANK}, of 1 or more each"
        )
    if math.prod(shape) > room:
        raise FormatError(f"shape {shape} needs more numbers than its {room} bytes hold")
    return shape


def _region(slice_proto: Any, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Turns the extents of a slice into indices of the whole tensor."""
    extents = [
        (extent.start, extent.length if extent.HasField("length") else size - extent.start)
        for extent, size in zip(slice_proto.extent, shape, strict=False)
    ]
    fits = len(slice_proto.extent) == len(shape) and all(
        start >= 0 and length > 0 and start + length <= size
        for (start, length), size in zip(extents, shape, strict=False)
    )
    if not fits:
        raise FormatError(f"slice {extents} (start, length); expected it inside {shape}")
    return tuple(slice(start, start + length) for start, length in extents)


def _numbers(tensor: Any, number: int, shape: tuple[int, ...]) -> np.ndarray:
    """Returns the numbers of one record as an array of `shape`."""
    dtype, field = stored_type(number)
    stored = getattr(tensor, field)
    raw = b"".join(stored) if dtype.kind == "f" else None
    found, rest = (len(stored), 0) if raw is None else divmod(len(raw), dtype.itemsize)
    if rest or found != math.prod(shape):
        raise FormatError(
            f"shape {shape} needs {math.prod(shape)} numbers in {field}, found {found}"
        )
    flat = np.array(stored, dtype) if raw is None else np.frombuffer(raw, dtype)
    return flat.astype(dtype.newbyteorder("=")).reshape(shape)


def _join(parts: list[Part], shape: tuple[int, ...]) -> np.ndarray:
    """Puts the slices of a tensor together; they must fill it, each number once."""
    found = sum(numbers.size for _, numbers in parts)
    if found != math.prod(shape):
        raise FormatError(
            f"shape {shape} needs {math.prod(shape)} numbers, found {found} in {len(parts)} slices"
        )
    if len(parts) == 1:
        return parts[0][1]
    whole = np.empty(shape, parts[0][1].dtype)
    filled = np.zeros(shape, bool)
    for region, numbers in parts:
        if filled[region].any():
            raise FormatError(f"two slices overlap at {region}")
        filled[region] = True
        whole[region] = numbers
    return whole


def _whole(name: str, parts: list[Part], shape: tuple[int, ...]) -> np.ndarray:
    with about(f"tensor {name!r}"):
        return _join(parts, shape)


def _v1_header(record: Any) -> dict[str, Any]:
    """Returns the SavedSliceMeta of each tensor that the header lists."""
    if not record.HasField("meta"):
        raise FormatError(
            "the header lists no tensors; expected a V1 checkpoint"
            " (is this the .index of a V2 one?)"
        )
    metas: dict[str, Any] = {}
    for meta in record.meta.tensor:
        if not meta.name or len(meta.name) > MAX_KEY_BYTES:
            raise FormatError(
                f"the header lists a name of {len(meta.name)} letters;"
                f" expected 1 to {MAX_KEY_BYTES}"
            )
        if meta.name in metas:
            raise FormatError(f"the header lists {meta.name!r} twice")
        metas[meta.name] = meta
    return metas


def parse_v1(data: bytes) -> Tensors:
    """Reads the tensors of a V1 checkpoint file.

    Args:
        data: The whole file.

    Returns:
        The tensors by name, in the order of the header.

    Raises:
        FormatError: No V1 checkpoint, damaged, or of a type that is not read.

    Source: TensorFlow's saved_tensor_slice.proto and tensor_slice_reader.
    """
    metas: dict[str, Any] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    parts: dict[str, list[Part]] = {}
    for key, value in read_table(data):
        with about(f"record {key[:80]!r}"):
            record = protos.parse(protos.SavedTensorSlices, value)
        if key == b"":
            metas = _v1_header(record)
            for name, meta in metas.items():
                with about(f"tensor {name!r}"):
                    shapes[name] = checked_shape(meta.shape, len(data))
                parts[name] = []
            continue
        name = record.data.name
        if name not in metas:
            raise FormatError(f"a record of tensor {name[:80]!r}, which the header does not list")
        with about(f"tensor {name!r}"):
            region = _region(record.data.slice, shapes[name])
            extent = tuple(part.stop - part.start for part in region)
            parts[name].append((region, _numbers(record.data.data, metas[name].type, extent)))
    if not metas:
        raise FormatError("the table has no header; expected a V1 checkpoint with tensors")
    return {name: _whole(name, parts[name], shapes[name]) for name in metas}


def _code_number(value: int) -> bytes:
    """Ordered code of a non-negative number: count of bytes, then the bytes, highest first."""
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(digits)]) + digits


def _code_string(text: bytes) -> bytes:
    """Ordered code of a string: 00 and FF are escaped, 00 01 ends it."""
    escapes = {0x00: b"\x00\xff", 0xFF: b"\xff\x00"}
    return b"".join(escapes.get(byte, bytes([byte])) for byte in text) + b"\x00\x01"


def _v1_key(name: str, rank: int) -> bytes:
    """Returns the key of a whole tensor: each extent is start 0 (80), length -1 (7F)."""
    return _code_number(0) + _code_string(name.encode()) + _code_number(rank) + b"\x80\x7f" * rank


def serialize_v1(tensors: Mapping[str, np.ndarray]) -> bytes:
    """Writes tensors as a V1 checkpoint file, byte for byte as TensorFlow does.

    Args:
        tensors: Arrays of float32, float64, int32 or int64 by name; the header keeps their order.

    Returns:
        The whole file.

    Raises:
        FormatError: A type that cannot be written, an array without numbers, or no name.

    Source: TensorFlow's tensor_slice_writer and ordered_code.
    """
    header = protos.SavedTensorSlices()
    header.meta.versions.producer = 1
    records: dict[bytes, bytes] = {}
    for name, array in tensors.items():
        stored = array.dtype.newbyteorder("<")
        number = next((number for number, (dtype, _) in _TYPES.items() if dtype == stored), 0)
        with about(f"tensor {name!r} of {array.dtype}"):
            _, field = stored_type(number)
        if not name or not array.size or array.ndim > _MAX_RANK:
            raise FormatError(f"tensor {name!r} of shape {array.shape} cannot be written")
        meta = header.meta.tensor.add(name=name, type=number)
        record = protos.SavedTensorSlices()
        record.data.name = name
        record.data.slice.SetInParent()
        record.data.data.SetInParent()
        whole = meta.slice.add()
        for size in array.shape:
            meta.shape.dim.add(size=size)
            whole.extent.add()
            record.data.slice.extent.add()
        meta.shape.SetInParent()
        flat = array.astype(stored).ravel()
        numbers = [flat.tobytes()] if stored.kind == "f" else flat.tolist()
        getattr(record.data.data, field).extend(numbers)
        records[_v1_key(name, array.ndim)] = record.SerializeToString()
    return write_table([(b"", header.SerializeToString()), *sorted(records.items())])
