"""Models in other programs: magenta-js in Node, ONNX in onnxruntime, safetensors, model cards."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import ssc_melody
from ssc_melody.chords.encoding import CHORD_ENCODINGS
from ssc_melody.cli import export as command
from ssc_melody.errors import BundleError, OptionError
from ssc_melody.export import weights
from ssc_melody.export.magenta_js import SHARD, magenta_js_files
from ssc_melody.export.run import export_model
from ssc_melody.export.safetensors import safetensors_bytes
from ssc_melody.families import get_spec
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.melody.events import melody_notes
from ssc_melody.network.build import build_network
from ssc_melody.network.cells import softmax
from ssc_melody.network.stack import NetworkState, step
from ssc_melody.network.variables import initial_weights
from ssc_melody.play.engine import Batch
from ssc_melody.play.loading import model_of_parts
from ssc_melody.play.model import Model
from ssc_melody.play.modern import modern_variables
from tests import node_tests
from tests.conftest import CASES, TESTDATA, bundle_path

BUNDLES = sorted(
    case["file"] for case in CASES if case["file"].startswith("bundles/") and "tf" in case["file"]
)


# Arrays


@pytest.mark.parametrize("file", BUNDLES)
def test_arrays_are_those_of_the_checkpoint(file: str) -> None:
    """Under today's names, as the way that upgrades bundles has them."""
    bundle = read_bundle(bundle_path(file))
    try:
        _, expected = modern_variables(bundle, "basic_rnn" if "customid" in file else None)
    except BundleError:  # attention around the stack: no such graph today
        return
    found = weights.arrays(ssc_melody.load(bundle_path(file), _config(file)))
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=0, atol=2e-7, err_msg=name)


def _config(file: str) -> str | None:
    return "basic_rnn" if "customid" in file else None


def test_arrays_make_the_same_network(attention_mag: Path) -> None:
    model = ssc_melody.load(attention_mag)
    again = build_network(
        weights.arrays(model), input_size=model.network.input_size, attn_length=40
    )
    for one, other in zip(model.network.layers, again.layers, strict=True):
        np.testing.assert_array_equal(one.lstm.kernel, other.lstm.kernel)


# safetensors


def test_a_safetensors_file_byte_for_byte() -> None:
    arrays = {"b": np.array([1.5], np.float32), "a": np.array([[2.0], [-1.0]], np.float32)}
    data = safetensors_bytes(arrays, {"id": "x"})
    header = (
        b'{"__metadata__":{"id":"x"},'
        b'"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},'
        b'"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}'
    )
    padded = header + b" " * (-len(header) % 8)
    numbers = bytes.fromhex("00000040 000080bf 0000c03f")
    assert data == len(padded).to_bytes(8, "little") + padded + numbers


def test_its_own_package_reads_it(basic_mag: Path, tmp_path: Path) -> None:
    numpy = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    folder = export_model(basic_mag, "safetensors", tmp_path / "out")
    arrays = numpy.load_file(folder / "model.safetensors")
    expected = weights.arrays(ssc_melody.load(basic_mag))
    assert set(arrays) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[name], array)
    config = json.loads((folder / "config.json").read_text())
    assert config["layer_sizes"] == [48, 64, 32]
    assert config["pitch_range"] == [48, 83]


# magenta-js


def test_a_checkpoint_of_magenta_js(basic_mag: Path) -> None:
    files = magenta_js_files(ssc_melody.load(basic_mag))
    assert json.loads(files["config.json"]) == {
        "type": "MusicRNN",
        "dataConverter": {"type": "MelodyConverter", "args": {"minPitch": 48, "maxPitch": 83}},
    }
    (group,) = json.loads(files["weights_manifest.json"])
    sizes = {row["name"]: row["shape"] for row in group["weights"]}
    assert sizes["rnn/multi_rnn_cell/cell_2/basic_lstm_cell/kernel"] == [96, 128]
    assert sizes["fully_connected/biases"] == [38]
    numbers = sum(int(np.prod(shape)) for shape in sizes.values())
    assert len(files[group["paths"][0]]) == 4 * numbers


def test_shards_are_of_four_megabytes() -> None:
    spec = get_spec("chord_pitches_improv")
    model = model_of_parts(spec, initial_weights(spec, 1), None, "made")
    files = magenta_js_files(model)
    sizes = [len(data) for name, data in files.items() if name.endswith(".bin")]
    assert sizes[0] == SHARD
    assert len(sizes) == 2
    assert json.loads(files["config.json"])["chordEncoder"] == "PitchChordEncoder"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("m2.1.4_tf2.9.1_lookback_64x2_b16.mag", "one-hot inputs only, and lookback_rnn has look"),
        ("m2.1.4_tf2.9.1_attention_64x2_b1.mag", "and attention_rnn has key inputs"),
        ("m0.3.12_tf1.8.0_basic_48-64-32_resid_b1.mag", "no residual connections"),
        ("m1.3.3_tf1.15.5_basic_32x2_a8_b1.mag", "its attention is that of Magenta 0.1.12"),
    ],
)
def test_what_magenta_js_cannot_play_is_refused(file: str, reason: str) -> None:
    with pytest.raises(BundleError, match=rf"magenta-js cannot play it: .*{reason}"):
        magenta_js_files(ssc_melody.load(TESTDATA / "bundles" / file))


def _ours(
    model: Model, events: list[int], steps: int, controls: np.ndarray | None = None
) -> tuple[list[int], list[np.ndarray]]:
    """Continues events with the likeliest ones; returns all, and the probabilities of each step."""
    batch = Batch(model.network, model.encoding, 1, len(events) + steps, controls)
    for event in events:
        batch.push(np.array([event]))
    made, shares = list(events), []
    for _ in range(steps):
        shares.append(softmax(batch.logits / np.float32(model.temperature or 1.0))[0])
        made.append(int(batch.encoder.decode(batch.logits.argmax(axis=1))[0]))
        batch.push(np.array(made[-1:]))
    return made, shares


def _melodies_in_node(
    folder: Path, model: Model, count: int, chords: list[str] | None = None
) -> float:
    """Plays melodies here and in Node; returns the largest difference of a probability."""
    chance = np.random.RandomState(3)
    steps, cases, expected = 40, [], []
    for _ in range(count):
        events: list[int] = []
        for _ in range(chance.randint(1, 6)):
            length = int(chance.choice([1, 2, 4]))
            events += [int(chance.randint(48, 84))] + [-2] * (length - 1)
        notes = [list(note) for note in melody_notes(events)]
        cases.append({"notes": notes, "length": len(events), "steps": steps})
        controls = None
        if chords:
            cases[-1]["chords"] = chords
            total = len(events) + steps
            held = [chords[step * len(chords) // total] for step in range(total)]
            encoding = CHORD_ENCODINGS[model.spec.chord_encoding]  # type: ignore[attr-defined]
            controls = encoding.encode(held)[None]
        expected.append((_ours(model, events, steps, controls), len(events)))
    worst = 0.0
    for played, ((events, shares), given) in zip(
        node_tests.play(folder, cases), expected, strict=True
    ):
        found = np.array(played["probabilities"])
        assert found.shape == (steps, model.network.num_classes)
        np.testing.assert_array_equal(found.argmax(axis=1), np.array(shares).argmax(axis=1))
        worst = max(worst, float(np.abs(found - np.array(shares)).max()))
        new = [
            -2 if event == -1 and not step else event for step, event in enumerate(events[given:])
        ]
        assert played["notes"] == [list(note) for note in melody_notes(new)]
    return worst


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("m2.1.4_tf2.9.1_basic_48-64-32_b16.mag", 10),
        ("m0.1.1_tf0.12.1_basic_64x2_b1.mag", 10),
        ("m0.3.12_tf1.8.0_basic_64x2_cudnn_b1.mag", 10),
        ("m2.1.4_tf2.9.1_mono_64x2_b1.mag", 10),
        ("ssc_basic_rnn", 50),
        ("ssc_mono_rnn", 50),
    ],
)
def test_magenta_js_plays_the_same(file: str, count: int, tmp_path: Path) -> None:
    """The published package in Node: the same argmax at every step, probabilities within 1e-5."""
    source = TESTDATA / "bundles" / file if file.endswith(".mag") else file
    folder = export_model(source, "magenta-js", tmp_path / "out")
    assert _melodies_in_node(folder, ssc_melody.load(source), count) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("config", ["basic_improv", "chord_pitches_improv"])
def test_magenta_js_plays_the_same_on_chords(config: str, tmp_path: Path) -> None:
    spec = get_spec(config)
    tensors = {name: 2 * array for name, array in initial_weights(spec, 2).items()}
    model = model_of_parts(spec, tensors, None, "made")
    for name, data in magenta_js_files(model).items():
        (tmp_path / name).write_bytes(data)
    chords = ["C", "Am", "F", "G7"]
    assert _melodies_in_node(tmp_path, model, 10, chords) < 1e-5


# ONNX


def _onnx_session(path: Path) -> object:
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    return runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def _compare(model: Model, path: Path, steps: int) -> float:
    """Feeds the same inputs to both; returns the largest difference of a logit.

    As a share of the largest logit, where that is above 1: float32 rounds in proportion to it.
    """
    session = _onnx_session(path)
    feeds = {
        value.name: np.zeros([2, *value.shape[1:]], np.float32) for value in session.get_inputs()
    }
    names = [value.name for value in session.get_outputs()]
    batch = Batch(model.network, model.encoding, 2, steps)
    chance = np.random.RandomState(4)
    worst = 0.0
    for _ in range(steps):
        batch.push(chance.choice([-2, -1, 60, 64, 67], 2))
        feeds["input"] = batch._inputs
        made = dict(zip(names, session.run(names, feeds), strict=True))
        feeds |= {name: made[f"next_{name}"] for name in feeds if name != "input"}
        logits = batch.logits / np.float32(model.temperature or 1.0)
        size = max(1.0, float(np.abs(logits).max()))
        worst = max(worst, float(np.abs(made["logits"] - logits).max()) / size)
    return worst


@pytest.mark.parametrize("file", BUNDLES)
def test_onnx_gives_the_same_logits(file: str, tmp_path: Path) -> None:
    """Of every topology: attention, residual connections, cuDNN, a fixed temperature."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    folder = export_model(bundle_path(file), "onnx", tmp_path / "out", _config(file))
    model = ssc_melody.load(bundle_path(file), _config(file))
    assert _compare(model, folder / "model.onnx", 60) < 1e-5


OTHERS = sorted(
    path.relative_to(TESTDATA).as_posix()
    for folder in ("tracks", "improv")
    for path in (TESTDATA / folder).glob("*.mag")
)


@pytest.mark.parametrize("file", OTHERS)
def test_onnx_of_other_families(file: str, tmp_path: Path) -> None:
    """Whatever the inputs mean: the same vectors give the same logits."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    folder = export_model(TESTDATA / file, "onnx", tmp_path / "out")
    model = ssc_melody.load(TESTDATA / file)
    assert f"{model.family.name}: a recurrent" in (folder / "README.md").read_text()
    session = _onnx_session(folder / "model.onnx")
    feeds = {v.name: np.zeros([2, *v.shape[1:]], np.float32) for v in session.get_inputs()}
    names = [value.name for value in session.get_outputs()]
    state, chance = NetworkState(model.network, 2), np.random.RandomState(4)
    for _ in range(40):
        feeds["input"] = (chance.rand(2, model.network.input_size) < 0.1).astype(np.float32)
        logits = step(model.network, state, feeds["input"])
        made = dict(zip(names, session.run(names, feeds), strict=True))
        feeds |= {name: made[f"next_{name}"] for name in feeds if name != "input"}
        np.testing.assert_allclose(made["logits"], logits, rtol=0, atol=1e-5)


def test_the_example_says_what_it_cannot_play(tmp_path: Path) -> None:
    for package in ("onnx", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    folder = export_model(TESTDATA / "improv" / "basic_improv.mag", "onnx", tmp_path / "out")
    play = runpy.run_path(str(folder / "play.py"))["play"]
    with pytest.raises(SystemExit, match="has other inputs than one-hot melodies"):
        play(str(folder / "model.onnx"))


@pytest.mark.parametrize("name", ["ssc_basic_rnn", "ssc_mono_rnn", "ssc_attention_rnn"])
def test_onnx_of_what_ships(name: str, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    folder = export_model(name, "onnx", tmp_path / "out")
    assert _compare(ssc_melody.load(name), folder / "model.onnx", 80) < 1e-5


@pytest.mark.parametrize("name", ["ssc_basic_rnn", "ssc_mono_rnn"])
def test_the_example_makes_our_melody(name: str, tmp_path: Path) -> None:
    for package in ("onnx", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    folder = export_model(name, "onnx", tmp_path / "out")
    example = folder / "play.py"
    assert len(example.read_text().splitlines()) <= 45
    play = runpy.run_path(str(example))["play"]
    (melody,) = ssc_melody.load(name).generate(1, 96, [60], seed=11)
    assert play(str(folder / "model.onnx"), seed=11, steps=96) == melody.events


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ssc_melody.SscMelodyError, match=r"pip install \"ssc_melody\[onnx\]\"$"):
        export_model("ssc_basic_rnn", "onnx", tmp_path / "out")
    assert not (tmp_path / "out").exists()


# The folder and its card


def test_the_card_says_what_the_bundle_says(attention_mag: Path, tmp_path: Path) -> None:
    folder = export_model(attention_mag, "safetensors", tmp_path / "out")
    text = (folder / "README.md").read_text()
    assert text.startswith("---\nlibrary_name: ssc_melody\n")
    bundle = read_bundle(attention_mag)
    assert f"# {bundle.generator_id}\n" in text
    assert f"| description | {bundle.generator_description} |" in text
    assert "| attention length | 40 |" in text
    assert "`rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/attention/attn_v` | [64] |" in text
    assert str(attention_mag.parent) not in text


def test_a_folder_of_another_is_left_alone(basic_mag: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(OptionError, match=r"^folder: .* is not empty; name a new one$"):
        export_model(basic_mag, "safetensors", tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"
    folder = export_model(basic_mag, "safetensors", tmp_path / "out")
    assert export_model(basic_mag, "safetensors", folder) == folder


def test_the_command(
    basic_mag: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(["ssc_melody_export", str(basic_mag), "--to=magenta-js"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "Wrote basic_rnn-magenta-js: README.md, config.json, group1-shard1of1.bin"
    )
    assert Path("basic_rnn-magenta-js", "weights_manifest.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected one model: ssc_melody_export FILE.mag --to=onnx"),
        (["ssc_basic_rnn"], "--to is missing; for instance --to=onnx"),
        (["ssc_basic_rnn", "--to=tflite"], "--to: expected one of magenta-js, onnx, safetensors"),
        (["gone.mag", "--to=onnx"], "gone.mag"),
        (["attention_rnn", "--to=onnx"], "no bundle ships for attention_rnn"),
        (["ssc_attention_rnn", "--to=magenta-js"], "it knows one-hot inputs only"),
        (["ssc_basic_rnn", "--to=safetensors", "--output_dir=."], "--output_dir: . is not empty"),
    ],
)
def test_mistakes(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").write_text("")
    assert command.main(["ssc_melody_export", *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
