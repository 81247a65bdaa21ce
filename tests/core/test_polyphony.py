"""The tune of pieces with several notes at once, on cases counted by hand."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.melody.polyphony import (
    choose_track,
    explain_choice,
    melody_track,
    top_note,
    upper_voice,
)
from ssc_melody.melody.quantized import QuantizedNote, from_quantized_notes
from ssc_melody.midi.read import MidiNote, MidiPiece, TempoChange

TUNE = [72, 74, 76, 77, 79, 77, 76, 74, 72, 71, 72, 76, 79, 81, 79, 76]


def note(pitch, start, end, track=0, instrument=None, is_drum=False):
    instrument = track if instrument is None else instrument
    return MidiNote(pitch, 90, start, end, start / 8, end / 8, track, instrument, 0, is_drum)


def piece(*tracks, names=None):
    """A piece of 4 ticks a quarter; each track is a list of (pitch, start, end)."""
    notes = [note(*row, track=i) for i, rows in enumerate(tracks) for row in rows]
    return MidiPiece(4, [TempoChange(0, 0.0, 120.0)], [], notes, names or [""] * len(tracks))


def row(pitches, length=4):
    return [(pitch, i * length, (i + 1) * length) for i, pitch in enumerate(pitches)]


def starts(notes):
    return [(n.pitch, n.start_tick, n.end_tick) for n in notes]


def test_top_note_keeps_the_highest_of_an_onset_and_cuts_it_at_the_next():
    notes = [note(60, 0, 8), note(64, 0, 8), note(67, 0, 4, track=1), note(55, 2, 8)]
    assert starts(top_note(notes)) == [(67, 0, 2), (55, 2, 8)]


def test_top_note_takes_the_time_of_a_cut_from_the_note_that_cuts():
    first, _ = top_note([note(60, 0, 8), note(64, 4, 8)])
    assert (first.end_tick, first.end_time) == (4, 0.5)


def test_top_note_takes_the_longer_of_equal_pitches():
    assert starts(top_note([note(60, 0, 2), note(60, 0, 6), note(60, 0, 4)])) == [(60, 0, 6)]


def test_top_note_leaves_drums_out():
    assert top_note([note(90, 0, 4, is_drum=True)]) == []


def test_a_step_joins_the_notes_of_a_spread_chord():
    spread = [note(60, 99, 200), note(67, 103, 200), note(64, 108, 200)]
    assert starts(top_note(spread, step_ticks=20)) == [(67, 103, 200)]
    assert len(top_note(spread)) == 3


@given(st.lists(st.tuples(st.integers(40, 80), st.integers(0, 40), st.integers(1, 9))))
@settings(max_examples=200, deadline=None)
def test_top_note_gives_the_melody_that_stocks_rule_gives(rows):
    notes = [note(pitch, start, start + length) for pitch, start, length in rows]

    def events(some):
        quantized = [QuantizedNote(n.pitch, n.start_tick, n.end_tick) for n in some]
        return from_quantized_notes(quantized, 16)

    kept = top_note(notes)
    assert all(a.end_tick <= b.start_tick for a, b in itertools.pairwise(kept))
    assert kept == top_note(reversed(kept))
    longest = {(n.pitch, n.start_tick): n for n in sorted(notes, key=lambda n: n.end_tick)}
    assert events(kept) == events(longest.values())


def test_upper_voice_drops_what_begins_under_a_higher_note():
    chords = [(72, 0, 8), (60, 0, 4), (64, 2, 6), (60, 4, 8), (74, 8, 12), (62, 8, 12)]
    assert starts(upper_voice([note(*r) for r in chords])) == [(72, 0, 8), (74, 8, 12)]


def test_upper_voice_keeps_a_note_that_is_struck_again_while_it_sounds():
    """Pedalled piano: the same pitch covers itself, which only a higher one may do."""
    tune = [(72, 4 * i, 4 * i + 8) for i in range(4)]
    chords = [(pitch, 4 * i, 4 * i + 4) for i in range(4) for pitch in (55, 60)]
    found = upper_voice([note(*r) for r in tune + chords])
    assert starts(found) == [(72, 0, 4), (72, 4, 8), (72, 8, 12), (72, 12, 20)]


def test_upper_voice_forgives_legato():
    slurred = [note(76, 0, 5), note(74, 4, 9), note(72, 8, 12), note(48, 0, 1), note(48, 4, 5)]
    assert [n.pitch for n in upper_voice(slurred)] == [76, 74, 72]


def test_upper_voice_drops_a_bass_that_fills_a_rest():
    tune = [(p, s, s + 2) for p, s, _ in row(TUNE)]
    bass = [(40, s + 2, s + 4) for _, s, _ in row(TUNE)][4:6]
    chords = [(55, s, s + 1) for _, s, _ in row(TUNE)]
    found = upper_voice([note(*r) for r in tune + bass + chords])
    assert [n.pitch for n in found] == TUNE


def test_upper_voice_leaves_one_voice_alone():
    wide = [note(p, s, e) for p, s, e in row([72, 40, 74, 41, 76, 72, 45, 71])]
    assert upper_voice(wide) == wide


def test_a_name_decides_even_for_a_low_part():
    low, high = row([48, 50, 52, 53] * 4), row(TUNE)
    assert choose_track(piece(high, low, names=["", "Melody"])) == 1
    assert explain_choice(piece(high, low, names=["", "Melody"])).reason == "its name"


def test_the_names_of_other_parts_do_not_win():
    backing, lead = row([84, 86] * 8), row(TUNE)
    assert choose_track(piece(backing, lead, names=["Backing vocals", "Strings"])) == 1


def test_a_named_part_with_hardly_a_note_is_passed_over():
    tune = row(TUNE * 2)
    assert choose_track(piece(tune, row([60]), names=["Piano", "Vocals"])) == 0


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_without_names_the_tune_beats_bass_and_chords(order):
    bass = row([36, 43] * 4, 8)
    chords = [(p, s, e) for _, s, e in row([0] * 8, 8) for p in (60, 64, 67)]
    parts = [row(TUNE), bass, chords]
    music = piece(*(parts[i] for i in order))
    assert choose_track(music) == order.index(0)
    assert [n.pitch for n in melody_track(music)] == TUNE
    assert explain_choice(music).reason.startswith("the best score of 3 parts")


def test_among_equal_names_the_score_decides():
    low = row([p - 12 for p in TUNE])
    choice = explain_choice(piece(low, row(TUNE), names=["Melody 2", "Melody 1"]))
    assert (choice.track, choice.name) == (1, "Melody 1")
    assert choice.reason.startswith("its name and the best score of 2 parts")


def test_among_voices_the_first_of_the_highest_kind_has_the_tune():
    low = row([p - 12 for p in TUNE])
    names = ["Piano", "Tenor 2", "Tenor 1", "Baritone"]
    choice = explain_choice(piece(row(TUNE), low, low, low, names=names))
    assert choice == (2, "Tenor 1", "its name, the first of 3 voices")


def test_a_voice_with_little_to_sing_is_passed_over():
    long, short = row(TUNE * 3), row(TUNE)
    assert choose_track(piece(short, long, names=["Soprano", "Baritone"])) == 1


def test_a_slow_voice_over_many_fast_notes_is_no_interjection():
    fast = row([60, 64, 67, 64] * 64, 1)
    assert choose_track(piece(fast, row(TUNE, 16), names=["Piano", "Voice"])) == 1


@pytest.mark.parametrize(("low", "track"), [(0, 0), (-24, 1)])
def test_a_bass_sings_where_a_man_can(low, track):
    part = row([p - 19 + low for p in TUNE])
    assert choose_track(piece(part, row(TUNE), names=["Bass", "Piano"])) == track


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_without_names_the_tune_beats_a_bridge_and_its_accompaniment(order):
    """The tune pauses every other four bars; what plays then is wider and leaps."""
    phrase = row(TUNE)
    tune = [(p - 5, s + at, e + at) for at in (0, 64, 128, 256) for p, s, e in phrase]
    answer = [79, 67, 84, 72, 88, 76, 71, 91, 86, 74, 79, 62, 67, 83, 90, 79]
    bridge = [(p, s + at, e + at) for at in (128, 192, 320) for p, s, e in row(answer)]
    chords = [(36, 8 * i, 8 * i + 8) for i in range(48)]
    chords += [((52, 60, 67, 76)[i % 4], 2 * i, 2 * i + 2) for i in range(192)]
    parts = [tune, bridge, chords]
    assert choose_track(piece(*(parts[i] for i in order))) == order.index(0)


def test_without_names_a_tune_beats_a_high_pad_and_a_riff():
    pad = row([84, 83, 84, 86] * 2, 32)
    riff = row([76, 79, 84, 79] * 32, 2)
    assert choose_track(piece(pad, riff, row([p - 5 for p in TUNE] * 4))) == 2


def test_thousands_of_tracks_and_a_far_note_take_little():
    tracks = [[(60, i, i + 1)] for i in range(3000)]
    assert choose_track(piece(*tracks, [*row(TUNE * 4), (72, 2**31, 2**31 + 4)])) == 3000


def test_one_track_with_several_instruments_is_split_into_them():
    notes = [note(p, s, e, 0, 0) for p, s, e in row([40, 43] * 8)]
    notes += [note(p, s, e, 0, 1) for p, s, e in row(TUNE)]
    music = MidiPiece(4, [TempoChange(0, 0.0, 120.0)], [], notes, [""])
    assert [n.pitch for n in melody_track(music)] == TUNE


def test_a_piece_without_pitched_notes_has_no_tune():
    drums = MidiPiece(4, [], [], [note(40, 0, 4, is_drum=True)], [])
    assert melody_track(drums) == []
    assert explain_choice(drums) == (-1, "", "no pitched notes")


def test_the_order_of_the_notes_does_not_matter():
    music = piece(row(TUNE), row([60, 64, 67, 64] * 8, 2), row([36, 43] * 8))
    mixed = list(music.notes)
    random.Random(1).shuffle(mixed)
    again = MidiPiece(4, music.tempos, [], mixed, music.track_names)
    assert melody_track(again) == melody_track(music)
