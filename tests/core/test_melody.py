"""Melodies by number: Mary had a little lamb, and the corners of each function."""

import math
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssc_melody.errors import MelodyError, SscMelodyError
from ssc_melody.formats.protos import NoteSequence
from ssc_melody.melody import events as melody_events
from ssc_melody.melody import quantized as quantized_notes
from ssc_melody.melody.events import MelodyNote
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.quantized import PolyphonyError, QuantizedNote

# E . D . C . D . | E . E . E . . . with a breath at the end
MARY = [64, -2, 62, -2, 60, -2, 62, -2, 64, -2, 64, -2, 64, -2, -1, -2]

EVENTS = st.lists(st.sampled_from([-2, -2, -2, -1, 0, 48, 60, 61, 67, 127]), max_size=60)


def test_clean_silences_note_offs_before_the_first_note():
    assert melody_events.clean([-1, -2, -1, 60, -1]) == [-2, -2, -2, 60, -1]
    assert melody_events.clean([-1, -1]) == [-2, -2]
    assert melody_events.clean([]) == []


@pytest.mark.parametrize("bad", [-3, 128, 60.0, "60", None])
def test_clean_names_the_step_and_the_event(bad):
    with pytest.raises(MelodyError, match=rf"event 1: .*-2 to 127.*found {bad!r}"):
        melody_events.clean([60, bad])


def test_notes_end_with_a_note_a_note_off_or_the_melody():
    found = Melody([-2, 60, -2, 62, -1, -2, 62, 0, -2]).notes()
    assert found == [(60, 1, 3), (62, 3, 4), (62, 6, 7), (0, 7, 9)]
    assert isinstance(found[0], MelodyNote)
    assert Melody([]).notes() == Melody([-2, -1]).notes() == []
    assert (len(Melody(MARY)), list(Melody(MARY))) == (16, MARY)


def test_major_key_is_the_first_of_the_best():
    assert melody_events.major_key(MARY) == 0  # C, D and E belong to C, G and F as well
    assert melody_events.major_key([66, 62]) == 2  # F sharp and D: D, G and A
    assert melody_events.major_key([-2, -1]) == 0
    assert melody_events.major_key([61]) == 1


def test_transpose_folds_by_octaves():
    assert melody_events.transpose([60, -2, -1, 72], 2) == [62, -2, -1, 74]
    assert melody_events.transpose([47, 30, 84, 100], 0, 48, 84) == [59, 54, 72, 76]
    assert melody_events.transpose([0, 127], -3) == [9, 124]


def test_squash_centres_a_melody_in_the_range():
    events, amount = melody_events.squash([36, -2, 38, -1], 48, 84, 0)
    assert (events, amount) == ([60, -2, 62, -1], 24)
    events, amount = melody_events.squash([61, 65, 68], 48, 84, 0)  # C sharp major comes down to C
    assert (events, amount) == ([60, 64, 67], -1)


def test_squash_rounds_half_an_octave_to_even():
    assert melody_events.squash([60], 49, 84, 0) == ([60], 0)  # centre 66: half an octave up
    assert melody_events.squash([60], 61, 96, 0) == ([84], 24)  # centre 78: one and a half


def test_squash_without_key_or_notes():
    assert melody_events.squash([40, 60], 48, 84, None) == ([52, 60], 0)
    assert melody_events.squash([-2, -1], 48, 84, 0) == ([-2, -1], 0)


def test_set_length_ends_what_sounds():
    assert melody_events.set_length([60, -2], 5) == [60, -2, -1, -2, -2]
    assert melody_events.set_length([60, -1, -2], 5) == [60, -1, -2, -2, -2]
    assert melody_events.set_length([], 2) == [-2, -2]
    assert melody_events.set_length([60, -2, 62], 2) == [60, -2]
    with pytest.raises(MelodyError, match="found -1"):
        melody_events.set_length([60], -1)


def test_inputs_are_not_changed():
    events = [-1, 40, -2]
    for call in (
        melody_events.clean,
        lambda e: melody_events.transpose(e, 1),
        lambda e: melody_events.squash(e, 48, 84, 0),
        lambda e: melody_events.set_length(e, 9),
    ):
        call(events)
        assert events == [-1, 40, -2]


def extract(*notes, **settings):
    return quantized_notes.from_quantized_notes([QuantizedNote(*n) for n in notes], 16, **settings)


def test_extraction_starts_on_a_bar_and_ends_with_the_last_note():
    assert extract((60, 18, 20), (62, 22, 23)) == ([-2, -2, 60, -2, -1, -2, 62], 16)
    assert extract() == ([], 0)
    assert extract((60, 2, 3), (62, 5, 7), search_start_step=4) == ([-2, 62, -2], 4)


def test_extraction_quirks():
    drum = (36, 3, 4, 100, True)
    assert extract(drum, (60, 32, 33)) == ([-2] * 32 + [60], 0)  # 1: the drum's bar is the first
    assert extract((60, 3, 4, 0), (60, 32, 33)) == ([-2] * 32 + [60], 0)
    assert extract(drum, (60, 3, 4, 0)) == ([], 0)
    assert extract((60, 0, 8), (62, 2, 4)) == ([60, -2, 62, -2], 0)  # 2: cut, and not resumed
    gap = extract((60, 0, 40), (62, 1, 2), (64, 20, 21), gap_bars=1)  # 3: from the shorter's end
    assert gap == ([60, 62], 0)
    assert extract((60, 0, 1), (72, 0, 2), (48, 0, 9)) == ([72, -2], 0)  # 4: the highest


def test_extraction_errors():
    with pytest.raises(PolyphonyError, match=r"Step 4: .*72 and 60"):
        extract((60, 4, 5), (72, 4, 5), ignore_polyphonic_notes=False)
    with pytest.raises(MelodyError, match=r"pitch 60: .*step 4, found step 4"):
        extract((60, 4, 4))
    with pytest.raises(MelodyError, match="at most 1000000 steps, found 5000000000"):
        extract((60, 0, 5 * 10**9))


@given(EVENTS)
def test_notes_make_the_melody_again(events):
    """Extraction undoes melody_notes, save for the bars of silence before and all of it after."""
    notes = melody_events.melody_notes(events)
    found, start = quantized_notes.from_quantized_notes([QuantizedNote(*n) for n in notes], 16)
    shifted = [(p, s + start, e + start) for p, s, e in melody_events.melody_notes(found)]
    assert shifted == notes
    assert start % 16 == 0


@given(EVENTS, st.sampled_from([(48, 84), (0, 128), (60, 72)]), st.none() | st.integers(0, 11))
def test_squash_stays_in_range_and_moves_all_alike(events, pitch_range, key):
    squashed, amount = melody_events.squash(events, *pitch_range, key)
    for before, after in zip(events, squashed, strict=True):
        assert after == before if before < 0 else (after - before - amount) % 12 == 0
        assert after < 0 or pitch_range[0] <= after < pitch_range[1]


@given(EVENTS, st.integers(0, 90))
def test_set_length_keeps_notes(events, steps):
    extended = melody_events.set_length(events, steps)
    assert len(extended) == steps
    if steps >= len(events):
        assert melody_events.melody_notes(extended) == melody_events.melody_notes(events)


def test_note_times_are_stocks_products():
    step = 60.0 / 133.33 / 4
    found = melody_events.note_times([60, -2, 62], 133.33, 4, 16)
    assert found == [
        (60, 0 * step + 16 * step, 2 * step + 16 * step),
        (62, 2 * step + 16 * step, 3 * step + 16 * step),
    ]
    assert math.isclose(found[0][1], 1.8, rel_tol=1e-3)


def test_to_midi_writes_the_file_and_nothing_else(tmp_path):
    path = tmp_path / "mary.mid"
    Melody(MARY, start_step=16).to_midi(path, qpm=90)
    assert path.read_bytes().startswith(b"MThd")
    assert [p.name for p in tmp_path.iterdir()] == ["mary.mid"]
    with pytest.raises(SscMelodyError, match="velocity: expected 0 to 127, found 200"):
        Melody(MARY).to_midi(tmp_path / "loud.mid", velocity=200)
    assert [p.name for p in tmp_path.iterdir()] == ["mary.mid"]


def test_to_note_sequence_holds_the_notes(monkeypatch):
    """With this library's own NoteSequence in the place of note-seq's, which need not be there."""
    module = types.ModuleType("note_seq.protobuf")
    module.music_pb2 = types.SimpleNamespace(NoteSequence=NoteSequence)
    monkeypatch.setitem(sys.modules, "note_seq", types.ModuleType("note_seq"))
    monkeypatch.setitem(sys.modules, "note_seq.protobuf", module)
    melody = Melody([-2, 60, -2, 62, -1, -2], start_step=2)
    sequence = melody.to_note_sequence(qpm=60, velocity=70, program=24)
    assert [tempo.qpm for tempo in sequence.tempos] == [60]
    assert sequence.ticks_per_quarter == 220
    assert [(n.pitch, n.start_time, n.end_time, n.velocity, n.program) for n in sequence.notes] == [
        (60, 0.75, 1.25, 70, 24),
        (62, 1.25, 1.5, 70, 24),
    ]
    assert sequence.total_time == 1.5
    assert Melody([-2, -1]).to_note_sequence().total_time == 0


def test_to_note_sequence_names_what_it_needs(monkeypatch):
    for name in ("note_seq", "note_seq.protobuf"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SscMelodyError, match=r"to_note_sequence needs note-seq: .*pip install"):
        Melody(MARY).to_note_sequence()
