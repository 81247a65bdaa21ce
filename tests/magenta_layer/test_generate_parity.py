"""The same command, the same seed: the very bytes of the MIDI files that stock Magenta writes."""

import dataclasses
from pathlib import Path

import pytest

from ssc_melody.cli import generate
from ssc_melody.formats.bundle import read_bundle, write_bundle
from tests.conftest import ROOT, SHARED_BUNDLES, TESTDATA
from tests.magenta_layer.live import stock_answers
from tests.midi_files import midi_bytes

BUNDLES = sorted(path for path in (TESTDATA / "bundles").glob("m*.mag"))
REAL = sorted(SHARED_BUNDLES.glob("*.mag"))
SHIPPED = sorted(set((ROOT / "bundles").glob("ssc_*.mag")) - {ROOT / "bundles/ssc_chord_rnn.mag"})
SCALE = "[60, -2, 62, -2, 64, -2, 65, -2, 67, -2, -1, -2]"
VARIANTS = {
    "middle C": {"num_outputs": 3, "num_steps": 64},
    "primer": {"num_outputs": 2, "num_steps": 48, "primer_melody": SCALE, "qpm": 97.3},
    "hot": {"num_outputs": 2, "num_steps": 40, "temperature": 1.7, "primer_melody": "[72]"},
    "beam": {
        "num_outputs": 2,
        "num_steps": 30,
        "beam_size": 3,
        "branch_factor": 2,
        "steps_per_iteration": 4,
    },
    "upbeat": {"num_outputs": 2, "num_steps": 64, "primer_midi": "upbeat.mid"},
    "chords": {"num_outputs": 2, "num_steps": 64, "primer_midi": "chords.mid", "qpm": 33},
    "silent": {"num_outputs": 2, "num_steps": 40, "primer_midi": "silent.mid"},
    "out of range": {"num_outputs": 1, "num_steps": 50, "primer_melody": "[20, -2, 110, -2, -2]"},
}


def _primers(folder: Path) -> None:
    """An upbeat in the second bar, a part of chords with overlapping notes, and no note at all."""
    upbeat = [(67, 14 + 16, 17 + 16), (72, 32, 36), (76, 36, 40), (74, 42, 47)]
    (folder / "upbeat.mid").write_bytes(midi_bytes({"Tune": upbeat}))
    chords = [(48, 0, 16), (64, 0, 4), (67, 0, 8), (65, 4, 8), (60, 8, 16), (72, 10, 11)]
    (folder / "chords.mid").write_bytes(midi_bytes({"Piano": chords}))
    (folder / "silent.mid").write_bytes(midi_bytes({"Nothing": []}))


def _with_stocks_id(path: Path, folder: Path) -> Path:
    """Writes a shipped bundle anew, with the id under which stock knows such a network."""
    bundle = read_bundle(path)
    stock = dataclasses.replace(bundle, generator_id=bundle.generator_id.removeprefix("ssc_"))
    write_bundle(folder / path.name, stock)
    return folder / path.name


def _jobs(folder: Path) -> list[dict]:
    jobs = []
    shipped = [_with_stocks_id(path, folder) for path in SHIPPED]
    for i, bundle in enumerate(BUNDLES + REAL + shipped):
        everything = i % 4 == 0 or bundle in REAL
        names = list(VARIANTS) if everything else sorted({list(VARIANTS)[i % 8], "beam"})
        for name in names:
            flags = dict(VARIANTS[name], bundle_file=str(bundle))
            if "primer_midi" in flags:
                flags["primer_midi"] = str(folder / flags["primer_midi"])
            flags["output_dir"] = str(folder / "stock" / f"{bundle.stem}-{name}")
            jobs.append({"seed": 1000 + len(jobs), "flags": flags})
    return jobs


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Each job with the files that stock wrote for it."""
    folder = tmp_path_factory.mktemp("parity")
    _primers(folder)
    jobs = _jobs(folder)
    errors = stock_answers("stock", "generate", jobs, folder)
    for job, error in zip(jobs, errors, strict=True):
        assert not error, (job, error)
        job["files"] = sorted(Path(job["flags"]["output_dir"]).glob("*.mid"))
        assert len(job["files"]) == job["flags"]["num_outputs"]
    return jobs


def test_every_bundle_is_compared(jobs: list[dict]) -> None:
    names = {Path(job["flags"]["bundle_file"]).name for job in jobs}
    assert names == {path.name for path in BUNDLES + REAL + SHIPPED}
    assert (len(BUNDLES), len(SHIPPED)) == (30, 4)
    assert len(jobs) > 90
    if not REAL:
        print(f"no bundles of other people in {SHARED_BUNDLES}: compared ours only")


def test_other_peoples_bundles_play_every_variant(jobs: list[dict]) -> None:
    """The figure of the README for the bundle that no release of ours recorded."""
    for bundle in REAL:
        mine = [job["flags"] for job in jobs if job["flags"]["bundle_file"] == str(bundle)]
        assert sum(flags["num_outputs"] for flags in mine) == 16


def test_the_files_are_stocks_byte_for_byte(jobs: list[dict], tmp_path: Path) -> None:
    compared = 0
    for i, job in enumerate(jobs):
        flags = job["flags"] | {"output_dir": str(tmp_path / str(i)), "seed": job["seed"]}
        argv = [f"--{name}={value}" for name, value in flags.items()]
        assert generate.main(["ssc_melody_generate", *argv]) == 0
        ours = sorted((tmp_path / str(i)).glob("*.mid"))
        assert len(ours) == len(job["files"])
        for mine, theirs in zip(ours, job["files"], strict=True):
            assert mine.read_bytes() == theirs.read_bytes(), (job, theirs.name)
            compared += 1
    assert compared == sum(job["flags"]["num_outputs"] for job in jobs)
    print(f"{compared} files of {len(jobs)} commands are equal")
