"""--engine=magenta: Magenta's graph gives what is recorded, and the same files as our engine."""

import numpy as np
import pytest

from ssc_melody.cli import generate
from ssc_melody.errors import BundleError, OptionError, PrimerError
from ssc_melody.formats import protos
from ssc_melody.formats.bundle import read_bundle, write_bundle
from ssc_melody.magenta_layer import engine
from ssc_melody.magenta_layer.engine import tensorflow_errors
from ssc_melody.play import loading as core
from tests.conftest import CASES, TESTDATA
from tests.magenta_layer import live

EVERY_KIND = [
    "m0.1.1_tf0.12.1_attention_48-64-32_a16_temp1.5_b1.mag",
    "m0.1.12_tf1.1.0_attention_32x2_b1.mag",
    "m0.1.15_tf1.1.0_lookback_32x2_b64.mag",
    "m0.3.12_tf1.8.0_basic_64x2_cudnn_b1.mag",
    "m1.1.8_tf1.15.5_lookback_48-64-32_cudnn_resid_b1.mag",
    "m2.0.2_tf2.2.0_mono_32x2_b16.mag",
    "m2.1.4_tf2.9.1_attention_48-64-32_a16_resid_b1.mag",
    "x2.1.4_tf2.9.1_basic_48-64-32_customid_b1.mag",
]
ATTENTION = TESTDATA / "bundles" / "m2.1.4_tf2.9.1_attention_64x2_b1.mag"


@pytest.fixture(scope="module")
def attention():
    return engine.load_bundle(ATTENTION)


@pytest.mark.parametrize("file", EVERY_KIND)
def test_recorded_melodies(file):
    (case,) = [case for case in CASES if case["file"].endswith(file)]
    model = engine.load_bundle(TESTDATA / "bundles" / file, config=case["config"])
    facts = core.load_bundle(TESTDATA / "bundles" / file, config=case["config"])
    assert model.temperature == facts.temperature
    for run in (case["runs"][0], case["runs"][-1]):
        made = model.generate(
            num_outputs=run["n"],
            num_steps=run["num_steps"],
            primer=run["primer"],
            temperature=run["temperature"],
            seed=run["seed"],
            beam_size=run["beam_size"],
            branch_factor=run["branch_factor"],
            steps_per_iteration=run["steps_per_iteration"],
        )
        assert [melody.events for melody in made] == run["melodies"]
        assert made[0].primer_steps == len(run["primer"])


def test_numpys_global_state_is_left_alone(attention):
    np.random.seed(1)
    expected = np.random.RandomState(1).random_sample()
    steps = []
    attention.generate(2, 8, [60, -2], seed=5, progress=steps.append)
    assert np.random.random_sample() == expected
    assert steps == [6, 6]
    assert attention.generate(0) == []


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"decoding": "argmax"}, OptionError, "need `engine=core`"),
        ({"temperature": 0}, OptionError, "need `engine=core`"),
        ({"temperature": float("nan")}, OptionError, "temperature: expected 0 or more"),
        ({"beam_size": 0}, OptionError, "beam_size: expected 1 or more, got 0"),
        ({"num_outputs": -1}, OptionError, "num_outputs: expected 0"),
        ({"seed": -1}, OptionError, "seed: expected 0"),
        ({"primer": []}, PrimerError, "the primer is empty"),
        ({"num_steps": 1}, PrimerError, "must be at least 2"),
    ],
)
def test_options_out_of_range(attention, options, error, text):
    with pytest.raises(error, match=text):
        attention.generate(**{"num_outputs": 1, "num_steps": 8, **options})


def test_a_graph_that_only_tensorflow_knows(tmp_path):
    """GRU cells: the core refuses them by name and says which engine plays them."""
    spec = live.small_spec("ssc_basic_rnn", "batch_size=2")
    with live.gru_cells(), live.shims.quiet_graph():
        run_dir = live.make_run_dir(tmp_path, spec)
        generator = engine.stock_generator(spec, checkpoint=str(run_dir / "train"))
        with generator:
            generator.create_bundle_file(str(tmp_path / "gru.mag"))
    with pytest.raises(BundleError, match="`engine=magenta`"):
        core.load_bundle(tmp_path / "gru.mag")
    made = engine.load_bundle(tmp_path / "gru.mag").generate(2, 20, [60, -2], seed=1)
    assert [len(melody) for melody in made] == [20, 20]
    assert made[0].events[:2] == [60, -2]
    assert made[0].events != made[1].events


def test_bundles_that_tensorflow_refuses(tmp_path):
    bundle = read_bundle(ATTENTION)
    graph = protos.parse(protos.MetaGraphDef, bundle.metagraph)
    for entry in list(graph.collection_def):
        if entry.key == "softmax":
            graph.collection_def.remove(entry)
    parts = vars(bundle)
    damaged = {**parts, "checkpoint": bundle.checkpoint[:20000] + bytes(len(bundle.checkpoint))}
    unlike = {**parts, "metagraph": graph.SerializeToString()}
    foreign = {**parts, "generator_id": "polyphony"}
    for changed, text in (
        (damaged, "changed.mag: TensorFlow cannot load it"),
        (unlike, "changed.mag: not a Magenta generator: collection 'softmax' is missing"),
        (foreign, "a Polyphony RNN bundle"),
    ):
        write_bundle(tmp_path / "changed.mag", type(bundle)(**changed))
        with pytest.raises(BundleError, match=text) as info:
            engine.load_bundle(tmp_path / "changed.mag")
        assert "\n" not in str(info.value)


def test_a_bundle_of_another_encoding_is_refused_when_it_plays(tmp_path):
    bundle = read_bundle(ATTENTION)
    write_bundle(tmp_path / "a.mag", type(bundle)(**{**vars(bundle), "generator_id": "basic_rnn"}))
    model = engine.load_bundle(tmp_path / "a.mag")
    with pytest.raises(BundleError, match="TensorFlow cannot run it: Cannot feed value of shape"):
        model.generate(1, 8)


@pytest.mark.parametrize(
    ("raised", "caught"),
    [
        (ValueError("first\nsecond"), BundleError("x: TensorFlow cannot load it: first")),
        (KeyError(), BundleError("x: TensorFlow cannot load it: KeyError")),
        (PrimerError("ours"), PrimerError("ours")),
    ],
)
def test_errors_are_one_line_and_ours_pass_through(raised, caught):
    with pytest.raises(type(caught)) as info, tensorflow_errors("x", "load"):
        raise raised
    assert str(info.value) == str(caught)


@pytest.mark.parametrize(
    "flags",
    [
        ["--num_steps=40", "--primer_melody=[62,-2,65,-2,-1,67,-2]", "--qpm=97.3"],
        ["--num_steps=24", "--beam_size=2", "--branch_factor=2", "--steps_per_iteration=3"],
        ["--num_steps=30", "--temperature=1.5", "--noinclude_primer", "--log=DEBUG"],
    ],
)
def test_same_files_as_the_core(tmp_path, capsys, flags):
    common = ["x", f"--bundle_file={ATTENTION}", "--num_outputs=2", "--seed=12", *flags]
    for name in ("core", "magenta"):
        folder = tmp_path / name
        assert generate.main([*common, f"--engine={name}", f"--output_dir={folder}"]) == 0
    files = [
        [path.read_bytes() for path in sorted((tmp_path / name).iterdir())]
        for name in ("core", "magenta")
    ]
    assert len(files[0]) == 2
    assert files[0] == files[1]
    assert "Traceback" not in capsys.readouterr().err


def test_mistakes_are_one_line(tmp_path, capsys):
    for flags, text in (
        (["--bundle_file=none.mag"], "no such file: none.mag"),
        ([f"--bundle_file={ATTENTION}", "--decoding=argmax"], "need --engine=core"),
        (["--config=attention_rnn", f"--run_dir={tmp_path}"], "no folder train in"),
        ([f"--bundle_file={ATTENTION}", "--num_steps=1"], "must be at least 3"),
    ):
        assert generate.main(["x", "--engine=magenta", f"--output_dir={tmp_path}", *flags]) == 1
        error = capsys.readouterr().err
        assert text in error
        assert error.count("\n") == 1
