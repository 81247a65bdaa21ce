"""Synthesizers of other people, and the soundfonts that they play.

FluidSynth is the command `fluidsynth`; TinySoundFont is the Python package `tinysoundfont` (which
runs without the PyAudio that it asks for).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ssc_melody.errors import OptionError, SscMelodyError

NAMES = ("fluidsynth", "tinysoundfont", "builtin")
RATE = 44100
TITLES = {"fluidsynth": "FluidSynth", "tinysoundfont": "TinySoundFont"}

_BLOCK = 20 * RATE
_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/soundfonts", "/usr/local/share/soundfonts")
MISSING = {
    "fluidsynth": "the command fluidsynth: apt-get install fluidsynth",
    "tinysoundfont": "the package tinysoundfont: pip install --no-deps tinysoundfont",
    "soundfont": "a soundfont (.sf2): apt-get install timgm6mb-soundfont, or `soundfont=FILE`",
}


def choose(synth: str, soundfont: Path | None) -> str:
    """Returns which synthesizer plays, one of NAMES.

    Args:
        synth: One of them, or "auto" for the first that is installed and has a soundfont.
        soundfont: The one that was asked for; None to look for one.

    Raises:
        OptionError: What was asked for is not installed.
    """
    there = {
        "fluidsynth": shutil.which("fluidsynth") is not None,
        "tinysoundfont": importlib.util.find_spec("tinysoundfont") is not None,
    }
    if synth == "auto":
        if soundfont is None and find_soundfont() is None:
            return "builtin"
        found = next((name for name, is_there in there.items() if is_there), "builtin")
        if soundfont is not None and found == "builtin":
            raise OptionError(f"`soundfont` needs {MISSING['tinysoundfont']}")
        return found
    if not there.get(synth, True):
        raise OptionError(f"`synth={synth}` needs {MISSING[synth]}")
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


def fluidsynth(midi: bytes, font: Path, target: Path, seconds: float) -> None:
    """Has FluidSynth write a WAV file.

    Args:
        midi: The MIDI file.
        font: The soundfont.
        target: The WAV file.
        seconds: How long the piece lasts; playing may take twice that, and a minute.

    Raises:
        SscMelodyError: It failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "piece.mid"
        source.write_bytes(midi)
        command = ["fluidsynth", "-ni", "-q", "-g", "0.6", "-r", str(RATE), "-F", str(target)]
        try:
            done = subprocess.run(
                [*command, str(font), str(source)],
                capture_output=True,
                check=False,
                timeout=60 + 2 * seconds,
            )
        except subprocess.TimeoutExpired:
            raise SscMelodyError("fluidsynth does not end; try `synth=builtin`") from None
        if done.returncode or not target.is_file():
            reason = done.stderr.decode("utf-8", "replace").strip() or f"code {done.returncode}"
            raise SscMelodyError(f"fluidsynth failed: {reason}; try `synth=builtin`")


def tinysoundfont(midi: bytes, font: Path, samples: int) -> Iterator[npt.NDArray[np.float32]]:
    """Yields blocks of what TinySoundFont plays, float32 [n, 2].

    Args:
        midi: The MIDI file.
        font: The soundfont.
        samples: How many there are in all blocks together.
    """
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
    for start in range(0, samples, _BLOCK):  # the sequencer feeds the synthesizer
        data = synth.generate(min(_BLOCK, samples - start))
        yield np.frombuffer(data, dtype=np.float32).reshape(-1, 2)
