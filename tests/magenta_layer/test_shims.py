"""Every shim is needed: without it Magenta fails, with it Magenta works."""

import json
import os
import subprocess
import sys
import types

import pytest

from ssc_melody.errors import SscMelodyError
from ssc_melody.magenta_layer import shims
from ssc_melody.training import imports
from tests.magenta_layer import live

WITHOUT_FLAG = """
import json, warnings
warnings.simplefilter("ignore")
try:
    import magenta.models.melody_rnn.melody_rnn_model
    plain = ""
except Exception as error:
    plain = f"{type(error).__name__}: {error}"
from ssc_melody.errors import SscMelodyError
from ssc_melody.magenta_layer import shims
from ssc_melody.training import imports
try:
    shims.activate()
    late = ""
except SscMelodyError as error:
    late = str(error)
print(json.dumps([plain, late]))
"""

WITHOUT_QUIET = """
import warnings
warnings.simplefilter("error")
import magenta.models.melody_rnn.melody_rnn_model
"""

WITH = """
import json, warnings
warnings.simplefilter("error")
from ssc_melody.magenta_layer import shims
from ssc_melody.training import imports
shims.activate()
import tensorflow.compat.v1 as tf
import tf_slim
from tensorflow.python.framework import ops
def clip():
    with tf.Graph().as_default():
        v = tf.get_variable("v", [2])
        return len(tf_slim.learning.clip_gradient_norms([(v * 2.0, v)], 1.0))
del ops.IndexedSlices
try:
    clip()
    broken = ""
except AttributeError as error:
    broken = str(error)
shims.activate()
print(json.dumps([broken, clip()]))
"""


@pytest.fixture(scope="module")
def runs():
    """Returns (exit code, output, errors) of the scripts above, run side by side."""
    scripts = {"no flag": WITHOUT_FLAG, "not quiet": WITHOUT_QUIET, "shims": WITH}
    environments = {"not quiet": live.environment(TF_USE_LEGACY_KERAS="1")}
    started = {
        name: subprocess.Popen(
            [sys.executable, "-c", script],
            env=environments.get(name, live.environment()),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, script in scripts.items()
    }
    ended = {name: process.communicate(timeout=120) for name, process in started.items()}
    return {name: (started[name].returncode, *ended[name]) for name in scripts}


def test_without_legacy_keras_magenta_cannot_be_imported(runs):
    code, out, _ = runs["no flag"]
    assert code == 0
    plain, late = json.loads(out)
    assert "Keras" in plain or "RNNCell" in plain or "Recursion" in plain
    assert "start Python afresh" in late
    assert "TF_USE_LEGACY_KERAS=1" in late


def test_without_indexed_slices_no_training_graph(runs):
    code, out, errors = runs["shims"]
    assert code == 0, errors
    broken, clipped = json.loads(out)
    assert "IndexedSlices" in broken
    assert clipped == 1


def test_without_quiet_import_warnings_are_errors_and_the_log_is_full(runs):
    code, _, errors = runs["not quiet"]
    assert code == 1
    assert "Warning" in errors
    assert "absl::InitializeLog" in errors
    code, _, errors = runs["shims"]
    assert code == 0
    assert errors == ""


CHATTER = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    b"I0000 00:00:1795.26 13532 port.cc:153] oneDNN custom operations are on.",
    b"I0000 00:00:1795.26 13532 cudart_stub.cc:31] Could not find cuda drivers on your machine.",
    b"I0000 00:00:1795.39 13532 cpu_feature_guard.cc:227] This TensorFlow binary is optimized",
    b"To enable the following instructions: AVX2 AVX512F FMA, rebuild TensorFlow",
    b"E0000 00:00:1795.98 13532 cuda_platform.cc:52] failed call to cuInit: INTERNAL: (303)",
    b"2024-05-01 10:00:00.123456: E external/local_xla/x/cuda_fft.cc:485] Unable to register cuFFT",
    b"2024-05-01 10:00:00.123456: W tensorflow/compiler/tf2tensorrt/py_utils.cc:38] TF-TRT Warning",
)
"""What TensorFlow 2.16 to 2.21 say while they are imported, cut short."""


def test_what_is_no_chatter_is_passed_on(capfd):
    with imports._quiet_stderr():
        for line in CHATTER:
            os.write(2, line + b"\n")
        os.write(2, b"E0000 00:00:1795 1 bfc_allocator.cc:2] out of memory\n")
        os.write(2, b"a line of somebody else\n")
    assert capfd.readouterr().err == (
        "E0000 00:00:1795 1 bfc_allocator.cc:2] out of memory\na line of somebody else\n"
    )


def test_activate_again_is_free_and_changes_nothing():
    before = dict(os.environ)
    shims.activate()
    assert dict(os.environ) == before


def test_flag_set_to_something_else(monkeypatch):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    with pytest.raises(SscMelodyError, match=r"TF_USE_LEGACY_KERAS=0 is set.*unset it"):
        shims.activate()


def test_tensorflow_with_keras_3(monkeypatch):
    fake = types.ModuleType("tensorflow")
    fake._tf_uses_legacy_keras = False
    monkeypatch.setitem(sys.modules, "tensorflow", fake)
    with pytest.raises(SscMelodyError, match="imported before this library"):
        shims.activate()


@pytest.mark.parametrize(
    "missing", ["tensorflow.python.framework.ops", "magenta.models.melody_rnn.melody_rnn_model"]
)
def test_not_installed(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SscMelodyError, match=r"^needs Magenta and TensorFlow: make install"):
        shims.activate()


def test_every_shim_says_why():
    for shim in shims.SHIMS:
        assert shim.name
        assert shim.since.startswith("TensorFlow 2.")
        assert len(shim.reason) > 40
