"""CRC-32C: the vectors of RFC 3720 B.4, and the lanes against the plain loop."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.formats import crc32c as module
from ssc_melody.formats.crc32c import crc32c, masked


@pytest.fixture(autouse=True)
def _in_numpy(monkeypatch):
    """What is tested here is ours, even where google-crc32c is installed."""
    monkeypatch.setattr(module, "_compiled", lambda: None)


SCSI_READ = bytes.fromhex(
    "01c00000 00000000 00000000 00000000 14000000 00000400"
    "00000014 00000018 28000000 00000000 02000000 00000000"
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (SCSI_READ, 0xD9963A56),
    ],
)
def test_known_vectors(data, expected):
    assert crc32c(data) == expected
    if len(data) >= 4:
        assert module._lanes_crc(data) == expected


def _bit_by_bit(data):
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


@pytest.mark.parametrize("size", [4, 5, 63, 64, 65, 1023, 2047, 2048, 2049, 4095, 4097, 33333])
def test_every_way_agrees(size):
    data = np.random.default_rng(size).bytes(size)
    assert crc32c(data) == module._lanes_crc(data) == _bit_by_bit(data)


@given(st.binary(min_size=4, max_size=300))
@settings(max_examples=100, deadline=None)
def test_lanes_of_short_data(data):
    assert module._lanes_crc(data) == _bit_by_bit(data)


@pytest.mark.parametrize("size", [0, 1, 9, 2047, 2048, 33333])
def test_google_crc32c_agrees(size, monkeypatch):
    google = pytest.importorskip("google_crc32c", reason="google-crc32c is not installed")
    if google.implementation != "c":
        pytest.skip("google-crc32c has no C code on this system")
    data = np.random.default_rng(size).bytes(size)
    ours = crc32c(data)
    monkeypatch.undo()
    assert module._compiled() is google.value
    assert crc32c(data) == ours


PYTHON_ONLY = """
import warnings
implementation = "python"
warnings.warn("slow", RuntimeWarning)
"""


@pytest.mark.parametrize("code", ["raise ImportError", PYTHON_ONLY])
def test_without_googles_c_code_numpy_does_it(code, tmp_path, monkeypatch):
    monkeypatch.undo()
    (tmp_path / "google_crc32c.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "google_crc32c", raising=False)
    assert module._compiled.__wrapped__() is None


def test_a_flipped_bit_shows():
    data = bytearray(10_000)
    seen = {crc32c(bytes(data))}
    for position in range(0, 10_000, 97):
        data[position] ^= 1 << position % 8
        seen.add(crc32c(bytes(data)))
        data[position] ^= 1 << position % 8
    assert len(seen) == 1 + len(range(0, 10_000, 97))


@pytest.mark.parametrize(
    ("crc", "stored"),
    # 0x8000 is the bit that the rotation by 15 brings to the lowest place.
    [(0, 0xA282EAD8), (1, 0xA284EAD8), (0x8000, 0xA282EAD9), (0xFFFFFFFF, 0xA282EAD7)],
)
def test_masked(crc, stored):
    assert masked(crc) == stored
