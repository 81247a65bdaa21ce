"""Piano rolls as `.npz` files that pypianoroll (1.0) reads, and the files that it writes.

Follows pypianoroll/outputs.py `save` and inputs.py `load`, without them or scipy. In the zip:
  info.json                  {"resolution": 24, "name", "0": {"program", "is_drum", "name"}, ...}
  pianoroll_I_csc_{data,indices,indptr,shape}.npy
                             track I, [steps, 128], as scipy's compressed sparse columns
  tempo.npy                  float [steps], quarter notes per minute
  downbeat.npy               bool [steps], true where a bar begins
Ours also has "time_signatures" in info.json, which pypianoroll passes over. Left out: velocities
(any but 0 is a one), tempo changes (the harmonic mean is kept, so that the length in seconds
stays), and other resolutions than 24.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ssc_melody import files
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import MidiError
from ssc_melody.pianoroll.piano_roll import PianoRoll
from ssc_melody.pianoroll.roll import (
    BAR_STEPS,
    PITCHES,
    STEPS_PER_BEAT,
    BoolArray,
    Track,
    check_size,
)


def save_npz(roll: PianoRoll, path: str | os.PathLike[str], name: str = "") -> None:
    """Writes a roll as pypianoroll's `.npz`, whole or not at all.

    Args:
        roll: the piano roll.
        path: the file; nothing is appended to its name.
        name: the piece's name in the file.

    Raises:
        SscMelodyError: the file cannot be written.
    """
    steps = len(roll.flat)
    info: dict[str, Any] = {"resolution": STEPS_PER_BEAT, "name": name}
    info["time_signatures"] = roll.time_signatures
    arrays = {"tempo": np.full(steps, roll.qpm), "downbeat": _downbeats(roll, steps)}
    for number, track in enumerate(roll.tracks):
        info[str(number)] = track._asdict()
        arrays.update(_sparse(roll.flat[:, :, number], f"pianoroll_{number}_csc_"))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("info.json", json.dumps(info))
    files.write_bytes(path, buffer.getvalue())


def _downbeats(roll: PianoRoll, steps: int) -> BoolArray:
    """Returns bool [steps], true where a bar of the piece's metres begins."""
    downbeats = np.zeros(steps, dtype=bool)
    metres = sorted(roll.time_signatures)
    ends = [step for step, _, _ in metres[1:]] + [steps]
    for (start, numerator, denominator), end in zip(metres, ends, strict=True):
        bar_steps = max(1.0, 4 * STEPS_PER_BEAT * numerator / denominator)
        bars = np.rint(np.arange(start, min(end, steps), bar_steps)).astype(np.int64)
        downbeats[bars[bars < steps]] = True
    return downbeats


def _sparse(flat: BoolArray, prefix: str) -> dict[str, np.ndarray]:
    """Returns the parts of scipy.sparse.csc_matrix(flat), flat being [steps, 128]."""
    pitches, steps = np.nonzero(flat.T)
    counts = np.bincount(pitches, minlength=PITCHES)
    return {
        f"{prefix}data": np.ones(len(steps), dtype=bool),
        f"{prefix}indices": steps.astype(np.int32),
        f"{prefix}indptr": np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        f"{prefix}shape": np.array(flat.shape),
    }


def load_npz(path: str | os.PathLike[str]) -> PianoRoll:
    """Reads a `.npz` of pypianoroll or of `save_npz`; the last bar is filled up with silence.

    Args:
        path: the file.

    Raises:
        SscMelodyError: it cannot be read, is not such a file, has another resolution than 24, or is
            larger than 2 GiB.
    """
    name = os.fspath(path)
    data = files.read_bytes(path, MidiError)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            check_size(f"Piano roll {name}", [size])
            if "info.json" not in archive.namelist():
                raise MidiError(f"Piano roll {name}: expected pypianoroll's info.json, found none")
            info = json.loads(archive.read("info.json"))
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return _roll(name, info, arrays)
    except _DAMAGED as error:
        found = files.looks_like(data) or "something else"
        raise MidiError(
            f"Piano roll {name}: expected a .npz file of pypianoroll, found {found} ({error})"
        ) from error


def _roll(name: str, info: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> PianoRoll:
    resolution = info.get("resolution", info.get("beat_resolution"))
    if resolution != STEPS_PER_BEAT:
        raise MidiError(
            f"Piano roll {name}: expected {STEPS_PER_BEAT} steps a beat, found {resolution}; in "
            f"pypianoroll: multitrack.set_resolution({STEPS_PER_BEAT}).save(...)"
        )
    count = next(i for i in range(len(info) + 1) if str(i) not in info)
    shapes = [[int(n) for n in arrays[f"pianoroll_{i}_csc_shape"]] for i in range(count)]
    if any(len(shape) != 2 or shape[1] != PITCHES or shape[0] < 0 for shape in shapes):
        raise MidiError(f"Piano roll {name}: expected tracks [steps, {PITCHES}], found {shapes}")
    bars = -(-max((steps for steps, _ in shapes), default=0) // BAR_STEPS)
    check_size(f"Piano roll {name}", [bars, BAR_STEPS, PITCHES, count])
    array = np.zeros((bars, BAR_STEPS, PITCHES, count), dtype=bool)
    flat = array.reshape(bars * BAR_STEPS, PITCHES, count)
    for i in range(count):
        data, steps, starts = (arrays[f"pianoroll_{i}_csc_{x}"] for x in _CSC)
        pitches = np.repeat(np.arange(PITCHES), np.diff(starts))
        if len(steps) and (steps.min() < 0 or steps.max() >= shapes[i][0]):
            raise ValueError(f"track {i} has steps outside its {shapes[i][0]}")
        flat[steps[data != 0], pitches[data != 0], i] = True
    tracks = tuple(_track(info[str(i)]) for i in range(count))
    metres = tuple((int(s), int(n), int(d)) for s, n, d in info.get("time_signatures", [(0, 4, 4)]))
    return PianoRoll(array, tracks, _qpm(arrays), metres)


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    AttributeError,
    EOFError,
    RuntimeError,  # an encrypted or otherwise unsupported zip
    MemoryError,  # an array's header that claims terabytes
)
_CSC = ("data", "indices", "indptr")


def _track(info: dict[str, Any]) -> Track:
    return Track(
        str(info.get("name") or ""), int(info.get("program") or 0), bool(info.get("is_drum"))
    )


def _qpm(arrays: Mapping[str, np.ndarray]) -> float:
    """Returns the harmonic mean of the tempos, or 120 if there is none."""
    tempo = arrays["tempo"].ravel() if "tempo" in arrays else np.zeros(0)
    if not len(tempo) or not np.all(tempo > 0):
        return DEFAULT_QPM
    if np.all(tempo == tempo[0]):
        return float(tempo[0])
    return float(len(tempo) / np.sum(1.0 / tempo))
