"""The .npz files of piano rolls: ours, pypianoroll's, and damaged ones."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody import pianoroll
from ssc_melody.errors import MidiError, SscMelodyError
from ssc_melody.pianoroll.roll import roll_of


def save(tmp_path, roll, name="roll.npz"):
    pianoroll.save_npz(roll, tmp_path / name)
    return tmp_path / name


@given(st.integers(0, 2**32 - 1), st.integers(0, 2), st.integers(0, 3))
@settings(max_examples=15, deadline=None)
def test_npz_round_trip(tmp_path_factory, seed, bars, tracks):
    array = np.random.default_rng(seed).random((bars, 96, 128, tracks)) < 0.1
    labels = tuple(pianoroll.Track(f"t{i} é主", i, i == 1) for i in range(tracks))
    roll = pianoroll.PianoRoll(array, labels, 77.7, ((0, 3, 4), (72, 5, 8)))
    again = pianoroll.load_npz(save(tmp_path_factory.mktemp("npz"), roll))
    if bars and tracks:
        assert np.array_equal(again.array, array)
        assert again.qpm == 77.7
    assert (again.tracks, again.time_signatures) == (labels, roll.time_signatures)


def test_npz_has_the_parts_that_pypianoroll_looks_for(tmp_path):
    roll = pianoroll.PianoRoll(roll_of([[(60, 0, 3), (2, 1, 2)]]), (), 90.0, ((0, 3, 4),))
    with np.load(save(tmp_path, roll)) as loaded:
        info = json.loads(loaded["info.json"].decode("utf-8"))
        assert info["resolution"] == 24
        assert info["0"] == {"name": "", "program": 0, "is_drum": False}
        assert loaded["pianoroll_0_csc_indices"].tolist() == [1, 0, 1, 2]
        assert loaded["pianoroll_0_csc_indptr"].tolist() == [0] * 3 + [1] * 58 + [4] * 68
        assert loaded["pianoroll_0_csc_shape"].tolist() == [96, 128]
        assert loaded["pianoroll_0_csc_data"].dtype == bool
        assert loaded["tempo"].tolist() == [90.0] * 96
        assert np.flatnonzero(loaded["downbeat"]).tolist() == [0, 72]


def pypianoroll_file(path, resolution=24, **changes):
    """A file as pypianoroll 1.0.4 saves it: uint8 velocities, columns of numbers, no metres."""
    arrays = {
        "tempo": np.array([[120.0], [60.0]]),
        "pianoroll_0_csc_data": np.array([90, 0, 80], dtype=np.uint8),
        "pianoroll_0_csc_indices": np.array([0, 1, 99], dtype=np.int32),
        "pianoroll_0_csc_indptr": np.array([0] * 61 + [2] * 2 + [3] * 66, dtype=np.int32),
        "pianoroll_0_csc_shape": np.array([100, 128]),
    } | changes
    np.savez_compressed(path, **arrays)
    info = {"resolution": resolution, "name": None}
    info["0"] = {"program": 1, "is_drum": False, "name": None}
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("info.json", json.dumps(info))
    return path


def test_a_file_of_pypianoroll_is_read(tmp_path):
    roll = pianoroll.load_npz(pypianoroll_file(tmp_path / "theirs.npz"))
    assert roll.array.shape == (2, 96, 128, 1)
    assert [tuple(at) for at in np.argwhere(roll.array)] == [(0, 0, 60, 0), (1, 3, 62, 0)]
    assert roll.tracks == (("", 1, False),)
    assert roll.qpm == 80.0  # as long as one beat at 120 and one at 60


def test_pypianoroll_itself_reads_ours(tmp_path):
    pypianoroll = pytest.importorskip(
        "pypianoroll", reason="it needs SciPy and matplotlib: make install"
    )
    roll = pianoroll.PianoRoll(roll_of([[(60, 0, 30)], [(40, 5, 7)]]))
    loaded = pypianoroll.load(save(tmp_path, roll))
    loaded.validate()
    assert np.array_equal(np.stack([t.pianoroll for t in loaded.tracks], axis=2), roll.flat)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resolution": 12}, r"24 steps a beat, found 12; .*set_resolution\(24\)"),
        ({"pianoroll_0_csc_shape": np.array([100, 64])}, r"\[steps, 128\], found \[100, 64\]"),
        ({"pianoroll_0_csc_shape": np.array([50, 128])}, "steps outside its 50"),
        (
            {"pianoroll_0_csc_shape": np.array([10**12, 128])},
            "at most 20000 bars of four",
        ),
        (
            {"pianoroll_0_csc_indptr": np.array([0, 9, 3])},
            "track 0: its columns do not fit its 3 ones",
        ),
        ({"pianoroll_0_csc_indptr": np.arange(129) * 2**24}, "track 0: its columns do not fit"),
        ({"pianoroll_0_csc_data": np.array([1])}, "its columns do not fit its 3 ones"),
        ({"pianoroll_0_csc_data": np.array([None])}, "expected a .npz file of pypianoroll"),
    ],
)
def test_other_npz_files_are_refused(tmp_path, changes, message):
    path = pypianoroll_file(tmp_path / "x.npz", **changes)
    with pytest.raises(MidiError, match=message):
        pianoroll.load_npz(path)


def test_files_that_are_no_npz_are_refused(tmp_path):
    path = tmp_path / "x.npz"
    path.write_bytes(b"MThd")
    with pytest.raises(MidiError, match=r"x\.npz: expected a .npz file .* found a MIDI file"):
        pianoroll.load_npz(path)
    np.savez(path, a=np.zeros(3))
    with pytest.raises(MidiError, match=r"expected pypianoroll's info.json, found none"):
        pianoroll.load_npz(path)
    with pytest.raises(SscMelodyError, match="no such file"):
        pianoroll.load_npz(tmp_path / "none.npz")


def test_damaged_npz_files_give_our_error_or_a_roll(tmp_path):
    good = save(tmp_path, pianoroll.PianoRoll(roll_of([[(60, 0, 30), (62, 5, 9)]]))).read_bytes()
    rng = np.random.default_rng(0)
    errors = []
    path = tmp_path / "bad.npz"
    for trial in range(300):
        data = bytearray(good)
        for at in rng.integers(0, len(data), 1 + trial % 4):
            data[at] = rng.integers(256)
        path.write_bytes(bytes(data[: rng.integers(len(data))] if trial % 5 == 0 else data))
        try:
            pianoroll.load_npz(path)
        except SscMelodyError as error:
            errors.append(str(error))
    assert len(errors) > 100
    assert all(str(path) in error for error in errors)


def test_other_packings_are_refused(tmp_path):
    for method, name in ((zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")):
        with zipfile.ZipFile(tmp_path / "x.npz", "w", method) as archive:
            archive.writestr("info.json", "{}")
        with pytest.raises(
            MidiError, match=rf"x\.npz: is packed with {name}; expected a plain zip"
        ):
            pianoroll.load_npz(tmp_path / "x.npz")


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("[" * 100_000, "at most 32 levels"),
        ('{"resolution": 24, "0": 7}', "a track: expected an object, found 7"),
        ('{"resolution": 24, "0": {"program": 128}}', "program: expected 0 to 127, found 128"),
        ('{"resolution": 24, "0": {"program": "x"}}', "expected a whole number"),
        ('{"resolution": 24, "time_signatures": [[0, 4, 0]]}', "metres such as 4/4"),
        ('{"resolution": 24, "time_signatures": [[0.5, 4, 4]]}', r"time_signatures\[0\]\[0\]"),
    ],
)
def test_odd_information_is_named(tmp_path, info, message):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("info.json", info)
    with pytest.raises(MidiError, match=message):
        pianoroll.load_npz((tmp_path / "x.npz").read_bytes())


def test_a_zip_bomb_is_refused_unread(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("info.json", "{}")
    data = bytearray(buffer.getvalue())
    entry = data.rindex(b"PK\1\2")
    data[entry + 24 : entry + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    (tmp_path / "bomb.npz").write_bytes(data)
    with pytest.raises(MidiError, match="at most 268435456 bytes, found 4294967280"):
        pianoroll.load_npz(tmp_path / "bomb.npz")
