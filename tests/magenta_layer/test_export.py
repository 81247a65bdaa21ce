"""A training run becomes a bundle that the core, Magenta's graph and stock itself play alike."""

import copy

import pytest

from ssc_melody.cli import generate
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.magenta_layer import engine, export
from ssc_melody.magenta_layer.register import magenta_config, register
from ssc_melody.play import loading as core
from ssc_melody.specs import SPECS
from tests.magenta_layer import live
from tests.magenta_layer.live import SMALL, melody_rnn_model, note_seq, numpy_seed, small_spec

ATTENTION_STEPS = "attn_length=12"


@pytest.fixture(scope="module")
def run_dirs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {name: live.make_run_dir(folder / name, small_spec(name)) for name in SMALL}


@pytest.fixture
def save(tmp_path, run_dirs, capsys):
    """Runs --save_generator_bundle; returns the exit code, the messages and the bundle's path."""

    def run(name, *flags, config=None):
        path = tmp_path / "sub" / "out.mag"
        argv = ["x", "--save_generator_bundle", f"--bundle_file={path}", *flags]
        argv += [f"--config={config or name}"] if config != "" else []
        code = generate.main([*argv, f"--run_dir={run_dirs[name]}"])
        return code, capsys.readouterr(), path

    return run


def events(melodies):
    return [melody.events for melody in melodies]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("batch_size", [1, 3])
def test_run_dir_bundle_and_stock_play_alike(name, batch_size, save, run_dirs):
    hparams = [ATTENTION_STEPS] * (name == "ssc_attention_rnn")
    hparams += [f"batch_size={batch_size}"] * (batch_size > 1)
    code, messages, path = save(
        name, "--bundle_description=all of it", f"--hparams={','.join(hparams)}"
    )
    assert code == 0, messages.err
    assert messages.err == ""
    assert f"id {name}" in messages.out
    assert f"batch size {batch_size}" in messages.out
    assert [each.name for each in path.parent.iterdir()] == ["out.mag"]
    bundle = read_bundle(path)
    assert bundle.generator_id == name
    assert bundle.generator_description == SPECS[name].description
    assert bundle.bundle_description == "all of it"

    asked = {"num_outputs": 2, "num_steps": 40, "primer": [60, -2, 64, -1], "seed": 9}
    model = core.load_bundle(path)
    assert model.graph_batch == batch_size
    expected = events(model.generate(**asked))
    spec, train = small_spec(name, f"batch_size={batch_size}"), run_dirs[name] / "train"
    for other in (
        core.load_checkpoint(train, spec),
        engine.load_bundle(path),
        engine.load_checkpoint(train, spec),
    ):
        assert events(other.generate(**asked)) == expected
    stock = engine.stock_generator(small_spec(name), bundle=live.read_bundle(path))
    with numpy_seed(9), stock:
        made = [stock._model.generate_melody(40, note_seq.Melody([60, -2, 64, -1])) for _ in "ab"]
    assert [list(melody) for melody in made] == expected


def test_magentas_id_makes_a_bundle_for_magenta(save):
    code, messages, path = save(
        "ssc_basic_rnn",
        "--generator_id=basic_rnn",
        "--generator_description=theirs",
        "--bundle_description=x",
    )
    assert (code, messages.err) == (0, "")
    stock = engine.stock_generator(SPECS["basic_rnn"], bundle=live.read_bundle(path))
    with stock:
        assert stock.details.id == "basic_rnn"
    assert read_bundle(path).generator_description == "theirs"


def test_own_id_of_an_encoder_decoder(save):
    code, messages, path = save(
        "ssc_lookback_rnn", "--melody_encoder_decoder=lookback", "--generator_id=mine", config=""
    )
    assert code == 0
    assert "warning: no --generator_description" in messages.err
    assert "warning: no --bundle_description" in messages.err
    assert core.load_bundle(path, config="lookback_rnn").spec.name == "lookback_rnn"


def test_our_commands_change_no_shared_config(save, tmp_path):
    register()
    before = copy.deepcopy(
        {name: (vars(config.hparams), str(config.details)) for name, config in
         melody_rnn_model.default_configs.items()}
    )  # fmt: skip
    code, _, path = save(
        "ssc_basic_rnn", "--generator_id=other", "--hparams=batch_size=2,clip_norm=9"
    )
    assert code == 0
    argv = ["x", "--engine=magenta", f"--bundle_file={path}", "--config=ssc_basic_rnn"]
    argv += ["--hparams=batch_size=7", f"--output_dir={tmp_path}", "--num_outputs=1"]
    assert generate.main(argv) == 0
    after = {
        name: (vars(config.hparams), str(config.details))
        for name, config in melody_rnn_model.default_configs.items()
    }
    assert after == before
    assert magenta_config(SPECS["ssc_basic_rnn"]).hparams.batch_size == 64


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--config=ssc_basic_rnn", "--run_dir={run}"], "needs --bundle_file"),
        (["--bundle_file={out}", "--run_dir={run}"], "exactly one of --config and"),
        (["--bundle_file={out}", "--config=ssc_basic_rnn"], "needs --run_dir=DIR or"),
        (["--bundle_file={out}", "--config=ssc_basic_rnn", "--run_dir={out}"], "is not a folder"),
        (["--bundle_file={out}", "--config=ssc_basic_rnn", "--checkpoint_file={out}"], "a bundle;"),
        (["--bundle_file={out}", "--config=ssc_basik_rnn", "--run_dir={run}"], "did you mean"),
        (["--bundle_file={out}", "--melody_encoder_decoder=onehot", "--run_dir={run}"], "or_id"),
        (["--bundle_file={out}", "--config=ssc_lookback_rnn", "--run_dir={run}"], "it fits basic"),
        (
            ["--bundle_file={out}", "--config=ssc_basic_rnn", "--run_dir={run}",
             "--hparams=rnn_layer_sizes=[8]"],
            "has rnn_layer_sizes=[20], --hparams says rnn_layer_sizes=[8]",
        ),
        (
            ["--bundle_file={out}", "--config=ssc_basic_rnn", "--run_dir={run}",
             "--generator_id=attention_rnn", "--bundle_description=x"],
            "its network takes 38 inputs, attention_rnn gives 74",
        ),
        (
            ["--bundle_file={run}", "--config=ssc_basic_rnn", "--run_dir={run}",
             "--bundle_description=x"],
            "cannot write",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_and_leave_no_file(argv, text, run_dirs, tmp_path, capsys):
    names = {"run": run_dirs["ssc_basic_rnn"], "out": tmp_path / "out.mag"}
    filled = [arg.format(**names) for arg in argv]
    assert generate.main(["x", "--save_generator_bundle", *filled]) == 1
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_does_not_read_back_is_not_written(monkeypatch, run_dirs, tmp_path):
    other = export.read_checkpoint(run_dirs["ssc_mono_rnn"] / "train" / "model.ckpt-7")
    monkeypatch.setattr(export, "parse_v1", lambda *_: other)
    path = tmp_path / "out.mag"
    path.write_bytes(b"the old one")
    with pytest.raises(export.BundleError, match="differs from that of"):
        export.export_checkpoint(
            run_dirs["ssc_basic_rnn"] / "train", small_spec("ssc_basic_rnn"), path
        )
    assert path.read_bytes() == b"the old one"
