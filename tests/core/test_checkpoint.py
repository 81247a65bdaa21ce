"""V1 and V2 checkpoints: literal records, round trips, real bundles, and damage of every kind."""

import math
import pathlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ssc_melody import checkpoint, protos
from ssc_melody.bundle import parse_bundle, read_bundle
from ssc_melody.checkpoint_v1 import _code_number, _code_string
from ssc_melody.crc32c import crc32c, masked
from ssc_melody.errors import BundleError
from ssc_melody.table import read_table, write_table

BUNDLES = sorted((pathlib.Path(__file__).parents[2] / "testdata" / "bundles").glob("*.mag"))


def from_hex(dump):
    """Bytes from a hex dump with a comment after each #."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in dump.splitlines()))


TENSORS = {"w": np.array([[1, 2]], np.float32), "n": np.array(-1, np.int64)}
V1_HEADER = from_hex(
    """
    0a 26                    # meta
      0a 15                  #   tensor
        0a 01 77             #     name "w"
        12 08                #     shape
          12 02 08 01        #       dim 1
          12 02 08 02        #       dim 2
        18 01                #     type: float
        22 04 0a 00 0a 00    #     one slice of two extents, both whole
      0a 09                  #   tensor
        0a 01 6e             #     name "n"
        12 00                #     shape of a scalar
        18 09                #     type: int64
        22 00                #     one slice
      12 02 08 01            #   versions: producer 1
    """
)
V1_KEY_N = from_hex(
    """
    00                       # number 0: it has no bytes
    6e 00 01                 # "n", end
    00                       # rank 0
    """
)
V1_N = from_hex(
    """
    12 13                    # data
      0a 01 6e               #   name "n"
      12 00                  #   slice without extents
      1a 0c                  #   tensor
        52 0a                #     int64_val, packed, 10 bytes
          ff ff ff ff ff ff ff ff ff 01
    """
)
V1_KEY_W = from_hex(
    """
    00                       # number 0
    77 00 01                 # "w", end
    01 02                    # rank 2, in 1 byte
    80 7f                    # start 0, length -1 (all)
    80 7f
    """
)
V1_W = from_hex(
    """
    12 15                    # data
      0a 01 77               #   name "w"
      12 04 0a 00 0a 00      #   slice: two whole extents
      1a 0a                  #   tensor
        2a 08                #     float_val, packed, 8 bytes
          00 00 80 3f 00 00 00 40
    """
)
V1_RECORDS = {b"": V1_HEADER, V1_KEY_N: V1_N, V1_KEY_W: V1_W}


def same(found, expected):
    assert list(found) == list(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def v1(**changes):
    """The small V1 file, with some of its records replaced (None: left away)."""
    keys = {"header": b"", "n": V1_KEY_N, "w": V1_KEY_W}
    records = {**V1_RECORDS, **{keys[name]: value for name, value in changes.items()}}
    return write_table((key, value) for key, value in records.items() if value is not None)


# ---- V1


def test_v1_byte_by_byte():
    data = checkpoint.serialize_v1(TENSORS)
    assert dict(read_table(data, "x")) == V1_RECORDS
    assert data == v1()
    same(checkpoint.parse_v1(data, "x"), TENSORS)


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
    same(checkpoint.parse_v1(data, "x"), tensors)
    assert checkpoint.serialize_v1(checkpoint.parse_v1(data, "x")) == data


def test_v1_of_odd_arrays():
    big_endian = np.arange(6, dtype=">f4").reshape(2, 3)
    turned = np.arange(6, dtype=np.float32).reshape(3, 2).T
    found = checkpoint.parse_v1(checkpoint.serialize_v1({"a": big_endian, "b": turned}), "x")
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
    with pytest.raises(BundleError, match=message):
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
    with pytest.raises(BundleError, match=message):
        checkpoint.parse_v1(data, "x")


@pytest.mark.parametrize("shape", [(2**31, 2**31, 2**31), (2**62,), (-1,), (1,) * 9, (3, 10**9)])
def test_v1_giant_shapes(shape):
    header = protos.SavedTensorSlices()
    meta = header.meta.tensor.add(name="w", type=1)
    for size in shape:
        meta.shape.dim.add(size=size)
        meta.slice.add().extent.add()
    with pytest.raises(BundleError, match=r"'w': (shape|. dimensions)"):
        checkpoint.parse_v1(write_table([(b"", header.SerializeToString())]), "x")


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
    np.testing.assert_array_equal(checkpoint.parse_v1(data, "x")["w"], whole)
    whole, data = sliced(((0, None), (2, 2)), ((0, None), (0, 2)))
    np.testing.assert_array_equal(checkpoint.parse_v1(data, "x")["w"], whole)


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
    with pytest.raises(BundleError, match=message):
        checkpoint.parse_v1(data, "x")


def test_v1_truncated_or_flipped_anywhere():
    good = v1()
    for position in range(len(good)):
        with pytest.raises(BundleError, match=r"^x: "):
            checkpoint.parse_v1(good[:position], "x")
        for bits in (0x01, 0x80, 0xFF):
            assert_same_or_refused(good, position, bits, TENSORS)


def assert_same_or_refused(good, position, bits, expected):
    damaged = bytearray(good)
    damaged[position] ^= bits
    try:
        found = checkpoint.parse_v1(bytes(damaged), "x")
    except BundleError:
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
            found = checkpoint.parse_v1(write_table({**records, key: bytes(value)}.items()), "x")
        except BundleError:
            continue
        assert all(array.size for array in found.values())


# ---- real bundles


def test_there_are_bundles():
    assert len(BUNDLES) > 20


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_bundles(path):
    data = read_bundle(path).checkpoint
    tensors = checkpoint.parse_v1(data, str(path))
    assert checkpoint.serialize_v1(tensors) == data  # as the TensorFlow of its time wrote it
    checkpoint.check_finite(tensors, str(path))
    assert all(array.dtype == np.float32 for array in tensors.values())
    kernels = {
        name: array
        for name, array in tensors.items()
        if name.lower().endswith(("lstm_cell/kernel", "lstm_cell/weights", "cell/linear/matrix"))
        or name.endswith("basic_lstm_cell/kernel")
    }
    biases = {array.shape[0] for array in tensors.values() if array.ndim == 1}
    assert kernels
    for array in kernels.values():
        assert array.ndim == 2
        assert array.shape[1] % 4 == 0  # four gates
        assert array.shape[1] in biases
    outputs = [a for n, a in tensors.items() if n.startswith("fully_connected") and a.ndim == 2]
    classes = 130 if "_mono_" in path.name else 40 if "attention" in path.name else 38
    if "_lookback_" in path.name or "attention" in path.name:
        classes = 40
    assert classes in {array.shape[1] for array in outputs}


def test_names_and_shapes_of_a_bundle():
    path = next(path for path in BUNDLES if "tf1.0.1_basic_32x2" in path.name)
    tensors = checkpoint.parse_v1(read_bundle(path).checkpoint, str(path))
    cell = "rnn/multi_rnn_cell/cell_{}/basic_lstm_cell/{}"
    assert {name: array.shape for name, array in tensors.items()} == {
        "fully_connected/biases": (38,),
        "fully_connected/weights": (32, 38),
        cell.format(0, "biases"): (128,),
        cell.format(0, "weights"): (38 + 32, 128),
        cell.format(1, "biases"): (128,),
        cell.format(1, "weights"): (32 + 32, 128),
    }


def test_damaged_bundle_files():
    """Cut or flipped anywhere, a .mag gives the same weights or a BundleError."""
    path = next(path for path in BUNDLES if "tf1.0.1_basic_32x2" in path.name)
    good = path.read_bytes()
    weights = parse_bundle(good, "x").checkpoint
    expected = checkpoint.parse_v1(weights, "x")
    rng = random.Random(5)
    positions = [*range(60), *(rng.randrange(len(good)) for _ in range(150))]
    for position in positions:
        with pytest.raises(BundleError, match=r"^x: |^x is empty"):
            parse_bundle(good[:position], "x")
        damaged = bytearray(good)
        damaged[position] ^= 1 << rng.randrange(8)
        try:
            found = parse_bundle(bytes(damaged), "x").checkpoint
            if found == weights:
                continue
            tensors = checkpoint.parse_v1(found, "x")
        except BundleError:
            continue
        same(tensors, expected)


# ---- V2

V2_ENTRY = from_hex(
    """
    08 01                    # dtype: float
    12 04 12 02 08 02        # shape (2,)
    20 04                    # offset 4 (shard 0 is not written)
    28 08                    # size 8
    35 59 3c e5 35           # masked CRC-32C of 1.0, 2.0
    """
)


def v2(folder, tensors, name="model.ckpt-5", shards=1, change=None):
    """Write a V2 checkpoint; `change(name, entry)` may edit an entry of the index."""
    contents = [bytearray() for _ in range(shards)]
    records = [(b"", protos.BundleHeaderProto(num_shards=shards).SerializeToString())]
    types = {"float32": 1, "float64": 2, "int32": 3, "int64": 9, "object": 7}
    for number, (key, array) in enumerate(sorted(tensors.items())):
        raw = array.tobytes()
        shard = number % shards
        entry = protos.BundleEntryProto(
            dtype=types[array.dtype.name],
            shard_id=shard,
            offset=len(contents[shard]),
            size=len(raw),
            crc32c=masked(crc32c(raw)),
        )
        entry.shape.SetInParent()
        for size in array.shape:
            entry.shape.dim.add(size=size)
        if change is not None:
            change(key, entry)
        contents[shard] += raw
        records.append((key.encode(), entry.SerializeToString()))
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.index").write_bytes(write_table(records))
    for shard, content in enumerate(contents):
        (folder / f"{name}.data-{shard:05d}-of-{shards:05d}").write_bytes(content)
    return folder / name


RUN = {
    "a/Adam": np.full(3, 2, np.float32),
    "a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b": np.array([1.5, -2.5]),
    "global_step": np.array(12, np.int64),
    "i": np.array([[-7]], np.int32),
}


@pytest.mark.parametrize("shards", [1, 2, 3])
def test_v2(tmp_path, shards):
    prefix = v2(tmp_path, RUN, shards=shards)
    same(checkpoint.read_v2(prefix), RUN)
    wanted = checkpoint.read_v2(prefix, lambda name: "Adam" not in name)
    assert set(RUN) - set(wanted) == {"a/Adam"}
    for ending in ["", ".index", ".meta", ".data-00000-of-00001"]:
        same(checkpoint.read_checkpoint(f"{prefix}{ending}"), RUN)


def test_v2_byte_by_byte(tmp_path):
    numbers = np.array([1, 2], np.float32)
    header = from_hex("08 01  # one shard")
    index = write_table([(b"", header), (b"w", V2_ENTRY)])
    (tmp_path / "m.index").write_bytes(index)
    (tmp_path / "m.data-00000-of-00001").write_bytes(b"skip" + numbers.tobytes())
    same(checkpoint.read_v2(tmp_path / "m"), {"w": numbers})


def test_v2_unwanted_is_not_read(tmp_path):
    prefix = v2(tmp_path, {"w": np.zeros(2, np.float32)}, shards=2)
    records = dict(read_table(pathlib.Path(f"{prefix}.index").read_bytes(), "x"))
    records[b"x/Adam"] = b"\xff\xff"  # not even an entry
    records[b"_CHECKPOINTABLE_OBJECT_GRAPH"] = b"\x08\x07"
    records[b"\0slice"] = b"\xff"
    pathlib.Path(f"{prefix}.index").write_bytes(write_table(sorted(records.items())))
    pathlib.Path(f"{prefix}.data-00001-of-00002").unlink()
    assert list(checkpoint.read_v2(prefix, lambda name: "Adam" not in name)) == ["w"]
    with pytest.raises(BundleError, match="entry 'x/Adam': expected a BundleEntryProto"):
        checkpoint.read_v2(prefix)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("crc32c", 7, r"'a/kernel': damaged: expected the checksum 0x00000007, found 0x"),
        ("size", 20, r"'a/kernel': shape \(2, 3\) needs 24 bytes, found 20"),
        ("size", 2**62, r"needs 24 bytes, found"),
        ("offset", 2**62, r"'a/kernel': bytes 4611686018427387904 to .* within 64 to 64"),
        ("offset", -8, "within 0 to"),
        ("offset", 4, r"within \d+ to"),
        ("shard_id", 1, "'a/kernel' in shard 1 of 1"),
        ("shard_id", -1, "shard -1 of 1"),
        ("dtype", 7, r"type 7 \(string\)"),
        ("dtype", 10, r"type 10 \(bool\)"),
        ("dtype", 2, r"needs 48 bytes, found 24"),
    ],
)
def test_v2_entry_refused(tmp_path, field, value, message):
    def change(name, entry):
        if name == "a/kernel":
            setattr(entry, field, value)

    prefix = v2(tmp_path, RUN, change=change)
    with pytest.raises(BundleError, match=message):
        checkpoint.read_v2(prefix)
    assert set(checkpoint.read_v2(prefix, lambda name: name == "b")) == {"b"}


def test_v2_shape_and_slices_refused(tmp_path):
    def giant(name, entry):
        entry.shape.dim.add(size=2**40)

    with pytest.raises(BundleError, match=r"shape \(1099511627776,\) needs more numbers"):
        checkpoint.read_v2(v2(tmp_path, {"w": np.float32(1).reshape(())}, change=giant))

    def partitioned(name, entry):
        entry.slices.add()

    with pytest.raises(BundleError, match="partitioned into 1 slices"):
        checkpoint.read_v2(v2(tmp_path, RUN, change=partitioned))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"", "no header with a number of shards"),
        (b"\x08\x01\x10\x01", "big-endian"),
        (b"\x08", "header: expected a BundleHeaderProto"),
    ],
)
def test_v2_header_refused(tmp_path, header, message):
    (tmp_path / "m.index").write_bytes(write_table([(b"", header)]))
    with pytest.raises(BundleError, match=message):
        checkpoint.read_checkpoint(tmp_path / "m")


def test_v2_files_missing_or_damaged(tmp_path):
    prefix = v2(tmp_path, RUN)
    index = pathlib.Path(f"{prefix}.index")
    shard = pathlib.Path(f"{prefix}.data-00000-of-00001")
    whole, content = index.read_bytes(), shard.read_bytes()
    for size in range(len(whole)):
        index.write_bytes(whole[:size])
        with pytest.raises(BundleError, match=r"model\.ckpt-5\.index"):
            checkpoint.read_v2(prefix)
    index.write_bytes(whole)
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x10
        shard.write_bytes(damaged)
        with pytest.raises(BundleError, match="damaged"):
            checkpoint.read_v2(prefix)
        shard.write_bytes(content[:position])
        with pytest.raises(BundleError, match=r"cut short|needs more numbers"):
            checkpoint.read_v2(prefix)
    shard.unlink()
    with pytest.raises(
        BundleError, match=r"cannot read .*data-00000-of-00001, which .*index needs"
    ):
        checkpoint.read_v2(prefix)
    index.write_bytes(write_table([(b"", b"\x08\x01"), (b"\xff", b"")]))
    with pytest.raises(BundleError, match="no name in UTF-8"):
        checkpoint.read_v2(prefix)


# ---- which file


def test_read_checkpoint_of_v1(tmp_path):
    path = tmp_path / "model.ckpt-3"
    path.write_bytes(v1())
    same(checkpoint.read_checkpoint(path), TENSORS)
    same(checkpoint.read_checkpoint(f"{path}.meta"), TENSORS)
    assert list(checkpoint.read_checkpoint(path, lambda name: name == "w")) == ["w"]


def test_read_checkpoint_names_what_it_found(tmp_path):
    with pytest.raises(BundleError, match=r"no checkpoint .*run"):
        checkpoint.read_checkpoint(tmp_path / "run")
    with pytest.raises(BundleError, match=r"is a folder; expected a checkpoint in it"):
        checkpoint.read_checkpoint(tmp_path)
    (tmp_path / "model.ckpt-100").write_bytes(b"MThd....")
    with pytest.raises(BundleError, match=r"or a V2 prefix, found a MIDI file"):
        checkpoint.read_checkpoint(tmp_path / "model.ckpt-100")
    with pytest.raises(BundleError, match=r"did you mean model\.ckpt-100\?"):
        checkpoint.read_checkpoint(tmp_path / "model.ckpt-200")
    (tmp_path / "model.ckpt-100").write_bytes(v1()[:-1])
    with pytest.raises(BundleError, match="found no checkpoint, or one cut short"):
        checkpoint.read_checkpoint(tmp_path / "model.ckpt-100")


@pytest.mark.parametrize(
    "line",
    [
        'model_checkpoint_path: "model.ckpt-5"',
        'model_checkpoint_path: "/gone/with/the/machine/model.ckpt-5"',
        r'model_checkpoint_path: "C:\\runs\\model.ckpt-5"',
        r'  model_checkpoint_path:"model.ckpt\0555"  ',
    ],
)
def test_latest_by_the_state_file(tmp_path, line):
    v2(tmp_path, RUN)
    v2(tmp_path, RUN, "model.ckpt-40")
    state = f'{line}\nall_model_checkpoint_paths: "model.ckpt-40"\n'
    (tmp_path / "checkpoint").write_text(state, encoding="utf-8")
    assert checkpoint.latest_checkpoint(tmp_path) == tmp_path / "model.ckpt-5"


def test_latest_by_an_absolute_path(tmp_path):
    elsewhere = v2(tmp_path / "größe", RUN)
    (tmp_path / "run").mkdir()
    octal = "".join(chr(b) if b < 128 else f"\\{b:03o}" for b in str(elsewhere).encode())
    (tmp_path / "run" / "checkpoint").write_text(f'model_checkpoint_path: "{octal}"')
    assert checkpoint.latest_checkpoint(tmp_path / "run") == elsewhere


def test_latest_by_the_step(tmp_path):
    for step in (5, 40, 100, 9):
        v2(tmp_path, RUN, f"model.ckpt-{step}")
    (tmp_path / "model.ckpt-1000.meta").touch()
    (tmp_path / "model.ckpt-x.index").touch()
    assert checkpoint.latest_checkpoint(tmp_path) == tmp_path / "model.ckpt-100"
    (tmp_path / "model.ckpt-101").write_bytes(v1())
    assert checkpoint.latest_checkpoint(str(tmp_path)) == tmp_path / "model.ckpt-101"


def test_latest_refused(tmp_path):
    with pytest.raises(BundleError, match=r"no folder .*nowhere; expected a training run"):
        checkpoint.latest_checkpoint(tmp_path / "nowhere")
    with pytest.raises(BundleError, match=r"no checkpoint in .*; train first with"):
        checkpoint.latest_checkpoint(tmp_path)
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-7"')
    with pytest.raises(BundleError, match=r"names model\.ckpt-7, which is not there; found none"):
        checkpoint.latest_checkpoint(tmp_path)
    v2(tmp_path, RUN)
    with pytest.raises(BundleError, match=r"found model\.ckpt-5$"):
        checkpoint.latest_checkpoint(tmp_path)
    for text in (b"", b"\xff\x00", b"model_checkpoint_path: model.ckpt-5", b"MThd"):
        (tmp_path / "checkpoint").write_bytes(text)
        with pytest.raises(BundleError, match="expected a line model_checkpoint_path"):
            checkpoint.latest_checkpoint(tmp_path)
    for text in (rb'model_checkpoint_path: "\8\777\0"', b'model_checkpoint_path: "\xff"'):
        (tmp_path / "checkpoint").write_bytes(text)
        with pytest.raises(BundleError, match="which is not there"):
            checkpoint.latest_checkpoint(tmp_path)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_check_finite(bad):
    weights = {"good": np.ones(3, np.int32), "w": np.array([1, bad, 2, bad], np.float32)}
    with pytest.raises(BundleError, match=r"x: variable 'w': 2 of 4 numbers are NaN, infinite"):
        checkpoint.check_finite(weights, "x")
    del weights["w"]
    checkpoint.check_finite(weights, "x")
