"""A piece as a WAV file: FluidSynth or TinySoundFont with a soundfont, else the built-in tone.

The built-in tone gives the same bytes on any machine of one kind, the others as far as they do.
Sound is made and written in blocks, so that three hours take no more memory than a minute: once to
find the loudest sample, and again to write it.
"""

from __future__ import annotations

import functools
import io
import tempfile
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ssc_melody import files
from ssc_melody.errors import FormatError, MidiError, OptionError, about
from ssc_melody.render import synths, tones
from ssc_melody.render.synths import RATE, find_soundfont
from ssc_melody.render.timeline import Timeline

__all__ = ["MAX_SECONDS", "RATE", "find_soundfont", "to_wav", "write_wav"]

MAX_SECONDS = 3 * 3600
MAX_SECONDS_IN_MEMORY = 3600 // 2
MAX_NOTES = 200_000

_TAIL = 2.0
_BLOCK_SECONDS = 20

Blocks = Callable[[], Iterator[npt.NDArray[np.floating]]]
"""Makes the blocks of a sound, float [n, channels] each, as often as it is called."""


def to_wav(
    midi: bytes, line: Timeline, synth: str = "auto", soundfont: Path | None = None
) -> tuple[bytes, str]:
    """Renders a piece of at most half an hour in memory; see `write_wav` for longer ones.

    Args:
        midi: The MIDI file, for the synthesizers that read it themselves.
        line: The same piece, for the built-in tone.
        synth: "fluidsynth", "tinysoundfont" or "builtin"; "auto" takes the first that is installed
            and has a soundfont.
        soundfont: An .sf2 file; None to look for one.

    Returns:
        A 16-bit WAV file of 44,100 Hz, and what played it.

    Raises:
        OptionError: The synthesizer that was asked for is not installed, or has no soundfont.
        SscMelodyError: It failed.
    """
    with about("MIDI file", MidiError):
        _check(line, MAX_SECONDS_IN_MEMORY, "; render.sound.write_wav writes longer ones to a file")
    buffer = io.BytesIO()
    player = _play(buffer, midi, line, synth, soundfont)
    return buffer.getvalue(), player


def write_wav(
    path: Path, midi: bytes, line: Timeline, synth: str = "auto", soundfont: Path | None = None
) -> str:
    """Renders a piece of at most three hours into a file; returns what played it.

    Args:
        path: The WAV file; one that exists is replaced.
        midi: As the rest, see `to_wav`.
        line: The same piece.
        synth: What plays.
        soundfont: What it plays with.

    Raises:
        OptionError: The synthesizer that was asked for is not installed, or has no soundfont.
        SscMelodyError: It failed, or the file cannot be written.
    """
    with about("MIDI file", MidiError):
        _check(line, MAX_SECONDS, "; is a note misplaced?")
    return files.write_with(path, lambda file: _play(file, midi, line, synth, soundfont))


def _check(line: Timeline, seconds: float, hint: str) -> None:
    if line.seconds > seconds:
        raise FormatError(
            f"expected a piece of at most {seconds / 3600:g} hours, found "
            f"{line.seconds / 3600:.1f}{hint}"
        )
    if len(line.notes) > MAX_NOTES:
        raise FormatError(f"expected at most {MAX_NOTES:,} notes, found {len(line.notes):,}")


def _play(file: BinaryIO, midi: bytes, line: Timeline, synth: str, soundfont: Path | None) -> str:
    if soundfont is not None and not files.read_bytes(soundfont, OptionError).startswith(b"RIFF"):
        raise OptionError(f"{soundfont}: expected a soundfont (.sf2), found another kind of file")
    name = synths.choose(synth, soundfont)
    if name == "builtin":
        _write(file, lambda: map(_both, _builtin(line, RATE)))
        return "the built-in tone"
    font = soundfont or find_soundfont()
    if font is None:
        raise OptionError(f"`synth={name}` needs {synths.MISSING['soundfont']}")
    if name == "fluidsynth":
        _copy_of_fluidsynth(file, midi, line, font)
    else:
        _write(file, functools.partial(synths.tinysoundfont, midi, font, _samples(line)))
    return f"{synths.TITLES[name]} with {font.name}"


def _samples(line: Timeline, rate: int = RATE) -> int:
    return round((line.seconds + _TAIL) * rate)


def _copy_of_fluidsynth(file: BinaryIO, midi: bytes, line: Timeline, font: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "piece.wav"
        synths.fluidsynth(midi, font, target, line.seconds)
        with target.open("rb") as made:
            while block := made.read(2**20):
                file.write(block)


def _builtin(line: Timeline, rate: int) -> Iterator[npt.NDArray[np.float64]]:
    """Yields blocks of the built-in tone, float [samples]."""
    block, longest = _BLOCK_SECONDS * rate, round((tones.SECONDS + 1) * rate)
    left = _samples(line, rate)
    begin = 0
    mixed = np.zeros(block + longest)
    for start, samples in _struck(line, rate):
        while start >= begin + block:
            yield mixed[: min(block, left)].copy()
            mixed[:longest] = mixed[block:]
            mixed[longest:] = 0.0
            begin, left = begin + block, left - block
        mixed[start - begin : start - begin + len(samples)] += samples
    while left > 0:
        yield mixed[: min(block, left)].copy()
        mixed[:longest] = mixed[block:]
        mixed[longest:] = 0.0
        left -= block


def _both(mono: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.column_stack([mono, mono])


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


def _write(file: BinaryIO, blocks: Blocks, rate: int = RATE) -> None:
    """Writes a sound as a WAV file, its loudest sample at 0.9."""
    peak, channels = 0.0, 1
    for block in blocks():
        peak, channels = max(peak, float(np.abs(block).max(initial=0.0))), block.shape[1]
    scale = 32767 * 0.9 / peak if peak else 1.0
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        for block in blocks():
            out.writeframesraw(np.round(block.astype(np.float64) * scale).astype("<i2").tobytes())
