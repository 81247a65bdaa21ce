"""Data sets: our command against stock Magenta's, on the same files in one run.

    python -m benchmarks.bench_dataset DATA_FOLDER [raw|throughput|scaling|memory]

prints tables of: melodies of the Mozart and classical sets, from raw MIDI; melodies a second on
the Nottingham tunes for each encoding, on one core, from the same NoteSequences and from the MIDI
files; scaling with workers; and memory on a set 100 times larger, made on the fly. Each pair runs
alternately; the best of REPEATS is shown, in seconds of processor time (imports left out).

A SequenceExample of a melody is some 200 KB, so a fast run writes as fast as a disk: 10,080 of
them are 2 GB, and at the 147 MB a second that the disk of docs/benchmarks.md took of 1.6 GB of
zeros, 715 melodies a second is all there is, whatever the workers do. So `scaling` writes to memory
as well: there two workers were 1.81 and 1.84 times as fast as one on 2,016 melodies, their start
(0.5 s) included. They take no more processor time than one: 3.8 to 5.4 s and 3.9 to 5.6 s in eight
runs each on a busy machine, of which the parent takes 0.7 to 1.3 s.

Tried and given up: the workers write records to files, and the parent has the kernel copy them
(copy_file_range). The parent's time stays at 1 s, the workers' rises from 3.3 to 5.5 s, as the file
system makes and drops as many pages again; in turns with the pipes it took 22 s instead of 8 to 11.
"""

import gc
import json
import os
import random
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.measure import run_once
from ssc_melody.dataset import build, inputs, options, process, runner
from ssc_melody.families import get_spec
from ssc_melody.formats import tfrecord

REPEATS = 2
MEMORY = Path("/dev/shm")
"""A folder that no disk is behind; on systems without it, both rows of `scaling` are the disk's."""
CONFIGS = ("basic_rnn", "lookback_rnn", "attention_rnn")


def job(config, engine=process.processor, **given):
    spec = get_spec(config)
    kinds = [
        options.make_options(spec, raw, **{"eval_ratio": 0.1} | given) for raw in (True, False)
    ]
    return runner.Job(*kinds, seed=1, engine=engine)


def timed(function):
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    result = function()
    return result, time.process_time() - processor, time.perf_counter() - wall


def stock_run(config, records, folder):
    """Runs stock's pipeline and returns how many melodies it wrote."""
    from magenta.models.melody_rnn import melody_rnn_model, melody_rnn_pipeline
    from magenta.pipelines import pipeline

    random.seed(1)
    dag = melody_rnn_pipeline.get_pipeline(melody_rnn_model.default_configs[config], eval_ratio=0.1)
    sequences = pipeline.tf_record_iterator(str(records), dag.input_type)
    pipeline.run_pipeline_serial(dag, sequences, str(folder))
    gc.collect()  # stock never closes its writers
    return sum(
        tfrecord.count_records(folder / f"{split}_melodies.tfrecord")
        for split in ("training", "eval")
    )


def stock_convert(folder, records):
    from magenta.scripts import convert_dir_to_note_sequences

    convert_dir_to_note_sequences.convert_directory(str(folder), str(records), True)


def our_run(what, paths, folder, workers=1):
    return build.build(what, [str(path) for path in paths], folder, workers).total.melodies.total()


def raw_counts(data, work):
    print(
        "\n| ssc_basic_rnn | MIDI files | stock, melodies | ours, melodies | stock, s | ours, s |"
    )
    print("|---|---|---|---|---|---|")
    for name in ("mozart", "classical"):
        folder = work / name
        zipfile.ZipFile(data / f"{name}.zip").extractall(folder)
        records = work / f"{name}.tfrecord"
        _, convert_time, _ = timed(lambda: stock_convert(folder, records))  # noqa: B023
        theirs, stock_time, _ = timed(lambda: stock_run("basic_rnn", records, work / "s"))  # noqa: B023
        what = job("ssc_basic_rnn")
        ours, our_time, _ = timed(lambda: our_run(what, [folder], work / "o"))  # noqa: B023
        files = inputs.measure([str(folder)]).sources
        total = convert_time + stock_time
        print(
            f"| {name} | {files} | {theirs} | {ours} | {total:.1f} | {our_time:.1f} |", flush=True
        )


def nottingham(data, work):
    """Returns the folder of MIDI files, their NoteSequences and what stock took to convert them."""
    folder, records = work / "nottingham", work / "nottingham.tfrecord"
    zipfile.ZipFile(data / "nottingham_melody_midi.zip").extractall(folder)
    _, convert_time, _ = timed(lambda: stock_convert(folder, records))
    return folder, records, convert_time


def throughput(folder, records, convert_time):
    from ssc_melody.magenta_layer import preload

    engines = {"core": process.processor, "magenta": preload.processor}
    work = records.parent
    print(
        f"\nNottingham, {inputs.measure([str(folder)]).sources} files, one core, melodies a second"
    )
    print("(same: NoteSequences to SequenceExamples, the same records; MIDI: stock's two commands)")
    print("| config | stock | ours | ours, DAG | factor | stock, MIDI | ours, MIDI | factor |")
    print("|---|---|---|---|---|---|---|---|")
    for config in CONFIGS:
        best = dict.fromkeys(("stock", "core", "magenta", "midi"), float("inf"))
        for _ in range(1 if config == "attention_rnn" else REPEATS):  # stock needs minutes for it
            count, seconds, _ = timed(lambda: stock_run(config, records, work / "s"))  # noqa: B023
            best["stock"] = min(best["stock"], seconds)
            for engine, processor in engines.items():
                made, seconds, _ = timed(
                    lambda: our_run(job(config, processor), [records], work / "o")  # noqa: B023
                )
                assert made == count, f"{made} melodies, stock has {count}"
                best[engine] = min(best[engine], seconds)
            raw = job(config, polyphony="discard", long_melodies="truncate", dedupe=False)
            from_midi, seconds, _ = timed(lambda: our_run(raw, [folder], work / "o"))  # noqa: B023
            best["midi"] = min(best["midi"], seconds)
        stock_midi = count / (best["stock"] + convert_time)
        print(
            f"| {config} | {count / best['stock']:.0f} | {count / best['core']:.0f} "
            f"| {count / best['magenta']:.0f} | {best['stock'] / best['core']:.1f} "
            f"| {stock_midi:.0f} | {from_midi / best['midi']:.0f} "
            f"| {from_midi / best['midi'] / stock_midi:.1f} |",
            flush=True,
        )


def repeated(records, times, target):
    """Writes the records again and again."""
    frames = [tfrecord.frame(record) for record in tfrecord.read_records(records)]
    with open(target, "wb") as file:
        for _ in range(times):
            file.writelines(frames)


def plain_writing(folder, size):
    """Returns the bytes a second at which a file of zeros is written."""
    zeros, path = bytes(1 << 20), folder / "zeros"
    started = time.perf_counter()
    with open(path, "wb") as file:
        for _ in range(size >> 20):
            file.write(zeros)
    seconds = time.perf_counter() - started
    path.unlink()
    return size / seconds


def scaling(records, work):
    large = work / "large.tfrecord"
    repeated(records, 10, large)
    print("\n| to | workers | format | wall, s | melodies a second | MB a second |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.exists() else None) as memory_folder:
        for name, folder in (("memory", Path(memory_folder)), ("disk", work)):
            size = 0
            for kind in options.FORMATS:
                for workers in sorted({1, 2, os.cpu_count() or 1}):
                    what, out = job("lookback_rnn", format=kind), folder / "o"
                    made, _, wall = timed(lambda: our_run(what, [large], out, workers))  # noqa: B023
                    written = sum(path.stat().st_size for path in out.iterdir())
                    size = max(size, written)
                    shutil.rmtree(out)
                    print(
                        f"| {name} | {workers} | {kind} | {wall:.1f} | {made / wall:.0f} "
                        f"| {written / wall / 1e6:.0f} |",
                        flush=True,
                    )
            print(
                f"| {name} | zeros, as many bytes | | | | {plain_writing(folder, size) / 1e6:.0f} |"
            )


def memory(records, work):
    print("\n| pieces | melodies | largest memory, MB | wall, s |")
    print("|---|---|---|---|")
    small = tfrecord.count_records(records)
    for times in (1, 10, 100):
        target = work / "repeated.tfrecord"
        repeated(records, times, target)
        command = [sys.executable, "-m", "ssc_melody.cli.create_dataset", "--config=basic_rnn",
                   "--engine=core", "--format=events", "--num_workers=1", "--seed=1",
                   f"--input={target}", f"--output_dir={work / 'm'}"]  # fmt: skip
        cost = run_once(command)
        made = sum(json.loads((work / "m" / "report.json").read_text())["melodies"].values())
        print(
            f"| {small * times:,} | {made:,} | {cost.megabytes:.0f} | {cost.seconds:.1f} |",
            flush=True,
        )
        target.unlink()


def main():
    data = Path(sys.argv[1])
    from ssc_melody.magenta_layer import shims

    shims.activate()
    import tensorflow.compat.v1 as tf

    tf.logging.set_verbosity("ERROR")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        wanted = sys.argv[2:] or ["raw", "throughput", "scaling", "memory"]
        if "raw" in wanted:
            raw_counts(data, work)
        if wanted != ["raw"]:
            records = nottingham(data, work)
        if "throughput" in wanted:
            throughput(*records)
        if "scaling" in wanted:
            scaling(records[1], work)
        if "memory" in wanted:
            memory(records[1], work)


if __name__ == "__main__":
    main()
