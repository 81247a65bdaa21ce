"""Piano rolls, their files, and one-hot windows, on cases counted by hand and round trips."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody import pianoroll
from ssc_melody.encodings import KeyEncoding
from ssc_melody.errors import MelodyError, MidiError, OptionError, SscMelodyError
from ssc_melody.melody import Melody
from ssc_melody.midi_read import MidiNote, MidiPiece, TempoChange, TimeSignature, parse_midi
from ssc_melody.pianoroll.roll import notes_of, roll_of

MIDI = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk"


def midi_bytes(body):
    body = bytes.fromhex(body) + b"\0\xff\x2f\0"
    return MIDI + len(body).to_bytes(4, "big") + body


def piece(rows, ticks_per_quarter=24, **parts):
    notes = [
        MidiNote(pitch, 90, start, end, start / 48, end / 48, track, track, 7, False)
        for pitch, start, end, track in rows
    ]
    given = {"tempos": [TempoChange(0, 0.0, 120.0)], "time_signatures": [], "track_names": []}
    return MidiPiece(ticks_per_quarter, notes=notes, **(given | parts))


def runs(array, pitch, track=0):
    return "".join(map(str, array.reshape(-1, 128, array.shape[3])[:, pitch, track].astype(int)))


# --- tensor and notes ------------------------------------------------------------------------
def test_a_quarter_note_is_24_ones_and_a_bar_has_96_steps():
    array = roll_of([[(60, 0, 24)], [(48, 90, 102)]])
    assert array.shape == (2, 96, 128, 2)
    assert array.sum() == 36
    assert array[0, :24, 60, 0].all()
    assert array[0, 90:, 48, 1].all()
    assert array[1, :6, 48, 1].all()


def test_a_repeated_note_gives_up_its_last_step():
    assert runs(roll_of([[(60, 0, 4), (60, 4, 8), (60, 9, 10)]]), 60)[:12] == "111011110100"[:12]


def test_notes_of_equal_pitch_that_overlap_are_told_apart_too():
    assert runs(roll_of([[(60, 0, 6), (60, 3, 8)]]), 60)[:9] == "110111110"


def test_notes_of_one_step_last_and_melt_into_a_repetition():
    assert runs(roll_of([[(60, 2, 2)]]), 60)[:4] == "0010"
    assert runs(roll_of([[(60, 0, 1), (60, 1, 3)]]), 60)[:4] == "1110"


def test_of_two_notes_that_begin_together_the_longer_counts():
    assert runs(roll_of([[(60, 0, 2), (60, 0, 4)]]), 60)[:5] == "11110"


def test_a_gap_of_one_step_is_a_repetition_and_a_longer_one_a_rest():
    flat = np.zeros((10, 128), dtype=bool)
    flat[[0, 1, 3, 4, 7], 60] = True
    assert notes_of(flat) == [(60, 0, 3), (60, 3, 5), (60, 7, 8)]


def test_an_empty_piece_has_no_bars():
    assert roll_of([]).shape == (0, 96, 128, 0)
    assert roll_of([[]]).shape == (0, 96, 128, 1)


separate_notes = st.lists(
    st.tuples(st.integers(0, 127), st.lists(st.integers(2, 50), min_size=1, max_size=5)),
    unique_by=lambda row: row[0],
    max_size=5,
)


@given(separate_notes, st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_notes_of_two_steps_or_more_come_back(columns, offset):
    notes = set()
    for pitch, lengths in columns:
        start = offset
        for i, length in enumerate(lengths):
            notes.add((pitch, start, start + length))
            start += length + (0, 2, 5)[i % 3]
    assert set(notes_of(roll_of([notes]).reshape(-1, 128))) == notes


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.5, 0.9]))
@settings(max_examples=15, deadline=None)
def test_any_tensor_comes_back_from_its_midi_file(seed, density):
    array = np.random.default_rng(seed).random((2, 96, 128, 2)) < density
    array[-1, -1, 60, :] = True  # bars and tracks without notes are not in a MIDI file
    roll = pianoroll.PianoRoll(array)
    again = pianoroll.from_piece(parse_midi(roll.to_midi_bytes(), "roll"))
    assert np.array_equal(again.array, array)


# --- MIDI ------------------------------------------------------------------------------------
def test_from_midi_reads_ticks_and_not_seconds(tmp_path):
    path = tmp_path / "two.mid"  # 96 ticks a quarter; the tempo doubles after the first note
    path.write_bytes(
        midi_bytes("00 90 3c 40 60 80 3c 00 00 ff 51 03 03 d0 90 00 90 3e 40 30 80 3e 00")
    )
    roll = pianoroll.from_midi(path)
    assert roll.notes() == [(60, 0, 24), (62, 24, 36)]
    assert roll.qpm == pytest.approx(60 * 1.5 / 0.625)
    assert roll.array.dtype == bool


def test_ticks_go_to_the_nearest_step():
    roll = pianoroll.from_piece(piece([(60, 0, 27, 0), (62, 30, 69, 0)], ticks_per_quarter=240))
    assert roll.notes() == [(60, 0, 3), (62, 3, 7)]


def test_a_waltz_runs_on_and_keeps_its_metre():
    rows = [(60 + i, 72 * i, 72 * i + 72, 0) for i in range(4)]
    roll = pianoroll.from_piece(piece(rows, time_signatures=[TimeSignature(0, 0.0, 3, 4)]))
    assert roll.array.shape == (3, 96, 128, 1)
    assert roll.time_signatures == ((0, 3, 4),)
    assert roll.notes()[1] == (61, 72, 144)


def test_tracks_names_tempo_and_metres_come_back(tmp_path):
    array = roll_of([[(60, 0, 24)], [(36, 0, 30)], [(40, 0, 36)]])
    tracks = (
        pianoroll.Track("Tune é", 5),
        pianoroll.Track("Kit", 0, True),
        pianoroll.Track("", 33),
    )
    metres = ((0, 6, 8), (72, 4, 4))
    roll = pianoroll.PianoRoll(array, tracks, 100.0, metres)
    roll.to_midi(tmp_path / "a.mid")
    again = pianoroll.from_midi(tmp_path / "a.mid")
    assert np.array_equal(again.array, array)
    assert (again.tracks, again.qpm, again.time_signatures) == (tracks, 100.0, metres)


def test_literal_bytes_of_a_file():
    data = pianoroll.PianoRoll(roll_of([[(60, 0, 1), (60, 2, 4)]])).to_midi_bytes(80)
    assert data[:14].hex(" ") == "4d 54 68 64 00 00 00 06 00 01 00 02 01 e0"
    # A name, a program, and two notes of two steps (40 = hex 28 ticks) that touch.
    assert data.hex(" ").endswith(
        "4d 54 72 6b 00 00 00 1b 00 ff 03 00 00 c0 00 "
        "00 90 3c 50 28 90 3c 00 00 90 3c 50 28 90 3c 00 01 ff 2f 00"
    )


def test_sixteen_tracks_leave_the_drum_channel_free():
    array = roll_of([[(60, 0, 24 + i)] for i in range(16)])
    again = pianoroll.from_piece(parse_midi(pianoroll.PianoRoll(array).to_midi_bytes(), "x"))
    assert np.array_equal(again.array, array)
    assert not any(track.is_drum for track in again.tracks)


# --- npz -------------------------------------------------------------------------------------
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
        ({"pianoroll_0_csc_shape": np.array([100, 64])}, r"\[steps, 128\], found \[\[100, 64\]\]"),
        ({"pianoroll_0_csc_shape": np.array([50, 128])}, "steps outside its 50"),
        ({"pianoroll_0_csc_shape": np.array([10**12, 128])}, r"at most 2 GiB, found .* GiB"),
        ({"pianoroll_0_csc_indptr": np.array([0, 9, 3])}, "expected a .npz file of pypianoroll"),
        ({"pianoroll_0_csc_data": np.array([1])}, "expected a .npz file of pypianoroll"),
        ({"pianoroll_0_csc_data": np.array([None])}, "expected a .npz file of pypianoroll"),
    ],
)
def test_other_npz_files_are_refused(tmp_path, changes, message):
    path = pypianoroll_file(tmp_path / "x.npz", **changes)
    with pytest.raises(MidiError, match=message):
        pianoroll.load_npz(path)


def test_files_that_are_no_npz_are_refused(tmp_path):
    path = tmp_path / "x.npz"
    path.write_bytes(midi_bytes(""))
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


def test_a_zip_bomb_is_refused_unread(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("info.json", "{}")
    data = bytearray(buffer.getvalue())
    entry = data.rindex(b"PK\1\2")
    data[entry + 24 : entry + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    (tmp_path / "bomb.npz").write_bytes(data)
    with pytest.raises(MidiError, match=r"expected at most 2 GiB, found 4\.0 GiB"):
        pianoroll.load_npz(tmp_path / "bomb.npz")


# --- errors ----------------------------------------------------------------------------------
def test_shapes_are_checked():
    with pytest.raises(
        MidiError, match=r"expected an array \[bars, 96, 128, tracks\].*\[96, 128\]"
    ):
        pianoroll.PianoRoll(np.zeros((96, 128)))
    with pytest.raises(MidiError, match="expected 2 tracks as in the array, found 1"):
        pianoroll.PianoRoll(np.zeros((1, 96, 128, 2)), (pianoroll.Track(),))


def test_absurd_sizes_are_refused_by_name(tmp_path):
    path = tmp_path / "long.mid"  # a note that ends after 2^34 ticks
    delta = "ff" * 3 + "7f"
    path.write_bytes(midi_bytes("00 90 3c 40 " + f"{delta} a0 00 00 " * 30 + "00 80 3c 00"))
    with pytest.raises(MidiError, match=r"long\.mid: Piano roll: expected at most 2 GiB, found"):
        pianoroll.from_midi(path)
    with pytest.raises(MidiError, match="One-hot windows: expected at most 2 GiB"):
        pianoroll.one_hot([60] * 20000, 9999)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"qpm": 0.0}, "qpm: expected 3.58"),
        ({"qpm": float("nan")}, "qpm: expected 3.58"),
        (
            {"tracks": (pianoroll.Track("", 128),)},
            "program of track 0: expected 0 to 127, found 128",
        ),
        ({"time_signatures": ((0, 4, 3),)}, "metre at step 0: .* found 4/3"),
    ],
)
def test_what_has_no_place_in_a_midi_file(tmp_path, changes, message):
    roll = pianoroll.PianoRoll(roll_of([[(60, 0, 4)]]), **changes)
    with pytest.raises(MidiError, match=message):
        roll.to_midi(tmp_path / "x.mid")
    assert not (tmp_path / "x.mid").exists()


def test_velocity_0_would_be_silence():
    with pytest.raises(MidiError, match="velocity: expected 1 to 127, found 0"):
        pianoroll.PianoRoll(roll_of([[(60, 0, 4)]])).to_midi_bytes(0)


# --- one-hot windows ---------------------------------------------------------------------------
def test_windows_by_hand():
    inputs, targets = pianoroll.one_hot([48, -2, -1, 83], 2)
    assert inputs.shape == (2, 2, 38)
    assert inputs.argmax(axis=2).tolist() == [[2, 0], [0, 1]]
    assert targets.argmax(axis=1).tolist() == [1, 37]
    assert inputs.sum() == 4
    assert targets.sum() == 2
    assert inputs.dtype == targets.dtype == np.float32


def test_several_melodies_one_after_another_and_short_ones_not_at_all():
    melodies = [[60, 62, 64, 65], [60, 62], Melody([72, -2, 74, -2, 76])]
    inputs, targets = pianoroll.one_hot(melodies, 3)
    assert len(inputs) == len(targets) == 1 + 0 + 2
    assert pianoroll.events_of(targets) == [65, -2, 76]
    assert [pianoroll.events_of(rows) for rows in inputs][2] == [-2, 74, -2]


@given(st.lists(st.sampled_from([-2, -1, 48, 60, 83]), max_size=40), st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_samples_are_timesteps_minus_sequence_length(events, length):
    events = [60, *events]
    inputs, targets = pianoroll.one_hot(events, length)
    assert inputs.shape == (max(0, len(events) - length), length, 38)
    for i, (window, target) in enumerate(zip(inputs, targets, strict=True)):
        assert pianoroll.events_of(window) == events[i : i + length]
        assert pianoroll.events_of(target[None]) == [events[i + length]]


def test_other_encodings_give_their_inputs_and_labels():
    encoding = KeyEncoding()
    events = [60, -2, 62, -2] * 6
    inputs, targets = pianoroll.one_hot(events, 4, encoding)
    assert inputs.shape == (20, 4, encoding.input_size)
    assert np.array_equal(inputs[5], encoding.inputs(events)[5:9])
    assert targets.argmax(axis=1).tolist() == encoding.labels(events)[4:].tolist()


def test_no_melodies_give_empty_arrays():
    inputs, targets = pianoroll.one_hot([], 8)
    assert (inputs.shape, targets.shape) == ((0, 8, 38), (0, 38))


def test_one_hot_errors():
    with pytest.raises(OptionError, match="sequence_length: expected 1 or more, found 0"):
        pianoroll.one_hot([60], 0)
    with pytest.raises(
        MelodyError, match=r"Melody 1, event 2: expected a pitch from 48 to 83.*squash"
    ):
        pianoroll.one_hot([[60], [60, 62, 84]], 1)
    with pytest.raises(MelodyError, match="Melody event 1"):
        pianoroll.one_hot([60, 200], 1)
    with pytest.raises(MelodyError, match=r"expected \[steps, 38\], found \[2, 3\]"):
        pianoroll.events_of(np.zeros((2, 3)))
    with pytest.raises(OptionError, match="lookbacks"):
        pianoroll.events_of(np.zeros((2, 40)), KeyEncoding())
