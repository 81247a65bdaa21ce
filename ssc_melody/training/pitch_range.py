"""The weights of a network for another range of pitches, to begin a run with.

A pitch that only the new range has takes over the weights of its nearest octave in the old one and
is less likely by `_further_out`; all other logits stay as they were. So `ssc_basic_rnn.mag` (36
pitches) starts `ssc_mono_rnn` (128): rhythm and intervals need not be learned again.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import Encoding, Pitches
from ssc_melody.melody.events import transpose
from ssc_melody.network.variables import layer_names
from ssc_melody.specs import NetworkSpec

Arrays = Mapping[str, npt.NDArray[np.float32]]

_FIRST_STEP, _SEMITONE, _MOST = 1.0, 0.25, 6.0


def _further_out(events: npt.NDArray[np.int64], old: Pitches) -> npt.NDArray[np.float32]:
    """Returns what the logits of pitches lose: 1 outside, and 1/4 a semitone, at most 6 (nats)."""
    outside = np.maximum(old.min_note - events, events - old.max_note + 1)
    lost = np.minimum(outside * _SEMITONE, _MOST - _FIRST_STEP) + _FIRST_STEP
    return np.where((events >= 0) & (outside > 0), lost, 0).astype(np.float32)


def fits(old: Encoding, new: Encoding) -> bool:
    """Tells whether two encodings differ in their range of pitches alone."""
    return (
        type(old) is type(new)
        and isinstance(old.vocabulary, Pitches)
        and isinstance(new.vocabulary, Pitches)
        and old.lookbacks == new.lookbacks
        and len(old.one_hot_parts) == len(new.one_hot_parts) > 0
        and old.input_size - new.input_size
        == (old.vocabulary.size - new.vocabulary.size) * len(old.one_hot_parts)
    )


def refit(
    variables: Arrays, spec: NetworkSpec, old: Encoding
) -> dict[str, npt.NDArray[np.float32]]:
    """Returns the variables of a network for the range of `spec`.

    Args:
        variables: Those of today's graph, for the encoding `old`.
        spec: A config with the same network, but for the range (`fits`).
        old: The encoding that the variables are of.
    """
    new = spec.make_encoding()
    assert isinstance(old.vocabulary, Pitches)
    events = new.vocabulary.event(np.arange(new.vocabulary.size))
    low, high = old.vocabulary.min_note, old.vocabulary.max_note
    classes = old.index(transpose(events, 0, low, high))
    rows, at = [np.arange(0)], 0
    for begin, width in old.one_hot_parts:
        rows += [np.arange(at, begin), begin + classes]
        at = begin + width
    first = layer_names(spec)[0]
    kernel = f"{first.projection or first.lstm}/kernel"
    below = np.arange(at, len(variables[kernel]))
    lookbacks = old.first_lookback + np.arange(len(old.lookbacks))
    columns = np.concatenate([classes, lookbacks])
    lost = np.pad(_further_out(events, old.vocabulary), (0, len(lookbacks)))
    return {
        **variables,
        kernel: variables[kernel][np.concatenate([*rows, below])],
        "fully_connected/weights": variables["fully_connected/weights"][:, columns],
        "fully_connected/biases": variables["fully_connected/biases"][columns] - lost,
    }
