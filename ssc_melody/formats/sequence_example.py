"""A training example as the bytes of a SequenceExample, without an object for each step.

Follows magenta/pipelines/pipelines_common.py (`make_sequence_example`), byte for byte but for one
thing: which of the two entries comes first changes in stock from process to process (a protobuf map
has no order); here it is the inputs.

    SequenceExample { feature_lists (2): { "inputs": list, "labels": list } }
    list            { Feature { float_list (2): packed floats | int64_list (3): packed integers } }
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ssc_melody.formats.table import write_varint


def sequence_example(rows: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> bytes:
    """Returns the bytes of the SequenceExample with these inputs and labels.

    Args:
        rows: [steps, input_size].
        labels: [steps], 0 or more.

    Source: magenta/pipelines/pipelines_common.py, make_sequence_example.
    """
    lists = _feature_list(b"inputs", _float_features(rows)) + _feature_list(
        b"labels", _label_features(labels.tolist())
    )
    return _field(2, lists)


def _field(number: int, data: bytes) -> bytes:
    """Returns a length-delimited field of a protobuf message."""
    return b"".join((bytes([number << 3 | 2]), write_varint(len(data)), data))


def _feature_list(name: bytes, features: bytes) -> bytes:
    """Returns an entry of FeatureLists: a map from a name to a list of features."""
    return _field(1, _field(1, name) + _field(2, features))


def _float_features(rows: npt.NDArray[np.float32]) -> bytes:
    """Returns a Feature (in its FeatureList) for each row, all with the same framing."""
    count, size = rows.shape
    floats = _field(1, bytes(4 * size))
    head = _field(1, _field(2, floats))[: -4 * size]
    out = np.empty((count, len(head) + 4 * size), dtype=np.uint8)
    out[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    out[:, len(head) :] = np.ascontiguousarray(rows, dtype="<f4").view(np.uint8)
    return out.tobytes()


def _label_features(labels: list[int]) -> bytes:
    """Returns a Feature (in its FeatureList) for each label."""
    coded = {label: _field(1, _field(3, _field(1, write_varint(label)))) for label in set(labels)}
    return b"".join([coded[label] for label in labels])
