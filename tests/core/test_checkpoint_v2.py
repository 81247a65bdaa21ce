"""V2 checkpoints: literal entries, shards, damage of every kind."""

import pathlib

import numpy as np
import pytest

from ssc_melody.errors import BundleError
from ssc_melody.formats import checkpoint
from ssc_melody.formats.table import read_table, write_table
from tests.checkpoints import RUN, from_hex, same, v2

V2_ENTRY = from_hex(
    """
    08 01                    # dtype: float
    12 04 12 02 08 02        # shape (2,)
    20 04                    # offset 4 (shard 0 is not written)
    28 08                    # size 8
    35 59 3c e5 35           # masked CRC-32C of 1.0, 2.0
    """
)


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
    records = dict(read_table(pathlib.Path(f"{prefix}.index").read_bytes()))
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
        BundleError, match=r"index: its numbers: no such file: .*data-00000-of-00001"
    ):
        checkpoint.read_v2(prefix)
    index.write_bytes(write_table([(b"", b"\x08\x01"), (b"\xff", b"")]))
    with pytest.raises(BundleError, match="not a name in UTF-8"):
        checkpoint.read_v2(prefix)
