"""A hierarchy of models trained, gone on with, written and played."""

import random
from pathlib import Path

import numpy as np
import pytest

from ssc_melody.cli import hrnn_train
from ssc_melody.dataset import events_file
from ssc_melody.errors import DataError, OptionError
from ssc_melody.formats.tfrecord import frame
from ssc_melody.play import run_config
from ssc_melody.play.hierarchy_file import load_hierarchy
from ssc_melody.specs.hrnn import HrnnSpec
from ssc_melody.training import data, hierarchy
from ssc_melody.training.options import TrainOptions

SMALL = "rnn_layer_sizes=[10,8],batch_size=6"


@pytest.fixture
def melodies(tmp_path: Path) -> Path:
    rng = random.Random(4)
    records = [events_file.header(4)]
    for _ in range(12):
        beats = [
            rng.choice(([60, -2, -2, -2], [62, -2, 64, -2], [-2, -2, 67, -1])) for _ in range(20)
        ]
        records.append(events_file.record([event for beat in beats for event in beat]))
    path = tmp_path / "training_melodies.events"
    path.write_bytes(b"".join(map(frame, records)))
    return path


def flags(tmp_path: Path, path: Path, *more: str) -> list[str]:
    return ["ssc_hrnn_train", f"--run_dir={tmp_path / 'run'}", f"--sequence_example_file={path}",
            f"--hparams={SMALL}", "--seed=3", "--nojit", "--log=ERROR", *more]  # fmt: skip


def test_three_levels_are_trained_and_written(tmp_path: Path, melodies: Path, capsys) -> None:
    bundle = tmp_path / "a.hrnn"
    more = ("--num_training_steps=2", f"--eval_file={melodies}", "--eval_every=1")
    assert hrnn_train.main(flags(tmp_path, melodies, *more, f"--bundle_file={bundle}")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" for")[0] for line in lines[:3]] == [
        "Trained bars", "Trained beats", "Trained notes",
    ]  # fmt: skip
    assert lines[3] == f"Wrote {bundle}"
    made = load_hierarchy(bundle).generate(2, 32, seed=1)
    assert [len(melody) for melody in made] == [32, 32]
    before = run_config.read(tmp_path / "run" / "notes")
    assert before is not None
    assert isinstance(before.spec, HrnnSpec)
    assert before.spec.centres.beats.shape == (3, 4)
    # It goes on: the profiles are those of the run.
    assert hrnn_train.main(flags(tmp_path, melodies, "--num_training_steps=3")) == 0
    assert run_config.read(tmp_path / "run" / "notes") == before
    assert "Trained notes for 3 steps" in capsys.readouterr().out


def test_the_losses_of_levels_fall(tmp_path: Path, melodies: Path) -> None:
    outcomes = hierarchy.train_hierarchy(
        tmp_path / "run", melodies, layers=2, eval_data=melodies, hparams=SMALL, seed=1,
        options=TrainOptions(num_training_steps=12, eval_every=6, jit=False),
    )  # fmt: skip
    assert list(outcomes) == ["beats", "notes"]
    for level, first in (("beats", np.log(5)), ("notes", np.log(40))):
        best = outcomes[level].best
        assert best is not None
        assert best[1] < first


def test_a_melody_counts_by_its_levels_events(tmp_path: Path, melodies: Path) -> None:
    hierarchy.train_hierarchy(
        tmp_path / "run", melodies, hparams=SMALL, seed=1,
        options=TrainOptions(num_training_steps=1, jit=False),
    )  # fmt: skip
    lengths = {}
    for level in ("bars", "beats", "notes"):
        run = run_config.read(tmp_path / "run" / level)
        assert run is not None
        lengths[level] = data.load([melodies], run.spec).lengths[0]
    assert lengths == {"bars": 4, "beats": 19, "notes": 79}


def test_mistakes_are_one_line(tmp_path: Path, melodies: Path, capsys) -> None:
    assert hrnn_train.main(["ssc_hrnn_train", "--run_dir=x"]) == 1
    assert "--sequence_example_file is missing" in capsys.readouterr().err
    assert hrnn_train.main(flags(tmp_path, tmp_path / "none.events")) == 1
    assert "--sequence_example_file: no file matches" in capsys.readouterr().err
    empty = tmp_path / "empty.events"
    empty.write_bytes(frame(events_file.header(4)))
    with pytest.raises(DataError, match="data: expected melodies, found none"):
        hierarchy.profiles_of_data(empty)
    with pytest.raises(OptionError, match="eval_every"):
        hierarchy.train_hierarchy(
            tmp_path / "run", melodies, options=TrainOptions(eval_every=3), hparams=SMALL
        )
