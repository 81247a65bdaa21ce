"""Lead sheets against stock Magenta, live: the same records from the same NoteSequences."""

import gc
import random

import note_seq
import pytest
import tensorflow.compat.v1 as tf
from magenta.models.improv_rnn import improv_rnn_model, improv_rnn_pipeline
from magenta.pipelines import pipeline

from ssc_melody.cli import improv_create_dataset
from ssc_melody.dataset import options, process
from ssc_melody.dataset.pieces import piece_of_note_sequence
from ssc_melody.families import get_spec
from ssc_melody.formats import tfrecord
from tests.magenta_layer.test_create_dataset import random_sequence, write_sequences

CONFIGS = ("basic_improv", "attention_improv", "chord_pitches_improv")
CHORD_SYMBOL = note_seq.NoteSequence.TextAnnotation.CHORD_SYMBOL
SYMBOLS = ("C", "G7", "Am", "F#m7b5", "Bbmaj7/D", "N.C.", "Ddim7", "Caug", "E7(b9)", "Ab6")
ODD = ("Dsus4", "C5", "H7", "C7(add7)", "Gped", "C7(no9)")
"""A triad is in none of these, and two of them are no chord at all."""


@pytest.fixture(autouse=True)
def _quiet():
    tf.logging.set_verbosity("ERROR")


def with_chords(sequence, rng):
    """Adds chord symbols, few of them odd, a few on one step, and annotations of other kinds."""
    odd = rng.random() < 0.25
    time = rng.choice([-1.0, 0.0, 0.0, rng.uniform(0, 9)])
    while time < sequence.total_time + 3:
        symbol = rng.choice(ODD if odd and rng.random() < 0.1 else SYMBOLS)
        kind = CHORD_SYMBOL if rng.random() < 0.95 else 0
        sequence.text_annotations.add(time=time, text=symbol, annotation_type=kind)
        time += rng.choice([0.0, 0.01, 0.5] if rng.random() < 0.01 else [1.0, 2.0, 3.3])
    if rng.random() < 0.1:
        del sequence.text_annotations[:]
    return sequence


def sequences(seed, count):
    rng = random.Random(seed)
    return [with_chords(random_sequence(rng), rng) for _ in range(count)]


def stock(name, path, folder, eval_ratio, seed):
    random.seed(seed)
    dag = improv_rnn_pipeline.get_pipeline(improv_rnn_model.default_configs[name], eval_ratio)
    records = pipeline.tf_record_iterator(str(path), dag.input_type)
    pipeline.run_pipeline_serial(dag, records, str(folder))
    gc.collect()
    return read(folder)


def read(folder):
    files = {split: folder / f"{split}_lead_sheets.tfrecord" for split in ("training", "eval")}
    return {split: list(tfrecord.read_records(path)) for split, path in files.items()}


@pytest.mark.parametrize(
    ("name", "engine"), [*((name, "core") for name in CONFIGS), ("basic_improv", "magenta")]
)
def test_the_command_writes_stocks_records(tmp_path, name, engine):
    path = tmp_path / "leads.tfrecord"
    write_sequences(path, sequences(4, 40))
    expected = stock(name, path, tmp_path / "stock", 0.3, 9)
    flags = [f"--config={name}", f"--input={path}", f"--output_dir={tmp_path / 'ours'}",
             "--eval_ratio=0.3", "--seed=9", "--log=ERROR", f"--engine={engine}"]  # fmt: skip
    assert improv_create_dataset.main(["x", *flags]) == 0
    made = read(tmp_path / "ours")
    parse = tf.train.SequenceExample.FromString
    for split in ("training", "eval"):
        assert [len(record) for record in made[split]] == [len(r) for r in expected[split]]
        for mine, theirs in zip(made[split], expected[split], strict=True):
            assert parse(mine) == parse(theirs)
    assert len(made["training"]) >= 60
    assert len(made["eval"]) >= 12
    assert len(made["training"]) % 12 == 0


@pytest.mark.parametrize("name", ["basic_improv", "chord_pitches_improv"])
def test_each_lead_sheet_is_discarded_for_stocks_reasons(name):
    config = improv_rnn_model.default_configs[name]
    dag = improv_rnn_pipeline.get_pipeline(config, eval_ratio=0.0)
    settings = options.make_options(get_spec(name), raw=False, eval_ratio=0.0)
    seen = set()
    for sequence in sequences(7, 60):
        expected = [e.SerializeToString() for e in dag.transform(sequence)["training_lead_sheets"]]
        # Stock's encoder hides what it counts, and repeats the counts of a stage that counts none.
        theirs = {
            key: statistic.count
            for statistic in dag.get_stats()
            if (key := statistic.name.partition("LeadSheetExtractor_training_")[2])
            in ("coincident_chords", "empty_chord_progressions", "chord_symbol_exception")
            and statistic.count
        }
        done = process.process(piece_of_note_sequence(sequence.SerializeToString(), "x"), settings)
        parse = tf.train.SequenceExample.FromString
        assert [parse(e.data) for e in done.examples] == [parse(e) for e in expected]
        mine = {key for key in done.counts if key in theirs}
        assert mine == set(theirs) or "chord_symbol_exception" in theirs
        seen |= set(done.counts)
    wanted = {"coincident_chords", "empty_chord_progressions", "chord_symbol_exception"}
    assert wanted <= seen
    assert ("chord_encoding_exception" in seen) == (name == "basic_improv")
