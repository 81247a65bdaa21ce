"""Damaged bundles, end to end: a BundleError in bounded time, or the very same melodies.

Weights are guarded by the checkpoint's checksums, so a flipped bit there must be noticed. The rest
of a bundle (id, descriptions, metagraph) has none: there a flip is an error or changes nothing,
because the numbers in the graph are said twice or must fit the weights. The one number that does
not is the constant temperature of bundles of Magenta 0.1.4 and older.
"""

import dataclasses
import functools
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ssc_melody.errors import BundleError
from ssc_melody.formats.bundle import parse_bundle, read_bundle, serialize_bundle
from ssc_melody.formats.checkpoint import parse_v1, serialize_v1
from ssc_melody.play.loading import load_bundle, model_of_bundle
from ssc_melody.play.model import Model
from tests.conftest import TESTDATA

SMALL = TESTDATA / "bundles" / "m0.1.10_tf1.0.1_basic_32x2_b1.mag"
LARGE = TESTDATA / "bundles" / "m2.1.4_tf2.9.1_attention_48-64-32_a16_resid_b1.mag"
OLDEST = TESTDATA / "bundles" / "m0.1.1_tf0.12.1_attention_48-64-32_a16_temp1.5_b1.mag"


@functools.cache
def _content(path: Path) -> bytes:
    return path.read_bytes()


@functools.cache
def _melody(path: Path) -> list[int]:
    return load_bundle(path).generate(1, 24, seed=1)[0].events


def _try(data: bytes) -> Model | None:
    """Returns the model, or None where it was refused; anything else than a BundleError escapes."""
    try:
        return model_of_bundle(parse_bundle(data, "x.mag"))
    except BundleError as error:
        message = str(error)
    assert "x.mag" in message
    assert len(message) < 1000
    return None


@pytest.mark.parametrize("path", [SMALL, LARGE], ids=["small", "large"])
def test_truncated_anywhere(path: Path) -> None:
    data = _content(path)
    offsets = {
        *range(0, 400),
        *range(0, len(data), len(data) // 150),
        *range(len(data) - 60, len(data)),
    }
    for offset in offsets:
        model = _try(data[:offset])
        if model is not None:  # only a description at the end can be missing
            assert offset > len(data) - 200
            assert model.generate(1, 24, seed=1)[0].events == _melody(path)


@pytest.mark.parametrize("path", [SMALL, LARGE], ids=["small", "large"])
def test_flipped_bits_in_the_weights_are_always_noticed(path: Path) -> None:
    bundle = read_bundle(path)
    rng = random.Random(7)
    for _ in range(150):
        content = bytearray(bundle.checkpoint)
        content[rng.randrange(len(content) - 48)] ^= 1 << rng.randrange(8)
        data = serialize_bundle(dataclasses.replace(bundle, checkpoint=bytes(content)))
        model = _try(data)
        if model is not None:  # padding that no reader looks at
            assert model.generate(1, 24, seed=1)[0].events == _melody(path)


@pytest.mark.parametrize(
    "path", [SMALL, pytest.param(LARGE, marks=pytest.mark.slow)], ids=["small", "large"]
)
def test_flipped_bits_elsewhere_change_nothing_silently(path: Path) -> None:
    """A flip in the graph may rename or resize what is read; then the shapes contradict."""
    bundle = read_bundle(path)
    rng = random.Random(8)
    played = 0
    for _ in range(300):
        content = bytearray(bundle.metagraph)
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        model = _try(serialize_bundle(dataclasses.replace(bundle, metagraph=bytes(content))))
        if model is not None:
            played += 1
            assert (model.graph_batch, model.temperature) == (1, None)
            assert model.generate(1, 24, seed=1)[0].events == _melody(path)
    assert 30 < played < 300


def test_the_fixed_temperature_is_what_a_flip_can_change() -> None:
    """What the README says: nothing in such a bundle could tell 1.5 from 1.75."""
    bundle = read_bundle(OLDEST)
    place = bundle.metagraph.index(np.float32(1.5).tobytes())
    content = bytearray(bundle.metagraph)
    content[place + 2] ^= 0x20
    changed = dataclasses.replace(bundle, metagraph=bytes(content))
    assert model_of_bundle(bundle).temperature == 1.5
    assert model_of_bundle(changed).temperature == 1.75
    other = dataclasses.replace(bundle, metagraph=bundle.metagraph.replace(b"\x03Div", b"\x03Sub"))
    with pytest.raises(BundleError, match="the softmax is of a Sub, expected the logits or"):
        model_of_bundle(other)


def test_random_bytes() -> None:
    rng = random.Random(9)
    for size in (0, 1, 10, 100, 1000, 100_000):
        for _ in range(20):
            assert _try(rng.randbytes(size)) is None


def test_pieces_of_real_bundles_in_another_order() -> None:
    rng = random.Random(10)
    data = _content(SMALL)
    for _ in range(40):
        cuts = sorted(rng.sample(range(len(data)), 3))
        a, b, c, d = (data[i:j] for i, j in zip([0, *cuts], [*cuts, len(data)], strict=True))
        assert _try(a + c + b + d) is None


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


@pytest.mark.parametrize("size", [2**31, 2**40, 2**62])
def test_giant_declared_sizes(size: int) -> None:
    """Fields 1 to 4 of the container, each promising more bytes than there are."""
    for field in (1, 2, 3, 4):
        assert _try(bytes([field << 3 | 2]) + _varint(size) + b"abc") is None


def _tensors_of(path: Path, change: Callable[[dict[str, np.ndarray]], object]) -> bytes:
    bundle = read_bundle(path)
    tensors = dict(parse_v1(bundle.checkpoint))
    change(tensors)
    return serialize_bundle(dataclasses.replace(bundle, checkpoint=serialize_v1(tensors)))


_OLD_ATTENTION = TESTDATA / "bundles" / "m0.1.10_tf1.0.1_attention_64_b1.mag"
_TOP = "rnn/attention_cell_wrapper/multi_rnn_cell/cell_0/basic_lstm_cell/biases"

FINDS = {
    "no bias in the layer that attention takes its size from: division by zero": lambda: (
        _tensors_of(_OLD_ATTENTION, lambda tensors: tensors.pop(_TOP))
    ),
    "weights that overflow in the first product": lambda: _tensors_of(
        SMALL, lambda tensors: tensors["fully_connected/weights"].fill(1e38)
    ),
}
"""What the fuzzer has found (see tests/fuzz), and how to make it."""


@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS)
def test_finds_stay_mended(find: Callable[[], bytes]) -> None:
    assert _try(find()) is None


def test_a_checkpoint_of_something_else_is_refused() -> None:
    bundle = read_bundle(SMALL)
    names = set(parse_v1(bundle.checkpoint))
    assert len(names) == 6
    other = read_bundle(LARGE)
    mixed = dataclasses.replace(bundle, checkpoint=other.checkpoint)
    with pytest.raises(BundleError):
        model_of_bundle(mixed)
