"""A piece as a WAV file: FluidSynth or TinySoundFont with a soundfont, else the built-in tone.

FluidSynth is the command `fluidsynth`; TinySoundFont is the Python package `tinysoundfont` (which
runs without the PyAudio that it asks for). The built-in tone gives the same bytes on any machine of
one kind, the others as far as they do.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ssc_melody import files
from ssc_melody.errors import MidiError, OptionError, SscMelodyError
from ssc_melody.render import tones
from ssc_melody.render.timeline import Timeline

SYNTHS = ("auto", "fluidsynth", "tinysoundfont", "builtin")
RATE = 44100
SKETCH_RATE = 22050
MAX_SECONDS = 3 * 3600

_TAIL = 2.0
_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/soundfonts", "/usr/local/share/soundfonts")
_MISSING = {
    "fluidsynth": "the command fluidsynth: apt-get install fluidsynth",
    "tinysoundfont": "the package tinysoundfont: pip install --no-deps tinysoundfont",
    "soundfont": "a soundfont (.sf2): apt-get install timgm6mb-soundfont, or `soundfont=FILE`",
}


def to_wav(
    midi: bytes, line: Timeline, synth: str = "auto", soundfont: Path | None = None
) -> tuple[bytes, str]:
    """Renders a piece.

    Args:
        midi: the MIDI file, for the synthesizers that read it themselves.
        line: the same piece, for the built-in tone.
        synth: one of SYNTHS; "auto" takes the first that is installed and has a soundfont.
        soundfont: an .sf2 file; None to look for one.

    Returns:
        a 16-bit WAV file of 44,100 Hz, and what played it.

    Raises:
        OptionError: the synthesizer that was asked for is not installed, or has no soundfont.
        SscMelodyError: it failed.
    """
    if line.seconds > MAX_SECONDS:
        raise MidiError(
            f"expected a piece of at most {MAX_SECONDS / 3600:g} hours, found "
            f"{line.seconds / 3600:.1f}; is a note misplaced?"
        )
    if soundfont is not None and not files.read_bytes(soundfont, OptionError).startswith(b"RIFF"):
        raise OptionError(f"{soundfont}: expected a soundfont (.sf2), found another kind of file")
    name = _choose(synth, soundfont)
    if name == "builtin":
        mono = _builtin(line, RATE)
        return _wave_file(np.column_stack([mono, mono]), RATE), "the built-in tone"
    font = soundfont or find_soundfont()
    if font is None:
        raise OptionError(f"`synth={name}` needs {_MISSING['soundfont']}")
    play = _fluidsynth if name == "fluidsynth" else _tinysoundfont
    title = {"fluidsynth": "FluidSynth", "tinysoundfont": "TinySoundFont"}[name]
    return play(midi, line, font), f"{title} with {font.name}"


def sketch(line: Timeline) -> bytes:
    """Returns a piece by the built-in tone as a small WAV file: one channel, SKETCH_RATE Hz."""
    return _wave_file(_builtin(line, SKETCH_RATE), SKETCH_RATE)


def _choose(synth: str, soundfont: Path | None) -> str:
    there = {
        "fluidsynth": shutil.which("fluidsynth") is not None,
        "tinysoundfont": importlib.util.find_spec("tinysoundfont") is not None,
    }
    if synth == "auto":
        if soundfont is None and find_soundfont() is None:
            return "builtin"
        found = next((name for name, is_there in there.items() if is_there), "builtin")
        if soundfont is not None and found == "builtin":
            raise OptionError(f"`soundfont` needs {_MISSING['tinysoundfont']}")
        return found
    if not there.get(synth, True):
        raise OptionError(f"`synth={synth}` needs {_MISSING[synth]}")
    return synth


def find_soundfont() -> Path | None:
    """Returns an installed soundfont, or the one that comes with pretty_midi, or None."""
    for folder in _FOLDERS:
        fonts = sorted(Path(folder).glob("*.sf2")) if os.path.isdir(folder) else []
        if fonts:
            return next((f for f in fonts if f.name.startswith("default")), fonts[0])
    package = importlib.util.find_spec("pretty_midi")
    if package is None or package.origin is None:
        return None
    font = Path(package.origin).parent / "TimGM6mb.sf2"
    return font if font.is_file() else None


def _fluidsynth(midi: bytes, line: Timeline, font: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "piece.mid", Path(folder) / "piece.wav"
        source.write_bytes(midi)
        command = ["fluidsynth", "-ni", "-q", "-g", "0.6", "-r", str(RATE), "-F", str(target)]
        done = subprocess.run(
            [*command, str(font), str(source)],
            capture_output=True,
            check=False,
            timeout=60 + 2 * line.seconds,
        )
        if done.returncode or not target.is_file():
            reason = done.stderr.decode("utf-8", "replace").strip() or f"code {done.returncode}"
            raise SscMelodyError(f"fluidsynth failed: {reason}; try `synth=builtin`")
        return target.read_bytes()


def _tinysoundfont(midi: bytes, line: Timeline, font: Path) -> bytes:
    import tinysoundfont  # noqa: PLC0415 (an extra)

    synth = tinysoundfont.Synth(samplerate=RATE, gain=-3)
    handle = synth.sfload(str(font))
    for channel in range(16):
        with contextlib.suppress(RuntimeError):  # a soundfont may have no drums
            synth.program_select(channel, handle, 128 if channel == 9 else 0, 0, channel == 9)
    sequencer = tinysoundfont.Sequencer(synth)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "piece.mid"
        path.write_bytes(midi)
        sequencer.midi_load(str(path))
    data = synth.generate(round((line.seconds + _TAIL) * RATE))  # the sequencer feeds it
    return _wave_file(np.frombuffer(data, dtype=np.float32).reshape(-1, 2).astype(np.float64), RATE)


def _builtin(line: Timeline, rate: int) -> npt.NDArray[np.float64]:
    """Returns float [samples]."""
    mono = np.zeros(round((line.seconds + _TAIL) * rate))
    for start, samples in _struck(line, rate):
        end = min(len(mono), start + len(samples))
        mono[start:end] += samples[: end - start]
    return mono


def _struck(line: Timeline, rate: int) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """Yields the first sample's place and the samples of each note."""
    for note in line.notes:
        loudness = 0.4 * (note.velocity / 127) ** 1.5
        start = round(note.start_time * rate)
        if note.is_drum:
            yield start, loudness * tones.drum(note.pitch, rate)
            continue
        held = round((note.end_time - note.start_time) * rate)
        samples = tones.tone(note.pitch, rate)[: held + round(8 * tones.DAMP * rate)] * loudness
        released = samples[held:]
        released *= np.exp(-np.arange(len(released)) / (tones.DAMP * rate))
        yield start, samples


def _wave_file(samples: npt.NDArray[np.float64], rate: int) -> bytes:
    """Returns float [samples] or [samples, channels] as a WAV file, its loudest sample at 0.9."""
    peak = float(np.abs(samples).max(initial=0.0))
    scale = 32767 * 0.9 / peak if peak else 1.0
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(samples * scale).astype("<i2").tobytes())
    return buffer.getvalue()
