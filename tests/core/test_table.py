"""The sorted table: a handmade one byte by byte, round trips, and damage of every kind."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.errors import FormatError
from ssc_melody.formats import table
from ssc_melody.formats.crc32c import crc32c, masked
from ssc_melody.formats.table import read_table, read_varint, write_table, write_varint


def from_hex(dump):
    """Bytes from a hex dump with a comment after each #."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in dump.splitlines()))


ITEMS = [(b"ab", b"1"), (b"abc", b"22"), (b"b", b"")]
SMALL = from_hex(
    """
    # data block at 0
    00 02 01 61 62 31        # shares 0, 2 own bytes, value of 1: "ab" -> "1"
    02 01 02 63 32 32        # shares 2, 1 own byte, value of 2: "abc" -> "22"
    00 01 00 62              # shares 0, 1 own byte, no value: "b" -> ""
    00 00 00 00              # the restart is at offset 0
    01 00 00 00              # 1 restart
    00 6f 80 a6 3f           # trailer: not compressed, masked CRC-32C
    # meta-index block at 1d: empty, but for one restart
    00 00 00 00 01 00 00 00
    00 c0 f2 a1 b0
    # index block at 2a
    00 01 02 63 00 18        # "c" (follows "b") -> handle: offset 0, size 0x18
    00 00 00 00 01 00 00 00
    00 42 0c b4 c0
    # footer of 48 bytes
    1d 08                    # handle of the meta-index: offset 1d, size 8
    2a 0e                    # handle of the index: offset 2a, size e
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    57 fb 80 8b 24 75 47 db  # magic
    """
)


def framed(block, compression=0):
    """A block with its trailer."""
    covered = block + bytes([compression])
    return covered + masked(crc32c(covered)).to_bytes(4, "little")


def block_of(*entries, restarts=(0,)):
    """A block of raw entries."""
    numbers = [*restarts, len(restarts)]
    return b"".join(entries) + b"".join(n.to_bytes(4, "little") for n in numbers)


def entry(key, value, shared=0):
    return b"".join(map(write_varint, (shared, len(key), len(value)))) + key + value


def footer(offset, size):
    handles = write_varint(0) + write_varint(0) + write_varint(offset) + write_varint(size)
    return handles.ljust(40, b"\0") + table.MAGIC.to_bytes(8, "little")


def table_of(*blocks, handles=None, compression=0):
    """A table of raw blocks, with the handles (offset, size) that the index gives or the true."""
    data = b""
    true_handles = []
    for block in blocks:
        true_handles.append((len(data), len(block)))
        data += framed(block, compression)
    index = block_of(
        *(
            entry(b"%08d" % number, write_varint(offset) + write_varint(size))
            for number, (offset, size) in enumerate(handles or true_handles)
        )
    )
    return data + framed(index) + footer(len(data), len(index))


def blocks_of(data):
    """The data blocks of a table, without their trailers."""
    end = len(data) - table.FOOTER_BYTES
    _, _, position = table._handle(data, end)
    offset, size, _ = table._handle(data, position)
    handles = [handle for _, handle in table._entries(data[offset : offset + size])]
    places = [table._handle(handle, 0) for handle in handles]
    return [data[offset : offset + size] for offset, size, _ in places]


def outcome(data):
    """The items, or None where a FormatError says that there are none."""
    try:
        return list(read_table(data))
    except FormatError:
        return None


def test_handmade_table():
    assert list(read_table(SMALL)) == ITEMS
    assert write_table(ITEMS) == SMALL


def test_empty_table():
    assert list(read_table(write_table([]))) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0, "00"),
        (1, "01"),
        (127, "7f"),
        (128, "80 01"),
        (300, "ac 02"),
        (2**64 - 1, "ff" * 9 + "01"),
    ],
)
def test_varints(number, code):
    code = bytes.fromhex(code)
    assert write_varint(number) == code
    assert read_varint(b"?" + code + b"?", 1, len(code) + 1) == (number, len(code) + 1)


@pytest.mark.parametrize("code", ["", "80", "ff" * 9, "ff" * 10 + "01", "ff" * 9 + "02"])
def test_bad_varints(code):
    code = bytes.fromhex(code)
    with pytest.raises(FormatError, match="the number at byte 0"):
        read_varint(code, 0, len(code))


@given(st.dictionaries(st.binary(max_size=20), st.binary(max_size=60), max_size=60))
@settings(max_examples=60, deadline=None)
def test_round_trip(items):
    expected = sorted(items.items())
    data = write_table(expected)
    assert list(read_table(data)) == expected


def test_restarts_and_blocks():
    items = [(b"name/%05d" % i, bytes([i % 256]) * 2000) for i in range(400)]
    items.append((b"name/large", bytes(600_000)))
    items.append((b"name/last", b"."))
    data = write_table(items)
    assert list(read_table(data)) == items
    blocks = blocks_of(data)
    counts = [len(list(table._entries(block))) for block in blocks]
    assert counts == [131, 131, 131, 7, 1, 1]  # 131 * 2,000 bytes pass 256 KiB; 600,000 stand alone
    # 131 entries restart 9 times: every sixteenth key is written in full.
    assert int.from_bytes(blocks[0][-4:], "little") == 9
    second = int.from_bytes(blocks[0][-36:-32], "little")
    assert blocks[0][second : second + 14] == from_hex("00 0a d0 0f") + b"name/00016"


@pytest.mark.parametrize("items", [[(b"b", b""), (b"a", b"")], [(b"a", b""), (b"a", b"")]])
def test_keys_must_rise(items):
    with pytest.raises(ValueError, match="expected a rise"):
        write_table(items)
    data = table_of(block_of(*(entry(key, value) for key, value in items)))
    with pytest.raises(FormatError, match="expected a rise"):
        list(read_table(data))


@pytest.mark.parametrize(
    ("last", "following", "separator"),
    [
        (b"abcd", b"abzz", b"abd"),
        (b"abc", b"abd", b"abc"),  # c + 1 is not below d
        (b"ab", b"abc", b"ab"),  # a prefix is left alone
        (b"a\xff", b"b", b"a\xff"),
        (b"", b"a", b""),
    ],
)
def test_separator(last, following, separator):
    assert table._separator(last, following) == separator
    assert last <= separator < following


@pytest.mark.parametrize(
    ("last", "successor"),
    [(b"abc", b"b"), (b"\xffa", b"\xffb"), (b"\xff\xff", b"\xff\xff"), (b"", b"")],
)
def test_successor(last, successor):
    assert table._successor(last) == successor


def test_truncated_anywhere():
    for size in range(len(SMALL)):
        with pytest.raises(FormatError, match=r"expected|cut short"):
            list(read_table(SMALL[:size]))


def test_bytes_flipped_anywhere():
    for position in range(len(SMALL)):
        for bits in (0x01, 0x10, 0x80, 0xFF):
            damaged = bytearray(SMALL)
            damaged[position] ^= bits
            # An index handle that finds the (empty) meta-index block is the one other reading.
            assert outcome(bytes(damaged)) in (None, ITEMS, [])


def test_damage_is_named():
    damaged = bytearray(SMALL)
    damaged[5] ^= 1
    with pytest.raises(
        FormatError,
        match=r"the block at byte 0 is damaged: expected the checksum 0x3fa6806f, found 0x",
    ):
        list(read_table(bytes(damaged)))
    with pytest.raises(
        FormatError, match=r"expected the table magic 0xdb4775248b80fb57 at byte 101"
    ):
        list(read_table(SMALL[:-1] + b"!"))


@pytest.mark.parametrize(("kind", "name"), [(1, "Snappy"), (2, "Zlib"), (9, "unknown")])
def test_compressed(kind, name):
    data = table_of(block_of(entry(b"a", b"")), compression=kind)
    with pytest.raises(FormatError, match=rf"compressed \(kind {kind}, {name}\)"):
        list(read_table(data))


@pytest.mark.parametrize("handles", [[(0, 14), (0, 14)], [(0, 14), (5, 9)], [(19, 14), (0, 14)]])
def test_blocks_must_follow_each_other(handles):
    block = block_of(entry(b"a", b"bb"))
    assert len(block) == 14
    data = table_of(block, block_of(entry(b"b", b"bb")), handles=handles)
    with pytest.raises(FormatError, match="overlaps"):
        list(read_table(data))


def test_index_that_lists_itself():
    inner = block_of(entry(b"a", write_varint(0) + write_varint(13)))
    assert len(inner) == 14
    inner = block_of(entry(b"a", write_varint(0) + write_varint(14)))
    data = framed(inner) + footer(0, len(inner))
    assert list(read_table(data)) == [(b"a", b"\x00\x0e")]  # once, and no deeper


@pytest.mark.parametrize("huge", [2**20, 2**31, 2**63, 2**64 - 1])
def test_giant_declared_sizes(huge):
    code = write_varint(huge)
    none = write_varint(0)
    blocks = [
        block_of(code + none + none),
        block_of(none + code + none),
        block_of(none + none + code),
        (huge & 0xFFFFFFFF).to_bytes(4, "little"),  # restarts
    ]
    for block in blocks:
        assert outcome(table_of(block)) in (None, [])
    for handle in [(huge, 3), (0, huge), (huge, huge)]:
        assert outcome(table_of(block_of(), handles=[handle])) is None
        assert outcome(framed(block_of()) + footer(*handle)) is None


@pytest.mark.parametrize("block", [b"", b"\0", b"\0\0\0"])
def test_block_without_restart_count(block):
    with pytest.raises(FormatError, match="expected at least 4"):
        list(read_table(table_of(block)))


def test_keys_that_grow_and_grow():
    entries = [entry(b"k", b"", shared=size) for size in range(100_000)]
    with pytest.raises(FormatError, match="a key of 4097 bytes"):
        list(read_table(table_of(block_of(*entries))))


def test_too_many_entries(monkeypatch):
    monkeypatch.setattr(table, "MAX_ENTRIES", 2)
    with pytest.raises(FormatError, match="at most 2 entries"):
        list(read_table(SMALL))


def test_random_bytes():
    rng = random.Random(1)
    for _ in range(300):
        block = rng.randbytes(rng.randrange(4, 40)) + b"\1\0\0\0"
        outcome(table_of(block))  # a valid checksum over nonsense
        outcome(rng.randbytes(rng.randrange(80)) + SMALL[-48:])
