"""CRC-32C (Castagnoli), the checksum of checkpoint files, in NumPy.

Follows RFC 3720 appendix B.4 (polynomial, start value, test vectors) and, for the masked form, the
LevelDB log format: a checksum that is stored among the bytes that it covers is rotated and shifted
by a constant.

A checksum without start value is linear over XOR, and zero bytes in front do not change it. So long
data are cut into lanes of equal length (zeros fill up the first), all lanes advance together four
bytes a step, and neighbours are then joined. "So many zero bytes more" is a linear map of 32 bits,
kept as four tables of 256 words, one for each byte of the word; the one that is used most, as two
tables of 65,536, one for each half.

Where the package google-crc32c is installed (the extra `crc32c`), its C code does the work. Left
out: running checksums; every user here has all the bytes in hand.
"""

import functools
import importlib
import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]

_POLYNOMIAL = 0x82F63B78  # bits reversed: the highest power is bit 0
_ONES = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8
_SHORT = 2048  # bytes; below this the plain loop is faster
_FEW = 40  # lanes; below this the plain loop joins them faster


def _byte_table() -> list[int]:
    """The register after one byte, for each value of the byte."""
    table = []
    for byte in range(256):
        word = byte
        for _ in range(8):
            word = word >> 1 ^ (_POLYNOMIAL if word & 1 else 0)
        table.append(word)
    return table


_TABLE = _byte_table()


def _advance(tables: Words, words: Words) -> Words:
    """Applies the linear map of `tables`, shape (4, 256), to each of `words`, any shape."""
    result: Words = tables[0].take(words & 0xFF)
    result ^= tables[1].take((words >> 8) & 0xFF)
    result ^= tables[2].take((words >> 16) & 0xFF)
    result ^= tables[3].take(words >> 24)
    return result


@functools.cache
def _zeros_tables(log2_bytes: int) -> Words:
    """What 2**log2_bytes zero bytes do to a register, as tables of shape (4, 256)."""
    if log2_bytes:
        half = _zeros_tables(log2_bytes - 1)
        return _advance(half, half)
    one_byte = np.arange(256, dtype=np.uint32) << np.array([[0], [8], [16], [24]], np.uint32)
    tables: Words = np.array(_TABLE, np.uint32)[one_byte & 0xFF] ^ one_byte >> 8
    return tables


@functools.cache
def _zeros_lists(log2_bytes: int) -> list[list[int]]:
    """The same as lists, which the plain loop reads faster."""
    tables: list[list[int]] = _zeros_tables(log2_bytes).tolist()
    return tables


@functools.cache
def _word_tables() -> Words:
    """What four zero bytes do to the lower and the upper half of a register, shape (2, 65536)."""
    halves = np.arange(65536, dtype=np.uint32)
    tables = _zeros_tables(2)
    return np.stack([_advance(tables, halves), _advance(tables, halves << np.uint32(16))])


def _lanes_crc(data: bytes) -> int:
    """The checksum of at least four bytes, lane by lane."""
    log2_lane = max(4, len(data).bit_length() // 2 - 3)  # many short lanes: few NumPy calls
    count = -(-len(data) >> log2_lane)
    padded = np.zeros(count << log2_lane, np.uint8)
    start = len(padded) - len(data)
    padded[start:] = np.frombuffer(data, np.uint8)
    padded[start : start + 4] ^= 0xFF  # the start value, moved into the data
    columns = np.ascontiguousarray(padded.view("<u4").reshape(count, -1).T, np.uint32)
    lower, upper = _word_tables()
    lanes = np.zeros(count, np.uint32)
    for column in columns:
        lanes ^= column
        advanced = lower.take(lanes & 0xFFFF)
        advanced ^= upper.take(lanes >> 16)
        lanes = advanced
    while len(lanes) > _FEW:
        if len(lanes) % 2:
            lanes = np.concatenate([np.zeros(1, np.uint32), lanes])
        lanes = _advance(_zeros_tables(log2_lane), lanes[0::2]) ^ lanes[1::2]
        log2_lane += 1
    first, second, third, fourth = _zeros_lists(log2_lane)
    crc = 0
    for lane in lanes.tolist():
        moved = first[crc & 0xFF] ^ second[crc >> 8 & 0xFF] ^ third[crc >> 16 & 0xFF]
        crc = moved ^ fourth[crc >> 24] ^ lane
    return crc ^ _ONES


@functools.cache
def _compiled() -> Callable[[bytes], int] | None:
    """Returns google-crc32c's function; none where it is missing, or itself in Python only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it complains that it has no C code
        try:
            module = importlib.import_module("google_crc32c")
        except ImportError:
            return None
    return module.value if module.implementation == "c" else None


def crc32c(data: bytes) -> int:
    """Returns the CRC-32C of `data`, 0..2**32-1.

    Source: RFC 3720, B.4.
    """
    if compiled := _compiled():
        return compiled(data)
    if len(data) >= _SHORT:
        return _lanes_crc(data)
    register = _ONES
    for byte in data:
        register = _TABLE[(register ^ byte) & 0xFF] ^ register >> 8
    return register ^ _ONES


def masked(crc: int) -> int:
    """Returns the form in which a checksum is stored: rotated right by 15 bits plus a constant."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ONES
