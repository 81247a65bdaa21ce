"""Sorted tables of keys and values: the file format under TensorFlow's checkpoints.

Follows LevelDB's table format as TensorFlow uses it. A file is

    data block ... data block, meta-index block (empty), index block, footer (48 bytes)

    block   = entries, restart offsets (uint32 each), their number (uint32)
    entry   = varint shared, varint unshared, varint value length, unshared key bytes, value bytes
    trailer = compression (1 byte; 0: none, 1: Snappy), masked CRC-32C of block and that byte
    footer  = handle of the meta-index, handle of the index, zeros up to 40 bytes, magic number
    handle  = varint offset, varint size (without the trailer of 5 bytes)

Numbers are little-endian. A key shares its first bytes with the key before it; at a restart it
shares none. The index has an entry for each data block: a key that is not below the block's last
one, and the block's handle.

Left out: compressed blocks (refused by name), filters, lookups of a single key.
"""

import itertools
from collections.abc import Iterable, Iterator

from ssc_melody.errors import FormatError
from ssc_melody.formats.crc32c import crc32c, masked

MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
TRAILER_BYTES = 5
BLOCK_BYTES = 256 * 1024  # TensorFlow's block size; a block is closed once it is larger
RESTART_INTERVAL = 16  # of data blocks; every key of the index is written in full

# Bounds on what a damaged or hostile file can make us hold. A checkpoint of a melody network has
# fewer than 300 entries, and its names are shorter than 200 bytes.
MAX_ENTRIES = 65536
MAX_KEY_BYTES = 4096

_COMPRESSIONS = {1: "Snappy", 2: "Zlib", 4: "Zstd"}


def read_varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Reads a base-128 number of at most 64 bits.

    Args:
        data: The bytes.
        position: Where the number starts.
        end: Where the readable bytes end.

    Returns:
        The number and the position after it.

    Raises:
        FormatError: It runs past `end` or beyond 64 bits.
    """
    value = 0
    for index in range(10):
        if position + index >= end:
            raise FormatError(f"the number at byte {position} runs past byte {end}")
        byte = data[position + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if value >> 64:
                break
            return value, position + index + 1
    raise FormatError(f"the number at byte {position} has more than 64 bits")


def write_varint(value: int) -> bytes:
    """Writes a non-negative number in base 128, least significant digit first."""
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _block(data: bytes, offset: int, size: int) -> bytes:
    """Cuts out one block and checks its trailer."""
    end = len(data) - FOOTER_BYTES
    if offset + size + TRAILER_BYTES > end:
        raise FormatError(
            f"the block at byte {offset} has {size} bytes and a trailer of"
            f" {TRAILER_BYTES}; expected an end at or before byte {end} (cut short?)"
        )
    block = data[offset : offset + size]
    stored = int.from_bytes(data[offset + size + 1 : offset + size + TRAILER_BYTES], "little")
    found = masked(crc32c(data[offset : offset + size + 1]))
    if stored != found:
        raise FormatError(
            f"the block at byte {offset} is damaged:"
            f" expected the checksum {stored:#010x}, found {found:#010x}"
        )
    compression = data[offset + size]
    if compression:
        name = _COMPRESSIONS.get(compression, "unknown")
        raise FormatError(
            f"the block at byte {offset} is compressed (kind {compression}, {name});"
            " expected an uncompressed table"
        )
    return block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields the keys and values of one block, whose checksum has been checked."""
    if len(block) < 4:
        raise FormatError(f"a block has {len(block)} bytes; expected at least 4")
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        raise FormatError(f"{restarts} restarts do not fit in a block of {len(block)} bytes")
    position = 0
    key = b""
    while position < end:
        start = position
        shared, position = read_varint(block, position, end)
        unshared, position = read_varint(block, position, end)
        length, position = read_varint(block, position, end)
        if shared > len(key) or unshared + length > end - position:
            raise FormatError(
                f"the entry at byte {start} of a block declares {shared} + {unshared} key"
                f" and {length} value bytes; expected at most {len(key)} + {end - position} in all"
            )
        if shared + unshared > MAX_KEY_BYTES:
            raise FormatError(
                f"a key of {shared + unshared} bytes; expected at most {MAX_KEY_BYTES}"
            )
        key = key[:shared] + block[position : position + unshared]
        position += unshared
        yield key, block[position : position + length]
        position += length


def _handle(data: bytes, position: int) -> tuple[int, int, int]:
    """Reads a block's offset and size; returns them and the position after them."""
    offset, position = read_varint(data, position, len(data))
    size, position = read_varint(data, position, len(data))
    return offset, size, position


def read_table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields the keys and values of a table, in the order of the keys.

    Args:
        data: The whole file.

    Raises:
        FormatError: Not a table, damaged, or compressed. Blocks must follow each other in the file
            and keys must rise, so a file cannot make us read a byte twice.

    Source: LevelDB's table format; TensorFlow's io/table, io/format and io/block.
    """
    if len(data) < FOOTER_BYTES:
        raise FormatError(f"{len(data)} bytes; expected a table, of {FOOTER_BYTES} bytes or more")
    magic = int.from_bytes(data[-8:], "little")
    if magic != MAGIC:
        raise FormatError(
            f"expected the table magic {MAGIC:#x} at byte {len(data) - 8}, found"
            f" {magic:#x} (not a checkpoint, or cut short)"
        )
    footer = data[-FOOTER_BYTES:-8]
    _, _, position = _handle(footer, 0)
    offset, size, _ = _handle(footer, position)
    index = _block(data, offset, size)
    read_up_to = 0
    last_key: bytes | None = None
    count = 0
    for _, handle in _entries(index):
        offset, size, _ = _handle(handle, 0)
        if offset < read_up_to:
            raise FormatError(
                f"the block at byte {offset} overlaps the one that ends at {read_up_to}"
            )
        read_up_to = offset + size + TRAILER_BYTES
        for key, value in _entries(_block(data, offset, size)):
            if last_key is not None and key <= last_key:
                raise FormatError(f"the key {key!r} follows {last_key!r}; expected a rise")
            count += 1
            if count > MAX_ENTRIES:
                raise FormatError(f"expected at most {MAX_ENTRIES} entries, found more")
            last_key = key
            yield key, value


class _BlockWriter:
    """Collects the entries of one block."""

    def __init__(self, restart_interval: int = RESTART_INTERVAL) -> None:
        self.restart_interval = restart_interval
        self.body = bytearray()
        self.restarts = [0]
        self.first_key = self.last_key = b""
        self._since_restart = 0

    def add(self, key: bytes, value: bytes) -> None:
        """Appends an entry; keys must come in rising order."""
        shared = 0
        if self._since_restart < self.restart_interval:
            shared = _common_prefix(self.last_key, key)
        else:
            self.restarts.append(len(self.body))
            self._since_restart = 0
        self._since_restart += 1
        if not self.body:
            self.first_key = key
        self.body += write_varint(shared) + write_varint(len(key) - shared)
        self.body += write_varint(len(value)) + key[shared:] + value
        self.last_key = key

    def size(self) -> int:
        """Returns the size of the finished block, without its trailer, in bytes."""
        return len(self.body) + 4 * len(self.restarts) + 4

    def append_to(self, out: bytearray) -> bytes:
        """Appends the finished block and its trailer to the file; returns its handle."""
        handle = write_varint(len(out)) + write_varint(self.size())
        numbers = [*self.restarts, len(self.restarts)]
        block = bytes(self.body) + b"".join(n.to_bytes(4, "little") for n in numbers) + b"\0"
        out += block + masked(crc32c(block)).to_bytes(4, "little")
        return handle


def _common_prefix(left: bytes, right: bytes) -> int:
    """Returns how many first bytes two keys share."""
    limit = min(len(left), len(right))
    return next((i for i in range(limit) if left[i] != right[i]), limit)


def _separator(last: bytes, following: bytes) -> bytes:
    """Returns a short key that is not below `last` and below `following` (LevelDB's choice)."""
    shared = _common_prefix(last, following)
    if shared < min(len(last), len(following)) and last[shared] + 1 < following[shared]:
        return last[:shared] + bytes([last[shared] + 1])
    return last


def _successor(last: bytes) -> bytes:
    """Returns a short key that is not below `last` (LevelDB's choice)."""
    head = len(last) - len(last.lstrip(b"\xff"))
    return last[:head] + bytes([last[head] + 1]) if head < len(last) else last


def _grouped(items: Iterable[tuple[bytes, bytes]]) -> Iterator[_BlockWriter]:
    """Distributes entries over blocks where TensorFlow does.

    A block is closed once it has BLOCK_BYTES, and before an entry of twice that.
    """
    block = _BlockWriter()
    last_key: bytes | None = None
    for key, value in items:
        if last_key is not None and key <= last_key:
            raise ValueError(f"key {key!r} follows {last_key!r}; expected a rise")
        last_key = key
        if block.body and len(key) + len(value) >= 2 * BLOCK_BYTES:
            yield block
            block = _BlockWriter()
        block.add(key, value)
        if block.size() >= BLOCK_BYTES:
            yield block
            block = _BlockWriter()
    if block.body:
        yield block


def write_table(items: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Writes an uncompressed table, byte for byte as TensorFlow does.

    Args:
        items: Keys and values, in strictly rising order of the keys.

    Returns:
        The whole file.

    Raises:
        ValueError: The keys do not rise.

    Source: TensorFlow's io/table_builder and io/block_builder.
    """
    out = bytearray()
    index = _BlockWriter(restart_interval=1)
    blocks = list(_grouped(items))
    for block, following in itertools.zip_longest(blocks, blocks[1:]):
        if following is None:
            key = _successor(block.last_key)
        else:
            key = _separator(block.last_key, following.first_key)
        index.add(key, block.append_to(out))
    meta_handle = _BlockWriter().append_to(out)
    footer = (meta_handle + index.append_to(out)).ljust(FOOTER_BYTES - 8, b"\0")
    return bytes(out) + footer + MAGIC.to_bytes(8, "little")
