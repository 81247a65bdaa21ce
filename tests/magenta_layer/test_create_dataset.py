"""Data sets against stock Magenta, live: the same records from the same NoteSequences."""

import gc
import json
import os
import random
import zipfile

import note_seq
import pytest
import tensorflow.compat.v1 as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from magenta.models.melody_rnn import melody_rnn_model, melody_rnn_pipeline
from magenta.pipelines import pipeline
from magenta.scripts import convert_dir_to_note_sequences as stock_convert

from ssc_melody.cli import convert_dir_to_note_sequences as convert
from ssc_melody.cli import create_dataset
from ssc_melody.dataset import build, events_file, options, process, runner, scores
from ssc_melody.dataset.pieces import piece_of_midi, piece_of_note_sequence
from ssc_melody.errors import DataError
from ssc_melody.families import get_spec
from ssc_melody.formats import tfrecord
from ssc_melody.magenta_layer import pipelines, preload
from ssc_melody.midi.read import parse_midi
from tests.conftest import ROOT
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
    for instrument in rng.sample([0, 1, 5, 8, 16, 33], rng.randrange(1, 5)):
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


BOOK = """X:1
T:Scale
M:4/4
L:1/4
K:C
{}
X:2
T:With a rest and a pickup
M:3/4
L:1/4
K:G
D|{}

X:3
T:Broken
M:4/4
K:C
[C|
""".format("CDEF|GABc|" * 4 + "\n", "GAB|cBA|Gz2|" * 3)


def read_scores(tmp_path, path):
    """Returns the melodies of a score, and the report."""
    out = tmp_path / "out"
    code = create_dataset.main(
        ["x", "--config=basic_rnn", "--format=events", f"--input={path}", "--engine=core",
         f"--output_dir={out}", "--seed=1", "--eval_ratio=0", "--log=ERROR"]
    )  # fmt: skip
    assert code == 0
    told = json.loads((out / "report.json").read_text())
    return list(events_file.read_events(out / "training_melodies.events")), told


def test_abc_tune_books(tmp_path):
    pytest.importorskip("music21")
    path = tmp_path / "book.abc"
    path.write_text(BOOK)
    (scale, rests), told = read_scores(tmp_path, path)
    assert scale[:8] == [60, -2, -2, -2, 62, -2, -2, -2]
    assert len(scale) == 32 * 4
    assert rests[:13] == [-2] * 8 + [62, -2, -2, -2, 67]  # the pickup's bar is filled up
    assert rests[36:44] == [67, -2, -2, -2, -1, -2, -2, -2]  # Gz2
    assert len(rests) == 10 * 12 - 8
    (row,) = told["files"]
    assert row["file"] == "book.abc#3"
    assert told["metres"] == {"4/4": 1, "3/4": 1}


def test_abc_without_music21(tmp_path, monkeypatch):
    monkeypatch.setattr(scores, "parser", lambda: "note_seq")
    path = tmp_path / "book.abc"
    path.write_text(BOOK)
    (scale,), told = read_scores(tmp_path, path)
    assert len(scale) == 32 * 4
    assert "note_seq cannot read it" in told["files"][0]["unreadable"]
    monkeypatch.setattr(scores, "parser", lambda: "")
    with pytest.raises(DataError, match="pip install music21"):
        scores.read_abc(BOOK.encode(), "book.abc")


def musicxml():
    steps = "CDEFGAB"
    bars = "".join(
        f"<measure number='{bar + 1}'>"
        + ("<attributes><divisions>1</divisions><time><beats>4</beats>"
           "<beat-type>4</beat-type></time></attributes>" if bar == 0 else "")
        + "".join(
            f"<note><pitch><step>{steps[(4 * bar + i) % 7]}</step><octave>4</octave></pitch>"
            "<duration>1</duration><type>quarter</type></note>" for i in range(4)
        )
        + "</measure>"
        for bar in range(8)
    )  # fmt: skip
    return (
        "<?xml version='1.0'?><score-partwise version='3.1'><part-list><score-part id='P1'>"
        "<part-name>Flute</part-name></score-part></part-list>"
        f"<part id='P1'>{bars}</part></score-partwise>"
    )


@pytest.mark.parametrize("module", ["music21", "note_seq"])
@pytest.mark.parametrize("extension", ["xml", "mxl"])
def test_musicxml(tmp_path, monkeypatch, module, extension):
    pytest.importorskip(module)
    monkeypatch.setattr(scores, "parser", lambda: module)
    path = tmp_path / f"x.{extension}"
    if extension == "xml":
        path.write_text(musicxml())
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("META-INF/container.xml", "<container/>")
            archive.writestr("x.xml", musicxml())
    (events,), _ = read_scores(tmp_path, path)
    assert [e for e in events if e >= 0] == [(60, 62, 64, 65, 67, 69, 71)[i % 7] for i in range(32)]
    assert len(events) == 128


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "latin-1", "utf-8-sig"])
def test_musicxml_in_other_encodings(tmp_path, encoding):
    pytest.importorskip("music21")
    text = musicxml().replace("Flute", "Flöte")
    if "sig" not in encoding:
        text = text.replace("'1.0'?", f"'1.0' encoding='{encoding.removesuffix('-be')}'?")
    data = text.encode(encoding)
    path = tmp_path / "x.xml"
    path.write_bytes(b"\xfe\xff" + data if encoding == "utf-16-be" else data)
    (events,), _ = read_scores(tmp_path, path)
    assert len(events) == 128
    piece = scores.read_musicxml(path.read_bytes(), "x")
    assert piece.music.track_names == ["Flöte"]


def test_convert_equals_stock(tmp_path):
    folder = tmp_path / "music"
    (folder / "sub").mkdir(parents=True)
    for i in range(3):
        notes = [(60 + j % 12, 4 * j, 4 * j + 4) for j in range(20 + i)]
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": notes}))
    (folder / "sub" / "x.midi").write_bytes(midi_bytes({"": [(60, 0, 4)]}))
    (folder / "bad.mid").write_bytes(b"MThd")
    (folder / "readme.txt").write_bytes(b"")
    (folder / "tune.abc").write_text(BOOK.partition("X:2")[0])
    stock_convert.convert_directory(str(folder), str(tmp_path / "stock"), True)
    flags = [f"--input_dir={folder}", f"--output_file={tmp_path / 'ours'}", "--log=ERROR"]
    assert convert.main(["x", *flags, "--recursive"]) == 0
    parse = note_seq.NoteSequence.FromString
    made = {s.id: s for s in map(parse, tfrecord.read_records(tmp_path / "ours"))}
    expected = {s.id: s for s in map(parse, tfrecord.read_records(tmp_path / "stock"))}
    assert len(expected) == 4
    assert {key: made[key] for key in expected} == expected
    (abc,) = [made[key] for key in made.keys() - expected.keys()]
    assert abc.filename == "tune.abc"
    assert convert.main(["x", *flags]) == 0
    assert len(list(tfrecord.read_records(tmp_path / "ours"))) == 4
    assert convert.main(["x", f"--input_dir={tmp_path / 'none'}", f"--output_file={folder}"]) == 1


SCALE = [(60 + j % 12, 4 * j, 4 * j + 4) for j in range(32)]


def test_convert_dir_reads_names_in_latin_1(tmp_path, capsys):
    folder = tmp_path / os.fsdecode(b"musique \xe9")
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"this file system takes UTF-8 names only: {error}")
    (folder / os.fsdecode(b"caf\xe9.mid")).write_bytes(midi_bytes({"": SCALE}))
    (folder / "good.mid").write_bytes(midi_bytes({"": SCALE[:30]}))
    target = tmp_path / "music.tfrecord"
    assert convert.main(["x", f"--input_dir={folder}", f"--output_file={target}"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (f"Wrote 2 NoteSequences to {target}; 0 not readable\n", "")
    found = [note_seq.NoteSequence.FromString(r) for r in tfrecord.read_records(target)]
    assert [sequence.filename for sequence in found] == ["caf\\udce9.mid", "good.mid"]
    assert {sequence.collection_name for sequence in found} == {"musique \\udce9"}
