"""MIDI files of several tracks and metres, as literal bytes, and what has no place in one."""

import pytest

from ssc_melody.errors import MidiError
from ssc_melody.midi.read import parse_midi
from ssc_melody.midi.write import DRUM_CHANNEL, MAX_TEMPO, Metre, MidiTrack, TrackNote, midi_bytes
from tests.core.test_midi_write import from_hex

TRACKS = [
    MidiTrack([TrackNote(64, 96, 192, 90), TrackNote(60, 0, 96, 80)], 2, 24, "Büro"),
    MidiTrack([TrackNote(36, 200, 400, 127)], DRUM_CHANNEL),
]
METRES = [Metre(288, 2, 4), Metre(0, 3, 4), Metre(1152, 7, 8)]


def test_tracks_and_metres():
    expected = from_hex(
        """
        4D 54 68 64  00 00 00 06  00 01  00 03  00 60   # 3 tracks, 96 ticks to the quarter
        4D 54 72 6B  00 00 00 25
        00  FF 51 03  0F 42 40      # a second to the quarter
        00  FF 58 04  03 02 18 08   # 3/4
        82 20  FF 58 04  02 02 18 08   # 2/4, 288 ticks later
        86 60  FF 58 04  07 03 18 08   # 7/8, 864 ticks after that
        01  FF 2F 00
        4D 54 72 6B  00 00 00 1C
        00  FF 03 04  42 FC 72 6F   # its name, in Latin-1
        00  C2 18                   # program 24 on channel 2
        00  92 3C 50                # C begins, though it was given last
        60  3C 00                   # and ends before E begins, on the same tick
        00  40 5A
        60  40 00
        01  FF 2F 00
        4D 54 72 6B  00 00 00 10
        00  C9 00
        81 48  99 24 7F             # a drum at tick 200
        81 48  24 00
        01  FF 2F 00
        """
    )
    made = midi_bytes(
        TRACKS, ticks_per_quarter=96, microseconds_per_quarter=1_000_000, metres=METRES
    )
    assert made == expected


def test_they_are_read_again():
    made = midi_bytes(
        TRACKS, ticks_per_quarter=96, microseconds_per_quarter=1_000_000, metres=METRES
    )
    piece = parse_midi(made, "x")
    assert [(n.pitch, n.start_tick, n.end_tick, n.velocity, n.is_drum) for n in piece.notes] == [
        (60, 0, 96, 80, False),
        (64, 96, 192, 90, False),
        (36, 200, 400, 127, True),
    ]
    assert [(m.tick, m.time, m.numerator, m.denominator) for m in piece.time_signatures] == [
        (0, 0.0, 3, 4),
        (288, 3.0, 2, 4),
        (1152, 12.0, 7, 8),
    ]


@pytest.mark.parametrize(("microseconds", "fits"), [(0, False), (1, True), (MAX_TEMPO, True)])
def test_tempos_that_three_bytes_hold(microseconds, fits):
    def write(tempo):
        return midi_bytes([], ticks_per_quarter=96, microseconds_per_quarter=tempo)

    if fits:
        assert int.from_bytes(write(microseconds)[26:29], "big") == microseconds
    else:
        with pytest.raises(MidiError, match=r"^MIDI tempo .*: expected 1 to 16777215, found 0$"):
            write(microseconds)
    with pytest.raises(MidiError, match=r"found 16777216$"):
        write(MAX_TEMPO + 1)


@pytest.mark.parametrize(
    ("metre", "found"),
    [((5, 3, 3), "3/3"), ((5, 256, 4), "256/4"), ((5, -1, 4), "-1/4"), ((5, 4, 0), "4/0")],
)
def test_metres_that_have_no_place(metre, found):
    with pytest.raises(MidiError, match=rf"^MIDI metre at tick 5: .*power of 2, found {found}$"):
        midi_bytes(
            [], ticks_per_quarter=96, microseconds_per_quarter=500_000, metres=[Metre(*metre)]
        )


@pytest.mark.parametrize("program", [-1, 128])
def test_programs_that_have_no_place(program):
    with pytest.raises(MidiError, match=rf"^MIDI program of track 1: .*found {program}$"):
        midi_bytes(
            [MidiTrack([]), MidiTrack([], program=program)],
            ticks_per_quarter=96,
            microseconds_per_quarter=500_000,
        )
