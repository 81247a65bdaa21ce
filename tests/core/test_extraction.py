"""Extraction of melodies: hand-checked cases, and the rules of a single melody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.constants import NO_EVENT, NOTE_OFF
from ssc_melody.melody import extraction
from ssc_melody.melody.extraction import Limits, extract_melodies
from ssc_melody.melody.quantized import QuantizedNote, from_quantized_notes

ANY = Limits(min_bars=0, max_steps=None, min_unique_pitches=0)
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def quarters(pitches, start=0):
    return [QuantizedNote(p, start + 4 * i, start + 4 * i + 4) for i, p in enumerate(pitches)]


def events_of(notes, limits=ANY, steps_per_bar=16.0):
    found, counts = extract_melodies([(0, notes)], steps_per_bar, limits)
    return [(melody.events, melody.start_step) for melody in found], counts


def test_notes_become_events():
    notes = [QuantizedNote(60, 2, 4), QuantizedNote(62, 6, 7)]
    found, counts = events_of(notes, steps_per_bar=8)
    assert found == [([NO_EVENT, NO_EVENT, 60, NO_EVENT, NOTE_OFF, NO_EVENT, 62], 0)]
    assert not counts


def test_a_gap_of_a_bar_divides():
    notes = [QuantizedNote(60, 0, 4), QuantizedNote(62, 20, 24), QuantizedNote(64, 39, 40)]
    found, _ = events_of(notes)
    assert [start for _, start in found] == [0, 16]
    # the second goes on: between 24 and 39 there are 15 steps
    assert len(found[1][0]) == 24


def test_the_limits_count_what_they_discard():
    melody = quarters(SCALE * 4)  # 8 bars
    _, counts = events_of(melody, Limits(min_bars=9))
    assert counts == {extraction.TOO_SHORT: 1}
    _, counts = events_of(melody, Limits(min_unique_pitches=8))
    assert counts == {extraction.TOO_FEW_PITCHES: 1}
    found, counts = events_of(melody, Limits())
    assert len(found) == 1
    assert not counts


def test_long_melodies_are_truncated_or_split():
    melody = quarters(SCALE * 8)  # 256 steps
    (found, counts) = events_of(melody, Limits(max_steps=120))
    assert ([len(e) for e, _ in found], dict(counts)) == ([120], {extraction.TRUNCATED: 1})
    found, counts = events_of(melody, Limits(max_steps=120, long_melodies="split"))
    # split at bar lines, after 7 bars of 16: 112 + 112 + 32, of which the last is too short
    assert [(len(e), start) for e, start in found] == [(112, 0), (112, 112)]
    assert counts == {extraction.SPLIT: 1, extraction.TOO_SHORT: 1}


def test_a_note_held_over_a_split_does_not_begin_again():
    notes = [*quarters(SCALE * 4)[:-1], QuantizedNote(60, 124, 140), *quarters(SCALE * 4, 140)]
    limits = Limits(min_bars=1, max_steps=128, long_melodies="split")
    found, _ = events_of(notes, limits)
    assert found[1][0][:13] == [NO_EVENT] * 12 + [60]


def test_silent_bars():
    assert extraction.empty_bar_ratio([60, *[NO_EVENT] * 15, NOTE_OFF, *[NO_EVENT] * 15], 16) == 0.5
    assert extraction.empty_bar_ratio([60] + [NO_EVENT] * 31, 16) == 0.0
    notes = [*quarters(SCALE * 2), *quarters(SCALE * 2, 64 + 64)]
    limits = Limits(gap_bars=10, max_empty_bar_ratio=0.3)
    found, counts = events_of(notes, limits)
    assert not found
    assert counts == {extraction.TOO_EMPTY: 1}
    assert len(events_of(notes, Limits(gap_bars=10, max_empty_bar_ratio=0.4))[0]) == 1


def test_polyphony_ends_a_track_but_keeps_what_came_before():
    chord = [QuantizedNote(60, 160, 164), QuantizedNote(64, 164, 168), QuantizedNote(67, 164, 168)]
    found, counts = events_of([*quarters(SCALE * 4), *chord], Limits(min_bars=2))
    assert len(found) == 1
    assert counts == {extraction.POLYPHONIC: 1}


def test_bars_of_no_whole_number_of_steps():
    found, counts = events_of(quarters(SCALE * 4), ANY, steps_per_bar=5.0 * 4 / 16 * 2.5)
    assert not found
    assert counts == {extraction.BAD_BAR: 1}
    assert not events_of([], ANY, 0.5)[0]


def test_odd_notes_do_no_harm():
    notes = [
        QuantizedNote(60, 5, 5),
        QuantizedNote(61, 0, 4, velocity=0),
        QuantizedNote(62, 0, 4, is_drum=True),
    ]
    found, counts = events_of(notes)
    assert not found
    assert counts == {extraction.BAD_NOTE: 1}


note = st.builds(
    lambda pitch, start, length, velocity, drum: QuantizedNote(
        pitch, start, start + length, velocity, drum
    ),
    st.integers(0, 127),
    st.integers(0, 200),
    st.integers(1, 40),
    st.sampled_from([0, 80, 80, 80]),
    st.sampled_from([False, False, False, True]),
)


@given(st.lists(note, max_size=40), st.integers(1, 24), st.sampled_from([0.5, 1.0, 2.0]))
@settings(max_examples=200, deadline=None)
def test_one_pass_gives_what_repeated_searches_give(notes, bar, gap_bars):
    limits = Limits(0, None, min_unique_pitches=0, gap_bars=gap_bars, ignore_polyphonic_notes=True)
    found, _ = events_of(notes, limits, float(bar))
    expected, search = [], 0
    while True:
        events, start = from_quantized_notes(notes, bar, search, gap_bars)
        if not events:
            break
        expected.append((events, start))
        search = start + len(events) + -(start + len(events)) % bar
    assert found == expected


@pytest.mark.parametrize("count", [20_000])
def test_time_grows_with_the_notes_only(count):
    notes = [QuantizedNote(60 + i % 12, 40 * i, 40 * i + 1) for i in range(count)]
    found, counts = events_of(notes, Limits(min_bars=7))
    assert not found
    assert counts == {extraction.TOO_SHORT: count}
