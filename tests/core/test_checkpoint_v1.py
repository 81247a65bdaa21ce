"""V1 checkpoints: literal records, round trips, slices, damage of every kind."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ssc_melody.errors import FormatError
from ssc_melody.formats import checkpoint, protos
from ssc_melody.formats.checkpoint_v1 import _code_number, _code_string
from ssc_melody.formats.table import read_table, write_table
from tests.checkpoints import (
    TENSORS,
    V1_HEADER,
    V1_N,
    V1_RECORDS,
    V1_W,
    same,
    v1,
)


def test_v1_byte_by_byte():
    data = checkpoint.serialize_v1(TENSORS)
    assert dict(read_table(data)) == V1_RECORDS
    assert data == v1()
    same(checkpoint.parse_v1(data), TENSORS)


def test_ordered_code():
    assert _code_number(0) == b"\x00"
    assert _code_number(4) == b"\x01\x04"
    assert _code_number(300) == b"\x02\x01\x2c"
    assert _code_string(b"a\x00b\xffc") == b"a\x00\xffb\xff\x00c\x00\x01"


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
numbers = st.sampled_from([np.float32, np.float64, np.int32, np.int64]).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=4, max_side=4))
)


@given(st.dictionaries(names, numbers, min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_v1_round_trip(tensors):
    data = checkpoint.serialize_v1(tensors)
    same(checkpoint.parse_v1(data), tensors)
    assert checkpoint.serialize_v1(checkpoint.parse_v1(data)) == data


def test_v1_of_odd_arrays():
    big_endian = np.arange(6, dtype=">f4").reshape(2, 3)
    turned = np.arange(6, dtype=np.float32).reshape(3, 2).T
    found = checkpoint.parse_v1(checkpoint.serialize_v1({"a": big_endian, "b": turned}))
    np.testing.assert_array_equal(found["a"], big_endian)
    np.testing.assert_array_equal(found["b"], turned)
    assert found["a"].dtype.isnative
    found["a"][0, 0] = 7  # the result is the caller's own


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"x": np.zeros(3, np.float16)}, r"'x' of float16: type 0 .*; expected float32"),
        ({"x": np.zeros((2, 0), np.float32)}, r"'x' of shape \(2, 0\) cannot be written"),
        ({"": np.zeros(2, np.float32)}, "'' of shape"),
        ({"x": np.zeros((1,) * 9, np.float32)}, "cannot be written"),
    ],
)
def test_v1_not_writable(tensors, message):
    with pytest.raises(FormatError, match=message):
        checkpoint.serialize_v1(tensors)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (v1(header=None), "a record of tensor 'n', which the header does not list"),
        (v1(header=b"\x08\x01"), "lists no tensors; expected a V1 checkpoint"),
        (v1(header=b"\x0a\x00"), "'n', which the header does not list"),
        (v1(header=b"\xff"), r"record b'': expected a SavedTensorSlices message, found 1 bytes"),
        (write_table([]), "no header"),
        (v1(w=None), r"'w': shape \(1, 2\) needs 2 numbers, found 0 in 0 slices"),
        (v1(w=V1_N), r"'w': shape \(1, 2\) needs 2 numbers, found 0 in 0"),
        (
            v1(w=V1_W.replace(b"\x12\x04\x0a\x00\x0a\x00", b"\x12\x04\x0a\x00\x0a\x02")),
            "SavedTensorSlices message",
        ),
        (
            v1(w=V1_W.replace(b"\x0a\x00\x0a\x00", b"\x0a\x02\x08\x02")),
            r"'w': slice .* expected it inside \(1, 2\)",
        ),
        (v1(w=V1_W.replace(b"\x2a\x08", b"\x32\x08")), "needs 2 numbers in float_val, found 0"),
        (v1(n=V1_N.replace(b"\x52", b"\x3a")), "needs 1 numbers in int64_val, found 0"),
        (v1(header=V1_HEADER.replace(b"\x6e", b"\x77")), "the header lists 'w' twice"),
        (v1(header=V1_HEADER.replace(b"\x18\x01", b"\x18\x0e")), r"'w': type 14 \(bfloat16\)"),
        (v1(header=V1_HEADER.replace(b"\x18\x01", b"\x18\x63")), r"type 99 \(unknown\)"),
        (
            v1(header=V1_HEADER.replace(b"\x08\x02", b"\x08\x00")),
            r"2 dimensions \(1, 0\); expected",
        ),
        (v1(header=V1_HEADER.replace(b"\x08\x02", b"\x08\x03")), r"\(1, 3\) needs 3 numbers"),
        (v1(header=V1_HEADER.replace(b"\x77", b"\xff")), "SavedTensorSlices message"),
        (v1(header=b"\x0a\x02\x0a\x00"), "lists a name of 0 letters; expected 1 to 4096"),
    ],
)
def test_v1_refused(data, message):
    with pytest.raises(FormatError, match=message):
        checkpoint.parse_v1(data)


@pytest.mark.parametrize("shape", [(2**31, 2**31, 2**31), (2**62,), (-1,), (1,) * 9, (3, 10**9)])
def test_v1_giant_shapes(shape):
    header = protos.SavedTensorSlices()
    meta = header.meta.tensor.add(name="w", type=1)
    for size in shape:
        meta.shape.dim.add(size=size)
        meta.slice.add().extent.add()
    with pytest.raises(FormatError, match=r"'w': (shape|. dimensions)"):
        checkpoint.parse_v1(write_table([(b"", header.SerializeToString())]))


def sliced(*regions, shape=(3, 4)):
    """A V1 file with one tensor in slices of ((start, length or None), ...)."""
    whole = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    header = protos.SavedTensorSlices()
    meta = header.meta.tensor.add(name="w", type=1)
    for size in shape:
        meta.shape.dim.add(size=size)
    records = []
    for key, region in enumerate(regions):
        record = protos.SavedTensorSlices()
        record.data.name = "w"
        for start, length in region:
            extent = {"start": start} if length is None else {"start": start, "length": length}
            record.data.slice.extent.add(**extent)
        index = tuple(slice(s, None if n is None else s + n) for s, n in region)
        record.data.data.float_val.append(whole[index].tobytes())
        records.append((b"%d" % key, record.SerializeToString()))
    return whole, write_table([(b"", header.SerializeToString()), *records])


def test_v1_partitioned():
    rows, columns = ((0, 2), (0, None)), ((2, 1), (0, None))
    whole, data = sliced(rows, columns)
    np.testing.assert_array_equal(checkpoint.parse_v1(data)["w"], whole)
    whole, data = sliced(((0, None), (2, 2)), ((0, None), (0, 2)))
    np.testing.assert_array_equal(checkpoint.parse_v1(data)["w"], whole)


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ([((0, 2), (0, None))], r"needs 12 numbers, found 8 in 1 slices"),
        ([((0, 2), (0, None))] * 2, r"needs 12 numbers, found 16 in 2 slices"),
        ([((0, 2), (0, None)), ((1, 1), (0, None))], "two slices overlap"),
        ([((0, 4), (0, None))], r"slice \[\(0, 4\), \(0, 4\)\] .* expected it inside \(3, 4\)"),
        ([((0, 2), (0, 0))], "expected it inside"),
        ([((-1, 2), (0, None))], "expected it inside"),
        ([((2**62, 2**62), (0, None))], "expected it inside"),
    ],
)
def test_v1_bad_slices(regions, message):
    _, data = sliced(*regions)
    with pytest.raises(FormatError, match=message):
        checkpoint.parse_v1(data)


def test_v1_truncated_or_flipped_anywhere():
    good = v1()
    for position in range(len(good)):
        with pytest.raises(FormatError, match=r"expected|cut short"):
            checkpoint.parse_v1(good[:position])
        for bits in (0x01, 0x80, 0xFF):
            assert_same_or_refused(good, position, bits, TENSORS)


def assert_same_or_refused(good, position, bits, expected):
    damaged = bytearray(good)
    damaged[position] ^= bits
    try:
        found = checkpoint.parse_v1(bytes(damaged))
    except FormatError:
        return
    same(found, expected)


def test_v1_random_records():
    """A right checksum over nonsense: protobuf takes much of it."""
    rng = random.Random(3)
    for _ in range(1500):
        records = dict(V1_RECORDS)
        key = rng.choice(list(records))
        value = bytearray(records[key])
        for _ in range(rng.randrange(1, 3)):
            value[rng.randrange(len(value))] = rng.randrange(256)
        try:
            found = checkpoint.parse_v1(write_table({**records, key: bytes(value)}.items()))
        except FormatError:
            continue
        assert all(array.size for array in found.values())
