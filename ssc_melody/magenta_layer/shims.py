"""Magenta 2.1.4 on current TensorFlow: everything that has to be bent, in one place.

Follows nobody: these are the differences between the TensorFlow that Magenta 2.1.4 was written for
(2.9) and today's (2.21). `activate` must act before TensorFlow is imported, so whatever imports
Magenta calls it first. Each row of `SHIMS` has a test that fails without it.

Left out: `audioop`, gone in Python 3.13 (the package audioop-lts brings it back), and what only
Magenta's image and audio models need.
"""

import contextlib
import importlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from ssc_melody.errors import SscMelodyError
from ssc_melody.training.imports import install_hint, quiet_import

__all__ = ["INSTALL", "SHIMS", "activate", "quiet_graph", "quiet_import"]

INSTALL = f"needs Magenta and TensorFlow: {install_hint('magenta')}"


class Shim(NamedTuple):
    """One change.

    Attributes:
        name: What is set.
        since: The first release that needs it.
        reason: What fails without it.
    """

    name: str
    since: str
    reason: str


LEGACY_KERAS = Shim(
    "TF_USE_LEGACY_KERAS=1",
    "TensorFlow 2.16",
    "tf.nn.rnn_cell, Magenta's LSTM cells among it, exists in Keras 2 (tf-keras) only",
)
INDEXED_SLICES = Shim(
    "tensorflow.python.framework.ops.IndexedSlices",
    "TensorFlow 2.13",
    "tf-slim 1.1.0 looks for it there when it clips gradients, so no training graph is built",
)
QUIET_IMPORT = Shim(
    "warnings and log lines while Magenta is imported",
    "TensorFlow 2.17, Python 3.11",
    "six lines on oneDNN and CUDA, and warnings of tensorflow-probability and pydub, that no user "
    "can act on; where warnings are errors the import fails",
)
SHIMS = (LEGACY_KERAS, INDEXED_SLICES, QUIET_IMPORT)

_TRUE = ("1", "true", "True")  # as in TensorFlow


@contextlib.contextmanager
def quiet_graph() -> Iterator[None]:
    """Silences the deprecations that building or saving one of Magenta's graphs calls forth."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(max(level, logging.ERROR))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _set_legacy_keras() -> None:
    """Sets the flag, or says why it is too late for it."""
    value = os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    if value not in _TRUE:
        raise SscMelodyError(
            f"TF_USE_LEGACY_KERAS={value} is set, and Magenta runs with 1 only: unset it"
        )
    loaded = sys.modules.get("tensorflow")
    if loaded is not None and not getattr(loaded, "_tf_uses_legacy_keras", True):
        raise SscMelodyError(
            "TensorFlow was imported before this library could set TF_USE_LEGACY_KERAS=1, which "
            "Magenta needs: start Python afresh and call ssc_melody.register() before any import "
            "of tensorflow, or set that variable in the environment"
        )


def _restore_indexed_slices() -> None:
    ops = importlib.import_module("tensorflow.python.framework.ops")
    if not hasattr(ops, "IndexedSlices"):
        slices = importlib.import_module("tensorflow.python.framework.indexed_slices")
        ops.IndexedSlices = slices.IndexedSlices  # type: ignore[attr-defined]


def activate() -> None:
    """Makes Magenta importable and its training graphs buildable; a second call does nothing new.

    Raises:
        SscMelodyError: TensorFlow or Magenta is not installed, or TensorFlow was imported earlier
            with Keras 3.
    """
    _set_legacy_keras()
    try:
        with quiet_import():
            _restore_indexed_slices()
            cells = importlib.import_module("tensorflow.compat.v1").nn.rnn_cell
            cells.BasicLSTMCell  # noqa: B018 (the import of tf-keras happens here)
            importlib.import_module("magenta.models.melody_rnn.melody_rnn_model")
    except ImportError as error:
        raise SscMelodyError(f"{INSTALL} ({error})") from error
