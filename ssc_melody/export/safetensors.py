"""Arrays as a safetensors file: eight bytes of length, a header in JSON, then the numbers.

Follows: the format of huggingface/safetensors (README, "Format"): little-endian, no holes, the
header padded with spaces so that the numbers begin at a multiple of eight bytes. Written without
its package; the tests read it with that. Left out: other types than float32.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from ssc_melody.network.cells import FloatArray

_ALIGNMENT = 8


def safetensors_bytes(arrays: Mapping[str, FloatArray], metadata: Mapping[str, str]) -> bytes:
    """Returns the file.

    Args:
        arrays: Float32 arrays by name; they are written by name.
        metadata: What the header says beside, as text.
    """
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    parts = []
    at = 0
    for name in sorted(arrays):
        data = np.ascontiguousarray(arrays[name], dtype="<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(arrays[name].shape),
            "data_offsets": [at, at + len(data)],
        }
        parts.append(data)
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)
