"""Pieces cut at changes of metre and tempo, in seconds and in ticks: steps by hand."""

import pytest

from ssc_melody.dataset import options, sections
from ssc_melody.dataset.pieces import Piece, piece_of_note_sequence
from ssc_melody.families import get_spec
from ssc_melody.formats.protos import NoteSequence

SPEC = get_spec("basic_rnn")


def piece(notes, metres=(), tempos=(), total=None) -> Piece:
    """A NoteSequence of (pitch, start, end), (time, numerator, denominator), (time, qpm)."""
    end = max((note[2] for note in notes), default=0.0)
    sequence = NoteSequence(ticks_per_quarter=220, total_time=end if total is None else total)
    for pitch, start, stop in notes:
        sequence.notes.add(pitch=pitch, velocity=80, start_time=start, end_time=stop)
    for time, numerator, denominator in metres:
        sequence.time_signatures.add(time=time, numerator=numerator, denominator=denominator)
    for time, qpm in tempos:
        sequence.tempos.add(time=time, qpm=qpm)
    return piece_of_note_sequence(sequence.SerializeToString(), "x")


def cut(found: Piece, timing="absolute"):
    """Returns (metre, steps per bar, notes) of each section, and what was discarded."""
    made, counts = sections.split(found, options.make_options(SPEC, raw=False, timing=timing))
    rows = [
        (
            section.metre,
            section.steps_per_bar,
            [(n.pitch, n.start_step, n.end_step) for _, notes in section.tracks for n in notes],
        )
        for section in made
    ]
    return rows, dict(counts)


def test_a_section_for_each_metre_and_tempo():
    notes = [(60, 0, 1), (62, 1, 3), (64, 3.5, 4), (65, 4, 5), (67, 5.5, 6.5), (69, 6.5, 7)]
    found = piece(notes, [(0, 3, 4), (3, 2, 4)], [(0, 60), (5, 120)])
    assert cut(found) == (
        [
            ((3, 4), 12, [(60, 0, 4), (62, 4, 12)]),
            ((2, 4), 8, [(64, 2, 4), (65, 4, 8)]),
            ((2, 4), 8, [(67, 4, 12), (69, 12, 16)]),
        ],
        {},
    )


def test_in_ticks_tempo_is_no_change():
    notes = [(60, 0, 1), (62, 1, 3), (64, 3.5, 4), (65, 4, 5), (67, 5.5, 6.5), (69, 6.5, 7)]
    found = piece(notes, [(0, 3, 4), (3, 2, 4)], [(0, 60), (5, 120)])
    assert cut(found, "symbolic") == (
        [
            ((3, 4), 12, [(60, 0, 4), (62, 4, 12)]),
            ((2, 4), 8, [(64, 2, 4), (65, 4, 8), (67, 12, 20), (69, 20, 24)]),
        ],
        {},
    )


@pytest.mark.parametrize("timing", ["absolute", "symbolic"])
def test_before_the_first_metre_it_is_common_time_at_120(timing):
    found = piece([(60, 0, 1), (62, 2, 2.5)], [(2, 3, 8)], [(2, 120)])
    rows = [((4, 4), 16, [(60, 0, 8)]), ((3, 8), 6, [(62, 0, 4)])]
    assert cut(found, timing) == (rows, {})
    assert cut(piece([(60, 0, 1)], [(0, 4, 4), (0.5, 4, 4)]), timing)[0] == rows[:1]


@pytest.mark.parametrize("timing", ["absolute", "symbolic"])
def test_a_note_that_sounds_over_a_change_ends_there(timing):
    found = piece([(60, 0, 4), (62, 3, 4)], [(2, 3, 4)])
    assert cut(found, timing)[0] == [((4, 4), 16, [(60, 0, 16)]), ((3, 4), 12, [(62, 8, 16)])]


def test_what_begins_at_or_after_the_end_is_lost():
    notes = [(60, 0, 1), (62, 2, 3), (64, 2.2, 3)]
    for metres in ([], [(2, 3, 4)], [(2.5, 3, 4)]):  # changes there are none either
        assert cut(piece(notes, metres, total=2.0))[0] == [((4, 4), 16, [(60, 0, 8)])]


def test_a_short_note_lasts_a_step_and_starts_are_rounded_half_up():
    notes = [(60, 0.0, 0.01), (62, 0.0625, 0.5), (64, 0.18, 0.19), (65, 0.5, 0.56)]
    steps = [(60, 0, 1), (62, 1, 4), (64, 1, 2), (65, 4, 5)]
    for timing in ("absolute", "symbolic"):
        assert cut(piece(notes), timing)[0] == [((4, 4), 16, steps)]


@pytest.mark.parametrize("timing", ["absolute", "symbolic"])
def test_metres_that_are_none_are_counted(timing):
    found = piece([(60, 0, 1), (62, 2, 3)], [(0, 4, 3), (2, 4, 4)])
    rows, counts = cut(found, timing)
    assert rows == [((4, 4), 16, [(62, 0, 8)])]
    assert counts == {"sequences_discarded_because_bad_time_signature": 1}


@pytest.mark.parametrize("timing", ["absolute", "symbolic"])
def test_of_two_metres_at_one_time_the_later_holds(timing):
    found = piece([(60, 0, 1)], [(0, 3, 4), (0, 2, 4)])
    assert cut(found, timing) == ([((2, 4), 8, [(60, 0, 8)])], {})
