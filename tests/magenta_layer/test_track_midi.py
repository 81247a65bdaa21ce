"""A MIDI file through our reader and writer of tracks is what note-seq makes of it."""

import io
import random

import mido
import note_seq
import pytest

from ssc_melody.play.starts import music_start
from ssc_melody.tracks.midi import to_midi

KEYS = ["C", "F#", "Bb", "Ab", "Em", "C#m", "Bbm", "Cb", "Abm"]


def _file(seed: int) -> bytes:
    """Returns a file of one tempo: notes, programs, controllers, bends, keys, metres, names."""
    rng = random.Random(seed)
    file = mido.MidiFile(ticks_per_beat=rng.choice([96, 220, 480]))
    timing = [mido.MetaMessage("set_tempo", tempo=rng.choice([500000, 461538, 631579]), time=0)]
    for time in (0, 480):
        timing.append(mido.MetaMessage("key_signature", key=rng.choice(KEYS), time=time))
    timing.insert(1, mido.MetaMessage("time_signature", numerator=3, denominator=4, time=0))
    file.tracks.append(mido.MidiTrack(timing))
    for number in range(rng.randint(1, 3)):
        track = mido.MidiTrack(
            [mido.MetaMessage("track_name", name=f"Part {number}")][: rng.randint(0, 1)]
        )
        sounding: list[tuple[int, int]] = []
        for _ in range(60):
            time, channel = rng.choice([0, 0, 7, 60]), rng.choice([number, number, 9])
            kind = rng.choice(["on", "on", "off", "off", "control", "bend", "program"])
            if kind == "on":
                note = rng.randint(50, 60)
                sounding.append((channel, note))
                message = mido.Message(
                    "note_on", channel=channel, note=note, velocity=rng.randint(1, 127), time=time
                )
            elif kind == "off" and sounding:
                channel, note = sounding.pop(rng.randrange(len(sounding)))
                message = mido.Message("note_off", channel=channel, note=note, time=time)
            elif kind == "bend":
                message = mido.Message(
                    "pitchwheel", channel=channel, pitch=rng.randint(-8192, 8191), time=time
                )
            elif kind == "program":
                message = mido.Message(
                    "program_change", channel=channel, program=rng.choice([0, 5]), time=time
                )
            else:
                message = mido.Message(
                    "control_change",
                    channel=channel,
                    control=rng.choice([7, 64]),
                    value=rng.randint(0, 127),
                    time=time,
                )
            track.append(message)
        file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("seed", range(40))
def test_a_copy_is_note_seqs(seed: int) -> None:
    data = _file(seed)
    sequence = note_seq.midi_to_note_sequence(data)
    theirs = io.BytesIO()
    note_seq.note_sequence_to_pretty_midi(sequence).write(theirs)
    start = music_start(data)
    assert start.moves
    copy = to_midi(
        start.notes,
        start.qpm,
        ticks_per_quarter=start.ticks_per_quarter,
        metres=start.metres,
        names=start.names,
        moves=start.moves,
        keys=start.keys,
    )
    assert copy == theirs.getvalue()
