"""Reading MIDI files: literal bytes, note-seq's quirks, and damage of every kind."""

import os
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.errors import MidiError
from ssc_melody.melody.midi import melody_to_midi
from ssc_melody.midi import read as midi_read
from ssc_melody.midi.read import MidiPiece, read_midi

TEMPO_60 = "00 FF 51 03 0F 42 40"
END = "00 FF 2F 00"


def chunk(dump, name=b"MTrk"):
    data = bytes.fromhex(" ".join(line.split("#")[0] for line in dump.splitlines()))
    return struct.pack(">4sL", name, len(data)) + data


def midi(*tracks, division=96, count=None):
    header = struct.pack(
        ">4sLHHh", b"MThd", 6, 1, len(tracks) if count is None else count, division
    )
    return header + b"".join(
        track if isinstance(track, bytes) else chunk(track) for track in tracks
    )


@pytest.fixture
def read(tmp_path):
    def reader(data, as_stock=False):
        path = tmp_path / "piece.mid"
        path.write_bytes(data)
        return read_midi(path, as_stock)

    return reader


def test_a_note(read):
    piece = read(
        midi(
            f"""
            00 FF 03 04 4D 61 72 79     # track name: Mary
            {TEMPO_60}
            00 FF 58 04 03 02 18 08     # 3/4
            00 C1 05                    # channel 1: program 5
            30 91 40 64                 # E begins at tick 48
            60 40 00                    # and ends at tick 144 (running status)
            {END}
            """
        )
    )
    assert piece == MidiPiece(
        ticks_per_quarter=96,
        tempos=[(0, 0.0, 60.0)],
        time_signatures=[(0, 0.0, 3, 4)],
        notes=[(64, 100, 48, 144, 0.5, 1.5, 0, 0, 5, False)],
        track_names=["Mary"],
    )


def test_tempos_of_other_tracks_count_unless_stock_is_asked(read):
    first = f"{TEMPO_60} 60 FF 51 03 07 A1 20 {END}"  # 60 qpm, and 120 from tick 96 on
    second = f"00 99 24 40 81 40 89 24 40 {TEMPO_60} {END}"  # drum from tick 0 to 192
    piece = read(midi(first, second))
    assert piece.tempos == [(0, 0.0, 60.0), (96, 1.0, 120.0), (192, 1.5, 60.0)]
    assert piece.warnings == ("tempos outside the first track count too",)
    piece = read(midi(first, second), as_stock=True)
    assert piece.tempos == [(0, 0.0, 60.0), (96, 1.0, 120.0)]
    assert piece.warnings == ("tempos outside the first track are ignored, as in Magenta",)
    assert piece.notes == [(36, 64, 0, 192, 0.0, 1.5, 1, 0, 0, True)]
    assert piece.time_signatures == []
    assert piece.track_names == ["", ""]


def test_a_tempo_that_is_said_again_is_no_change(read):
    """Two tracks that agree, and one that repeats itself."""
    repeated = f"{TEMPO_60} 60 FF 51 03 0F 42 40 60 FF 51 03 07 A1 20 60 FF 51 03 07 A1 20 {END}"
    piece = read(midi(repeated, f"60 FF 51 03 0F 42 40 {END}"))
    assert piece.tempos == [(0, 0.0, 60.0), (192, 2.0, 120.0)]
    assert piece.warnings == ()


def test_without_tempo_it_is_120(read):
    assert read(midi(END)).tempos == [(0, 0.0, 120.0)]


def test_note_off_quirks(read):
    spurious = "00 80 3C 00"
    two_begun = "00 90 3C 40 10 3C 50 10 3C 00"  # both end together
    unended = "00 3E 40"
    piece = read(midi(f"{spurious} {two_begun} {unended} {END}"))
    assert [(n.pitch, n.velocity, n.start_tick, n.end_tick) for n in piece.notes] == [
        (60, 64, 0, 32),
        (60, 80, 16, 32),
    ]
    same_tick = "00 90 3C 40 10 3C 50 00 3C 00 10 3C 00"  # the one just begun goes on
    piece = read(midi(f"{same_tick} {END}"))
    assert [(n.start_tick, n.end_tick) for n in piece.notes] == [(0, 16), (16, 32)]
    assert read(midi(f"00 90 3C 40 00 3C 00 10 3C 00 {END}")).notes == []


def test_instruments_are_numbered_as_their_first_notes_end(read):
    track = f"""
        00 90 3C 40  00 91 3E 40     # channels 0 and 1
        10 81 3E 00                  # channel 1 ends first: instrument 0
        10 C0 07  00 80 3C 00        # instrument 1 has the program set when its note ends
        00 91 40 40  10 81 40 00     # instrument 0 again
        {END}
    """
    found = [(n.pitch, n.instrument, n.program) for n in read(midi(track)).notes]
    assert found == [(62, 0, 0), (64, 0, 0), (60, 1, 7)]


def test_stock_loses_the_pause_before_an_unknown_meta_event(read):
    data = midi(f"60 FF 60 01 00 00 90 3C 40 60 3C 00 {END}")
    assert [(n.start_tick, n.end_tick) for n in read(data).notes] == [(96, 192)]
    assert [(n.start_tick, n.end_tick) for n in read(data, as_stock=True).notes] == [(0, 96)]


def test_a_running_status_goes_on_over_sysex(read):
    data = midi(f"00 90 3C 40 10 F0 02 41 F7 10 3C 00 10 3E 40 10 3E 00 {END}")
    assert [(n.pitch, n.start_tick, n.end_tick) for n in read(data).notes] == [
        (60, 0, 32),
        (62, 48, 64),
    ]
    with pytest.raises(MidiError, match=r"expected a status byte|cut off"):
        read(data, as_stock=True)


def test_where_the_first_track_speaks_it_holds(read):
    first = f"{TEMPO_60} 00 FF 58 04 03 02 18 08 {END}"
    second = f"00 FF 51 03 07 A1 20 00 FF 58 04 04 02 18 08 60 FF 58 04 06 03 18 08 {END}"
    piece = read(midi(first, second))
    assert piece.tempos == [(0, 0.0, 60.0)]
    assert piece.time_signatures == [(0, 0.0, 3, 4), (96, 1.0, 6, 8)]
    assert piece.warnings == ("metres outside the first track count too",)
    again = read(midi(first, f"00 FF 58 04 03 02 18 08 {END}"))  # says the same
    assert (again.time_signatures, again.warnings) == ([(0, 0.0, 3, 4)], ())
    damaged = read(midi(first, f"00 FF 51 03 00 00 00 60 FF 51 03 00 00 00 {END}"))
    assert damaged.tempos == [(0, 0.0, 60.0)]


def test_tracks_that_the_header_does_not_count(read):
    note = f"00 90 3C 40 10 3C 00 {END}"
    more = read(midi(note, note, count=1))
    assert len(more.notes) == 2
    assert more.warnings == ("its header counts 1 tracks, there are 2; those count",)
    assert len(read(midi(note, note, count=1), as_stock=True).notes) == 1
    fewer = read(midi(note, count=3))
    assert len(fewer.notes) == 1
    assert fewer.warnings == ("its header counts 3 tracks, there are 1; those count",)
    assert read(midi(note) + b"MTrk\0\0\0\x09rubbish").warnings == ()


def test_a_midi_file_in_riff(read):
    inner = midi(f"00 90 3C 40 10 3C 00 {END}")
    body = b"RMID" + b"DISP" + struct.pack("<L", 3) + b"abc\0" + b"data"
    body += struct.pack("<L", len(inner)) + inner
    whole = b"RIFF" + struct.pack("<L", len(body)) + body
    assert read(whole) == read(inner)
    with pytest.raises(MidiError, match="expected a chunk named data, found none"):
        read(whole[:24])


def test_data_bytes_are_clipped(read):
    piece = read(midi(f"00 90 FF FF 10 80 7F 00 {END}"))
    assert [(n.pitch, n.velocity) for n in piece.notes] == [(127, 127)]


def test_other_chunks_and_sysex_are_skipped(read):
    extra = chunk("01 02 03", b"XFIH")
    piece = read(midi(extra, f"00 F0 02 41 F7 00 90 3C 40 10 3C 00 {END}", count=1))
    assert len(piece.notes) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04" + bytes(30), "not a MIDI file: .*begin with b'MThd', found a zip archive"),
        (b"hello, world!!", "not a MIDI file: .*found b'hell'"),
        (b"MThd\0\0", "expected a header of 14 bytes, found 6"),
        (midi(END, division=0), "ticks per quarter note, found a division of 0"),
        (midi(END, division=-6360), "found a division of -6360 .*frames per second"),
        (midi(count=0), "expected 1 tracks, found 0"),
        (midi(END)[:-1], "cut off in track 1: expected 4 bytes, found 3"),
        (midi("00 90 3C"), "event at byte 2 of a track is cut off"),
        (midi("00 3C 40"), "byte 1 of a track: expected a status byte, found a data byte before"),
        (midi("00 F4 40"), "expected a status byte, found 0xf4"),
        (midi("00 FF 51 03 00 00 00"), "tempo at tick 0: expected a positive number, found 0"),
        (midi("FF FF FF FF FF FF FF FF FF 00"), "a number of at most 9 bytes"),
        (midi("FF FF FF FF 7F 90 3C 40"), "expected ticks below 10000000000, found"),
        (midi("00 FF 01 FF FF FF FF 7F"), "cut off"),
    ],
)
def test_what_cannot_be_read(read, data, message):
    with pytest.raises(MidiError, match=message) as error:
        read(data)
    assert "piece.mid" in str(error.value)


def test_missing_files_and_folders(tmp_path):
    (tmp_path / "primer.mid").write_bytes(midi(END))
    with pytest.raises(MidiError, match=r"no such file: .*; did you mean primer\.mid\?"):
        read_midi(tmp_path / "primmer.mid")
    with pytest.raises(MidiError, match="is a folder; expected a file"):
        read_midi(tmp_path)
    with pytest.raises(MidiError, match="cannot read a"):
        read_midi("a\0b.mid")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_refused_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mid")
    with pytest.raises(MidiError, match="is a device or a pipe; expected a file"):
        read_midi(tmp_path / "pipe.mid")


def test_limits(read, monkeypatch):
    monkeypatch.setattr(midi_read, "MAX_BYTES", 10)
    with pytest.raises(MidiError, match="has 26 bytes; expected at most 10"):
        read(midi(END))
    monkeypatch.undo()
    monkeypatch.setattr(midi_read, "MAX_EVENTS", 3)
    with pytest.raises(MidiError, match="expected at most 3 events, found more"):
        read(midi(END, f"{END} {END} {END}"))


def test_wrong_extension_does_not_matter(tmp_path):
    path = tmp_path / "song.txt"
    path.write_bytes(melody_to_midi([60]))
    assert len(read_midi(path).notes) == 1


SMALL = midi(f"00 FF 03 01 41 {TEMPO_60} 00 F0 02 41 F7 00 90 3C 40 83 00 3C 00 {END}", END)


def readable(path, data):
    """Reads damaged bytes; only MidiError may come of it, and soon."""
    path.write_bytes(data)
    try:
        return isinstance(read_midi(path), MidiPiece)
    except MidiError:
        return False


def test_every_truncation_is_an_error(tmp_path):
    assert readable(tmp_path / "whole.mid", SMALL)
    between = len(SMALL) - len(chunk(END))
    for size in sorted({*range(len(SMALL))} - {between}):  # between two tracks: one is there
        assert not readable(tmp_path / "cut.mid", SMALL[:size])


def test_every_byte_set_to_extremes(tmp_path):
    for position in range(len(SMALL)):
        for value in (0, 1, 0x7F, 0x80, 0xF0, 0xFF):
            data = bytearray(SMALL)
            data[position] = value
            readable(tmp_path / "flipped.mid", data)


def test_many_flipped_bytes(tmp_path):
    rng = random.Random(9)
    for _ in range(500):
        data = bytearray(melody_to_midi([60, -2, 62, -2, 64, -1]))
        for _ in range(rng.randrange(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        readable(tmp_path / "flipped.mid", data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 3))
def test_random_bytes(tmp_path_factory, body, count):
    path = tmp_path_factory.getbasetemp() / "random.mid"
    readable(path, body)
    readable(path, midi(*[struct.pack(">4sL", b"MTrk", len(body)) + body] * count))


@pytest.mark.parametrize("pattern", [b"\xff", b"\x80", b"\x00", b"\x00\x90", b"\x00\xff\x01\x7f"])
def test_a_large_damaged_file_is_read_in_one_pass(tmp_path, pattern):
    """What looks again at each of its two million bytes does not end within a test's time limit."""
    body = pattern * (2**21 // len(pattern))
    readable(tmp_path / "large.mid", midi(struct.pack(">4sL", b"MTrk", len(body)) + body))
