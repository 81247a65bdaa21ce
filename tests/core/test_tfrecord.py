"""TFRecord files: literal bytes, round trips, damage."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.errors import DataError, FormatError
from ssc_melody.formats import tfrecord


def test_literal_bytes():
    # Length 3, its checksum, the bytes, theirs: as TensorFlow 2.21's TFRecordWriter wrote them.
    assert tfrecord.frame(b"abc").hex() == "0300000000000000b099490e6162636e57f121"


@given(st.lists(st.binary(max_size=300), max_size=8))
@settings(max_examples=50, deadline=None)
def test_round_trip(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("records") / "x.tfrecord"
    path.write_bytes(b"".join(map(tfrecord.frame, records)))
    assert list(tfrecord.read_records(path)) == records
    assert tfrecord.count_records(path) == len(records)


def test_damaged_data_costs_one_record(tmp_path):
    frames = [bytearray(tfrecord.frame(data)) for data in (b"one", b"two", b"three")]
    frames[1][13] ^= 1
    path = tmp_path / "x"
    path.write_bytes(b"".join(frames))
    first, second, third = tfrecord.scan_records(path)
    assert (first, third) == (b"one", b"three")
    assert isinstance(second, FormatError)
    with pytest.raises(DataError, match="record 2 is damaged"):
        list(tfrecord.read_records(path))


def test_damaged_length_ends_the_file(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(tfrecord.frame(b"one") + b"\xff" * 40)
    first, second = tfrecord.scan_records(path)
    assert first == b"one"
    assert re_match(second, "record 2 at byte 19: expected a TFRecord header")


@pytest.mark.parametrize("cut", [1, 5, 12, 15, 17])
def test_every_cut_is_reported(tmp_path, cut):
    path = tmp_path / "x"
    path.write_bytes(tfrecord.frame(b"one") + tfrecord.frame(b"two")[:-cut])
    first, second = tfrecord.scan_records(path)
    assert first == b"one"
    assert isinstance(second, FormatError)


def test_a_length_beyond_the_file_is_not_allocated(tmp_path):
    from ssc_melody.formats.crc32c import crc32c, masked

    length = struct.pack("<Q", 2**60)
    path = tmp_path / "x"
    path.write_bytes(length + struct.pack("<I", masked(crc32c(length))) + b"abc")
    (error,) = tfrecord.scan_records(path)
    assert re_match(error, "cut short")


def test_other_files(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"\x1f\x8b" + bytes(30))
    with pytest.raises(DataError, match="found a gzip archive"):
        list(tfrecord.read_records(path))
    with pytest.raises(DataError, match="no such file"):
        list(tfrecord.read_records(tmp_path / "missing"))


def re_match(error, text):
    return isinstance(error, FormatError) and text in str(error)
