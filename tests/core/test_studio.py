"""The studio's answers: what the command makes, files in and out, projects, and staying small."""

import gc
import shlex
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from ssc_melody.cli import generate
from ssc_melody.errors import SscMelodyError
from ssc_melody.melody.melody import Melody
from ssc_melody.midi.read import parse_midi
from ssc_melody.mixtape import tape
from ssc_melody.studio import models, projects
from tests.conftest import TESTDATA
from tests.midi_files import midi_bytes
from tests.studio_server import PROJECT_TUNE, Studio, project_of, running

BASIC = "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag"
TUNE = PROJECT_TUNE
LONG = [*TUNE, *TUNE, 67, -2, -2, -2, 65, -2, -2, -2, 64, -2, -2, -2, 62, -2, -2, -2, *TUNE]


def _wish(**flags: Any) -> dict[str, Any]:
    return {"bundle": BASIC, "flags": {"num_outputs": 2, "num_steps": 64, "seed": 7, **flags}}


def _melody(answer: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """Returns a melody of an answer as the page sends it back."""
    names = set(projects._MELODY)
    melody = answer["melodies"][number] | {"name": "A", "kept": True, "command": answer["command"]}
    return {name: value for name, value in melody.items() if name in names}


WISHES = {
    "plain": _wish(),
    "one note": _wish(primer_melody="[67]", temperature=0.8),
    "a beginning": _wish(primer_melody=str(TUNE), continue_at="bar", qpm=90),
    "without it": _wish(primer_melody=str(TUNE), include_primer=False),
    "beams": _wish(beam_size=3, branch_factor=2, steps_per_iteration=4),
    "likeliest": _wish(decoding="argmax"),
    "style": _wish(style="lively", top_k=5),
    "musts": _wish(num_steps=128, key="D", scale="major", form="AABA", end="cadence", max_leap=7),
    "rewritten": _wish(primer_melody=str(LONG), rewrite_bars="2-3"),
    "the best of three": _wish(choose_from=3),
    "sound": _wish(program=40, velocity=77),
}


@pytest.mark.parametrize("name", WISHES)
def test_an_answer_is_what_its_command_makes(studio: Studio, tmp_path: Path, name: str) -> None:
    """The MIDI files of the command line that the page shows are equal, byte for byte."""
    answer = studio.ask("api/generate", WISHES[name]).json
    words = shlex.split(answer["command"])
    assert generate.main([*words, f"--output_dir={tmp_path}"]) == 0
    written = [path.read_bytes() for path in sorted(tmp_path.glob("*.mid"))]
    assert len(written) == 2
    for number, data in enumerate(written):
        sent = {"format": "midi", "melody": _melody(answer, number)}
        assert studio.ask("api/export", sent).body == data


@pytest.mark.parametrize("name", ["rhythm_of", "pitches_of"])
def test_a_variation_is_what_its_command_makes(
    studio: Studio,
    tmp_path: Path,
    name: str,
) -> None:
    source = studio.ask("api/generate", _wish(primer_melody=str(TUNE))).json
    wish: dict[str, Any] = {"bundle": BASIC, "flags": {"num_outputs": 1, "seed": 3}}
    if name == "pitches_of":
        wish["flags"]["num_steps"] = 64
    wish |= {name: source["melodies"][0]["events"], "names": {name: "melody 1.mid"}}
    answer = studio.ask("api/generate", wish).json
    sent = {"format": "midi", "melody": _melody(source)}
    (tmp_path / "melody 1.mid").write_bytes(studio.ask("api/export", sent).body)
    assert f"'--{name}=melody 1.mid'" in answer["command"]
    words = answer["command"].replace("melody 1.mid", str(tmp_path / "melody 1.mid"))
    out = tmp_path / "out"
    assert generate.main([*shlex.split(words), f"--output_dir={out}"]) == 0
    sent = {"format": "midi", "melody": _melody(answer)}
    assert studio.ask("api/export", sent).body == next(out.glob("*.mid")).read_bytes()
    notes, old = (_notes(found["melodies"][0]["events"]) for found in (answer, source))
    kept = 0 if name == "rhythm_of" else 1
    assert [note[kept] for note in notes] == [note[kept] for note in old]


@pytest.mark.parametrize("flags", [{"num_steps": 96}, {"rewrite_bars": "2-2"}])
def test_a_primer_in_another_metre_is_what_its_command_makes(
    studio: Studio, tmp_path: Path, flags: dict[str, Any]
) -> None:
    """A waltz: it goes as a MIDI file, which the page saves for whoever copies the command."""
    primer = {"events": [67, *[-2] * 11] * 4, "metre": [3, 4], "qpm": 90.0}
    flags = {"num_outputs": 2, "seed": 3, "continue_at": "bar", **flags}
    wish = {"bundle": BASIC, "flags": flags, "primer": primer, "names": {"primer": "a.mid"}}
    answer = studio.ask("api/generate", wish).json
    assert " --primer_midi=a.mid" in answer["command"]
    assert answer["melodies"][0]["metre"] == [3, 4]
    assert answer["melodies"][0]["steps_per_bar"] == 12
    saved = project_of(qpm=90.0)["melodies"][0] | {"events": primer["events"], "metre": [3, 4]}
    midi = studio.ask("api/export", {"format": "midi", "melody": saved | {"primer_steps": 0}}).body
    (tmp_path / "a.mid").write_bytes(midi)
    words = shlex.split(answer["command"].replace("a.mid", str(tmp_path / "a.mid")))
    out = tmp_path / "out"
    assert generate.main([*words, f"--output_dir={out}"]) == 0
    for number, path in enumerate(sorted(out.glob("*.mid"))):
        sent = {"format": "midi", "melody": _melody(answer, number)}
        assert studio.ask("api/export", sent).body == path.read_bytes()
    assert studio.ask("api/command", wish).json["problem"] is None


@pytest.mark.parametrize(
    "primer",
    ["a.mid", {}, {"events": [], "metre": [3, 4], "qpm": 90.0},
     {"events": [60], "metre": [3, 5], "qpm": 90.0}, {"events": [60], "metre": [3, 4], "qpm": 0.0},
     {"events": [60] * 5000, "metre": [3, 4], "qpm": 90.0}],
)  # fmt: skip
def test_primers_that_are_none(studio: Studio, primer: Any) -> None:
    answer = studio.ask("api/generate", {**_wish(), "primer": primer})
    assert answer.status == 400
    assert "/tmp" not in answer.json["error"]


def _notes(events: list[int]) -> list[tuple[int, int]]:
    return [(step, event) for step, event in enumerate(events) if event >= 0]


def test_bars_that_are_not_rewritten_stand(studio: Studio) -> None:
    (one, two) = studio.ask("api/generate", WISHES["rewritten"]).json["melodies"]
    for melody in (one, two):
        assert melody["events"][:16] == LONG[:16]
        assert melody["events"][48:] == LONG[48:]
    assert one["events"][16:48] != two["events"][16:48]


def test_the_command_line_and_what_is_wrong_with_it(studio: Studio) -> None:
    wish = {"bundle": "ssc_basic_rnn", "flags": {"temperature": 0.9, "key": "Bb"}}
    assert studio.ask("api/command", wish).json == {
        "command": "ssc_melody_generate --config=ssc_basic_rnn --temperature=0.9 --key=Bb",
        "problem": None,
    }
    wish["flags"] = {"temperature": -1, "form": "A B"}
    assert studio.ask("api/command", wish).json["problem"] == (
        "--temperature: expected 0 or more, got -1"
    )
    wish["flags"] = {"num_steps": 8, "primer_melody": str(TUNE)}
    assert studio.ask("api/command", wish).json["problem"] == (
        "Primer is 15 steps; --num_steps counts it and must be at least 17"
    )


def test_chords_are_texts_and_never_files(studio: Studio, tmp_path: Path) -> None:
    """An answer on chords is its command's, too; a name of a file is no chord."""
    with running(paths=[TESTDATA / "improv" / "basic_improv.mag"]) as improv:
        flags = {"num_outputs": 2, "seed": 5, "backing_chords": "| C | G/B | Am7 F |"}
        wish = {"bundle": "basic_improv.mag", "flags": {**flags, "render_chords": True}}
        answer = improv.ask("api/generate", wish).json
        assert len(answer["melodies"][0]["chords"]) == 48
        assert answer["melodies"][0]["backing"][0] == [0, 16, 36]
        words = shlex.split(answer["command"])
        assert generate.main([*words, f"--output_dir={tmp_path}"]) == 0
        for number, path in enumerate(sorted(tmp_path.glob("*.mid"))):
            sent = {"format": "midi", "melody": _melody(answer, number)}
            assert improv.ask("api/export", sent).body == path.read_bytes()
        (tmp_path / "chords.csv").write_text("C,G\n")
        wish["flags"]["backing_chords"] = str(tmp_path / "chords.csv")
        found = improv.ask("api/generate", wish)
        assert found.status == 400
        assert "is not a chord symbol" in found.json["error"]
        assert improv.ask("api/command", wish).json["problem"] == found.json["error"]
    wish = {"bundle": BASIC, "flags": {"backing_chords": "C"}}
    assert "makes melodies without chords" in studio.ask("api/generate", wish).json["error"]


@pytest.mark.parametrize("kind", ["abc", "musicxml"])
def test_a_score_is_what_python_writes(studio: Studio, kind: str) -> None:
    melody = project_of()["melodies"][0]
    found = studio.ask("api/export", {"format": kind, "melody": melody}).body.decode()
    expected = Melody(TUNE, primer_steps=4)
    writer = expected.to_abc if kind == "abc" else expected.to_musicxml
    assert found == writer(title="A", qpm=120.0, metre=(4, 4))
    if kind == "abc":
        assert studio.ask("api/notation", {"melodies": [melody]}).json == [found]


def test_without_a_seed_one_is_chosen_and_told(studio: Studio) -> None:
    wish = {"bundle": BASIC, "flags": {"num_outputs": 1, "num_steps": 32}}
    first, second = (studio.ask("api/generate", wish).json for _ in range(2))
    assert first["seed"] != second["seed"]
    assert first["command"].endswith(f"--seed={first['seed']}")
    wish["flags"]["seed"] = first["seed"]
    assert studio.ask("api/generate", wish).json == first


TWO_NOTES = midi_bytes({"": [(60, 0, 2), (64, 4, 8)]})
ABC = b"X:1\nT:Air\nM:3/4\nL:1/8\nK:G\nG2 A2 B2|d4 z2|B6|\n"
XML = b"""<?xml version="1.0"?><score-partwise version="4.0"><part-list><score-part id="P1">
<part-name/></score-part></part-list><part id="P1"><measure number="1"><attributes>
<divisions>2</divisions><time><beats>2</beats><beat-type>4</beat-type></time></attributes>
<note><pitch><step>E</step><octave>4</octave></pitch><duration>1</duration></note>
<note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>3</duration></note>
</measure></part></score-partwise>"""


@pytest.mark.parametrize(
    ("name", "data", "events", "metre"),
    [
        ("a.mid", TWO_NOTES, [60, -2, -1, -2, 64, -2, -2, -2], [4, 4]),
        ("a.abc", ABC, [67, -2, -2, -2, 69, -2, -2, -2, 71, -2, -2, -2, 74, *[-2] * 7, -1,
                        *[-2] * 3, 71, *[-2] * 11], [3, 4]),
        ("a.musicxml", XML, [64, -2, 66, -2, -2, -2, -2, -2], [2, 4]),
    ],
)  # fmt: skip
def test_a_beginning_from_a_file(
    studio: Studio,
    name: str,
    data: bytes,
    events: list[int],
    metre: list[int],
) -> None:
    found = studio.file(f"api/music?name={name}", data).json
    assert (found["events"], found["metre"]) == (events, metre)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"hello", "x.bin: expected a MIDI, ABC or MusicXML file, found other bytes"),
        (b"\x89PNG1234", "x.bin: expected a MIDI, ABC or MusicXML file, found a PNG picture"),
        (b"MThd\x00", "MIDI"),
        (b"X:1\nK:C\nz4|\n", "x.bin: it has no note to begin with"),
        (b"<?xml version='1.0'?><html/>", "x.bin: "),
        (b"PK\x03\x04nothing", "x.bin: "),
    ],
)
def test_files_that_are_no_music(studio: Studio, data: bytes, reason: str) -> None:
    answer = studio.file("api/music?name=../folder/x.bin", data)
    assert answer.status == 400
    assert reason in answer.json["error"]


def test_a_long_piece_is_cut(studio: Studio) -> None:
    data = midi_bytes({"": [(60 + i % 12, i, i + 1) for i in range(1000)]})
    found = studio.file("api/music?name=long.mid", data).json
    assert len(found["events"]) == 512
    assert found["warnings"] == ["only the first 32 bars are taken"]


def test_a_bundle_that_is_dragged_in(attention_mag: Path) -> None:
    data = attention_mag.read_bytes()
    with running() as found:
        entry = found.file("api/bundle?name=mine.mag", data).json
        assert entry["name"].startswith("mine.mag (")
        assert (entry["source"], entry["config"]) == ("dragged", "attention_rnn")
        wish = {"bundle": entry["name"], "flags": {"num_outputs": 1, "num_steps": 32, "seed": 1}}
        answer = found.ask("api/generate", wish).json
        assert answer["command"].startswith("ssc_melody_generate --bundle_file=mine.mag ")
        assert found.file("api/bundle?name=x.mag", b"nonsense").status == 400


def test_old_models_make_room(basic_mag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST_KEPT", 2)
    shelf = models.Shelf(paths=[basic_mag])
    data = basic_mag.read_bytes()
    first = shelf.drag("a.mag", data)
    shelf.drag("b.mag", data)
    shelf.drag("c.mag", data)
    assert len(shelf._models) == 2
    with pytest.raises(SscMelodyError, match=r"no bundle 'a.mag \(\w+\)' is on the list; drag"):
        shelf.model(first.name)
    assert shelf.model(basic_mag.name).spec.name == "basic_rnn"  # read again


def test_a_mixtape_of_what_is_kept(studio: Studio, tmp_path: Path) -> None:
    answer = studio.ask("api/generate", WISHES["a beginning"]).json
    melodies = [_melody(answer, number) for number in range(2)]
    sent = studio.ask("api/mixtape", {"title": "<Kept>", "melodies": melodies})
    assert sent.headers["content-type"] == "application/octet-stream"
    (tmp_path / "index.html").write_bytes(sent.body)
    data = tape.page_data(tmp_path / "index.html")
    assert data["title"] == "<Kept>"
    assert [song["primer"] for song in data["songs"]] == [4.0, 4.0]
    assert [run["command"] for run in data["runs"]] == [answer["command"]]
    assert studio.ask("api/mixtape", {"title": "", "melodies": []}).status == 400


def test_the_midi_file_is_on_its_metre(studio: Studio) -> None:
    melody = project_of(qpm=90)["melodies"][0] | {"metre": [3, 4]}
    piece = parse_midi(studio.ask("api/export", {"format": "midi", "melody": melody}).body, "m")
    assert [(m.numerator, m.denominator) for m in piece.time_signatures] == [(3, 4)]
    assert round(piece.tempos[0].qpm) == 90
    assert studio.ask("api/export", {"format": "exe", "melody": melody}).status == 400
    assert studio.ask("api/export", {"format": "midi", "melody": {}}).status == 400


def test_eight_pages_at_once_get_what_they_asked_for(studio: Studio) -> None:
    alone = [studio.ask("api/generate", _wish(seed=seed)).json for seed in range(8)]
    together: dict[int, Any] = {}

    def page(seed: int) -> None:
        together[seed] = studio.ask("api/generate", _wish(seed=seed)).json

    threads = [threading.Thread(target=page, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [together[seed] for seed in range(8)] == alone


@pytest.mark.slow
def test_memory_stays_flat_over_1000_requests(studio: Studio) -> None:
    """Python's own count, after the second hundred and at the end."""
    changes = [{}, {"key": "D"}, {"temperature": -1}, {"form": "AA", "num_steps": 64}]
    wishes = [_wish(**{"num_steps": 16, "seed": i, **more}) for i, more in enumerate(changes)]

    def some(count: int) -> None:
        for number in range(count):
            studio.ask("api/generate", wishes[number % 4])
            studio.file("api/music?name=a.mid", TWO_NOTES)

    tracemalloc.start()
    try:
        some(100)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        some(400)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 200_000
