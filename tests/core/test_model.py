"""The Python API: what it gives, and what it refuses by name."""

import dataclasses
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import ssc_melody
from ssc_melody.errors import (
    BundleError,
    MelodyError,
    MidiError,
    OptionError,
    PrimerError,
    SpecError,
)
from ssc_melody.formats.bundle import Bundle, read_bundle, serialize_bundle
from ssc_melody.formats.checkpoint import parse_v1, serialize_v1
from ssc_melody.melody.midi import melody_to_midi
from ssc_melody.melody.primer import Primer
from ssc_melody.play.loading import load_bundle, model_of_bundle, spec_of_bundle
from ssc_melody.play.model import Model
from tests.conftest import SHARED_BUNDLES, TESTDATA

CUSTOM = TESTDATA / "bundles" / "x2.1.4_tf2.9.1_basic_48-64-32_customid_b1.mag"
FIXED = TESTDATA / "bundles" / "m0.1.1_tf0.12.1_attention_48-64-32_a16_temp1.5_b1.mag"


@pytest.fixture(scope="module")
def model(attention_mag: Path) -> Model:
    return ssc_melody.load_bundle(attention_mag)


def test_melodies_have_events_and_files(model: Model, tmp_path: Path) -> None:
    melodies = model.generate(num_outputs=3, num_steps=40, primer=[60], seed=7)
    assert [len(melody.events) for melody in melodies] == [40] * 3
    assert all(type(event) is int for event in melodies[0].events)
    assert all(melody.log_likelihood < 0 for melody in melodies)
    melodies[0].to_midi(tmp_path / "a.mid", qpm=90)
    assert (tmp_path / "a.mid").read_bytes().startswith(b"MThd")


def test_a_seed_repeats_and_no_seed_does_not(model: Model) -> None:
    first, second, other = (
        [melody.events for melody in model.generate(2, 64, seed=seed)] for seed in (1, 1, 2)
    )
    assert first == second != other
    assert model.generate(1, 64)[0].events != model.generate(1, 64)[0].events


def test_two_threads_play_one_model_at_once(model: Model) -> None:
    """Each in the middle of the other's melodies: progress waits until both are there."""
    orders = {
        1: {"primer": [60], "temperature": 1.0},
        2: {"primer": [67, -2, 64], "temperature": 0.7},
    }
    alone = {seed: model.generate(3, 40, seed=seed, **order) for seed, order in orders.items()}
    meeting = threading.Barrier(2, timeout=60)

    def play(seed: int) -> list:
        meet = itertools.chain([True] * 20, itertools.repeat(False))
        lock = threading.Lock()

        def wait(steps: int) -> None:
            with lock:
                together = next(meet)
            if together:
                meeting.wait()

        return model.generate(3, 40, seed=seed, progress=wait, **orders[seed])

    with ThreadPoolExecutor(2) as pool:
        both = dict(zip(orders, pool.map(play, orders), strict=True))
    assert both == alone


def test_more_outputs_begin_with_the_same_melodies(model: Model) -> None:
    few, many = (model.generate(n, 32, seed=3) for n in (2, 40))
    assert [m.events for m in few] == [m.events for m in many][:2]


def test_argmax_and_temperature_zero_are_one_melody(model: Model) -> None:
    a = model.generate(2, 32, temperature=0, seed=1)
    b = model.generate(1, 32, decoding="argmax", seed=2)
    assert a[0].events == a[1].events == b[0].events
    likeliest = [model.log_likelihood(m.events) for m in model.generate(5, 32, seed=1)]
    assert model.log_likelihood(a[0].events) > max(likeliest)


def test_a_cold_temperature_approaches_argmax(model: Model) -> None:
    cold = model.generate(1, 32, temperature=0.001, seed=1)[0].events
    assert cold == model.generate(1, 32, temperature=0)[0].events


def test_fixed_temperature_of_the_oldest_bundles() -> None:
    model = load_bundle(FIXED)
    assert model.temperature == 1.5
    warm, cold = (model.generate(1, 32, temperature=t, seed=1)[0].events for t in (2.0, 0.5))
    assert warm == cold


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num_outputs": -1}, OptionError, "num_outputs: expected 0 .*, got -1"),
        ({"beam_size": 0}, OptionError, "beam_size: expected 1 or more, got 0"),
        ({"branch_factor": 0}, OptionError, "branch_factor"),
        ({"steps_per_iteration": 0}, OptionError, "steps_per_iteration"),
        ({"temperature": -1}, OptionError, "temperature: expected 0 or more, got -1"),
        ({"temperature": float("nan")}, OptionError, "temperature"),
        ({"seed": -1}, OptionError, "seed: expected 0 to 4294967295, got -1"),
        ({"decoding": "greedy"}, OptionError, "expected one of sample, argmax, got 'greedy'"),
        ({"primer": []}, PrimerError, r"the primer is empty; a single note is \[60\]"),
        ({"primer": [60] * 32}, PrimerError, "Primer is 32 steps; .* must be at least 33"),
        ({"primer": [128]}, MelodyError, "128"),
        ({"primer": [60.5]}, MelodyError, "60.5"),
    ],
)
def test_bad_arguments_are_named(model: Model, options: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        model.generate(**({"num_steps": 32, "seed": 1} | options))


def test_no_outputs_are_no_melodies(model: Model) -> None:
    assert model.generate(num_outputs=0) == []


def test_log_likelihood_of_nothing(model: Model) -> None:
    with pytest.raises(MelodyError, match="empty melody"):
        model.log_likelihood([])
    assert model.log_likelihood([60]) == 0


def test_an_unregistered_id_needs_a_config() -> None:
    with pytest.raises(
        BundleError,
        match="'my_basic' is not a registered config; its 38 inputs fit `config=basic_rnn`",
    ):
        load_bundle(CUSTOM)
    assert load_bundle(CUSTOM, "basic_rnn").spec.name == "basic_rnn"
    with pytest.raises(SpecError, match="did you mean basic_rnn"):
        load_bundle(CUSTOM, "basic_rn")
    with pytest.raises(BundleError, match="takes 38 inputs, lookback_rnn gives 121; it fits basic"):
        load_bundle(CUSTOM, "lookback_rnn")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("rnn-nade", "a Pianoroll RNN-NADE"),
        ("rl_tuner", "an RL Tuner"),
        ("performance_with_dynamics_and_note_encoding", "a note-encoded Performance RNN"),
        ("metric_performance", "a Performance RNN"),
    ],
)
def test_other_families_are_refused_by_name(basic_mag: Path, name: str, family: str) -> None:
    bundle = dataclasses.replace(read_bundle(basic_mag), generator_id=name)
    with pytest.raises(
        BundleError, match=rf": {family} bundle \(id '{name}'\); this library plays Melody RNN, "
    ):
        spec_of_bundle(bundle, "basic_rnn")


def _with_tensors(bundle: Bundle, **changes: np.ndarray) -> Bundle:
    tensors = parse_v1(bundle.checkpoint)
    tensors |= {name.replace("__", "/"): array for name, array in changes.items()}
    return dataclasses.replace(bundle, checkpoint=serialize_v1(tensors))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(basic_mag: Path, value: float) -> None:
    biases = np.zeros(38, dtype=np.float32)
    biases[5] = value
    bundle = _with_tensors(read_bundle(basic_mag), fully_connected__biases=biases)
    with pytest.raises(BundleError, match="fully_connected/biases"):
        model_of_bundle(bundle)


def test_a_bundle_of_another_config_is_refused(basic_mag: Path) -> None:
    bundle = dataclasses.replace(read_bundle(basic_mag), generator_id="lookback_rnn")
    with pytest.raises(BundleError, match="takes 38 inputs, lookback_rnn gives 121"):
        model_of_bundle(bundle)


def test_a_written_bundle_plays_the_same(attention_mag: Path, tmp_path: Path) -> None:
    bundle = read_bundle(attention_mag)
    again = dataclasses.replace(
        bundle, checkpoint=serialize_v1(parse_v1(bundle.checkpoint)), bundle_description="ours"
    )
    path = tmp_path / "new.mag"
    path.write_bytes(serialize_bundle(again))
    old, new = (load_bundle(p).generate(2, 32, seed=1) for p in (attention_mag, path))
    assert [m.events for m in old] == [m.events for m in new]


def test_real_bundles_of_other_people_play() -> None:
    paths = sorted(SHARED_BUNDLES.glob("*.mag"))
    if not paths:
        pytest.skip(f"no bundles of other people in {SHARED_BUNDLES}")
    for path in paths:
        melodies = load_bundle(path).generate(4, 64, seed=1)
        assert all(len(set(melody.events)) > 4 for melody in melodies)


def test_a_primer_is_events_a_file_bytes_or_a_primer(model: Model, tmp_path: Path) -> None:
    """Four crotchets as a MIDI file: what follows is the command's, on the bars of the piece."""
    path = tmp_path / "primer.mid"
    path.write_bytes(
        melody_to_midi([60, -2, -2, -2, 62, -2, -2, -2, 64, -2, -2, -2, 65, -2, -2, -1])
    )
    primer = Primer.from_midi(path, num_steps=48)
    expected = [melody.events for melody in model.generate(2, primer=primer, seed=3)]
    assert all(len(events) == primer.num_steps for events in expected)
    with path.open("rb") as file:
        for given in (path, str(path), path.read_bytes(), file):
            made = model.generate(2, 48, given, seed=3)
            assert [melody.events for melody in made] == expected
            assert made[0].start_step == primer.start_step
    with pytest.raises(MidiError, match=r"no such file: .*missing\.mid"):
        model.generate(1, 48, tmp_path / "missing.mid")


def test_a_primer_may_not_ask_for_more_steps_than_the_argument(model: Model) -> None:
    primer = Primer.from_melody([60], num_steps=10**9)
    with pytest.raises(OptionError, match=r"num_steps: expected at most 1000000, got 1000000000"):
        model.generate(1, primer=primer, seed=1)
