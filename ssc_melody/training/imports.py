"""TensorFlow imported without its chatter, or the line that says how to get it.

TensorFlow's C++ writes up to a dozen lines on oneDNN, CUDA and CPU features when it is imported
and when it first looks for devices; no user can act on them. Everything else that appears on
standard error meanwhile is passed on.

Importing this module imports no TensorFlow.
"""

import contextlib
import importlib.util
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from ssc_melody.errors import SscMelodyError

_CHATTER = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions"
    rb"|([IW]\d{4} |\d{4}-\d\d-\d\d \S+ [IW] ).*\.cc:\d+\]"
    rb"|(E\d{4} |\d{4}-\d\d-\d\d \S+ E ).*\.cc:\d+\].*(cuda|CUDA|cuInit|cuFFT|cuDNN|cuBLAS|GPU)"
)

_PIP = {
    "train": 'pip install "{ours}[train]"',
    "magenta": 'pip install "{ours}[magenta]" && pip install --no-deps magenta==2.1.4',
}


def install_hint(extra: str) -> str:
    """Returns how to install an extra: with pip, and in a checkout (whose Makefile knows) by make.

    Args:
        extra: 'train' (TensorFlow) or 'magenta' (TensorFlow, Magenta and note-seq).
    """
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "Makefile").is_file() and (checkout / "requirements").is_dir():
        return f"make install, or {_PIP[extra].format(ours='.')}"
    return _PIP[extra].format(ours="ssc_melody")


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Holds standard error back, C++'s included, and passes on all but the known chatter."""
    with contextlib.ExitStack() as stack:
        try:
            held = stack.enter_context(tempfile.TemporaryFile())
            kept = os.dup(2)
            sys.stderr.flush()
        except (OSError, AttributeError):  # no standard error, or no folder for temporary files
            yield
            return
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            lines = [line for line in held if not _CHATTER.match(line)]
            if lines:
                with contextlib.suppress(OSError):
                    os.write(2, b"".join(lines))


@contextlib.contextmanager
def quiet_import() -> Iterator[None]:
    """Silences what importing TensorFlow and Magenta says; a user's own log level is respected."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        if "TF_CPP_MIN_LOG_LEVEL" not in os.environ and "tensorflow" not in sys.modules:
            os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
            stack.enter_context(_quiet_stderr())
        yield


def import_tensorflow() -> None:
    """Imports TensorFlow and lets it look for devices, quietly.

    Where tf-keras is installed, Magenta may be imported later in the same process, which needs
    Keras 2: TF_USE_LEGACY_KERAS is set for it, unless the environment says otherwise.

    Raises:
        SscMelodyError: TensorFlow is not installed; the message says how to install it.
    """
    if importlib.util.find_spec("tf_keras") is not None:
        os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    try:
        with quiet_import():
            import tensorflow as tf  # noqa: PLC0415 (takes seconds)

            tf.config.list_physical_devices()
    except ImportError as error:
        raise SscMelodyError(f"needs TensorFlow: {install_hint('train')} ({error})") from error
