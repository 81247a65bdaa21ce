"""Events of polyphony, drums and performances: notes in, notes out, lengths, conditions."""

import numpy as np
import pytest

from ssc_melody.errors import OptionError, PrimerError
from ssc_melody.specs.tracks import PERFORMANCE_SPECS
from ssc_melody.tracks import controls, drums, performance, polyphony
from ssc_melody.tracks.midi import to_midi
from ssc_melody.tracks.notes import Note, StepNote, quantize, to_step
from ssc_melody.tracks.polyphony import CONTINUED, END, NEW, START, STEP_END
from ssc_melody.tracks.start import Start, one_tempo


def _step(pitch: int, start: int, end: int) -> StepNote:
    return StepNote(pitch, start, end, 100)


def test_times_become_steps() -> None:
    assert [to_step(0.13, 8.0), to_step(0.13, 8.0, 1), to_step(0.13, 8.0, 0)] == [1, 2, 1]
    assert quantize([Note(60, 0.0, 0.01), Note(62, 0.5, 1.1)], 8.0) == [
        StepNote(60, 0, 1, 100),
        StepNote(62, 4, 9, 100),
    ]


def test_polyphony_from_notes() -> None:
    """Highest first; a note that goes on is said to; one pitch may sound twice."""
    notes = [_step(60, 0, 2), _step(64, 1, 2), _step(60, 1, 3)]
    assert polyphony.from_notes(notes) == [
        START, NEW + 60, STEP_END,
        NEW + 64, CONTINUED + 60, NEW + 60, STEP_END,
        CONTINUED + 60, STEP_END, END,
    ]  # fmt: skip
    assert polyphony.from_notes([]) == [START, END]


def test_polyphony_to_notes() -> None:
    events = [
        START, NEW + 60, NEW + 64, STEP_END,
        CONTINUED + 60, CONTINUED + 70, STEP_END,
        END, NEW + 62, STEP_END, END,
    ]  # fmt: skip
    assert polyphony.to_notes(events, 0.5, 4) == [
        Note(64, 2.0, 2.5),
        Note(60, 2.0, 3.0),
        Note(62, 3.0, 3.5),
    ]


@pytest.mark.parametrize(
    ("events", "steps", "expected"),
    [
        ([START], 0, [START, END]),
        ([START, NEW], 1, [START, NEW, STEP_END, END]),
        ([START, NEW, STEP_END, END, END], 1, [START, NEW, STEP_END, END]),
        ([START, NEW, STEP_END, NEW + 1], 1, [START, NEW, STEP_END, END]),
        ([START, NEW, STEP_END, NEW + 1], 0, [START, END]),
        ([START, END, STEP_END], 3, [START, END, STEP_END, STEP_END, STEP_END, END]),
    ],
)
def test_the_length_of_polyphony(events: list[int], steps: int, expected: list[int]) -> None:
    assert polyphony.set_length(events, steps) == expected


def test_what_is_told_step_by_step() -> None:
    events = [START, NEW + 60, STEP_END, STEP_END, CONTINUED + 60, NEW + 2, STEP_END, END]
    assert polyphony.injected(events) == [[NEW + 60], [], [CONTINUED + 60, NEW + 2], []]


def test_events_of_polyphony_have_names() -> None:
    for number in (0, 1, 2, 3, 130, 131, 258):
        assert polyphony.class_of(polyphony.event_of(number)) == number
    assert polyphony.event_of(258) == ("continued_note", 127)
    with pytest.raises(PrimerError, match=r"expected an event of polyphony, .* got \('new', 60\)"):
        polyphony.class_of(("new", 60))


def test_kinds_of_drums() -> None:
    """Bits: bass 1, snare 2, closed hi-hat 4 ... ride 256; 99 is no drum."""
    assert drums.class_of({35, 36, 42, 99}, 9) == 5
    assert drums.class_of((59,), 9) == 256
    assert drums.hits_of(511, 9) == {36, 38, 42, 46, 45, 48, 50, 49, 51}
    assert (drums.class_of({99}, 1), drums.class_of((), 1)) == (1, 0)
    assert (drums.hits_of(1, 1), drums.hits_of(0, 1)) == ({39}, set())


def test_drums_from_notes_begin_on_a_bar_line() -> None:
    notes = [_step(36, 18, 19), _step(42, 18, 20), _step(38, 20, 21), StepNote(50, 22, 23, 0)]
    none: frozenset[int] = frozenset()
    assert drums.from_notes(notes, 16) == ([none, none, {36, 42}, none, {38}], 16)
    assert drums.from_notes([], 16) == ([], 0)
    assert drums.set_length([frozenset({36})], 3) == [{36}, none, none]
    assert drums.set_length([frozenset({36}), none], 1) == [{36}]


def test_drums_that_are_none() -> None:
    assert drums.checked([(36, 42), (), [38]]) == [{36, 42}, set(), {38}]
    with pytest.raises(PrimerError, match="step 2: expected MIDI pitches such as"):
        drums.checked([(36,), 42])
    with pytest.raises(PrimerError, match="expected MIDI pitches, 0 to 127, found 128"):
        drums.checked([(128,)])


SHIFT, VELOCITY, OFF = performance.SHIFT - 1, performance.VELOCITY - 1, performance.NOTE_OFF


def test_performances_from_notes() -> None:
    """The velocities 80 and 82 are of bins 20 and 21; 2.5 s are three shifts."""
    notes = [Note(60, 0.0, 2.5, 80), Note(64, 0.0, 0.004, 80), Note(67, 2.5, 2.6, 82)]
    assert performance.from_notes(notes, 100, 32) == [
        VELOCITY + 20, 60, 64, SHIFT + 1, OFF + 64,
        SHIFT + 100, SHIFT + 100, SHIFT + 49, OFF + 60, VELOCITY + 21, 67, SHIFT + 10, OFF + 67,
    ]  # fmt: skip
    assert performance.from_notes(notes[1:2], 100, 0) == [64, SHIFT + 1, OFF + 64]


def test_performances_to_notes() -> None:
    events = [
        VELOCITY + 20, 60, SHIFT + 100, 60, 62, OFF + 62, OFF + 61, SHIFT + 50, OFF + 60,
        *[SHIFT + 100] * 6,
    ]  # fmt: skip
    assert performance.to_notes(events, 100, 0, 32) == [
        Note(60, 0.0, 1.5, 77),
        Note(60, 1.0, 6.0, 77),
    ]
    assert performance.to_notes([60, SHIFT + 50, OFF + 60], 100, 100, 0, 5, True) == [
        Note(60, 1.0, 1.5, 100, 5, 0, True)
    ]


@pytest.mark.parametrize(
    ("events", "steps", "expected"),
    [
        ([], 250, [SHIFT + 100, SHIFT + 100, SHIFT + 50]),
        ([60, SHIFT + 70], 90, [60, SHIFT + 90]),
        ([60, SHIFT + 70], 190, [60, SHIFT + 100, SHIFT + 90]),
        ([60, SHIFT + 100], 100, [60, SHIFT + 100]),
        ([SHIFT + 50, 60, SHIFT + 30, OFF + 60], 70, [SHIFT + 50, 60, SHIFT + 20]),
        ([SHIFT + 50, 60, SHIFT + 30], 50, [SHIFT + 50, 60]),
        ([SHIFT + 50, 60, SHIFT + 30], 20, [SHIFT + 20]),
    ],
)
def test_the_length_of_performances(events: list[int], steps: int, expected: list[int]) -> None:
    assert performance.set_length(events, steps) == expected


def test_events_of_performances_have_names() -> None:
    for number in (0, 127, 128, 255, 256, 355, 356, 387):
        assert performance.class_of(performance.event_of(number)) == number
    assert performance.event_of(387) == ("velocity", 32)
    for wrong in (("note_on", 128), ("time_shift", 0), ("time_shift", 101), ("chord", 1)):
        with pytest.raises(PrimerError, match="expected an event of a performance"):
            performance.class_of(wrong)


def test_conditions_share_the_performance() -> None:
    spec = PERFORMANCE_SPECS["density_conditioned_performance_with_dynamics"]
    encoded = controls.encode(spec, controls.Conditions(notes_per_second=[0.5, 5, 100]), 6)
    assert encoded is not None
    assert encoded.argmax(axis=1).tolist() == [0, 0, 3, 3, 7, 7, 7]
    assert encoded.sum() == 7
    default = controls.encode(spec, controls.Conditions(), 1)
    assert default is not None
    assert default.argmax(axis=1).tolist() == [4, 4]
    assert controls.encode(PERFORMANCE_SPECS["performance"], controls.Conditions(), 6) is None


def test_pitch_classes_are_shares_and_conditions_can_be_off() -> None:
    spec = PERFORMANCE_SPECS["optional_multiconditioned_performance_with_dynamics"]
    weights = [2, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]
    given = controls.Conditions(3, [weights, [0] * 12], [False, True])
    encoded = controls.encode(spec, given, 4)
    assert encoded is not None
    assert encoded.shape == (5, 21)
    assert encoded[0].tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, *np.float32(np.array(weights) / 8)]
    assert encoded[4].tolist() == [1, *[0] * 20]
    off = controls.Conditions(disable_conditioning=False, pitch_class_histogram=[0] * 12)
    flat = controls.encode(spec, off, 1)
    assert flat is not None
    assert flat[0, 9:].tolist() == [np.float32(1 / 12)] * 12


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ({"notes_per_second": -1}, "notes_per_second: expected a number from 0 on"),
        ({"notes_per_second": "many"}, "notes_per_second: expected a number from 0 on"),
        ({"notes_per_second": []}, "notes_per_second: expected at least one value"),
        ({"notes_per_second": float("nan")}, "notes_per_second: expected a number from 0 on"),
        ({"pitch_class_histogram": [1, 2]}, "pitch_class_histogram: expected 12 numbers"),
        ({"pitch_class_histogram": 3}, "pitch_class_histogram: expected 12 numbers"),
        ({"disable_conditioning": "no"}, "disable_conditioning: expected True, False"),
    ],
)
def test_conditions_that_are_none(conditions: dict, text: str) -> None:
    spec = PERFORMANCE_SPECS["optional_multiconditioned_performance_with_dynamics"]
    with pytest.raises(OptionError, match=text):
        controls.encode(spec, controls.Conditions(**conditions), 10)


def test_a_file_has_a_track_for_each_instrument() -> None:
    """The first is there though it does not play; drums are on channel 10; names as note-seq's."""
    hit = Note(36, 0.0, 0.125, instrument=9, is_drum=True)
    assert to_midi([hit]).hex(" ") == (
        "4d 54 68 64 00 00 00 06 00 01 00 03 00 dc"
        " 4d 54 72 6b 00 00 00 13 00 ff 51 03 07 a1 20 00 ff 58 04 04 02 18 08 01 ff 2f 00"
        " 4d 54 72 6b 00 00 00 07 00 c0 00 01 ff 2f 00"
        " 4d 54 72 6b 00 00 00 17 00 ff 03 05 44 72 75 6d 73 00 c9 00 00 99 24 64 37 24 00"
        " 01 ff 2f 00"
    )
    pad = to_midi([Note(60, 0, 1, program=88, instrument=1)], names={0: "Tune"})
    assert b"Pad 1 (new age)" in pad
    assert b"Tune" in pad
    assert b"\xff\x58\x04\x03\x02" in to_midi([], metres=[(0.0, 3, 4)])


def test_primers_that_are_none() -> None:
    with pytest.raises(PrimerError, match="the primer has no pitch"):
        Start.from_pitches([])
    with pytest.raises(PrimerError, match=r"found 60\.5"):
        Start.from_pitches([60.5])
    with pytest.raises(PrimerError, match="expected one tempo, found 3; Drums RNN counts"):
        one_tempo(Start(tempos=3), "Drums RNN")
