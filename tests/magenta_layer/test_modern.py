"""Bundles of ten years in today's form: as a start of training, and saved anew."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from ssc_melody.cli import generate
from ssc_melody.errors import BundleError
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.formats.checkpoint import parse_v1, read_checkpoint
from ssc_melody.magenta_layer import engine
from ssc_melody.network.names import is_weight
from ssc_melody.play import loading
from tests.conftest import TESTDATA
from tests.magenta_layer import live, train_runs
from tests.magenta_layer.live import numpy_seed

from ssc_melody.training import checkpoints, graph, loop  # isort: skip (after the shims)
from ssc_melody.play import modern  # isort: skip (after the shims)
from ssc_melody.network import variables  # isort: skip (after the shims)
from ssc_melody.training.data import Examples  # isort: skip

BUNDLES = sorted((TESTDATA / "bundles").glob("*.mag"))
AROUND = ("m0.1.1_tf0.12.1_att", "m0.1.8_tf0.12.1_att", "m0.1.12_tf1.1.0_att")
"""Attention around several layers: there is no such network today."""
CUSTOM = "x2.1.4"

MODERN = [path for path in BUNDLES if not path.name.startswith(AROUND)]
SAVED = {
    "m0.1.1_tf0.12.1_lookback_32x2_b1": "lookback_rnn",
    "m0.1.10_tf1.0.1_attention_64_b1": "attention_rnn",
    "m0.1.12_tf1.1.0_lookback_64x2_b16": "lookback_rnn",
    "m0.3.12_tf1.8.0_basic_64x2_cudnn_b1": "basic_rnn",
    "m1.1.8_tf1.15.5_lookback_48-64-32_cudnn_resid_b1": "lookback_rnn",
}


def config_of(path):
    return "basic_rnn" if path.name.startswith(CUSTOM) else None


def test_every_release_is_here():
    assert len(MODERN) == len(BUNDLES) - len(AROUND) == 28


@pytest.mark.parametrize("path", MODERN, ids=lambda path: path.stem)
def test_todays_variables_play_the_same(path, tmp_path):
    spec, found = modern.modern_variables(read_bundle(path), config_of(path))
    assert {n: a.shape for n, a in found.items()} == variables.variable_shapes(spec)
    checkpoints.write(tmp_path / "model.ckpt-0", found)
    old = loading.load_bundle(path, config_of(path))
    new = loading.load_checkpoint(tmp_path / "model.ckpt-0", spec)
    for tune in train_runs.melodies(3):
        assert new.log_likelihood(tune) == pytest.approx(old.log_likelihood(tune), abs=2e-4)


@pytest.mark.parametrize("path", MODERN[1::7], ids=lambda path: path.stem)
def test_training_starts_with_a_bundle(path):
    spec, _ = modern.modern_variables(read_bundle(path), config_of(path))
    state = checkpoints.warm_start(path, spec, variables.initial_state(spec, 1))
    assert state["global_step"] == 0
    tunes = train_runs.melodies(5)
    network = graph.Network(spec, state, seed=1, jit=False)
    found = loop.evaluate(network, Examples(spec, [np.array(tune, np.int8) for tune in tunes]))
    model = loading.load_bundle(path, config_of(path))
    expected = -sum(map(model.log_likelihood, tunes)) / sum(len(tune) - 1 for tune in tunes)
    assert found["metrics/loss_per_step"] == pytest.approx(expected, rel=1e-5)


def test_warm_start_command(tmp_path, capsys):
    path = TESTDATA / "bundles" / "m0.1.15_tf1.1.0_lookback_32x2_b64.mag"
    data = train_runs.write_events(tmp_path / "a.events", train_runs.melodies())
    flags = [f"--warm_start_bundle_file={path}"]
    for steps in (1, 2):  # the second resumes; the flag may stay
        code = train_runs.run(
            tmp_path / "run", data, steps, *flags, hparams="rnn_layer_sizes=[32,32],batch_size=5"
        )
        assert code == 0
    begun = read_checkpoint(tmp_path / "run" / "train" / "model.ckpt-0")
    expected = modern.modern_variables(read_bundle(path))[1]
    assert all(np.array_equal(begun[name], expected[name]) for name in expected)
    run = json.loads((tmp_path / "run" / "config.json").read_text())
    assert len(run["warm_start"]) == 64
    shutil.rmtree(tmp_path / "run" / "train")  # as if killed before the first checkpoint
    hparams = "rnn_layer_sizes=[32,32],batch_size=5"
    assert train_runs.run(tmp_path / "run", data, 3, hparams=hparams) == 1
    assert "give --warm_start_bundle_file again" in capsys.readouterr().err


def test_a_fixed_temperature_goes_into_the_output_layer(monkeypatch, tmp_path):
    path = TESTDATA / "bundles" / "m0.1.1_tf0.12.1_basic_64x2_b1.mag"
    stock = modern.model_of_bundle

    def warmer(bundle, config):
        return dataclasses.replace(stock(bundle, config), temperature=1.5)

    monkeypatch.setattr(modern, "model_of_bundle", warmer)
    spec, found = modern.modern_variables(read_bundle(path))
    checkpoints.write(tmp_path / "model.ckpt-0", found)
    new = loading.load_checkpoint(tmp_path / "model.ckpt-0", spec)
    old = warmer(read_bundle(path), None)
    (tune,) = train_runs.melodies(1)
    assert new.log_likelihood(tune) == pytest.approx(old.log_likelihood(tune), abs=1e-4)


def save(tmp_path, name, *more):
    argv = [
        "ssc_melody_generate",
        "--save_generator_bundle",
        f"--bundle_file={tmp_path / 'new.mag'}",
    ]
    return generate.main([*argv, f"--from_bundle={TESTDATA / 'bundles' / name}.mag", *more])


@pytest.mark.parametrize("name", SAVED)
def test_an_old_bundle_saved_anew_plays_the_same_in_stock(name, tmp_path, capsys):
    assert save(tmp_path, name, "--generator_id=" + SAVED[name]) == 0
    assert f"id {SAVED[name]}" in capsys.readouterr().out
    new = read_bundle(tmp_path / "new.mag")
    assert (
        new.generator_description
        == read_bundle(TESTDATA / "bundles" / f"{name}.mag").generator_description
    )
    assert all(is_weight(variable) for variable in parse_v1(new.checkpoint))
    asked = {"num_outputs": 1, "num_steps": 40, "primer": [60, -2, 64, -1], "seed": 9}
    old_model = loading.load_bundle(TESTDATA / "bundles" / f"{name}.mag")
    old_model = dataclasses.replace(old_model, graph_batch=1)
    (expected,) = old_model.generate(**asked)
    (ours,) = loading.load_bundle(tmp_path / "new.mag").generate(**asked)
    assert ours.events == expected.events
    spec = modern.spec_of(old_model)
    stock = engine.stock_generator(spec, bundle=live.read_bundle(tmp_path / "new.mag"))
    with numpy_seed(9), stock:
        made = stock._model.generate_melody(40, live.note_seq.Melody([60, -2, 64, -1]))
    assert list(made) == expected.events


@pytest.mark.parametrize(
    ("name", "flags", "text"),
    [
        (
            "m0.1.8_tf0.12.1_attention_48-64-32_a16_b1",
            [],
            "attention is around the whole stack of 3",
        ),
        ("m0.1.1_tf0.12.1_basic_64x2_b1", ["--run_dir=x"], "--from_bundle and --run_dir both say"),
        ("m0.1.1_tf0.12.1_basic_64x2_b1", ["--hparams=clip_norm=1"], "only batch_size"),
        ("m0.1.1_tf0.12.1_basik", [], "no such file"),
        ("x2.1.4_tf2.9.1_basic_48-64-32_customid_b1", [], "is not a registered config"),
    ],
)
def test_what_cannot_be_saved_anew(name, flags, text, tmp_path, capsys):
    assert save(tmp_path, name, *flags) == 1
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1
    assert not (tmp_path / "new.mag").exists()


def test_what_plays_otherwise_is_not_written(tmp_path, monkeypatch, capsys):
    stock = modern._lstms

    def swapped(bundle):
        return [(kernel[:, ::-1].copy(), bias) for kernel, bias in stock(bundle)]

    monkeypatch.setattr(modern, "_lstms", swapped)
    assert save(tmp_path, "m0.1.1_tf0.12.1_basic_64x2_b1") == 1
    assert "nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "new.mag").exists()


def test_exported_run_has_no_optimizer(tmp_path):
    data = train_runs.write_events(tmp_path / "a.events", train_runs.melodies())
    assert train_runs.run(tmp_path / "run", data, 2) == 0
    path = tmp_path / "run.mag"
    argv = ["ssc_melody_generate", "--save_generator_bundle", f"--run_dir={tmp_path / 'run'}"]
    assert generate.main([*argv, f"--bundle_file={path}", "--generator_id=lookback_rnn"]) == 0
    bundle = read_bundle(path)
    weights = parse_v1(bundle.checkpoint)
    assert set(weights) == set(variables.variable_shapes(train_runs.SPEC))
    assert bundle.generator_id == "lookback_rnn"
    trained = read_checkpoint(tmp_path / "run" / "train" / "model.ckpt-2")
    assert all(np.array_equal(trained[name], weights[name]) for name in weights)


def test_attention_above_the_first_layer_is_refused():
    path = next(path for path in MODERN if "attention_32x2_b1.mag" in path.name)
    model = loading.load_bundle(path)
    network = dataclasses.replace(model.network, layers=model.network.layers[::-1])
    with pytest.raises(BundleError, match="not the first"):
        modern.spec_of(dataclasses.replace(model, network=network))
