"""The checkpoints in real bundles, whole and damaged."""

import random

import numpy as np
import pytest

from ssc_melody.errors import BundleError, FormatError
from ssc_melody.formats import checkpoint
from ssc_melody.formats.bundle import parse_bundle, read_bundle
from tests.checkpoints import same
from tests.conftest import TESTDATA

BUNDLES = sorted((TESTDATA / "bundles").glob("*.mag"))


def test_there_are_bundles():
    assert len(BUNDLES) > 20


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_bundles(path):
    data = read_bundle(path).checkpoint
    tensors = checkpoint.parse_v1(data)
    assert checkpoint.serialize_v1(tensors) == data  # as the TensorFlow of its time wrote it
    checkpoint.check_finite(tensors)
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
    tensors = checkpoint.parse_v1(read_bundle(path).checkpoint)
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
    expected = checkpoint.parse_v1(weights)
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
            tensors = checkpoint.parse_v1(found)
        except (BundleError, FormatError):
            continue
        same(tensors, expected)
