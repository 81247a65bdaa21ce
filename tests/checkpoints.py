"""Small checkpoints of both formats, byte by byte."""

import numpy as np

from ssc_melody.formats import protos
from ssc_melody.formats.crc32c import crc32c, masked
from ssc_melody.formats.table import write_table


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
