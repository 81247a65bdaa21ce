"""Runs Magenta's own tests for Melody RNN and what it stands on, with our shims active.

    python tests/magenta_layer/run_magenta_tests.py [--list]

Every `*_test.py` that Magenta's wheel has in the packages below, in one process. What cannot pass
is excluded by name with its reason and printed. The exit code is 0 if all others pass.
"""

import importlib
import logging
import pkgutil
import sys
import unittest
import warnings

from absl import flags

from ssc_melody.magenta_layer import shims

PACKAGES = (
    "magenta.models.melody_rnn",
    "magenta.models.shared",
    "magenta.pipelines",
    "magenta.common",
)

EXCLUDED = {
    "magenta.pipelines.pipeline_test.PipelineTest.testTFRecordIterator": (
        "reads testdata/tfrecord_iterator_test.tfrecord, which the wheel does not carry"
    ),
}


def test_modules() -> list[str]:
    """Returns the test modules of PACKAGES by name."""
    names = []
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        found = [module.name for module in pkgutil.iter_modules(path)]
        names += [f"{package}.{name}" for name in found if name.endswith("_test")]
    return names


def flatten(suite: unittest.TestSuite) -> list[unittest.TestCase]:
    """Returns the single tests of a suite; `test_session` is a helper of TensorFlow's, no test."""
    tests = []
    for test in suite:
        tests += flatten(test) if isinstance(test, unittest.TestSuite) else [test]
    return [test for test in tests if not test.id().endswith(".test_session")]


def load() -> list[unittest.TestCase]:
    """Imports every test module and returns its tests; one that fails to import raises."""
    tests = []
    for name in test_modules():
        module = importlib.import_module(name)
        tests += flatten(unittest.defaultTestLoader.loadTestsFromModule(module))
    return tests


def main() -> int:
    """Runs the tests and prints how many passed, and what was left out and why."""
    warnings.simplefilter("ignore")
    shims.activate()
    flags.FLAGS([sys.argv[0]])  # Magenta's tests ask absl for a temporary folder
    logging.disable(logging.WARNING)
    tests = load()
    if "--list" in sys.argv:
        print("\n".join(test.id() for test in tests))
        return 0
    kept = [test for test in tests if test.id() not in EXCLUDED]
    result = unittest.TextTestRunner(verbosity=0, warnings="ignore").run(unittest.TestSuite(kept))
    failed = len(result.failures) + len(result.errors)
    print(f"Magenta's tests: {result.testsRun - failed - len(result.skipped)} passed, "
          f"{failed} failed, {len(result.skipped)} skipped")  # fmt: skip
    for name, reason in EXCLUDED.items():
        print(f"left out: {name}: {reason}")
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}")
    return 1 if failed or not kept else 0


if __name__ == "__main__":
    sys.exit(main())
