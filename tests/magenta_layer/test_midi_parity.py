"""Melodies, MIDI files and primers against the very functions of note-seq and Magenta."""

import io
import os
import random
import zipfile
from pathlib import Path

import pytest

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
import note_seq
from note_seq import melodies_lib, midi_io
from note_seq.protobuf import music_pb2

from ssc_melody.errors import MelodyError, MidiError, PrimerError
from ssc_melody.melody import events as melody_events
from ssc_melody.melody import quantized as quantized_notes
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.midi import melody_to_midi
from ssc_melody.melody.primer import Primer, from_melody, from_midi
from ssc_melody.melody.quantized import QuantizedNote
from ssc_melody.midi.read import read_midi
from tests.make_golden_primer import midi_bytes, stock_primer

DATA = Path(os.environ.get("SSC_MELODY_DATA", Path(__file__).parents[3] / "shared" / "data"))
ZIPS = {"mozart.zip": 2, "classical.zip": 2, "nottingham_melody_midi.zip": 40}


def random_events(rng, longest=90):
    if rng.random() < 0.3:
        choices = [-2, -1, 60, 60, 61]
    else:
        choices = [-2] * 6 + [-1] + [rng.randrange(128) for _ in range(3)]
    return [rng.choice(choices) for _ in range(rng.randrange(longest))]


def random_qpm(rng):
    return rng.choice(
        [
            120.0,
            60.0,
            133.33,
            rng.uniform(4, 600),
            float(rng.randrange(4, 400)),
            rng.uniform(1e3, 1e6),
        ]
    )


def test_midi_bytes_and_note_sequences():
    rng = random.Random(1)
    for _ in range(500):
        events, qpm = random_events(rng), random_qpm(rng)
        start, per_quarter = (
            rng.choice([0, 0, 16, rng.randrange(3000)]),
            rng.choice([4, 4, 1, 7, 500]),
        )
        velocity, program = rng.choice([100, 1, 127]), rng.randrange(128)
        stock = note_seq.Melody(events, start_step=start, steps_per_quarter=per_quarter)
        sequence = stock.to_sequence(qpm=qpm, velocity=velocity, program=program)
        ours = Melody(events, start_step=start, steps_per_quarter=per_quarter)
        assert ours.to_note_sequence(qpm=qpm, velocity=velocity, program=program) == sequence
        data = melody_to_midi(
            events,
            qpm=qpm,
            steps_per_quarter=per_quarter,
            start_step=start,
            velocity=velocity,
            program=program,
        )
        assert data == midi_bytes(sequence)


def test_melody_functions():
    rng = random.Random(2)
    for _ in range(1000):
        events = random_events(rng)
        low = rng.randrange(100)
        high = rng.randrange(low + 1, 129)
        key, amount, length = rng.choice([None, 0, rng.randrange(12)]), rng.randrange(-60, 60), 50
        cleaned = melody_events.clean(events)
        assert cleaned == list(note_seq.Melody(events))
        assert melody_events.major_key(events) == note_seq.Melody(events).get_major_key()
        stock = note_seq.Melody(events)
        assert melody_events.squash(cleaned, low, high, key)[1] == stock.squash(low, high, key)
        assert melody_events.squash(cleaned, low, high, key)[0] == list(stock)
        stock = note_seq.Melody(events)
        stock.transpose(amount, low, high)
        assert melody_events.transpose(cleaned, amount, low, high) == list(stock)
        stock = note_seq.Melody(events)
        stock.set_length(length)
        assert melody_events.set_length(cleaned, length) == list(stock)


def random_notes(rng):
    notes = []
    for _ in range(rng.randrange(14)):
        start = rng.randrange(rng.choice([8, 40, 200]))
        length = rng.randrange(1, rng.choice([2, 10, 60])) if rng.random() > 0.01 else 0
        velocity, drum = rng.choice([100] * 6 + [0]), rng.random() < 0.1
        notes.append(QuantizedNote(rng.randrange(128), start, start + length, velocity, drum))
    return notes


def quantized_sequence(notes, beats):
    sequence = music_pb2.NoteSequence()
    sequence.quantization_info.steps_per_quarter = 4
    sequence.time_signatures.add(numerator=beats, denominator=4)
    for pitch, start, end, velocity, drum in notes:
        sequence.notes.add(
            pitch=pitch,
            quantized_start_step=start,
            quantized_end_step=end,
            velocity=velocity,
            is_drum=drum,
        )
    return sequence


def stock_extraction(notes, beats, search, gap, ignore):
    found = note_seq.Melody()
    try:
        found.from_quantized_sequence(
            quantized_sequence(notes, beats),
            search_start_step=search,
            gap_bars=gap,
            ignore_polyphonic_notes=ignore,
        )
    except melodies_lib.PolyphonicMelodyError:
        return "polyphony"
    except melodies_lib.BadNoteError:
        return "bad note"
    return list(found), found.start_step


def our_extraction(notes, beats, search, gap, ignore):
    try:
        return quantized_notes.from_quantized_notes(notes, 4 * beats, search, gap, ignore)
    except quantized_notes.PolyphonyError:
        return "polyphony"
    except MelodyError:
        return "bad note"


def test_melody_from_quantized_notes():
    rng = random.Random(3)
    for _ in range(2000):
        search, gap = rng.choice([0, 0, 5, 16, 40]), rng.choice([float("inf"), 0, 1, 2, 0.5])
        asked = (random_notes(rng), rng.choice([3, 4, 5, 1]), search, gap, rng.random() < 0.6)
        assert our_extraction(*asked) == stock_extraction(*asked)


def note_rows(notes):
    return [
        (n.pitch, n.velocity, n.start_time, n.end_time, n.instrument, n.program, n.is_drum)
        for n in notes
    ]


def assert_same_piece(path):
    stock, ours = midi_io.midi_file_to_note_sequence(str(path)), read_midi(path, as_stock=True)
    assert ours.ticks_per_quarter == stock.ticks_per_quarter
    assert note_rows(ours.notes) == note_rows(stock.notes)
    assert [(t.time, t.qpm) for t in ours.tempos] == [(t.time, t.qpm) for t in stock.tempos]
    assert [(t.time, t.numerator, t.denominator) for t in ours.time_signatures] == [
        (t.time, t.numerator, t.denominator) for t in stock.time_signatures
    ]


@pytest.mark.parametrize("name", ZIPS)
def test_real_files_read_alike(name, tmp_path):
    archive = DATA / name
    if not archive.is_file():
        pytest.skip(f"set SSC_MELODY_DATA to the folder that holds {name}")
    with zipfile.ZipFile(archive) as members:
        names = [n for n in members.namelist() if n.lower().endswith((".mid", ".midi"))]
        assert names
        for member in random.Random(4).sample(names, ZIPS[name]):
            path = tmp_path / "piece.mid"
            path.write_bytes(members.read(member))
            assert_same_piece(path)
            assert_same_primer(path)


def assert_same_primer(path):
    """Compares the primers of a long melody; where stock fails, ours must not."""
    sequence = midi_io.midi_file_to_note_sequence(str(path))
    try:
        stock = stock_primer(sequence, 50_000, sequence.tempos[0].qpm)
    except (
        AssertionError,
        note_seq.MultipleTempoError,
        note_seq.MultipleTimeSignatureError,
        note_seq.NonIntegerStepsPerBarError,
    ):
        assert any(event >= 0 for event in from_midi(path, num_steps=50_000).events)
    else:
        assert as_asked(from_midi(path, num_steps=50_000)) == stock


def random_midi(rng, messy):
    """A MIDI file of random events; `messy` with several tracks, channels, tempos and metres."""
    import mido

    midi = mido.MidiFile(ticks_per_beat=rng.choice([96, 220, 480, 1000]))
    for number in range(rng.randrange(1, 4) if messy else rng.randrange(1, 3)):
        track = mido.MidiTrack()
        midi.tracks.append(track)
        if number == 0 and rng.random() < 0.7:
            micros = rng.choice([500000, rng.randrange(100000, 2000000)])
            track.append(mido.MetaMessage("set_tempo", tempo=micros))
        if number == 0 and rng.random() < 0.7:
            beats = rng.randrange(1, 9)
            track.append(
                mido.MetaMessage(
                    "time_signature", numerator=beats, denominator=rng.choice([2, 4, 8])
                )
            )
        track.append(mido.MetaMessage("track_name", name=f"Track {number}"))
        for _ in range(rng.randrange(40)):
            channel = rng.choice([0, 1, 9]) if messy else 9 * number
            time = rng.choice([0, 0, 10, midi.ticks_per_beat // 4, rng.randrange(700)])
            kind = rng.random()
            if messy and kind < 0.05:
                tempo = rng.randrange(100000, 2000000)
                track.append(mido.MetaMessage("set_tempo", tempo=tempo, time=time))
            elif messy and kind < 0.1:
                program = rng.randrange(128)
                track.append(
                    mido.Message("program_change", program=program, channel=channel, time=time)
                )
            elif messy and kind < 0.13:
                track.append(mido.UnknownMetaMessage(0x60, data=[1, 2], time=time))
            elif messy and kind < 0.16:
                track.append(mido.Message("sysex", data=[1, 2], time=time))
            else:
                track.append(
                    mido.Message(
                        rng.choice(["note_on", "note_on", "note_off"]),
                        note=rng.randrange(60, 63 if messy else 72),
                        velocity=rng.choice([0, 64, 100]),
                        channel=channel,
                        time=time,
                    )
                )
    return midi


@pytest.mark.filterwarnings("ignore:Tempo, Key or Time:RuntimeWarning")  # pretty_midi's
def test_random_files_read_alike(tmp_path):
    rng = random.Random(5)
    for _ in range(300):
        path = tmp_path / "piece.mid"
        random_midi(rng, messy=True).save(path)
        assert_same_piece(path)


def as_asked(primer):
    assert isinstance(primer, Primer)
    return (primer.events, primer.num_steps, primer.start_step, primer.steps_per_bar)


def compare(stock, make, source, **settings):
    """Compares a primer with stock's; where stock has no room: refused, or a step early."""
    if stock is not None:
        assert as_asked(make(source, **settings)) == stock
        return "equal"
    try:
        primer = make(source, **settings)
    except PrimerError as error:
        needed = int(str(error).rsplit(" ", 1)[1])
    else:
        assert primer.num_steps == len(primer.events) + 1
        return "early"
    assert needed > settings["num_steps"]
    with pytest.raises(PrimerError):
        make(source, **{**settings, "num_steps": needed - 1})
    primer = make(source, **{**settings, "num_steps": needed})
    assert primer.num_steps == len(primer.events) + 1
    return "refused"


def test_primer_melodies():
    rng = random.Random(6)
    seen = {"equal": 0, "refused": 0, "early": 0}
    for _ in range(1500):
        events, qpm = random_events(rng, 80), random_qpm(rng)
        num_steps = rng.choice([128, len(events) + rng.randrange(5), rng.randrange(1, 200)])
        sequence = note_seq.Melody(events).to_sequence(qpm=qpm)
        stock = stock_primer(sequence, num_steps, qpm)
        seen[compare(stock, from_melody, events, num_steps=num_steps, qpm=qpm)] += 1
    assert min(seen.values()) > 20, seen


def test_primer_midi_files(tmp_path):
    """One melodic instrument, sometimes with drums: the files that stock can take."""
    rng = random.Random(7)
    seen = {"equal": 0, "refused": 0, "early": 0}
    path = tmp_path / "primer.mid"
    for _ in range(600):
        random_midi(rng, messy=False).save(path)
        sequence = midi_io.midi_file_to_note_sequence(str(path))
        end = max((n.end_time for n in sequence.notes), default=0)
        steps = int(end * sequence.tempos[0].qpm / 15)
        num_steps = steps + rng.choice([0, 1, 2, 3, 64])
        try:
            stock = stock_primer(sequence, num_steps, sequence.tempos[0].qpm)
        except note_seq.NonIntegerStepsPerBarError:
            assert from_midi(path, num_steps=1024).steps_per_bar == 16
            continue
        seen[compare(stock, from_midi, path, num_steps=num_steps)] += 1
    assert min(seen.values()) > 20, seen


def test_where_note_seq_reads_so_do_we(tmp_path):
    rng = random.Random(8)
    path = tmp_path / "damaged.mid"
    read = 0
    for _ in range(300):
        out = io.BytesIO()
        random_midi(rng, messy=True).save(file=out)
        data = bytearray(out.getvalue())
        for _ in range(rng.randrange(1, 3)):
            data[rng.randrange(14, len(data))] = rng.randrange(256)
        path.write_bytes(data)
        try:
            ours = read_midi(path, as_stock=True)
        except MidiError:
            ours = None
        if ours is not None and max([n.end_tick for n in ours.notes], default=0) > 10**6:
            continue  # note-seq would make a table of that many ticks
        try:
            midi_io.midi_file_to_note_sequence(str(path))
        except (midi_io.MIDIConversionError, ValueError):
            continue
        assert_same_piece(path)
        read += 1
    assert read > 50
