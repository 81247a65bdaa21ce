"""A hierarchy of models: its levels' events and inputs, playing, its file, and its measures."""

import dataclasses
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ssc_melody.cli import hrnn_generate
from ssc_melody.dataset import examples
from ssc_melody.encodings.profiles import find_profiles
from ssc_melody.errors import BundleError, OptionError, SpecError
from ssc_melody.evaluation import hierarchy as measures
from ssc_melody.families import family_of
from ssc_melody.families.hrnn import HRNN
from ssc_melody.files import write_bytes
from ssc_melody.midi.read import parse_midi
from ssc_melody.play.hierarchy import Hierarchy
from ssc_melody.play.hierarchy_file import load_hierarchy, save_hierarchy
from ssc_melody.play.run_config import RunConfig, parse, serialize
from ssc_melody.specs import with_hparams
from ssc_melody.specs.hrnn import HrnnSpec, hrnn_spec, levels_of
from tests.midi_files import midi_bytes
from tests.networks import make_run

EVEN = [60, -2, -2, -2] * 4
DENSE = [62, -2, 64, -2] * 4
LATE = [-2, -2, 65, -2] * 4
PROFILES = find_profiles([EVEN * 3, DENSE * 2, LATE], bars=3, beats=3)
MELODY = EVEN + DENSE + LATE + EVEN


def spec(level: str, layers: int = 3) -> HrnnSpec:
    made = with_hparams(hrnn_spec(level, layers, PROFILES), "rnn_layer_sizes=[8,6]")
    assert isinstance(made, HrnnSpec)
    return made


def runs(folder: Path, layers: int = 3) -> Path:
    for level in levels_of(layers):
        make_run(folder / level, spec(level, layers), config_json=True)
    return folder


@pytest.fixture
def hierarchy(tmp_path: Path) -> Hierarchy:
    return load_hierarchy(runs(tmp_path / "run"))


def test_levels_and_sizes() -> None:
    assert levels_of(2) == ("beats", "notes")
    sizes = {level: spec(level).make_encoding() for level in levels_of(3)}
    # lookback: what it is, what followed at both distances, five bits of place, two repetitions
    assert [sizes[level].input_size for level in sizes] == [3 * 3 + 7, 3 + 16, 6 + 121]
    assert [sizes[level].num_classes for level in sizes] == [5, 5, 40]
    assert [encoding.control_size for encoding in sizes.values()] == [0, 3, 6]
    assert spec("notes", 1).make_encoding().control_size == 0
    assert spec("notes", 2).control_sizes == (3,)
    assert family_of(spec("bars")) is HRNN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": "songs"}, "level: expected"),
        ({"layers": 4}, "layers: expected 1 to 3"),
        ({"level": "bars", "layers": 2}, "a hierarchy of 2 has no bars"),
    ],
)
def test_levels_that_are_none(change: dict, message: str) -> None:
    with pytest.raises((SpecError, OptionError), match=message):
        dataclasses.replace(spec("notes"), **change)
    with pytest.raises(SpecError, match="profiles: expected"):
        HrnnSpec().make_encoding()


def test_a_run_remembers_its_profiles() -> None:
    run = RunConfig("ssc_hrnn_beats", spec("beats"), seed=1)
    assert parse(serialize(run)).spec == spec("beats")


def test_what_each_level_hears_of_a_melody() -> None:
    bars, beats, notes = (HRNN.prime(spec(level), MELODY) for level in levels_of(3))
    assert bars.events == [0, 1, 2, 0]
    assert bars.given is None
    assert beats.events == [0] * 4 + [1] * 4 + [2] * 4 + [0] * 4
    assert [row.tolist() for row in beats.given] == [[0] * 4 + [1] * 4 + [2] * 4 + [0] * 4]
    assert notes.events == MELODY  # it is in C
    of_bars, of_beats = notes.given
    assert of_bars.tolist() == [0] * 16 + [1] * 16 + [2] * 16 + [0] * 16
    assert of_beats.tolist() == of_bars.tolist()
    part = HRNN.prime(spec("notes"), MELODY[:18])
    assert [len(row) for row in part.given] == [18, 18]


def test_an_event_is_fed_with_the_profiles_of_the_next() -> None:
    inputs, labels = examples.encode(MELODY, spec("notes"))
    assert inputs.shape == (63, 6 + 121)
    assert np.flatnonzero(inputs[14, :6]).tolist() == [0, 3]  # step 15 is in the first bar
    assert np.flatnonzero(inputs[15, :6]).tolist() == [1, 4]
    assert len(labels) == 63
    bars, classes = examples.encode(MELODY, spec("bars"))
    assert bars.shape == (3, 16)
    assert classes.tolist() == [1, 2, 4]  # the last repeats neither; before its second lookback
    assert examples.encode(MELODY, spec("beats"))[0].shape == (15, 19)


def test_melodies_are_made_and_a_seed_repeats_them(hierarchy: Hierarchy) -> None:
    made = hierarchy.generate(3, 40, seed=5)
    assert [len(melody) for melody in made] == [40] * 3
    assert [m.events for m in made] == [m.events for m in hierarchy.generate(3, 40, seed=5)]
    assert made[0].events != hierarchy.generate(3, 40, seed=6)[0].events
    assert all(melody.events[0] in (60, -2) for melody in made)
    (low,) = hierarchy.generate(1, 16, first_note=36, seed=5)
    assert low.events[0] == 36  # an octave below what the network knows, and heard as 48
    assert min(event for event in low.events if event >= 0) >= 48 - 12


def test_a_plan_may_be_that_of_a_melody(hierarchy: Hierarchy) -> None:
    random = np.random.RandomState(1)
    plans = hierarchy.plans(2, 80, 1.0, MELODY, random)
    assert plans["bars"].tolist() == [[0, 1, 2, 0, 0]] * 2  # it begins again
    assert plans["beats"].shape == (2, 20)
    drawn = hierarchy.plans(5, 80, 1.0, None, random)
    assert set(drawn["bars"][:, 0]) <= {0, 1}  # the third begins with a rest
    assert (drawn["beats"][:, 0] == drawn["bars"][:, 0]).all()


def test_a_hierarchy_of_one_level_draws_notes_alone(tmp_path: Path) -> None:
    alone = load_hierarchy(runs(tmp_path, layers=1))
    assert alone.layers == 1
    assert len(alone.generate(1, 20, seed=1)[0]) == 20
    with pytest.raises(OptionError, match="profile_of: this hierarchy has notes alone"):
        alone.generate(1, 20, profile_of=MELODY)


@pytest.mark.parametrize(
    "arguments",
    [{"num_outputs": 0}, {"num_steps": 1}, {"temperature": 0}, {"first_note": 128},
     {"profile_of": [-2, -1]}],
)  # fmt: skip
def test_arguments_are_checked(hierarchy: Hierarchy, arguments: dict) -> None:
    with pytest.raises(OptionError, match=f"^{next(iter(arguments))}: expected"):
        hierarchy.generate(**{"num_outputs": 1, "num_steps": 16, **arguments})


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_file_plays_as_the_runs_do(tmp_path: Path, layers: int) -> None:
    folder = runs(tmp_path / "run", layers)
    save_hierarchy(folder, tmp_path / "a.hrnn")
    saved = load_hierarchy(tmp_path / "a.hrnn")
    assert tuple(saved.models) == levels_of(layers)
    one, two = (h.generate(2, 48, seed=3) for h in (saved, load_hierarchy(folder)))
    assert [melody.events for melody in one] == [melody.events for melody in two]


def rewritten(path: Path, **changes: bytes | None) -> None:
    """Writes a file anew, with other members; None leaves one out."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= {name.replace("_", "."): data for name, data in changes.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            if data is not None:
                archive.writestr(name, data)
    write_bytes(path, buffer.getvalue())


MANIFEST = {"format": "ssc_melody hrnn", "version": 1, "levels": ["bars", "beats", "notes"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hrnn_json": None}, "expected hrnn.json in it"),
        ({"hrnn_json": b"[]"}, "expected"),
        ({"hrnn_json": json.dumps(MANIFEST | {"version": 2}).encode()}, "of version 1, found"),
        ({"hrnn_json": json.dumps(MANIFEST | {"levels": ["bars"]}).encode()}, "levels: expected"),
        ({"beats_ckpt": None}, "expected beats.ckpt in it"),
        ({"beats_ckpt": b"x" * 100}, "beats.ckpt: "),
        ({"notes_json": b"{}"}, "notes.json: expected what ssc_melody_train writes"),
        (
            {"bars_json": serialize(RunConfig("x", spec("beats"), seed=1))},
            "expected the bars of a hierarchy, found level beats",
        ),
        (
            {"bars_json": serialize(RunConfig(
                "x", dataclasses.replace(spec("bars"), profiles=find_profiles(
                    [LATE * 2, DENSE, EVEN], 3, 3).text()), seed=1))},
            "its levels are of different hierarchies",
        ),
    ],
)  # fmt: skip
def test_damaged_files_are_one_line(tmp_path: Path, changes: dict, message: str) -> None:
    save_hierarchy(runs(tmp_path / "run"), tmp_path / "a.hrnn")
    rewritten(tmp_path / "a.hrnn", **changes)
    with pytest.raises(BundleError) as caught:
        load_hierarchy(tmp_path / "a.hrnn")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_level_alone_is_refused(tmp_path: Path) -> None:
    model = load_hierarchy(runs(tmp_path)).models["notes"]
    for call in (lambda: model.generate(1, 20), lambda: model.log_likelihood([60, -2])):
        with pytest.raises(OptionError, match="ssc_hrnn_notes is one level of a hierarchy"):
            call()


def test_what_is_no_hierarchy(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.hrnn", b"MThd")
    with pytest.raises(BundleError, match=r"expected a hierarchy \(.hrnn\): is not a readable zip"):
        load_hierarchy(tmp_path / "a.hrnn")
    make_run(tmp_path / "run" / "bars", spec("bars"), config_json=True)
    with pytest.raises(BundleError, match=r"expected the runs of a hierarchy .*found bars"):
        load_hierarchy(tmp_path / "run")


def command(tmp_path: Path, *flags: str) -> int:
    return hrnn_generate.main(["ssc_hrnn_generate", f"--output_dir={tmp_path / 'out'}", *flags])


def test_the_command_writes_midi_files(tmp_path: Path, capsys) -> None:
    save_hierarchy(runs(tmp_path / "run"), tmp_path / "a.hrnn")
    (tmp_path / "tune.mid").write_bytes(midi_bytes({"": [(60, i, i + 4) for i in range(0, 64, 4)]}))
    flags = [
        f"--bundle_file={tmp_path / 'a.hrnn'}",
        "--num_outputs=2",
        "--num_steps=32",
        "--seed=1",
    ]
    assert command(tmp_path, *flags) == 0
    assert command(tmp_path, *flags, f"--profile_of={tmp_path / 'tune.mid'}", "--velocity=50") == 0
    assert capsys.readouterr().out.startswith(f"Wrote 2 MIDI files to {tmp_path / 'out'}\n")
    written = sorted((tmp_path / "out").glob("*.mid"))
    assert len(written) == 4
    piece = parse_midi(written[-1].read_bytes(), "x")
    assert {note.velocity for note in piece.notes} <= {50}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "expected one of --bundle_file=mine.hrnn and --run_dir"),
        (["--bundle_file=none.hrnn"], "none.hrnn"),
        (["--run_dir=x", "--num_steps=1"], "--num_steps"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, capsys, flags: list[str], message: str) -> None:
    assert command(tmp_path, *flags) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_plans_that_are_followed() -> None:
    plans = np.array([[0, 1, 2, 0], [0, 0, 0, 0]])
    found = measures.adherence(PROFILES, "bars", plans, [MELODY, EVEN * 2 + LATE * 2])
    assert found.followed == 6 / 8
    assert found.marginal == pytest.approx((6 / 8) ** 2 + 2 * (1 / 8) ** 2)


def test_bars_that_come_again() -> None:
    found = measures.rhythm_repetition([EVEN + DENSE + EVEN + DENSE + EVEN[:8], LATE * 2])
    assert found[1] == 1 / 4
    assert found[2] == 2 / 2
    assert np.isnan(found[8])


def test_code_lengths_add_up(hierarchy: Hierarchy) -> None:
    melodies = [MELODY, EVEN + DENSE[:6]]
    found = measures.code_lengths(hierarchy, melodies)
    assert list(found) == ["bars", "beats", "notes", "together"]
    assert found["together"] == pytest.approx(found["bars"] + found["beats"] + found["notes"])
    alone = measures.level_bits(hierarchy.models["notes"], melodies[1:])
    assert measures.level_bits(hierarchy.models["notes"], melodies)[1] == pytest.approx(alone[0])
    shares = measures.shares_of(PROFILES, melodies)
    assert shares["bars"].sum() == pytest.approx(1)
