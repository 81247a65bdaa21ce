"""What the tests of ssc_melody_train share: small data sets, small networks, and the command."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ssc_melody.cli import train
from ssc_melody.dataset import events_file, examples
from ssc_melody.files import write_bytes
from ssc_melody.formats import tfrecord
from ssc_melody.formats.sequence_example import sequence_example
from ssc_melody.specs import SPECS, MelodySpec, with_hparams

CONFIG = "ssc_lookback_rnn"
HPARAMS = "rnn_layer_sizes=[8,6],batch_size=5"
SPEC = with_hparams(SPECS[CONFIG], HPARAMS)


def melodies(count: int = 12, seed: int = 5, longest: int = 40) -> list[list[int]]:
    """Returns melodies of 8 steps or more."""
    random = np.random.default_rng(seed)
    choices = [-2, -2, -2, -1, 60, 62, 64, 65, 67, 69, 71, 72]
    lengths = random.integers(8, longest, count)
    return [[60, *random.choice(choices, n).tolist()] for n in lengths]


def write_events(path: Path, tunes: Sequence[Sequence[int]]) -> Path:
    """Writes a data set of events."""
    records = [events_file.header(4), *(np.array(tune, np.int8).tobytes() for tune in tunes)]
    write_bytes(path, b"".join(map(tfrecord.frame, records)))
    return path


def write_examples(path: Path, tunes: Sequence[Sequence[int]], spec: MelodySpec = SPEC) -> Path:
    """Writes a data set of SequenceExamples, as stock does."""
    records = (sequence_example(*examples.encode(tune, spec)) for tune in tunes)
    write_bytes(path, b"".join(map(tfrecord.frame, records)))
    return path


def argv(run_dir: Path, data: Path, steps: int, *more: str, hparams: str = HPARAMS) -> list[str]:
    """Returns a command line for a small network; no XLA, whose compiling takes seconds."""
    return [
        "ssc_melody_train", f"--config={CONFIG}", f"--hparams={hparams}", f"--run_dir={run_dir}",
        f"--sequence_example_file={data}", f"--num_training_steps={steps}", "--nojit", "--seed=3",
        *more,
    ]  # fmt: skip


def run(*args: object, **options: str) -> int:
    """Runs the command in this process and returns its exit code."""
    return train.main(argv(*args, **options))


def files(folder: Path, pattern: str = "model.ckpt-*") -> dict[str, bytes]:
    """Returns the files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob(pattern))}


def event_values(folder: Path) -> Iterator[tuple[int, str, float]]:
    """Yields (step, tag, value) of TensorBoard's files in a folder."""
    from tensorflow.compat.v1.train import summary_iterator

    for path in sorted(folder.glob("events.out.tfevents.*")):
        for event in summary_iterator(str(path)):
            for value in event.summary.value:
                yield event.step, value.tag, value.simple_value
