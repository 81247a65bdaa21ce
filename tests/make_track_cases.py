"""Makes testdata/tracks: small bundles of Magenta's making, and what stock plays with them.

    PYTHONPATH=. python -m tests.make_track_cases      (needs Magenta; a few minutes)

A case is {"bundle", "command", "seed", "flags", "events", "next", "midi"}: after
np.random.seed(seed), stock's command with these flags played `events` (classes; of drums the
pitches), the next random number was `next`, and the files' SHA-256 began with `midi`.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ssc_melody.specs.tracks import DRUMS_SPECS, PERFORMANCE_SPECS, POLYPHONY_SPECS
from tests.conftest import ROOT, TESTDATA
from tests.track_bundles import make_track_run, small

FOLDER = TESTDATA / "tracks"
SPECS = {**POLYPHONY_SPECS, **DRUMS_SPECS, **PERFORMANCE_SPECS}
BEAM = {"beam_size": 2, "branch_factor": 2, "steps_per_iteration": 3}
TUNE = "[60, -2, 62, -2, -1, 64]"
CONDITIONS = {
    "notes_per_second": "[1, 20]",
    "pitch_class_histogram": "[2, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]",
}
BUNDLES = {
    "polyphony": {"polyphony": ([16, 12], 0)},
    "drums": {"one_drum": ([12], 0), "drum_kit": ([12, 8], 6)},
    "performance": {
        "performance": ([12], 0),
        "performance_with_dynamics": ([12, 8], 0),
        "density_conditioned_performance_with_dynamics": ([12], 0),
        "pitch_conditioned_performance_with_dynamics": ([12], 0),
        "multiconditioned_performance_with_dynamics": ([12], 0),
        "optional_multiconditioned_performance_with_dynamics": ([12], 0),
        "performance_with_dynamics_and_modulo_encoding": ([12], 0),
    },
}
RUNS = {
    "polyphony": [
        {"num_outputs": 4, "num_steps": 20},
        {"num_outputs": 3, "num_steps": 16, "temperature": 2.5},
        {"num_outputs": 3, "num_steps": 20, "primer_melody": TUNE},
        {"num_outputs": 3, "num_steps": 20, "primer_melody": TUNE, "condition_on_primer": True},
        {"num_outputs": 2, "num_steps": 16, "primer_pitches": "[60, 64, 67]", **BEAM},
    ],
    "drums": [
        {"num_outputs": 4, "num_steps": 32},
        {"num_outputs": 2, "num_steps": 24, "primer_drums": "[(36,42),(),(41,),(27,38)]"},
        {"num_outputs": 2, "num_steps": 16, **BEAM},
    ],
    "performance": [
        {"num_outputs": 2, "num_steps": 300},
        {"num_outputs": 3, "num_steps": 251, "primer_pitches": "[60, 64, 67]", **CONDITIONS},
        {"num_outputs": 1, "num_steps": 120, "primer_melody": TUNE, "temperature": 1.3, **BEAM},
    ],
}
OPTIONAL = {"disable_conditioning": "[True, False]", "num_outputs": 2, "num_steps": 200}


def _jobs(what: str, folder: Path) -> list[dict]:
    making, playing = [], []
    for i, (name, (sizes, attention)) in enumerate(BUNDLES[what].items()):
        run = make_track_run(folder / name, small(SPECS[name], *sizes, attn_length=attention), i)
        hparams = f"rnn_layer_sizes={sizes},attn_length={attention}".replace(" ", "")
        bundle = str(FOLDER / f"{name}.mag")
        common = {"config": name, "run_dir": str(run), "hparams": hparams, "bundle_file": bundle}
        making.append({**common, "save_generator_bundle": True, "bundle_description": "A test."})
        runs = [*RUNS[what], *([OPTIONAL] if name.startswith("optional") else [])]
        for j, flags in enumerate(runs):
            out = str(folder / "out" / f"{name}-{j}")
            playing.append({**flags, "bundle_file": bundle, "output_dir": out})
    return [{"seed": 30 + i, "flags": flags} for i, flags in enumerate([*making, *playing])]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases = []
    for what in BUNDLES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            jobs = _jobs(what, folder)
            (folder / "jobs.json").write_text(json.dumps(jobs))
            command = [sys.executable, "-m", "tests.magenta_layer.stock_tracks", what]
            done = subprocess.run(
                [*command, str(folder / "jobs.json")],
                cwd=ROOT, env=os.environ | {"PYTHONWARNINGS": "ignore"},
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            for job, played in zip(jobs, json.loads(done.stdout.splitlines()[-1]), strict=True):
                assert "error" not in played, (job, played)
                flags = dict(job["flags"])
                if "output_dir" not in flags:
                    continue
                files = sorted(Path(flags.pop("output_dir")).glob("*.mid"))
                case = {"bundle": Path(flags.pop("bundle_file")).name, "command": what}
                midi = [_digest(path) for path in files]
                cases.append({**case, "seed": job["seed"], "flags": flags, **played, "midi": midi})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (FOLDER / "cases.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(cases)} cases, {sum(len(case['midi']) for case in cases)} tracks")


if __name__ == "__main__":
    main()
