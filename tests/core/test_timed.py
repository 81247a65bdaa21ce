"""Tracks until a time is filled: batches are what one after another is, and all come to an end."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ssc_melody.encodings.circles import performance_table
from ssc_melody.errors import BundleError, OptionError, PrimerError
from ssc_melody.families import all_specs, family_named, family_of, find_spec
from ssc_melody.melody.melody import Melody
from ssc_melody.play import run_config, timed
from ssc_melody.play.loading import load_checkpoint, melodies_only
from ssc_melody.play.model import Model
from ssc_melody.specs.tracks import DRUMS_SPECS, PERFORMANCE_SPECS, POLYPHONY_SPECS
from ssc_melody.tracks import polyphony
from tests.networks import make_run
from tests.track_bundles import make_track_run, small

BEAM = {"beam_size": 2, "branch_factor": 2, "steps_per_iteration": 3}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    spec = small(POLYPHONY_SPECS["polyphony"], 12, 8)
    run = make_track_run(tmp_path_factory.mktemp("run") / "polyphony", spec, seed=3)
    return dataclasses.replace(load_checkpoint(run, spec), graph_batch=1)


@pytest.mark.parametrize("settings", [{}, {"temperature": 3.0}, {"temperature": 2.0, **BEAM}])
def test_a_batch_is_what_one_after_another_is(
    model: Model, settings: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a high temperature most tracks need a second call: what comes after is played again."""
    tune = Melody([60, -2, 64, -1, 67])
    random = np.random.RandomState(5)
    singly = [model.generate(1, 14, tune, random=random, **settings)[0].events for _ in range(9)]
    monkeypatch.setattr(timed, "usable_cores", lambda: 2)
    together = np.random.RandomState(5)
    tracks = model.generate(9, 14, tune, random=together, **settings)
    assert [track.events for track in tracks] == singly
    assert together.random_sample() == random.random_sample()


def test_some_tracks_need_a_second_call(model: Model) -> None:
    """What the test above relies on: more than 5 events a step."""
    tracks = model.generate(9, 14, [], seed=5, temperature=3.0)
    assert max(len(track.events) for track in tracks) > 5 * 14


def test_primers_are_heard_and_told(model: Model) -> None:
    tune = Melody([60, -2, 64, -2])
    (told,) = model.generate(1, 12, tune, seed=1)
    assert (told.events[0].kind, told.events[1]) == ("start", ("new_note", 60))
    steps = "".join(event.kind[0] for event in told.events if event.kind == "step_end")
    assert len(steps) == 12 - 5
    assert [note.pitch for note in told.notes[:2]] == [60, 64]
    (heard,) = model.generate(1, 12, tune, seed=1, condition_on_primer=True)
    assert heard.events[1:3] == [("new_note", 60), ("step_end", None)]
    assert heard.primer_events == 10
    (apart,) = model.generate(1, 12, tune, seed=1, inject_primer_during_generation=False)
    assert apart.events[1] != ("new_note", 60)
    assert [note.pitch for note in apart.notes[:2]] == [60, 64]
    assert apart.primer_events == 1


def test_the_likeliest_track_is_one(model: Model) -> None:
    first, second = model.generate(2, 10, [60], temperature=0)
    assert first.events == second.events
    assert first.log_likelihood is not None
    assert model.generate(0, 10) == []


def test_a_network_that_ends_no_step_is_given_up(model: Model) -> None:
    bias = model.network.output.bias.copy()
    bias[polyphony.STEP_END] = -50.0
    output = dataclasses.replace(model.network.output, bias=bias)
    network = dataclasses.replace(model.network, output=output)
    stuck = dataclasses.replace(model, network=network)
    with pytest.raises(OptionError, match=r"temperature: after 10,501 events only 0 of 1 steps"):
        stuck.generate(1, 2, [], seed=1)


def test_what_is_refused(model: Model) -> None:
    with pytest.raises(PrimerError, match=r"Primer is 0.5 s, 4 steps are 0.5 s; `num_steps`"):
        model.generate(1, 4, [60])
    with pytest.raises(OptionError, match=r"no setting 'condition_on_prime' .did you mean cond"):
        model.generate(1, 4, [], condition_on_prime=True)
    with pytest.raises(OptionError, match="condition_on_primer: expected True or False, got 1"):
        model.generate(1, 4, [], condition_on_primer=1)
    with pytest.raises(OptionError, match="top_p and top_k are for melodies"):
        model.generate(1, 4, [], top_p=0.5)
    with pytest.raises(BundleError, match="a Polyphony RNN bundle; ssc_polyphony_generate plays"):
        melodies_only(model.spec, "a.mag")


def test_attention_and_injection_do_not_search(tmp_path: Path) -> None:
    spec = small(POLYPHONY_SPECS["polyphony"], 8, attn_length=4)
    attentive = load_checkpoint(make_track_run(tmp_path / "run", spec), spec)
    with pytest.raises(OptionError, match="beam_size: beam search and a primer that is injected"):
        attentive.generate(1, 12, [60], seed=1, **BEAM)
    (track,) = attentive.generate(
        1, 12, [60], seed=1, inject_primer_during_generation=False, **BEAM
    )
    assert track.events[0] == ("start", None)


def test_a_checkpoint_of_another_family_is_named(tmp_path: Path) -> None:
    spec = small(POLYPHONY_SPECS["polyphony"], 8)
    run = make_run(tmp_path / "run", spec)
    with pytest.raises(
        BundleError, match=r"259 inputs, one_drum gives 2; it fits polyphony \(Poly"
    ):
        load_checkpoint(run, "one_drum")
    with pytest.raises(BundleError, match=r"lookback_rnn gives 121; it fits polyphony \(Polyphony"):
        load_checkpoint(run, "lookback_rnn")


def test_families_are_loaded_when_they_are_met() -> None:
    for key, specs in (
        ("polyphony", POLYPHONY_SPECS),
        ("drums", DRUMS_SPECS),
        ("performance", PERFORMANCE_SPECS),
    ):
        family = family_named(key)
        assert family is not None
        for name, spec in specs.items():
            assert find_spec(name) is spec
            assert family_of(spec) is family
            assert all_specs()[name] is spec
    assert find_spec("no_rnn") is None
    assert family_named("no") is None


def test_sizes_are_stocks() -> None:
    sizes = {
        name: (spec.make_encoding().input_size, spec.make_encoding().num_classes)
        for specs in (POLYPHONY_SPECS, DRUMS_SPECS, PERFORMANCE_SPECS)
        for name, spec in specs.items()
    }
    assert sizes == {
        "polyphony": (259, 259),
        "one_drum": (2, 2),
        "drum_kit": (518, 512),
        "performance": (356, 356),
        "performance_with_dynamics": (388, 388),
        "performance_with_dynamics_compact": (388, 388),
        "performance_with_dynamics_and_modulo_encoding": (16, 388),
        "density_conditioned_performance_with_dynamics": (396, 388),
        "pitch_conditioned_performance_with_dynamics": (400, 388),
        "multiconditioned_performance_with_dynamics": (408, 388),
        "optional_multiconditioned_performance_with_dynamics": (409, 388),
    }
    assert [find_spec(name).make_encoding().default_label for name in list(sizes)[:5]] == [
        2, 0, 0, 355, 355,
    ]  # fmt: skip


def test_events_on_circles() -> None:
    """Middle C begins, ends; a shift of 25 steps; the first velocity."""
    table = performance_table(100, 32)
    assert table.shape == (388, 16)
    expected = [1, np.cos(60 * np.pi / 72), np.sin(60 * np.pi / 72), 1, 0]
    assert table[60] == pytest.approx([*expected, *[0] * 11], abs=1e-6)
    assert table[188] == pytest.approx([*[0] * 5, *expected, *[0] * 6], abs=1e-6)
    assert table[256 + 25] == pytest.approx([*[0] * 10, 1, 0, 1, 0, 0, 0], abs=1e-6)
    assert table[356] == pytest.approx([*[0] * 13, 1, 1, 0], abs=1e-6)


@pytest.mark.parametrize("name", ["polyphony", "drum_kit", "performance"])
def test_a_run_says_its_family(name: str, tmp_path: Path) -> None:
    spec = find_spec(name)
    assert spec is not None
    run_config.write(tmp_path, run_config.RunConfig(name, spec, seed=1))
    assert run_config.read(tmp_path).spec == spec


def test_likelihoods_of_tracks(model: Model, tmp_path: Path) -> None:
    (track,) = model.generate(1, 10, [], seed=2)
    score = model.log_likelihood(track.events)
    assert np.isfinite(score)
    name = "density_conditioned_performance_with_dynamics"
    spec = small(PERFORMANCE_SPECS[name], 8)
    conditioned = load_checkpoint(make_track_run(tmp_path / "run", spec), spec)
    with pytest.raises(OptionError, match=f"log_likelihood: {name} is conditioned"):
        conditioned.log_likelihood([("note_on", 60)])
