"""Polyphony, drums and performances: stock's commands and ours, the same seeds, the same bytes.

Stock makes its own bundles (small layers, --save_generator_bundle) and plays them; ours must write
the very files, and have drawn as many random numbers. In one process a family, as importing Magenta
takes long.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from ssc_melody.cli import drums_generate, performance_generate, polyphony_generate
from ssc_melody.play.loading import load_bundle, load_checkpoint
from ssc_melody.specs import NetworkSpec
from ssc_melody.specs.tracks import DRUMS_SPECS, PERFORMANCE_SPECS, POLYPHONY_SPECS
from ssc_melody.tracks import performance, polyphony
from ssc_melody.tracks.track import Track
from tests.conftest import ROOT
from tests.magenta_layer.live import environment, stock_answers
from tests.midi_files import midi_bytes
from tests.track_bundles import make_track_run, small

Job = dict
SPECS: dict[str, NetworkSpec] = {**POLYPHONY_SPECS, **DRUMS_SPECS, **PERFORMANCE_SPECS}
COMMANDS = {
    "polyphony": polyphony_generate,
    "drums": drums_generate,
    "performance": performance_generate,
}
CLASS_OF = {
    "polyphony": polyphony.class_of,
    "drums": sorted,
    "performance": performance.class_of,
}
MELODY = "[60, -2, 62, -2, -1, -2, 64, 64, 67, -2]"
BEAM = {"beam_size": 3, "branch_factor": 2, "steps_per_iteration": 4}

POLYPHONY = {
    "nothing": {"num_outputs": 20, "num_steps": 24},
    "hot": {"num_outputs": 15, "num_steps": 20, "temperature": 2.0, "qpm": 97.3},
    "chord": {"num_outputs": 10, "num_steps": 24, "primer_pitches": "[60, 64, 67, 64]"},
    "tune": {"num_outputs": 20, "num_steps": 24, "primer_melody": MELODY},
    "heard": {
        "num_outputs": 15,
        "num_steps": 28,
        "primer_melody": MELODY,
        "condition_on_primer": True,
        "temperature": 2.0,
    },
    "heard only": {
        "num_outputs": 10,
        "num_steps": 28,
        "primer_midi": "two.mid",
        "condition_on_primer": True,
        "inject_primer_during_generation": False,
    },
    "file": {"num_outputs": 10, "num_steps": 40, "primer_midi": "two.mid", "qpm": 33},
    "nothing told": {
        "num_outputs": 5,
        "num_steps": 20,
        "primer_pitches": "[60]",
        "inject_primer_during_generation": False,
    },
    "beam": {"num_outputs": 4, "num_steps": 16, **BEAM},
    "beam, tune": {"num_outputs": 4, "num_steps": 20, "primer_melody": MELODY, **BEAM},
    "beam, hot": {"num_outputs": 3, "num_steps": 12, "temperature": 2.5, **BEAM},
}
DRUMS = {
    "bass drum": {"num_outputs": 20, "num_steps": 48},
    "beat": {
        "num_outputs": 15,
        "num_steps": 40,
        "primer_drums": "[(36,42),(),(),(),(41,),(),(),(27,38)]",
        "qpm": 97.3,
    },
    "file": {"num_outputs": 10, "num_steps": 48, "primer_midi": "drums.mid"},
    "silence": {"num_outputs": 5, "num_steps": 30, "primer_midi": "silent.mid"},
    "beam": {"num_outputs": 5, "num_steps": 30, **BEAM},
}
CONDITIONS = {
    "notes_per_second": "[1, 30]",
    "pitch_class_histogram": "[2, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]",
}
PERFORMANCE = {
    "nothing": {"num_outputs": 6, "num_steps": 250},
    "chord": {"num_outputs": 3, "num_steps": 200, "primer_pitches": "[60, 64, 67]"},
    "file": {"num_outputs": 2, "num_steps": 350, "primer_midi": "two.mid", "temperature": 1.5},
    "conditions": {"num_outputs": 3, "num_steps": 251, "primer_melody": MELODY, **CONDITIONS},
    "beam": {"num_outputs": 1, "num_steps": 120, **BEAM},
}
BUNDLES = {
    "polyphony": {
        "polyphony": ("polyphony", [24, 16], {}),
        "attention": ("polyphony", [16, 16], {"attn_length": 8}),
        "batch": ("polyphony", [20], {}),
    },
    "drums": {
        "one_drum": ("one_drum", [16], {}),
        "drum_kit": ("drum_kit", [24, 16], {"attn_length": 8}),
    },
    "performance": {name: (name, [16, 16], {}) for name in PERFORMANCE_SPECS},
}
VARIANTS = {"polyphony": POLYPHONY, "drums": DRUMS, "performance": PERFORMANCE}
UNPLAYABLE = {"performance_with_dynamics_compact": "performance_with_dynamics_compact.mag"}
"""Its bundle has the id of another config, as which stock cannot play it; stock plays the run."""

GRAPH_BATCH = {"beam_size": 2, "branch_factor": 2}
"""With these flags stock saves a graph of a batch of four."""


def _primers(folder: Path) -> None:
    two = [(48, 0, 16), (64, 0, 4), (67, 0, 8), (65, 4, 8), (60, 8, 16), (60, 10, 12), (72, 10, 11)]
    (folder / "two.mid").write_bytes(midi_bytes({"Piano": two}))
    beat = [(36, 16, 17), (42, 16, 17), (38, 20, 21), (36, 24, 25), (41, 27, 28), (99, 28, 29)]
    (folder / "drums.mid").write_bytes(midi_bytes({"Kit": beat}))
    (folder / "silent.mid").write_bytes(midi_bytes({"Nothing": []}))


def _jobs(what: str, folder: Path) -> list[Job]:
    """First the jobs that make bundles, then those that play them."""
    making, playing = [], []
    for i, (name, (config, sizes, hparams)) in enumerate(BUNDLES[what].items()):
        attention = hparams.get("attn_length", 0)
        spec = small(SPECS[config], *sizes, attn_length=attention)
        run = make_track_run(folder / name, spec, seed=i)
        settings = f"rnn_layer_sizes={sizes},attn_length={attention}".replace(" ", "")
        bundle = folder / f"{name}.mag"
        common = {"config": config, "run_dir": str(run), "hparams": settings}
        batch = GRAPH_BATCH if name == "batch" else {}
        making.append(
            {**common, **batch, "save_generator_bundle": True, "bundle_file": str(bundle)}
        )
        for variant, given in VARIANTS[what].items():
            told = given.get("primer_melody") or given.get("primer_pitches")
            if name == "attention" and variant not in ("nothing", "beam", "tune"):
                continue
            if name == "batch" and (told or variant not in ("nothing", "beam", "beam, hot")):
                continue  # stock cannot stack rows of different lengths
            flags = dict(given)
            if "primer_midi" in flags:
                flags["primer_midi"] = str(folder / given["primer_midi"])
            flags["output_dir"] = str(folder / "stock" / f"{name}-{variant}")
            where = common if name in UNPLAYABLE else {"bundle_file": str(bundle)}
            playing.append({**flags, **where})
        if i == 0:  # a run is played, too
            flags = {**common, "num_outputs": 3, "num_steps": 20 if what != "performance" else 150}
            playing.append({**flags, **BEAM, "output_dir": str(folder / "stock" / f"run-{name}")})
    return [{"seed": 70 + i, "flags": flags} for i, flags in enumerate([*making, *playing])]


def run_stock(what: str, jobs: list[Job], folder: Path) -> None:
    """Runs jobs and writes into each what stock played."""
    answers = stock_answers("stock_tracks", what, jobs, folder)
    for job, result in zip(jobs, answers, strict=True):
        assert "error" not in result, (job, result)
        job.update(result)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("what", COMMANDS)
def test_files_and_events_are_stocks(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _primers(tmp_path)
    jobs = _jobs(what, tmp_path)
    run_stock(what, jobs, tmp_path)
    made: list[Track] = []
    plain = Track.midi_bytes

    def keeping(track: Track) -> bytes:
        made.append(track)
        return plain(track)

    monkeypatch.setattr(Track, "midi_bytes", keeping)
    compared = 0
    for i, job in enumerate(jobs):
        if "save_generator_bundle" in job["flags"]:
            continue
        made.clear()
        folder = tmp_path / "ours" / str(i)
        flags = job["flags"] | {"output_dir": str(folder), "seed": job["seed"]}
        if flags.get("config") in UNPLAYABLE:
            del flags["run_dir"], flags["hparams"]
            flags["bundle_file"] = str(tmp_path / UNPLAYABLE[flags.pop("config")])
        argv = [f"--{name}={value}" for name, value in flags.items()]
        assert COMMANDS[what].main(["command", *argv]) == 0
        theirs = sorted(Path(job["flags"]["output_dir"]).glob("*.mid"))
        ours = sorted(folder.glob("*.mid"))
        assert len(ours) == len(theirs) == job["flags"]["num_outputs"]
        events = [[CLASS_OF[what](event) for event in track.events] for track in made]
        assert events == job["events"], job["flags"]
        for mine, their in zip(ours, theirs, strict=True):
            assert mine.read_bytes() == their.read_bytes(), job["flags"]
            compared += 1
    assert compared >= 100
    print(f"{compared} files of {len(jobs)} commands are equal")


@pytest.mark.slow
def test_stock_saves_a_bundle_for_us(tmp_path: Path) -> None:
    run = make_track_run(tmp_path / "run", small(SPECS["one_drum"], 8))
    flags = [f"--run_dir={run}", "--config=one_drum", "--hparams=rnn_layer_sizes=[8]"]
    saving = [
        "--save_generator_bundle",
        f"--bundle_file={tmp_path}/a.mag",
        "--generator_id=one_drum",
    ]
    command = [sys.executable, "-m", "ssc_melody", "drums_generate", *flags, *saving]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.endswith(f"Wrote {tmp_path}/a.mag\n")
    saved = load_bundle(tmp_path / "a.mag").generate(2, 20, seed=1)
    played = load_checkpoint(run, "one_drum").generate(2, 20, seed=1, temperature=0)
    assert len(saved[0].events) == 20
    likeliest = load_bundle(tmp_path / "a.mag").generate(2, 20, seed=1, temperature=0)
    assert [track.events for track in likeliest] == [track.events for track in played]
