"""ssc_melody_render: pictures, sound and arrays of a MIDI file."""

import dataclasses
import io
import os
import re
import stat
import wave
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from ssc_melody import pianoroll
from ssc_melody.cli import render as command
from ssc_melody.errors import MidiError, OptionError
from ssc_melody.midi.read import MidiNote, MidiPiece, TempoChange, TimeSignature, parse_midi
from ssc_melody.render import picture, sound, synths, tones
from ssc_melody.render.svg import to_svg
from ssc_melody.render.timeline import Timeline, timeline
from tests.midi_files import midi_bytes

TUNE = [(60, 0, 4), (62, 4, 6), (64, 8, 16), (65, 16, 32)]


def _line(notes: list[tuple[int, int, int]] = TUNE) -> Timeline:
    return timeline(parse_midi(midi_bytes({"melody": notes}), "tune.mid"))


def _piece(end: int, tempos: list, metres: list) -> MidiPiece:
    """A piece of one note from quarter 0 on, 10 ticks a quarter note."""
    note = MidiNote(60, 80, 0, end, 0.0, 1.0, 0, 0, 0, False)
    return MidiPiece(10, tempos, metres, [note], [""])


def test_bars_follow_the_metre() -> None:
    """3/4 from the start, 4/4 from quarter 7 on: the third bar is cut short."""
    metres = [TimeSignature(0, 0.0, 3, 4), TimeSignature(70, 3.5, 4, 4)]
    line = timeline(_piece(120, [TempoChange(0, 0.0, 120.0)], metres))
    assert [(bar.start, bar.length) for bar in line.bars] == [
        (0, 3), (3, 3), (6, 1), (7, 4), (11, 4),
    ]  # fmt: skip
    assert line.quarters == 15
    assert line.seconds == 7.5


def test_the_clock_follows_the_tempo() -> None:
    """Eight quarter notes at 120 (4 s), then 8 at 60 (8 s)."""
    tempos = [TempoChange(0, 0.0, 120.0), TempoChange(80, 4.0, 60.0)]
    line = timeline(_piece(160, tempos, []))
    assert line.clock == [(0, 0), (8, 4), (16, 12)]
    assert line.qpm == 80


def test_damaged_metres_are_passed_over() -> None:
    metres = [TimeSignature(0, 0.0, 0, 4), TimeSignature(0, 0.0, 1, 2**255)]
    line = timeline(_piece(50, [TempoChange(0, 0.0, 120.0)], metres))
    assert [bar.length for bar in line.bars] == [4, 4]


def test_a_misplaced_note_is_refused() -> None:
    with pytest.raises(MidiError, match="at most 20000 bars, found notes until bar 250000"):
        timeline(_piece(10**7, [TempoChange(0, 0.0, 120.0)], []))


def _elements(svg: str, name: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall(f"{{http://www.w3.org/2000/svg}}{name}")


def test_each_note_is_a_box_with_its_name() -> None:
    svg = to_svg(picture.draw(_line(), "tune"), "A tune")
    boxes = [e for e in _elements(svg, "rect") if e.get("fill") == picture.INSTRUMENTS[0]]
    assert [float(e.get("width")) for e in boxes] == [38.5, 18.5, 78.5, 158.5]
    left = 16 + 52 + 0.75
    assert [float(e.get("x")) for e in boxes] == [left, left + 40, left + 80, left + 160]
    heights = [float(e.get("y")) for e in boxes]
    assert np.diff(heights).tolist() == [-24, -24, -12]  # 12 pixels a semitone, upwards
    texts = [e.text for e in _elements(svg, "text")]
    assert texts[0] == "tune"
    assert [texts.count(name) for name in ("C4", "D4", "E4", "F4")] == [2, 2, 2, 2]
    assert [text for text in texts if text.isdigit()] == ["1", "2"]  # bars


def test_long_pieces_go_on_in_lines() -> None:
    """20 bars of 4/4: lines of 8, 8 and 4 bars; a note over a line's end is in both."""
    notes = [(60, 0, 16), (62, 16 * 8 - 4, 16 * 8 + 4), (64, 16 * 19, 16 * 20)]
    drawn = picture.draw(_line(notes), "")
    boxes = [s for s in drawn.shapes if isinstance(s, picture.Box) and s.radius]
    assert [box.width for box in boxes] == [158.5, 38.5, 38.5, 158.5]
    assert len({box.y for box in boxes}) == 4
    numbers = [int(s.text) for s in drawn.shapes if isinstance(s, picture.Text) and s.size == 10
               and s.text.isdigit()]  # fmt: skip
    assert numbers == list(range(1, 21))
    assert drawn.width == 2 * 16 + 52 + 32 * 40


def test_svg_is_xml_whatever_the_name() -> None:
    svg = to_svg(picture.draw(_line(), "<&\x01\"'>"), "]]><b>")
    assert "\x01" not in svg
    assert _elements(svg, "title")[0].text == "]]><b>"


def test_png_has_the_colours_of_the_notes() -> None:
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    from ssc_melody.render.png import to_png

    drawn = picture.draw(_line(), "tune")
    image = image_module.open(io.BytesIO(to_png(drawn)))
    assert image.size == (2 * drawn.width, 2 * drawn.height)
    pixels = np.asarray(image.convert("RGB"))
    blue = np.all(pixels == (0x1D, 0x52, 0xC4), axis=2)
    area = 2 * 2 * 10.5 * (38.5 + 18.5 + 78.5 + 158.5)
    assert 0.85 * area < blue.sum() < area  # without the names and corners
    assert to_png(drawn) == to_png(drawn)


def test_png_has_a_limit() -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    from ssc_melody.render.png import to_png

    with pytest.raises(MidiError, match=r"100,000,000 pixels, found 2728 x \d+; `svg`"):
        to_png(picture.draw(_line([(0, 0, 4), (127, 16 * 2000, 16 * 2000 + 4)]), ""))


def _samples(wav: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (44100, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 2**15


def _hertz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8 * len(samples)))
    return float(np.argmax(spectrum)) * 44100 / (8 * len(samples))


@pytest.mark.parametrize("synth", ["builtin", "tinysoundfont"])
def test_sound_has_the_pitches_at_their_times(synth: str) -> None:
    """C, D, E and F at 120 bpm; after the end there is silence."""
    if synth == "tinysoundfont":
        pytest.importorskip(
            "tinysoundfont",
            reason="tinysoundfont is not installed; 0.3.7 has no wheel for Python 3.14",
        )
        if sound.find_soundfont() is None:
            pytest.skip("no soundfont is installed")
    line = _line()
    data = midi_bytes({"melody": TUNE})
    wav, player = sound.to_wav(data, line, synth)
    assert ("built-in" in player) == (synth == "builtin")
    both = _samples(wav)
    assert np.abs(both).max() == pytest.approx(0.9, abs=0.001)
    samples = both[:, 0]
    assert len(samples) == (line.seconds + 2) * 44100 == 6 * 44100
    for pitch, start, end in TUNE:
        first, last = (int((step / 8 + x) * 44100) for step, x in ((start, 0.03), (end, -0.01)))
        expected = 440 * 2 ** ((pitch - 69) / 12)
        ratio = _hertz(samples[first:last]) / expected
        assert min(abs(ratio - 1), abs(ratio - 2)) < 0.01, (pitch, ratio)  # or its octave
    assert np.abs(samples[int(5.7 * 44100) :]).max() < 0.01
    assert sound.to_wav(data, line, synth)[0] == wav


def test_the_built_in_tone_dies_away_and_is_damped() -> None:
    tone = tones.tone(60, 44100)
    loudness = [np.abs(tone[int(t * 44100) :][:4410]).max() for t in (0, 0.5, 1, 2)]
    assert loudness == sorted(loudness, reverse=True)
    short, long = (_samples(sound.to_wav(b"", _line([(60, 0, n)]), "builtin")[0]) for n in (2, 16))
    place = slice(int(0.6 * 44100), int(0.7 * 44100))
    assert np.abs(short[place]).max() < 0.1 * np.abs(long[place]).max()


def test_the_built_in_tone_is_louder_the_harder_a_key_is_struck() -> None:
    """Loudness goes with velocity to the power of 1.5, of tones and of drums."""
    line = _line([(60, 0, 4), (60, 32, 36)])
    for drum in (False, True):
        hard, soft = (
            note._replace(velocity=velocity, is_drum=drum)
            for note, velocity in zip(line.notes, (127, 32), strict=True)
        )
        changed = dataclasses.replace(line, notes=[hard, soft])
        samples = _samples(sound.to_wav(b"", changed, "builtin")[0])[:, 0]
        peaks = [np.abs(samples[s * 44100 : (s + 1) * 44100]).max() for s in (0, 4)]
        assert peaks[0] == pytest.approx(0.9, abs=0.001)
        assert peaks[1] / peaks[0] == pytest.approx((32 / 127) ** 1.5, abs=0.001)


def test_drums_are_noise() -> None:
    drums = {str(i): [] for i in range(9)} | {"drums": [(36, 0, 1)]}
    line = timeline(parse_midi(midi_bytes(drums), "drums.mid"))
    samples = _samples(sound.to_wav(b"", line, "builtin")[0])[: 44100 // 4, 0]
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.max() < 20 * np.median(spectrum[: len(spectrum) // 4])  # no line stands out
    assert np.abs(samples[:2000]).max() > 5 * np.abs(samples[-2000:]).max()


def test_noise_is_the_known_one() -> None:
    """Numerical Recipes' generator: its second state from 1 is 1015568748."""
    first = (1664525 + 1013904223) / 2**31 - 1
    assert tones.noise(2, 1)[0] == first
    assert tones.noise(1, 0)[0] == 1013904223 / 2**31 - 1


def _fake_fluidsynth(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name == "nt":
        pytest.skip("a script without an ending is not a command on Windows")
    program = folder / "fluidsynth"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_fluidsynth_is_called_with_font_and_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes first where it is installed, and gets exactly the piece's bytes."""
    font = tmp_path / "my.sf2"
    font.write_bytes(b"RIFF....sfbk")
    script = f'cd {tmp_path}; for a; do :; done; cp "$a" heard.mid; cp "$a" "$8"; echo "$*" >args'
    _fake_fluidsynth(tmp_path, script, monkeypatch)
    data = midi_bytes({"melody": TUNE})
    wav, player = sound.to_wav(data, _line(), "auto", font)
    assert player == "FluidSynth with my.sf2"
    assert (tmp_path / "heard.mid").read_bytes() == wav == data
    assert "-g 0.6 -r 44100 -F" in (tmp_path / "args").read_text()
    assert f" {font} " in (tmp_path / "args").read_text()


def test_what_fluidsynth_complains_of_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = tmp_path / "my.sf2"
    font.write_bytes(b"RIFF....sfbk")
    _fake_fluidsynth(tmp_path, "echo no such font >&2; exit 3", monkeypatch)
    with pytest.raises(Exception, match="fluidsynth failed: no such font; try `synth=builtin`"):
        sound.to_wav(b"", _line(), "fluidsynth", font)


def test_without_a_synthesizer_the_built_in_tone_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synths, "find_soundfont", lambda: None)
    assert sound.to_wav(b"", _line(), "auto")[1] == "the built-in tone"
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OptionError, match="`synth=fluidsynth` needs the command fluidsynth: apt"):
        sound.to_wav(b"", _line(), "fluidsynth")


def test_blocks_are_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes that sound over the ends of blocks sound the same, byte for byte."""
    whole = sound.to_wav(b"", _line(), "builtin")[0]
    monkeypatch.setattr(sound, "_BLOCK_SECONDS", 5)
    assert sound.to_wav(b"", _line(), "builtin")[0] == whole


def test_long_pieces_are_written_and_not_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound, "MAX_SECONDS_IN_MEMORY", 1)
    with pytest.raises(MidiError, match=r"at most .* hours, found .*write_wav writes longer ones"):
        sound.to_wav(b"", _line(), "builtin")
    monkeypatch.undo()
    path = tmp_path / "sounds" / "a.wav"
    assert sound.write_wav(path, b"", _line(), "builtin") == "the built-in tone"
    assert path.read_bytes() == sound.to_wav(b"", _line(), "builtin")[0]
    monkeypatch.setattr(sound, "MAX_SECONDS", 1)
    with pytest.raises(MidiError, match="is a note misplaced"):
        sound.write_wav(tmp_path / "b.wav", b"", _line(), "builtin")
    monkeypatch.setattr(sound, "MAX_NOTES", 3)
    with pytest.raises(MidiError, match="expected at most 3 notes, found 4"):
        sound.to_wav(b"", _line(), "builtin")
    assert [entry.name for entry in tmp_path.iterdir()] == ["sounds"]


def test_a_bad_file_does_not_stop_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    from ssc_melody.render import png

    bad, worse, good = (tmp_path / name for name in ("bad.mid", "worse.mid", "good.mid"))
    bad.write_bytes(b"MThd")
    good.write_bytes(midi_bytes({"melody": TUNE}))
    monkeypatch.setattr(png, "MAX_PIXELS", 10)
    arguments = ["ssc_melody_render", str(bad), str(worse), str(good), "--png", "--svg"]
    assert command.main(arguments) == 1
    told = capsys.readouterr()
    assert told.out == f"Wrote {tmp_path / 'good.svg'}: 2 bars\n"
    lines = told.err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"error: MIDI file {bad}: cut off")
    assert lines[1].startswith(f"error: no such file: {worse}")
    assert "expected a picture of at most 10 pixels" in lines[2]
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".mid", ".mid", ".svg"]


def test_the_command_writes_what_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "my tune.mid"
    path.write_bytes(midi_bytes({"melody": TUNE}))
    flags = ["--svg", "--wav", "--npz", "--synth=builtin"]
    assert command.main(["ssc_melody_render", str(path), *flags]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"my tune.{kind}" for kind in ("mid", "npz", "svg", "wav")
    ]
    out = capsys.readouterr().out.splitlines()
    assert [re.sub(".*: ", "", line) for line in out] == [
        "2 bars", "4.0 s, the built-in tone", "2 x 96 x 128 x 1",
    ]  # fmt: skip
    roll = pianoroll.load_npz(tmp_path / "my tune.npz")
    assert [note.pitch for note in roll.notes()] == [60, 62, 64, 65]
    elsewhere = tmp_path / "elsewhere"
    assert command.main(["x", "--svg", f"--output_dir={elsewhere}", str(path)]) == 0
    assert (elsewhere / "my tune.svg").read_bytes() == (tmp_path / "my tune.svg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--png"], "expected a MIDI file: ssc_melody_render FILE.mid --png"),
        (["a.mid"], "expected what to make: --png, --svg, --wav or --npz"),
        (["nowhere.mid", "--svg"], "no such file: nowhere.mid"),
        (["--svg", __file__], "not a MIDI file"),
        (["TUNE", "--wav", f"--soundfont={__file__}"], "expected a soundfont (.sf2)"),
    ],
)
def test_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    tune = tmp_path / "tune.mid"
    tune.write_bytes(midi_bytes({"melody": TUNE}))
    arguments = [str(tune) if word == "TUNE" else word for word in arguments]
    assert command.main(["ssc_melody_render", *arguments]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
