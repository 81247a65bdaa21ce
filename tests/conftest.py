"""Where the tests' files are, and a way to say why something was left out."""

import json
import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTDATA = ROOT / "testdata"
SHARED_BUNDLES = Path(os.environ.get("SSC_MELODY_BUNDLES", ROOT.parent / "shared" / "bundles"))
CASES = json.loads((TESTDATA / "cases.json").read_text())["bundles"]

# A shell starts background jobs with Ctrl-C ignored, and a test's children would ignore it too; a
# handler they do not inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

posix = pytest.mark.skipif(os.name == "nt", reason="needs signals, shells or links as POSIX has")

PATIENT = 600
"""Seconds for a test that is slow, or that starts TensorFlow in other processes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "slow" in item.keywords or "magenta_layer" in item.path.parts:
            item.add_marker(pytest.mark.timeout(PATIENT))


def bundle_path(file: str) -> Path:
    """Returns the path of a bundle of cases.json, or skips with the reason."""
    if file.startswith("bundles/"):
        return TESTDATA / file
    path = SHARED_BUNDLES / Path(file).name
    if not path.is_file():
        pytest.skip(f"{path.name} is a third party's bundle and not in {SHARED_BUNDLES}")
    return path


@pytest.fixture(scope="session")
def attention_mag() -> Path:
    return TESTDATA / "bundles" / "m2.1.4_tf2.9.1_attention_64x2_b1.mag"


@pytest.fixture(scope="session")
def track_mag() -> Path:
    return TESTDATA / "tracks" / "polyphony.mag"


@pytest.fixture(scope="session")
def basic_mag() -> Path:
    return TESTDATA / "bundles" / "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag"
