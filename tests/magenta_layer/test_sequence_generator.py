"""Our generator against Magenta's own class, live: sequences, errors, and the random stream."""

import dataclasses
import random

import numpy as np
import pytest

from ssc_melody.errors import OptionError, SpecError, SscMelodyError
from ssc_melody.magenta_layer import sequence_generator as ours
from ssc_melody.magenta_layer.register import magenta_config, register
from ssc_melody.specs import SPECS, spec_for_encoder_decoder
from tests.conftest import CASES, bundle_path
from tests.magenta_layer.live import (
    events_rnn_model,
    generator_pb2,
    make_run_dir,
    melody_rnn_model,
    melody_rnn_sequence_generator,
    music_pb2,
    note_seq,
    numpy_seed,
    read_message,
    sequence_generator,
    small_spec,
)

BUNDLES = {
    "attention_rnn": "m2.1.4_tf2.9.1_attention_64x2_b1.mag",
    "basic_rnn": "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag",
    "lookback_rnn": "m2.1.4_tf2.9.1_lookback_48-48-32_resid_b1.mag",
    "mono_rnn": "m0.5.0_tf1.12.3_mono_48-64-32_b16.mag",
}
STOCK = melody_rnn_sequence_generator.MelodyRnnSequenceGenerator


def pair(config, **weights):
    """Returns Magenta's generator and ours."""
    models = melody_rnn_model.MelodyRnnModel(config), ours.CoreModel(config)
    classes = STOCK, ours.MelodyRnnSequenceGenerator
    return [
        cls(model, config.details, config.steps_per_quarter, **weights)
        for cls, model in zip(classes, models, strict=True)
    ]


@pytest.fixture(scope="module")
def pairs():
    made = {
        name: pair(magenta_config(SPECS[name]), checkpoint=None, bundle=read_message(file))
        for name, file in BUNDLES.items()
    }
    yield made
    for generators in made.values():
        for generator in generators:
            generator.close()


def random_sequence(rng):
    """Returns a NoteSequence of a melody, or of anything that stock refuses now and then."""
    sequence = music_pb2.NoteSequence(ticks_per_quarter=220)
    qpm = rng.choice([120.0, 120.0, 60.0, 97.3, 240.0])
    if rng.random() < 0.9:
        sequence.tempos.add().qpm = qpm
    if rng.random() < 0.2:
        sequence.tempos.add(time=rng.choice([0.0, 1.0])).qpm = rng.choice([qpm, 90.0])
    if rng.random() < 0.2:
        sequence.time_signatures.add(numerator=rng.choice([3, 4, 5]), denominator=4)
    step = 60.0 / qpm / 4
    at = rng.choice([0, 0, 0, 3, 18])
    instruments = rng.choice([1, 1, 1, 1, 2])
    for _ in range(rng.choice([0, 1, 4, 9])):
        length = rng.randrange(1, 5)
        sequence.notes.add(
            pitch=rng.choice([rng.randrange(40, 90), 60, 64]),
            start_time=(at + rng.choice([0, 0, 0.3])) * step,
            end_time=(at + length) * step,
            velocity=rng.choice([100, 100, 100, 0]),
            instrument=rng.randrange(instruments),
            is_drum=rng.random() < 0.05,
        )
        at += rng.choice([length, length + 2, 0])
    sequence.total_time = max((note.end_time for note in sequence.notes), default=0)
    return sequence, step


def random_options(rng, sequence, step):
    """Returns GeneratorOptions, most of them legal."""
    options = generator_pb2.GeneratorOptions()
    end = sequence.total_time
    start = end + rng.choice([step, step, 0, 2.5 * step, -step])
    for _ in range(rng.choice([1] * 12 + [0, 2])):
        options.generate_sections.add(
            start_time=max(0, start), end_time=start + rng.choice([24, 17.7, 6, 1, 0]) * step
        )
    for _ in range(rng.choice([0, 0, 1, 1, 2]) if rng.random() < 0.4 else 0):
        options.input_sections.add(start_time=rng.choice([0, 0, 2, 16]) * step, end_time=end)
    if rng.random() < 0.8:
        options.args["temperature"].float_value = rng.choice([1.0, 0.6, 1.4])
    if rng.random() < 0.3:
        options.args["beam_size"].int_value = rng.choice([1, 2, 3])
        options.args["branch_factor"].int_value = rng.choice([1, 2])
        options.args["steps_per_iteration"].int_value = rng.choice([1, 4])
    return options


def outcome(generator, sequence, options, seed):
    """Returns the sequence, or the error and its text; and the next random number."""
    with numpy_seed(seed):
        try:
            result = generator.generate(sequence, options)
        except Exception as error:
            texts = isinstance(error, sequence_generator.SequenceGeneratorError)
            result = type(error).__name__, str(error) if texts else ""
        return result, np.random.random_sample()


@pytest.mark.parametrize("name", BUNDLES)
def test_same_sequences_errors_and_random_stream(name, pairs):
    rng = random.Random(name)
    stock, core = pairs[name]
    kinds = []
    for seed in range(120):
        sequence, step = random_sequence(rng)
        options = random_options(rng, sequence, step)
        expected = outcome(stock, sequence, options, seed)
        assert outcome(core, sequence, options, seed) == expected, (sequence, options)
        kinds.append(expected[0][0] if isinstance(expected[0], tuple) else "sequence")
    assert kinds.count("sequence") >= 25
    assert "SequenceGeneratorError" in kinds
    assert "EventSequenceRnnModelError" in kinds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"].split("/")[-1])
def test_recorded_melodies_and_where_they_leave_the_stream(case):
    path = bundle_path(case["file"])
    message = generator_pb2.GeneratorBundle.FromString(path.read_bytes())
    details = message.generator_details
    spec = dataclasses.replace(SPECS[case["config"]], name=details.id)
    model = ours.CoreModel(magenta_config(spec))
    with ours.MelodyRnnSequenceGenerator(model, details, bundle=message):
        for run in (case["runs"][0], case["runs"][-1]):
            with numpy_seed(run["seed"]):
                for melody in run["melodies"]:
                    primer = note_seq.Melody(run["primer"], start_step=4)
                    made = model.generate_melody(
                        run["num_steps"],
                        primer,
                        run["temperature"],
                        run["beam_size"],
                        run["branch_factor"],
                        run["steps_per_iteration"],
                    )
                    assert list(made) == melody
                    assert made.start_step == 4
                    assert made.end_step == 4 + len(melody)
                assert np.random.random_sample() == run["rng_next"]


def test_log_likelihood(pairs):
    stock, core = pairs["attention_rnn"]
    core.initialize()
    for case in CASES:
        if case["file"].endswith(BUNDLES["attention_rnn"]):
            (melody, *_) = case["runs"][0]["melodies"]
            found = core._model.melody_log_likelihood(note_seq.Melody(melody))
            expected = stock._model.melody_log_likelihood(note_seq.Melody(melody))
            assert found == pytest.approx(expected, rel=1e-4)


def test_constructor_and_checkpoint_errors_are_stocks(tmp_path):
    config = magenta_config(SPECS["basic_rnn"])
    message = read_message(BUNDLES["attention_rnn"])
    (tmp_path / "empty").mkdir()
    for weights in (
        {},
        {"checkpoint": "x", "bundle": message},
        {"bundle": message},
        {"checkpoint": str(tmp_path / "none")},
        {"checkpoint": str(tmp_path / "empty")},
    ):
        texts = []
        for cls in (STOCK, ours.MelodyRnnSequenceGenerator):
            with pytest.raises(sequence_generator.SequenceGeneratorError) as info:
                cls(melody_rnn_model.MelodyRnnModel(config), config.details, **weights).initialize()
            texts.append(str(info.value))
        assert texts[0] == texts[1]


def test_errors_of_generate_melody(pairs):
    core = pairs["attention_rnn"][1]
    core.initialize()
    for primer, steps in (([], 4), ([60], 1)):
        with pytest.raises(events_rnn_model.EventSequenceRnnModelError, match=r"[Pp]rimer"):
            core._model.generate_melody(steps, note_seq.Melody(primer))
    with pytest.raises(OptionError, match="beam_size: expected 1 or more, got 0"):
        core._model.generate_melody(4, note_seq.Melody([60]), beam_size=0)
    (made,) = {tuple(core._model.generate_melody(16, note_seq.Melody([60]), 0.0)) for _ in "ab"}
    assert len(made) == 16
    with pytest.raises(SscMelodyError, match=r"call initialize\(\) first"):
        ours.CoreModel(magenta_config(SPECS["basic_rnn"])).generate_melody(4, [60])


def test_context_manager_and_details():
    message = read_message(BUNDLES["basic_rnn"])
    creator = ours.get_generator_map()["basic_rnn"]
    with creator(checkpoint=None, bundle=message) as generator:
        assert isinstance(generator, ours.MelodyRnnSequenceGenerator)
        assert isinstance(generator, sequence_generator.BaseSequenceGenerator)
        assert generator.details.id == "basic_rnn"
        assert generator.bundle_details == message.bundle_details
        assert generator.steps_per_quarter == 4
        assert generator._model.model is not None
    assert generator._model.model is None
    generator.close()


def test_generator_map_has_everybody_and_leaves_strangers_to_magenta(monkeypatch):
    register()
    registry = dict(melody_rnn_model.default_configs)
    odd = magenta_config(SPECS["basic_rnn"])
    odd.encoder_decoder = note_seq.OneHotEventSequenceEncoderDecoder(
        note_seq.MelodyOneHotEncoding(30, 60)
    )
    monkeypatch.setattr(melody_rnn_model, "default_configs", {**registry, "odd": odd})
    creators = ours.get_generator_map()
    assert set(creators) == {*SPECS, "odd"}
    assert type(creators["odd"](checkpoint="x")) is STOCK
    assert all(
        type(creators[name](checkpoint="x")) is ours.MelodyRnnSequenceGenerator for name in SPECS
    )
    with pytest.raises(SpecError, match="only those play without TensorFlow"):
        ours.CoreModel(odd)
    assert type(ours.play_model(odd)) is melody_rnn_model.MelodyRnnModel


def test_magentas_own_map_on_our_engine(monkeypatch, pairs):
    monkeypatch.setattr(melody_rnn_model, "MelodyRnnModel", melody_rnn_model.MelodyRnnModel)
    ours.use_core_engine()
    creator = melody_rnn_sequence_generator.get_generator_map()["mono_rnn"]
    sequence = note_seq.Melody([60, -2, 62]).to_sequence()
    options = generator_pb2.GeneratorOptions()
    options.generate_sections.add(start_time=1.0, end_time=5.0)
    with creator(checkpoint=None, bundle=read_message(BUNDLES["mono_rnn"])) as generator:
        assert type(generator._model) is ours.CoreModel
        expected = outcome(pairs["mono_rnn"][0], sequence, options, 3)
        assert outcome(generator, sequence, options, 3) == expected


def test_bundle_files_play_in_magenta(pairs, tmp_path):
    core = pairs["lookback_rnn"][1]
    core.create_bundle_file(tmp_path / "a.mag", "of a bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mag"]
    message = generator_pb2.GeneratorBundle.FromString((tmp_path / "a.mag").read_bytes())
    original = read_message(BUNDLES["lookback_rnn"])
    assert message.bundle_details.description == "of a bundle"
    for each in (message, original):
        each.ClearField("bundle_details")
    assert message == original
    with pytest.raises(sequence_generator.SequenceGeneratorError, match="not specified"):
        core.create_bundle_file("")


@pytest.mark.filterwarnings(  # Magenta's cells and layers are of TensorFlow 1
    "ignore:`tf.nn.rnn_cell.BasicLSTMCell` is deprecated:UserWarning",
    "ignore:`layer.apply` is deprecated:UserWarning",
)
def test_checkpoints_play_and_become_bundles(tmp_path):
    spec = small_spec("ssc_attention_rnn", "batch_size=3")
    run_dir = make_run_dir(tmp_path / "run", spec)
    config = magenta_config(spec)
    stock, core = pair(config, checkpoint=str(run_dir / "train"))
    sequence = note_seq.Melody([60, -2, 62]).to_sequence()
    options = generator_pb2.GeneratorOptions()
    options.generate_sections.add(start_time=1.0, end_time=5.0)
    with stock, core:
        expected = outcome(stock, sequence, options, 3)
        assert outcome(core, sequence, options, 3) == expected
        core.create_bundle_file(tmp_path / "b.mag")
    message = generator_pb2.GeneratorBundle.FromString((tmp_path / "b.mag").read_bytes())
    for again in pair(config, bundle=message):
        with again:
            assert outcome(again, sequence, options, 3) == expected
    nameless = magenta_config(spec_for_encoder_decoder("key"))
    nameless.details = generator_pb2.GeneratorDetails()
    generator = pair(nameless, checkpoint=str(run_dir / "train"))[1]
    with pytest.raises(sequence_generator.SequenceGeneratorError, match="Generator id"):
        generator.create_bundle_file(tmp_path / "c.mag")
