"""Inputs from seeds: bytes and words changed, at random but the same for the same seed and number.

Follows what AFL and libFuzzer do without coverage: bits, extreme numbers, blocks that go or come
twice, lines that change places, words of the format, pieces of other seeds. Ours: blocks that come
very often, as bombs are made.
"""

import random
import re
from collections.abc import Sequence

LARGEST = 2**12
"""Bytes that most inputs may grow to."""

_LARGER = {2**20: 2000, 2**16: 50}
"""Bytes, and how rarely (one in so many) an input may grow to them: large ones take long."""

_INTEGERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63]
_NUMBERS = [
    b"0", b"-1", b"1", b"7", b"255", b"65536", b"999999999", b"1000000000000000000000", b"1e999",
    b"0.000001", b"-0", b"1/0", b"00000000000000000001", b"0x7f", b"nan", "\u0661".encode(),
]  # fmt: skip


def make(rng: random.Random, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Returns a new input.

    Args:
        rng: Decides everything.
        seeds: Good inputs, at least one.
        words: What the format is made of.
    """
    data = bytearray(rng.choice(seeds))
    larger = (size for size, rarely in _LARGER.items() if rng.randrange(rarely) == 0)
    largest = max(next(larger, LARGEST), len(data))
    for _ in range(rng.choice([1, 1, 1, 2, 3, 5, 10])):
        change = rng.choice(_CHANGES)
        change(data, rng, seeds, words, largest)
        del data[largest:]
    return bytes(data)


def _place(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(len(data) + 1)


def _block(data: bytearray, rng: random.Random) -> tuple[int, int]:
    size = rng.choice([1, 2, 4, 8, 16, 64, 256, 1024])
    start = _place(data, rng)
    return start, min(len(data), start + rng.randrange(1, size + 1))


def _bits(data: bytearray, rng: random.Random, *_: object) -> None:
    for _ in range(rng.choice([1, 1, 2, 8])):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _bytes(data: bytearray, rng: random.Random, *_: object) -> None:
    for _ in range(rng.choice([1, 2, 4, 16])):
        if data:
            data[rng.randrange(len(data))] = rng.choice([0, 0x7F, 0x80, 0xFF, rng.randrange(256)])


def _integer(data: bytearray, rng: random.Random, *_: object) -> None:
    size = rng.choice([1, 2, 4, 8])
    value = (rng.choice(_INTEGERS) + rng.choice([-1, 0, 0, 1])) % 2 ** (8 * size)
    at = _place(data, rng)
    data[at : at + size] = value.to_bytes(size, rng.choice(["little", "big"]))


def _number(data: bytearray, rng: random.Random, *_: object) -> None:
    found = list(re.finditer(rb"\d+", data[: 2**16]))
    if found:
        match = rng.choice(found)
        data[match.start() : match.end()] = rng.choice(_NUMBERS)


def _delete(data: bytearray, rng: random.Random, *_: object) -> None:
    start, end = _block(data, rng)
    del data[start:end]


def _cut(data: bytearray, rng: random.Random, *_: object) -> None:
    del data[_place(data, rng) :]


def _twice(data: bytearray, rng: random.Random, *_: object) -> None:
    start, end = _block(data, rng)
    at = _place(data, rng)
    data[at:at] = data[start:end]


def _often(
    data: bytearray, rng: random.Random, seeds: object, words: Sequence[bytes], largest: int
) -> None:
    start, end = _block(data, rng)
    block = rng.choice(words) if words and rng.randrange(2) else bytes(data[start:end])
    if block:
        times = min(rng.choice([10, 100, 1000, 100_000]), largest // len(block))
        data[start:start] = block * times


def _word(
    data: bytearray, rng: random.Random, seeds: object, words: Sequence[bytes], *_: object
) -> None:
    if words:
        start = _place(data, rng)
        end = start + rng.choice([0, 0, 1, 4])
        data[start:end] = rng.choice(words)


def _splice(data: bytearray, rng: random.Random, seeds: Sequence[bytes], *_: object) -> None:
    other = rng.choice(seeds)
    start, end = sorted((rng.randrange(len(other) + 1), rng.randrange(len(other) + 1)))
    at = _place(data, rng)
    data[at : at + rng.choice([0, end - start])] = other[start:end]


def _lines(data: bytearray, rng: random.Random, *_: object) -> None:
    lines = bytes(data).split(b"\n")
    if len(lines) > 1:
        kind = rng.randrange(3)
        at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
        if kind == 0:
            lines[at], lines[to] = lines[to], lines[at]
        elif kind == 1:
            lines.insert(to, lines[at])
        else:
            del lines[at]
        data[:] = b"\n".join(lines)


_CHANGES = [
    _bits, _bits, _bytes, _bytes, _integer, _number, _number, _delete, _cut, _twice, _often, _word,
    _word, _word, _splice, _lines,
]  # fmt: skip
