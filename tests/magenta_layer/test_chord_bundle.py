"""A run on chords, trained and exported here, and the bundle that ships: both play in stock."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from magenta.models.improv_rnn import improv_rnn_model, improv_rnn_sequence_generator

from ssc_melody.cli import generate
from ssc_melody.dataset import events_file
from ssc_melody.formats.tfrecord import frame
from ssc_melody.magenta_layer import shims
from ssc_melody.magenta_layer.register import register
from ssc_melody.play.loading import load_bundle
from ssc_melody.training import run
from ssc_melody.training.options import TrainOptions
from tests.conftest import ROOT
from tests.magenta_layer import live
from tests.magenta_layer.improv_bundles import stock_melody

SHIPPED = ROOT / "bundles" / "ssc_chord_rnn.mag"
SMALL = "rnn_layer_sizes=[12,10],batch_size=4"
CHORDS = [symbol for symbol in ("C", "G7/B", "Am", "Fsus") for _ in range(8)]


def data(folder: Path) -> Path:
    rng = random.Random(4)
    records = [events_file.header(4, with_chords=True)]
    for _ in range(6):
        events = rng.choices([60, 62, 64, -2, -2, -1], k=40)
        chords = [rng.choice(("C", "Am7", "G/B", "N.C.", "Fsus")) for _ in range(5)]
        records.append(events_file.record(events, [c for c in chords for _ in range(8)]))
    path = folder / "training_lead_sheets.events"
    path.write_bytes(b"".join(map(frame, records)))
    return path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a run of two steps."""
    folder = tmp_path_factory.mktemp("chords")
    outcome = run.train(
        folder / "run", "ssc_chord_rnn", data(folder), hparams=SMALL, seed=3,
        options=TrainOptions(num_training_steps=2, jit=False),
    )  # fmt: skip
    assert outcome.step == 2
    flags = ["x", "--save_generator_bundle", f"--run_dir={folder / 'run'}",
             f"--bundle_file={folder / 'a.mag'}"]  # fmt: skip
    assert generate.main(flags) == 0
    return folder / "a.mag"


def played_by_stock(path: Path, chords: list[str], seed: int) -> list[int]:
    register()
    config = improv_rnn_model.default_configs["ssc_chord_rnn"]
    generator = improv_rnn_sequence_generator.ImprovRnnSequenceGenerator(
        improv_rnn_model.ImprovRnnModel(config), config.details, bundle=live.read_bundle(path)
    )
    with shims.quiet_graph():
        generator.initialize()
    with generator, live.numpy_seed(seed):
        return stock_melody(generator, [60], chords, temperature=1.0)


def played(path: Path, chords: list[str], seed: int) -> list[int]:
    (melody,) = load_bundle(path).generate(
        num_outputs=1, primer=[60], chords=chords, steps_per_chord=1, num_steps=len(chords),
        seed=seed,
    )  # fmt: skip
    return list(melody.events)


def test_a_trained_bundle_plays_in_stock(exported: Path) -> None:
    for seed in range(4):
        assert played(exported, CHORDS, seed) == played_by_stock(exported, CHORDS, seed)
    assert len(set(played(exported, CHORDS, 1))) > 5


@pytest.mark.skipif(not SHIPPED.exists(), reason="bundles/ssc_chord_rnn.mag is not there")
def test_the_shipped_bundle_plays_in_stock() -> None:
    for seed in range(2):
        mine = played(SHIPPED, CHORDS * 2, seed)
        assert mine == played_by_stock(SHIPPED, CHORDS * 2, seed)
        assert sum(event >= 0 for event in mine) >= 4
    assert os.path.getsize(SHIPPED) <= 8_000_000


def test_stocks_flags_know_our_config() -> None:
    register()
    register()
    config = improv_rnn_model.default_configs["ssc_chord_rnn"]
    assert config.details.id == "ssc_chord_rnn"
    assert config.transpose_to_key is None
    assert tuple(config.hparams.rnn_layer_sizes) == (256, 256)
    assert "ssc_chord_rnn" in improv_rnn_sequence_generator.get_generator_map()
    assert config.encoder_decoder.input_size == 37 + 121
    assert np.isclose(config.hparams.learning_rate, 0.001)
