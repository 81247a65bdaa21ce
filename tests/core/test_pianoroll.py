"""Piano rolls and their MIDI files, on cases counted by hand and round trips."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody import pianoroll
from ssc_melody.errors import MidiError
from ssc_melody.midi.read import MidiNote, MidiPiece, TempoChange, TimeSignature, parse_midi
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
        "4d 54 72 6b 00 00 00 18 00 ff 03 00 00 c0 00 "
        "00 90 3c 50 28 3c 00 00 3c 50 28 3c 00 01 ff 2f 00"
    )


def test_sixteen_tracks_leave_the_drum_channel_free():
    array = roll_of([[(60, 0, 24 + i)] for i in range(16)])
    again = pianoroll.from_piece(parse_midi(pianoroll.PianoRoll(array).to_midi_bytes(), "x"))
    assert np.array_equal(again.array, array)
    assert not any(track.is_drum for track in again.tracks)


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
    with pytest.raises(MidiError, match=r"long\.mid: expected at most 20000 bars of four beats"):
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
        ({"time_signatures": ((0, 4, 3),)}, "metre at tick 0: .* found 4/3"),
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
