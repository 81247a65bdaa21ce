"""Models on chords against stock's improv_rnn: symbols, melodies, likelihoods, MIDI bytes."""

import itertools
import os
import random
import zipfile
from pathlib import Path

import pytest
from note_seq import chord_symbols_lib, chords_encoder_decoder

from ssc_melody.chords import CHORD_ENCODINGS, parse_chord, transpose_chord
from ssc_melody.chords.kinds import KINDS
from ssc_melody.cli import generate, improv_generate
from ssc_melody.errors import ChordError
from ssc_melody.melody.melody import Melody
from ssc_melody.play.loading import load_bundle
from ssc_melody.scores.musicxml import read_musicxml
from tests.magenta_layer import improv_bundles, live
from tests.midi_files import midi_bytes

note_seq = live.note_seq
DATA = Path(os.environ.get("SSC_MELODY_DATA", Path(__file__).parents[3] / "shared" / "data"))
QUALITIES = ("major", "minor", "augmented", "diminished", "")


def stocks(symbol: str) -> tuple | None:
    lib = chord_symbols_lib
    try:
        return (
            lib.chord_symbol_root(symbol),
            tuple(lib.chord_symbol_pitches(symbol)),
            lib.chord_symbol_bass(symbol),
            QUALITIES[lib.chord_symbol_quality(symbol)],
        )
    except lib.ChordSymbolError:
        return None


def ours(symbol: str) -> tuple | None:
    try:
        return tuple(parse_chord(symbol))
    except ChordError:
        return None


def moved_by_stock(symbol: str, semitones: int) -> str | None:
    try:
        return chord_symbols_lib.transpose_chord_symbol(symbol, semitones)
    except chord_symbols_lib.ChordSymbolError:
        return None


def moved(symbol: str, semitones: int) -> str | None:
    try:
        return transpose_chord(symbol, semitones)
    except ChordError:
        return None


def made_symbols() -> list[str]:
    """Every kind upon some roots, with changes and basses; and letters thrown together."""
    changes = ["", "b5", "#5", "(b9)", "add9", "add2", "(add#11)", "no3", "(no5)(b9)", "b9#9",
               "(#11", "add7", "b7", "add11no5", "no1", "13)"]  # fmt: skip
    kinds = [kind for kinds, _ in chord_symbols_lib._CHORD_KINDS for kind in kinds]
    parts = itertools.product(("C", "F#", "Ebb"), kinds, changes, ("", "/E", "/Gb"))
    symbols = list(map("".join, parts))
    rng = random.Random(1)
    pieces = [*"ABCDEFG#b79()/5o+-46", "maj", "M", "m", "sus", "add", "no", "dim", "aug", "13"]
    symbols += [
        rng.choice("ACF") + "".join(rng.choices(pieces, k=rng.randrange(1, 6)))
        for _ in range(20_000)
    ]
    return symbols


def test_symbols_mean_what_they_mean_in_stock() -> None:
    symbols = made_symbols()
    assert {kind for kinds, _ in chord_symbols_lib._CHORD_KINDS for kind in kinds} == {
        *KINDS, "m7b5", "-7b5"
    }  # fmt: skip
    parsed = 0
    for i, symbol in enumerate(symbols):
        assert ours(symbol) == stocks(symbol), symbol
        assert moved(symbol, i % 25 - 12) == moved_by_stock(symbol, i % 25 - 12), symbol
        parsed += ours(symbol) is not None
    assert 6_000 < parsed < len(symbols)


def songbook() -> list[str]:
    """The chord symbols of OpenEWLD, as our reader of MusicXML and as note-seq's writes them."""
    archive = DATA / "openewld.zip"
    if not archive.is_file():
        pytest.skip("set SSC_MELODY_DATA to the folder that holds openewld.zip")
    found = []
    with zipfile.ZipFile(archive) as members:
        for name in members.namelist():
            if name.endswith(".mxl"):
                score = read_musicxml(members.read(name), name)
                found += [chord.symbol for chord in score.chords]
    return found


def test_a_songbook_is_read_as_by_stock() -> None:
    symbols = songbook()
    different = sorted(set(symbols))
    assert len(symbols) > 5_000
    refused = [symbol for symbol in different if stocks(symbol) is None]
    assert [symbol for symbol in different if ours(symbol) is None] == refused
    assert all(ours(symbol) == stocks(symbol) for symbol in different)
    print(f"{len(symbols)} symbols, {len(different)} different, refused by both: {refused}")


def test_encodings_are_stocks() -> None:
    one_hot = note_seq.OneHotEventSequenceEncoderDecoder
    encoders = {
        "triads": one_hot(chords_encoder_decoder.TriadChordOneHotEncoding()),
        "pitches": chords_encoder_decoder.PitchChordsEncoderDecoder(),
    }
    symbols = ["N.C.", *(root + kind for root in ("C", "Eb", "F#/A") for kind in KINDS)]
    symbols = [symbol.replace("/A", "") + "/A" * ("/A" in symbol) for symbol in symbols]
    compared = 0
    for name, encoder in encoders.items():
        for symbol in symbols:
            try:
                theirs = encoder.events_to_input([symbol], 0)
            except chords_encoder_decoder.ChordEncodingError:
                with pytest.raises(ChordError, match="knows no other chord"):
                    CHORD_ENCODINGS[name].encode([symbol])
                continue
            assert CHORD_ENCODINGS[name].encode([symbol])[0].tolist() == theirs, symbol
            compared += 1
    assert compared > 250


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("improv")
    return {name: improv_bundles.make_bundle(name, folder) for name in improv_bundles.SMALL}


TRIADS = ("C", "Am", "F7", "G/B", "Bdim7", "Eaug", "Dm7b5", "Abmaj7", "N.C.", "F#m(maj7)/C#")
ALL_KINDS = tuple(f"{root}{kind}" for root, kind in zip("CDEFGAB" * 12, KINDS, strict=False))
PRIMERS = ([60], [64, -2, 67, -2, -1, -2], [20, -2, 110, -1, -2], [-2, -1], [-2, -2, -1, 72])


@pytest.mark.parametrize("name", improv_bundles.STOCKS)
def test_melodies_are_stocks(bundles: dict[str, Path], name: str) -> None:
    model, stock = load_bundle(bundles[name]), improv_bundles.stock_of(bundles[name], name)
    kinds = ALL_KINDS if name == "chord_pitches_improv" else TRIADS
    rng = random.Random(name)
    melodies = 0
    for temperature, primer in itertools.product((0.6, 1.0, 1.4), PRIMERS):
        for search in ({}, {"beam_size": 2, "branch_factor": 2, "steps_per_iteration": 4}):
            chords = [rng.choice(kinds) for _ in range(6) for _ in range(rng.choice((4, 8)))]
            with live.numpy_seed(melodies):
                theirs = [
                    improv_bundles.stock_melody(
                        stock, primer, chords, temperature=temperature, **search
                    )
                    for _ in range(4 - 2 * bool(search))
                ]
            mine = model.generate(
                len(theirs), primer=primer, chords=chords, steps_per_chord=1, seed=melodies,
                temperature=temperature, **search,
            )  # fmt: skip
            assert [melody.events for melody in mine] == theirs, (temperature, primer, search)
            assert {melody.chords for melody in mine} == {tuple(chords)}
            melodies += len(theirs)
    assert melodies == 90


def test_every_kind_of_chord_is_heard_as_by_stock(bundles: dict[str, Path]) -> None:
    name = "chord_pitches_improv"
    model, stock = load_bundle(bundles[name]), improv_bundles.stock_of(bundles[name], name)
    chords = [symbol for symbol in (*ALL_KINDS, "N.C.", "C7(b9)/Bb") for _ in range(2)]
    with live.numpy_seed(3):
        theirs = [improv_bundles.stock_melody(stock, [60], chords) for _ in range(3)]
    mine = model.generate(3, primer=[60], chords=chords, steps_per_chord=1, seed=3)
    assert [melody.events for melody in mine] == theirs


@pytest.mark.parametrize("name", ["basic_improv", "chord_pitches_improv"])
def test_likelihoods_are_stocks(bundles: dict[str, Path], name: str) -> None:
    if improv_bundles.small_spec(name).batch_size > 1:
        return  # stock cannot say it for graphs of a batch above 1
    model, stock = load_bundle(bundles[name]), improv_bundles.stock_of(bundles[name], name)
    events = [60, -2, 64, 67, -1, 40, -2, 100, -2, -2]
    chords = ["C"] * 4 + ["F#m7b5"] * 6
    theirs = stock._model.melody_log_likelihood(
        note_seq.Melody(events), note_seq.ChordProgression(chords)
    )
    assert model.log_likelihood(events, chords, 1) == pytest.approx(theirs, abs=1e-4)


def test_engine_magenta_plays_the_same(bundles: dict[str, Path]) -> None:
    from ssc_melody.magenta_layer import engine

    path = bundles["ssc_chord_rnn"]
    asked = {"primer": [60, -2], "chords": "| C | Am7 G/B |", "seed": 5}
    ours_, theirs = (
        load_bundle(path).generate(2, **asked),
        engine.load_bundle(path).generate(2, **asked),
    )
    assert [m.events for m in ours_] == [m.events for m in theirs]
    assert ours_[0].chords == theirs[0].chords


def test_a_bundle_in_todays_form_plays_the_same(bundles: dict[str, Path], tmp_path: Path) -> None:
    from ssc_melody.magenta_layer.export import upgrade_bundle

    name = "attention_improv"
    asked = {"chords": "C Am7", "seed": 3, "num_outputs": 2}
    before = load_bundle(bundles[name]).generate(**asked)
    after = upgrade_bundle(bundles[name], tmp_path / "new.mag", batch_size=4).generate(**asked)
    assert [melody.events for melody in after] == [melody.events for melody in before]


def test_lead_sheets_are_stocks_note_sequences() -> None:
    events, chords = [60, -2, 64, -1] * 4, ["N.C."] * 3 + ["C"] * 5 + ["N.C."] * 2 + ["Am7/G"] * 6
    stock = note_seq.LeadSheet(note_seq.Melody(events), note_seq.ChordProgression(chords))
    ours_ = Melody(events, chords=chords).to_note_sequence(qpm=97.3)
    assert ours_ == stock.to_sequence(qpm=97.3)


COMMANDS = {
    "defaults": {"num_outputs": 2},
    "rendered": {"num_outputs": 2, "render_chords": True, "backing_chords": "C G7/B Am9 Fdim"},
    "short chords": {
        "steps_per_chord": 3, "render_chords": True, "qpm": 97.3, "num_outputs": 2,
        "backing_chords": "N.C. C C G N.C. F#m7b5/C E+ Cadd2(add9) C", "primer_melody": "[60, 62]",
    },
    "beam": {
        "beam_size": 2, "branch_factor": 2, "steps_per_iteration": 4, "num_outputs": 2,
        "backing_chords": "Dm7 G7 C6 A7", "steps_per_chord": 8, "temperature": 1.3,
    },
    "primer midi": {"primer_midi": "tune.mid", "render_chords": True, "num_outputs": 2},
    "polyphonic primer": {"primer_midi": "chords.mid", "render_chords": True, "num_outputs": 2},
    "out of range": {
        "primer_melody": "[20, -2, 110, -2]", "render_chords": True, "num_outputs": 1, "qpm": 60,
        "backing_chords": "Bb Eb",
    },
}  # fmt: skip


def _jobs(folder: Path, bundles: dict[str, Path]) -> list[dict]:
    tune = [(67, 0, 3), (72, 4, 8), (76, 10, 12), (74, 12, 15)]
    (folder / "tune.mid").write_bytes(midi_bytes({"Tune": tune}))
    piano = [(48, 0, 16), (64, 0, 4), (67, 0, 8), (65, 4, 8), (60, 8, 16), (72, 10, 11)]
    (folder / "chords.mid").write_bytes(midi_bytes({"Piano": piano}))
    jobs = []
    for name, (what, given) in itertools.product(improv_bundles.STOCKS, COMMANDS.items()):
        flags = dict(given, bundle_file=str(bundles[name]))
        if "primer_midi" in flags:
            flags["primer_midi"] = str(folder / flags["primer_midi"])
        flags["output_dir"] = str(folder / "stock" / f"{name}-{what}")
        jobs.append({"seed": 500 + len(jobs), "flags": flags})
    return jobs


def test_whole_commands_write_stocks_bytes(bundles: dict[str, Path], tmp_path: Path) -> None:
    jobs = _jobs(tmp_path, bundles)
    errors = live.stock_answers("stock", "improv", jobs, tmp_path)
    assert errors == [""] * len(jobs)
    compared, silent = 0, 0
    for i, job in enumerate(jobs):
        theirs = sorted(Path(job["flags"]["output_dir"]).glob("*.mid"))
        assert len(theirs) == job["flags"]["num_outputs"]
        command, program = [
            (improv_generate, "ssc_improv_generate"),
            (generate, "ssc_melody_generate"),
        ][i % 2]
        flags = job["flags"] | {"output_dir": str(tmp_path / str(i)), "seed": job["seed"]}
        argv = [f"--{name}={value}" for name, value in flags.items()]
        assert command.main([program, *argv]) == 0
        ours_ = sorted((tmp_path / str(i)).glob("*.mid"))
        for mine, their in zip(ours_, theirs, strict=True):
            assert mine.read_bytes() == their.read_bytes(), job
            compared += 1
            silent += len(mine.read_bytes()) < 80
    assert compared == 39
    print(f"{compared} files of {len(jobs)} commands are equal ({silent} silent)")
