"""Models on chords in Python: lengths, primers, constraints, and what is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import ssc_melody
from ssc_melody.chords import CHORD_ENCODINGS
from ssc_melody.errors import ChordError, MelodyError, OptionError, PrimerError, SpecError
from ssc_melody.families import family_of, get_spec
from ssc_melody.families.improv import IMPROV, held
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.run_config import read
from ssc_melody.specs import IMPROV_SPECS, with_range
from tests.conftest import TESTDATA
from tests.midi_files import midi_bytes
from tests.networks import make_run

FOLDER = TESTDATA / "improv"


@pytest.fixture(scope="module")
def pitches() -> Model:
    return ssc_melody.load(FOLDER / "chord_pitches_improv.mag")


@pytest.fixture(scope="module")
def triads() -> Model:
    return ssc_melody.load(FOLDER / "basic_improv.mag")


def test_the_sizes_of_all_configs() -> None:
    sizes = {}
    for name, spec in IMPROV_SPECS.items():
        encoding = spec.make_encoding()
        sizes[name] = (encoding.control_size, encoding.input_size, encoding.num_classes)
        assert family_of(spec) is IMPROV
    assert sizes == {
        "basic_improv": (49, 87, 38),
        "attention_improv": (49, 123, 40),
        "chord_pitches_improv": (37, 75, 38),
        "ssc_chord_rnn": (37, 158, 40),
    }


def test_configs_of_ones_own() -> None:
    spec = get_spec("ssc_chord_rnn")
    plain = dataclasses.replace(spec, encoding="onehot", chord_encoding="triads")
    assert plain.make_encoding().input_size == 87
    assert with_range(spec, 36, 96).make_encoding().num_classes == 64
    with pytest.raises(SpecError, match="no chord encoding 'roots'; there are: triads, pitches"):
        dataclasses.replace(spec, chord_encoding="roots").make_encoding()


def test_a_melody_is_as_long_as_its_chords(pitches: Model) -> None:
    melodies = pitches.generate(2, chords="C G7/B Am9 Fsus4", steps_per_chord=8, seed=1)
    assert [len(melody) for melody in melodies] == [32, 32]
    assert melodies[0].chords[7:9] == ("C", "G7/B")
    longer = pitches.generate(2, 40, chords="C G7/B Am9 Fsus4", steps_per_chord=8, seed=1)
    assert [len(melody) for melody in longer] == [40, 40]
    assert longer[0].chords[31:] == ("Fsus4",) * 9
    (shorter,) = pitches.generate(1, 20, chords="C G7/B Am9 Fsus4", steps_per_chord=8, seed=1)
    assert shorter.events == melodies[0].events[:20]
    assert len(shorter.chords) == 20


def test_the_last_chord_is_held_where_chords_run_out(pitches: Model) -> None:
    short = pitches.generate(2, 32, chords="C Gm", steps_per_chord=4, seed=2)
    full = pitches.generate(2, 32, chords="C Gm Gm Gm Gm Gm Gm Gm", steps_per_chord=4, seed=2)
    assert [m.events for m in short] == [m.events for m in full]
    assert held(("C", "G"), 4) == ("C", "G", "G", "G")
    assert (held(("C", "G"), 1), held((), 3)) == (("C",), ())


def test_chords_change_what_is_played(pitches: Model) -> None:
    made = [
        pitches.generate(4, 64, chords=chords, seed=3)[0].events
        for chords in ("C", "N.C.", "F#m7b5/A")
    ]
    assert len({tuple(events) for events in made}) == 3


def test_the_control_of_a_step_is_the_chord_of_the_next() -> None:
    spec = get_spec("ssc_chord_rnn")
    primed = IMPROV.prime(spec, [60, -2, 64])._replace(given=("C", "G", "G", "F"))
    controls = IMPROV.controls(spec, primed)
    assert controls.shape == (1, 4, 37)
    inputs = spec.make_encoding().encode(primed.events, controls[0])
    seen = CHORD_ENCODINGS["pitches"].encode(["G", "G", "F"])
    np.testing.assert_array_equal(inputs[:, :37], seen)


def test_chords_move_with_a_melody_that_is_moved() -> None:
    spec = dataclasses.replace(get_spec("ssc_chord_rnn"), transpose_to_key=0)
    primed = IMPROV.prime(spec, [62, -2, 66, 69])._replace(given=("D", "A7"))
    assert primed.undo == -2
    seen = IMPROV.controls(spec, primed)[0]
    np.testing.assert_array_equal(seen, CHORD_ENCODINGS["pitches"].encode(["C", "G7"]))


def test_a_primer_that_fills_the_chords_is_refused(pitches: Model, tmp_path: Path) -> None:
    with pytest.raises(PrimerError, match="Primer is 16 steps; num_steps counts it and must be at"):
        pitches.generate(1, primer=[60] * 16, chords="C")
    (tmp_path / "long.mid").write_bytes(midi_bytes({"Tune": [(60, 0, 20)]}))
    with pytest.raises(PrimerError) as error:
        pitches.generate(1, primer=tmp_path / "long.mid", chords="C")
    assert str(error.value) == (
        "Primer is 20 steps; `num_steps` counts it and must be at least 22; the chords are 16 "
        "steps long: give more, or a larger `steps_per_chord`"
    )


def test_chords_count_from_the_beginning_of_the_primers_piece(
    pitches: Model, tmp_path: Path
) -> None:
    """Where stock stops with an assertion: the primer begins in the second bar."""
    (tmp_path / "late.mid").write_bytes(midi_bytes({"Tune": [(60, 16, 18), (64, 18, 20)]}))
    (melody,) = pitches.generate(1, primer=tmp_path / "late.mid", chords="C G F", seed=1)
    assert (melody.start_step, len(melody)) == (16, 32)
    assert melody.chords == ("G",) * 16 + ("F",) * 16
    data = melody.midi_bytes(render_chords=True)
    chords = [n for n in ssc_melody.read_midi(data).notes if n.instrument == 1]
    assert sorted({n.pitch for n in chords if n.start_tick == 16 * 55}) == [43, 50, 55, 59]


@pytest.mark.parametrize("qpm", [97.3, 60.1, 133.33, 119.9])
def test_all_tempos_leave_a_melody_as_long_as_its_chords(
    pitches: Model, tmp_path: Path, qpm: float
) -> None:
    """Where stock stops with an assertion: at some tempos its roundings lose a step."""
    from ssc_melody.melody.melody import Melody

    Melody([60, -2, 64, -2]).to_midi(tmp_path / "tune.mid", qpm)
    for steps in (1, 3, 7):
        (melody,) = pitches.generate(
            1, primer=tmp_path / "tune.mid", chords="C " * 9, steps_per_chord=steps, seed=0
        )
        assert len(melody) == 9 * steps


def test_constraints_hold_on_chords(pitches: Model) -> None:
    wanted = ssc_melody.Constraints(key="C", lowest_note=60, highest_note=76, end="cadence")
    chords = "| C | Am7 F | G | C |"
    made = pitches.generate(3, primer=[60], chords=chords, constraints=wanted, seed=4)
    for melody in made:
        assert {p % 12 for p in melody.events if p >= 0} <= {0, 2, 4, 5, 7, 9, 11}
        assert len(melody) == len(melody.chords) == 64
    other = pitches.generate(3, primer=[60], chords="Bb " * 4, constraints=wanted, seed=4)
    assert [m.events for m in made] != [m.events for m in other]


def test_what_a_model_of_triads_cannot_see(triads: Model) -> None:
    with pytest.raises(ChordError) as error:
        triads.generate(1, chords="| C | F Gsus4 |")
    assert str(error.value) == (
        "chords: bar 2: 'Gsus4' has no major, minor, augmented or diminished triad, and a model of "
        "triads knows no other chord"
    )


def test_models_and_chords_that_do_not_go_together(basic_mag: Path, triads: Model) -> None:
    melodies = ssc_melody.load(basic_mag)
    with pytest.raises(OptionError) as error:
        melodies.generate(1, chords="C")
    assert str(error.value) == (
        "chords: basic_rnn makes melodies without chords; models of the configs basic_improv, "
        "attention_improv, chord_pitches_improv, ssc_chord_rnn take them"
    )
    with pytest.raises(OptionError, match="chords: basic_improv makes melodies on chords: give so"):
        triads.generate(1, 32)
    with pytest.raises(OptionError, match="chords: basic_improv makes melodies on chords"):
        triads.log_likelihood([60, -2])
    with pytest.raises(OptionError, match="chords: basic_rnn makes melodies without chords"):
        melodies.log_likelihood([60, -2], "C")


def test_likelihoods_depend_on_the_chords(triads: Model) -> None:
    events = [60, -2, 64, 67, -1]
    found = [triads.log_likelihood(events, chords, 1) for chords in ("C G C C C", "C", "F#m")]
    assert found[0] != found[1] != found[2]
    with pytest.raises(MelodyError, match="empty melody"):
        triads.log_likelihood([], "C")


def test_runs_of_models_on_chords_load(tmp_path: Path) -> None:
    spec = dataclasses.replace(
        get_spec("ssc_chord_rnn"), rnn_layer_sizes=(8, 8), chord_encoding="triads"
    )
    run = make_run(tmp_path / "run", spec, config_json=True)
    found = read(run)
    assert found is not None
    assert found.spec == spec
    model = ssc_melody.load(run)
    assert len(model.generate(1, chords="C G", seed=1)[0]) == 32
    assert ssc_melody.inspect_file(run)["chord_encoding"] == "triads"


def test_a_bundle_says_what_it_is() -> None:
    report = ssc_melody.inspect_file(FOLDER / "attention_improv.mag")
    assert report["playable"] is True
    assert report["config"] == "attention_improv"
    assert (report["input_size"], report["chord_encoding"]) == (123, "triads")


def test_a_bundle_of_an_unknown_id_is_told_by_its_sizes(tmp_path: Path) -> None:
    from ssc_melody.formats.bundle import write_bundle

    bundle = read_bundle(FOLDER / "chord_pitches_improv.mag")
    write_bundle(tmp_path / "my.mag", dataclasses.replace(bundle, generator_id="mine"))
    with pytest.raises(ssc_melody.BundleError, match="75 inputs fit `config=chord_pitches_improv`"):
        ssc_melody.load(tmp_path / "my.mag")
    assert ssc_melody.load(tmp_path / "my.mag", "chord_pitches_improv").spec.name


def test_melodies_on_chords_are_not_compared_with_a_corpus_without(tmp_path: Path) -> None:
    with pytest.raises(ssc_melody.BundleError) as error:
        ssc_melody.evaluate([FOLDER / "basic_improv.mag"], tmp_path / "report")
    assert str(error.value).endswith(
        "basic_improv.mag: basic_improv makes melodies on chords, and the corpus has none"
    )
