"""The events of a performance as points on circles, so that near ones are near.

Follows PerformanceModuloEncoding of note-seq (0.0.5), performance_encoder_decoder.py: a note is a
point on a circle of 144 semitones and one on a circle of 12, a time shift and a velocity one each.
"""

from __future__ import annotations

import numpy as np

from ssc_melody.encodings.encoding import FloatArray

_PITCHES = 128
_NOTE_CIRCLE = 144
_NOTE_WIDTH, _WIDTH = 5, 3


def _circle(count: int, around: int) -> FloatArray:
    """Returns [count, 2] the points of 0 to count - 1 on a circle of `around` steps."""
    steps = np.arange(count) % around
    angle = steps * 2.0 * np.pi / around
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def performance_table(max_shift: int, velocity_bins: int) -> FloatArray:
    """Returns [classes, inputs] what the network is fed after each event.

    Of the inputs, 0-4 are for a note that begins, 5-9 for one that ends, 10-12 for a time shift,
    13-15 for a velocity: a 1, then cosine and sine (of a note: on both circles).

    Args:
        max_shift: Time shifts of 1 to so many steps.
        velocity_bins: Velocities; 0 for none.
    """
    notes = np.hstack([_circle(_PITCHES, _NOTE_CIRCLE), _circle(_PITCHES, 12)])
    kinds = [(notes, _NOTE_WIDTH), (notes, _NOTE_WIDTH), (_circle(max_shift, max_shift), _WIDTH)]
    if velocity_bins:
        kinds.append((_circle(velocity_bins, velocity_bins), _WIDTH))
    table = np.zeros((sum(len(k) for k, _ in kinds), sum(w for _, w in kinds)), dtype=np.float32)
    row = column = 0
    for points, width in kinds:
        block = table[row : row + len(points), column : column + width]
        block[:, 0] = 1.0
        block[:, 1:] = points
        row, column = row + len(points), column + width
    return table
