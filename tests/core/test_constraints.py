"""Constraints: all melodies satisfy them, by the model's own distribution, or they are refused."""

import dataclasses
import itertools

import numpy as np
import pytest

from ssc_melody.errors import OptionError, PrimerError
from ssc_melody.melody.events import melody_notes
from ssc_melody.play import form, particles
from ssc_melody.play import sampling as engine
from ssc_melody.play.choice import Sampling
from ssc_melody.play.constraints import Constraints
from ssc_melody.play.loading import model_of_parts
from ssc_melody.play.model import Model
from ssc_melody.play.plan import make_plan
from ssc_melody.play.shaping import event_shares
from ssc_melody.play.walks import Walks
from ssc_melody.specs import SPECS, with_hparams
from tests.networks import random_checkpoint

MANY = 1000
BAR = 16
TUNE = [60, -2, 64, -2, 67, -2, -1, -2, 65, -2, 62, -2, -2, -2, -1, -2] * 4
"""Four bars of C major."""


def _model(name: str, hparams: str = "rnn_layer_sizes=[8],attn_length=0", **changes) -> Model:
    spec = dataclasses.replace(with_hparams(SPECS[name], hparams), **changes)
    return model_of_parts(spec, random_checkpoint(spec, seed=3), None, "random")


@pytest.fixture(scope="module", params=["basic_rnn", "lookback_rnn", "attention_rnn", "mono_rnn"])
def model(request: pytest.FixtureRequest) -> Model:
    return _model(request.param)


@pytest.fixture(scope="module")
def lookback() -> Model:
    return _model("lookback_rnn")


def _melodies(model: Model, steps: int, primer: list[int], number: int = MANY, **wanted):
    return [
        melody.events
        for melody in model.generate(number, steps, primer, seed=5, constraints=_c(**wanted))
    ]


def _c(**wanted) -> Constraints:
    return Constraints(**wanted)


def _new_pitches(events: list[int], given: int = 1) -> list[int]:
    return [event for event in events[given:] if event >= 0]


def test_key_and_scale(model: Model) -> None:
    for wanted, scale in [
        ({"key": "D"}, {2, 4, 6, 7, 9, 11, 1}),
        ({"key": "Am"}, {9, 11, 0, 2, 4, 5, 7}),
        ({"key": "Eb", "scale": "pentatonic"}, {3, 5, 7, 10, 0}),
    ]:
        melodies = _melodies(model, 12, [60], **wanted)
        assert len(melodies) == MANY
        found = {pitch % 12 for events in melodies for pitch in _new_pitches(events)}
        assert found == scale


def test_lowest_and_highest_note(model: Model) -> None:
    melodies = _melodies(model, 12, [60], lowest_note=62, highest_note=69)
    assert {p for events in melodies for p in _new_pitches(events)} == set(range(62, 70))


def test_the_range_is_of_the_melody_that_comes_out(model: Model) -> None:
    """This primer is in D, and models in C see it two semitones lower."""
    primer = [62, 64, 66, 67, 69, 71, 73]
    melodies = _melodies(model, 20, primer, lowest_note=70, highest_note=73)
    assert {p for events in melodies for p in _new_pitches(events, 7)} == {70, 71, 72, 73}


def test_max_leap(model: Model) -> None:
    for events in _melodies(model, 24, [60], max_leap=3):
        assert np.abs(np.diff([60, *_new_pitches(events)])).max(initial=0) <= 3


def _is_cadence(events: list[int], triad: set[int]) -> bool:
    note = melody_notes(events)[-1]
    lasts = note.end_step - note.start_step
    return note.start_step % 4 == 0 and lasts >= 8 and note.pitch % 12 in triad


def test_the_end_is_a_cadence(lookback: Model) -> None:
    melodies = _melodies(lookback, 24, [60], end="cadence")
    assert all(_is_cadence(events, {0, 4, 7}) for events in melodies)
    starts = {melody_notes(events)[-1].start_step for events in melodies}
    assert max(starts) == 16
    assert all(
        _is_cadence(e, {2, 5, 9})
        for e in _melodies(lookback, 24, [62], 99, key="Dm", end="cadence")
    )


@pytest.mark.parametrize(("letters", "phrase"), [("AABA", 2), ("ABAB", 2), ("AAB", 3)])
def test_a_letter_that_comes_again_repeats_its_phrase(letters: str, phrase: int) -> None:
    length = phrase * BAR
    melodies = _melodies(_model("lookback_rnn"), length * len(letters), [60, -2], 200, form=letters)
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
    for events in _melodies(model, 48, [60], rhythm_of=TUNE):
        kinds = [min(event, 0) for event in events]
        assert kinds == [min(event, 0) for event in TUNE[:48]]
    assert len({tuple(e) for e in _melodies(model, 48, [60], 20, rhythm_of=TUNE)}) == 20


def test_pitches_of(lookback: Model) -> None:
    wanted = [62, 64, 66, 67, 69, 62, 90]
    melodies = _melodies(lookback, 24, [57], pitches_of=wanted)
    assert all(_new_pitches(events) == wanted for events in melodies)
    rhythms = {tuple(step for step, e in enumerate(events) if e >= 0) for events in melodies}
    assert len(rhythms) > MANY / 4
    assert all(
        _new_pitches(events) == wanted
        for events in _melodies(_model("mono_rnn"), 24, [57], 50, pitches_of=wanted)
    )


def test_pitches_that_just_fit(lookback: Model) -> None:
    for steps in (6, 7):
        for events in _melodies(lookback, steps, [60], 100, pitches_of=[60, 62, 64, 65, 67]):
            assert _new_pitches(events) == [60, 62, 64, 65, 67]


def test_rewritten_bars_stand_between_what_was(lookback: Model) -> None:
    tune = TUNE[:40]
    melodies = _melodies(lookback, 1, tune, rewrite_bars=(2, 2))
    assert {(*events[:16], *events[32:]) for events in melodies} == {(*tune[:16], *tune[32:])}
    assert len({tuple(events[16:32]) for events in melodies}) > MANY * 0.9


def test_all_models_rewrite_bars(model: Model) -> None:
    melodies = _melodies(model, 1, TUNE, 20, rewrite_bars=(2, 3))
    assert {(*events[:16], *events[48:]) for events in melodies} == {(*TUNE[:16], *TUNE[48:])}


def test_what_is_held_into_the_bar_after_sounds_on() -> None:
    held = [60, *[-2] * 15] + [-2, -2, 67, -2] * 4 + [-2, 72] + [-2] * 14
    silent = [60, *[-2] * 15] + [62, -2, 67, -1] * 4 + [-2, 72] + [-2] * 14
    basic = _model("basic_rnn")
    assert {e[32] for e in _melodies(basic, 1, held, 50, rewrite_bars=(2, 2))} == {67}
    assert {e[32] for e in _melodies(basic, 1, silent, 50, rewrite_bars=(2, 2))} == {-1}


def test_notes_out_of_the_models_range_stand_too() -> None:
    tune = [event + 36 if event >= 0 and i % 7 else event for i, event in enumerate(TUNE)]
    for events in _melodies(_model("basic_rnn"), 1, tune, 50, rewrite_bars=(4, 4), end="cadence"):
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
        for events in _melodies(_model(name), 128, primer, 30, **wanted, **lows):
            assert len(events) == 128
            pitches = [primer[0], *_new_pitches(events)]
            if "max_leap" in wanted:
                assert np.abs(np.diff(pitches)).max(initial=0) <= wanted["max_leap"]
            if "end" in wanted:
                assert _is_cadence(events, {5, 9, 0} if wanted.get("key") == "F" else {0, 4, 7})
            if "scale" in wanted:
                assert set(pitches) <= {60, 62, 64}


def test_a_rewritten_bar_leads_to_the_next_note_in_small_leaps() -> None:
    for wanted in ({}, {"rhythm_of": TUNE}):
        melodies = _melodies(
            _model("basic_rnn"), 1, TUNE, 100, rewrite_bars=(2, 2), max_leap=3, **wanted
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
    model = _model("lookback_rnn")
    for wanted in (
        {"pitches_of": [62, 64, 65, 67], "end": "cadence"},
        {"end": "cadence", "key": "C"},
    ):
        melodies = model.generate(20, 32, [60], seed=1, constraints=_c(**wanted), **sampling)
        assert all(_is_cadence(melody.events, {0, 4, 7}) for melody in melodies)
        for melody in melodies:
            assert wanted.get("pitches_of", []) == [] or _new_pitches(melody.events) == [
                62,
                64,
                65,
                67,
            ]


# How likely each melody is: against all of them, counted out.

TINY = dataclasses.replace(
    with_hparams(SPECS["lookback_rnn"], "rnn_layer_sizes=[6]"),
    min_note=60,
    max_note=72,
    steps_per_quarter=1,
)
"""A bar is four steps, a beat one, a half note two; there are twelve pitches."""


@pytest.fixture(scope="module")
def tiny() -> Model:
    """Random, but for its density of notes, which is about people's."""
    weights = random_checkpoint(TINY, seed=1, scale=1.0)
    weights["fully_connected/biases"][0] += 4  # no event
    return model_of_parts(TINY, weights, None, "random")


def _step_shares(model: Model, sequences: np.ndarray) -> np.ndarray:
    """Returns [sequences, steps, events] the model's distribution of each step but the first."""
    batch = engine.Batch(model.network, model.encoding, len(sequences), sequences.shape[1])
    found = []
    for step in range(sequences.shape[1] - 1):
        batch.push(sequences[:, step])
        logits = batch.logits.astype(np.float64)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        found.append(event_shares(model.encoding, batch.encoder, shares))
    return np.stack(found, axis=1)


def _marginals(sequences: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Returns [steps, 14] how often each event stands at each step."""
    codes = np.where(sequences < 0, sequences + 2, sequences - 58)
    return np.stack(
        [np.bincount(column, weights, 14) / weights.sum() for column in codes.T], axis=0
    )


def _all(primer: list[int], events: list[int], steps: int) -> np.ndarray:
    return np.array([[*primer, *rest] for rest in itertools.product(events, repeat=steps)])


def _played(model: Model, primer: list[int], steps: int, wanted: Constraints) -> np.ndarray:
    plan = make_plan(TINY, primer, steps, wanted)
    seeds = list(range(2500))
    return particles.generate(model.network, model.encoding, plan, seeds, Sampling())[0]


def _step_masked(model: Model, sequences: np.ndarray, pitches: list[int]) -> np.ndarray:
    """Returns [sequences] their probability where each step's distribution has few pitches."""
    shares = _step_shares(model, sequences)
    allowed = np.zeros(14)
    allowed[[0, 1, *(pitch - 58 for pitch in pitches)]] = 1
    shares = shares * allowed / (shares * allowed).sum(axis=2, keepdims=True)
    codes = np.where(sequences < 0, sequences + 2, sequences - 58)
    rows, steps = np.indices(codes[:, 1:].shape)
    return shares[rows, steps, codes[:, 1:]].prod(axis=1)


def test_a_mask_is_exact(tiny: Model) -> None:
    sequences = _all([60], [-2, -1, 60, 64, 67], 4)
    expected = _marginals(sequences, _step_masked(tiny, sequences, [60, 64, 67]))
    wanted = _c(key="C", scale="pentatonic", lowest_note=60, highest_note=67)
    sequences = _all([60], [-2, -1, 60, 62, 64, 67], 4)
    expected = _marginals(sequences, _step_masked(tiny, sequences, [60, 62, 64, 67]))
    found = _played(tiny, [60], 5, wanted)
    np.testing.assert_allclose(_marginals(found, np.ones(len(found))), expected, atol=0.03)


def test_a_cadence_has_the_models_distribution_given_that_it_comes(tiny: Model) -> None:
    pitches = [60, 62, 64, 67]
    sequences = _all([60], [-2, -1, *pitches], 5)
    plain = _step_masked(tiny, sequences, pitches)
    ends = np.array([_ends_well(row) for row in sequences.tolist()])
    expected = _marginals(sequences[ends], plain[ends])
    wanted = _c(scale="pentatonic", lowest_note=60, highest_note=67, end="cadence")
    found = _played(tiny, [60], 6, wanted)
    assert all(map(_ends_well, found.tolist()))
    np.testing.assert_allclose(_marginals(found, np.ones(len(found))), expected, atol=0.03)
    assert np.abs(expected - _marginals(sequences, plain)).max() > 0.1  # it is another one


def _ends_well(events: list[int]) -> bool:
    notes = melody_notes(events)
    return notes[-1].end_step - notes[-1].start_step >= 2 and notes[-1].pitch in (60, 64, 67)


def test_new_bars_have_the_models_distribution_given_what_follows(tiny: Model) -> None:
    pitches = [60, 62, 64, 67]
    tune = [60, -2, 64, -2, 60, 62, 64, 62, 67, -2, 60, -1]
    middle = _all([], [-2, -1, *pitches], 4)
    sequences = np.hstack(
        [np.tile(tune[:4], (len(middle), 1)), middle, np.tile(tune[8:], (len(middle), 1))]
    )
    codes = np.where(sequences < 0, sequences + 2, sequences - 58)
    shares = _step_shares(tiny, sequences)
    inside = shares[:, 3:7].copy()
    allowed = np.zeros(14)
    allowed[[0, 1, 2, 4, 6, 9]] = 1
    shares[:, 3:7] = inside * allowed / (inside * allowed).sum(axis=2, keepdims=True)
    rows, steps = np.indices(codes[:, 4:].shape)
    likelihood = shares[rows, steps + 3, codes[:, 4:]].prod(axis=1)
    blind = shares[rows[:, :4], steps[:, :4] + 3, codes[:, 4:8]].prod(axis=1)
    wanted = _c(scale="pentatonic", lowest_note=60, highest_note=67, rewrite_bars=(2, 2))
    found = _played(tiny, tune, 1, wanted)
    expected = _marginals(sequences, likelihood)
    np.testing.assert_allclose(_marginals(found, np.ones(len(found))), expected, atol=0.02)
    assert np.abs(expected - _marginals(sequences, blind)).max() > 0.05


def test_rhythms_have_the_models_distribution_given_that_the_pitches_fit(tiny: Model) -> None:
    order, steps = [64, 62, 67], 6
    rhythms = [
        kinds for kinds in itertools.product((-2, -1, 0), repeat=steps) if kinds.count(0) == 3
    ]
    rows = []
    for kinds in rhythms:
        following = iter(order)
        rows.append([60, *(next(following) if kind == 0 else kind for kind in kinds)])
    sequences = np.array(rows)
    shares = _step_shares(tiny, sequences)
    whether = np.stack([shares[:, :, 0], shares[:, :, 1], shares[:, :, 2:].sum(axis=2)], axis=2)
    kinds = np.array(rhythms) + 2
    index = np.indices(kinds.shape)
    likelihood = whether[index[0], index[1], kinds].prod(axis=1)
    found = _played(tiny, [60], steps + 1, _c(pitches_of=order))
    expected = _marginals(sequences, likelihood)
    np.testing.assert_allclose(_marginals(found, np.ones(len(found))), expected, atol=0.03)


def test_the_log_likelihood_is_the_models_own() -> None:
    model = _model("basic_rnn")
    for wanted in ({"key": "C"}, {"end": "cadence"}, {"form": "AA"}, {"pitches_of": [60, 62]}):
        (melody,) = model.generate(1, 64, [60], seed=2, constraints=_c(**wanted))
        expected = engine.log_likelihood(model.network, model.encoding, melody.events)
        assert melody.log_likelihood == pytest.approx(expected, abs=1e-3)


def test_a_melody_does_not_depend_on_how_many_there_are() -> None:
    model = _model("basic_rnn")
    wanted = _c(end="cadence", form="AA")
    few, many = (model.generate(n, 64, [60], seed=4, constraints=wanted) for n in (2, 20))
    assert [m.events for m in few] == [m.events for m in many][:2]


def test_nothing_asked_is_nothing_changed() -> None:
    model = _model("attention_rnn")
    plain = model.generate(3, 64, [60], seed=9)
    assert model.generate(3, 64, [60], seed=9, constraints=Constraints()) == plain
    assert model.generate(3, 64, [60], seed=9, constraints=None) == plain


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"key": "H"}, "key: expected one such as C, F#, Bb or Am, got 'H'"),
        ({"key": "C", "scale": "minro"}, r"scale: there is no 'minro' \(did you mean minor\?\)"),
        ({"key": "Am", "scale": "major"}, "key=Am names a minor scale, scale=major another"),
        ({"lowest_note": 70, "highest_note": 60}, "lowest_note 70 is above highest_note 60"),
        ({"lowest_note": 128}, "lowest_note: expected 0 to 127, got 128"),
        ({"max_leap": -1}, "max_leap: expected 0 to 127, got -1"),
        ({"end": "fade"}, "end: expected 'cadence' or 'any', got 'fade'"),
        ({"form": "A1"}, "form: expected letters such as AABA, got 'A1'"),
        ({"form": ""}, "form: expected letters such as AABA, got ''"),
        ({"phrase_bars": 2}, "phrase_bars: the length of a form's phrases; give a form too"),
        ({"form": "AA", "phrase_bars": 1}, "phrase_bars must be at least 2"),
        ({"form": "AA", "rhythm_of": TUNE}, "form and rhythm_of both say"),
        ({"pitches_of": TUNE, "rhythm_of": TUNE}, "pitches_of and rhythm_of both say"),
        ({"rhythm_of": [-2, -1]}, "rhythm_of: its melody has no note"),
        ({"pitches_of": [300]}, "pitches_of: expected a melody: .* found 300"),
        ({"rewrite_bars": (0, 1)}, "rewrite_bars: expected 1 to 1000000, got 0"),
        ({"rewrite_bars": (3, 2)}, "rewrite_bars: expected 3 to 1000000, got 2"),
        ({"rewrite_bars": 3}, r"rewrite_bars: expected the first and the last bar, as in \(3, 4\)"),
    ],
)
def test_values_that_contradict_themselves(wanted: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Constraints(**wanted)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"key": "C", "lowest_note": 61, "highest_note": 61},
            "lowest_note=61 and highest_note=61 and the scale C major: together they leave no note",
        ),
        ({"lowest_note": 90}, r"lowest_note=90: .*range, C3 to B5 \(48 to 83\)"),
        ({"max_leap": 2, "lowest_note": 70}, "max_leap=2: no note allowed is so near .* one, 60"),
        ({"form": "AAB"}, "form=AAB: .* do not make 128 steps; num_steps=144 would do"),
        ({"form": "AABA", "phrase_bars": 4}, "num_steps=256 would do"),
        ({"form": "AAAA", "max_leap": 1}, "max_leap=1 and form=AAAA: 16 steps cannot lead from"),
        ({"rhythm_of": TUNE}, "rhythm_of: its melody is 64 steps long, the new one 128 steps"),
        ({"rhythm_of": TUNE * 2, "end": "cadence"}, "rhythm's last note begins at step 122"),
        ({"pitches_of": [60] * 128}, "its 128 notes do not fit into the 127 steps"),
        ({"pitches_of": [61], "key": "C"}, "pitches_of: its note 61 is not among those that key"),
        ({"pitches_of": [60, 72], "max_leap": 7}, "max_leap=7 and pitches_of: 60 to 72 is 12"),
        ({"pitches_of": [60, 62], "end": "cadence"}, "its last note, 62, is not of the tonic"),
        ({"rewrite_bars": (1, 2)}, "rewrite_bars=1-2: the primer, .* has 1 bar"),
        ({"end": "cadence", "lowest_note": 61, "highest_note": 63}, "no note of the tonic triad"),
    ],
)
def test_what_cannot_be_is_named(wanted: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        _model("basic_rnn").generate(1, 128, [60], constraints=_c(**wanted))


def test_other_refusals() -> None:
    basic = _model("basic_rnn")
    with pytest.raises(OptionError, match="constraints and beam search"):
        basic.generate(1, 32, [60], constraints=_c(key="C"), beam_size=2)
    with pytest.raises(PrimerError, match="Primer is 32 steps"):
        basic.generate(1, 32, [60] * 32, constraints=_c(key="C"))
    with pytest.raises(PrimerError, match="the primer is empty"):
        basic.generate(1, 32, [], constraints=_c(key="C"))
    with pytest.raises(OptionError, match="4 steps after the primer leave no beat"):
        basic.generate(1, 32, [60] * 28, constraints=_c(end="cadence"))
    with pytest.raises(OptionError, match="the bars are not the last, and the end stands"):
        basic.generate(1, 32, TUNE, constraints=_c(end="cadence", rewrite_bars=(1, 2)))


def test_a_silent_primer_and_a_key() -> None:
    melodies = _melodies(_model("basic_rnn"), 24, [-2], 50, key="E")
    assert {p % 12 for events in melodies for p in _new_pitches(events)} <= {4, 6, 8, 9, 11, 1, 3}


def test_a_key_moves_the_model_and_not_the_primer() -> None:
    """A model in C hears C where the melody has D, so the same draws give the same tune there."""
    basic = _model("basic_rnn")
    (c,) = _melodies(basic, 40, [60, 64, 67], 1, key="C")
    (d,) = _melodies(basic, 40, [62, 66, 69], 1, key="D")
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
