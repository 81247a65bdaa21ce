"""ssc_melody_evaluate as a command: its report, its repeatability, its mistakes."""

import json
import math
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import ssc_melody
from ssc_melody import EvaluateOptions, load_bundle, load_checkpoint
from ssc_melody.cli import evaluate
from ssc_melody.evaluation import melodies
from ssc_melody.evaluation import run as evaluation_run
from ssc_melody.evaluation.habits import HABITS
from ssc_melody.evaluation.metrics import HISTOGRAMS, METRICS
from ssc_melody.play.model import Model
from ssc_melody.specs import SPECS, with_hparams
from tests.conftest import TESTDATA
from tests.datasets import tune
from tests.melody_sets import write_data_set, write_events
from tests.midi_files import midi_bytes
from tests.networks import make_run

BASIC = TESTDATA / "bundles" / "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag"
LOOKBACK = TESTDATA / "bundles" / "m2.1.4_tf2.9.1_lookback_64x2_b16.mag"
MONO = TESTDATA / "bundles" / "m2.0.2_tf2.2.0_mono_32x2_b16.mag"
SMALL = ["--num_melodies=10", "--num_steps=64", "--num_fit_melodies=8"]


def _run(*flags: object) -> int:
    return evaluate.main(["ssc_melody_evaluate", *map(str, flags)])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_set(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """A report on two models that see melodies differently, without discriminators."""
    folder = tmp_path_factory.mktemp("report")
    flags = [*SMALL, f"--input={data}", f"--training_input={data}", f"--output_dir={folder}"]
    assert _run(*flags, "--noturing", "--listening_test", LOOKBACK, MONO) == 0
    return folder


@pytest.fixture(scope="module")
def content(report: Path) -> dict[str, Any]:
    return json.loads((report / "report.json").read_text())


def _bits(model: Model, data: Path) -> tuple[float, int]:
    """Returns the bits a step of the eight melodies that SMALL asks about, and their steps."""
    people = melodies.read(data).melodies
    chosen = [people[i * 12 // 8] for i in range(8)]
    nats = sum(model.log_likelihood(events) for events in chosen)
    steps = sum(len(events) - 1 for events in chosen)
    return -nats / steps / math.log(2), steps


def test_fit_is_the_models_own(content: dict[str, Any], data: Path) -> None:
    rows = {row["name"]: row for row in content["fit"]}
    chains = [f"Markov {order} ({key})" for key in ("in C", "own key") for order in range(4)]
    assert set(rows) == {LOOKBACK.stem, MONO.stem, *chains}
    bits, steps = _bits(load_bundle(MONO), data)
    assert rows[MONO.stem]["steps"] == steps
    value, low, high = rows[MONO.stem]["bits"]
    assert value == pytest.approx(bits, abs=1e-5)
    assert low < value < high
    assert rows[MONO.stem]["perplexity"][0] == pytest.approx(2**value, rel=1e-6)


def test_a_run_is_what_its_checkpoint_is(data: Path, tmp_path: Path) -> None:
    spec = with_hparams(SPECS["basic_rnn"], "rnn_layer_sizes=[6,5]")
    run = make_run(tmp_path / "mozart_run", spec, config_json=True)
    folder = tmp_path / "report"
    flags = [*SMALL, f"--input={data}", f"--training_input={data}", f"--output_dir={folder}"]
    assert _run(*flags, "--noturing", run) == 0
    content = json.loads((folder / "report.json").read_text())
    row = next(row for row in content["fit"] if row["name"] == "mozart_run")
    bits, steps = _bits(load_checkpoint(run), data)
    assert row["steps"] == steps
    assert row["bits"][0] == pytest.approx(bits, abs=1e-5)


def test_ranking_is_in_the_order_of_bits(content: dict[str, Any]) -> None:
    bits = {row["name"]: row["bits"][0] for row in content["fit"]}
    assert len(content["ranking"]) == 2  # each model and the best chain of its key
    for pair in content["ranking"]:
        gap = bits[pair["worse"]] - bits[pair["better"]]
        assert pair["bits"][0] == pytest.approx(gap, abs=1e-6)
        assert gap >= 0
        assert pair["sure"] == (pair["bits"][1] > 0)


def test_the_table_of_temperatures_has_people_and_every_model(content: dict[str, Any]) -> None:
    rows = [(row["name"], row["temperature"]) for row in content["temperatures"]]
    cooled = [(name, t) for name in (LOOKBACK.stem, MONO.stem) for t in (0.8, 0.9, 1.0)]
    assert rows == [("people", None), *cooled[:3], ("people", None), *cooled[3:]]
    for row in content["temperatures"]:
        assert set(row["habits"]) == {habit.name for habit in HABITS}
        assert row["melodies"] == 10
    people = content["temperatures"][0]["habits"]
    assert (people["held"], people["empty"], people["leaps"]) == (0, 0, 0)  # they walk on a scale


def test_music_has_every_number(content: dict[str, Any]) -> None:
    names = [(row["name"], row["decoding"]) for row in content["music"]]
    assert names.count(("people", "")) == 2
    assert {decoding for _, decoding in names} == {"", "sample", "argmax"}
    assert len(names) == 2 * (1 + 2 + 2)
    for row in content["music"]:
        assert set(row["numbers"]) == {m.name for m in METRICS} | {"copied_notes"}
        assert set(row["distances"]) == {m.name for m in (*METRICS, *HISTOGRAMS)}
        assert 0 <= row["mean_overlap"] <= 1
        if row["decoding"] != "argmax":  # which says nothing at all where it was not trained
            for histogram in HISTOGRAMS:
                assert sum(row["histograms"][histogram.name]) == pytest.approx(1)
    people = content["music"][0]
    assert people["numbers"]["in_scale"][0] == 1.0  # they walk on a scale
    overlap = {(r["name"], r["decoding"]): r["mean_overlap"] for r in content["music"]}
    del overlap["people", ""]
    nearest = max(overlap, key=lambda key: overlap[key])
    assert nearest[0].startswith("Markov")  # which has learned from such melodies
    assert nearest[1] == "sample"


def test_two_runs_give_the_same_bytes(report: Path, data: Path, tmp_path: Path) -> None:
    flags = [*SMALL, f"--input={data}", f"--training_input={data}", f"--output_dir={tmp_path}"]
    assert _run(*flags, "--noturing", "--listening_test", LOOKBACK, MONO) == 0
    for name in ("report.json", "report.html", "listening_test.html"):
        assert (tmp_path / name).read_bytes() == (report / name).read_bytes(), name
    assert _run(*flags, "--noturing", "--seed=1", LOOKBACK, MONO) == 0
    assert (tmp_path / "report.json").read_bytes() != (report / "report.json").read_bytes()


def test_the_page_stands_alone_and_says_what_the_json_says(
    report: Path, content: dict[str, Any]
) -> None:
    page = (report / "report.html").read_text()
    assert not re.search(r"https?:|src=|@import|url\(", page)
    for row in content["fit"]:
        assert row["name"] in page
        assert f"{row['bits'][0]:.2f}<small>[{row['bits'][1]:.2f}" in page
    assert page.count('<svg viewBox="-6') == 4 * 8  # four histograms of each that plays
    assert str(report) not in page


def test_terminal_shows_the_tables(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [*SMALL, f"--input={data}", f"--training_input={data}", f"--output_dir={tmp_path}"]
    assert _run(*flags, "--noturing", "--log=ERROR", BASIC, LOOKBACK) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "held-out melodies" in out
    assert f"{LOOKBACK.stem}, argmax" in out
    assert out.count("Markov 2") >= 1
    content = json.loads((tmp_path / "report.json").read_text())
    bits = {row["name"]: row["bits"] for row in content["fit"]}
    value, low, high = bits[BASIC.stem]
    assert re.search(rf"{BASIC.stem} +{value:.2f} \[{low:.2f}, {high:.2f}\]", out)


def test_without_a_training_set_there_are_no_chains(data: Path, tmp_path: Path) -> None:
    flags = [*SMALL, f"--input={data}", f"--output_dir={tmp_path}", "--noturing"]
    assert _run(*flags, BASIC, BASIC) == 0
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["training"] is None
    assert [row["name"] for row in content["fit"]] == [BASIC.stem, f"bundles/{BASIC.stem}"]
    assert content["ranking"][0]["bits"] == [0.0, 0.0, 0.0]
    assert content["ranking"][0]["sure"] is False
    assert content["music"][0]["most_copied_notes"] is None


@pytest.mark.slow
def test_the_turing_test_tells_an_untrained_model(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    flags = [*SMALL, f"--input={data}", f"--output_dir={tmp_path}"]
    assert _run(*flags, BASIC) == 0
    content = json.loads((tmp_path / "report.json").read_text())
    first = content["turing"]
    assert [(row["decoding"], row["discriminator"]) for row in first] == [
        (decoding, name) for decoding in ("sample", "argmax") for name in ("forest", "boosted")
    ]
    for row in first:
        # Of some dozens of melodies boosted trees learn less than the forest.
        assert row["auc"][0] > (0.9 if row["discriminator"] == "forest" else 0.75)
    forest = next(row for row in first if row["discriminator"] == "forest")
    assert forest["accuracy"][0] > 0.9
    assert content["turing_controls"]["accuracy"][0] == pytest.approx(0.5, abs=0.2)


def _bad_bundle(tmp_path: Path) -> Path:
    path = tmp_path / "bad.mag"
    path.write_bytes(b"MThd")
    return path


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--output_dir is missing"),
        (["--output_dir={out}", "{basic}"], "--input: expected melodies that people wrote"),
        (["--output_dir={out}", "--input={data}", "{out}/missing.mag"], "no such file or folder"),
        (["--output_dir={out}", "--input={out}/none", "{basic}"], "nothing found at"),
        (["--output_dir={out}", "--input={data}", "{bad}"], "a MIDI file"),
        (["--output_dir={out}", "--input={data}", "--temperature=0", "{basic}"], "above 0, got 0"),
        (["--output_dir={out}", "--input={data}", "--num_steps=4000", "{basic}"], "smaller --num_"),
        (["--output_dir={out}", "--input={one}", "{basic}"], "128 steps or more"),
        (["--output_dir={out}", "--num_steps=8", "{basic}"], "num_steps"),
        (["--listening_answers"], "expected files of answers"),
        (["--listening_answers", "{bad}"], "expected the answers"),
    ],
)
def test_a_mistake_is_one_line(
    flags: list[str],
    message: str,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation_run, "shipped_files", lambda pattern: [])
    one = write_events(tmp_path / "one.events", [[60, 62]])
    names = {"out": tmp_path, "data": data, "basic": BASIC, "bad": _bad_bundle(tmp_path)}
    given = [flag.format(**names, one=one) for flag in flags]
    assert _run("--noturing", "--log=ERROR", *given) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert re.search(message, err), err
    assert not (tmp_path / "report.html").exists()


def test_it_says_when_pieces_are_not_known(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_events(tmp_path / "loose.events", melodies.read(data).melodies)
    flags = [*SMALL, f"--input={path}", f"--output_dir={tmp_path}", "--noturing", "--log=WARN"]
    assert _run(*flags, BASIC) == 0
    assert "does not say which melodies are of one piece" in capsys.readouterr().err
    assert json.loads((tmp_path / "report.json").read_text())["people"]["pieces"] is None


def test_from_python(data: Path, tmp_path: Path) -> None:
    """Loaded models, paths and what the command writes are the same."""
    small = EvaluateOptions(num_melodies=10, num_steps=64, num_fit_melodies=8, turing=False)
    said: list[str] = []
    found = ssc_melody.evaluate(
        [load_bundle(LOOKBACK), MONO], data, data, options=small, progress=said.append
    )
    names = found.write(tmp_path, num_pairs=24)
    assert names == ["report.html", "report.json", "listening_test.html"]
    assert _run(*SMALL, "--noturing", "--listening_test", f"--input={data}",
                f"--training_input={data}", f"--output_dir={tmp_path / 'command'}",
                LOOKBACK, MONO) == 0  # fmt: skip
    for name in names:
        assert (tmp_path / name).read_bytes() == (tmp_path / "command" / name).read_bytes(), name
    assert f"{LOOKBACK.stem}: plays " in "\n".join(said)
    assert "held-out melodies" in str(found)


def test_a_bundle_that_ships_is_known_by_its_name(data: Path) -> None:
    small = EvaluateOptions(num_melodies=4, num_steps=16, num_fit_melodies=2, turing=False)
    found = ssc_melody.evaluate("ssc_basic_rnn", data, options=small)
    assert [model["name"] for model in found.content["models"]] == ["ssc_basic_rnn"]


def test_names_in_latin_1(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"musique \xe9")
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"this file system takes UTF-8 names only: {error}")
    bundle = folder / os.fsdecode(b"mod\xe8le.mag")
    bundle.write_bytes(BASIC.read_bytes())
    for i in range(3):
        name = os.fsdecode(b"caf\xe9%d.mid" % i)
        (folder / name).write_bytes(midi_bytes({"": tune(extra=4 * i)}))
    flags = [*SMALL, f"--input={folder}", f"--output_dir={folder / 'out'}", "--noturing"]
    assert _run(*flags, bundle) == 0
    content = json.loads((folder / "out" / "report.json").read_bytes())
    assert [row["name"] for row in content["fit"]] == ["mod\\udce8le"]
    assert "mod\\udce8le" in (folder / "out" / "report.html").read_text(encoding="utf-8")


def test_names_that_are_no_text_are_shown_escaped(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / os.fsdecode(b"na\xefve")
    try:
        shutil.copytree(data, odd)
    except OSError:
        pytest.skip("this file system takes no such name")
    shutil.copy(MONO, odd / os.fsdecode(b"m\xefdel.mag"))
    flags = [*SMALL, f"--input={odd}", f"--training_input={odd}", f"--output_dir={odd}"]
    assert _run(*flags, "--noturing", "--listening_test", odd / os.fsdecode(b"m\xefdel.mag")) == 0
    content = json.loads((odd / "report.json").read_text())
    assert [row["name"] for row in content["models"]] == ["m\\udcefdel"]
    assert "m\\udcefdel" in (odd / "report.html").read_text()
    assert "m\\udcefdel" in capsys.readouterr().out


def test_what_ships_on_chords_is_not_compared_unless_it_is_named() -> None:
    """The corpus has no chords; a bare command compares the four bundles of melodies."""
    found = [path.stem for path in evaluation_run._models([])]
    assert found == ["ssc_attention_rnn", "ssc_basic_rnn", "ssc_lookback_rnn", "ssc_mono_rnn"]
