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
from collections.abc import Mapping
from typing import Any

import numpy as np

from ssc_melody import files
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import FormatError, MidiError, about
from ssc_melody.formats.archive import check_method, open_archive, read_member
from ssc_melody.formats.json_data import check_json, parse_json
from ssc_melody.pianoroll.piano_roll import PianoRoll
from ssc_melody.pianoroll.roll import (
    BAR_STEPS,
    PITCHES,
    STEPS_PER_BEAT,
    BoolArray,
    Track,
    check_bars,
    check_size,
)

MAX_UNPACKED = 2**28
MAX_INFO = 2**20
"""Bytes of all arrays together and of info.json; an hour of music with 20 tracks has 15 MB."""


def save_npz(roll: PianoRoll, path: str | os.PathLike[str], name: str = "") -> None:
    """Writes a roll as pypianoroll's `.npz`, whole or not at all.

    Args:
        roll: The piano roll.
        path: The file; nothing is appended to its name.
        name: The piece's name in the file.

    Raises:
        SscMelodyError: The file cannot be written.
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


def load_npz(source: files.Source) -> PianoRoll:
    """Reads a `.npz` of pypianoroll or of `save_npz`; the last bar is filled up with silence.

    Args:
        source: A path, the file's bytes, or a file object opened in binary mode.

    Raises:
        MidiError: It cannot be read, is not such a file, has another resolution than 24, or is
            longer than 20,000 bars.
    """
    data, name = files.read_source(source, MidiError)
    with about(f"Piano roll {name}", MidiError):
        try:
            if not data.startswith(b"PK"):
                raise ValueError("no zip archive")
            return _roll(data)
        except FormatError:
            raise
        except Exception as error:  # NumPy's reader of headers, a tokenizer, raises what it likes
            found = files.looks_like(data) or "something else"
            why = " ".join(str(error).split())[:200]
            raise FormatError(
                f"expected a .npz file of pypianoroll, found {found} ({why})"
            ) from error


def _roll(data: bytes) -> PianoRoll:
    with open_archive(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if (size := sum(member.file_size for member in members)) > MAX_UNPACKED:
            raise FormatError(f"expected arrays of at most {MAX_UNPACKED} bytes, found {size}")
        for member in members:
            check_method(member)
        if "info.json" not in archive.namelist():
            raise FormatError("expected pypianoroll's info.json, found none")
        info = parse_json(read_member(archive, archive.getinfo("info.json"), MAX_INFO))
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return _roll_of_arrays(info, arrays)


def _roll_of_arrays(info: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> PianoRoll:
    check_json(info, {str: object})
    resolution = info.get("resolution", info.get("beat_resolution"))
    if resolution != STEPS_PER_BEAT:
        raise FormatError(
            f"expected {STEPS_PER_BEAT} steps a beat, found {resolution}; in pypianoroll: "
            f"multitrack.set_resolution({STEPS_PER_BEAT}).save(...)"
        )
    count = next(i for i in range(len(info) + 1) if str(i) not in info)
    tracks = tuple(_track(info[str(i)]) for i in range(count))
    metres = info.get("time_signatures", [[0, 4, 4]])
    check_json(metres, [(int, int, int)], "time_signatures")
    if any(step < 0 or not 0 < over < 256 or under < 1 for step, over, under in metres):
        raise FormatError("time_signatures: expected steps from 0 on and metres such as 4/4")
    lengths = [_steps(arrays[f"pianoroll_{i}_csc_shape"]) for i in range(count)]
    bars = -(-max(lengths, default=0) // BAR_STEPS)
    check_bars(bars)
    check_size([bars, BAR_STEPS, PITCHES, count])
    array = np.zeros((bars, BAR_STEPS, PITCHES, count), dtype=bool)
    flat = array.reshape(bars * BAR_STEPS, PITCHES, count)
    for i in range(count):
        steps, pitches = _cells(arrays, i, lengths[i])
        flat[steps, pitches, i] = True
    return PianoRoll(array, tracks, _qpm(arrays), tuple((s, n, d) for s, n, d in metres))


def _steps(shape: np.ndarray) -> int:
    """Returns the steps of a track of that shape."""
    steps, pitches = map(int, shape) if shape.shape == (2,) else (-1, -1)
    if pitches != PITCHES or steps < 0:
        found = shape.tolist() if shape.size <= 4 else f"{shape.size} numbers"
        raise FormatError(f"expected tracks [steps, {PITCHES}], found {found}")
    return steps


def _cells(
    arrays: Mapping[str, np.ndarray], track: int, length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the step and the pitch of each one of a track."""
    data, steps, starts = (arrays[f"pianoroll_{track}_csc_{x}"] for x in _CSC)
    counts = np.diff(starts)
    fits = len(counts) == PITCHES and starts[0] == 0 and counts.min() >= 0
    if not fits or starts[-1] != len(steps) or len(data) != len(steps):
        raise FormatError(f"track {track}: its columns do not fit its {len(steps)} ones")
    if len(steps) and (steps.min() < 0 or steps.max() >= length):
        raise FormatError(f"track {track} has steps outside its {length}")
    pitches = np.repeat(np.arange(PITCHES), counts)
    return steps[data != 0], pitches[data != 0]


_CSC = ("data", "indices", "indptr")


def _track(info: Any) -> Track:
    check_json(info, {str: object}, "a track")
    name, program = info.get("name") or "", info.get("program") or 0
    check_json([name, program], (str, int), "a track")
    if not 0 <= program <= 127:
        raise FormatError(f"program: expected 0 to 127, found {program}")
    return Track(name, program, bool(info.get("is_drum")))


def _qpm(arrays: Mapping[str, np.ndarray]) -> float:
    """Returns the harmonic mean of the tempos, or 120 if there is none."""
    tempo = arrays["tempo"].ravel() if "tempo" in arrays else np.zeros(0)
    if not len(tempo) or not np.all(tempo > 0):
        return DEFAULT_QPM
    if np.all(tempo == tempo[0]):
        return float(tempo[0])
    return float(len(tempo) / np.sum(1.0 / tempo))
