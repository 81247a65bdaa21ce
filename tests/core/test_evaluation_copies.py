"""Copies found by hashes alone: how long they are, and what is not one."""

from pathlib import Path

import numpy as np
import pytest

from ssc_melody.errors import DataError
from ssc_melody.evaluation import copy_index
from ssc_melody.evaluation.copy_index import CopyIndex
from ssc_melody.formats import tfrecord

SCALE = [60, -2, 62, -1, 64, 65, 67, -2, 69, 71, 72, -1, -2, 74, 76]
"""Ten notes, of which the last may be cut: two runs of eight."""


def test_runs_by_hand() -> None:
    assert len(copy_index.runs_of(SCALE)) == 2
    assert len(copy_index.runs_of(SCALE[:-1])) == 1
    assert len(copy_index.runs_of(SCALE[:10])) == 0
    assert copy_index.runs_of([]).tolist() == []


def test_a_run_is_the_same_in_another_key_and_place() -> None:
    moved = [-2, -1, -2, *(event + 7 if event >= 0 else event for event in SCALE), -2]
    assert copy_index.runs_of(moved).tolist() == copy_index.runs_of(SCALE).tolist()


@pytest.mark.parametrize(
    "other",
    [
        [60, 62, *SCALE[3:]],  # the first is shorter
        [60, -2, 62, -2, *SCALE[4:]],  # the second sounds through its rest
        [60, -2, 62, -1, 63, *SCALE[5:]],  # another pitch
    ],
)
def test_a_run_is_another_where_a_note_is(other: list[int]) -> None:
    assert copy_index.runs_of(other)[0] != copy_index.runs_of(SCALE)[0]


def test_longest_copies_by_hand() -> None:
    index = CopyIndex.of([SCALE])
    seven = [40, *SCALE[:11], 30, 31]  # the eighth note is followed by another
    strange = [60, 61] * 8
    assert index.longest_copies([SCALE, seven, strange, [], [60]]).tolist() == [9, 0, 0, 0, 0]
    part = [40, *SCALE[:13], 74, 20]  # eight notes and the interval after them
    assert index.longest_copies([part, SCALE[:-1]]).tolist() == [8, 8]
    assert CopyIndex.of([]).longest_copies([SCALE]).tolist() == [0]


def test_of_two_copies_the_longer_counts() -> None:
    index = CopyIndex.of([SCALE])
    twice = [*SCALE[:-1], 60, 61, *SCALE]
    assert index.longest_copies([twice]).tolist() == [9]


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Differences of more than 16 bits put hashes in between."""
    runs = np.array([0, 1, 65535, 65537, 200000, 2**32 - 1], np.uint32)
    CopyIndex(runs).write(tmp_path / "a.copies")
    read = copy_index.read(tmp_path / "a.copies").runs
    assert set(runs.tolist()) <= set(read.tolist())
    assert read.tolist()[:6] == [0, 1, 65535, 65537, 131072, 196607]
    assert (np.diff(read.astype(np.int64)) > 0).all()
    assert len(read) == 6 + 2 + 65533


def test_an_empty_index_is_a_file_too(tmp_path: Path) -> None:
    CopyIndex.of([]).write(tmp_path / "a.copies")
    assert copy_index.read(tmp_path / "a.copies").runs.tolist() == []


HEADER = b'{"format": "ssc_melody copies", "version": 1, "run": 8, "runs": 2}'


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "expected an index of copies, found another file"),
        ([b"{}"], "expected an index of copies"),
        ([HEADER], "its header says 2 runs"),
        ([HEADER, b"123"], "its header says 2 runs"),
        ([HEADER.replace(b'"run": 8', b'"run": 9'), b"1234"], "another format or version"),
        ([HEADER.replace(b"2}", b"70000}"), b"\xff\xff" * 70000], "more than 32 bits"),
    ],
)
def test_what_is_no_index_is_refused(tmp_path: Path, records: list[bytes], message: str) -> None:
    path = tmp_path / "a.copies"
    path.write_bytes(b"".join(map(tfrecord.frame, records)))
    with pytest.raises(DataError, match=message):
        copy_index.read(path)
