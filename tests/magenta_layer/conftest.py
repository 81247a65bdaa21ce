"""Magenta is made importable before any test module is; without it this folder is left out."""

import importlib.util

from ssc_melody.magenta_layer import shims

if importlib.util.find_spec("magenta") is None:
    collect_ignore_glob = ["test_*.py"]
    print("tests/magenta_layer left out: Magenta is not installed (make install)")
else:
    shims.activate()  # a failure here is a failure of the tests
