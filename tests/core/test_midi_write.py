"""MIDI files as literal bytes; what is compared with note-seq stands in magenta_layer."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssc_melody.errors import MelodyError, MidiError, OptionError
from ssc_melody.melody.events import melody_notes
from ssc_melody.melody.midi import melody_to_midi


def from_hex(dump):
    """Bytes of a hex dump with # comments."""
    return bytes.fromhex(" ".join(line.split("#")[0] for line in dump.splitlines()))


HEADER = """
    4D 54 68 64  00 00 00 06    # MThd, 6 bytes
    00 01  00 02  00 DC         # format 1, 2 tracks, 220 ticks to the quarter
"""
TIMING = """
    4D 54 72 6B  00 00 00 13    # MTrk, 19 bytes
    00  FF 51 03  07 A1 20      # 500,000 microseconds to the quarter: 120 qpm
    00  FF 58 04  04 02 18 08   # 4/4
    01  FF 2F 00                # end, a tick later
"""


def test_rising_notes():
    track = """
        4D 54 72 6B  00 00 00 14
        00  C0 00               # program 0
        00  90 3C 64            # C begins at velocity 100
        6E  3C 00               # two steps of 55 ticks later it ends (running status)
        00  3E 64               # D begins
        37  3E 00               # one step
        01  FF 2F 00
    """
    assert melody_to_midi([60, -2, 62, -1]) == from_hex(HEADER + TIMING + track)


def test_falling_notes_begin_before_the_higher_one_ends():
    track = """
        4D 54 72 6B  00 00 00 14
        00  C0 05               # program 5
        86 70  90 3E 01         # a bar of silence: 880 ticks take two bytes
        37  3C 01               # C begins ...
        00  3E 00               # ... and then D ends
        37  3C 00
        01  FF 2F 00
    """
    data = melody_to_midi([62, 60], start_step=16, velocity=1, program=5)
    assert data[:41] == from_hex(HEADER + TIMING)
    assert data[41:] == from_hex(track.replace("00 00 00 14", "00 00 00 15"))


def test_no_notes_means_program_0():
    track = "4D 54 72 6B  00 00 00 07  00 C0 00  01 FF 2F 00"
    assert melody_to_midi([-1, -2], program=5) == from_hex(HEADER + TIMING + track)
    assert melody_to_midi([]) == from_hex(HEADER + TIMING + track)


@pytest.mark.parametrize(("qpm", "tempo"), [(70, 857142), (60, 1_000_000), (133.33, 450_011)])
def test_tempo_is_cut_off(qpm, tempo):
    assert int.from_bytes(melody_to_midi([60], qpm=qpm)[26:29], "big") == tempo


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"qpm": 3.5}, r"qpm: expected 3\.58 to 6e7 .*got 3\.5"),
        ({"qpm": 0}, "qpm: expected .* got 0"),
        ({"qpm": 1e8}, r"qpm: expected .* got 1e\+08"),
        ({"qpm": float("inf")}, "got inf"),
        ({"qpm": float("nan")}, "got nan"),
        ({"velocity": 128}, "velocity: expected 0 to 127, found 128"),
        ({"program": -1}, "program: expected 0 to 127, found -1"),
        ({"start_step": -1}, "start_step: .*found -1"),
        ({"steps_per_quarter": 0}, "steps_per_quarter: .*found 0"),
    ],
)
def test_numbers_out_of_range(settings, message):
    with pytest.raises((MidiError, OptionError), match=message):
        melody_to_midi([60], **settings)


def test_events_out_of_range():
    with pytest.raises(MelodyError, match=r"event 0.*found 128"):
        melody_to_midi([128])


@given(st.lists(st.sampled_from([-2, -2, -1, 0, 60, 61, 127]), max_size=60), st.integers(0, 400))
def test_mido_reads_the_notes_again(events, start):
    import mido

    midi = mido.MidiFile(file=io.BytesIO(melody_to_midi(events, start_step=start)))
    tick, begun, found = 0, {}, []
    for message in midi.tracks[1]:
        tick += message.time
        if message.type == "note_on" and message.velocity:
            begun[message.note] = tick
        elif message.type == "note_on":
            found.append((message.note, begun[message.note] / 55 - start, tick / 55 - start))
    assert sorted(found, key=lambda note: note[1]) == melody_notes(events)
