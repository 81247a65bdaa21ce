"""Every recorded case of every bundle: the events, draws, softmaxes and likelihoods of Magenta."""

import functools

import numpy as np
import pytest

from ssc_melody.melody.events import clean, squash
from ssc_melody.network.stack import NetworkState, step
from ssc_melody.play.loading import load_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.sampling import Sampling, probabilities
from tests.conftest import CASES, bundle_path

_IDS = [case["file"].split("/")[-1].removesuffix(".mag") for case in CASES]


@functools.cache
def _model(file: str, config: str) -> Model:
    return load_bundle(bundle_path(file), config)


@pytest.mark.parametrize("case", CASES, ids=_IDS)
def test_events_are_those_of_magenta(case: dict) -> None:
    model = _model(case["file"], case["config"])
    assert len(case["runs"]) == 10
    for run in case["runs"]:
        melodies = model.generate(
            num_outputs=run["n"],
            num_steps=run["num_steps"],
            primer=run["primer"],
            temperature=run["temperature"],
            seed=run["seed"],
            beam_size=run["beam_size"],
            branch_factor=run["branch_factor"],
            steps_per_iteration=run["steps_per_iteration"],
        )
        assert [melody.events for melody in melodies] == run["melodies"], run["seed"]


@pytest.mark.parametrize("case", CASES, ids=_IDS)
def test_as_many_numbers_are_drawn_as_by_magenta(case: dict) -> None:
    batch = _model(case["file"], case["config"]).graph_batch
    assert batch == case["graph_batch_size"]
    for run in case["runs"]:
        search = Sampling(beam_size=run["beam_size"], branch_factor=run["branch_factor"])
        steps = run["n"] * (run["num_steps"] - len(run["primer"]))
        random = np.random.RandomState(run["seed"])
        random.random_sample(steps * search.draws_per_step(batch))
        assert random.random_sample() == run["rng_next"]


@pytest.mark.parametrize("case", CASES, ids=_IDS)
def test_log_likelihoods_are_those_of_magenta(case: dict) -> None:
    model = _model(case["file"], case["config"])
    for entry in case["loglik"]:
        ours = model.log_likelihood(entry["melody"])
        if "value" in entry:
            assert ours == pytest.approx(entry["value"], abs=1e-3)
        else:  # 2.1.4 cannot say it for graphs of a batch above 1
            assert case["graph_batch_size"] > 1
            assert -len(entry["melody"]) * 10 < ours < 0


@pytest.mark.parametrize("case", CASES, ids=_IDS)
def test_softmaxes_are_those_of_magenta(case: dict) -> None:
    model = _model(case["file"], case["config"])
    spec = model.spec
    compared = 0
    for run in case["runs"]:
        recorded = run.get("softmax_first_steps_of_first_melody")
        if recorded is None:
            continue
        temperature = model.temperature or run["temperature"]
        primer, moved = squash(
            clean(run["primer"]), spec.min_note, spec.max_note, spec.transpose_to_key
        )
        generated = run["melodies"][0][len(primer) :]
        events = [*primer, *(event + moved if event >= 0 else event for event in generated)]
        encoder = model.encoding.encoder(1, len(events))
        state = NetworkState(model.network, 1)
        x = np.zeros((1, model.encoding.input_size), dtype=np.float32)
        for i, event in enumerate(events[: len(primer) + len(recorded) - 1]):
            encoder.push(np.array([event]), x)
            logits = step(model.network, state, x)
            if i >= len(primer) - 1:
                ours = probabilities(logits, temperature)[0]
                theirs = recorded[i - len(primer) + 1]
                np.testing.assert_allclose(ours, theirs, rtol=0, atol=3e-6)
                compared += 1
    assert compared == 8 * sum("softmax_first_steps_of_first_melody" in r for r in case["runs"])
    assert compared
