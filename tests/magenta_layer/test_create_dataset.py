"""Data sets against stock Magenta, live: the same records from the same NoteSequences."""

import gc
import random
import zipfile

import note_seq
import pytest
import tensorflow.compat.v1 as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from magenta.models.melody_rnn import melody_rnn_model, melody_rnn_pipeline
from magenta.pipelines import note_sequence_pipelines, pipeline

from ssc_melody.cli import create_dataset
from ssc_melody.dataset import build, events_file, options, process, runner
from ssc_melody.dataset.pieces import piece_of_midi, piece_of_note_sequence
from ssc_melody.families import get_spec
from ssc_melody.formats import tfrecord
from ssc_melody.magenta_layer import pipelines, preload
from ssc_melody.midi.read import parse_midi
from tests.conftest import ROOT, TESTDATA
from tests.midi_files import midi_bytes

DATA = ROOT.parent / "shared" / "data"
CONFIGS = ("basic_rnn", "mono_rnn", "lookback_rnn", "attention_rnn")


@pytest.fixture(autouse=True)
def _quiet():
    tf.logging.set_verbosity("ERROR")


def write_sequences(path, sequences):
    path.write_bytes(b"".join(tfrecord.frame(s.SerializeToString()) for s in sequences))


def stock(name, path, folder, eval_ratio, seed):
    """Runs stock's whole pipeline; its files are complete once its writers are collected."""
    random.seed(seed)
    config = melody_rnn_model.default_configs[name]
    dag = melody_rnn_pipeline.get_pipeline(config, eval_ratio=eval_ratio)
    records = pipeline.tf_record_iterator(str(path), dag.input_type)
    pipeline.run_pipeline_serial(dag, records, str(folder))
    gc.collect()
    return read(folder)


def ours(name, path, folder, eval_ratio, seed, engine=process.processor, **given):
    spec = get_spec(name)
    kinds = [options.make_options(spec, raw, eval_ratio=eval_ratio, **given) for raw in (1, 0)]
    build.build(runner.Job(*kinds, seed=seed, engine=engine), [str(path)], folder)
    return read(folder)


def read(folder):
    files = {split: folder / f"{split}_melodies.tfrecord" for split in ("training", "eval")}
    return {split: list(tfrecord.read_records(path)) for split, path in files.items()}


def assert_same(made, expected):
    """The messages are equal; which of the two map entries comes first varies in stock."""
    for split in ("training", "eval"):
        assert len(made[split]) == len(expected[split])
        for mine, theirs in zip(made[split], expected[split], strict=True):
            assert len(mine) == len(theirs)
            parse = tf.train.SequenceExample.FromString
            assert parse(mine) == parse(theirs)


def nottingham(count):
    path = DATA / "nottingham_melody_midi.zip"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {DATA}")
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".mid"))[::9][:count]
        return [note_seq.midi_to_sequence_proto(archive.read(name)) for name in names]


def random_sequence(rng):
    """A piece of several tracks, metres and tempos, with chords, drums, rests and oddities."""
    sequence = note_seq.NoteSequence(ticks_per_quarter=220)
    end = rng.uniform(20, 60)
    for _ in range(rng.randrange(4)):
        time = rng.choice([0.0, rng.uniform(0, end), end + 1])
        sequence.time_signatures.add(
            time=time, numerator=rng.choice([4, 3, 6, 5, 0]), denominator=rng.choice([4, 8, 16])
        )
    for _ in range(rng.randrange(4)):
        sequence.tempos.add(time=rng.choice([0.0, rng.uniform(0, end)]), qpm=rng.uniform(50, 200))
    for instrument in rng.sample([0, 1, 5, 8, 16, 33, 39], rng.randrange(1, 8)):
        time = rng.uniform(0, 5)
        while time < end:
            length = rng.choice([0.125, 0.25, 0.5, rng.uniform(0.01, 1)])
            for _ in range(rng.choice([1] * 60 + [2])):
                sequence.notes.add(
                    pitch=rng.randrange(30, 100),
                    velocity=rng.choice([80] * 20 + [0]),
                    start_time=time,
                    end_time=time + length,
                    instrument=instrument,
                    is_drum=instrument == 33,
                )
            time += length + rng.choice([0, 0, 0, 0.25, 0.25, rng.choice([0, 0, 4])])
    sequence.total_time = max([n.end_time for n in sequence.notes], default=0.0)
    if rng.random() < 0.1 and sequence.notes:
        sequence.notes[0].pitch = 130
    return sequence


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("eval_ratio", [0.0, 0.3])
def test_nottingham_equals_stock(tmp_path, name, eval_ratio):
    path = tmp_path / "nottingham.tfrecord"
    write_sequences(path, nottingham(12 if name == "attention_rnn" else 40))
    expected = stock(name, path, tmp_path / "stock", eval_ratio, seed=5)
    made = ours(name, path, tmp_path / "ours", eval_ratio, seed=5)
    assert_same(made, expected)
    assert len(made["training"]) >= 5
    assert bool(made["eval"]) == (eval_ratio > 0)


@pytest.mark.parametrize("engine", [process.processor, preload.processor])
def test_tracks_tempos_and_metres_equal_stock(tmp_path, engine):
    rng = random.Random(1)
    path = tmp_path / "random.tfrecord"
    write_sequences(path, [random_sequence(rng) for _ in range(150)])
    expected = stock("mono_rnn", path, tmp_path / "stock", 0.3, seed=9)
    made = ours("mono_rnn", path, tmp_path / "ours", 0.3, 9, engine)
    assert_same(made, expected)
    assert len(made["training"]) > 40
    assert len(made["eval"]) > 10


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_each_piece_is_discarded_for_stocks_reasons(seed):
    sequence = random_sequence(random.Random(seed))
    config = melody_rnn_model.default_configs["basic_rnn"]
    dag = melody_rnn_pipeline.get_pipeline(config, eval_ratio=0.0)
    expected = [e.SerializeToString() for e in dag.transform(sequence)["training_melodies"]]
    theirs = {
        key: statistic.count
        for statistic in dag.get_stats()
        if (key := statistic.name.partition("_training_")[2]) and hasattr(statistic, "count")
        and ("discarded" in key or "truncated" in key or "non_integer" in key or "skipped" in key)
        and statistic.count
    }  # fmt: skip
    piece = piece_of_note_sequence(sequence.SerializeToString(), "x")
    settings_ = options.make_options(get_spec("basic_rnn"), raw=False)
    done = process.process(piece, settings_)
    parse = tf.train.SequenceExample.FromString
    assert [parse(e.data) for e in done.examples] == [parse(e) for e in expected]
    # Stock repeats the last count of a stage that counts nothing on success (a stale statistic).
    assert set(done.counts) == set(theirs)


def test_raw_midi_can_be_treated_as_stock_treats_it(tmp_path):
    data = midi_bytes({"": [(60 + i % 12, 4 * i, 4 * i + 3) for i in range(64)]})
    sequence = note_seq.midi_to_sequence_proto(data)
    path = tmp_path / "x.tfrecord"
    write_sequences(path, [sequence])
    expected = stock("basic_rnn", path, tmp_path / "stock", 0.0, 1)["training"]
    settings_ = options.make_options(
        get_spec("basic_rnn"), raw=True, timing="absolute", polyphony="discard",
        long_melodies="truncate",
    )  # fmt: skip
    done = process.process(piece_of_midi(parse_midi(data, "x"), "x"), settings_)
    parse = tf.train.SequenceExample.FromString
    assert [parse(e.data) for e in done.examples] == [parse(e) for e in expected]


def test_the_dag_runs_under_magentas_own_runner(tmp_path):
    path = tmp_path / "x.tfrecord"
    rng = random.Random(3)
    write_sequences(path, [random_sequence(rng) for _ in range(20)])
    settings_ = options.make_options(get_spec("lookback_rnn"), raw=False, eval_ratio=0.4)
    dag = pipelines.get_pipeline(settings_, note_seq.NoteSequence, random.Random(4))
    records = pipeline.tf_record_iterator(str(path), dag.input_type)
    pipeline.run_pipeline_serial(dag, records, str(tmp_path / "dag"))
    gc.collect()
    expected = ours("lookback_rnn", path, tmp_path / "ours", 0.4, 4)
    assert read(tmp_path / "dag") == expected


def test_both_engines_and_workers_write_the_same_bytes(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    for i in range(36):
        notes = [(60 + (j * j + i) % 17, 4 * j, 4 * j + 4) for j in range(32 + i)]
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": notes, "bass": [(40, 0, 64)]}))
    made = []
    for engine, workers in (("core", 1), ("magenta", 1), ("magenta", 2)):
        out = tmp_path / f"{engine}{workers}"
        code = create_dataset.main(
            ["x", "--config=ssc_attention_rnn", f"--input={folder}", f"--output_dir={out}",
             "--seed=3", "--eval_ratio=0.3", f"--engine={engine}", f"--num_workers={workers}",
             "--transpose_semitones=-1,0,1", "--log=ERROR"]
        )  # fmt: skip
        assert code == 0
        made.append((read(out), (out / "report_files.jsonl").read_text()))
    assert made[0] == made[1] == made[2]
    assert made[0][0]["eval"]


def test_transpositions_are_those_of_magentas_stage(tmp_path):
    """Literal pitches, and Magenta's own TranspositionPipeline on the same sections."""
    folder = tmp_path / "music"
    folder.mkdir()
    scale = [60, 62, 64, 65, 67, 69, 71, 72] * 4
    for name, shift, repeats in (("good", 0, 1), ("other", 1, 2)):
        notes = [(p + shift, 4 * i, 4 * i + 4) for i, p in enumerate(scale * repeats)]
        (folder / f"{name}.mid").write_bytes(midi_bytes({"": notes}))
    flags = ["x", "--config=basic_rnn", f"--input={folder}", f"--output_dir={tmp_path / 'out'}",
             "--eval_ratio=0.5", "--seed=1", "--engine=magenta", "--format=events",
             "--transpose_semitones=-2,0,3", "--log=ERROR"]  # fmt: skip
    assert create_dataset.main(flags) == 0
    found = {
        split: [[e for e in events if e >= 0] for events in events_file.read_events(path)]
        for split in ("training", "eval")
        for path in [tmp_path / "out" / f"{split}_melodies.events"]
    }
    quantized = note_seq.quantize_note_sequence(
        note_seq.midi_to_sequence_proto((folder / "good.mid").read_bytes()), 4
    )
    moved = note_sequence_pipelines.TranspositionPipeline([-2, 0, 3]).transform(quantized)
    theirs = [[n.pitch for n in sequence.notes] for sequence in moved]
    assert theirs == [[pitch + amount for pitch in scale] for amount in (-2, 0, 3)]
    assert found == {"training": theirs, "eval": [[pitch + 1 for pitch in scale * 2]]}


@pytest.mark.parametrize("name", ["k545.mid", "k331.mid", "k525.mid"])
def test_stock_finds_no_melody_in_mozart_and_ours_one_in_each(tmp_path, name):
    data = (TESTDATA / "mozart" / name).read_bytes()
    path = tmp_path / "x.tfrecord"
    write_sequences(path, [note_seq.midi_to_sequence_proto(data)])
    assert stock("basic_rnn", path, tmp_path / "stock", 0.0, 1) == {"training": [], "eval": []}
    settings_ = options.make_options(get_spec("basic_rnn"), raw=True, eval_ratio=0.0)
    done = process.process(piece_of_midi(parse_midi(data, name), name), settings_)
    assert len(done.examples) == 1
