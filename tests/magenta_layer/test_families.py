"""A planted family (a record and a toy encoding) trains two steps, is exported, and plays back."""

import dataclasses

import numpy as np
import pytest

import ssc_melody
from ssc_melody.dataset import events_file
from ssc_melody.families import FAMILIES
from ssc_melody.formats.tfrecord import frame
from tests.core.test_families import DICE


def dice_config(spec):
    """What Magenta calls the config of a die."""
    import note_seq
    from magenta.contrib import training
    from magenta.models.shared import events_rnn_model
    from note_seq.protobuf import generator_pb2

    from ssc_melody.specs import HPARAMS

    class Sides(note_seq.OneHotEncoding):
        num_classes = property(lambda self: spec.sides)
        default_event = property(lambda self: 0)

        def encode_event(self, event):
            return event

        def decode_event(self, index):
            return index

    hparams = {name: getattr(spec, name) for name in HPARAMS}
    hparams["rnn_layer_sizes"] = list(spec.rnn_layer_sizes)
    return events_rnn_model.EventSequenceRnnConfig(
        generator_pb2.GeneratorDetails(id=spec.name, description=spec.description),
        note_seq.OneHotEventSequenceEncoderDecoder(Sides()),
        training.HParams(**hparams),
    )


@pytest.fixture
def family(monkeypatch):
    planted = dataclasses.replace(
        DICE, magenta_config="tests.magenta_layer.test_families:dice_config"
    )
    monkeypatch.setitem(FAMILIES, "dice", planted)
    return planted


def test_a_planted_family_trains_and_is_exported(family, tmp_path):
    random = np.random.default_rng(1)
    throws = [random.integers(0, 6, 20).astype(np.int8).tobytes() for _ in range(8)]
    data = tmp_path / "training_melodies.events"
    data.write_bytes(b"".join(map(frame, [events_file.header(4), *throws])))
    options = ssc_melody.TrainOptions(num_training_steps=2, jit=False)
    run = tmp_path / "run"
    ssc_melody.train(run, "dice_rnn", data, hparams="batch_size=4", options=options, seed=1)
    assert ssc_melody.Run.open(run).step == 2
    trained = ssc_melody.load(run)
    bundle = tmp_path / "dice.mag"
    ssc_melody.export_bundle(run, bundle)
    played = ssc_melody.load(bundle)
    assert played.spec.name == "dice_rnn"
    throws = [3, 0, 5, 1]
    assert played.log_likelihood(throws) == trained.log_likelihood(throws)
    made = played.generate(2, 12, primer=[3], seed=4)
    assert all(len(row) == 12 and min(row) >= 1 and max(row) <= 6 for row in made)


def test_melodies_over_ones_own_range_are_exported_too(tmp_path):
    spec = ssc_melody.with_range(ssc_melody.get_spec("basic_rnn"), 55, 88)
    spec = ssc_melody.with_hparams(spec, "rnn_layer_sizes=[8],batch_size=2")
    tunes = [np.array([60, -2, 87, 55, -1, 62] * 4, np.int8).tobytes()] * 4
    data = tmp_path / "training_melodies.events"
    data.write_bytes(b"".join(map(frame, [events_file.header(4), *tunes])))
    options = ssc_melody.TrainOptions(num_training_steps=2, jit=False)
    ssc_melody.train(tmp_path / "run", spec, data, options=options, seed=1)
    bundle = tmp_path / "range.mag"
    ssc_melody.export_bundle(tmp_path / "run", bundle)
    model = ssc_melody.load(bundle, spec)
    assert model.encoding.num_classes == 35
    assert model.generate(1, 40, primer=[87], seed=1)[0].events[0] == 87
