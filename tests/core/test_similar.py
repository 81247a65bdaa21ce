"""Near-duplicates: runs of intervals, the sieve, and the data sets that it makes."""

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ssc_melody.dataset import sieve, similar
from ssc_melody.dataset.process import EVAL, TRAINING
from ssc_melody.errors import DataError, OptionError
from tests.datasets import melodies, report, run
from tests.midi_files import midi_bytes

STEPS = [2, 2, 1, 2, 2, 2, 1, -1, -2, -2, -2, -1, -2, -2, 4, 3]
"""A tune of sixteen intervals: five runs."""


def events_of(intervals: list[int], start: int = 60, hold: int = 1) -> list[int]:
    """A melody with the given intervals; each note lasts `hold` steps."""
    pitches = [start, *(start + int(n) for n in np.cumsum(intervals))]
    return [event for pitch in pitches for event in [pitch, *[-2] * (hold - 1)]]


def test_runs_know_neither_key_nor_rhythm() -> None:
    plain = similar.runs_of(events_of(STEPS))
    assert len(plain) == 5
    assert plain.tolist() == similar.runs_of(events_of(STEPS, start=67, hold=4)).tolist()
    rests = [e for event in events_of(STEPS) for e in (event, -1)]
    assert plain.tolist() == similar.runs_of(rests).tolist()


def test_one_more_note_changes_the_runs_around_it() -> None:
    ornamented = [*STEPS[:8], 1, -1, *STEPS[8:]]
    shared = np.intersect1d(
        similar.runs_of(events_of(STEPS)), similar.runs_of(events_of(ornamented))
    )
    assert not len(shared)


def test_a_run_that_comes_again_counts_once() -> None:
    assert len(similar.runs_of(events_of([0] * 40))) == 1
    assert len(similar.runs_of(events_of([2, -2] * 20))) == 2


@pytest.mark.parametrize("count", [0, 1])
def test_no_interval_no_run(count: int) -> None:
    assert not len(similar.runs_of([-1, *[60] * count, -2, -2]))


def test_a_short_melody_is_a_run_of_its_own() -> None:
    short = similar.runs_of(events_of(STEPS[:5]))
    assert len(short) == 1
    for other in (STEPS[:4], [*STEPS[:4], 3], [0, *STEPS[:4]], STEPS):
        assert short[0] not in similar.runs_of(events_of(other))


def test_the_order_of_intervals_matters() -> None:
    assert similar.runs_of(events_of([1, 2] * 6)) != similar.runs_of(events_of([2, 1] * 6))


def test_runs_are_found_in_a_large_set() -> None:
    draw = np.random.default_rng(0)
    inside, outside = draw.integers(0, 2**64, (2, 200_000), np.uint64)
    found = similar.Runs()
    for part in np.split(inside, 100):
        found.add(part)
    assert len(found) == 200_000
    assert found.share_known(inside[:1000]) == 1.0
    assert found.share_known(outside) == 0.0
    assert found.share_known(np.concatenate([inside[:30], outside[:90]])) == 0.25


def test_a_set_that_is_full_keeps_a_part_and_still_tells_shares() -> None:
    draw = np.random.default_rng(1)
    inside, outside = draw.integers(0, 2**64, (2, 40_000), np.uint64)
    found = similar.Runs(most=6_000)
    found.add(inside)
    assert 4_000 < len(found) <= 6_000  # an eighth of 40,000
    mixed = np.concatenate([inside[:20_000], outside[:20_000]])
    assert found.share_known(mixed) == pytest.approx(0.5, abs=0.03)
    found.add(outside)
    assert len(found) <= 6_000


def tunes(count: int, seed: int = 0) -> list[list[int]]:
    """Random tunes that share no run."""
    draw = random.Random(seed)
    return [[draw.choice((-2, -1, 1, 2, 3, -3)) for _ in range(31)] for _ in range(count)]


def runs(intervals: list[int]) -> similar.Hashes:
    return similar.runs_of(events_of(intervals))


def test_what_is_mostly_in_earlier_pieces_is_left_out() -> None:
    first, second = tunes(2)
    keep = sieve.Sieve(dedupe=True)
    assert keep(TRAINING, [runs(first), runs(first)]).indices == [0, 1]  # a piece repeats itself
    most, half = [*first[:24], *second[:7]], [*first[:16], *second[:15]]
    kept = keep(TRAINING, [runs(most), runs(half)])
    assert kept.indices == [1]
    assert kept.reasons == ["melodies_discarded_as_similar_to_earlier"]


@pytest.mark.parametrize(("one", "other"), [(TRAINING, EVAL), (EVAL, TRAINING)])
def test_nothing_is_shared_across_the_split(one: str, other: str) -> None:
    first, second, third = tunes(3)
    keep = sieve.Sieve(dedupe=True)
    keep(one, [runs(first)])
    shares = [*second[:19], *first[:12]]
    kept = keep(other, [runs(shares), runs([*second[:20], *first[:11]]), runs(third)])
    assert kept.indices == [1, 2]
    assert kept.reasons == ["melodies_discarded_as_in_the_other_set"]


def test_what_was_left_out_does_not_leave_out_others() -> None:
    first, second, third = tunes(3)
    keep = sieve.Sieve(dedupe=True)
    keep(EVAL, [runs(first)])
    left_out = [*second, *first]
    assert not keep(TRAINING, [runs(left_out)]).indices
    assert keep(EVAL, [runs([*third, *second[:15]])]).indices == [0]


def _write(folder: Path, name: str, intervals: list[int]) -> None:
    folder.mkdir(exist_ok=True)
    pitches = [60, *(60 + int(n) for n in np.cumsum(intervals))]
    notes = [(pitch, 4 * i, 4 * i + 4) for i, pitch in enumerate(pitches)]
    (folder / f"{name}.mid").write_bytes(midi_bytes({"": notes}))


def test_a_data_set_without_near_duplicates(tmp_path: Path) -> None:
    music, (first, second) = tmp_path / "music", tunes(2)
    _write(music, "a", first)
    _write(music, "b", [*first[:-3], *second[:3]])
    _write(music, "c", second)
    training, _ = melodies(tmp_path, f"--input={music}")
    assert len(training) == 3
    training, _ = melodies(tmp_path, f"--input={music}", "--dedupe=similar")
    assert len(training) == 2
    told = report(tmp_path)
    assert told["reasons"] == {"melodies_discarded_as_similar_to_earlier": 1}
    assert (told["pieces"], told["pieces_without_melody"]) == (3, 1)
    assert told["melodies"] == {"training": 2, "eval": 0}
    assert told["steps"] == 256


def test_what_is_to_be_left_out_is_left_out_of_training(tmp_path: Path) -> None:
    held, music, (first, second) = tmp_path / "held", tmp_path / "music", tunes(2)
    _write(held, "a", first)
    melodies(tmp_path, f"--input={held}", output="held_out")
    _write(music, "b", [*second[:19], *first[:12]])
    _write(music, "c", second)
    leave = f"--leave_out={tmp_path / 'held_out' / 'training_melodies.events'}"
    training, _ = melodies(tmp_path, f"--input={music}", leave)
    assert len(training) == 1
    assert report(tmp_path)["reasons"] == {"melodies_discarded_as_in_leave_out": 1}
    _, evaluation = melodies(tmp_path, f"--input={music}", leave, "--eval_ratio=1")
    assert len(evaluation) == 2


def test_every_melody_that_is_read_is_counted(tmp_path: Path) -> None:
    music, found = tmp_path / "music", tunes(12)
    for i, intervals in enumerate(found):
        _write(music, str(i), intervals)
        _write(music, f"{i}x", [*intervals[:26], 1, 1, 1, 1, i % 3])
    made = []
    for workers in ("--num_workers=1", "--num_workers=2"):
        flags = (f"--input={music}", "--dedupe=similar", "--eval_ratio=0.4", workers)
        made.append(melodies(tmp_path, *flags))
        told = report(tmp_path)
        assert sum(map(len, made[-1])) == sum(told["melodies"].values())
        assert sum(map(len, made[-1])) + sum(told["reasons"].values()) == 24
        training, evaluation = [[similar.runs_of(e) for e in events] for events in made[-1]]
        assert not np.intersect1d(np.concatenate(training), np.concatenate(evaluation)).size
    assert made[0] == made[1]


def test_a_folder_in_an_archive(tmp_path: Path) -> None:
    music = tmp_path / "music"
    for name, intervals in zip("ab", tunes(2), strict=True):
        _write(music, name, intervals)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(music / "a.mid", "new/sub/a.mid")
        archive.write(music / "b.mid", "newer/b.mid")
    for inside, name in (("new", "new/sub/a.mid"), ("newer/b.mid", "newer/b.mid")):
        training, _ = melodies(tmp_path, f"--input={tmp_path / 'all.zip' / inside}")
        assert len(training) == 1
        rows = (tmp_path / "out" / "report_files.jsonl").read_text()
        assert f'"file": "all.zip/{name}"' in rows


@pytest.mark.parametrize("path", ["all.zip/old", "all.zip/ne"])
def test_a_folder_that_is_not_in_the_archive(
    tmp_path: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("new/a.mid", b"MThd")
    assert run(tmp_path, f"--input={tmp_path / path}") == 1
    assert f"has no folder or file {path.partition('/')[2]}" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--leave_out=none.events", "--dedupe=perhaps"])
def test_mistakes_are_told_in_a_line(
    tmp_path: Path, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path / "music", "a", tunes(1)[0])
    assert run(tmp_path, f"--input={tmp_path / 'music'}", flag) in (1, 2)
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert flag.partition("=")[2] in told


def test_a_file_of_other_bytes_is_no_file_to_leave_out(tmp_path: Path) -> None:
    path = tmp_path / "other.events"
    path.write_bytes(b"no events")
    with pytest.raises((DataError, OptionError)):
        similar.runs_of_file(path)
