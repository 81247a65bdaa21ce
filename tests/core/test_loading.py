"""Which checkpoint, which config: run_dirs, their folders, names of configs, shipped bundles."""

import re
from pathlib import Path

import pytest

import ssc_melody
from ssc_melody.cli import generate
from ssc_melody.errors import BundleError, SpecError, SscMelodyError
from ssc_melody.play import shipped
from ssc_melody.specs import SPECS, with_hparams
from tests.conftest import ROOT, posix
from tests.networks import make_run

SMALL = {
    name: with_hparams(SPECS[name], "rnn_layer_sizes=[6,5]")
    for name in ("basic_rnn", "mono_rnn", "lookback_rnn", "attention_rnn")
}


@pytest.fixture
def play(tmp_path: Path, capsys: pytest.CaptureFixture):
    """Runs the command for one short melody; returns its code and what it printed as errors."""

    def _play(*flags: str) -> tuple[int, str]:
        common = ["x", f"--output_dir={tmp_path / 'out'}", "--num_outputs=1", "--num_steps=8"]
        code = generate.main([*common, *flags])
        return code, capsys.readouterr().err

    return _play


@pytest.mark.parametrize("config_json", [False, True])
def test_a_run_by_any_of_its_names(tmp_path: Path, config_json: bool) -> None:
    spec = SMALL["attention_rnn"]
    run = make_run(tmp_path / "run", spec, config_json)
    expected = None
    for path in (run, run / "train", run / "train" / "model.ckpt-120", str(run)):
        for config in (spec, None) if config_json else (spec, "attention_rnn"):
            model = ssc_melody.load_checkpoint(path, config)
            events = model.generate(1, 12, seed=3)[0].events
            expected = expected or events
            assert events == expected
            assert model.hparams == {
                "rnn_layer_sizes": (6, 5),
                "attn_length": 40,
                "residual_connections": False,
            }


def test_a_run_of_stock_does_not_say_its_config(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", SMALL["basic_rnn"])
    with pytest.raises(SpecError, match=r"run has no config\.json, .*: name its config"):
        ssc_melody.load_checkpoint(run)
    with pytest.raises(SpecError, match=r"did you mean basic_rnn\?"):
        ssc_melody.load_checkpoint(run, "basic_rn")


def test_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    make_run(tmp_path / "run", SMALL["basic_rnn"])
    melody = ssc_melody.load_checkpoint("~/run", "basic_rnn").generate(1, 8, seed=1)[0]
    melody.to_midi("~/a.mid")
    assert (tmp_path / "a.mid").read_bytes()[:4] == b"MThd"


@pytest.mark.parametrize("trained", SMALL)
@pytest.mark.parametrize("asked", SMALL)
def test_the_config_that_fits_is_named(trained: str, asked: str, tmp_path: Path, play) -> None:
    run = make_run(tmp_path / "run", SMALL[trained])
    code, err = play(f"--config={asked}", f"--run_dir={run}")
    if trained == asked:
        assert (code, err) == (0, "")
        return
    kinds = r"its network takes \d+ (inputs|classes), " + asked
    assert re.search(rf"{kinds} gives \d+; it fits {trained}\n", err), err
    assert (code, err.count("\n")) == (1, 1)


def test_run_dir_is_the_run_or_its_train(tmp_path: Path, play) -> None:
    run = make_run(tmp_path / "run", SMALL["basic_rnn"], config_json=True)
    for folder in (run, run / "train"):
        assert play(f"--run_dir={folder}") == (0, "")
        assert play("--config=basic_rnn", f"--checkpoint_file={folder}") == (0, "")
    assert play(f"--checkpoint_file={run}/train/model.ckpt-120") == (0, "")
    code, err = play("--config=mono_rnn", f"--run_dir={run}/train")
    assert code == 1
    assert "this run has config basic_rnn, --config says mono_rnn" in err


@pytest.mark.parametrize(
    ("hparams", "message"),
    [
        ("rnn_layer_sizes=[6,6]", "has rnn_layer_sizes=[6, 5], --hparams says rnn_layer_sizes="),
        ("residual_connections=true", "has residual_connections=False, --hparams says"),
        ("attn_length=8", "has attn_length=0, --hparams says attn_length=8; leave it out"),
        ("batch_size=2,rnn_layer_sizes=[6,5]", ""),
    ],
)
def test_hparams_that_the_run_contradicts(hparams: str, message: str, tmp_path: Path, play) -> None:
    run = make_run(tmp_path / "run", SMALL["lookback_rnn"])
    code, err = play("--config=lookback_rnn", f"--run_dir={run}", f"--hparams={hparams}")
    assert code == (1 if message else 0)
    assert message in err
    assert err.count("\n") == code


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--config=basic_rnn", ""),
        ("--hparams=rnn_layer_sizes=[6,5],batch_size=7", ""),  # batches are training's business
        (
            "--hparams=rnn_layer_sizes=[6,6]",
            "this run has rnn_layer_sizes=[6, 5], --hparams says rnn_layer_sizes=[6, 6]; leave it "
            "out, or name another --run_dir",
        ),
        ("--hparams=attn_length=3", "this run has attn_length=0, --hparams says attn_length=3"),
        (
            "--hparams=residual_connections=true",
            "this run has residual_connections=False, --hparams says residual_connections=True",
        ),
        ("--config=lookback_rnn", "this run has config basic_rnn, --config says lookback_rnn"),
        ("--melody_encoder_decoder=key", "this run has config basic_rnn, --config says key"),
        ("--min_note=40", "says what it was trained on"),
    ],
)
def test_what_a_run_says_of_itself_is_not_contradicted(
    flags: str, message: str, tmp_path: Path, play
) -> None:
    run = make_run(tmp_path / "run", SMALL["basic_rnn"], config_json=True)
    code, err = play(f"--run_dir={run}", flags)
    assert (code, err.count("\n")) == ((1, 1) if message else (0, 0))
    assert message in err
    if message:
        assert str(run) in err


def test_attention_must_have_a_length(tmp_path: Path, play) -> None:
    run = make_run(tmp_path / "run", SMALL["attention_rnn"])
    code, err = play("--config=attention_rnn", f"--run_dir={run}", "--hparams=attn_length=0")
    assert code == 1
    assert "has attention, but attn_length is 0" in err


def test_hparams_that_a_bundle_contradicts(attention_mag: Path, play) -> None:
    flags = "--hparams=rnn_layer_sizes=[64,64],attn_length=7,batch_size=128,dropout_keep_prob=1"
    code, err = play(f"--bundle_file={attention_mag}", flags)
    assert code == 0
    assert err.splitlines() == [
        "warning: --hparams: attn_length=7 ignored: the bundle has 40",
        "warning: --hparams: batch_size=128 ignored: the bundle has 1",
    ]


def test_encoder_decoder_with_a_bundle(attention_mag: Path, play) -> None:
    code, err = play(f"--bundle_file={attention_mag}", "--melody_encoder_decoder=onehot")
    assert (code, err) == (
        0,
        "warning: --melody_encoder_decoder=onehot ignored: the bundle is attention_rnn\n",
    )


def test_folders_that_are_no_runs(tmp_path: Path, play) -> None:
    (tmp_path / "run").mkdir()
    for folder, message in (
        (tmp_path / "run", f"no folder train in {tmp_path / 'run'}; expected a run"),
        (tmp_path / "rum", f"{tmp_path / 'rum'} is not a folder; did you mean run?"),
    ):
        code, err = play("--config=basic_rnn", f"--run_dir={folder}")
        assert (code, err.count("\n")) == (1, 1)
        assert message in err
    (tmp_path / "run" / "train").mkdir()
    assert (
        "train first with ssc_melody_train"
        in play("--config=basic_rnn", f"--run_dir={tmp_path / 'run'}")[1]
    )


def test_a_checkpoint_that_is_missing(tmp_path: Path, play) -> None:
    """A checkpoint's three files have one name."""
    for end in ("index", "meta", "data-00000-of-00001"):
        (tmp_path / f"model.ckpt-120.{end}").write_bytes(b"")
    code, err = play("--config=basic_rnn", f"--checkpoint_file={tmp_path}/model.ckpt-12")
    assert code == 1
    assert err.endswith("; did you mean model.ckpt-120?\n")


def test_bundles_in_the_wrong_flag(attention_mag: Path, tmp_path: Path, play) -> None:
    code, err = play("--config=attention_rnn", f"--checkpoint_file={attention_mag}")
    assert code == 1
    assert err.endswith("_b1.mag is a bundle; give it as --bundle_file\n")
    assert "--bundle_file: expected a .mag file, got nothing" in play("--bundle_file=")[1]
    with pytest.raises(BundleError, match="found a bundle, to be given as one"):
        ssc_melody.load_checkpoint(attention_mag, "attention_rnn")


def test_a_config_json_that_is_damaged(tmp_path: Path, play) -> None:
    run = make_run(tmp_path / "run", SMALL["basic_rnn"])
    (run / "config.json").write_text("{")
    code, err = play("--config=basic_rnn", f"--run_dir={run}")
    assert (code, err.count("\n")) == (1, 1)
    assert "config.json: expected what ssc_melody_train writes" in err
    with pytest.raises(SscMelodyError, match=r"config\.json"):
        ssc_melody.load_checkpoint(run)


def test_shipped_bundles_of_a_checkout_and_of_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "ssc_melody"
    monkeypatch.setattr(shipped, "__file__", str(package / "play" / "shipped.py"))
    for folder in (package / "bundles", tmp_path / "bundles"):
        folder.mkdir(parents=True)
    in_wheel, beside = (
        f / "ssc_basic_rnn.mag" for f in (package / "bundles", tmp_path / "bundles")
    )
    beside.write_bytes(b"")
    assert shipped.shipped_bundle("ssc_basic_rnn") is None  # site-packages/bundles is not ours
    (tmp_path / "setup.py").write_text("")
    assert shipped.shipped_bundle("ssc_basic_rnn") == beside
    in_wheel.write_bytes(b"")
    assert shipped.shipped_bundle("ssc_basic_rnn") == in_wheel
    assert shipped.shipped_bundle("ssc_mono_rnn") is None


@posix
def test_a_config_alone_plays_the_bundle_that_ships(
    attention_mag: Path, tmp_path: Path, play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "ssc_melody" / "play" / "shipped.py"))
    bundles = tmp_path / "ssc_melody" / "bundles"
    bundles.mkdir(parents=True)
    (bundles / "attention_rnn.mag").symlink_to(attention_mag)
    assert play("--config=attention_rnn") == (0, "")
    code, err = play("--config=basic_rnn")
    assert code == 1
    assert err.endswith(", or take one that ships: --config=attention_rnn\n")


def test_what_ships_is_found_under_its_own_id() -> None:
    paths = sorted((ROOT / "bundles").glob("*.mag"))
    if not paths:
        pytest.skip(f"no bundle in {ROOT / 'bundles'} yet")
    for path in paths:
        found = shipped.shipped_bundle(path.stem)
        assert found is not None
        model = ssc_melody.load_bundle(found)
        assert model.spec.name == path.stem
        chords = "C G Am F" if path.stem == "ssc_chord_rnn" else None
        assert len(set(model.generate(1, 64, seed=1, chords=chords)[0].events)) > 4
