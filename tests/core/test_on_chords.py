"""Whether a model follows its chords: measures by hand, and training data of lead sheets."""

import logging
from pathlib import Path

import numpy as np
import pytest

from make_bundles import chord_card, chords
from ssc_melody.dataset import events_file
from ssc_melody.dataset.events_file import LeadSheet
from ssc_melody.errors import DataError
from ssc_melody.evaluation import on_chords
from ssc_melody.evaluation.on_chords import GIVEN, Song
from ssc_melody.families import get_spec
from ssc_melody.formats.checkpoint import serialize_v1
from ssc_melody.formats.tfrecord import frame
from ssc_melody.play.loading import load_checkpoint
from ssc_melody.play.model import Model
from ssc_melody.specs import IMPROV_SPECS, ImprovSpec, with_hparams
from ssc_melody.training import data
from tests.networks import make_run, random_checkpoint

SPEC = with_hparams(IMPROV_SPECS["chord_pitches_improv"], "rnn_layer_sizes=[6]")
SONGS = [
    Song([60, -2, 64, -1, 67, -2], ["C"] * 3 + ["Am"] * 3),
    Song([62, -2, -2, -2], ["Dm"] * 4),
    Song([65, -2, 69, -2, -2], ["F", "F", "N.C.", "N.C.", "N.C."]),
]
PIECES = ["a", "b", "c"]


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return load_checkpoint(make_run(tmp_path / "run", SPEC) / "train", SPEC)


def test_a_lead_sheet_has_a_chord_per_step() -> None:
    sheet = LeadSheet([60, -2, 62, -2], [(0, "C"), (3, "G7")])
    assert on_chords.song_of(sheet) == Song([60, -2, 62, -2], ["C", "C", "C", "G7"])


def test_what_songs_are_predicted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_chords, "LATE", 2)
    own, late, others, none = (on_chords.given(SONGS, what) for what in GIVEN)
    assert own == [song.chords for song in SONGS]
    assert late[0] == ["Am", "Am", "C", "C", "C", "Am"]
    assert none[1] == ["N.C."] * 4
    assert [len(chords) for chords in others] == [6, 4, 5]
    for song, chords_of in zip(SONGS, others, strict=True):
        assert any(chords_of[: len(s.chords)] == s.chords[: len(chords_of)] for s in SONGS)
        assert chords_of != song.chords


def test_a_network_that_knows_nothing_needs_all_bits(tmp_path: Path) -> None:
    spec = SPEC
    make_run(tmp_path / "run", spec)
    tensors = random_checkpoint(spec, scale=0.0)
    (tmp_path / "run" / "train" / "model.ckpt-120").write_bytes(serialize_v1(tensors))
    found = on_chords.bits(
        load_checkpoint(tmp_path / "run" / "train", spec), SONGS, on_chords.given(SONGS, GIVEN[0])
    )
    np.testing.assert_allclose(found, np.log2(38) * np.array([5, 3, 4]))
    estimate = on_chords.bits_per_step(found, SONGS, PIECES)
    assert estimate.value == pytest.approx(np.log2(38))


def test_bits_are_those_of_the_likelihood_and_know_the_chords(model: Model) -> None:
    own = on_chords.bits(model, SONGS, on_chords.given(SONGS, GIVEN[0]))
    for song, bits in zip(SONGS, own, strict=True):
        expected = model.log_likelihood(song.events, chords=song.chords, steps_per_chord=1)
        assert bits == pytest.approx(-expected / np.log(2), rel=1e-4)
    none = on_chords.bits(model, SONGS, on_chords.given(SONGS, GIVEN[3]))
    assert (np.abs(own - none) > 1e-3).all()


def test_chord_tones_are_counted_on_beats() -> None:
    events = [60, -2, 61, -2, 62, -2, -2, -2, 67, -2, -2, -2, 69]
    symbols = ["C"] * 8 + ["Am7/G"] * 4 + ["N.C."]
    assert on_chords.chord_tones(events, symbols) == (2, 3)  # 60 and 67 of 60, 62, 67
    found = on_chords.share_of_chord_tones([events], [symbols], ["a"])
    assert found.value == pytest.approx(2 / 3)


def test_melodies_are_made_on_the_songs_chords(model: Model) -> None:
    made = on_chords.made_on(model, SONGS, steps=5, seed=1)
    assert [melody[0] for melody in made] == [60, 62, 65]
    assert [len(melody) for melody in made] == [5, 4, 5]


def lead_sheets(path: Path, *sheets: tuple[list[int], list[str]]) -> Path:
    records = [events_file.header(4, with_chords=True)]
    records += [events_file.record(*sheet) for sheet in sheets]
    path.write_bytes(b"".join(map(frame, records)))
    return path


def test_training_takes_what_the_config_can_see(tmp_path: Path, caplog) -> None:
    path = lead_sheets(
        tmp_path / "training_lead_sheets.events",
        ([60, -2, 62], ["C", "C", "Am"]), ([60, -2], ["C", "Dsus"]),
    )  # fmt: skip
    triads, pitches = get_spec("basic_improv"), get_spec("ssc_chord_rnn")
    with caplog.at_level(logging.WARNING, "ssc_melody"):
        assert data.load([path], pitches).lengths == [2, 1]
        assert not caplog.messages
        found = data.load([path], triads)
    assert caplog.messages == [f"{path}: melodies on chords that basic_improv cannot see: 1"]
    inputs, labels = found.encoded(0)
    assert inputs.dtype == np.int8
    assert [np.flatnonzero(row).tolist() for row in inputs] == [[1, 49 + 14], [13 + 9, 49]]
    assert labels.tolist() == [0, 16]


@pytest.mark.parametrize(
    ("name", "with_chords", "message"),
    [
        ("ssc_basic_rnn", True, "'ssc_melody lead sheets', 1); make one with ssc_melody_create"),
        ("ssc_chord_rnn", False, "'ssc_melody events', 1); make one with ssc_improv_create"),
    ],
)
def test_data_of_the_other_kind(tmp_path: Path, name: str, with_chords: bool, message: str) -> None:
    path = tmp_path / "a.events"
    path.write_bytes(frame(events_file.header(4, with_chords=with_chords)))
    with pytest.raises(DataError) as caught:
        data.load([path], get_spec(name))
    assert message in str(caught.value)


def test_a_folder_is_not_a_data_set(tmp_path: Path) -> None:
    lead_sheets(tmp_path / "training_lead_sheets.events")
    with pytest.raises(DataError, match="did you mean training_lead_sheets"):
        data.find_files(tmp_path, "data")


def test_the_section_of_the_card_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tmp_path / "README.md"
    card.write_text("# Bundles\n\n## Sources and licences\n\nMany.\n")
    assert chord_card.kept(card) == ""
    for text in ("Once.\n", "Twice.\n"):
        monkeypatch.setattr(chord_card, "section", lambda folder, text=text: text)
        chord_card.write(card, tmp_path)
    marked = f"{chord_card.START}\nTwice.\n{chord_card.END}"
    assert card.read_text() == f"# Bundles\n\n{marked}\n\n## Sources and licences\n\nMany.\n"
    assert chord_card.kept(card) == marked


def test_the_commands_of_the_card_are_those_that_are_run() -> None:
    text = chord_card.commands()
    assert text.startswith("    ssc_improv_create_dataset \\\n      --config=ssc_chord_rnn")
    for flags in (chords.dataset_flags("FOLDER", "build/bundles/chords/corpus"),):
        assert all(flag in text for flag in flags)
    assert '--bundle_description="Songs with their chords' in text
    assert max(map(len, text.splitlines())) < 100
    assert {source.archive for source in chords.SOURCES} == set(chords.ARCHIVES)
    assert isinstance(IMPROV_SPECS[chords.CONFIG], ImprovSpec)
