"""The mixtape without a browser: what is on the page, what it remembers, what it refuses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ssc_melody import mixtape
from ssc_melody.cli import generate
from ssc_melody.cli import mixtape as command
from ssc_melody.mixtape import cover, roll, tape
from ssc_melody.mixtape.page import to_html
from tests.conftest import ROOT
from tests.midi_files import midi_bytes


def _song(notes: list[tuple[int, int, int]], primer: float = 0.0) -> mixtape.Song:
    path = "a.mid"
    data = midi_bytes({"melody": notes})
    line = tape.timeline(tape.parse_midi(data, path))
    return mixtape.Song("A", path, data, line, primer)


def _generate(folder: Path, mag: Path, *flags: str) -> int:
    base = [f"--bundle_file={mag}", f"--output_dir={folder}", "--mixtape", "--num_outputs=2"]
    return generate.main(["ssc_melody_generate", *base, "--num_steps=32", *flags])


def _data(folder: Path) -> dict:
    return json.loads(tape._DATA.search((folder / "index.html").read_text())[1])


def _numbers(svg: str, name: str) -> list[list[float]]:
    """Returns (left, top, width) of each note of a path."""
    path = re.search(rf'class="{name}" d="([^"]*)"', svg)[1]
    notes = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v6h-\3z", path)
    return [[float(x) for x in note] for note in notes]


def test_notes_are_where_they_sound() -> None:
    """24 units a quarter note, 10 a semitone; of 60 to 62 the rows 54 to 67 are drawn."""
    song = _song([(60, 0, 4), (62, 4, 6), (60, 8, 16)], primer=1.0)
    assert roll.rows(song) == (55, 68)
    svg = roll.to_svg(song)
    assert 'viewBox="0 0 96 140"' in svg
    assert _numbers(svg, "notes given") == [[2.5, 82, 19]]
    assert _numbers(svg, "notes") == [[26.5, 62, 7], [50.5, 82, 43]]
    assert re.search(r'class="bars" d="([^"]*)"', svg)[1] == "M0 0v140"
    assert re.search(r'class="beats" d="([^"]*)"', svg)[1] == "M24 0v140M48 0v140M72 0v140"


def test_the_data_say_when_each_note_sounds(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(midi_bytes({"melody": [(60, 0, 4), (72, 6, 8)]}))
    mixtape.write_page(mixtape.from_folder(tmp_path), tmp_path)
    (song,) = _data(tmp_path)["songs"]
    assert song["notes"] == [[0, 1, 60, 80, 0], [1.5, 2, 72, 80, 0]]
    assert song["clock"] == [[0, 0], [4, 2]]  # a bar of 4/4 lasts 2 s at 120 bpm


def test_a_run_is_written_down_and_can_be_repeated(tmp_path: Path, attention_mag: Path) -> None:
    """The command on the page makes the same melodies again, and the same page but for names."""
    first, second = tmp_path / "first", tmp_path / "second"
    assert _generate(first, attention_mag, "--primer_melody=[60, -2, 62]", "--temperature=0.5") == 0
    (run,) = _data(first)["runs"]
    facts = dict(run["facts"])
    assert facts["Model"] == f"{attention_mag.name} (attention_rnn)"
    assert facts["Primer"] == "C4 - D4"
    assert facts["Temperature"] == "0.5"
    import shlex

    words = shlex.split(run["command"])
    assert f"--seed={facts['Seed']}" in words
    assert str(tmp_path) not in (first / "index.html").read_text()
    words = [word.replace(attention_mag.name, str(attention_mag)) for word in words]
    assert generate.main([*words, f"--output_dir={second}"]) == 0
    midi = [[p.read_bytes() for p in sorted(f.glob("*.mid"))] for f in (first, second)]
    assert midi[0] == midi[1]
    pages = [
        re.sub(r"\d{4}-\d\d-\d\d_\d{6}", "TIME", (f / "index.html").read_text())
        for f in (first, second)
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (["--temperature=0.5"], "0.5"),
        (["--rhythm_temperature=0.9", "--choose_from=2"], "rhythm 0.9, pitch 1"),
        (["--style=calm", "--pitch_temperature=1.1"], "rhythm 0.7, pitch 1.1"),
        (["--top_p=0.8", "--top_k=5"], "1, top_p 0.8, top_k 5"),
        (["--temperature=0"], "none: the likeliest event each time"),
    ],
)
def test_the_page_says_how_hot_it_was(
    tmp_path: Path, attention_mag: Path, flags: list[str], text: str
) -> None:
    assert _generate(tmp_path, attention_mag, *flags) == 0
    (run,) = _data(tmp_path)["runs"]
    assert dict(run["facts"])["Temperature"] == text
    assert flags[-1] in run["command"]
    assert {song["about"] for song in _data(tmp_path)["songs"]} == {"Primer: C4"}


def test_the_command_names_no_folder_and_no_title(tmp_path: Path, attention_mag: Path) -> None:
    """What makes the melodies again, and nothing of the machine or the page."""
    flags = ("--mixtape_title=Mine", "--temperature=0.5", "--seed=3", "--log=ERROR")
    assert _generate(tmp_path, attention_mag, *flags) == 0
    (run,) = _data(tmp_path)["runs"]
    assert run["command"] == (
        f"ssc_melody_generate --bundle_file={attention_mag.name} --mixtape --num_outputs=2 "
        "--num_steps=32 --temperature=0.5 --seed=3"
    )


def test_primer_ends_where_the_model_began(tmp_path: Path, attention_mag: Path) -> None:
    """The primer's five steps, and two of silence that stock puts after it."""
    assert _generate(tmp_path, attention_mag, "--primer_melody=[60, -2, 62, -2, -2, -1]") == 0
    assert [song["primer"] for song in _data(tmp_path)["songs"]] == [1.75, 1.75]
    assert "Primer, given" in (tmp_path / "index.html").read_text()


def test_without_the_primer_nothing_is_given(tmp_path: Path, attention_mag: Path) -> None:
    assert _generate(tmp_path, attention_mag, "--noinclude_primer") == 0
    assert [song["primer"] for song in _data(tmp_path)["songs"]] == [0.0, 0.0]
    assert "Primer, given" not in (tmp_path / "index.html").read_text()


def test_a_folder_remembers_what_its_page_knew(tmp_path: Path, attention_mag: Path) -> None:
    """Unchanged files keep title, primer and run; new ones are added; a changed one is new."""
    assert _generate(tmp_path, attention_mag, "--mixtape_title=Mine") == 0
    before = (tmp_path / "index.html").read_bytes()
    name = _data(tmp_path)["songs"][0]["title"]
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 0
    assert (tmp_path / "index.html").read_bytes() == before
    (tmp_path / "another tune.mid").write_bytes(midi_bytes({"melody": [(60, 0, 4)]}))
    changed = sorted(tmp_path.glob("2*.mid"))[1]
    changed.write_bytes(midi_bytes({"melody": [(61, 0, 4)]}))
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 0
    data = _data(tmp_path)
    assert data["title"] == "Mine"
    rows = {song["file"]: (song["title"], song["run"]) for song in data["songs"]}
    assert rows["another tune.mid"] == ("another tune", None)
    assert rows[changed.name][1] is None
    assert (name, 0) in rows.values()
    changed.unlink()
    (next(path for path in tmp_path.glob("2*.mid"))).unlink()
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 0
    assert _data(tmp_path)["runs"] == []  # none of its songs is left
    assert "do not say what made them" in (tmp_path / "index.html").read_text()


def test_the_page_names_no_address(tmp_path: Path, attention_mag: Path) -> None:
    assert _generate(tmp_path, attention_mag) == 0
    html = (tmp_path / "index.html").read_text()
    addresses = set(re.findall(r"\b[a-z]+://[^\s'\"]+", html))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, in the icon; nothing is fetched


def test_files_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("10.mid", "9.MID", "1.midi", "notes.txt"):
        (tmp_path / name).write_bytes(midi_bytes({"melody": [(60, 0, 4)]}))
    songs = mixtape.from_folder(tmp_path).songs
    assert [song.file_name for song in songs] == ["1.midi", "9.MID", "10.mid"]


def test_a_damaged_file_is_left_out_with_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "good.mid").write_bytes(midi_bytes({"melody": [(60, 0, 4)]}))
    (tmp_path / "bad.mid").write_bytes(b"MThd but not really")
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "1 MIDI file," in out
    assert err.count("\n") == 1
    assert "left out: MIDI file" in err


def test_silence_and_drums_alone_are_songs_too(tmp_path: Path) -> None:
    (tmp_path / "silence.mid").write_bytes(midi_bytes({"melody": []}))
    drums = {str(i): [] for i in range(9)} | {"drums": [(36, 0, 1), (38, 4, 5)]}
    (tmp_path / "drums.mid").write_bytes(midi_bytes(drums))
    songs = {song.title: song for song in mixtape.from_folder(tmp_path).songs}
    assert songs["silence"].line.quarters == 4
    assert [note.is_drum for note in songs["drums"].line.notes] == [True, True]
    assert len(_numbers(roll.to_svg(songs["drums"]), "notes")) == 2
    assert "0 notes" in to_html(mixtape.from_folder(tmp_path))


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda d: None, "no MIDI file"),
        (lambda d: (d / "a.mid").write_bytes(b"x"), "none of the 1 MIDI files"),
        (lambda d: (d / "index.html").write_text("<h1>My home</h1>"), "is not a mixtape; move it"),
    ],
)
def test_mistakes(tmp_path: Path, capsys, prepare, message: str) -> None:
    prepare(tmp_path)
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_another_page_is_never_replaced(
    tmp_path: Path, attention_mag: Path, capsys: pytest.CaptureFixture
) -> None:
    """It is found out before the melodies are made."""
    (tmp_path / "index.html").write_text("<h1>My home</h1>")
    assert _generate(tmp_path, attention_mag) == 1
    assert "is not a mixtape" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize(
    ("find", "put"),
    [
        ('"format":1', '"format":99'),
        ('"run":0', '"run":7'),
        ('"sha256"', '"sha"'),
        ('"facts":[', '"facts":[[],'),
        ('"run":0', '"run":0.0'),
        ('"run":0', '"run":-1'),
        ('"primer":', '"primer":1e999,"x":'),
        ('"primer":', '"primer":true,"x":'),
        ('"primer":', '"primer":' + "9" * 5000 + ',"x":'),
        ('"runs":', '"runs":' + "[" * 100_000 + ',"x":'),
        ('{"format"', '{{"format"'),
    ],
)
def test_a_page_that_somebody_changed_is_written_anew(
    tmp_path: Path, attention_mag: Path, find: str, put: str
) -> None:
    assert _generate(tmp_path, attention_mag) == 0
    page = tmp_path / "index.html"
    assert find in page.read_text()
    page.write_text(page.read_text().replace(find, put))
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 0
    assert _data(tmp_path)["runs"] == []
    assert len(_data(tmp_path)["songs"]) == 2


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/na\xefve.mid"
    try:
        Path(os.fsdecode(name)).write_bytes(midi_bytes({"melody": [(60, 0, 4)]}))
    except OSError:
        pytest.skip("this file system takes no such name")
    assert command.main(["ssc_melody_mixtape", str(tmp_path)]) == 0
    assert _data(tmp_path)["songs"][0]["file"] == "na\\udcefve.mid"


def test_it_is_light() -> None:
    """Neither the page nor a picture loads more than NumPy."""
    code = """
import sys
import ssc_melody.cli.generated, ssc_melody.render.sound, ssc_melody.render.svg
import ssc_melody.render.png, ssc_melody.cli.render, ssc_melody.cli.mixtape
heavy = {"tensorflow", "magenta", "note_seq", "PIL", "matplotlib", "scipy", "tinysoundfont"}
sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_default_titles() -> None:
    assert tape.default_title("mozart") == "Melodies of mozart"
    assert tape.default_title("folk_songs") == "Melodies of folk_songs"
    assert tape.default_title("out") == "Melodies"


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", cover.PALETTES)
def test_contrast_of_every_palette(colours: tuple[str, ...]) -> None:
    """Notes against their lanes, and the words on coloured buttons."""
    css = (Path(cover.__file__).parent / "style.css").read_text()
    lanes = re.findall(r"--lane: (#\w{6})", css)
    words = [f"#{x * (6 // len(x))}" for x in re.findall(r"--on: #(\w+)", css)]
    assert (len(lanes), len(words)) == (2, 2)
    for ground, word, pair in zip(lanes, words, (colours[:2], colours[2:]), strict=True):
        assert _contrast(word, pair[0]) >= 4.5
        for colour in pair:
            assert _contrast(ground, colour) >= 4.5
