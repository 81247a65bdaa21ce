"""Archives that strangers made: methods, sizes and lists of members within bounds."""

import io
import struct
import zipfile

import pytest

from ssc_melody.errors import FormatError
from ssc_melody.formats import archive
from ssc_melody.formats.archive import is_bomb, open_archive, read_member


def _zip(method: int = zipfile.ZIP_DEFLATED, size: int = 3_000_000) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        made.writestr("a.mid", bytes(size))
    return bytearray(buffer.getvalue())


def _read(data: bytes, most: int = 2**22, up_to: int | None = None) -> bytes:
    with open_archive(io.BytesIO(data)) as opened:
        return read_member(opened, opened.infolist()[0], most, up_to)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_stored_and_deflated_members_are_read(method: int) -> None:
    data = bytes(_zip(method))
    assert _read(data) == bytes(3_000_000)
    assert _read(data, up_to=12) == bytes(12)


@pytest.mark.parametrize(
    ("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")]
)
def test_other_methods_are_refused_by_name(method: int, name: str) -> None:
    with pytest.raises(FormatError, match=f"is packed with {name}; expected a plain zip archive"):
        _read(_zip(method, 100))


def test_a_member_is_never_larger_than_allowed_whatever_it_claims() -> None:
    with pytest.raises(FormatError, match="expected at most 1000 bytes, found 3000000"):
        _read(_zip(), most=1000)
    data = _zip()
    entry = data.rindex(b"PK\1\2")
    data[entry + 24 : entry + 28] = struct.pack("<L", 100)  # it claims 100 bytes
    with pytest.raises(FormatError, match="cannot be unpacked: Bad CRC-32"):
        _read(data, most=1000)


def test_a_list_of_members_that_takes_all_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 50)
    with pytest.raises(FormatError, match="list of members of at most 50 bytes, found 51"):
        open_archive(io.BytesIO(_zip(size=10)))
    # the same said by the records of a 64-bit archive
    data = _zip(size=10)
    end = data.rindex(b"PK\5\6")
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 2**40, end - 51)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    data[end + 12 : end + 16] = b"\xff" * 4
    data[end:end] = record + locator
    with pytest.raises(FormatError, match="at most 50 bytes, found 1099511627776"):
        open_archive(io.BytesIO(data))


def test_bombs_are_told_by_their_sizes() -> None:
    info = zipfile.ZipInfo("a")
    info.file_size = 2**30
    assert is_bomb([info], packed=2**20, small=2**26)
    assert not is_bomb([info], packed=2**23, small=2**26)
    assert not is_bomb([info], packed=2**20, small=2**30)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4" + bytes(100)])
def test_no_archive_is_one_line(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^is not a readable zip archive: [^\n]+$"):
        open_archive(io.BytesIO(data))


def test_an_empty_archive_has_no_members() -> None:
    assert open_archive(io.BytesIO(b"PK\5\6" + bytes(18))).infolist() == []
