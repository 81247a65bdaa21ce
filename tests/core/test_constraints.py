"""Constraints: all melodies satisfy them, whatever goes together, at any setting."""

import numpy as np
import pytest

from ssc_melody.melody.events import melody_notes
from ssc_melody.play import form
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.model import Model
from ssc_melody.play.walks import Walks
from tests.constrained import MANY, TUNE, constrained, new_pitches, random_model

BAR = 16


@pytest.fixture(scope="module", params=["basic_rnn", "lookback_rnn", "attention_rnn", "mono_rnn"])
def model(request: pytest.FixtureRequest) -> Model:
    return random_model(request.param)


@pytest.fixture(scope="module")
def lookback() -> Model:
    return random_model("lookback_rnn")


def test_key_and_scale(model: Model) -> None:
    for wanted, scale in [
        ({"key": "D"}, {2, 4, 6, 7, 9, 11, 1}),
        ({"key": "Am"}, {9, 11, 0, 2, 4, 5, 7}),
        ({"key": "Eb", "scale": "pentatonic"}, {3, 5, 7, 10, 0}),
    ]:
        melodies = constrained(model, 12, [60], **wanted)
        assert len(melodies) == MANY
        found = {pitch % 12 for events in melodies for pitch in new_pitches(events)}
        assert found == scale


def test_lowest_and_highest_note(model: Model) -> None:
    melodies = constrained(model, 12, [60], lowest_note=62, highest_note=69)
    assert {p for events in melodies for p in new_pitches(events)} == set(range(62, 70))


def test_the_range_is_of_the_melody_that_comes_out(model: Model) -> None:
    """This primer is in D, and models in C see it two semitones lower."""
    primer = [62, 64, 66, 67, 69, 71, 73]
    melodies = constrained(model, 20, primer, lowest_note=70, highest_note=73)
    assert {p for events in melodies for p in new_pitches(events, 7)} == {70, 71, 72, 73}


def test_max_leap(model: Model) -> None:
    for events in constrained(model, 24, [60], max_leap=3):
        assert np.abs(np.diff([60, *new_pitches(events)])).max(initial=0) <= 3


def _is_cadence(events: list[int], triad: set[int]) -> bool:
    note = melody_notes(events)[-1]
    lasts = note.end_step - note.start_step
    return note.start_step % 4 == 0 and lasts >= 8 and note.pitch % 12 in triad


def test_the_end_is_a_cadence(lookback: Model) -> None:
    melodies = constrained(lookback, 24, [60], end="cadence")
    assert all(_is_cadence(events, {0, 4, 7}) for events in melodies)
    starts = {melody_notes(events)[-1].start_step for events in melodies}
    assert max(starts) == 16
    assert all(
        _is_cadence(e, {2, 5, 9})
        for e in constrained(lookback, 24, [62], 99, key="Dm", end="cadence")
    )


@pytest.mark.parametrize(("letters", "phrase"), [("AABA", 2), ("ABAB", 2), ("AAB", 3)])
def test_a_letter_that_comes_again_repeats_its_phrase(letters: str, phrase: int) -> None:
    length = phrase * BAR
    melodies = constrained(
        random_model("lookback_rnn"), length * len(letters), [60, -2], 200, form=letters
    )
    last_bars = set()
    for events in melodies:
        parts = [events[i : i + length] for i in range(0, len(events), length)]
        firsts = {}
        for letter, part in zip(letters, parts, strict=True):
            first = firsts.setdefault(letter, part)
            assert _sounds(events, part[:-BAR], parts) == _sounds(events, first[:-BAR], parts)
            last_bars.add(tuple(part[-BAR:]))
    assert len(last_bars) > 200  # they are free


def _sounds(events: list[int], part: list[int], parts: list[list[int]]) -> list[int]:
    """Lists what sounds at each step of a part: a pitch, or -1."""
    index = next(
        i
        for i, whole in enumerate(parts)
        if whole[: len(part)] is part or whole[: len(part)] == part
    )
    start = index * len(parts[0])
    sounding, found = -1, []
    for step, event in enumerate(events[: start + len(part)]):
        sounding = sounding if event == -2 else event
        found += [sounding] if step >= start else []
    return found


def test_rhythm_of(model: Model) -> None:
    for events in constrained(model, 48, [60], rhythm_of=TUNE):
        kinds = [min(event, 0) for event in events]
        assert kinds == [min(event, 0) for event in TUNE[:48]]
    assert len({tuple(e) for e in constrained(model, 48, [60], 20, rhythm_of=TUNE)}) == 20


def test_pitches_of(lookback: Model) -> None:
    wanted = [62, 64, 66, 67, 69, 62, 90]
    melodies = constrained(lookback, 24, [57], pitches_of=wanted)
    assert all(new_pitches(events) == wanted for events in melodies)
    rhythms = {tuple(step for step, e in enumerate(events) if e >= 0) for events in melodies}
    assert len(rhythms) > MANY / 4
    assert all(
        new_pitches(events) == wanted
        for events in constrained(random_model("mono_rnn"), 24, [57], 50, pitches_of=wanted)
    )


def test_pitches_that_just_fit(lookback: Model) -> None:
    for steps in (6, 7):
        for events in constrained(lookback, steps, [60], 100, pitches_of=[60, 62, 64, 65, 67]):
            assert new_pitches(events) == [60, 62, 64, 65, 67]


def test_rewritten_bars_stand_between_what_was(lookback: Model) -> None:
    tune = TUNE[:40]
    melodies = constrained(lookback, 1, tune, rewrite_bars=(2, 2))
    assert {(*events[:16], *events[32:]) for events in melodies} == {(*tune[:16], *tune[32:])}
    assert len({tuple(events[16:32]) for events in melodies}) > MANY * 0.9


def test_all_models_rewrite_bars(model: Model) -> None:
    melodies = constrained(model, 1, TUNE, 20, rewrite_bars=(2, 3))
    assert {(*events[:16], *events[48:]) for events in melodies} == {(*TUNE[:16], *TUNE[48:])}


def test_what_is_held_into_the_bar_after_sounds_on() -> None:
    held = [60, *[-2] * 15] + [-2, -2, 67, -2] * 4 + [-2, 72] + [-2] * 14
    silent = [60, *[-2] * 15] + [62, -2, 67, -1] * 4 + [-2, 72] + [-2] * 14
    basic = random_model("basic_rnn")
    assert {e[32] for e in constrained(basic, 1, held, 50, rewrite_bars=(2, 2))} == {67}
    assert {e[32] for e in constrained(basic, 1, silent, 50, rewrite_bars=(2, 2))} == {-1}


def test_notes_out_of_the_models_range_stand_too() -> None:
    tune = [event + 36 if event >= 0 and i % 7 else event for i, event in enumerate(TUNE)]
    for events in constrained(
        random_model("basic_rnn"), 1, tune, 50, rewrite_bars=(4, 4), end="cadence"
    ):
        assert events[:48] == tune[:48]


@pytest.mark.parametrize(
    "wanted",
    [
        {"key": "F", "max_leap": 4, "form": "AABA", "end": "cadence", "highest_note": 72},
        {"rhythm_of": [60, -2, -2, -2] * 24 + [60, *[-2] * 31], "end": "cadence", "max_leap": 3},
        {"pitches_of": [65, 67, 69, 70, 72, 70, 69, 65], "end": "cadence", "key": "F"},
        {"lowest_note": 60, "highest_note": 64, "scale": "pentatonic", "max_leap": 2},
    ],
)
def test_constraints_go_together(wanted: dict) -> None:
    lows = {"lowest_note": 53} if "form" in wanted else {}
    primer = [65 if wanted.get("key") == "F" else 60]
    for name in ("basic_rnn", "attention_rnn"):
        for events in constrained(random_model(name), 128, primer, 30, **wanted, **lows):
            assert len(events) == 128
            pitches = [primer[0], *new_pitches(events)]
            if "max_leap" in wanted:
                assert np.abs(np.diff(pitches)).max(initial=0) <= wanted["max_leap"]
            if "end" in wanted:
                assert _is_cadence(events, {5, 9, 0} if wanted.get("key") == "F" else {0, 4, 7})
            if "scale" in wanted:
                assert set(pitches) <= {60, 62, 64}


def test_a_rewritten_bar_leads_to_the_next_note_in_small_leaps() -> None:
    for wanted in ({}, {"rhythm_of": TUNE}):
        melodies = constrained(
            random_model("basic_rnn"), 1, TUNE, 100, rewrite_bars=(2, 2), max_leap=3, **wanted
        )
        for events in melodies:
            pitches = [e for e in events[:33] if e >= 0]
            around = pitches[3:]  # from the last note of the first bar to the first of the third
            assert np.abs(np.diff(around))[1:].max() <= 3


@pytest.mark.parametrize(
    "sampling",
    [
        {"temperature": 0},
        {"decoding": "argmax"},
        {"top_k": 1},
        {"top_p": 0.01, "temperature": 0.3},
        {"rhythm_temperature": 0, "pitch_temperature": 0.5},
        {"rhythm_temperature": 0.7, "pitch_temperature": 0},
    ],
)
def test_settings_never_break_a_constraint(sampling: dict) -> None:
    model = random_model("lookback_rnn")
    for wanted in (
        {"pitches_of": [62, 64, 65, 67], "end": "cadence"},
        {"end": "cadence", "key": "C"},
    ):
        melodies = model.generate(
            20, 32, [60], seed=1, constraints=Constraints(**wanted), **sampling
        )
        assert all(_is_cadence(melody.events, {0, 4, 7}) for melody in melodies)
        for melody in melodies:
            assert wanted.get("pitches_of", []) == [] or new_pitches(melody.events) == [
                62,
                64,
                65,
                67,
            ]


def test_a_silent_primer_and_a_key() -> None:
    melodies = constrained(random_model("basic_rnn"), 24, [-2], 50, key="E")
    assert {p % 12 for events in melodies for p in new_pitches(events)} <= {4, 6, 8, 9, 11, 1, 3}


def test_a_key_moves_the_model_and_not_the_primer() -> None:
    """A model in C hears C where the melody has D, so the same draws give the same tune there."""
    basic = random_model("basic_rnn")
    (c,) = constrained(basic, 40, [60, 64, 67], 1, key="C")
    (d,) = constrained(basic, 40, [62, 66, 69], 1, key="D")
    assert [event + 2 if event >= 0 else event for event in c] == d


def test_walks_by_hand() -> None:
    """Pitches 0, 1, 2, 4; 3 is not allowed; steps of at most 2."""
    walks = Walks(np.array([True, True, True, False, True]), 2)
    one = walks.ways(1, exact=False)
    assert one[0].tolist() == [True, True, True, True, True]
    assert walks.ways(0, exact=False)[0].tolist() == [True, True, True, False, False]
    assert walks.ways(0, exact=True)[5].tolist() == [True] * 5  # no note yet
    assert Walks(np.array([True, False, False]), 0).ways(9, exact=True).tolist() == [
        [True, False, False],
        [False, False, False],
        [False, False, False],
        [True, False, False],
    ]


def test_what_begins_where_something_is_held_over() -> None:
    rows = np.array([[60, -2, -2], [-2, -2, -2], [60, -1, -2], [60, -2, 64]])
    assert form.begun(rows, 2).tolist() == [60, -1, -1, 64]
